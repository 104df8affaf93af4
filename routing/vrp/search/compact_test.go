package search_test

import (
	"math/rand/v2"
	"testing"

	"beatplan/routing/vrp"
)

// tangled is what the last of these routes costs by being where the others are.
func (e *enumeration) tangled(routes [][]int) int {
	c := e.p.Compact
	if c == (vrp.Compact{}) {
		return 0
	}
	last, sum := e.on(routes[len(routes)-1]), 0
	for _, route := range routes[:len(routes)-1] {
		other := e.on(route)
		sum += c.PerOverlap * (within(last, other) + within(other, last))
		for i := 1; i < len(last); i++ {
			for j := 1; j < len(other); j++ {
				if cross(last[i-1], last[i], other[j-1], other[j]) {
					sum += c.PerCrossing
				}
			}
		}
	}
	return sum
}

// on are the places of a route.
func (e *enumeration) on(route []int) []vrp.Point {
	var list []vrp.Point
	for _, i := range route {
		list = append(list, e.p.Points[e.p.Visits[i].Location])
	}
	return list
}

// times is the cross product of the ways from a to b and from c to d.
func times(a, b, c, d vrp.Point) int { return (b.X-a.X)*(d.Y-c.Y) - (b.Y-a.Y)*(d.X-c.X) }

// within counts the points that lie strictly inside the hull of others: no line through
// such a point has all of them on one side. A line can be turned until it meets one.
func within(points, others []vrp.Point) int {
	count := 0
	for _, x := range points {
		inside := false
		for _, p := range others {
			if p == x {
				continue
			}
			left, right := false, false
			for _, q := range others {
				left = left || times(x, p, x, q) > 0
				right = right || times(x, p, x, q) < 0
			}
			if inside = left && right; !inside {
				break
			}
		}
		if inside {
			count++
		}
	}
	return count
}

// cross reports whether two ways meet strictly between their ends, by how far along.
func cross(a, b, c, d vrp.Point) bool {
	all := times(a, b, c, d)
	first, second := times(a, c, c, d), times(a, c, a, b)
	if all < 0 {
		all, first, second = -all, -first, -second
	}
	return first > 0 && first < all && second > 0 && second < all
}

// TestCompactEightVisitsEqualEnumeration: the same with a price of crossings and overlaps
// besides, which ties the routes of two or three people together.
func TestCompactEightVisitsEqualEnumeration(t *testing.T) {
	tried, tangles := 0, 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 88))
		p := eight(r)
		if len(p.Vehicles) < 2 {
			continue
		}
		p.Balance.PerSecond = 0
		p.Compact = vrp.Compact{PerCrossing: r.IntN(60), PerOverlap: r.IntN(60)}
		for range p.Profiles[0].Locations {
			p.Points = append(p.Points, vrp.Point{X: r.IntN(7), Y: r.IntN(7)})
		}
		want, plan, ok := newEnumeration(p).best()
		if !ok {
			continue
		}
		if cost, faults := judge(p, plan); cost != want || len(faults) > 0 {
			t.Fatalf("seed %d: the enumeration is wrong: %d, %d %v\n%+v", seed, want, cost, faults, p)
		}
		tried++
		if cost, _ := vrp.Evaluate(p, plan); cost.Compact > 0 {
			tangles++
		}
		if got := reach(t, p, want); got.Cost.Total() != want {
			t.Errorf("seed %d: cost %d %v, optimum %d %v",
				seed, got.Cost.Total(), got.Solution.Routes, want, plan.Routes)
		}
	}
	t.Logf("%d problems, the optimum of %d is not without a tangle", tried, tangles)
	if tried < 15 || tangles < 2 {
		t.Errorf("only %d problems, %d with a tangle", tried, tangles)
	}
}
