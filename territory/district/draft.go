package district

import (
	"math"

	"github.com/paulmach/orb"
)

// draft is a plan in the making, with sums that follow every move.
type draft struct {
	*Problem
	graph     Graph
	frame     frame
	x, y      []float64 // of units, kilometres
	weight    []float64 // of units: the mean of its loads, 1 on average
	area      []int32
	target    [][Activities]float64 // of people
	load      [][Activities]float64 // of people, now
	count     []int
	cx, cy    []float64 // centres
	frozen    bool      // the centres stay where they are
	prices    []float64 // of the last power diagram
	rows      []float32 // cost of unit × person; nil: squared distance to the centre
	tolerance float64
	budget    float64 // value that may move
	moved     float64 // value that has
	price     float64 // of one unit of value moved
	forbidden map[Pair]bool
	apart     map[int32][]int32
	held      map[Pair]int // units of an area, A, that a person, B, has; nil: areas do not count
	heldOf    []int        // units of an area
	tear      float64      // what a split area costs for each of its units
	ruled     []bool       // units with a forbidden pair
	stamp     []int32      // scratch of staysWhole
	clock     int32
	queue     []int32
}

func newDraft(p *Problem, g Graph, o Options) *draft {
	n, k := len(p.Units), len(p.People)
	d := &draft{
		Problem: p, graph: g, weight: make([]float64, n), area: make([]int32, n),
		target: make([][Activities]float64, k), load: make([][Activities]float64, k),
		count: make([]int, k), cx: make([]float64, k), cy: make([]float64, k),
		tolerance: o.Tolerance, budget: math.Inf(1), stamp: make([]int32, n),
		ruled:     make([]bool, n),
		forbidden: map[Pair]bool{}, apart: map[int32][]int32{},
	}
	points := make([]orb.Point, n)
	for i, u := range p.Units {
		points[i] = u.Point
	}
	d.frame = frameOf(points)
	d.x, d.y = plane(points)
	d.weigh()
	for _, f := range p.Forbidden {
		d.forbidden[f] = true
		d.ruled[f.A] = true
	}
	for _, f := range p.Apart {
		d.apart[f.A] = append(d.apart[f.A], f.B)
		d.apart[f.B] = append(d.apart[f.B], f.A)
		d.ruled[f.A], d.ruled[f.B] = true, true
	}
	return d
}

// weigh sets targets and the weight of units.
func (d *draft) weigh() {
	var total [Activities]float64
	for i := range d.Units {
		for a := range d.Activities {
			total[a] += d.Units[i].Loads[a]
		}
	}
	var shares float64
	for _, p := range d.People {
		shares += p.Share
	}
	for p := range d.People {
		for a := range d.Activities {
			d.target[p][a] = total[a] * d.People[p].Share / shares
		}
	}
	used := 0.0
	for a := range d.Activities {
		if total[a] > 0 {
			used++
		}
	}
	for i := range d.Units {
		if used == 0 {
			d.weight[i] = 1
		}
		for a := range d.Activities {
			if total[a] > 0 {
				d.weight[i] += d.Units[i].Loads[a] / total[a] * float64(len(d.Units)) / used
			}
		}
	}
}

// settle sums loads, counts, what moved, and sets the centres unless frozen.
func (d *draft) settle() {
	clear(d.load)
	clear(d.count)
	d.moved = 0
	clear(d.held)
	moments := make([]moment, len(d.People))
	for i, p := range d.area {
		for a := range d.Activities {
			d.load[p][a] += d.Units[i].Loads[a]
		}
		d.count[p]++
		d.hold(int32(i), p, 1)
		moments[p].add(d.x[i], d.y[i], d.weight[i])
		d.moved += d.price0(int32(i), p)
	}
	if d.frozen {
		return
	}
	for p := range d.People {
		switch home := d.People[p].Home; {
		case home != nil:
			d.cx[p], d.cy[p] = d.frame.to(*home)
		case moments[p].weight > 0:
			d.cx[p], d.cy[p] = moments[p].centre()
		}
	}
}

// price0 is the value of the unit when p is not its person of today.
func (d *draft) price0(u, p int32) float64 {
	if c := d.Units[u].Current; c >= 0 && c != p {
		return d.Units[u].Value
	}
	return 0
}

// cost is what it costs to serve the unit from p's centre, without its weight.
func (d *draft) cost(u, p int32) float64 {
	if d.rows != nil {
		return float64(d.rows[int(u)*len(d.People)+int(p)])
	}
	dx, dy := d.x[u]-d.cx[p], d.y[u]-d.cy[p]
	return dx*dx + dy*dy
}

