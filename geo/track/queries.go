package track

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// Positions lists the last position of everybody within the scope, by person.
// A fix older than [FreshFor] is marked as not fresh: it never stands for "now".
func (s *Service) Positions(ctx context.Context, sc scope.Scope) ([]Position, error) {
	rows, err := s.DB.Query(ctx, sqlLast, scoped(sc))
	if err != nil {
		return nil, fmt.Errorf("read positions: %w", err)
	}
	now := s.Clock.Now()
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Position, error) {
		last, err := pgx.RowToStructByName[struct {
			row
			OnDuty bool
		}](r)
		age := now.Sub(last.At)
		return Position{Fix: last.fix(), Age: age, Fresh: age <= FreshFor, OnDuty: last.OnDuty}, err
	})
}

// maxStretch is a month of 31 days, also one in which the clocks go back.
const maxStretch = 31*24*time.Hour + time.Hour

// Reader is who reads somebody's positions, and whose they may read.
type Reader struct {
	Person int64
	Scope  scope.Scope
}

// Track is the way of a person between two instants, from inclusive. Reading
// somebody else's stands in the audit trail. It fails with ErrNotFound when the
// person is outside the scope and with ErrRange.
func (s *Service) Track(
	ctx context.Context, by Reader, person int64, from, to time.Time,
) (Track, error) {
	if err := s.mayRead(ctx, by, person, from, to); err != nil {
		return Track{}, err
	}
	fixes, err := s.readFixes(ctx, s.DB, person, from, to)
	if err != nil {
		return Track{}, err
	}
	return Track{Person: person, From: from, To: to, Fixes: fixes, Length: length(fixes)}, nil
}

// mayRead refuses what the reader may not see and records what they see.
func (s *Service) mayRead(
	ctx context.Context, by Reader, person int64, from, to time.Time,
) error {
	if !by.Scope.Has(person) {
		return ErrNotFound
	}
	if !to.After(from) || to.Sub(from) > maxStretch {
		return ErrRange
	}
	if by.Person == person {
		return nil
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		return s.Trail.Did(ctx, tx, Deed{By: by.Person, Action: "track.track.read", Person: person,
			After: map[string]time.Time{"from": from, "to": to}})
	})
}

// length is along the fixes: on the plane from one to the next, which is as good as
// along the great circle for steps of a drive and costs a twentieth.
func length(fixes []Fix) (sum geo.Meters) {
	var r ruler
	for i := 1; i < len(fixes); i++ {
		sum += r.step(&fixes[i-1].Position, &fixes[i].Position)
	}
	return sum
}

// Beyond these a step is measured along the great circle.
const (
	longStep = 20_000 // metres
	steepLat = 75     // degrees
)

// ruler measures the steps of one way. The cosine of a latitude it develops around one
// that it knows: to 1e-7, and not computed anew for every step.
type ruler struct{ known, sin, cos float64 }

const rulerSpan = 0.005 // radians around the known latitude

// step is the length of a step.
func (r *ruler) step(a, b *orb.Point) geo.Meters {
	at := (a[1] + b[1]) / 2 * math.Pi / 180
	off := at - r.known
	if math.Abs(off) > rulerSpan || r.cos == 0 {
		r.sin, r.cos = math.Sincos(at)
		r.known, off = at, 0
	}
	x := around(b[0]-a[0]) * metresPerDeg * (r.cos - off*(r.sin+off/2*r.cos))
	y := (b[1] - a[1]) * metresPerDeg
	if d := math.Sqrt(x*x + y*y); d < longStep && math.Abs(a[1]) < steepLat {
		return geo.Meters(d)
	}
	return geodesic.Distance(*a, *b)
}
