package app

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"beatplan/territory/check"
	"beatplan/territory/district"
)

// delawareExtract is the extract in the test data of the OSM library.
func delawareExtract(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/paulmach/osm").Output()
	if err != nil {
		t.Fatalf("find the OSM library: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "testdata", "delaware-latest.osm.pbf")
}

// promised is a problem and its plan with everything that the checker looks at.
func promised(p *district.Problem, plan district.Plan, o district.Options) check.Plan {
	c := checked(p, plan)
	c.Tolerance, c.Budget, c.Infeasible = o.Tolerance, o.Budget, plan.Binding != ""
	c.Cost, c.Bound = plan.Cost, plan.Bound
	for _, u := range p.Units {
		c.Current, c.Locked = append(c.Current, int(u.Current)), append(c.Locked, u.Locked)
		c.Value = append(c.Value, u.Value)
	}
	for _, q := range p.People {
		c.Most = append(c.Most, q.Most)
	}
	for _, f := range p.Forbidden {
		c.Forbidden = append(c.Forbidden, [2]int{int(f.A), int(f.B)})
	}
	return c
}

// The statements 1 to 6 and 10 of the territory rules on Delaware, Andorra, Porto,
// Jinan and Manchester, by the independent checker. Statements 7 and 8 are those of
// TestScenarioComesIntoForceOnItsDay.
func TestStatementsHoldOnRealGround(t *testing.T) {
	shared := os.Getenv("BEATPLAN_SHARED_DATA")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared", "data")
	}
	grounds, err := benchGrounds(t.Context(), delawareExtract(t), shared)
	if err != nil || len(grounds) == 0 {
		t.Fatalf("%d grounds, %v", len(grounds), err)
	}
	for i := range grounds {
		t.Run(grounds[i].name, func(t *testing.T) {
			t.Parallel()
			p := grounds[i].problem()
			o := district.Options{Tolerance: 0.05}
			plan := promisedPlan(t, p, o)
			t.Logf("%d customers for %d people: deviation %.4f, gap %.3f",
				len(p.Units), len(p.People), plan.Deviation, plan.Gap())
			if plan.Binding != "" || plan.Gap() > 0.25 { // small and lumpy: the bound is far off
				t.Errorf("binding %q, gap %.3f", plan.Binding, plan.Gap())
			}
			again, err := json.Marshal(promisedPlan(t, p, o))
			if first, _ := json.Marshal(plan); err != nil || string(first) != string(again) {
				t.Errorf("same seed and input, other bytes (%v)", err)
			}
			grounds[i].beatsMeans(t, p, plan)
			rebalanced(t, p, plan)
		})
	}
}

func promisedPlan(t *testing.T, p *district.Problem, o district.Options) district.Plan {
	t.Helper()
	plan, err := district.Solve(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range check.Faults(promised(p, plan, o)) {
		t.Error(f)
	}
	return plan
}

// beatsMeans holds a plan against k-means and nearest (statement 10): lower
// deviation, and nobody's routed week is as long as the longest of theirs.
func (g *benchGround) beatsMeans(t *testing.T, p *district.Problem, plan district.Plan) {
	t.Helper()
	plain := kmeans(g.points, g.persons)
	ours, err := drivenWeek(t.Context(), p, plan.Area, crow{})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := drivenWeek(t.Context(), p, plain, crow{})
	if err != nil {
		t.Fatal(err)
	}
	off := check.Deviation(checked(p, district.Plan{Area: plain}))
	if plan.Deviation >= off || ours.longest > theirs.longest {
		t.Errorf("deviation %.3f, k-means %.3f; longest week %v, k-means %v",
			plan.Deviation, off, ours.longest, theirs.longest)
	}
}

// rebalanced makes the best of a plan whose loads have drifted, with locks, forbidden pairs,
// a part-time share, a limit of customers, and a budget (statement 4).
func rebalanced(t *testing.T, p *district.Problem, plan district.Plan) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, uint64(len(p.Units))))
	drifted := *p
	drifted.Units = append([]district.Unit{}, p.Units...)
	drifted.People = append([]district.Person{}, p.People...)
	drifted.People[0].Share = 0.5
	drifted.People[1].Most = len(p.Units)/len(p.People) + 20
	for i := range drifted.Units {
		u := &drifted.Units[i]
		u.Current = plan.Area[i]
		u.Loads[0] *= 0.8 + 0.4*rng.Float64()
		u.Locked = rng.IntN(20) == 0
		if x := int32(rng.IntN(len(p.People))); rng.IntN(20) == 0 && x != u.Current {
			drifted.Forbidden = append(drifted.Forbidden, district.Pair{A: int32(i), B: x})
		}
	}
	promisedPlan(t, &drifted, district.Options{Tolerance: 0.05, Budget: 0.10})
	promisedPlan(t, &drifted, district.Options{Tolerance: 0.05})
}
