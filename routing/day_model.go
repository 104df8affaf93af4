package routing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"beatplan/geo"
	"beatplan/routing/vrp"
)

const (
	maxShift     = 72 * time.Hour
	maxDayBreaks = 3
	maxPrize     = 10_000_000
	// before is how long before the shift the model's time begins, so that
	// windows that open earlier keep their length.
	before = 48 * time.Hour
)

// dayModel is a day as a routing problem of one vehicle; visit i is stop i.
type dayModel struct {
	day     DayProblem
	problem *vrp.Problem
	origin  time.Time
	reach   time.Duration // from origin: later times are cut to it
}

// dayReach is the reach of one day.
const dayReach = 2*before + 2*maxShift

// model asks for the matrix and states the problem.
func (p *Planner) model(ctx context.Context, d DayProblem) (*dayModel, error) {
	m := &dayModel{day: d, origin: d.Shift.Open.Add(-before), reach: dayReach}
	points := d.points()
	profile := vrp.Profile{Locations: max(len(points), 1), Duration: []int32{0}, Distance: []int32{0}}
	if len(points) > 0 {
		table, err := p.Roads.Matrix(ctx, points, points)
		if err != nil {
			return nil, fmt.Errorf("travel times of the day: %w", err)
		}
		profile.Duration, profile.Distance = table.Seconds, table.Meters
	}
	v := vrp.Vehicle{Start: vrp.Nowhere, End: vrp.Nowhere, Shift: m.window(d.Shift),
		Punctual: d.Locked > 0, PerSecond: perDrive, PerWait: perWait}
	next := len(d.Stops)
	if d.Start != nil {
		v.Start = next
		next++
	}
	if d.End != nil {
		v.End = next
	}
	for _, b := range d.Breaks {
		v.Breaks = append(v.Breaks, vrp.Break{Duration: seconds(b.Duration),
			Windows: []vrp.Window{m.window(b.Window)}})
	}
	q := &vrp.Problem{Profiles: []vrp.Profile{profile}}
	for i := range d.Stops {
		q.Visits = append(q.Visits, m.visit(i))
		switch s := &d.Stops[i]; {
		case i < d.Locked:
			v.Prefix = append(v.Prefix, i)
		case s.Position != nil:
			v.Pins = append(v.Pins, vrp.Pin{Visit: i, Position: *s.Position})
		}
	}
	q.Vehicles = []vrp.Vehicle{v}
	m.problem = q
	if err := q.Validate(); err != nil {
		return nil, ErrDayInvalid.Because(err)
	}
	return m, nil
}

