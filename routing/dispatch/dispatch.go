// Package dispatch finds the nearest person by road time, exactly.
//
// Whoever is nearest through the air is often not nearest on the road, and no
// fixed number of air-near candidates is safe. [Nearest] computes every candidate's
// road time in one many-to-one matrix, which is right for teams; a [Fleet] of
// thousands looks at people by their distance through the air and stops where nobody
// can come sooner at the speed of the network's fastest arc. Both give the same
// answer. People whose position is old are never ranked: they could have driven on
// since, and are given an interval instead.
package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/routing"
)

// MaxCandidates bounds one search.
const MaxCandidates = 20_000

// What can be refused.
var (
	ErrTooMany = fail.New(fail.Invalid, "dispatch.too_many_candidates",
		"A search ranks at most 20,000 people.")
	ErrOffRoad = fail.New(fail.Invalid, "dispatch.off_road",
		"No road of an imported region is near this place, so nobody can be ranked.")
)

// Roads answers road times; routing.Roads does.
type Roads interface {
	// Matrix returns times and lengths from every source to every target.
	Matrix(ctx context.Context, sources, targets []orb.Point) (routing.Matrix, error)
}

// Candidate is a person who might go.
type Candidate struct {
	Person   int64
	Position orb.Point
	At       time.Time // of the fix
	Busy     time.Duration
	// Busy is how long the current task still takes; the person sets out after it.
	Until time.Time // end of the shift; zero: not known
}

// Question is where somebody is needed.
type Question struct {
	To    orb.Point
	Now   time.Time
	Fresh time.Duration // a fix up to this age counts as now
	Limit int           // ranked people in the answer, 1 … 100
}

// The reasons why a candidate is not ranked.
const (
	Stale       = "stale"       // the fix is too old to say where the person is
	Unreachable = "unreachable" // no road leads from there
	OffRoad     = "off_road"    // the fix is far from every known road
	ShiftOver   = "shift_over"  // the shift ends before they could be there
)

// Suggestion is one person of the answer.
type Suggestion struct {
	Candidate
	Rank     int           // from 1; 0 is unranked
	Why      string        // why unranked
	Age      time.Duration // of the fix
	Drive    time.Duration // road time from the fix
	Distance geo.Meters    // along that road
	// ETA is from now: Busy + Drive for a fresh fix. For a stale one it lies in
	// Earliest … Latest, since the person may have driven towards or away from
	// the place for as long as the fix is old.
	ETA, Earliest, Latest time.Duration
}

// Answer holds the ranked people, nearest first, then those who could not be
// ranked, by person.
type Answer struct {
	Ranked   []Suggestion
	Unranked []Suggestion
}

// Nearest ranks the candidates by the time in which they can be there: rest of
// the current task plus road time, ties by distance and then by person. It is
// exact over all candidates, O(n log n) after the matrix. It fails with
// ErrTooMany, ErrOffRoad, and with what roads answers for a bad point.
func Nearest(
	ctx context.Context, roads Roads, q Question, candidates []Candidate,
) (Answer, error) {
	if len(candidates) > MaxCandidates {
		return Answer{}, ErrTooMany.With("given", len(candidates))
	}
	if len(candidates) == 0 {
		return Answer{}, nil
	}
	from := make([]orb.Point, len(candidates))
	for i, c := range candidates {
		from[i] = c.Position
	}
	m, err := roads.Matrix(ctx, from, []orb.Point{q.To})
	if err != nil {
		return Answer{}, fmt.Errorf("road times to %v: %w", q.To, err)
	}
	if len(m.TargetFaults) > 0 && m.TargetFaults[0] != nil {
		return Answer{}, ErrOffRoad.Because(m.TargetFaults[0])
	}
	var a Answer
	for i, c := range candidates {
		why := ""
		if len(m.SourceFaults) > 0 && m.SourceFaults[i] != nil {
			why = OffRoad
		}
		seconds, meters := m.At(i, 0)
		if s := judge(q, c, why, seconds, meters); s.Why == "" {
			a.Ranked = append(a.Ranked, s)
		} else {
			a.Unranked = append(a.Unranked, s)
		}
	}
	a.rank(q.Limit)
	return a, nil
}

// judge says when somebody can be there, or why they cannot be ranked; why is what is
// known to stand in the way.
func judge(q Question, c Candidate, why string, seconds, meters int32) Suggestion {
	s := Suggestion{Candidate: c, Why: why, Age: max(0, q.Now.Sub(c.At))}
	if why != "" {
		return s
	}
	if seconds == routing.Unreachable {
		s.Why = Unreachable
		return s
	}
	s.drive(time.Duration(seconds)*time.Second, geo.Meters(meters))
	switch {
	case s.Age > q.Fresh:
		s.Why = Stale
	case !c.Until.IsZero() && q.Now.Add(s.ETA).After(c.Until):
		s.Why = ShiftOver
	}
	return s
}

func (s *Suggestion) drive(d time.Duration, m geo.Meters) {
	s.Drive, s.Distance = d, m
	s.ETA = s.Busy + d
	s.Earliest = s.Busy + max(0, d-s.Age)
	s.Latest = s.ETA + s.Age
}

// sooner orders by arrival, ties by distance and then by person.
func sooner(x, y Suggestion) int {
	return cmp.Or(cmp.Compare(x.ETA, y.ETA), cmp.Compare(x.Distance, y.Distance),
		cmp.Compare(x.Person, y.Person))
}

func (a *Answer) rank(limit int) {
	slices.SortFunc(a.Ranked, sooner)
	if limit > 0 && len(a.Ranked) > limit {
		a.Ranked = a.Ranked[:limit]
	}
	for i := range a.Ranked {
		a.Ranked[i].Rank = i + 1
	}
	slices.SortFunc(a.Unranked, func(x, y Suggestion) int {
		return cmp.Or(cmp.Compare(x.Why, y.Why), cmp.Compare(x.Earliest, y.Earliest),
			cmp.Compare(x.Person, y.Person))
	})
}
