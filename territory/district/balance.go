package district

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
)

// even moves units from territory to territory until every load is within goal of
// its target, always along the path of borders that costs the least: a min-cost
// flow by successive shortest paths (Busacker & Gowen, 1960; Edmonds & Karp, JACM
// 1972) over the people, in which the length of a border is the cost of the
// cheapest unit that may cross it. No step tears a territory. It stops without
// success when no path is left.
func (d *draft) even(ctx context.Context, goal float64) error {
	f := newFlow(d, goal)
	for range len(d.Units) + 100 {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, over := f.worst()
		if p < 0 {
			break
		}
		path := f.path(p, over)
		if path == nil {
			f.hopeless[p] = true
			continue
		}
		f.walk(path)
	}
	d.settle()
	return nil
}

// flow is the network of people, with their cheapest crossings.
type flow struct {
	*draft
	low, high []float64 // weight that each person should have
	have      []float64 // and has
	average   float64   // weight of a person's target
	units     [][]int32 // of every person
	place     []int32   // of a unit in its person's list
	out       [][]arc   // cheapest crossings from a person
	stale     []bool
	banned    []bool // units that a rule held back
	hopeless  []bool // people for whom there is no path
}

// arc is the crossing of one unit from a person to a neighbour.
type arc struct {
	from, to, unit int32
	cost           float64
}

func newFlow(d *draft, goal float64) *flow {
	k := len(d.People)
	f := &flow{
		draft: d, have: make([]float64, k), units: d.members(),
		place: make([]int32, len(d.area)), out: make([][]arc, k),
		stale: slices.Repeat([]bool{true}, k), banned: make([]bool, len(d.area)),
		hopeless: make([]bool, k), average: sum(d.weight) / float64(k),
	}
	f.low, f.high = d.fair(nil, goal)
	for p, list := range f.units {
		for i, u := range list {
			f.place[u] = int32(i)
			f.have[p] += d.weight[u]
		}
	}
	return f
}

// worst is the person furthest out of the corridor for whom there is hope.
func (f *flow) worst() (person int32, over bool) {
	person = -1
	least := 1e-9 * f.average
	for p := range f.have {
		if f.hopeless[p] {
			continue
		}
		if x := f.have[p] - f.high[p]; x > least {
			person, over, least = int32(p), true, x
		}
		if x := f.low[p] - f.have[p]; x > least {
			person, over, least = int32(p), false, x
		}
	}
	return person, over
}

// path is the cheapest way to lead weight away from p, or to p when it lacks
// some, in the order in which the units go; nil when there is none.
func (f *flow) path(p int32, over bool) []arc {
	k := len(f.People)
	length := slices.Repeat([]float64{math.Inf(1)}, k)
	by := make([]arc, k)
	length[p] = 0
	var todo crossing
	heap.Push(&todo, cross{0, p})
	for len(todo) > 0 {
		at := heap.Pop(&todo).(cross) // our own heap
		if at.cost > length[at.u] {
			continue
		}
		if at.u != p && f.ends(at.u, by[at.u], over) {
			return trace(by, p, at.u, over)
		}
		for _, a := range f.arcs(at.u, over) {
			to := a.to
			if !over {
				to = a.from
			}
			if c := at.cost + math.Max(0, a.cost); c < length[to] {
				length[to], by[to] = c, a
				heap.Push(&todo, cross{c, to})
			}
		}
	}
	return nil
}

// ends reports whether person q can take, or give, the unit of the last crossing
// and stay in the corridor.
func (f *flow) ends(q int32, last arc, over bool) bool {
	w := f.weight[last.unit]
	if over {
		return f.have[q]+w <= f.high[q]
	}
	return f.have[q]-w >= f.low[q]
}

func trace(by []arc, p, q int32, over bool) []arc {
	var path []arc
	for q != p {
		a := by[q]
		path = append(path, a)
		if over {
			q = a.from
		} else {
			q = a.to
		}
	}
	if !over {
		slices.Reverse(path)
	}
	return path // the far end first: room is made before it is filled
}

