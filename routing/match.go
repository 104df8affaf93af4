package routing

import (
	"context"
	"time"

	"beatplan/geo"
	"beatplan/routing/match"
	"beatplan/routing/network"
)

// MaxFixes bounds one series of positions.
const MaxFixes = 10_000

// Fix is one position of a series that is to be matched.
type Fix = match.Fix

// MatchOptions tune a match; the zero value is good for a phone in a car.
type MatchOptions struct {
	match.Options
	Steps bool // divide the legs into steps
}

// Matching is a part of a series that hangs together on the roads.
type Matching struct {
	Confidence float64 // 0 to 1
	Fixes      []int   // places in the series of the fixes that were matched
	Snaps      []Snap  // one a fix
	Choices    []int   // one a fix: directed places there were to choose from
	Legs       []Leg   // from each matched fix to the next
	Steps      [][]Step
	Duration   time.Duration // by the profile, not by the clock of the series
	Distance   geo.Meters
}

// Match finds the roads on which a series of positions was driven. Fixes off all
// roads are in no matching. It fails with ErrBadPoint, ErrTooMany or ctx's error.
func (e *Engine) Match(ctx context.Context, fixes []Fix, o MatchOptions) ([]Matching, error) {
	if len(fixes) > MaxFixes {
		return nil, ErrTooMany.With("given", len(fixes)).With("limit", MaxFixes)
	}
	for i, f := range fixes {
		if err := checkPoint(f.Point, i); err != nil {
			return nil, err
		}
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	m, ok := e.matchers.Get().(*match.Matcher)
	if !ok {
		m = match.NewMatcher(e.net)
	}
	defer e.matchers.Put(m)
	stretches, err := m.Match(ctx, fixes, o.Options)
	if err != nil {
		return nil, err
	}
	out := make([]Matching, len(stretches))
	for i, s := range stretches {
		out[i] = e.matching(s, o.Steps)
	}
	return out, nil
}

// matching draws a stretch.
func (e *Engine) matching(s match.Stretch, steps bool) Matching {
	out := Matching{Confidence: s.Confidence}
	var sum network.Cost
	for i, p := range s.Points {
		out.Fixes = append(out.Fixes, p.Fix)
		out.Choices = append(out.Choices, p.Choices)
		out.Snaps = append(out.Snaps, e.newSnap(network.Found{
			Place: p.Place, Point: e.net.At(p.Place), Distance: p.Distance,
		}))
		if i == 0 {
			continue
		}
		from := s.Points[i-1].Place
		w := way{e.along(from, p.Place, p.Way), p.Way}
		out.Legs = append(out.Legs, e.leg(from, p.Place, w))
		if steps {
			out.Steps = append(out.Steps, e.steps(from, p.Place, w))
		}
		sum += w.cost
	}
	out.Duration, out.Distance = sum.Duration(), sum.Meters()
	return out
}

// along is the cost of driving states from one place to another.
func (e *Engine) along(from, to network.Place, states []uint32) network.Cost {
	first, last := e.net.StateArc[states[0]], e.net.StateArc[states[len(states)-1]]
	begin, end := e.net.Before(first, from), e.net.Before(last, to)
	if len(states) == 1 {
		return max(end, begin) - begin
	}
	sum := e.net.ArcCost(first) - begin + end
	for i := 1; i < len(states); i++ {
		sum += network.NewCost(e.turnTime(states[i-1], states[i]), 0)
		if i < len(states)-1 {
			sum += e.net.ArcCost(e.net.StateArc[states[i]])
		}
	}
	return sum
}

// Match is Engine.Match in the region of the first fix that lies by a road.
func (r *Roads) Match(ctx context.Context, fixes []Fix, o MatchOptions) ([]Matching, error) {
	if len(fixes) > MaxFixes {
		return nil, ErrTooMany.With("given", len(fixes)).With("limit", MaxFixes)
	}
	return retry(r, func(open *opened) ([]Matching, error) {
		for i, f := range fixes {
			_, e, err := open.snap(f.Point, SnapOptions{}, i)
			if err == nil {
				return e.Match(ctx, fixes, o)
			}
			if i == len(fixes)-1 {
				return nil, err
			}
		}
		return nil, nil
	})
}
