package vrp

import "math"

// label is what is known of a route up to some point, for one choice of windows
// and breaks: a duration segment of Vidal, Crainic, Gendreau and Prins (2013),
// DOI 10.1016/j.cor.2012.07.018. Leaving at t ≤ late, the route reaches the
// point at max(t, early) + dur − warp. A warp above 0 is lateness that was paid
// back by going back in time; such a route is infeasible.
type label struct {
	dur, early, late, warp int
	pause                  int   // seconds of breaks taken
	parent                 int32 // index in the arena, -1 at the start
	window                 int16 // window chosen at the visit, -1 without windows
	breaks                 int8  // breaks passed so far, taken or not owed
	taken                  int8  // of these, those taken on the last leg
	slots                  [MaxBreaks]int8
}

const endless = math.MaxInt32

// arrive is the earliest time at the point.
func (l *label) arrive() int { return l.early + l.dur - l.warp }

// join appends a stop of that length which may start in [open, latest].
func (l *label) join(length, open, latest int) {
	delta := l.dur - l.warp
	wait := max(open-delta-l.late, 0)
	warp := max(l.early+delta-latest, 0)
	l.dur += length + wait
	l.early = max(open-delta, l.early) - wait
	l.late = min(latest-delta, l.late) + warp
	l.warp += warp
}

// dominates reports whether a is at least as good as b whatever follows: no more
// warp, never a longer duty, never a later end.
func dominates(a, b *label) bool {
	return a.warp <= b.warp && a.dur <= b.dur && a.arrive() <= b.arrive() &&
		(a.late >= b.late || a.late+a.dur >= b.late+b.dur)
}

// pruned adds l to the list unless a label dominates it, and drops what it
// dominates. Feasible labels drive out infeasible ones.
func pruned(list []label, l label) []label {
	for i := range list {
		if list[i].breaks != l.breaks {
			continue
		}
		if dominates(&list[i], &l) || list[i].warp == 0 && l.warp > 0 {
			return list
		}
	}
	kept := list[:0]
	for i := range list {
		same := list[i].breaks == l.breaks
		if !same || !dominates(&l, &list[i]) && (l.warp > 0 || list[i].warp == 0) {
			kept = append(kept, list[i])
		}
	}
	return append(kept, l)
}

// Clock times routes of one vehicle without allocating. It is not safe for
// concurrent use; the zero value must be initialised by [NewClock].
type Clock struct {
	p       *Problem
	v       int
	vehicle *Vehicle
	arena   []label // every label of the present route, when kept
	keep    bool
	now     []label
	next    []label
	front   []int32 // arena indexes of now, when kept
}

// NewClock returns a clock for vehicle v of p.
func NewClock(p *Problem, v int) *Clock {
	return &Clock{p: p, v: v, vehicle: &p.Vehicles[v]}
}

// Sum is a route in numbers. Duty spans departure to arrival; Warp is 0 exactly
// when every window, owed break and the shift are kept.
type Sum struct {
	Drive, Distance, Duty, Warp int
	End                         int // earliest end among the shortest duties
	Missing                     int // legs without a path
	Pause                       int // seconds of breaks taken
	Soft                        int // price of preferences missed
}

// Sum measures a route. O(visits × windows × breaks).
func (c *Clock) Sum(route []int) Sum {
	c.keep = false
	best, sum := c.run(route)
	sum.Duty, sum.Warp, sum.End = best.dur-best.warp, best.warp, best.arrive()
	sum.Pause = best.pause
	if sum.Warp == 0 && sum.Missing == 0 && c.p.soft(route) {
		c.soften(route, &sum)
	}
	return sum
}

// soften replaces the times of the shortest duty by those that preferences make
// the cheapest.
func (c *Clock) soften(route []int, sum *Sum) {
	x, ok := c.p.softTimes(c.v, route)
	if !ok {
		return
	}
	sum.Duty, sum.End, sum.Pause = x.end-x.leave, x.end, 0
	for _, w := range x.legs {
		sum.Pause += w.length
	}
	for k, i := range route {
		sum.Soft += c.p.Visits[i].Soft(x.begins[k])
	}
}

// begin opens the labels at the start: one for each number of leading breaks
// that are not owed because the day begins after them.
func (c *Clock) begin() {
	c.now, c.front, c.arena = c.now[:0], c.front[:0], c.arena[:0]
	open, last := c.vehicle.Shift.Open, c.vehicle.Shift.Close
	if c.vehicle.Punctual {
		last = open
	}
	for k := 0; ; k++ {
		l := label{early: open, late: last, parent: -1, breaks: int8(k), window: -1}
		if l.early <= l.late {
			c.now = append(c.now, l)
		}
		if k == len(c.vehicle.Breaks) || c.vehicle.Breaks[k].Always {
			break
		}
		open = max(open, c.vehicle.Breaks[k].latest())
	}
	if len(c.now) == 0 { // a shift of negative length cannot pass Validate
		c.now = append(c.now, label{parent: -1, window: -1})
	}
	c.store()
}

