package vrp

// StopTime is one visit of a timed route.
type StopTime struct {
	Visit       int
	Travel      int // seconds of the leg that leads here
	Meters      int
	Arrive      int // travel done
	Begin, End  int // of the service
	Late        int // seconds after the last moment to begin; 0 when in time
	Unreachable bool
}

// BreakTime is one break taken.
type BreakTime struct {
	Break      int // index in the vehicle's breaks
	Before     int // position of the stop whose leg or waiting holds it
	Start, End int
}

// Missed is a break that is owed but does not fit.
type Missed struct {
	Break int // index in the vehicle's breaks
	By    int // seconds after its last moment to begin
}

// Timetable is a route with its times.
type Timetable struct {
	Stops          []StopTime
	Breaks         []BreakTime
	Start, End     int // leaving the start, reaching the end
	Travel, Meters int // of the leg to the end
	EndUnreachable bool
	Drive          int // all travel, seconds
	Distance       int // metres
	Service, Wait  int
	ShiftLate      int // seconds after the shift's end
	MissedBreaks   []Missed
}

// Feasible reports whether every window, break and path holds and the day ends
// within the shift. Limits (duty, distance) and loads are not times.
func (t *Timetable) Feasible() bool {
	if t.ShiftLate > 0 || len(t.MissedBreaks) > 0 || t.EndUnreachable {
		return false
	}
	for i := range t.Stops {
		if t.Stops[i].Late > 0 || t.Stops[i].Unreachable {
			return false
		}
	}
	return true
}

// Duty is the time from start to end.
func (t *Timetable) Duty() int { return t.End - t.Start }

// Schedule times a route of vehicle v: the shortest duty, then the earliest,
// over all departures, windows and places of breaks. A route with preferences
// gets the times that cost least in waiting, duty and missed preferences within
// the longest duty, then the earliest end. When no choice keeps every time, it
// leaves as late as does no harm, never waits for a window that has passed, and
// tells how late each stop is. An empty route has an empty day.
func Schedule(p *Problem, v int, route []int) Timetable {
	if len(route) == 0 {
		return Timetable{}
	}
	c := NewClock(p, v)
	c.keep = true
	best, sum := c.run(route)
	if best.warp == 0 && sum.Missing == 0 && p.soft(route) {
		if x, ok := p.softTimes(v, route); ok {
			return tell(p, v, route, x.teller())
		}
	}
	if best.warp == 0 && sum.Missing == 0 {
		choices := make([]label, len(route)+2) // the start, every stop, the end
		at := best.parent
		for k := len(route) + 1; k >= 0; k-- {
			choices[k] = c.arena[at]
			at = c.arena[at].parent
		}
		return tell(p, v, route, &teller{leave: best.early, choices: choices})
	}
	return leastLate(p, v, route)
}

// leastLate finds the latest departure that worsens neither the lateness nor the
// end of leaving when the shift opens, by bisection.
func leastLate(p *Problem, v int, route []int) Timetable {
	open := p.Vehicles[v].Shift.Open
	first := tell(p, v, route, &teller{leave: open})
	harm := first.harm()
	low, high, best := 0, first.Wait, first
	if p.Vehicles[v].Punctual {
		high = 0
	}
	for low < high {
		mid := (low + high + 1) / 2
		t := tell(p, v, route, &teller{leave: open + mid})
		if t.End <= first.End && t.harm() <= harm {
			low, best = mid, t
		} else {
			high = mid - 1
		}
	}
	return best
}

func (t *Timetable) harm() int {
	sum := t.ShiftLate
	for i := range t.Stops {
		sum += t.Stops[i].Late
	}
	for _, m := range t.MissedBreaks {
		sum += m.By
	}
	return sum
}

// teller walks a route with given choices, or greedily without.
type teller struct {
	leave   int
	choices []label // the start's, every stop's, the end's; nil is greedy
	begins  []int   // of every service where preferences say so; nil elsewhere
	breaks  int     // breaks passed
	pause   int     // seconds of breaks taken
}

