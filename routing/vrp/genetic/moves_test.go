package genetic

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// dealt draws a plan in which every visit is somewhere.
func dealt(in *Input, r *rand.Rand) [][]int32 {
	routes := make([][]int32, len(in.Vehicles))
	for _, i := range r.Perm(in.N) {
		to := r.IntN(len(routes))
		routes[to] = append(routes[to], int32(i))
	}
	return routes
}

// priced is the penalised cost of a plan that nothing was ever moved in.
func priced(s *local, routes [][]int32) int {
	t := newLocal(s.in, s.rng, granular)
	t.loadWeight, t.lateWeight = s.loadWeight, s.lateWeight
	t.set(routes)
	cost, _, _ := t.total()
	for r := range t.tracks {
		cost += t.tracks[r].price
	}
	return cost
}

// surgeon names where a node stands in a plan: its route, and its place or −1 for the
// route's start.
type surgeon struct {
	in     *Input
	routes [][]int32
}

func (x surgeon) find(u int32) (r, at int) {
	if k := int(u) - x.in.N; k >= 0 {
		return k / 2, -1
	}
	for r, route := range x.routes {
		if at := slices.Index(route, u); at >= 0 {
			return r, at
		}
	}
	panic("nowhere")
}

func (x surgeon) copied() surgeon {
	out := surgeon{in: x.in, routes: make([][]int32, len(x.routes))}
	for r, route := range x.routes {
		out.routes[r] = slices.Clone(route)
	}
	return out
}

// node draws a visit or, one time in four, a start.
func (x surgeon) node(r *rand.Rand) int32 {
	if r.IntN(4) == 0 {
		return int32(x.in.N + 2*r.IntN(len(x.routes)))
	}
	return int32(r.IntN(x.in.N))
}

// alone makes moves on plans of their own. A move is made exactly when the plan that it
// leads to, cut and pasted by hand, has a lower penalised cost when priced afresh; byHand
// is nil where there is no such move.
func alone(t *testing.T, draw func(x surgeon, r *rand.Rand) (move func(s *local) bool, byHand [][]int32)) {
	t.Helper()
	made, left := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 21))
		in := small(seed, 4+r.IntN(9), 2+r.IntN(3))
		x := surgeon{in, dealt(in, r)}
		s := New(in, seed).local
		s.set(x.routes)
		for k := range s.tracks { // starts of empty routes stand at 0 as all do
			if len(x.routes[k]) == 0 {
				x.routes[k] = nil
			}
		}
		before := priced(s, x.routes)
		move, want := draw(x, r)
		pays := want != nil && priced(s, want) < before
		if did := move(s); did != pays {
			t.Fatalf("seed %d: %v, made %v; it is worth %v", seed, x.routes, did, pays)
		}
		if !pays {
			left++
			want = x.routes
		} else {
			made++
		}
		for k := range want {
			if len(want[k]) == 0 {
				want[k] = nil
			}
		}
		if got := s.routes(); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %v became %v, want %v", seed, x.routes, got, want)
		}
	}
	if made < 100 || left < 100 {
		t.Fatalf("made %d times, left %d times", made, left)
	}
}

func TestRelocate(t *testing.T) {
	alone(t, func(x surgeon, r *rand.Rand) (func(*local) bool, [][]int32) {
		u, k, v, turned := int32(r.IntN(x.in.N)), 1+r.IntN(3), x.node(r), r.IntN(2) == 0
		move := func(s *local) bool { return s.relocate(u, k, v, turned) }
		y := x.copied()
		from, i := y.find(u)
		to, j := y.find(v)
		if i+k > len(y.routes[from]) || to == from && j >= i-1 && j < i+k {
			return move, nil
		}
		block := slices.Clone(y.routes[from][i : i+k])
		if turned {
			slices.Reverse(block)
		}
		y.routes[from] = slices.Delete(y.routes[from], i, i+k)
		if to == from && j > i {
			j -= k
		}
		y.routes[to] = slices.Insert(y.routes[to], j+1, block...)
		return move, y.routes
	})
}

