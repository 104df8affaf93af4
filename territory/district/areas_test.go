package district_test

import (
	"context"
	"errors"
	"testing"

	"beatplan/territory/check"
	"beatplan/territory/district"
)

// splits counts the areas that are several people's.
func splits(area, of []int32) (n int) {
	owner, split := map[int32]int32{}, map[int32]bool{}
	for u, a := range of {
		if p, seen := owner[a]; a >= 0 && seen && p != area[u] && !split[a] {
			split[a] = true
			n++
		}
		if a >= 0 {
			owner[a] = area[u]
		}
	}
	return n
}

// A price on split areas keeps more of them whole, and breaks no promise for that.
func TestSplitAreasCost(t *testing.T) {
	units := country(5, 400, 8)
	p := &district.Problem{Units: units, People: people(4), Activities: 1, Area: make([]int32, len(units))}
	seen := map[[2]int]int32{}
	for i, u := range units {
		if i%10 == 0 {
			p.Area[i] = district.Nowhere
			continue
		}
		at := [2]int{int(u.Point[0] * 1.5), int(u.Point[1] * 1.5)}
		if _, ok := seen[at]; !ok {
			seen[at] = int32(len(seen))
		}
		p.Area[i] = seen[at]
	}
	for _, rounds := range []*district.Rounds{nil, roundsOf(units)} {
		o := district.Options{Tolerance: 0.1, Rounds: rounds}
		free := splits(solve(t, p, o).Area, p.Area)
		o.SplitPrice = 3
		dear := splits(solve(t, p, o).Area, p.Area)
		t.Logf("%d areas: %d split without a price, %d with", len(seen), free, dear)
		if dear >= free {
			t.Errorf("%d of %d areas split without a price, %d with", free, len(seen), dear)
		}
	}
	p.Area[0] = int32(len(units))
	if _, err := district.Solve(t.Context(), p, district.Options{}); err == nil {
		t.Error("an area beyond all is taken")
	}
}

// The tolerance gives way only where that saves driving, down to the limit, and the plan
// says so; it is always more even than everybody to the nearest.
func TestToleranceGivesWayToDriving(t *testing.T) {
	units := country(2, 90, 3)
	p := &district.Problem{Units: units, People: people(4), Activities: 1}
	near := district.Nearest(pointsOf(units), 4)
	o := district.Options{Tolerance: 0.05, Rounds: roundsOf(units)}
	even := solve(t, p, o)
	o.Rounds.Drive = func(_ context.Context, area []int32) ([]float64, error) {
		return []float64{driven(o.Rounds, area, 4)}, nil
	}
	done := 0.0
	o.Progress = func(q district.Progress) {
		if q.Done < done {
			t.Errorf("%s: from %.3f of the work back to %.3f", q.Step, done, q.Done)
		}
		done = q.Done
	}
	spared, err := district.Solve(t.Context(), p, o)
	o.Progress = nil
	if err != nil {
		t.Fatal(err)
	}
	limit := driven(o.Rounds, near, 4)
	t.Logf("even %.0f s, spared %.0f s at %.3f (%q), nearest %.0f s at %.3f",
		driven(o.Rounds, even.Area, 4), driven(o.Rounds, spared.Area, 4), spared.Deviation, spared.Binding,
		limit, deviation(p, near))
	if spared.Binding != district.Driving || driven(o.Rounds, even.Area, 4) <= limit {
		t.Errorf("binding %q; the even plan drives %.0f s", spared.Binding, driven(o.Rounds, even.Area, 4))
	}
	if driven(o.Rounds, spared.Area, 4) > limit || spared.Deviation >= deviation(p, near) {
		t.Error("a plan that is less even drives more than the nearest one")
	}
	if spared.Pieces > 0 || spared.Cost < spared.Bound {
		t.Errorf("pieces %d, cost %.1f, bound %.1f", spared.Pieces, spared.Cost, spared.Bound)
	}
	// Whatever can never be reached leaves the plan within the tolerance.
	o.Rounds.Drive = func(_ context.Context, area []int32) ([]float64, error) {
		for i := range area {
			if area[i] != near[i] {
				return []float64{2}, nil
			}
		}
		return []float64{1}, nil
	}
	if kept := solve(t, p, o); kept.Deviation > 0.05 || kept.Binding != "" {
		t.Errorf("deviation %.3f, binding %q", kept.Deviation, kept.Binding)
	}
}

// The plan of everybody to the nearest is dealt to people as any other before it is driven,
// so that nobody sets out from another's home.
func TestTheNearestPlanIsDrivenByWhoseItWouldBe(t *testing.T) {
	units := country(2, 90, 3)
	for i, a := range district.Nearest(pointsOf(units), 4) {
		units[i].Current = (a + 1) % 4
	}
	asked := errors.New("asked")
	o := district.Options{Tolerance: 0.05, Rounds: roundsOf(units)}
	o.Rounds.Drive = func(_ context.Context, area []int32) ([]float64, error) {
		for i, a := range area {
			if a != units[i].Current {
				t.Fatalf("unit %d is %d's, not %d's", i, a, units[i].Current)
			}
		}
		return nil, asked
	}
	p := &district.Problem{Units: units, People: people(4), Activities: 1}
	if _, err := district.Solve(t.Context(), p, o); !errors.Is(err, asked) {
		t.Error(err)
	}
}

func deviation(p *district.Problem, area []int32) float64 {
	return check.Deviation(plain(p, district.Plan{Area: area}, district.Options{}))
}
