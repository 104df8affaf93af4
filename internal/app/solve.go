package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"beatplan/routing/vrp"
	vrpbench "beatplan/routing/vrp/bench"
	"beatplan/routing/vrp/format"
	"beatplan/routing/vrp/search"
	"beatplan/routing/vrp/vroom"
)

// SolveOptions are what beatplan solve may be told.
type SolveOptions struct {
	File       string
	Time       time.Duration
	Iterations int
	Seed       uint64
	Threads    int
	Output     string    // "table", "sol" or "json"
	Progress   io.Writer // nil is none
}

// Solve reads a routing problem, solves it and writes the plan: a table, a
// CVRPLIB .sol file or VROOM's JSON.
func Solve(ctx context.Context, o SolveOptions, out io.Writer) error {
	data, err := os.ReadFile(o.File)
	if err != nil {
		return err
	}
	x, names, err := readProblem(data)
	if err != nil {
		return fmt.Errorf("%s: %w", o.File, err)
	}
	options := search.Options{Seed: o.Seed, Time: o.Time, Iterations: o.Iterations, Threads: o.Threads}
	if names != nil {
		options.Start = names.Start()
		options.Threads = cmp.Or(o.Threads, names.Threads())
	}
	if o.Progress != nil {
		options.Progress = teller(x.Problem, o.Progress)
	}
	began := time.Now()
	res, err := plan(ctx, x.Problem, names, options)
	if err != nil {
		return err
	}
	switch {
	case o.Output == "json" || o.Output == "" && names != nil:
		if names == nil {
			names = vroom.Plain(x.Problem)
		}
		answer := names.Answer(x.Problem, res.Solution)
		answer.Summary.ComputingTimes.Solving = int(time.Since(began).Milliseconds())
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(answer)
	case o.Output == "sol":
		return writeSol(out, x, res)
	default:
		return writeTable(out, x, res)
	}
}

// teller writes a line each time the best plan so far is known: its cost, the lower
// bound, the gap between them, or how many visits nobody makes yet.
func teller(p *vrp.Problem, out io.Writer) func(search.Progress) {
	bound := -1
	return func(now search.Progress) {
		if bound < 0 { // the problem is sound by now
			bound = search.Bound(p)
		}
		gap := fmt.Sprintf("gap %.1f %%", 100*float64(now.Cost-bound)/float64(max(now.Cost, 1)))
		if now.Unserved > 0 {
			gap = fmt.Sprintf("unserved %d", now.Unserved)
		}
		fmt.Fprintf(out, "%3.0f %%  cost %d  bound %d  %s  rounds %d\n",
			100*now.Spent, now.Cost, bound, gap, now.Iterations)
	}
}

// plan searches, unless a request of VROOM's asks for the times of its own steps.
func plan(ctx context.Context, p *vrp.Problem, names *vroom.Names, o search.Options) (search.Result, error) {
	if names != nil {
		if s, ok := names.Timed(p); ok {
			return search.Result{Solution: s}, nil
		}
	}
	return search.Solve(ctx, p, o)
}

// readProblem tells VROOM's JSON from the researchers' formats by its first
// character; names is nil for the latter.
func readProblem(data []byte) (*format.Instance, *vroom.Names, error) {
	for _, b := range data {
		switch b {
		case ' ', '\t', '\r', '\n':
			continue
		case '{':
			p, names, err := vroom.Parse(data, nil)
			if err != nil {
				return nil, nil, err
			}
			if names.Budget(time.Second) > 0 {
				return nil, nil, &vroom.Unsupported{
					Field: "options.l and options.x beside --seconds and --iterations"}
			}
			return &format.Instance{Kind: "VROOM", Problem: p, Scale: 1}, names, nil
		}
		break
	}
	x, err := format.Parse(data)
	return x, nil, err
}

// node is the published number of a visit.
func node(x *format.Instance, i int) int64 {
	if i < len(x.Nodes) {
		return int64(x.Nodes[i])
	}
	return x.Problem.Visits[i].ID
}

func writeSol(out io.Writer, x *format.Instance, res search.Result) error {
	k := 0
	for _, route := range res.Solution.Routes {
		if len(route) == 0 {
			continue
		}
		k++
		fmt.Fprintf(out, "Route #%d:", k)
		for _, i := range route {
			fmt.Fprintf(out, " %d", node(x, i))
		}
		fmt.Fprintln(out)
	}
	_, err := fmt.Fprintf(out, "Cost %v\n", float64(res.Cost.Total())/float64(x.Scale))
	return err
}

func writeTable(out io.Writer, x *format.Instance, res search.Result) error {
	fmt.Fprintf(out, "%-8s %6s %10s %10s %10s %10s\n",
		"vehicle", "stops", "distance", "drive", "wait", "duty")
	for v, route := range res.Solution.Routes {
		if len(route) == 0 {
			continue
		}
		t := vrp.Schedule(x.Problem, v, route)
		name := strconv.Itoa(v + 1)
		if x.Parts != nil { // the day, depot or type before it
			name = fmt.Sprintf("%d.%d", x.Parts[v], v+1)
		}
		fmt.Fprintf(out, "%-8s %6d %10d %10d %10d %10d\n",
			name, len(route), t.Distance, t.Drive, t.Wait, t.Duty())
	}
	left := len(res.Solution.Missing(x.Problem))
	_, err := fmt.Fprintf(out, "cost %v, unserved %d, rounds %d\n",
		float64(res.Cost.Total())/float64(x.Scale), left, res.Iterations)
	return err
}

// BenchVRP measures the optimiser and prints "name value unit" lines.
func BenchVRP(ctx context.Context, dir string, quick bool, only string, out, log io.Writer) error {
	return vrpbench.Run(ctx, vrpbench.Options{Dir: dir, Quick: quick, Only: only, Out: out, Log: log})
}
