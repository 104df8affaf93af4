package routing

import (
	"time"

	"beatplan/routing/vrp"
)

// FleetLinks tie visits of a fleet problem together, by their ids.
type FleetLinks struct {
	Groups   []TaskGroup
	Patterns []TaskPattern
	Pairs    []TaskPair
	Orders   []TaskOrder
	// MinDuty and MaxDuty bound the day of everybody who has one; 0 is no bound.
	MinDuty, MaxDuty time.Duration
	// Previous is the plan before, by person, and the start of the search;
	// PerChange is the price of a visit that changes hands, in seconds of driving.
	Previous  map[int64][]int64
	PerChange int
}

// TaskGroup is a set of alternatives: at most one is made, exactly one if Required.
type TaskGroup struct {
	Tasks    []int64
	Required bool
}

// TaskPattern is a choice among sets of visits, of which one is made whole, or none:
// that costs Prize, in seconds of driving, when it is Optional.
type TaskPattern struct {
	Options  [][]int64
	Optional bool
	Prize    int
}

// TaskPair is something taken up at one visit and set down at another.
type TaskPair struct {
	Pickup, Delivery int64
	Amount           []int
}

// TaskOrder says that whoever makes both makes First first.
type TaskOrder struct{ First, Then int64 }

// links states them as indexes; ids are known by checkLinks.
func (m *fleetModel) links(tasks, people map[int64]int) {
	l, p := &m.fleet.FleetLinks, m.problem
	for _, g := range l.Groups {
		x := vrp.Group{Required: g.Required}
		for _, id := range g.Tasks {
			x.Visits = append(x.Visits, tasks[id])
		}
		p.Groups = append(p.Groups, x)
	}
	for _, g := range l.Patterns {
		x := vrp.Pattern{Optional: g.Optional, Prize: g.Prize * perDrive}
		for _, option := range g.Options {
			var list []int
			for _, id := range option {
				list = append(list, tasks[id])
			}
			x.Options = append(x.Options, list)
		}
		p.Patterns = append(p.Patterns, x)
	}
	for _, q := range l.Pairs {
		p.Pairs = append(p.Pairs,
			vrp.Pair{Pickup: tasks[q.Pickup], Delivery: tasks[q.Delivery], Amount: q.Amount})
	}
	for _, o := range l.Orders {
		p.Orders = append(p.Orders, vrp.Order{First: tasks[o.First], Then: tasks[o.Then]})
	}
	p.Balance.MinDuty, p.Balance.MaxDuty = seconds(l.MinDuty), seconds(l.MaxDuty)
	if len(l.Previous) == 0 {
		return
	}
	p.PerChange = l.PerChange * perDrive
	m.start = &vrp.Solution{Routes: make([][]int, len(p.Vehicles))}
	for range p.Visits {
		p.Previous = append(p.Previous, vrp.Nowhere)
	}
	for id, list := range l.Previous {
		for _, t := range list {
			p.Previous[tasks[t]] = people[id]
			m.start.Routes[people[id]] = append(m.start.Routes[people[id]], tasks[t])
		}
	}
}

// checkLinks names ids that are not in the problem, and visits planned twice.
func checkLinks(f FleetProblem, tasks, people map[int64]bool,
	fault func(code, text, path string, args ...any),
) {
	known := func(path string, k int, ids ...int64) {
		for _, id := range ids {
			if !tasks[id] {
				fault("unknown", "there is no such visit", path, k)
			}
		}
	}
	for k, g := range f.Groups {
		known("groups[%d]", k, g.Tasks...)
	}
	for k, g := range f.Patterns {
		for _, option := range g.Options {
			known("patterns[%d]", k, option...)
		}
		if g.Prize < 0 || g.Prize > maxPrize {
			fault("range", "a price is negative or too large", "patterns[%d]", k)
		}
	}
	for k, q := range f.Pairs {
		known("pairs[%d]", k, q.Pickup, q.Delivery)
	}
	for k, o := range f.Orders {
		known("orders[%d]", k, o.First, o.Then)
	}
	if f.MinDuty < 0 || f.MaxDuty < 0 || f.MaxDuty > maxShift || f.MinDuty > maxShift ||
		f.PerChange < 0 || f.PerChange > maxPrize {
		fault("range", "a bound or price is negative or too large", "links")
	}
	seen := map[int64]bool{}
	for id, list := range f.Previous {
		if !people[id] {
			fault("unknown", "there is no such person", "previous[%d]", id)
		}
		for _, t := range list {
			if !tasks[t] || seen[t] {
				fault("unknown", "there is no such visit, or it is planned twice", "previous[%d]", id)
			}
			seen[t] = true
		}
	}
}
