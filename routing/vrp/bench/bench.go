// Package bench measures the optimiser on published instances and on generated
// days, and prints one figure a line: name, value, unit.
//
// Gaps are to the best known values in BKS.json beside the instances, mean over
// the set, in percent. Every plan goes through package check; a plan with a fault
// ends the run with an error.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
	"beatplan/routing/vrp/format"
	"beatplan/routing/vrp/search"
)

// Options of a run.
type Options struct {
	Dir   string // of the instances, with BKS.json
	Quick bool   // within three minutes: fewer instances of each set
	Only  string // figures whose name begins so; empty is all
	Out   io.Writer
	Log   io.Writer // one line an instance; nil is none
}

// run is a run in progress.
type run struct {
	Options
	best    map[string]map[string]any
	printed int // figures
}

// set is a figure over instances.
type set struct {
	name    string
	key     string // in BKS.json
	dir     string
	seconds int
	quick   []string // instances of the quick mode; nil is all
	all     []string // instances of the full mode; nil is the folder
	full    bool     // in the full mode only
	// required tells until when every visit of every plan was placed, as far as the
	// twelve reports of a search say.
	required bool
	whole    bool // best known values are in the solver's whole numbers
}

func sets() []set {
	x := []string{"X-n101-k25", "X-n200-k36", "X-n401-k29"}
	gh := []string{"c1_4_1", "r1_4_1", "rc2_4_1"}
	return []set{
		{name: "vrp_solomon_gap1s_pct", key: "solomon", dir: "solomon", seconds: 1},
		{name: "vrp_solomon_gap10s_pct", key: "solomon", dir: "solomon", seconds: 10,
			quick: []string{"R112", "R210"}},
		{name: "vrp_gh400_gap10s_pct", key: "gehring-homberger", dir: "gehring-homberger",
			seconds: 10, quick: gh, all: gh, required: true},
		{name: "vrp_ortec_gap10s_pct", key: "ortec-road-vrptw", dir: "ortec-road", seconds: 10},
		{name: "vrp_x_gap10s_pct", key: "cvrp-x", dir: "cvrp-x", seconds: 10, quick: x},
		{name: "vrp_gh400_gap60s_pct", key: "gehring-homberger", dir: "gehring-homberger",
			seconds: 60, all: gh, full: true},
		{name: "vrp_gh1000_gap60s_pct", key: "gehring-homberger", dir: "gehring-homberger",
			seconds: 60, all: []string{"C1_10_1", "R2_10_5"}, full: true},
		{name: "vrp_ortec_gap60s_pct", key: "ortec-road-vrptw", dir: "ortec-road", seconds: 60, full: true},
		{name: "vrp_x_gap60s_pct", key: "cvrp-x", dir: "cvrp-x", seconds: 60, full: true},
		{name: "vrp_pcvrptw_gap60s_pct", key: "pcvrptw", dir: "pcvrptw", seconds: 60,
			full: true, whole: true},
		{name: "vrp_mdvrptw_gap60s_pct", key: "mdvrptw", dir: "mdvrptw", seconds: 60,
			full: true, whole: true},
	}
}

// Run prints the figures. It fails when the instances are missing, a plan does not
// pass the checker, or no figure was asked for.
func Run(ctx context.Context, o Options) error {
	if o.Log == nil {
		o.Log = io.Discard
	}
	r := &run{Options: o}
	data, err := os.ReadFile(filepath.Join(o.Dir, "BKS.json"))
	if err != nil {
		return fmt.Errorf("best known values: %w", err)
	}
	if err := json.Unmarshal(data, &r.best); err != nil {
		return fmt.Errorf("best known values: %w", err)
	}
	for _, s := range sets() {
		if r.wanted(s.name) && !(s.full && r.Quick) {
			if err := r.set(ctx, s); err != nil {
				return err
			}
		}
	}
	if err := r.rest(ctx); err != nil {
		return err
	}
	if r.printed == 0 {
		return fmt.Errorf("no figure's name begins with %q", o.Only)
	}
	return nil
}

// rest are the figures that are not gaps of a fleet.
func (r *run) rest(ctx context.Context) error {
	for _, f := range []struct {
		name string
		fn   func(context.Context) error
	}{
		{"vrp_tsp_gap_pct", r.tsp}, {"vrp_tsptw_hit_pct", r.tsptw},
		{"vrp_day_p99_ms", r.days}, {"vrp_slots_p99_ms", r.slots},
	} {
		if !r.wanted(f.name) {
			continue
		}
		if err := f.fn(ctx); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}

func (r *run) wanted(name string) bool { return strings.HasPrefix(name, r.Only) }

func (r *run) print(name string, value float64, unit string) {
	r.printed++
	fmt.Fprintf(r.Out, "%s %.3f %s\n", name, value, unit)
}

// files are the paths of a set's instances.
func (r *run) files(s set) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.Dir, s.dir))
	if err != nil {
		return nil, err
	}
	names := s.all
	if r.Quick && s.quick != nil {
		names = s.quick
	}
	var list []string
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		stem := strings.TrimSuffix(e.Name(), ext)
		if (ext == ".txt" || ext == ".vrp" || ext == ".tsp") &&
			(names == nil || slices.Contains(names, stem)) {
			list = append(list, filepath.Join(r.Dir, s.dir, e.Name()))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no instances in %s", filepath.Join(r.Dir, s.dir))
	}
	return list, nil
}

