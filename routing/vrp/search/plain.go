package search

import (
	"beatplan/routing/vrp"
	"beatplan/routing/vrp/genetic"
)

// plain states the problem for the genetic search, or returns nil when it has
// rules that only insertions know. Whether optional visits may count as required ones
// is seen at the handover.
func (in *instance) plain() *genetic.Input {
	p := in.p
	if len(in.classes) != 1 || in.dims > 1 || in.picks ||
		len(p.Groups)+len(p.Patterns)+len(p.Pairs)+len(p.Orders)+p.PerChange > 0 ||
		p.Balance != (vrp.Balance{}) ||
		p.Compact != (vrp.Compact{}) || in.soft || in.n < 10 {
		return nil
	}
	c := &in.classes[0]
	out := &genetic.Input{N: in.n, Size: in.size, Cost: c.cost, Time: c.time, Open: in.open,
		Last: in.last, Serve: in.serve, Demand: in.deliver, Near: in.near}
	if in.dims == 0 {
		out.Demand = make([]int, in.n)
	}
	for i := range in.n {
		if in.several[i] || in.fixed[i] {
			return nil
		}
		out.Timed = out.Timed || len(p.Visits[i].Windows) > 0
	}
	for v := range in.vehicle {
		x := &in.vehicle[v]
		r := x.rule
		home := x.start*in.size + x.end
		if in.blocked[v] != nil || len(r.Breaks) > 0 || r.PerWait+r.PerDuty > 0 || r.MaxDrive > 0 ||
			r.MaxDistance > 0 || r.MaxStops > 0 || c.cost[home] != 0 || c.time[home] != 0 {
			return nil
		}
		y := genetic.Vehicle{Start: x.start, End: x.end, Open: x.open, Shut: x.shut, Leave: x.shut,
			Capacity: vrp.MaxTime, MaxDuty: r.MaxDuty, Fixed: r.Fixed, Kind: x.kind}
		if r.Punctual {
			y.Leave = x.open
		}
		if len(r.Capacity) > 0 {
			y.Capacity = r.Capacity[0]
		}
		out.Timed = out.Timed || r.MaxDuty > 0 || x.shut < vrp.MaxTime
		out.Vehicles = append(out.Vehicles, y)
	}
	for _, t := range c.time {
		if t >= far {
			return nil // a leg without a path
		}
	}
	return out
}

// perRound is how much of the genetic search's work counts as a round.
const perRound = 150

// breed hands the islands' plans over to genetic searches at the meeting that the
// size of the problem asks for, and from then on lets every herd have the best plan.
func breed(in *genetic.Input, all []*island, meeting int) {
	if in == nil {
		return
	}
	top := best(all)
	if meeting < handover(in, top, top.rounds/meeting*meetings) {
		return
	}
	if !top.complete() {
		return // somebody has no place yet, or leaving somebody out might pay
	}
	for k, x := range all {
		if x.herd == nil {
			x.herd = genetic.New(in, x.opt.Seed+uint64(k))
			for _, y := range all {
				if y.complete() {
					x.herd.Add(narrow(y.best))
				}
			}
			continue
		}
		if x.bestCost > top.bestCost {
			x.herd.Add(narrow(top.best))
		}
	}
}

// complete reports that the best plan serves all, and costs less than the prize of any
// optional visit: then every better plan serves all, too.
func (x *island) complete() bool {
	served := 0
	for _, route := range x.best {
		served += len(route)
	}
	for i, must := range x.s.in.must {
		if !must && x.bestCost >= x.s.in.prize[i] {
			return false
		}
	}
	return served == x.s.in.n
}

// handover is the meeting, of twelve, at which the genetic search takes over. On
// large problems of short routes the removals stay ahead: there a descent is long and
// a child of two good plans is rarely one; without windows it pays where the budget, so
// many rounds, is long.
func handover(in *genetic.Input, x *island, rounds int) int {
	const long = 3000 // rounds a visit
	used := 0
	for _, route := range x.best {
		if len(route) > 0 {
			used++
		}
	}
	switch {
	case in.N <= 300:
		return 1
	case in.N <= 450 && !in.Timed, in.N <= 700 && in.N >= 20*used:
		return 2
	case in.N <= 700 && !in.Timed && rounds > long*in.N:
		return 2
	}
	return meetings + 1
}

func narrow(routes [][]int) [][]int32 {
	out := make([][]int32, len(routes))
	for v, route := range routes {
		for _, i := range route {
			out[v] = append(out[v], int32(i))
		}
	}
	return out
}

// generation is one child of the herd.
func (x *island) generation() {
	x.herd.Step()
	x.rounds += (x.herd.Work() - x.looked) / perRound
	x.looked = x.herd.Work()
	routes, cost := x.herd.Best()
	if routes == nil || cost >= x.bestCost {
		return
	}
	x.bestCost = cost
	for v := range routes {
		x.best[v] = x.best[v][:0]
		for _, i := range routes[v] {
			x.best[v] = append(x.best[v], int(i))
		}
	}
}
