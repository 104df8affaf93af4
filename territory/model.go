package territory

import (
	"github.com/paulmach/orb"

	"beatplan/geo/gazetteer"
	"beatplan/territory/district"
)

// model is a scenario in the solver's terms. One unit of the problem is a customer
// or, with base areas, all free customers of an area.
type model struct {
	*district.Problem
	of []int32 // of each customer its unit
}

// model makes the problem of a scenario: barriers cut the graph, base areas stay
// whole, locks and refusals hold.
func (s *Service) model(d Scenario, list []Unit, in []Member) model {
	points := pointsOf(list)
	var walls []orb.LineString
	if d.Barriers && s.Ground != nil {
		walls = s.Ground.Barriers(orb.MultiPoint(points).Bound())
	}
	m := model{problem(d, list, in), make([]int32, len(list))}
	m.Graph = district.Around(points, walls)
	for _, p := range apart(list, d.Apart) {
		m.Apart = append(m.Apart, district.Pair{A: int32(p[0]), B: int32(p[1])})
	}
	for i := range m.of {
		m.of[i] = int32(i)
	}
	if d.BaseLevel == 0 || s.Ground == nil {
		return m
	}
	areas := gazetteer.Locate(s.Ground.Districts(""), d.BaseLevel, points)
	if d.SplitPrice > 0 {
		m.Area = numbered(areas)
	} else {
		m.contract(areas)
	}
	return m
}

// numbered are areas by number from 0 in the order in which they come; -1 is none.
func numbered(areas []int) []int32 {
	out, seen := make([]int32, len(areas)), map[int]int32{}
	for i, a := range areas {
		n, known := seen[a]
		switch {
		case a < 0:
			n = district.Nowhere
		case !known:
			n = int32(len(seen))
			seen[a] = n
		}
		out[i] = n
	}
	return out
}

// problem is a scenario in the solver's terms, customer by customer, without a
// graph.
func problem(s Scenario, units []Unit, members []Member) *district.Problem {
	p := &district.Problem{Activities: max(1, len(s.Activities))}
	index := map[int64]int32{}
	for i, m := range members {
		index[m.Person] = int32(i)
		p.People = append(p.People, district.Person{Share: m.Share, Most: m.Most})
	}
	for i := range units {
		u := &units[i]
		d := district.Unit{Point: u.Point, Value: 1, Current: district.Nobody}
		for a, name := range s.Activities {
			d.Loads[a] = u.load(name)
		}
		// A lock holds where the customer stands in the scenario; everything else
		// is measured against today.
		if at, ok := index[u.Was]; ok {
			d.Current = at
		}
		if at, ok := index[u.Person]; ok && u.Locked {
			d.Current, d.Locked = at, true
		}
		for _, person := range u.NotFor {
			if at, ok := index[person]; ok {
				p.Forbidden = append(p.Forbidden, district.Pair{A: int32(i), B: at})
			}
		}
		p.Units = append(p.Units, d)
	}
	return p
}

// contract makes one unit of the free customers of each area; area is -1 where
// there is none. Whom most of them belong to today is whose the area is. Locked
// customers and those with a forbidden person or partner stay units of their own.
func (m *model) contract(area []int) {
	alone := make([]bool, len(m.Units))
	for _, f := range m.Forbidden {
		alone[f.A] = true
	}
	for _, f := range m.Apart {
		alone[f.A], alone[f.B] = true, true
	}
	unit := map[int]int32{}
	var out []district.Unit
	owners := map[int32]map[int32]float64{}
	for i := range m.Units {
		u := m.Units[i]
		at, known := unit[area[i]]
		if area[i] < 0 || alone[i] || u.Locked {
			known = false
		}
		if !known {
			at = int32(len(out))
			out = append(out, district.Unit{Current: u.Current, Locked: u.Locked})
			if area[i] >= 0 && !alone[i] && !u.Locked {
				unit[area[i]] = at
				owners[at] = map[int32]float64{}
			}
		}
		m.of[i] = at
		add(&out[at], &u)
		if of := owners[at]; of != nil {
			of[u.Current]++
			if best := out[at].Current; of[u.Current] > of[best] ||
				of[u.Current] == of[best] && u.Current < best {
				out[at].Current = u.Current
			}
		}
	}
	for i := range m.Forbidden {
		m.Forbidden[i].A = m.of[m.Forbidden[i].A]
	}
	for i, f := range m.Apart {
		m.Apart[i] = district.Pair{A: m.of[f.A], B: m.of[f.B]}
	}
	var pairs []district.Pair
	for _, e := range m.Graph.Pairs() {
		pairs = append(pairs, district.Pair{A: m.of[e.A], B: m.of[e.B]})
	}
	m.Units, m.Graph = out, district.NewGraph(len(out), pairs)
}

// add joins a unit to another; the value of a unit is the customers in it.
func add(u, other *district.Unit) {
	if u.Value == 0 {
		u.Point = other.Point
	}
	value := u.Value + other.Value
	share := other.Value / value
	u.Point[0] += share * (other.Point[0] - u.Point[0])
	u.Point[1] += share * (other.Point[1] - u.Point[1])
	for a := range u.Loads {
		u.Loads[a] += other.Loads[a]
	}
	u.Value = value
}

func (m *model) points() []orb.Point {
	out := make([]orb.Point, len(m.Units))
	for i := range out {
		out[i] = m.Units[i].Point
	}
	return out
}