// latest is the last moment at which the break may begin.
func (b *Break) latest() int {
	return b.Windows[len(b.Windows)-1].LatestStart(b.Duration)
}

// store keeps the labels of this stop so that the times can be told afterwards.
func (c *Clock) store() {
	if !c.keep {
		return
	}
	c.front = c.front[:0]
	for i := range c.now {
		c.front = append(c.front, int32(len(c.arena)))
		c.arena = append(c.arena, c.now[i])
	}
}

// run propagates the labels along the route and returns the best at the end.
func (c *Clock) run(route []int) (label, Sum) {
	c.begin()
	var sum Sum
	at := c.vehicle.Start
	for _, i := range route {
		to := c.p.Visits[i].Location
		c.leg(&sum, at, to, i)
		at = to
	}
	c.leg(&sum, at, c.vehicle.End, -1)
	return c.finish(), sum
}

// leg moves every label over one leg and through the visit at its end; visit -1
// is the end of the route.
func (c *Clock) leg(sum *Sum, from, to, visit int) {
	seconds, meters, ok := c.p.Travel(c.v, from, to)
	if !ok {
		sum.Missing++
		seconds, meters = 0, 0
	}
	sum.Drive += seconds
	sum.Distance += meters
	c.next = c.next[:0]
	for i := range c.now {
		l := c.now[i]
		l.parent, l.taken = -1, 0
		if c.keep {
			l.parent = c.front[i]
		}
		moved := l
		moved.dur += seconds
		c.pass(l, moved, visit)
	}
	c.now, c.next = c.next, c.now
	c.store()
}

// pass serves the visit after the leg, then does so again with one more break
// taken on the leg. left is the label before travel, with the breaks' latest
// starts; moved is the label after travel, with the breaks' openings: a break
// that lies on the road may begin before the travel is done.
func (c *Clock) pass(left, moved label, visit int) {
	c.serve(left, moved, visit)
	k := int(left.breaks)
	if k == len(c.vehicle.Breaks) {
		return
	}
	b := &c.vehicle.Breaks[k]
	for w, window := range b.Windows {
		latest := window.LatestStart(b.Duration)
		if latest < window.Open {
			continue
		}
		last := w == len(b.Windows)-1
		if !last && left.arrive() > latest {
			continue
		}
		l, m := left, moved
		l.join(b.Duration, window.Open, latest)
		m.join(b.Duration, window.Open, endless)
		l.breaks++
		l.slots[l.taken] = int8(w)
		l.pause += b.Duration
		l.taken++
		c.pass(l, m, visit)
	}
}

// merge unites the label before travel (bounds) with the one after (times).
func merge(left, moved label) label {
	l := left
	l.dur, l.early, l.late = moved.dur, moved.early, min(left.late, moved.late)
	if left.warp > 0 { // infeasible: keep the warp, leave as late as the bounds say
		l.dur += left.warp - moved.warp
		l.early, l.late = left.early, max(left.early, left.late)
		return l
	}
	if l.early > l.late {
		l.dur += l.early - l.late
		l.early = l.late
	}
	return l
}

func (c *Clock) serve(left, moved label, visit int) {
	l := moved
	if left.taken > 0 {
		l = merge(left, moved)
	} else {
		l.taken = 0
	}
	l.window = -1
	if visit < 0 {
		c.next = pruned(c.next, l)
		return
	}
	x := &c.p.Visits[visit]
	if len(x.Windows) == 0 {
		l.join(x.Service, 0, endless)
		c.next = pruned(c.next, l)
		return
	}
	for w, window := range x.Windows {
		latest := window.LatestStart(x.Service)
		if w < len(x.Windows)-1 && l.arrive() > latest {
			continue
		}
		s := l
		// A window shorter than the service warps; the visit never fits.
		if latest < window.Open {
			s.warp += window.Open - latest
			s.dur += window.Open - latest
			latest = window.Open
		}
		s.join(x.Service, window.Open, latest)
		s.window = int16(w)
		c.next = pruned(c.next, s)
	}
}

// finish closes every label with the shift and the breaks that it did not take,
// and returns the best: least warp, then shortest duty, then earliest.
func (c *Clock) finish() label {
	var best label
	for i := range c.now {
		l := c.now[i]
		latest := c.vehicle.Shift.Close
		owed := false
		for k := int(l.breaks); k < len(c.vehicle.Breaks); k++ {
			owed = owed || c.vehicle.Breaks[k].Always
			latest = min(latest, c.vehicle.Breaks[k].latest())
		}
		l.parent, l.window, l.taken = -1, -1, 0
		if c.keep {
			l.parent = c.front[i]
		}
		l.join(0, c.vehicle.Shift.Open, latest)
		if owed { // nothing but the break itself mends it
			l.warp += MaxTime
			l.dur += MaxTime
		}
		if i == 0 || better(&l, &best) {
			best = l
		}
	}
	return best
}

func better(a, b *label) bool {
	if a.warp != b.warp {
		return a.warp < b.warp
	}
	if a.dur-a.warp != b.dur-b.warp {
		return a.dur-a.warp < b.dur-b.warp
	}
	return a.arrive() < b.arrive()
}
