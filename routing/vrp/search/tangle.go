package search

import "beatplan/routing/vrp"

// tangle keeps what every two vehicles' routes cost by crossing and overlapping.
type tangle struct {
	p     *vrp.Problem
	shape []vrp.Shape
	pair  []int // [one·vehicles + other], both ways round
	stale []bool
	sum   int
	trial []int
}

// newTangle returns nil when compactness has no price.
func newTangle(p *vrp.Problem) *tangle {
	if p.Compact == (vrp.Compact{}) {
		return nil
	}
	m := len(p.Vehicles)
	return &tangle{p: p, shape: make([]vrp.Shape, m), pair: make([]int, m*m), stale: make([]bool, m)}
}

// total brings the rows of stale vehicles up to date and returns the term.
// O(stale vehicles × vehicles × stops²), less where boxes are apart.
func (x *tangle) total(routes []route) int {
	m := len(routes)
	for v := range routes {
		if x.stale[v] {
			x.trial = x.trial[:0]
			for _, i := range routes[v].seq {
				x.trial = append(x.trial, int(i))
			}
			x.shape[v] = x.p.Shape(x.trial, x.shape[v])
		}
	}
	for v := range routes {
		if !x.stale[v] {
			continue
		}
		x.stale[v] = false
		for w := range routes {
			if v == w {
				continue
			}
			cost := x.p.Compact.Tangle(&x.shape[v], &x.shape[w])
			x.sum += cost - x.pair[v*m+w]
			x.pair[v*m+w], x.pair[w*m+v] = cost, cost
		}
	}
	return x.sum
}
