package track

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
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

const maxStretch = 31 * 24 * time.Hour

// Track is the way of a person between two instants, from inclusive. It fails
// with ErrNotFound when the person is outside the scope and with ErrRange.
func (s *Service) Track(
	ctx context.Context, sc scope.Scope, person int64, from, to time.Time,
) (Track, error) {
	if !sc.Has(person) {
		return Track{}, ErrNotFound
	}
	if !to.After(from) || to.Sub(from) > maxStretch {
		return Track{}, ErrRange
	}
	fixes, err := readFixes(ctx, s.DB, person, from, to)
	if err != nil {
		return Track{}, err
	}
	line := make(orb.LineString, len(fixes))
	for i, f := range fixes {
		line[i] = f.Position
	}
	return Track{Person: person, From: from, To: to, Fixes: fixes, Length: geodesic.Length(line)}, nil
}
