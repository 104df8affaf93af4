package tour

import (
	"beatplan/routing/vrp"
	"beatplan/routing/vrp/segment"
)

// MostProved is the largest day whose optimum [Optimum] proves.
const MostProved = 15

// partial is a route up to its last visit: what it cost, less the price of waiting
// for as long as was driven, and how it is timed.
type partial struct {
	cost int
	seg  segment.Segment
}

// beats reports whether a is at least as good as b whatever follows.
func (a *partial) beats(b *partial) bool {
	x, y := &a.seg, &b.seg
	return a.cost <= b.cost && x.Dur <= y.Dur && x.Early+x.Dur <= y.Early+y.Dur &&
		(x.Late >= y.Late || x.Late+x.Dur >= y.Late+y.Dur)
}

// Optimum is the least cost of a day of at most [MostProved] visits, by a dynamic
// programme over sets of visits (Held and Karp, 1962, DOI 10.1137/0110015) that
// keeps every undominated timing. ok is false when no order serves the required
// visits, or the day has what the programme does not know: several windows a
// visit, preferences, breaks, locks, precedences, bounds of distance, driving or
// stops. O(2ⁿ·n²·timings).
func Optimum(p *vrp.Problem, v int, candidates []int) (cost int, ok bool) {
	in := newInstance(p, v, candidates)
	x := in.vehicle
	if !in.exact || in.n == 0 || in.n > MostProved || in.lo+len(in.pins) > 0 ||
		x.MaxDrive+x.MaxDistance+x.MaxStops > 0 {
		return 0, false
	}
	d := &programme{in: in, table: make([][]partial, in.n<<in.n)}
	d.none()
	start := partial{seg: in.node[in.n]}
	for u := range in.n {
		d.extend(&start, in.n, 0, u)
	}
	for set := 1; set < 1<<in.n; set++ {
		for last := range in.n {
			cell := set*in.n + last
			for k := range d.table[cell] {
				d.finish(&d.table[cell][k], set, last)
				for u := range in.n {
					if set>>u&1 == 0 {
						d.extend(&d.table[cell][k], last, set, u)
					}
				}
			}
			d.table[cell] = nil
		}
	}
	return d.best, d.found
}

// programme is a run of [Optimum].
type programme struct {
	in    *instance
	table [][]partial // [set·n + last]
	best  int
	found bool
}

// none is the empty day, when every visit may be left out.
func (d *programme) none() {
	d.found = true
	for u := range d.in.n {
		d.best += d.in.prize[u]
		d.found = d.found && !d.in.must[u]
	}
}

// extend serves u after last, in time or not at all.
func (d *programme) extend(a *partial, last, set, u int) {
	in := d.in
	arc := last*in.size + u
	b := partial{a.cost + d.arc(arc), segment.Join(&a.seg, &in.node[u], in.drive[arc])}
	if b.seg.Warp > 0 || in.drive[arc] >= far {
		return
	}
	cell := (set|1<<u)*in.n + u
	list := d.table[cell]
	kept := list[:0]
	for k := range list {
		if list[k].beats(&b) {
			return // nothing was dropped yet: dominance is transitive
		}
	}
	for k := range list {
		if !b.beats(&list[k]) {
			kept = append(kept, list[k])
		}
	}
	d.table[cell] = append(kept, b)
}

// arc is what a leg costs, less what waiting would have cost instead.
func (d *programme) arc(k int) int { return d.in.cost[k] - d.in.perWait*d.in.drive[k] }

// finish drives to the end and prices the whole day.
func (d *programme) finish(a *partial, set, last int) {
	in := d.in
	arc := last*in.size + in.n + 1
	whole := segment.Join(&a.seg, &in.node[in.n+1], in.drive[arc])
	if whole.Warp > 0 || in.drive[arc] >= far ||
		in.vehicle.MaxDuty > 0 && whole.Dur > in.vehicle.MaxDuty {
		return
	}
	cost, busy := a.cost+d.arc(arc), 0
	for u := range in.n {
		switch {
		case set>>u&1 == 1:
			busy += in.node[u].Dur
		case in.must[u]:
			return
		default:
			cost += in.prize[u]
		}
	}
	cost += in.vehicle.PerDuty*whole.Dur + in.perWait*(whole.Dur-busy)
	if !d.found || cost < d.best {
		d.best, d.found = cost, true
	}
}
