package vrp

// Solution gives every vehicle its visits in order. A visit that is in no route
// is unserved.
type Solution struct {
	Routes [][]int // one a vehicle, visit indexes; empty means unused
}

// Unserved lists the visits that are in no route, by index. O(visits).
func (s Solution) Unserved(p *Problem) []int {
	served := make([]bool, len(p.Visits))
	for _, route := range s.Routes {
		for _, i := range route {
			served[i] = true
		}
	}
	var left []int
	for i, yes := range served {
		if !yes {
			left = append(left, i)
		}
	}
	return left
}

// Missing lists the unserved visits, by index, except those whose group or pattern is
// served by others. O(visits).
func (s Solution) Missing(p *Problem) []int {
	left := s.Unserved(p)
	absent := make([]bool, len(p.Visits))
	for _, i := range left {
		absent[i] = true
	}
	settle := func(list []int) {
		for _, i := range list {
			if !absent[i] {
				for _, k := range list {
					absent[k] = false
				}
				return
			}
		}
	}
	for _, g := range p.Groups {
		settle(g.Visits)
	}
	for k := range p.Patterns {
		settle(p.Patterns[k].Visits())
	}
	missing := left[:0]
	for _, i := range left {
		if absent[i] {
			missing = append(missing, i)
		}
	}
	return missing
}

// Clone copies the solution so that neither shares memory with the other.
func (s Solution) Clone() Solution {
	c := Solution{Routes: make([][]int, len(s.Routes))}
	for v, route := range s.Routes {
		c.Routes[v] = append([]int(nil), route...)
	}
	return c
}

// Cost is the objective, term by term.
type Cost struct {
	Fixed    int // used vehicles
	Distance int // metres × price
	Drive    int // seconds of travel × price
	Wait     int // seconds of waiting × price
	Duty     int // seconds of duty × price
	Changes  int // visits that moved to another vehicle × price
	Prizes   int // prizes of optional visits left out
	Balance  int // spread of the duties × price
	Soft     int // seconds before and after preferred times × price
	Compact  int // crossings and overlaps × price
}

// Total is the sum of all terms.
func (c Cost) Total() int {
	return c.Fixed + c.Distance + c.Drive + c.Wait + c.Duty + c.Changes + c.Prizes + c.Balance +
		c.Soft + c.Compact
}

// Evaluate times every route of s and adds up the objective.
// feasible says whether every route keeps its times; it does not look at loads,
// skills or locks, which is package check's work. O(visits).
func Evaluate(p *Problem, s Solution) (cost Cost, feasible bool) {
	feasible = true
	shortest, longest := -1, 0
	for v, route := range s.Routes {
		if len(route) == 0 {
			continue
		}
		t := Schedule(p, v, route)
		vehicle := &p.Vehicles[v]
		feasible = feasible && t.Feasible()
		cost.Fixed += vehicle.Fixed
		cost.Distance += vehicle.PerMeter * t.Distance
		cost.Drive += vehicle.PerSecond * t.Drive
		cost.Wait += vehicle.PerWait * t.Wait
		duty := t.End - t.Start
		cost.Duty += vehicle.PerDuty * duty
		cost.Soft += p.Softened(&t)
		for _, i := range route {
			cost.Changes += p.Changed(v, i)
		}
		longest = max(longest, duty)
		if shortest < 0 || duty < shortest {
			shortest = duty
		}
	}
	if shortest >= 0 {
		cost.Balance = p.Balance.PerSecond * (longest - shortest)
	}
	cost.Prizes = forgone(p, s)
	cost.Compact = p.tangled(s)
	return cost, feasible
}

// forgone sums the prizes left out. A group forgoes the largest prize of its
// visits when none of them is served, a pattern its own, nothing otherwise.
func forgone(p *Problem, s Solution) int {
	grouped := make([]bool, len(p.Visits))
	for _, g := range p.Groups {
		for _, i := range g.Visits {
			grouped[i] = true
		}
	}
	for k := range p.Patterns {
		for _, i := range p.Patterns[k].Visits() {
			grouped[i] = true
		}
	}
	left := make([]bool, len(p.Visits))
	sum := 0
	for _, i := range s.Unserved(p) {
		left[i] = true
		if p.Visits[i].Optional && !grouped[i] {
			sum += p.Visits[i].Prize
		}
	}
	for _, g := range p.Groups {
		largest, served := 0, false
		for _, i := range g.Visits {
			served = served || !left[i]
			largest = max(largest, p.Visits[i].Prize)
		}
		if !served {
			sum += largest
		}
	}
	for k := range p.Patterns {
		served := false
		for _, i := range p.Patterns[k].Visits() {
			served = served || !left[i]
		}
		if !served && p.Patterns[k].Optional {
			sum += p.Patterns[k].Prize
		}
	}
	return sum
}