// total is the cost of the plan.
func (d *draft) total() float64 {
	var s float64
	for u, p := range d.area {
		s += d.weight[u] * d.cost(int32(u), p)
	}
	return s
}

// off is the worst deviation of a person over the activities, as a part of the
// target; positive or negative does not matter.
func (d *draft) off(p int) float64 {
	var worst float64
	for a := range d.Activities {
		if t := d.target[p][a]; t > 0 {
			worst = math.Max(worst, math.Abs(d.load[p][a]-t)/t)
		}
	}
	return worst
}

func (d *draft) deviation() float64 {
	var worst float64
	for p := range d.People {
		worst = math.Max(worst, d.off(p))
	}
	return worst
}

// put moves a unit, whatever the rules say.
func (d *draft) put(u, to int32) {
	from := d.area[u]
	for a := range d.Activities {
		d.load[from][a] -= d.Units[u].Loads[a]
		d.load[to][a] += d.Units[u].Loads[a]
	}
	d.count[from]--
	d.count[to]++
	d.hold(u, from, -1)
	d.hold(u, to, 1)
	d.moved += d.price0(u, to) - d.price0(u, from)
	d.area[u] = to
}

// may reports whether the hard rules but contiguity let unit u go to a person.
func (d *draft) may(u, to int32) bool {
	if d.Units[u].Locked || d.forbidden[Pair{u, to}] {
		return false
	}
	if d.count[d.area[u]] == 1 {
		return false // nobody is left without
	}
	if most := d.People[to].Most; most > 0 && d.count[to] >= most {
		return false
	}
	for _, v := range d.apart[u] {
		if d.area[v] == to {
			return false
		}
	}
	more := d.price0(u, to) - d.price0(u, d.area[u])
	return more <= 0 || d.moved+more <= d.budget
}

// touches reports whether the unit borders on the person's territory.
func (d *draft) touches(u, p int32) bool {
	for _, v := range d.graph.Of(u) {
		if d.area[v] == p {
			return true
		}
	}
	return false
}

// staysWhole reports whether the territory of u stays in one piece without u
// (its articulation check). Pieces of units with rules of their own do not count.
func (d *draft) staysWhole(u int32) bool {
	p := d.area[u]
	d.clock++
	var first int32 = -1
	left := 0
	for _, v := range d.graph.Of(u) {
		if d.area[v] == p {
			d.stamp[v] = d.clock
			left++
			if first < 0 {
				first = v
			}
		}
	}
	if left <= 1 {
		return true
	}
	// Most often the neighbours hang together by themselves.
	wanted := d.clock
	d.clock++
	if left -= d.flood(first, func(v int32) bool { return d.stamp[v] == wanted }); left == 0 {
		return true
	}
	// Else look through the whole territory.
	d.clock++
	d.stamp[u] = d.clock
	pieces := 0
	for _, v := range d.graph.Of(u) {
		if d.area[v] != p || d.stamp[v] == d.clock {
			continue
		}
		free := false
		d.flood(v, func(w int32) bool { return d.area[w] == p && d.stamp[w] != d.clock })
		for _, w := range d.queue {
			free = free || !d.told(w)
		}
		if free {
			pieces++
		}
	}
	return pieces <= 1
}

// flood stamps what can be reached from u over units that belong, u included, and
// leaves them in d.queue.
func (d *draft) flood(u int32, belongs func(int32) bool) int {
	d.queue = append(d.queue[:0], u)
	d.stamp[u] = d.clock
	for i := 0; i < len(d.queue); i++ {
		for _, v := range d.graph.Of(d.queue[i]) {
			if belongs(v) {
				d.stamp[v] = d.clock
				d.queue = append(d.queue, v)
			}
		}
	}
	return len(d.queue)
}

// members lists the units of every person.
func (d *draft) members() [][]int32 {
	out := make([][]int32, len(d.People))
	for p := range out {
		out[p] = make([]int32, 0, d.count[p])
	}
	for u, p := range d.area {
		out[p] = append(out[p], int32(u))
	}
	return out
}

// borders lists the pairs of people who border on one another, the lesser first.
func (d *draft) borders() []Pair {
	var pairs []Pair
	seen := map[Pair]bool{}
	for u, p := range d.area {
		for _, v := range d.graph.Of(int32(u)) {
			if q := d.area[v]; p < q && !seen[Pair{p, q}] {
				seen[Pair{p, q}] = true
				pairs = append(pairs, Pair{p, q})
			}
		}
	}
	sortPairs(pairs)
	return pairs
}