// visit states stop i. Windows of stops that are driven already bind no more.
func (m *dayModel) visit(i int) vrp.Visit {
	s := &m.day.Stops[i]
	x := vrp.Visit{ID: s.ID, Location: i, Service: seconds(s.Service),
		Optional: s.Optional, Prize: int(s.Prize) * perDrive}
	if i < m.day.Locked {
		return x
	}
	for _, w := range s.Windows {
		if w != (Window{}) {
			x.Windows = append(x.Windows, m.window(w))
		}
	}
	slices.SortFunc(x.Windows, func(a, b vrp.Window) int { return a.Open - b.Open })
	merged := x.Windows[:0]
	for _, w := range x.Windows { // touching windows are one: a visit may span them
		if n := len(merged); n > 0 && w.Open <= merged[n-1].Close {
			merged[n-1].Close = max(merged[n-1].Close, w.Close)
			continue
		}
		merged = append(merged, w)
	}
	x.Windows = merged
	return x
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// window cuts w to the model's time. A bound that is the zero time is none.
func (m *dayModel) window(w Window) vrp.Window {
	cut := func(t time.Time) int {
		s := t.Sub(m.origin)
		return seconds(min(max(s, 0), m.reach))
	}
	out := vrp.Window{Open: cut(w.Open), Close: cut(w.Close)}
	if w.Close.IsZero() {
		out.Close = seconds(m.reach)
	}
	return out
}

func (m *dayModel) clock(s int) time.Time { return m.origin.Add(time.Duration(s) * time.Second) }

// today is the order handed in, pinned stops at their positions and stops that
// no road reaches left out.
func (m *dayModel) today() []int {
	var free, order []int
	at := map[int]int{}
	for _, pin := range m.problem.Vehicles[0].Pins {
		at[pin.Position] = pin.Visit
	}
	for i := range m.day.Stops {
		pinned := i >= m.day.Locked && m.day.Stops[i].Position != nil
		if !pinned && (i < m.day.Locked || m.reachable(i)) {
			free = append(free, i)
		}
	}
	for len(free) > 0 || len(at) > 0 {
		if i, ok := at[len(order)]; ok {
			delete(at, len(order))
			order = append(order, i)
			continue
		}
		if len(free) == 0 { // pins beyond the end: put them last, in order
			for k := range m.day.Stops {
				if i, ok := at[k]; ok {
					order = append(order, i)
				}
			}
			break
		}
		order, free = append(order, free[0]), free[1:]
	}
	return order
}

// reachable reports whether any road leads to stop i and away again.
func (m *dayModel) reachable(i int) bool {
	q := m.problem
	v := &q.Vehicles[0]
	there, away := v.Start == vrp.Nowhere, v.End == vrp.Nowhere
	for other := range q.Profiles[0].Locations {
		if other == i {
			continue
		}
		_, _, ok := q.Travel(0, other, i)
		there = there || ok
		_, _, ok = q.Travel(0, i, other)
		away = away || ok
	}
	return there && away
}

// capAtToday bounds driving, distance and duty by today's, when today's order is
// feasible and serves everybody it must and may.
func (m *dayModel) capAtToday(order []int) {
	for i := range m.day.Stops {
		if m.day.Stops[i].Optional {
			return
		}
	}
	if len(order) == 0 || len(m.locks(order)) > 0 {
		return
	}
	t := vrp.Schedule(m.problem, 0, order)
	if !t.Feasible() {
		return
	}
	v := &m.problem.Vehicles[0]
	v.MaxDrive, v.MaxDistance, v.MaxDuty = max(t.Drive, 1), max(t.Distance, 1), max(t.Duty(), 1)
}

// plan times an order and names what it breaks.
func (m *dayModel) plan(order []int) DayPlan {
	open := m.problem.Vehicles[0].Shift.Open
	out := DayPlan{Start: m.clock(open), End: m.clock(open)}
	if len(order) > 0 {
		t := vrp.Schedule(m.problem, 0, order)
		m.tell(&out, &t)
	}
	out.Violations = append(out.Violations, m.locks(order)...)
	out.Feasible = len(out.Violations) == 0
	return out
}

func (m *dayModel) tell(out *DayPlan, t *vrp.Timetable) {
	out.Start, out.End = m.clock(t.Start), m.clock(t.End)
	out.Drive, out.Service, out.Wait = span(t.Drive), span(t.Service), span(t.Wait)
	out.Distance = geo.Meters(t.Distance)
	out.Return = LegTotals{span(t.Travel), geo.Meters(t.Meters)}
	for _, s := range t.Stops {
		id := m.day.Stops[s.Visit].ID
		pause := 0
		for _, b := range t.Breaks {
			if b.Before == len(out.Stops) && b.Start >= s.Arrive {
				pause += b.End - b.Start
			}
		}
		out.Stops = append(out.Stops, PlannedStop{
			ID: id, Index: s.Visit, Arrive: m.clock(s.Arrive), Begin: m.clock(s.Begin),
			Depart: m.clock(s.End), Leg: LegTotals{span(s.Travel), geo.Meters(s.Meters)},
			Wait: span(s.Begin - s.Arrive - pause),
		})
		if s.Unreachable {
			out.Violations = append(out.Violations, Violation{Stop: id, Code: StopUnreachable})
		}
		if s.Late > 0 {
			out.Violations = append(out.Violations, Violation{id, LateForWindow, span(s.Late)})
		}
	}
	for _, b := range t.MissedBreaks {
		out.Violations = append(out.Violations, Violation{0, BreakMissed, span(b.By)})
	}
	if t.EndUnreachable {
		out.Violations = append(out.Violations, Violation{Code: EndUnreachable})
	}
	if t.ShiftLate > 0 {
		out.Violations = append(out.Violations, Violation{0, ShiftExceeded, span(t.ShiftLate)})
	}
}

func span(s int) time.Duration { return time.Duration(s) * time.Second }

// locks names required stops that are left out and locked stops that moved.
func (m *dayModel) locks(order []int) []Violation {
	var list []Violation
	for i := range m.day.Stops {
		if s := &m.day.Stops[i]; !s.Optional && !slices.Contains(order, i) {
			list = append(list, Violation{Stop: s.ID, Code: StopLeftOut})
		}
	}
	return append(list, m.moved(order)...)
}

// moved names locked stops that are not where they belong.
func (m *dayModel) moved(order []int) []Violation {
	var list []Violation
	for i := range m.day.Stops {
		s := &m.day.Stops[i]
		if !slices.Contains(order, i) && i >= m.day.Locked {
			continue
		}
		switch {
		case i < m.day.Locked && (i >= len(order) || order[i] != i):
			list = append(list, Violation{Stop: s.ID, Code: PrefixMoved})
		case s.Position != nil && (*s.Position >= len(order) || order[*s.Position] != i):
			list = append(list, Violation{Stop: s.ID, Code: LockMoved})
		}
	}
	return list
}
