// Package check judges plans without trusting the solver that made them.
//
// It is handed a problem, routes, the times the solver claims and the cost it
// claims, and verifies each number against the matrices and rules. It shares no
// code with the scheduler or the search: it only reads the data types.
package check

import (
	"fmt"

	"beatplan/routing/vrp"
)

// Plan is what a solver claims.
type Plan struct {
	Solution vrp.Solution
	Times    []vrp.Timetable // one a vehicle; ignored for unused vehicles
	Cost     vrp.Cost
}

// checker collects faults.
type checker struct {
	p      *vrp.Problem
	faults []string
}

func (c *checker) add(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// Faults returns one sentence for each thing wrong with the plan; none means
// that the plan is feasible and its times and cost are true. O(visits + pairs).
func Faults(p *vrp.Problem, plan Plan) []string {
	c := &checker{p: p}
	if len(plan.Solution.Routes) != len(p.Vehicles) {
		c.add("%d routes for %d vehicles", len(plan.Solution.Routes), len(p.Vehicles))
		return c.faults
	}
	where := c.assignment(plan.Solution)
	if len(c.faults) > 0 {
		return c.faults
	}
	var cost vrp.Cost
	low, high := -1, 0
	for v, route := range plan.Solution.Routes {
		c.locks(v, route)
		if len(route) == 0 {
			continue
		}
		c.loads(v, route)
		t := &plan.Times[v]
		c.times(v, route, t)
		vehicle := &p.Vehicles[v]
		cost.Fixed += vehicle.Fixed
		cost.Distance += vehicle.PerMeter * t.Distance
		cost.Drive += vehicle.PerSecond * t.Drive
		cost.Wait += vehicle.PerWait * t.Wait
		duty := t.End - t.Start
		cost.Duty += vehicle.PerDuty * duty
		cost.Soft += c.soft(t)
		cost.Changes += c.changes(v, route)
		c.orders(v, route)
		high = max(high, duty)
		if low < 0 || duty < low {
			low = duty
		}
		c.bounds(v, duty)
	}
	if low >= 0 {
		cost.Balance = p.Balance.PerSecond * (high - low)
	}
	cost.Prizes = c.prizes(where)
	cost.Compact = c.tangles(plan.Solution)
	c.pairs(plan.Solution, where)
	if cost != plan.Cost {
		c.add("the cost is %+v, not %+v", cost, plan.Cost)
	}
	return c.faults
}

// assignment checks that every visit is served at most once, by somebody who
// may, and returns the vehicle of each visit, or -1.
func (c *checker) assignment(s vrp.Solution) []int {
	where := make([]int, len(c.p.Visits))
	for i := range where {
		where[i] = -1
	}
	for v, route := range s.Routes {
		for _, i := range route {
			if i < 0 || i >= len(where) {
				c.add("vehicle %d serves visit %d, which does not exist", v, i)
				return where
			}
			if where[i] >= 0 {
				c.add("visit %d is served twice", i)
			}
			where[i] = v
			c.may(v, i)
		}
	}
	inGroup := map[int]bool{}
	for g, group := range c.p.Groups {
		served := 0
		for _, i := range group.Visits {
			inGroup[i] = true
			if where[i] >= 0 {
				served++
			}
		}
		if served > 1 || served == 0 && group.Required {
			c.add("%d visits of group %d are served", served, g)
		}
	}
	c.patterns(where, inGroup)
	for i := range where {
		if where[i] < 0 && !c.p.Visits[i].Optional && !inGroup[i] {
			c.add("required visit %d is not served", i)
		}
	}
	return where
}

// patterns checks that what is served of each pattern is one of its options, and
// marks its visits.
func (c *checker) patterns(where []int, tied map[int]bool) {
	for k := range c.p.Patterns {
		x := &c.p.Patterns[k]
		served := map[int]bool{}
		for _, option := range x.Options {
			for _, i := range option {
				tied[i] = true
				if where[i] >= 0 {
					served[i] = true
				}
			}
		}
		whole := len(served) == 0 && x.Optional
		for _, option := range x.Options {
			same := len(option) == len(served)
			for _, i := range option {
				same = same && served[i]
			}
			whole = whole || same
		}
		if !whole {
			c.add("%d visits of pattern %d are served, which is no option of it", len(served), k)
		}
	}
}

func (c *checker) may(v, i int) {
	visit := &c.p.Visits[i]
	allowed := visit.Allowed == nil
	for _, w := range visit.Allowed {
		allowed = allowed || w == v
	}
	for _, w := range visit.Forbidden {
		allowed = allowed && w != v
	}
	if !allowed {
		c.add("vehicle %d may not serve visit %d", v, i)
	}
	has := map[int]bool{}
	for _, s := range c.p.Vehicles[v].Skills {
		has[s] = true
	}
	for _, s := range visit.Skills {
		if !has[s] {
			c.add("vehicle %d lacks skill %d of visit %d", v, s, i)
		}
	}
}

// changes prices the visits of a route that somebody else had before.
func (c *checker) changes(v int, route []int) int {
	moved := 0
	for _, i := range route {
		if i < len(c.p.Previous) && c.p.Previous[i] >= 0 && c.p.Previous[i] != v {
			moved++
		}
	}
	return moved * c.p.PerChange
}

// orders looks for a visit that stands behind one that must follow it.
func (c *checker) orders(v int, route []int) {
	for _, o := range c.p.Orders {
		late := false
		for _, i := range route {
			if i == o.First && late {
				c.add("vehicle %d serves visit %d before visit %d", v, o.Then, o.First)
			}
			late = late || i == o.Then
		}
	}
}

func (c *checker) locks(v int, route []int) {
	vehicle := &c.p.Vehicles[v]
	for k, i := range vehicle.Prefix {
		if k >= len(route) || route[k] != i {
			c.add("vehicle %d: locked stop %d is not visit %d", v, k, i)
		}
	}
	for _, pin := range vehicle.Pins {
		if pin.Position >= len(route) || route[pin.Position] != pin.Visit {
			c.add("vehicle %d: position %d is not visit %d", v, pin.Position, pin.Visit)
		}
	}
	if vehicle.MaxStops > 0 && len(route) > vehicle.MaxStops {
		c.add("vehicle %d: %d stops, at most %d", v, len(route), vehicle.MaxStops)
	}
}

func at(list []int, d int) int {
	if d < len(list) {
		return list[d]
	}
	return 0
}

// loads drives the route once a dimension and compares with the capacity.
func (c *checker) loads(v int, route []int) {
	for d, capacity := range c.p.Vehicles[v].Capacity {
		load := 0
		for _, i := range route {
			load += at(c.p.Visits[i].Delivery, d)
		}
		most := load
		for _, i := range route {
			load += at(c.p.Visits[i].Pickup, d) - at(c.p.Visits[i].Delivery, d)
			for _, pair := range c.p.Pairs {
				if pair.Pickup == i {
					load += at(pair.Amount, d)
				}
				if pair.Delivery == i {
					load -= at(pair.Amount, d)
				}
			}
			most = max(most, load)
		}
		if most > capacity {
			c.add("vehicle %d carries %d in dimension %d, capacity %d", v, most, d, capacity)
		}
	}
}

// times follows the claimed times along the route.
func (c *checker) times(v int, route []int, t *vrp.Timetable) {
	if len(t.Stops) != len(route) {
		c.add("vehicle %d: times for %d of %d stops", v, len(t.Stops), len(route))
		return
	}
	vehicle := &c.p.Vehicles[v]
	matrix := &c.p.Profiles[vehicle.Profile]
	drive, distance, service := 0, 0, 0
	place, free := vehicle.Start, t.Start
	leg := func(to, position, until int) {
		if place >= 0 && to >= 0 {
			cell := place*matrix.Locations + to
			if matrix.Duration[cell] < 0 || matrix.Distance[cell] < 0 {
				c.add("vehicle %d: no path to stop %d", v, position)
			}
			drive += int(matrix.Duration[cell])
			distance += int(matrix.Distance[cell])
			free += int(matrix.Duration[cell])
		}
		free += pauses(t, position)
		if until < free {
			c.add("vehicle %d: stop %d begins at %d, before %d", v, position, until, free)
		}
		place = to
	}
	for k, i := range route {
		visit, s := &c.p.Visits[i], &t.Stops[k]
		if s.Visit != i || s.End != s.Begin+visit.Service {
			c.add("vehicle %d: stop %d is not timed as visit %d", v, k, i)
		}
		leg(visit.Location, k, s.Begin)
		inside := len(visit.Windows) == 0
		for _, w := range visit.Windows {
			inside = inside || s.Begin >= w.Open && s.End <= w.Close
		}
		if !inside {
			c.add("vehicle %d: visit %d at %d–%d is outside its windows", v, i, s.Begin, s.End)
		}
		service += visit.Service
		free = s.End
	}
	leg(vehicle.End, len(route), t.End)
	c.pauses(v, t)
	c.sums(v, t, [3]int{drive, distance, service})
}

// pauses is the time of the breaks taken on the leg to that stop.
func pauses(t *vrp.Timetable, position int) int {
	sum := 0
	for _, b := range t.Breaks {
		if b.Before == position {
			sum += b.End - b.Start
		}
	}
	return sum
}

// pauses checks that owed breaks are taken inside their windows, in order,
// between the visits they claim to lie between.
func (c *checker) pauses(v int, t *vrp.Timetable) {
	taken := map[int]bool{}
	last := t.Start
	for _, b := range t.Breaks {
		rule := &c.p.Vehicles[v].Breaks[b.Break]
		inside := false
		for _, w := range rule.Windows {
			inside = inside || b.Start >= w.Open && b.End <= w.Close
		}
		after, before := t.Start, t.End
		if b.Before > 0 {
			after = t.Stops[b.Before-1].End
		}
		if b.Before < len(t.Stops) {
			before = t.Stops[b.Before].Begin
		}
		if !inside || b.End-b.Start != rule.Duration || taken[b.Break] ||
			b.Start < max(last, after) || b.End > before {
			c.add("vehicle %d: break %d at %d–%d is wrong", v, b.Break, b.Start, b.End)
		}
		taken[b.Break], last = true, b.End
	}
	for k, rule := range c.p.Vehicles[v].Breaks {
		begin := rule.Windows[len(rule.Windows)-1].Close - rule.Duration
		spans := t.Start < begin && begin < t.End
		if !taken[k] && (rule.Always || spans) {
			c.add("vehicle %d: break %d is owed", v, k)
		}
	}
}

func (c *checker) sums(v int, t *vrp.Timetable, want [3]int) {
	vehicle := &c.p.Vehicles[v]
	rest := 0
	for _, b := range t.Breaks {
		rest += b.End - b.Start
	}
	if [3]int{t.Drive, t.Distance, t.Service} != want {
		c.add("vehicle %d: drive, distance, service are %v", v, want)
	}
	if wait := t.End - t.Start - want[0] - want[2] - rest; t.Wait != wait || wait < 0 {
		c.add("vehicle %d: the wait is %d, not %d", v, wait, t.Wait)
	}
	if t.Start < vehicle.Shift.Open || t.End > vehicle.Shift.Close {
		c.add("vehicle %d: day %d–%d is outside the shift", v, t.Start, t.End)
	}
	if vehicle.Punctual && t.Start != vehicle.Shift.Open {
		c.add("vehicle %d leaves at %d, not when the shift opens", v, t.Start)
	}
	limit := func(name string, value, bound int) {
		if bound > 0 && value > bound {
			c.add("vehicle %d: %s %d, at most %d", v, name, value, bound)
		}
	}
	limit("duty", t.End-t.Start, vehicle.MaxDuty)
	limit("drive", want[0], vehicle.MaxDrive)
	limit("distance", want[1], vehicle.MaxDistance)
}

func (c *checker) bounds(v, duty int) {
	if b := c.p.Balance; b.MinDuty > 0 && duty < b.MinDuty || b.MaxDuty > 0 && duty > b.MaxDuty {
		c.add("vehicle %d: duty %d outside the balance bounds", v, duty)
	}
}

// prizes adds up what is left out: each lone optional visit, and the largest of
// a group of which none is served.
func (c *checker) prizes(where []int) int {
	sum := 0
	grouped := map[int]bool{}
	for _, group := range c.p.Groups {
		best, served := 0, false
		for _, i := range group.Visits {
			grouped[i] = true
			served = served || where[i] >= 0
			best = max(best, c.p.Visits[i].Prize)
		}
		if !served {
			sum += best
		}
	}
	for k := range c.p.Patterns {
		x, served := &c.p.Patterns[k], false
		for _, option := range x.Options {
			for _, i := range option {
				grouped[i] = true
				served = served || where[i] >= 0
			}
		}
		if !served && x.Optional {
			sum += x.Prize
		}
	}
	for i := range where {
		if where[i] < 0 && c.p.Visits[i].Optional && !grouped[i] {
			sum += c.p.Visits[i].Prize
		}
	}
	return sum
}

func (c *checker) pairs(s vrp.Solution, where []int) {
	position := make([]int, len(where))
	for _, route := range s.Routes {
		for k, i := range route {
			position[i] = k
		}
	}
	for k, pair := range c.p.Pairs {
		a, b := pair.Pickup, pair.Delivery
		if where[a] != where[b] || where[a] >= 0 && position[a] > position[b] {
			c.add("pair %d is torn apart or turned round", k)
		}
	}
}
