package search

import (
	"context"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/tour"
)

// roundTrip solves a problem that is one round trip without any other rule, which
// package tour does better. It reports whether it is one.
func roundTrip(ctx context.Context, p *vrp.Problem, opt Options) (Result, bool) {
	if len(p.Vehicles) != 1 || len(p.Groups)+len(p.Patterns)+len(p.Pairs) > 0 ||
		p.Balance != (vrp.Balance{}) || p.Compact != (vrp.Compact{}) || p.Vehicles[0].Capacity != nil {
		return Result{}, false
	}
	order := make([]int, len(p.Visits))
	for i := range p.Visits {
		if !p.Serves(0, i) {
			return Result{}, false
		}
		order[i] = i
	}
	if !tour.RoundTrip(p, 0, order) {
		return Result{}, false
	}
	if opt.Start != nil && len(opt.Start.Routes) == 1 &&
		len(opt.Start.Routes[0]) == len(order) && usable(p, *opt.Start) {
		order = opt.Start.Routes[0]
	}
	next := 1
	o := tour.Options{Seed: opt.Seed, Time: opt.Time, Iterations: opt.Iterations,
		Threads: opt.Threads, Clock: opt.Clock}
	if opt.Progress != nil {
		o.Progress = func(rounds, cost int, spent float64) {
			if spent*meetings >= float64(next) {
				next = int(spent*meetings) + 1
				opt.Progress(Progress{Iterations: rounds, Cost: cost + p.Vehicles[0].Fixed, Spent: spent})
			}
		}
	}
	found := tour.Solve(ctx, p, 0, order, o)
	s := vrp.Solution{Routes: [][]int{found.Route}}
	cost, _ := vrp.Evaluate(p, s)
	return Result{Solution: s, Cost: cost, Iterations: found.Iterations}, true
}
