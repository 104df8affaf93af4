package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/territory/check"
	"beatplan/territory/district"
)

// BenchTerritory measures territory plans and white space, and writes a figure a
// line as "name value unit". shared is the folder of published instances and road
// maps, extract Delaware; what is missing is left out. quick repeats less, at the
// same sizes.
func BenchTerritory(
	ctx context.Context, extract, shared string, quick bool, out io.Writer,
) error {
	torn := 0
	for _, c := range []struct {
		name           string
		units, persons int
		seeds          int
	}{{"5k20", 5_000, 20, 5}, {"20k100", 20_000, 100, 3}, {"100k500", 100_000, 500, 1}} {
		if quick {
			c.seeds = 1
		}
		n, err := benchPlans(ctx, c.name, c.units, c.persons, c.seeds, out)
		if err != nil {
			return err
		}
		torn += n
	}
	fmt.Fprintf(out, "terr_disconnected %d territories\n", torn)
	if err := benchWhiteSpace(ctx, out); err != nil {
		return err
	}
	if err := benchRebalance(ctx, out); err != nil {
		return err
	}
	if err := benchEnsemble(ctx, quick, out); err != nil {
		return err
	}
	if err := benchAgainstMeans(ctx, extract, shared, out); err != nil {
		return err
	}
	return benchMedians(ctx, filepath.Join(shared, "territory", "pmedcap"), quick, out)
}

// benchPlans prints the worst of some plans of one size, and returns how many of
// their territories are in pieces.
func benchPlans(
	ctx context.Context, name string, units, persons, seeds int, out io.Writer,
) (torn int, err error) {
	var took time.Duration
	var worst, gap, ratio float64
	for seed := range seeds {
		p := benchCountry(uint64(seed), units, persons)
		began := time.Now()
		plan, err := district.Solve(ctx, p, district.Options{})
		if err != nil {
			return 0, err
		}
		took = max(took, time.Since(began))
		p.Graph = district.Around(placesOf(p), nil)
		c := checked(p, plan)
		worst, gap = max(worst, check.Deviation(c)), max(gap, plan.Gap())
		torn += len(check.Torn(c))
		plain, err := bisected(p)
		if err != nil {
			return 0, err
		}
		ratio = max(ratio, inertia(p, plan.Area)/inertia(p, plain))
	}
	fmt.Fprintf(out, "terr_%s_s %.2f s\n", name, took.Seconds())
	fmt.Fprintf(out, "terr_%s_dev_pct %.2f %%\n", name, 100*worst)
	fmt.Fprintf(out, "terr_%s_gap_pct %.2f %%\n", name, 100*gap)
	_, err = fmt.Fprintf(out, "terr_%s_inertia_ratio %.3f of_plain_bisection\n", name, ratio)
	return torn, err
}

// benchCountry is a made-up country: towns of unequal size and countryside.
func benchCountry(seed uint64, n, persons int) *district.Problem {
	rng := rand.New(rand.NewPCG(seed, 2026))
	towns := make([]orb.Point, max(4, persons/2))
	spread := make([]float64, len(towns))
	for i := range towns {
		towns[i] = orb.Point{116 + rng.Float64()*4, 34 + rng.Float64()*3}
		spread[i] = 0.03 + 0.12*rng.Float64()
	}
	p := &district.Problem{Activities: 1, Units: make([]district.Unit, n),
		People: slices.Repeat([]district.Person{{Share: 1}}, persons)}
	for i := range p.Units {
		t := min(rng.IntN(len(towns)), rng.IntN(len(towns)))
		at := orb.Point{towns[t][0] + rng.NormFloat64()*spread[t],
			towns[t][1] + rng.NormFloat64()*spread[t]}
		if rng.IntN(4) == 0 {
			at = orb.Point{116 + rng.Float64()*4, 34 + rng.Float64()*3}
		}
		visits := []float64{1, 1, 2, 4}[rng.IntN(4)]
		p.Units[i] = district.Unit{Point: at, Value: 1, Current: district.Nobody,
			Loads: [district.Activities]float64{visits * (20 + 20*rng.Float64())}}
	}
	return p
}

func placesOf(p *district.Problem) []orb.Point {
	out := make([]orb.Point, len(p.Units))
	for i, u := range p.Units {
		out[i] = u.Point
	}
	return out
}

func bisected(p *district.Problem) ([]int32, error) {
	loads := make([]float64, len(p.Units))
	for i, u := range p.Units {
		loads[i] = u.Loads[0]
	}
	return district.Bisect(placesOf(p), loads, len(p.People))
}

// checked is a plan as the independent checker reads it.
func checked(p *district.Problem, plan district.Plan) check.Plan {
	c := check.Plan{People: len(p.People), Loads: make([][]float64, 1)}
	for _, q := range p.People {
		c.Shares = append(c.Shares, q.Share)
	}
	for i, u := range p.Units {
		c.Area = append(c.Area, int(plan.Area[i]))
		c.Loads[0] = append(c.Loads[0], u.Loads[0])
	}
	for _, e := range p.Graph.Pairs() {
		c.Borders = append(c.Borders, [2]int{int(e.A), int(e.B)})
	}
	return c
}

