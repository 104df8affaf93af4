package tour

import (
	"slices"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/segment"
)

// far stands for a leg without a path: dearer than any day, cheap enough to add.
const far = 1 << 22

// seg is a stretch of a route under hull windows (from the first opening to the
// last moment to begin). With one window a visit and no breaks it is exact,
// otherwise it is a relaxation.
type seg = segment.Segment

func join(a, b seg, travel int) seg { return segment.Join(&a, &b, travel) }

// instance is one vehicle's problem in flat arrays. Nodes 0 … n−1 are the
// candidates; n is the start, n+1 the end.
type instance struct {
	p       *vrp.Problem
	v       int
	vehicle *vrp.Vehicle
	visits  []int // visit of each candidate
	n, size int
	cost    []int // objective of each arc
	drive   []int
	meters  []int
	node    []seg
	prize   []int // of leaving a candidate out
	must    []bool
	lo      int // candidates 0 … lo−1 are the locked prefix
	pins    []pin
	exact   bool // hull windows are the truth
	waits   bool // waiting has a price that the hull knows
	perWait int
	pause   int // all breaks together: what the hull takes for waiting at most
	dear    int // price of leaving out a required visit
}

type pin struct{ node, position int }

// newInstance flattens vehicle v of p with the visits given as candidates, the
// locked prefix first.
func newInstance(p *vrp.Problem, v int, candidates []int) *instance {
	x := &p.Vehicles[v]
	in := &instance{p: p, v: v, vehicle: x, visits: candidates, n: len(candidates),
		lo: len(x.Prefix), exact: len(x.Breaks)+len(p.Orders) == 0, perWait: x.PerWait}
	in.size = in.n + 2
	in.arcs()
	at := make(map[int]int, in.n)
	for k, i := range candidates {
		at[i] = k
		visit := &p.Visits[i]
		in.node = append(in.node, hull(visit))
		in.exact = in.exact && len(visit.Windows) <= 1 && visit.Preferred == nil
		in.must = append(in.must, !visit.Optional)
		in.prize = append(in.prize, visit.Prize)
	}
	shift := seg{Early: x.Shift.Open, Late: x.Shift.Close}
	in.node = append(in.node, shift, shift)
	if x.Punctual {
		in.node[in.n].Late = x.Shift.Open
	}
	for _, q := range x.Pins {
		if k, ok := at[q.Visit]; ok {
			in.pins = append(in.pins, pin{k, q.Position})
		}
	}
	// Ascending positions: putting one back then never moves another again.
	slices.SortFunc(in.pins, func(a, b pin) int { return a.position - b.position })
	in.waits = x.PerWait+x.PerDuty > 0
	for _, b := range x.Breaks {
		in.pause += b.Duration
	}
	return in
}

func (in *instance) arcs() {
	places := make([]int, 0, in.size)
	for _, i := range in.visits {
		places = append(places, in.p.Visits[i].Location)
	}
	places = append(places, in.vehicle.Start, in.vehicle.End)
	cells := in.size * in.size
	in.cost, in.drive, in.meters = make([]int, cells), make([]int, cells), make([]int, cells)
	largest := 0
	for a, from := range places {
		for b, to := range places {
			k := a*in.size + b
			s, m, ok := in.p.Travel(in.v, from, to)
			if !ok {
				s, m = far, far
			}
			in.drive[k], in.meters[k] = s, m
			in.cost[k] = s*in.vehicle.PerSecond + m*in.vehicle.PerMeter
			if ok {
				largest = max(largest, in.cost[k])
			}
		}
	}
	shift := in.vehicle.Shift.Close - in.vehicle.Shift.Open
	in.dear = 1000 + 2*in.size*largest + (in.perWait+in.vehicle.PerDuty)*shift
	for _, i := range in.visits {
		in.dear += in.p.Visits[i].Prize
		if y := in.p.Visits[i].Preferred; y != nil {
			in.dear += max(y.PerEarly, y.PerLate) * shift
		}
	}
}

func hull(x *vrp.Visit) seg {
	s := seg{Dur: x.Service, Late: vrp.MaxTime}
	if len(x.Windows) > 0 {
		s.Early = x.Windows[0].Open
		s.Late = x.Windows[len(x.Windows)-1].LatestStart(x.Service)
		if s.Late < s.Early { // the service never fits
			s.Warp = s.Early - s.Late
			s.Dur += s.Warp
			s.Late = s.Early
		}
	}
	return s
}

// worth is what leaving node u out costs.
func (in *instance) worth(u int) int {
	if in.must[u] {
		return in.dear
	}
	return in.prize[u]
}
