package vrp

import "slices"

// Preference is a soft window inside the hard ones: every second that a visit
// begins before Open or ends after Close has a price.
type Preference struct {
	Window
	PerEarly, PerLate int // cost of a second
}

// Soft is the cost of beginning the visit at that time. O(1).
func (x *Visit) Soft(begin int) int {
	if x.Preferred == nil {
		return 0
	}
	y := x.Preferred
	return y.PerEarly*max(y.Open-begin, 0) + y.PerLate*max(begin+x.Service-y.Close, 0)
}

// soft reports whether any visit of the route has a preference.
func (p *Problem) soft(route []int) bool {
	for _, i := range route {
		if p.Visits[i].Preferred != nil {
			return true
		}
	}
	return false
}

// Softened is the price of all preferences that a timed route misses.
func (p *Problem) Softened(t *Timetable) int {
	sum := 0
	for k := range t.Stops {
		sum += p.Visits[t.Stops[k].Visit].Soft(t.Stops[k].Begin)
	}
	return sum
}

// softDay times one route with preferences: it finds the least sum of waiting,
// duty and missed preferences by a dynamic programme over piecewise linear
// functions of time, one a stop and number of breaks passed (Ibaraki et al.,
// 2005, DOI 10.1287/trsc.1030.0085). Several windows and breaks make them
// non-convex; they stay exact because every bend lies at a whole second.
type softDay struct {
	p       *Problem
	v       int
	vehicle *Vehicle
	route   []int
	ends    [][]curve // [stop+1][breaks]: cost of ending the service exactly then
	latest  int       // bound of the end
}

// pause is a way to take breaks on one leg.
type pause struct {
	taken  int
	slots  [MaxBreaks]int8
	length int // of all breaks
	last   int // latest departure
	until  int // earliest end of the last break, whenever one left
	floor  int // the same of a standstill: it must not pass the next break's last start
}

// pauses lists all ways to take 0, 1, … of the breaks from number k on.
func (d *softDay) pauses(k int) []pause {
	list := []pause{{last: endless, until: -endless, floor: -endless}}
	for n := 0; n < len(list); n++ {
		x := list[n]
		if k+x.taken == len(d.vehicle.Breaks) {
			continue
		}
		b := &d.vehicle.Breaks[k+x.taken]
		for w, window := range b.Windows {
			latest := window.LatestStart(b.Duration)
			if latest < window.Open || x.floor > latest {
				continue
			}
			y := x
			y.slots[y.taken] = int8(w)
			y.taken++
			y.last = min(x.last, latest-x.length)
			y.length += b.Duration
			y.floor = max(x.floor, window.Open) + b.Duration
			y.until = y.floor
			list = append(list, y)
		}
	}
	return list
}

// legTo is the travel into stop k, or into the end when k is past the last.
func (d *softDay) legTo(k int) int {
	from, to := d.vehicle.Start, d.vehicle.End
	if k > 0 {
		from = d.p.Visits[d.route[k-1]].Location
	}
	if k < len(d.route) {
		to = d.p.Visits[d.route[k]].Location
	}
	seconds, _, _ := d.p.Travel(d.v, from, to)
	return seconds
}

// perDay is the price of a second between leaving and arriving.
func (d *softDay) perDay() int { return d.vehicle.PerWait + d.vehicle.PerDuty }

// run fills the curves for departures in [open, shut].
func (d *softDay) run(open, shut int) {
	breaks := len(d.vehicle.Breaks)
	d.ends = append(d.ends[:0], make([]curve, breaks+1))
	low := open
	for k := 0; ; k++ {
		if low <= shut {
			d.ends[0][k] = curve{{low, shut, -d.perDay() * low, -d.perDay()}}
		}
		if k == breaks || d.vehicle.Breaks[k].Always {
			break
		}
		low = max(low, d.vehicle.Breaks[k].latest())
	}
	for k, i := range d.route {
		x := &d.p.Visits[i]
		next := make([]curve, breaks+1)
		for b, f := range d.ends[k] {
			d.leave(f, b, d.legTo(k), func(to int, f curve) {
				next[to] = lower(next[to], f.within(x).priced(x).shifted(x.Service))
			})
		}
		d.ends = append(d.ends, next)
	}
}

// leave tells what each way of taking breaks on a leg makes of the curve: the
// cost of being free at its end at the latest then.
func (d *softDay) leave(f curve, b, travel int, tell func(to int, f curve)) {
	if len(f) == 0 {
		return
	}
	for _, w := range d.pauses(b) {
		g := f.clipped(-endless, w.last).settled()
		if len(g) == 0 {
			continue
		}
		g = g.shifted(travel+w.length).clipped(w.until, endless).raised(-d.vehicle.PerWait * w.length)
		tell(b+w.taken, g)
	}
}

// finish returns the least cost and the earliest end that has it.
func (d *softDay) finish() (cost, breaks, end int, ok bool) {
	for b := range d.ends[len(d.route)] {
		d.leave(d.ends[len(d.route)][b], b, d.legTo(len(d.route)), func(to int, f curve) {
			latest := min(d.vehicle.Shift.Close, d.latest)
			for k := to; k < len(d.vehicle.Breaks); k++ {
				if d.vehicle.Breaks[k].Always {
					return
				}
				latest = min(latest, d.vehicle.Breaks[k].latest())
			}
			for _, s := range f.clipped(d.vehicle.Shift.Open, latest) {
				s.v, s.s = s.v+d.perDay()*s.from, s.s+d.perDay()
				at, least := s.least()
				if !ok || least < cost || least == cost && at < end {
					cost, breaks, end, ok = least, to, at, true
				}
			}
		})
	}
	return cost, breaks, end, ok
}

