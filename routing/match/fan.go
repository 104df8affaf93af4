package match

import (
	"math"
	"slices"

	"beatplan/routing/network"
)

// unreached is the length of a way that there is not, or not within the bound.
const unreached = math.MaxUint32

// none marks the absence of a state.
const none = ^uint32(0)

// fan searches by length from one candidate to a few, no farther than a bound. A
// round number instead of clearing makes a search cost only what it touches.
type fan struct {
	net   *network.Network
	round uint32
	queue []waiting

	seen   []uint32 // of a state: the round in which dist and from are valid
	dist   []uint32 // cm from the candidate to the end of the state's arc
	from   []uint32 // state before
	wanted []uint32 // of an arc: the round in which goal is valid
	goal   []int32  // first candidate on the arc
	found  []uint32 // cm to each candidate
	enter  []uint32 // state that the best way to each candidate comes from
	state  []uint32 // and the state on the candidate's arc
}

// waiting is a state in the queue.
type waiting struct{ cm, state uint32 }

func newFan(n *network.Network) fan {
	states, arcs := n.States(), 2*n.Segments()
	return fan{
		net: n, seen: make([]uint32, states), dist: make([]uint32, states),
		from: make([]uint32, states), wanted: make([]uint32, arcs), goal: make([]int32, arcs),
	}
}

// begin starts a round towards these candidates, no two of them on one arc.
func (f *fan) begin(to []candidate) {
	f.round++
	if f.round == 0 { // after 4 billion rounds
		clear(f.seen)
		clear(f.wanted)
		f.round = 1
	}
	f.queue = f.queue[:0]
	f.found, f.enter, f.state = f.found[:0], f.enter[:0], f.state[:0]
	for j := range to {
		f.wanted[to[j].arc], f.goal[to[j].arc] = f.round, int32(j)
		f.found = append(f.found, unreached)
		f.enter = append(f.enter, none)
		f.state = append(f.state, none)
	}
}

// lengths returns the centimetres by road from one candidate to each of to, or
// unreached; no two of to lie on one arc. The slice is good until the next call.
func (f *fan) lengths(a *candidate, to []candidate, limit float64) []uint32 {
	f.begin(to)
	n, bound := f.net, uint32(min(limit*100, math.MaxInt32))
	open := len(to)
	if f.wanted[a.arc] == f.round {
		if j := f.goal[a.arc]; to[j].before >= a.before {
			f.found[j] = to[j].before - a.before
			open--
		}
	}
	f.reach(n.FirstState[a.arc], none, uint32(n.ArcCost(a.arc).Centimetres())-a.before, bound)
	for len(f.queue) > 0 {
		if open == 0 { // what is found can only be improved by what is nearer
			bound = min(bound, slices.Max(f.found))
		}
		top := f.pop()
		if top.cm > bound {
			break
		}
		if top.cm > f.dist[top.state] {
			continue
		}
		for t := n.FirstTurn[top.state]; t < n.FirstTurn[top.state+1]; t++ {
			next := n.TurnTo[t]
			arc := n.StateArc[next]
			if f.wanted[arc] == f.round {
				j := f.goal[arc]
				if cm := top.cm + to[j].before; cm < f.found[j] && cm <= bound {
					if f.found[j] == unreached {
						open--
					}
					f.found[j], f.enter[j], f.state[j] = cm, top.state, next
				}
			}
			f.reach(next, top.state, top.cm+uint32(n.ArcCost(arc).Centimetres()), bound)
		}
	}
	return f.found
}

// reach offers a way to the end of a state's arc.
func (f *fan) reach(state, from, cm, bound uint32) {
	if cm > bound || f.seen[state] == f.round && f.dist[state] <= cm {
		return
	}
	f.seen[state], f.dist[state], f.from[state] = f.round, cm, from
	f.push(waiting{cm, state})
}

// way returns the states from one candidate to another, both ends included, by the
// shortest way; nil when there is none within the limit.
func (f *fan) way(a, b *candidate, limit float64) []uint32 {
	f.lengths(a, []candidate{*b}, limit)
	if f.found[0] == unreached {
		return nil
	}
	if f.enter[0] == none {
		return []uint32{f.net.FirstState[a.arc]}
	}
	out := []uint32{f.state[0]}
	for s := f.enter[0]; s != none; s = f.from[s] {
		out = append(out, s)
	}
	slices.Reverse(out)
	return out
}

func (f *fan) push(w waiting) {
	f.queue = append(f.queue, w)
	a := f.queue
	for i := len(a) - 1; i > 0; {
		up := (i - 1) / 2
		if a[up].cm <= a[i].cm {
			return
		}
		a[i], a[up] = a[up], a[i]
		i = up
	}
}

func (f *fan) pop() waiting {
	a := f.queue
	top, last := a[0], len(a)-1
	a[0] = a[last]
	a = a[:last]
	f.queue = a
	for i := 0; 2*i+1 < last; {
		c := 2*i + 1
		if c+1 < last && a[c+1].cm < a[c].cm {
			c++
		}
		if a[i].cm <= a[c].cm {
			break
		}
		a[i], a[c] = a[c], a[i]
		i = c
	}
	return top
}
