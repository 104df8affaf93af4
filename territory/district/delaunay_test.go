package district

import (
	"math/rand/v2"
	"testing"
)

// Every triangle's circle must be empty, also on grids, rows and heaps of points.
func TestTriangulationIsDelaunay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for round := range 60 {
		n := 3 + rng.IntN(120)
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			switch round % 4 {
			case 0:
				x[i], y[i] = rng.Float64(), rng.Float64()
			case 1: // a grid, with twins
				x[i], y[i] = float64(rng.IntN(8)), float64(rng.IntN(8))
			case 2: // a row
				x[i], y[i] = float64(rng.IntN(40)), 1
			default: // a dense town amid nothing
				x[i], y[i] = rng.NormFloat64()*rng.NormFloat64(), rng.NormFloat64()
			}
		}
		g := triangulate(x, y)
		if _, parts := g.Components(); parts != 1 {
			t.Fatalf("round %d: %d parts", round, parts)
		}
		m := newMesh(x, y)
		for _, id := range m.order {
			m.insert(id)
		}
		for at := 0; at < len(m.corner); at += 3 {
			a, b, c := m.corner[at], m.corner[at+1], m.corner[at+2]
			if m.turn(a, b, c) <= 0 {
				t.Fatalf("round %d: a flat triangle", round)
			}
			for d := range int32(n) {
				if m.inside(a, b, c, d) {
					t.Fatalf("round %d: a point lies in a triangle's circle", round)
				}
			}
		}
	}
}

// Who borders on a pair is enough to know whether anybody lies in the circle over it.
func TestBetweenAsksOnlyNeighbours(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	found := 0
	for range 40 {
		x, y := make([]float64, 80), make([]float64, 80)
		for i := range x {
			x[i], y[i] = rng.NormFloat64()*rng.NormFloat64(), rng.Float64()
		}
		g := triangulate(x, y)
		all := NewGraph(len(x), nil)
		for u := range x {
			all.first[u+1] = int32((u + 1) * len(x))
			for v := range x {
				all.to = append(all.to, int32(v))
			}
		}
		for _, e := range g.Pairs() {
			if all.between(x, y, e) {
				found++
			}
			if g.between(x, y, e) != all.between(x, y, e) {
				t.Errorf("%v: neighbours say %v", e, g.between(x, y, e))
			}
		}
	}
	if found == 0 {
		t.Error("nobody lies between any pair")
	}
}

func TestWideNumbers(t *testing.T) {
	for _, c := range []struct {
		a, b, c, d int64
		want       bool
	}{
		{1 << 52, 1 << 53, -(1 << 52), 1 << 53, false}, {1 << 52, 1 << 53, -(1 << 52), 1<<53 - 1, true},
		{-5, 7, 36, 1, true}, {-5, 7, 35, 1, false}, {-5, 7, 34, 1, false}, {0, 9, 0, -9, false},
	} {
		var w wide
		w.add(c.a, c.b)
		w.add(c.c, c.d)
		if w.positive() != c.want {
			t.Errorf("%d × %d + %d × %d > 0 is %v", c.a, c.b, c.c, c.d, w.positive())
		}
	}
}