func TestExchange(t *testing.T) {
	alone(t, func(x surgeon, r *rand.Rand) (func(*local) bool, [][]int32) {
		u, v := int32(r.IntN(x.in.N)), int32(r.IntN(x.in.N))
		k, l := 1+r.IntN(3), 1+r.IntN(3)
		move := func(s *local) bool { return s.exchange(u, k, v, l) }
		y := x.copied()
		a, i := y.find(u)
		b, j := y.find(v)
		if i+k > len(y.routes[a]) || j+l > len(y.routes[b]) || a == b && i <= j+l && j <= i+k {
			return move, nil
		}
		one, two := slices.Clone(y.routes[a][i:i+k]), slices.Clone(y.routes[b][j:j+l])
		if a == b && i < j { // the later one first, so that places stay
			y.routes[b] = slices.Replace(y.routes[b], j, j+l, one...)
			y.routes[a] = slices.Replace(y.routes[a], i, i+k, two...)
		} else {
			y.routes[a] = slices.Replace(y.routes[a], i, i+k, two...)
			y.routes[b] = slices.Replace(y.routes[b], j, j+l, one...)
		}
		return move, y.routes
	})
}

func TestReverse(t *testing.T) {
	alone(t, func(x surgeon, r *rand.Rand) (func(*local) bool, [][]int32) {
		y := x.copied()
		v := int32(r.IntN(x.in.N))
		a, j := y.find(v)
		i := r.IntN(j+1) - 1
		u := int32(x.in.N + 2*a)
		if i >= 0 {
			u = y.routes[a][i]
		}
		move := func(s *local) bool { return s.reverse(u, v) }
		if i+1 == j {
			return move, nil
		}
		slices.Reverse(y.routes[a][i+1 : j+1])
		return move, y.routes
	})
}

func TestCross(t *testing.T) {
	alone(t, func(x surgeon, r *rand.Rand) (func(*local) bool, [][]int32) {
		u, v := x.node(r), x.node(r)
		move := func(s *local) bool { return s.cross(u, v) }
		y := x.copied()
		a, i := y.find(u)
		b, j := y.find(v)
		if a == b || x.in.Vehicles[a].Kind != x.in.Vehicles[b].Kind {
			return move, nil
		}
		one, two := y.routes[a], y.routes[b]
		y.routes[a] = slices.Concat(one[:i+1], two[j+1:])
		y.routes[b] = slices.Concat(two[:j+1], one[i+1:])
		return move, y.routes
	})
}

// TestSwapStar: each time it lowers the penalised cost, and where it finds nothing no two
// visits of two routes can change sides, each to the best place there, and lower it.
func TestSwapStar(t *testing.T) {
	changed := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 22))
		in := onMap(small(3*seed, 4+r.IntN(5), 2+r.IntN(2)), r)
		s := New(in, seed).local
		s.set(dealt(in, r))
		s.epoch += 1 << 32
		for {
			for k := range s.tracks {
				s.tracks[k].probed = -1
			}
			before := priced(s, s.routes())
			did := s.swapStars()
			after := priced(s, s.routes())
			if did != (after < before) || !did && after != before {
				t.Fatalf("seed %d: told %v, %d after %d", seed, did, after, before)
			}
			if !did {
				break
			}
			changed++
		}
		if better, ok := bestSwap(s); ok {
			t.Fatalf("seed %d: %v is better than %v", seed, better, s.routes())
		}
	}
	if changed < 100 {
		t.Fatalf("changed %d plans", changed)
	}
}

// onMap draws places whose ways are Manhattan's: no detour is shorter, as SWAP* expects.
func onMap(in *Input, r *rand.Rand) *Input {
	x, y := make([]int, in.Size), make([]int, in.Size)
	for k := range x {
		x[k], y[k] = r.IntN(50), r.IntN(50)
	}
	for k := range in.Cost {
		a, b := k/in.Size, k%in.Size
		in.Cost[k] = int32(max(x[a]-x[b], x[b]-x[a]) + max(y[a]-y[b], y[b]-y[a]))
	}
	return in
}

// bestSwap tries every two visits of two routes at every place of the other route.
func bestSwap(s *local) (better [][]int32, ok bool) {
	now := s.routes()
	before := priced(s, now)
	for a := range now {
		for b := range a {
			for _, u := range now[a] {
				for _, v := range now[b] {
					x := surgeon{s.in, now}.copied()
					x.routes[a] = slices.DeleteFunc(x.routes[a], func(i int32) bool { return i == u })
					x.routes[b] = slices.DeleteFunc(x.routes[b], func(i int32) bool { return i == v })
					for i := range len(x.routes[a]) + 1 {
						for j := range len(x.routes[b]) + 1 {
							y := x.copied()
							y.routes[a] = slices.Insert(y.routes[a], i, v)
							y.routes[b] = slices.Insert(y.routes[b], j, u)
							if priced(s, y.routes) < before {
								return y.routes, true
							}
						}
					}
				}
			}
		}
	}
	return nil, false
}
