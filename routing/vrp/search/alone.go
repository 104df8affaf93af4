package search

import (
	"context"
	"time"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/tour"
)

// mostAlone is how many visits package tour is given beside a round trip: it keeps
// what a leg costs for every pair of places.
const mostAlone = 1000

// trial is the share of the budget in which package tour must find an order that
// keeps every rule.
const trial = 5

// alone solves a problem of one vehicle that everybody is to be served by: a round
// trip, a tour with windows, a person's day, which package tour does better. It
// reports whether it did. If no order was found that keeps every rule, somebody may
// have to be left out, which is decided here, with the budget that alone leaves.
func alone(ctx context.Context, p *vrp.Problem, opt *Options) (Result, bool) {
	order, ok := everybody(p)
	if !ok {
		return Result{}, false
	}
	if opt.Start != nil && len(opt.Start.Routes) == 1 &&
		len(opt.Start.Routes[0]) == len(order) && usable(p, *opt.Start) {
		order = opt.Start.Routes[0]
	}
	one := single{p: p, opt: *opt}
	if tour.RoundTrip(p, 0, order) {
		return one.solve(ctx, order, opt.Time, opt.Iterations, 1), true
	}
	if len(order) > mostAlone {
		return Result{}, false
	}
	found := one.solve(ctx, order, opt.Time/trial, (opt.Iterations+trial-1)/trial, 1./trial)
	if len(found.Solution.Routes[0]) < len(order) || !usable(p, found.Solution) {
		opt.Time -= opt.Time / trial
		opt.Iterations -= opt.Iterations / trial
		opt.Progress = one.after(opt.Progress)
		return Result{}, false
	}
	one.opt.Seed++
	rest := one.solve(ctx, found.Solution.Routes[0], opt.Time-opt.Time/trial,
		opt.Iterations-opt.Iterations/trial, 1-1./trial)
	rest.Iterations += found.Iterations
	return rest, true
}

// everybody is all visits in an order that begins with those that are locked. It
// reports whether they are for package tour: nothing but one vehicle that may and must
// serve each.
func everybody(p *vrp.Problem) ([]int, bool) {
	if len(p.Vehicles) != 1 || len(p.Groups)+len(p.Patterns)+len(p.Pairs) > 0 ||
		p.Balance != (vrp.Balance{}) || p.Compact != (vrp.Compact{}) {
		return nil, false
	}
	only := p.Vehicles[0]
	if only.Capacity != nil || only.MaxStops > 0 && only.MaxStops < len(p.Visits) {
		return nil, false
	}
	order := append(make([]int, 0, len(p.Visits)), only.Prefix...)
	locked := make([]bool, len(p.Visits))
	for _, i := range order {
		locked[i] = true
	}
	for i := range p.Visits {
		if !p.Serves(0, i) || p.Visits[i].Optional {
			return nil, false
		}
		if !locked[i] {
			order = append(order, i)
		}
	}
	return order, true
}

// single is a search of package tour in parts of a budget.
type single struct {
	p      *vrp.Problem
	opt    Options
	rounds int     // of the parts before
	spent  float64 // by them
	told   int     // meetings' worth of the budget
}

// after tells of what follows the parts that were spent.
func (x *single) after(tell func(Progress)) func(Progress) {
	if tell == nil {
		return nil
	}
	return func(q Progress) {
		q.Iterations += x.rounds
		q.Spent = x.spent + (1-x.spent)*q.Spent
		tell(q)
	}
}

// solve spends so much, which is that share of the whole budget.
func (x *single) solve(
	ctx context.Context, order []int, limit time.Duration, iterations int, share float64,
) Result {
	o := tour.Options{Seed: x.opt.Seed, Time: limit, Iterations: iterations,
		Threads: x.opt.Threads, Clock: x.opt.Clock}
	if x.opt.Progress != nil {
		o.Progress = func(rounds, cost int, spent float64) {
			all := x.spent + spent*share
			if now := int(all * meetings); now > x.told {
				x.told = now
				x.opt.Progress(Progress{Iterations: x.rounds + rounds,
					Cost: cost + x.p.Vehicles[0].Fixed, Spent: all})
			}
		}
	}
	found := tour.Solve(ctx, x.p, 0, order, o)
	x.rounds += found.Iterations
	x.spent += share
	s := vrp.Solution{Routes: [][]int{found.Route}}
	cost, _ := vrp.Evaluate(x.p, s)
	return Result{Solution: s, Cost: cost, Iterations: found.Iterations}
}