// arcs are the crossings from a person, or to them.
func (f *flow) arcs(p int32, out bool) []arc {
	if out {
		f.refresh(p)
		return f.out[p]
	}
	var into []arc
	seen := map[int32]bool{p: true}
	for _, u := range f.units[p] {
		for _, v := range f.graph.Of(u) {
			q := f.area[v]
			if seen[q] {
				continue
			}
			seen[q] = true
			f.refresh(q)
			for _, a := range f.out[q] {
				if a.to == p {
					into = append(into, a)
				}
			}
		}
	}
	return into
}

// refresh finds the cheapest crossing from p to each neighbour.
func (f *flow) refresh(p int32) {
	if !f.stale[p] {
		return
	}
	f.stale[p] = false
	out := f.out[p][:0]
	for _, u := range f.units[p] {
		if f.banned[u] || f.Units[u].Locked || f.weight[u] == 0 || f.weight[u] > f.average/4 {
			continue
		}
		last := p
		for _, v := range f.graph.Of(u) {
			q := f.area[v]
			if q == p || q == last {
				continue
			}
			last = q
			c := f.cost(u, q) - f.cost(u, p) + f.toll(u, q)
			out = offerArc(out, arc{p, q, u, c}, func() bool { return f.may(u, q) })
		}
	}
	f.out[p] = out
}

// offerArc keeps the cheapest arc to every neighbour.
func offerArc(list []arc, a arc, may func() bool) []arc {
	for i := range list {
		if list[i].to == a.to {
			if a.cost < list[i].cost && may() {
				list[i] = a
			}
			return list
		}
	}
	if may() {
		list = append(list, a)
	}
	return list
}

// walk moves the units of a path; one that may not go is not asked again.
func (f *flow) walk(path []arc) {
	for _, a := range path {
		if f.area[a.unit] != a.from || !f.may(a.unit, a.to) || !f.touches(a.unit, a.to) ||
			!f.staysWhole(a.unit) {
			f.banned[a.unit] = true
			f.stale[a.from] = true
			return
		}
		f.take(a)
	}
}

func (f *flow) take(a arc) {
	u := a.unit
	list := f.units[a.from]
	last := list[len(list)-1]
	list[f.place[u]], f.place[last] = last, f.place[u]
	f.units[a.from] = list[:len(list)-1]
	f.place[u] = int32(len(f.units[a.to]))
	f.units[a.to] = append(f.units[a.to], u)
	f.have[a.from] -= f.weight[u]
	f.have[a.to] += f.weight[u]
	f.put(u, a.to)
	f.stale[a.from], f.stale[a.to] = true, true
	for _, v := range f.graph.Of(u) {
		f.stale[f.area[v]] = true
		f.banned[v] = false
	}
}

// toll is the price of disruption for moving u to q, for a unit of weight.
func (d *draft) toll(u, q int32) float64 {
	if d.weight[u] == 0 {
		return 0
	}
	return d.price * (d.price0(u, q) - d.price0(u, d.area[u])) / d.weight[u]
}

// cross is a person, or a unit, and the cost of reaching it.
type cross struct {
	cost float64
	u    int32
}

type crossing []cross

func (c crossing) Len() int { return len(c) }
func (c crossing) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(c[i].cost, c[j].cost), cmp.Compare(c[i].u, c[j].u)) < 0
}
func (c crossing) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *crossing) Push(x any)   { *c = append(*c, x.(cross)) } // ours
func (c *crossing) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// worst is the person and the activity that bind.
func (d *draft) worst() (person, activity int, off float64) {
	off = -1
	for p := range d.People {
		for a := range d.Activities {
			if t := d.target[p][a]; t > 0 && math.Abs(d.load[p][a]-t)/t > off {
				person, activity, off = p, a, math.Abs(d.load[p][a]-t)/t
			}
		}
	}
	return person, activity, off
}