// known is the best known value of an instance, in published units.
func (r *run) known(key, stem string) (float64, bool) {
	for _, name := range []string{stem, strings.ToUpper(stem)} {
		switch x := r.best[key][name].(type) {
		case float64:
			return x, true
		case map[string]any:
			v, ok := x["dimacs_distance"].(float64)
			if strings.Contains(stem, "_10_") { // stated in tens
				v *= 10
			}
			return v, ok
		}
	}
	return 0, false
}

// set solves a set's instances one after the other, on all processors.
func (r *run) set(ctx context.Context, s set) error {
	files, err := r.files(s)
	if err != nil {
		return err
	}
	sum, hits, iterations, visits, placed, feasible := 0.0, 0, 0, 0, 0, 0.0
	var used heap
	began := time.Now()
	for _, file := range files {
		x, err := load(file)
		if err != nil {
			return err
		}
		stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		best, ok := r.known(s.key, stem)
		if !ok {
			return fmt.Errorf("no best known value of %s", stem)
		}
		used.begin()
		after := math.Inf(1) // until everybody has a place
		began := time.Now()
		res, err := search.Solve(ctx, x.Problem, search.Options{Seed: 1,
			Progress: func(p search.Progress) {
				used.look()
				if p.Unserved == 0 {
					after = min(after, time.Since(began).Seconds())
				}
			},
			Time: time.Duration(s.seconds) * time.Second, Threads: runtime.GOMAXPROCS(0)})
		used.end()
		if err != nil {
			return fmt.Errorf("%s: %w", stem, err)
		}
		if err := verify(x.Problem, res.Solution); err != nil {
			return fmt.Errorf("%s: %w", stem, err)
		}
		cost := float64(res.Cost.Total()) / float64(x.Scale)
		if s.whole {
			cost = float64(res.Cost.Total())
		}
		gap := 100 * (cost - best) / best
		fmt.Fprintf(r.Log, "%-42s %12.1f best %12.1f gap %6.3f %% iterations %d\n",
			stem, cost, best, gap, res.Iterations)
		sum += gap
		if !math.IsInf(after, 1) {
			feasible = max(feasible, after)
			placed++
		}
		iterations += res.Iterations
		visits += len(x.Problem.Visits)
		if gap < 1e-6 {
			hits++
		}
	}
	r.print(s.name, sum/float64(len(files)), "%")
	base := strings.TrimSuffix(s.name, "_pct")
	r.print(base+"_hits", float64(hits), fmt.Sprintf("of_%d", len(files)))
	if s.required {
		r.print(base+"_feasible_hits", float64(placed), fmt.Sprintf("of_%d", len(files)))
		if placed == len(files) {
			r.print(base+"_feasible", feasible, "s")
		} else {
			fmt.Fprintf(r.Log, "%s: %d plans leave somebody out\n", s.name, len(files)-placed)
		}
	}
	r.print(base+"_iterations", float64(iterations)/time.Since(began).Seconds(), "1/s")
	r.print(base+"_memory", float64(used.sum)/float64(visits), "B/visit")
	return nil
}

// heap adds up the largest heaps of solves, garbage included, over what was there
// before each: how much memory a solve needs.
type heap struct{ before, peak, sum uint64 }

func (h *heap) begin() {
	runtime.GC()
	h.before, h.peak = inUse(), 0
}

func (h *heap) look() { h.peak = max(h.peak, inUse()) }

func (h *heap) end() { h.sum += max(h.peak, h.before) - h.before }

func inUse() uint64 {
	var x runtime.MemStats
	runtime.ReadMemStats(&x)
	return x.HeapAlloc
}

func load(file string) (*format.Instance, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x, err := format.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return x, nil
}

// verify hands a plan to the checker.
func verify(p *vrp.Problem, s vrp.Solution) error {
	times := make([]vrp.Timetable, len(p.Vehicles))
	for v, route := range s.Routes {
		times[v] = vrp.Schedule(p, v, route)
	}
	cost, _ := vrp.Evaluate(p, s)
	faults := check.Faults(p, check.Plan{Solution: s, Times: times, Cost: cost})
	if len(faults) > 0 {
		return fmt.Errorf("the plan is wrong: %s (%d faults)", faults[0], len(faults))
	}
	return nil
}
