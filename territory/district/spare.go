package district

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// pace is how tolerances go from one to the next, and how long each is tried.
type pace struct {
	up    float64 // how a tolerance grows from the one that was asked for
	down  float64 // and shrinks from that of everybody to the nearest
	tries int     // of annealing, for each unit and tolerance
}

// spareTries bounds the annealing of all tolerances together: beyond, the plan is the
// best until then. Fewer than about a thousand units never come to it.
const spareTries = 100_000_000

// paces are gone through one after the other; each leads to other plans.
func paces() []pace { return []pace{{1.7, 0.7, 3_000}, {1.5, 0.75, 6_000}} }

// spare lets the tolerance give way where evenness costs driving. When the plan drives
// more than everybody to the nearest of as many middles (Nearest), it widens the
// tolerance until it does not; then it evens out that other plan, tolerance by
// tolerance. The evenest of all that drives no more is kept; where there is none the
// plan stays within the tolerance.
func (s *solver) spare(ctx context.Context, legs []float32) error {
	e := easing{solver: s, legs: legs, asked: s.tolerance, found: slices.Clone(s.area),
		left: cmp.Or(s.o.Rounds.Tries, spareTries)}
	near := s.nearest()
	for week := range e.limit {
		took, err := s.o.Rounds.Drive(ctx, near, week)
		if err != nil {
			return fmt.Errorf("drive the nearest plan: %w", err)
		}
		e.limit[week] = took
	}
	if short, err := e.short(ctx); err != nil || short {
		return err
	}
	if err := e.widen(ctx, near); err != nil {
		return err
	}
	s.tolerance = e.asked
	if e.wide > 0 {
		s.tolerance, s.wide = e.wide, e.wide
	}
	copy(s.area, e.found)
	s.settle()
	return nil
}

// nearest is everybody to the nearest middle, each of them given to whose it would be, as
// a plan's areas are; the present plan stays.
func (s *solver) nearest() []int32 {
	plan := s.area
	s.area = Nearest(pointsOf(s.Problem), len(s.People))
	s.match()
	near := s.area
	s.area = plan
	s.settle()
	return near
}

// easing is the search for the evenest plan that drives no more than limit.
type easing struct {
	*solver
	legs  []float32
	limit [weeks]float64 // seconds
	left  int            // tries of annealing
	asked float64        // the tolerance
	pace  pace
	found []int32
	wide  float64 // the deviation of found, when it is a wider plan
	done  int     // tolerances that were tried
	all   int     // at most
}

// steps counts the tolerances of all paces up to a top.
func (e *easing) steps(top float64) (n int) {
	for _, p := range paces() {
		for t := p.up * e.asked; t < top; t *= p.up {
			n++
		}
		for t := top; t > e.asked; t *= p.down {
			n++
		}
	}
	return n
}

// widen tries tolerances from both ends: up from the plan within the tolerance, down
// from everybody to the nearest, until the tries are used up.
func (e *easing) widen(ctx context.Context, near []int32) error {
	plan := slices.Clone(e.found)
	e.free(near)
	top := 0.95 * e.deviation()
	e.all = e.steps(top)
	near = plan
	if e.legal() {
		near = slices.Clone(e.area)
	}
	for _, p := range paces() {
		e.pace = p
		e.free(plan)
		for t := p.up * e.asked; t < top && (e.wide == 0 || t < e.wide) && e.left > 0; t *= p.up {
			if err := e.try(ctx, t); err != nil {
				return err
			}
		}
		e.free(near)
		for t := top; t > e.asked && e.left > 0; t *= p.down {
			if err := e.try(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// free takes up a plan, with centres that follow it.
func (e *easing) free(plan []int32) {
	copy(e.area, plan)
	e.rows, e.frozen = nil, false
	e.settle()
}

// try anneals the present plan within a tolerance and keeps it when it is short enough
// and more even than what was found.
func (e *easing) try(ctx context.Context, tolerance float64) error {
	e.tolerance = tolerance
	e.done++
	err := e.even(ctx, 0.95*tolerance)
	if err != nil || e.deviation() > tolerance || e.pieces() > 0 {
		return err
	}
	tries := min(e.pace.tries*len(e.area), roundsMost, e.left)
	e.left -= tries
	_, err = e.anneal(ctx, e.legs, tries, func(done float64) {
		e.tell(0.72+0.18*(float64(e.done-1)+done)/float64(e.all), "spare")
	})
	if err != nil {
		return err
	}
	off := e.deviation()
	if e.wide > 0 && off >= e.wide {
		return nil
	}
	short, err := e.short(ctx)
	if short {
		e.found, e.wide = slices.Clone(e.area), off
	}
	return err
}

// short reports whether the plan drives no more than the limit, in the first week, which
// is the one that is shown, and in all of them. It drives no further than it must to know.
func (e *easing) short(ctx context.Context) (bool, error) {
	var all float64
	for week := range weeks {
		took, err := e.o.Rounds.Drive(ctx, e.area, week)
		if err != nil {
			return false, fmt.Errorf("drive a plan: %w", err)
		}
		all += took
		if week == 0 && took > e.limit[0] || all > sum(e.limit[:]) {
			return false, nil
		}
	}
	return true, nil
}

// legal makes whatever plan there is keep the rules; it reports whether it could.
func (s *solver) legal() bool {
	s.fillEmpty()
	s.match()
	before := slices.Clone(s.area)
	s.obey()
	s.join()
	s.shed()
	s.settle()
	return s.pieces() == 0 && s.lawful(before)
}
