package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/insertion"
	"beatplan/routing/vrp/search"
	"beatplan/routing/vrp/tour"
)

// tspClass is the tours up to a number of places, with the time that each gets.
type tspClass struct {
	name  string
	most  int
	limit time.Duration
}

func tspClasses() []tspClass {
	return []tspClass{
		{"vrp_tsp300_gap500ms_pct", 320, 500 * time.Millisecond},
		{"vrp_tsp1300_gap3s_pct", 1300, 3 * time.Second},
		{"vrp_tsp2100_gap10s_pct", 1 << 30, 10 * time.Second},
	}
}

// tsp measures tours without windows: half a second up to 320 places, three
// seconds up to 1,300, ten above. The quick mode stops at 320.
func (r *run) tsp(ctx context.Context) error {
	files, err := r.files(set{dir: "tsplib"})
	if err != nil {
		return err
	}
	classes := tspClasses()
	sums, counts := make([]float64, len(classes)), make([]int, len(classes))
	for _, file := range files {
		x, err := load(file)
		if err != nil {
			return err
		}
		n := len(x.Problem.Visits)
		k := slices.IndexFunc(classes, func(c tspClass) bool { return n <= c.most })
		if r.Quick && k > 0 {
			continue
		}
		stem := strings.TrimSuffix(filepath.Base(file), ".tsp")
		best, ok := r.known("tsplib", stem)
		if !ok {
			return fmt.Errorf("no optimum of %s", stem)
		}
		// Some files list their places in the order of the optimum: begin from another.
		order := rand.New(rand.NewPCG(7, 7)).Perm(n)
		res := tour.Solve(ctx, x.Problem, 0, order, tour.Options{Seed: 1, Time: classes[k].limit})
		s := vrp.Solution{Routes: [][]int{res.Route}}
		if err := verify(x.Problem, s); err != nil {
			return fmt.Errorf("%s: %w", stem, err)
		}
		cost, _ := vrp.Evaluate(x.Problem, s)
		gap := 100 * (float64(cost.Total()) - best) / best
		fmt.Fprintf(r.Log, "%-42s %12d best %12.1f gap %6.3f %%\n", stem, cost.Total(), best, gap)
		sums[k] += gap
		counts[k]++
	}
	sum, count := 0.0, 0
	for k, c := range classes {
		if counts[k] > 0 {
			r.print(c.name, sums[k]/float64(counts[k]), "%")
		}
		sum, count = sum+sums[k], count+counts[k]
	}
	r.print("vrp_tsp_gap_pct", sum/float64(count), "%")
	return nil
}