// inertia is load × squared distance to the middle of the load, whatever the scale.
func inertia(p *district.Problem, area []int32) float64 {
	var lat float64
	for _, u := range p.Units {
		lat += u.Point[1] / float64(len(p.Units))
	}
	squeeze := math.Cos(lat * math.Pi / 180)
	sums := make([][4]float64, len(p.People))
	for i, u := range p.Units {
		x, y, w, s := u.Point[0]*squeeze, u.Point[1], u.Loads[0], &sums[area[i]]
		s[0], s[1], s[2], s[3] = s[0]+w, s[1]+w*x, s[2]+w*y, s[3]+w*(x*x+y*y)
	}
	var total float64
	for _, s := range sums {
		total += s[3] - (s[1]*s[1]+s[2]*s[2])/s[0]
	}
	return total
}

// benchRebalance prints what a disruption budget of 10 % does to territories that
// have drifted apart, beside a plan from scratch.
func benchRebalance(ctx context.Context, out io.Writer) error {
	p := benchCountry(9, 5_000, 20)
	drift := make([]float64, len(p.Units))
	for i, u := range p.Units {
		drift[i] = u.Loads[0] * (1 + 0.25*(u.Point[0]-116))
	}
	today, err := district.Bisect(placesOf(p), drift, 20)
	if err != nil {
		return err
	}
	for i := range p.Units {
		p.Units[i].Current = today[i]
	}
	p.Graph = district.Around(placesOf(p), nil)
	before := check.Deviation(checked(p, district.Plan{Area: today}))
	began := time.Now()
	plan, err := district.Solve(ctx, p, district.Options{Budget: 0.10})
	if err != nil {
		return err
	}
	took := time.Since(began)
	free, err := district.Solve(ctx, p, district.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "terr_rebalance_s %.2f s\n", took.Seconds())
	fmt.Fprintf(out, "terr_rebalance_dev_before_pct %.2f %%\n", 100*before)
	fmt.Fprintf(out, "terr_rebalance_dev_pct %.2f %%\n", 100*plan.Deviation)
	_, err = fmt.Fprintf(out, "terr_rebalance_moves_ratio %.3f of_a_free_plan\n", plan.Moved/free.Moved)
	return err
}

// benchEnsemble prints where a plan stands among random legal ones.
func benchEnsemble(ctx context.Context, quick bool, out io.Writer) error {
	p := benchCountry(0, 5_000, 20)
	p.Graph = district.Around(placesOf(p), nil)
	plan, err := district.Solve(ctx, p, district.Options{})
	if err != nil {
		return err
	}
	plans := 1000
	if quick {
		plans = 300
	}
	began := time.Now()
	e, err := district.Compare(ctx, p, plan, plans, district.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "terr_recom_plans_per_s %.0f 1/s\n", float64(plans)*1.25/time.Since(began).Seconds())
	fmt.Fprintf(out, "terr_recom_better_pct %.2f %%\n", 100*e.Cost)
	_, err = fmt.Fprintf(out, "terr_recom_mean_ratio %.3f of_the_plan\n", e.MeanCost/plan.Cost)
	return err
}

// benchMedians prints the worst gap to the published values of the capacitated
// p-median instances in dir, with ten seconds for each at most.
func benchMedians(ctx context.Context, dir string, quick bool, out io.Writer) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		return err
	}
	rounds, spell := 600_000, 8*time.Second
	if quick {
		spell = 5 * time.Second
	}
	worst, longest := 0.0, 0.0
	for _, file := range files {
		c, best, err := readMedians(file)
		if err != nil {
			return err
		}
		began, cost := time.Now(), math.Inf(1)
		for seed := uint64(0); time.Since(began) < spell && cost > best; seed++ {
			_, found := district.Clusters(ctx, c, rounds, seed)
			cost = min(cost, found)
		}
		longest = max(longest, time.Since(began).Seconds())
		worst = max(worst, cost/best-1)
	}
	fmt.Fprintf(out, "terr_pmedcap_gap_pct %.3f %%\n", 100*worst)
	_, err = fmt.Fprintf(out, "terr_pmedcap_s %.2f s\n", longest)
	return err
}

// readMedians reads an instance of the OR-Library: number and best value; places,
// centres, capacity; then place, x, y, demand. Distances are cut to whole numbers,
// as the published values are.
func readMedians(file string) (c district.Clustering, best float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return c, 0, err
	}
	defer f.Close() // read only
	in := bufio.NewReader(f)
	var id, n int
	if _, err := fmt.Fscan(in, &id, &best, &n, &c.Centres, &c.Capacity); err != nil {
		return c, 0, fmt.Errorf("%s: %w", file, err)
	}
	x, y := make([]float64, n), make([]float64, n)
	c.Demand, c.Distance = make([]float64, n), make([][]float64, n)
	for i := range n {
		if _, err := fmt.Fscan(in, &id, &x[i], &y[i], &c.Demand[i]); err != nil {
			return c, 0, fmt.Errorf("%s: place %d: %w", file, i+1, err)
		}
	}
	for i := range n {
		for j := range n {
			c.Distance[i] = append(c.Distance[i], math.Floor(math.Hypot(x[i]-x[j], y[i]-y[j])))
		}
	}
	return c, best, nil
}
