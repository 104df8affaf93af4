package genetic

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// small draws an input with windows, loads and two kinds of vehicles.
func small(seed uint64, n, vehicles int) *Input {
	r := rand.New(rand.NewPCG(seed, 3))
	size := n + 2
	in := &Input{N: n, Size: size, Timed: seed%3 > 0}
	for k := range size * size {
		d := int32(0)
		if k/size != k%size {
			d = int32(10 + r.IntN(90))
		}
		in.Cost = append(in.Cost, d)
		in.Time = append(in.Time, d+int32(r.IntN(5)))
	}
	for k := range size {
		in.Time[k*size+k] = 0
	}
	for i := range n {
		open := r.IntN(300)
		in.Open, in.Last = append(in.Open, open), append(in.Last, open+r.IntN(200))
		in.Serve, in.Demand = append(in.Serve, r.IntN(20)), append(in.Demand, 1+r.IntN(9))
		list := make([]int32, 0, n)
		for _, j := range r.Perm(n) {
			if j != i {
				list = append(list, int32(j))
			}
		}
		in.Near = append(in.Near, list)
	}
	for v := range vehicles {
		home := n + v%2
		in.Vehicles = append(in.Vehicles, Vehicle{Start: home, End: home, Shut: 700, Leave: 700,
			Capacity: 4 + 36*n/vehicles/4, MaxDuty: 500 * (v % 2), Fixed: 30, Kind: v % 2})
	}
	return in
}

// drive follows a route second by second of its arcs and returns its cost, overload,
// and whether it keeps all times.
func drive(in *Input, r int, route []int32) (cost, excess int, inTime bool) {
	if len(route) == 0 {
		return 0, 0, true
	}
	v := &in.Vehicles[r]
	for leave := v.Open; leave <= v.Leave; leave++ {
		now, at, ok := leave, v.Start, true
		load := 0
		cost = v.Fixed
		for _, i := range route {
			k := at*in.Size + int(i)
			cost += int(in.Cost[k])
			now = max(now+int(in.Time[k]), in.Open[i])
			ok = ok && now <= in.Last[i]
			now += in.Serve[i]
			load += in.Demand[i]
			at = int(i)
		}
		cost += int(in.Cost[at*in.Size+v.End])
		now += int(in.Time[at*in.Size+v.End])
		ok = ok && now <= v.Shut && (v.MaxDuty == 0 || now-leave <= v.MaxDuty)
		excess = max(load-v.Capacity, 0)
		if ok || !in.Timed {
			return cost, excess, true
		}
	}
	return cost, excess, false
}

// TestTheBooksAreTrue: whatever moves are made, every visit stays in the plan once,
// the sums are those of a fresh drive, and the penalised cost never rises.
func TestTheBooksAreTrue(t *testing.T) {
	for seed := range uint64(40) {
		in := small(seed, 30, 6)
		x := New(in, seed)
		s := x.local
		s.set(x.random())
		price := func() int {
			sum := 0
			for r := range s.tracks {
				if q := &s.tracks[r]; q.count > 0 {
					sum += s.cum[q.end] + q.fixed + s.overload(q, q.load) + s.lateCost(q, &s.pre[q.end])
				}
			}
			return sum
		}
		before := price()
		s.descend()
		if after := price(); after > before {
			t.Fatalf("seed %d: the price rises from %d to %d", seed, before, after)
		}
		var all []int32
		cost, excess, late := s.total()
		sum, over, good := 0, 0, true
		for r, route := range s.routes() {
			all = append(all, route...)
			c, e, ok := drive(in, r, route)
			sum, over, good = sum+c, over+e, good && ok
		}
		slices.Sort(all)
		if len(all) != in.N || int(all[0]) != 0 || int(all[in.N-1]) != in.N-1 || len(slices.Compact(all)) != in.N {
			t.Fatalf("seed %d: the plan has %v", seed, all)
		}
		if sum != cost || over != excess || good != (late == 0) {
			t.Fatalf("seed %d: cost %d, excess %d, late %d; driven %d, %d, in time %v",
				seed, cost, excess, late, sum, over, good)
		}
	}
}

// exhaustive is the least cost of all plans, or −1.
func exhaustive(in *Input) int {
	best := -1
	routes := make([][]int32, len(in.Vehicles))
	var grow func(i int32)
	grow = func(i int32) {
		if int(i) == in.N {
			sum := 0
			for r := range routes {
				c, e, ok := drive(in, r, routes[r])
				if e > 0 || !ok {
					return
				}
				sum += c
			}
			if best < 0 || sum < best {
				best = sum
			}
			return
		}
		for r := range routes {
			for at := 0; at <= len(routes[r]); at++ {
				routes[r] = slices.Insert(routes[r], at, i)
				grow(i + 1)
				routes[r] = slices.Delete(routes[r], at, at+1)
			}
		}
	}
	grow(0)
	return best
}

func TestSmallPlansAreOptimal(t *testing.T) {
	tried := 0
	for seed := range uint64(24) {
		in := small(seed, 5, 2)
		want := exhaustive(in)
		if want < 0 {
			continue
		}
		tried++
		got := -1
		for again := range uint64(4) { // a herd of so few may all be alike
			x := New(in, 100*again+seed)
			x.local.lateWeight *= 10 // the price of lateness is low at first
			for range 120 {
				x.Step()
			}
			if _, cost := x.Best(); cost > 0 && (got < 0 || cost < got) {
				got = cost
			}
		}
		if got != want {
			t.Fatalf("seed %d: cost %d, optimum %d", seed, got, want)
		}
	}
	if tried < 8 {
		t.Fatalf("only %d problems have a plan", tried)
	}
}

func TestTheSameSeedGivesTheSamePlan(t *testing.T) {
	run := func() ([][]int32, int) {
		x := New(small(4, 40, 8), 9)
		for range 120 {
			x.Step()
		}
		return x.Best()
	}
	a, costA := run()
	b, costB := run()
	if costA != costB || !reflect.DeepEqual(a, b) {
		t.Fatalf("%d %v\n%d %v", costA, a, costB, b)
	}
}