func everything(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// tsptw counts how many tours with windows reach the best known value: five
// seconds each, one in the quick mode, which takes every fifth instance.
func (r *run) tsptw(ctx context.Context) error {
	var names []string
	for name := range r.best["tsptw"] {
		names = append(names, name)
	}
	sort.Strings(names)
	limit, step := 5*time.Second, 1
	if r.Quick {
		limit, step = time.Second, 5
	}
	hits, count := 0, 0
	for k := 0; k < len(names); k += step {
		x, err := load(filepath.Join(r.Dir, "tsptw", filepath.FromSlash(names[k])))
		if err != nil {
			return err
		}
		best, _ := r.best["tsptw"][names[k]].(float64)
		res, err := search.Solve(ctx, x.Problem, search.Options{Seed: 1, Time: limit})
		if err != nil {
			return fmt.Errorf("%s: %w", names[k], err)
		}
		cost := math.Inf(1)
		if len(res.Solution.Missing(x.Problem)) == 0 {
			if err := verify(x.Problem, res.Solution); err != nil {
				return fmt.Errorf("%s: %w", names[k], err)
			}
			cost = float64(res.Cost.Total()) / float64(x.Scale)
		}
		fmt.Fprintf(r.Log, "%-42s %12.2f best %12.2f\n", names[k], cost, best)
		count++
		if cost <= best+0.0051 { // published to two decimals
			hits++
		}
	}
	r.print("vrp_tsptw_hit_pct", 100*float64(hits)/float64(count), "%")
	return nil
}

// town draws customers around an office, with opening hours for two in three.
// The day is long enough for everybody.
func town(r *rand.Rand, visits, vehicles int) *vrp.Problem {
	size := visits + 1
	side := 600 + 12_000/(visits/vehicles+2)
	x, y := make([]int, size), make([]int, size)
	for i := range size {
		x[i], y[i] = r.IntN(side), r.IntN(side)
	}
	table := vrp.Profile{Locations: size}
	for i := range size {
		for j := range size {
			d := max(x[i]-x[j], x[j]-x[i]) + max(y[i]-y[j], y[j]-y[i])
			if i != j {
				d += r.IntN(d/4 + 60)
			}
			table.Duration = append(table.Duration, int32(d))
			table.Distance = append(table.Distance, int32(12*d))
		}
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{table}}
	for range vehicles {
		p.Vehicles = append(p.Vehicles, vrp.Vehicle{Start: visits, End: visits, PerSecond: 4,
			PerWait: 1, Shift: vrp.Window{Open: 8 * 3600, Close: 19 * 3600}})
	}
	for i := range visits {
		service := 240 + 60*r.IntN(180/(visits/vehicles+5))
		v := vrp.Visit{ID: int64(i), Location: i, Service: service}
		if r.IntN(3) > 0 {
			open := 8*3600 + 1800*r.IntN(10)
			v.Windows = []vrp.Window{{Open: open, Close: open + 4*3600 + 1800*r.IntN(8)}}
		}
		p.Visits = append(p.Visits, v)
	}
	return p
}

// provedDays is how many days of at most 15 stops are compared with their proven
// optimum.
const provedDays = 20

// days measures a person's day of 12 to 40 stops with opening hours: how often the
// answer is the proven optimum of small days, and how far it is from the best of a
// run a hundred times as long.
func (r *run) days(ctx context.Context) error {
	count := 400
	if r.Quick {
		count = 200
	}
	random := rand.New(rand.NewPCG(1, 1))
	var took []float64
	gap, compared, hits, proved, small := 0.0, 0, 0, 0, 0
	for k := range count {
		n := 12 + random.IntN(29)
		p := town(random, n, 1)
		began := time.Now()
		res := tour.Solve(ctx, p, 0, everything(n), tour.Options{Seed: 1})
		took = append(took, time.Since(began).Seconds()*1000)
		if n <= tour.MostProved && small < provedDays {
			if best, ok := tour.Optimum(p, 0, everything(n)); ok {
				cost, _ := vrp.Evaluate(p, vrp.Solution{Routes: [][]int{res.Route}})
				small++
				if len(res.Left) == 0 && res.Feasible && cost.Total() == best {
					proved++
				}
			}
		}
		if k%20 > 0 || len(res.Left) > 0 || !res.Feasible {
			continue
		}
		s := vrp.Solution{Routes: [][]int{res.Route}}
		if err := verify(p, s); err != nil {
			return err
		}
		long := tour.Solve(ctx, p, 0, everything(n), tour.Options{Seed: 2, Iterations: 20_000})
		mine, _ := vrp.Evaluate(p, s)
		best, _ := vrp.Evaluate(p, vrp.Solution{Routes: [][]int{long.Route}})
		compared++
		over := max(100*float64(mine.Total()-best.Total())/float64(best.Total()), 0)
		gap += over
		if over == 0 {
			hits++
		}
	}
	r.print("vrp_day_p99_ms", percentile(took, 0.99), "ms")
	r.print("vrp_day_p50_ms", percentile(took, 0.5), "ms")
	r.print("vrp_day_optimal", float64(proved), fmt.Sprintf("of_%d", small))
	r.print("vrp_day_gap_pct", gap/float64(max(compared, 1)), "%")
	r.print("vrp_day_best", float64(hits), fmt.Sprintf("of_%d", compared))
	return nil
}

func percentile(list []float64, q float64) float64 {
	slices.Sort(list)
	return list[min(int(q*float64(len(list))), len(list)-1)]
}

// slots measures the three best places for a new visit among 50 people with 12
// visits each, the first three driven, and the repair of the whole plan.
func (r *run) slots(ctx context.Context) error {
	random := rand.New(rand.NewPCG(2, 2))
	p := town(random, 650, 50)
	first, err := search.Solve(ctx, p, search.Options{Seed: 1, Iterations: 2000})
	if err != nil {
		return err
	}
	s := first.Solution.Clone()
	var took []float64
	for k := range 50 { // take one visit out and ask where it could go
		v := k % len(s.Routes)
		if len(s.Routes[v]) < 5 {
			continue
		}
		trial := s.Clone()
		visit := trial.Routes[v][4]
		trial.Routes[v] = slices.Delete(trial.Routes[v], 4, 5)
		for w := range trial.Routes {
			p.Vehicles[w].Prefix = trial.Routes[w][:min(3, len(trial.Routes[w]))]
		}
		began := time.Now()
		found := insertion.Slots(p, trial, visit, 3)
		took = append(took, time.Since(began).Seconds()*1000)
		if len(found) == 0 {
			return fmt.Errorf("no place for visit %d, which had one", visit)
		}
	}
	r.print("vrp_slots_p99_ms", percentile(took, 0.99), "ms")
	began := time.Now()
	again, err := search.Solve(ctx, p, search.Options{Seed: 2, Time: 1500 * time.Millisecond, Start: &s})
	if err != nil {
		return err
	}
	if err := verify(p, again.Solution); err != nil {
		return err
	}
	r.print("vrp_repair_s", time.Since(began).Seconds(), "s")
	return nil
}