func tell(p *Problem, v int, route []int, w *teller) Timetable {
	vehicle := &p.Vehicles[v]
	t := Timetable{Start: w.leave, Stops: make([]StopTime, 0, len(route))}
	w.begin(vehicle)
	now, at := w.leave, vehicle.Start
	for k, i := range route {
		x := &p.Visits[i]
		seconds, meters, ok := p.Travel(v, at, x.Location)
		if !ok {
			seconds, meters = 0, 0
		}
		s := StopTime{Visit: i, Travel: seconds, Meters: meters, Unreachable: !ok}
		s.Arrive, now = w.drive(vehicle, &t, now, seconds)
		s.Begin, s.Late = w.choose(x, k, now)
		s.End = s.Begin + x.Service
		now, at = s.End, x.Location
		t.Drive += seconds
		t.Distance += meters
		t.Service += x.Service
		t.Stops = append(t.Stops, s)
	}
	seconds, meters, ok := p.Travel(v, at, vehicle.End)
	if !ok {
		seconds, meters, t.EndUnreachable = 0, 0, true
	}
	t.Travel, t.Meters = seconds, meters
	t.Drive += seconds
	t.Distance += meters
	_, t.End = w.drive(vehicle, &t, now, seconds)
	w.close(vehicle, &t)
	t.ShiftLate = max(t.End-vehicle.Shift.Close, 0)
	t.Wait = t.End - t.Start - t.Drive - t.Service - w.pause
	return t
}

// begin passes the breaks that the day begins after.
func (w *teller) begin(vehicle *Vehicle) {
	if w.choices != nil {
		w.breaks = int(w.choices[0].breaks)
		return
	}
	for w.breaks < len(vehicle.Breaks) {
		b := &vehicle.Breaks[w.breaks]
		if b.Always || w.leave < b.latest() {
			return
		}
		w.breaks++
	}
}

// drive travels from now and takes the breaks that fall on the leg. It returns
// when the travel was done and when the person is free to serve.
func (w *teller) drive(vehicle *Vehicle, t *Timetable, now, seconds int) (arrive, free int) {
	arrive = -1
	if seconds == 0 {
		arrive = now
	}
	left := seconds
	for n := 0; ; n++ {
		start, ok := w.pauseAt(vehicle, t, n, now, left)
		if !ok {
			break
		}
		if arrive < 0 && start-now >= left {
			arrive, left = now+left, 0
		}
		if left > 0 {
			left -= start - now
		}
		b := &vehicle.Breaks[w.breaks]
		t.Breaks = append(t.Breaks, BreakTime{w.breaks, len(t.Stops), start, start + b.Duration})
		now = start + b.Duration
		w.pause += b.Duration
		w.breaks++
	}
	if arrive < 0 {
		arrive = now + left
	}
	return arrive, now + left
}

// pauseAt says whether the next break is taken on this leg, and when.
func (w *teller) pauseAt(vehicle *Vehicle, t *Timetable, n, now, left int) (int, bool) {
	if w.breaks == len(vehicle.Breaks) {
		return 0, false
	}
	b := &vehicle.Breaks[w.breaks]
	if w.choices != nil {
		l := &w.choices[len(t.Stops)+1]
		if n >= int(l.taken) {
			return 0, false
		}
		return max(now, b.Windows[l.slots[n]].Open), true
	}
	for _, window := range b.Windows {
		if now <= window.LatestStart(b.Duration) {
			return max(now, window.Open), now+left >= window.Open
		}
	}
	if now > b.latest() && now+left > b.latest() { // too late: note it and go on
		t.MissedBreaks = append(t.MissedBreaks, Missed{w.breaks, now - b.latest()})
		w.breaks++
		return w.pauseAt(vehicle, t, n, now, left)
	}
	return 0, false
}

// choose returns when the service begins and how late that is.
func (w *teller) choose(x *Visit, k, now int) (begin, late int) {
	if w.begins != nil {
		return w.begins[k], 0
	}
	if len(x.Windows) == 0 {
		return now, 0
	}
	if w.choices != nil {
		return max(now, x.Windows[w.choices[k+1].window].Open), 0
	}
	for _, window := range x.Windows {
		if begin = max(now, window.Open); begin <= window.LatestStart(x.Service) {
			return begin, 0
		}
	}
	last := x.Windows[len(x.Windows)-1]
	begin = max(now, last.Open)
	return begin, begin - last.LatestStart(x.Service)
}

// close notes the breaks that are owed at the end of the day but were not taken.
func (w *teller) close(vehicle *Vehicle, t *Timetable) {
	for ; w.breaks < len(vehicle.Breaks); w.breaks++ {
		b := &vehicle.Breaks[w.breaks]
		if b.Always || t.End > b.latest() {
			t.MissedBreaks = append(t.MissedBreaks, Missed{w.breaks, max(t.End-b.latest(), 1)})
		}
	}
}
