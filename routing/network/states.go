package network

import (
	"math"

	"beatplan/geo/geodesic"
)

// state is an arc with what must be remembered on it.
type state struct {
	arc    int32
	node   int32 // of the automaton, 0 when it has no memory beyond the arc
	inside bool  // in a private zone that was entered from a public road
}

// turn is a permitted way on: the state after it and its milliseconds.
type turn struct {
	to int32
	ms uint32
}

// stateGraph is the graph that is searched, before it is ordered.
type stateGraph struct {
	states    []state
	firstTurn []uint32
	turns     []turn
	base      []int32 // state in which a car begins on an arc, -1 where forbidden
}

// turner knows the turns of one draft.
type turner struct {
	d        *draft
	auto     *automaton
	table    [361]uint32
	arriving []float64 // course at its end
	starts   []float64
	outFirst []uint32 // arcs by the junction they leave
	out      []int32
	ids      map[state]int32
	graph    stateGraph
}

// expand builds states and turns, beginning with every arc's base state.
func (d *draft) expand() stateGraph {
	t := &turner{d: d, auto: newAutomaton(), table: d.profile.turnTable(), ids: map[state]int32{}}
	for i := range d.restrictions {
		chains := d.arcs(&d.restrictions[i])
		if len(chains) == 0 {
			d.report.skip("restriction: its way cannot be driven anyway")
			continue
		}
		d.report.Restrictions++
		for _, c := range chains {
			t.auto.add(c, d.restrictions[i].only)
		}
	}
	t.auto.finish()
	t.courses()
	t.arcsOut()
	t.graph.base = make([]int32, 2*len(d.segments))
	for arc := range int32(2 * len(d.segments)) {
		t.graph.base[arc] = -1
		if d.arcCost(arc) < Infinite {
			t.graph.base[arc] = int32(len(t.graph.states))
			t.graph.states = append(t.graph.states, state{arc: arc})
		}
	}
	for s := 0; s < len(t.graph.states); s++ { // grows while it runs
		t.graph.firstTurn = append(t.graph.firstTurn, uint32(len(t.graph.turns)))
		t.turnsOf(t.graph.states[s])
	}
	t.graph.firstTurn = append(t.graph.firstTurn, uint32(len(t.graph.turns)))
	d.report.Turns = len(t.graph.turns)
	return t.graph
}

// head and tail are the nodes at the two ends of an arc.
func (d *draft) head(arc int32) int32 {
	n := d.segments[arc>>1].nodes
	if arc&1 == 0 {
		return n[len(n)-1]
	}
	return n[0]
}

func (d *draft) tail(arc int32) int32 { return d.head(arc ^ 1) }

// courses notes in which direction every arc begins and ends.
func (t *turner) courses() {
	n := 2 * len(t.d.segments)
	t.starts = make([]float64, n)
	t.arriving = make([]float64, n)
	for s := range t.d.segments {
		nodes := t.d.segments[s].nodes
		last := len(nodes) - 1
		a, b := t.d.point(nodes[0]), t.d.point(nodes[1])
		y, z := t.d.point(nodes[last-1]), t.d.point(nodes[last])
		t.starts[2*s] = geodesic.Bearing(a, b)
		t.arriving[2*s] = geodesic.Bearing(y, z)
		t.starts[2*s+1] = geodesic.Bearing(z, y)
		t.arriving[2*s+1] = geodesic.Bearing(b, a)
	}
}

// arcsOut lists the usable arcs that leave each junction.
func (t *turner) arcsOut() {
	d := t.d
	t.outFirst = make([]uint32, len(d.junctions)+1)
	each := func(f func(junction, arc int32)) {
		for arc := range int32(2 * len(d.segments)) {
			if d.arcCost(arc) < Infinite {
				f(d.junction[d.tail(arc)], arc)
			}
		}
	}
	each(func(j, _ int32) { t.outFirst[j+1]++ })
	for j := range d.junctions {
		t.outFirst[j+1] += t.outFirst[j]
	}
	t.out = make([]int32, t.outFirst[len(d.junctions)])
	next := append([]uint32(nil), t.outFirst...)
	each(func(j, arc int32) {
		t.out[next[j]] = arc
		next[j]++
	})
}

// turnsOf appends the permitted turns of a state.
func (t *turner) turnsOf(s state) {
	d := t.d
	v := d.head(s.arc)
	j := d.junction[v]
	out := t.out[t.outFirst[j]:t.outFirst[j+1]]
	private := d.segments[s.arc>>1].private
	turnRound := t.deadEnd(s.arc, v, out)
	for _, to := range out {
		toPrivate := d.segments[to>>1].private
		uTurn := to == s.arc^1
		switch {
		case uTurn && !turnRound, !uTurn && d.blocked[v]:
			continue
		case s.inside && !toPrivate: // a private zone is no way through
			continue
		}
		node := s.node
		if node == 0 {
			node = t.auto.start(s.arc)
		}
		node, ok := t.auto.next(node, to)
		if !ok {
			continue
		}
		next := state{to, t.auto.remembered(node), toPrivate && (s.inside || !private)}
		t.graph.turns = append(t.graph.turns, turn{t.id(next), t.cost(s.arc, to, v)})
	}
}

// deadEnd reports whether there is no other way on than turning round. For a
// car on a public road, a private one is none.
func (t *turner) deadEnd(arc, v int32, out []int32) bool {
	if t.d.blocked[v] {
		return true
	}
	private := t.d.segments[arc>>1].private
	for _, to := range out {
		if to != arc^1 && (private || !t.d.segments[to>>1].private) {
			return false
		}
	}
	return true
}

func (t *turner) id(s state) int32 {
	if s.node == 0 && !s.inside {
		return t.graph.base[s.arc]
	}
	id, ok := t.ids[s]
	if !ok {
		id = int32(len(t.graph.states))
		t.ids[s] = id
		t.graph.states = append(t.graph.states, s)
	}
	return id
}

// cost is the time of a turn: by its angle where three or more pieces meet or
// when turning round, and by the signal.
func (t *turner) cost(from, to, v int32) uint32 {
	ms := uint32(0)
	uTurn := to == from^1
	switch {
	case uTurn:
		ms += t.table[360] + uint32(math.Round(t.d.profile.UTurnPenalty*1000))
	case len(t.d.at(v)) > 2:
		angle := int(math.Round(math.Remainder(t.starts[to]-t.arriving[from], 360)))
		if angle == -180 {
			angle = 180
		}
		ms += t.table[angle+180]
	}
	if t.d.signal[v] {
		ms += uint32(math.Round(t.d.profile.SignalPenalty * 1000))
	}
	return ms
}