// trace goes back from the end and returns the departure, the beginning of every
// service and the breaks of every leg. Each departure is the latest of those that
// cost the same.
func (d *softDay) trace(breaks, end int) (leave int, begins []int, legs []pause) {
	n := len(d.route)
	begins, legs = make([]int, n), make([]pause, n+1)
	at, b := end, breaks
	for k := n; k >= 0; k-- {
		best, from, passed := 0, 0, -1
		var chosen pause
		for e := 0; e <= b; e++ {
			for _, w := range d.pauses(e) {
				if e+w.taken != b || w.until > at {
					continue
				}
				f := d.ends[k][e].clipped(-endless, min(w.last, at-d.legTo(k)-w.length))
				when, cost, ok := f.latestLeast()
				cost -= d.vehicle.PerWait * w.length
				if ok && (passed < 0 || cost < best || cost == best && when > from) {
					best, from, passed, chosen = cost, when, e, w
				}
			}
		}
		legs[k], b, at = chosen, passed, from
		if k > 0 {
			at -= d.p.Visits[d.route[k-1]].Service
			begins[k-1] = at
		}
	}
	return at, begins, legs
}

// softTimes is a route timed with its preferences.
type softTimes struct {
	leave, end int
	begins     []int
	legs       []pause
	first      int // breaks that the day begins after
}

// softTimes finds the cheapest times of a route that has feasible ones. Where
// these exceed the longest duty, the departures at which a bend of the cost can
// lie are tried one by one.
func (p *Problem) softTimes(v int, route []int) (softTimes, bool) {
	x := &p.Vehicles[v]
	d := &softDay{p: p, v: v, vehicle: x, route: route, latest: endless}
	last := x.Shift.Close
	if x.Punctual {
		last = x.Shift.Open
	}
	d.run(x.Shift.Open, last)
	_, breaks, end, ok := d.finish()
	if !ok {
		return softTimes{}, false
	}
	out := d.told(breaks, end)
	duty := p.longest(v)
	if out.end-out.leave <= duty {
		return out, true
	}
	least, found := 0, false
	for _, leave := range d.departures(duty, last) {
		d.latest = leave + duty
		d.run(leave, leave)
		cost, breaks, end, ok := d.finish()
		if ok && (!found || cost < least) {
			least, found = cost, true
			out = d.told(breaks, end)
		}
	}
	return out, true
}

func (d *softDay) told(breaks, end int) softTimes {
	out := softTimes{end: end}
	out.leave, out.begins, out.legs = d.trace(breaks, end)
	out.first = breaks
	for _, w := range out.legs {
		out.first -= w.taken
	}
	return out
}

// longest is the bound of a day's duty.
func (p *Problem) longest(v int) int {
	most := endless
	for _, bound := range []int{p.Vehicles[v].MaxDuty, p.Balance.MaxDuty} {
		if bound > 0 {
			most = min(most, bound)
		}
	}
	return most
}

// departures are those that reach some bend without waiting, or whose longest
// duty ends without waiting after one, with or without breaks on the way: at an
// optimum every time hangs on one bend.
func (d *softDay) departures(duty, last int) []int {
	pauses := []int{0}
	for _, b := range d.vehicle.Breaks {
		for _, x := range slices.Clone(pauses) {
			pauses = append(pauses, x+b.Duration)
		}
	}
	before, all := 0, d.legTo(0)
	for k, i := range d.route {
		all += d.p.Visits[i].Service + d.legTo(k+1)
	}
	list := []int{d.vehicle.Shift.Open, last, d.vehicle.Shift.Close - duty}
	bend := func(t int) {
		for _, x := range pauses {
			list = append(list, t-before-x, t+all-before+x-duty)
		}
	}
	for k := range len(d.route) + 1 {
		for _, b := range d.vehicle.Breaks {
			for _, w := range b.Windows { // a break on this leg
				for _, t := range []int{w.Open, w.Open + b.Duration, w.LatestStart(b.Duration), w.Close} {
					bend(t)
					before += d.legTo(k)
					bend(t)
					before -= d.legTo(k)
				}
			}
		}
		before += d.legTo(k)
		if k == len(d.route) {
			break
		}
		x := &d.p.Visits[d.route[k]]
		for _, w := range x.Windows {
			bend(w.Open)
			bend(w.LatestStart(x.Service))
		}
		if y := x.Preferred; y != nil {
			bend(y.Open)
			bend(y.LatestStart(x.Service))
		}
		before += x.Service
	}
	list = slices.DeleteFunc(list, func(t int) bool { return t < d.vehicle.Shift.Open || t > last })
	slices.Sort(list)
	return slices.Compact(list)
}

// teller walks the route with these times.
func (x *softTimes) teller() *teller {
	choices := make([]label, len(x.legs)+1)
	choices[0].breaks = int8(x.first)
	for k, w := range x.legs {
		choices[k+1].taken, choices[k+1].slots = int8(w.taken), w.slots
	}
	return &teller{leave: x.leave, choices: choices, begins: x.begins}
}
