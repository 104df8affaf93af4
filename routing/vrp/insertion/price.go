package insertion

import "beatplan/routing/vrp"

// prices tells what putting a visit into one route adds to the whole plan: the
// route itself, the spread of the duties, and crossings with the others.
type prices struct {
	p      *vrp.Problem
	routes [][]int
	duty   []int // of each used vehicle, −1 when unused; only when the spread has a price
	shapes []vrp.Shape
}

// newPrices measures the plan once. O(visits), with compactness also its shapes.
func newPrices(p *vrp.Problem, s vrp.Solution) *prices {
	x := &prices{p: p, routes: s.Routes}
	for v, route := range s.Routes {
		if p.Balance.PerSecond > 0 {
			d := -1
			if len(route) > 0 {
				t := vrp.Schedule(p, v, route)
				d = t.Duty()
			}
			x.duty = append(x.duty, d)
		}
		if p.Compact != (vrp.Compact{}) {
			x.shapes = append(x.shapes, p.Shape(route, vrp.Shape{}))
		}
	}
	return x
}

// route is the cost of a vehicle's route by itself, of its duty in the plan and
// of its shape among the others.
func (x *prices) route(v int, route []int, t *vrp.Timetable) int {
	cost, duty := 0, -1
	if len(route) > 0 {
		y := &x.p.Vehicles[v]
		duty = t.Duty()
		cost = y.Fixed + y.PerMeter*t.Distance + y.PerSecond*t.Drive + y.PerWait*t.Wait +
			y.PerDuty*duty + x.p.Softened(t)
	}
	return cost + x.spread(v, duty) + x.tangle(v, route)
}

// spread is the balance term when vehicle v has that duty.
func (x *prices) spread(v, duty int) int {
	low, high := -1, 0
	for w, d := range x.duty {
		if w == v {
			d = duty
		}
		if d >= 0 {
			high = max(high, d)
			if low < 0 || d < low {
				low = d
			}
		}
	}
	return x.p.Balance.PerSecond * (high - max(low, 0))
}

func (x *prices) tangle(v int, route []int) int {
	if x.shapes == nil {
		return 0
	}
	mine, cost := x.p.Shape(route, vrp.Shape{}), 0
	for w := range x.shapes {
		if w != v {
			cost += x.p.Compact.Tangle(&mine, &x.shapes[w])
		}
	}
	return cost
}
