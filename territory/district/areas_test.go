package district_test

import (
	"context"
	"errors"
	"slices"
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
		free := solve(t, p, o)
		o.SplitPrice = 3
		dear := solve(t, p, o)
		n, m := splits(free.Area, p.Area), splits(dear.Area, p.Area)
		t.Logf("%d areas: %d split without a price, %d with", len(seen), n, m)
		if m >= n || dear.Split >= free.Split {
			t.Errorf("%d of %d areas split without a price, %d with; impurity %.1f and %.1f",
				n, len(seen), m, free.Split, dear.Split)
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
	o.Rounds.Drive = func(_ context.Context, area []int32, week int) (float64, error) {
		return drivenIn(o.Rounds, area, 4, week), nil
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
	promises := plain(p, spared, o)
	promises.Nearest = deviation(p, near)
	for _, f := range check.Faults(promises) {
		t.Error(f)
	}
	limit := driven(o.Rounds, near, 4)
	t.Logf("even %.0f s, spared %.0f s at %.3f (%q), nearest %.0f s at %.3f",
		driven(o.Rounds, even.Area, 4), driven(o.Rounds, spared.Area, 4), spared.Deviation, spared.Binding,
		limit, deviation(p, near))
	if spared.Binding != district.Driving || driven(o.Rounds, even.Area, 4) <= limit {
		t.Errorf("binding %q; the even plan drives %.0f s", spared.Binding, driven(o.Rounds, even.Area, 4))
	}
	if driven(o.Rounds, spared.Area, 4) > limit || spared.Cost < spared.Bound {
		t.Error("a plan that is less even drives more than the nearest one")
	}
	// Whatever can never be reached leaves the plan within the tolerance.
	o.Rounds.Drive = func(_ context.Context, area []int32, _ int) (float64, error) {
		if slices.Equal(area, near) {
			return 1, nil
		}
		return 2, nil
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
	o.Rounds.Drive = func(_ context.Context, area []int32, _ int) (float64, error) {
		for i, a := range area {
			if a != units[i].Current {
				t.Fatalf("unit %d is %d's, not %d's", i, a, units[i].Current)
			}
		}
		return 0, asked
	}
	p := &district.Problem{Units: units, People: people(4), Activities: 1}
	if _, err := district.Solve(t.Context(), p, o); !errors.Is(err, asked) {
		t.Error(err)
	}
}

// Sparing is bounded: after so many tries the evenest plan until then is kept, a plan that
// drives too far in its first weeks is driven no further, and whoever does not want to wait
// ends it.
func TestSparingIsBounded(t *testing.T) {
	units := country(2, 90, 3)
	p := &district.Problem{Units: units, People: people(4), Activities: 1, Graph: around(units)}
	near := district.Nearest(pointsOf(units), 4)
	o := district.Options{Tolerance: 0.05, Rounds: roundsOf(units)}
	asked := map[int]int{}
	o.Rounds.Drive = func(_ context.Context, area []int32, week int) (float64, error) {
		asked[week]++
		return drivenIn(o.Rounds, area, 4, week), nil
	}
	off := map[int]float64{}
	for _, tries := range []int{300_000, 1_500_000, 4_000_000} {
		clear(asked)
		o.Rounds.Tries = tries
		plan, err := district.Solve(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		promises := plain(p, plan, o)
		promises.Nearest = deviation(p, near)
		for _, f := range check.Faults(promises) {
			t.Error(f)
		}
		// A tolerance takes 270,000 tries at least; the nearest plan and the even one are
		// driven in any case.
		plans := asked[0]
		if most := 2 + (tries+269_999)/270_000; plans > most {
			t.Errorf("%d tries lead to %d plans, at most %d were expected", tries, plans, most)
		}
		if off[tries] = plan.Deviation; plan.Binding == "" {
			off[tries] = 1 // the tolerance did not give way yet
		}
		t.Logf("%d tries: %v weeks driven, deviation %.3f %s", tries, asked, plan.Deviation, plan.Binding)
	}
	if asked[3] == asked[0] {
		t.Errorf("all of %d plans are driven to the end", asked[0])
	}
	if off[4_000_000] > off[1_500_000] || off[1_500_000] > off[300_000] {
		t.Errorf("more tries lead to less even plans: %v", off)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o.Rounds.Drive = func(_ context.Context, area []int32, _ int) (float64, error) {
		if slices.Equal(area, near) {
			return 1, nil
		}
		cancel()
		return 2, nil
	}
	if _, err := district.Solve(ctx, p, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it was driven: %v", err)
	}
}

func deviation(p *district.Problem, area []int32) float64 {
	return check.Deviation(plain(p, district.Plan{Area: area}, district.Options{}))
}
