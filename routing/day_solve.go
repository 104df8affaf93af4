package routing

import (
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/insertion"
	"beatplan/routing/vrp/search"
	"beatplan/routing/vrp/tour"
)

// Prices of the day's objective: driving counts four times as much as waiting.
const (
	perDrive = 4
	perWait  = 1
	// secondRounds bounds the second opinion: some 0.1 s.
	secondRounds = 1500
)

// Evaluate times the stops of d in the given order, as it is: order holds
// indexes into d.Stops and may leave some out; nil means today's order.
// A rule that the order breaks is named in Violations, never an error.
// It fails with ErrDayInvalid or with what Roads answers.
func (p *Planner) Evaluate(ctx context.Context, d DayProblem, order []int) (DayPlan, error) {
	if err := checkDay(d, order); err != nil {
		return DayPlan{}, err
	}
	if order == nil {
		order = counting(len(d.Stops))
	}
	m, err := p.model(ctx, d)
	if err != nil {
		return DayPlan{}, err
	}
	return m.plan(order), nil
}

// Optimise returns the order that drives least, waiting counting a quarter.
//
// Stops driven already and stops with a position stay where they are. An
// optional stop is left out when it costs more than its prize, a required one
// only when no order holds with it; both are in Unserved with reasons that were
// proven by trying every insertion. If today's order is feasible and has no
// optional stop, the answer is feasible and neither drives longer, nor farther,
// nor takes longer in all. The same day always gets the same answer.
// It fails with ErrDayInvalid or with what Roads answers.
func (p *Planner) Optimise(ctx context.Context, d DayProblem) (DayPlan, error) {
	if err := checkDay(d, nil); err != nil {
		return DayPlan{}, err
	}
	m, err := p.model(ctx, d)
	if err != nil {
		return DayPlan{}, err
	}
	today := m.today()
	m.capAtToday(counting(len(d.Stops)))
	found := tour.Solve(ctx, m.problem, 0, today, tour.Options{Seed: 1})
	route, err := m.secondOpinion(ctx, found)
	if err != nil {
		return DayPlan{}, err
	}
	route = m.fill(route)
	plan := m.plan(route)
	solution := vrp.Solution{Routes: [][]int{route}}
	for i := range d.Stops {
		if slices.Contains(route, i) {
			continue
		}
		u := Unserved{ID: d.Stops[i].ID}
		for _, r := range insertion.Explain(m.problem, solution, i) {
			u.Reasons = append(u.Reasons, string(r))
		}
		plan.Unserved = append(plan.Unserved, u)
	}
	return plan, nil
}

// secondOpinion asks the fleet's search when required stops were left out: it
// knows every window exactly and is slower. The order that serves more of them
// wins, then the cheaper one.
func (m *dayModel) secondOpinion(ctx context.Context, found tour.Result) ([]int, error) {
	first := m.required(found.Route)
	most := 0
	for i := range m.day.Stops {
		if !m.day.Stops[i].Optional && m.reachable(i) {
			most++
		}
	}
	if first == most && found.Feasible {
		return found.Route, nil
	}
	other, err := search.Solve(ctx, m.problem,
		search.Options{Seed: 1, Iterations: secondRounds, Threads: 1})
	if err != nil {
		return nil, ErrDayInvalid.Because(err)
	}
	route := other.Solution.Routes[0]
	cost, feasible := vrp.Evaluate(m.problem, other.Solution)
	if !feasible || len(m.moved(route)) > 0 {
		return found.Route, nil
	}
	second := m.required(route)
	if !found.Feasible || second > first {
		return route, nil
	}
	mine, _ := vrp.Evaluate(m.problem, vrp.Solution{Routes: [][]int{found.Route}})
	if second == first && cost.Total() < mine.Total() {
		return route, nil
	}
	return found.Route, nil
}

// required counts the required stops of a route.
func (m *dayModel) required(route []int) int {
	n := 0
	for _, i := range route {
		if !m.day.Stops[i].Optional {
			n++
		}
	}
	return n
}

// fill inserts what was left out and fits after all, so that every reason given
// for the rest is true of the final order.
func (m *dayModel) fill(route []int) []int {
	for i := range m.day.Stops {
		if slices.Contains(route, i) {
			continue
		}
		s := vrp.Solution{Routes: [][]int{route}}
		x := &m.problem.Visits[i]
		slots := insertion.Slots(m.problem, s, i, 1)
		if len(slots) > 0 && (!x.Optional || slots[0].Added < x.Prize) {
			route = slices.Insert(slices.Clone(route), slots[0].Position, i)
		}
	}
	return route
}

func counting(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// checkDay refuses what cannot be a day, field by field.
func checkDay(d DayProblem, order []int) error {
	bad := ErrDayInvalid
	fault := func(code, text, path string, args ...any) {
		bad = bad.WithField(fmt.Sprintf(path, args...), code, text)
	}
	if d.Shift.Open.IsZero() || !d.Shift.Close.After(d.Shift.Open) ||
		d.Shift.Close.Sub(d.Shift.Open) > maxShift {
		fault("range", "a shift ends after it begins, within three days", "shift")
	}
	if len(d.Stops) > MaxDayStops {
		fault("size", fmt.Sprintf("at most %d stops a day", MaxDayStops), "stops")
		return bad
	}
	if d.Locked < 0 || d.Locked > len(d.Stops) {
		fault("range", "there are not so many stops", "locked")
	}
	if len(d.Breaks) > maxDayBreaks {
		fault("size", "too many breaks", "breaks")
	}
	for k, b := range d.Breaks {
		if b.Duration < 0 || b.Window.Close.Sub(b.Window.Open) < b.Duration {
			fault("range", "the break does not fit into its window", "breaks[%d]", k)
		}
	}
	checkStops(d, "stops", fault)
	seen := make([]bool, len(d.Stops))
	for k, i := range order {
		if i < 0 || i >= len(d.Stops) || seen[i] {
			fault("unknown", "no such stop, or given twice", "order[%d]", k)
			continue
		}
		seen[i] = true
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// checkStops refuses stops that cannot be; list is their name in field paths.
func checkStops(d DayProblem, list string, fault func(code, text, path string, args ...any)) {
	ids, taken := map[int64]bool{}, map[int]bool{}
	for i, s := range d.Stops {
		if ids[s.ID] {
			fault("duplicate", "the same stop twice", "%s[%d].id", list, i)
		}
		ids[s.ID] = true
		if s.Service < 0 || s.Service > maxShift {
			fault("range", "the time spent is negative or too long", "%s[%d].service", list, i)
		}
		if s.Prize < 0 || s.Prize > maxPrize {
			fault("range", "the prize is negative or too large", "%s[%d].prize", list, i)
		}
		if len(s.Windows) > vrp.MaxWindows {
			fault("size", "too many windows", "%s[%d].windows", list, i)
		}
		for _, w := range s.Windows {
			if w.Close.Before(w.Open) {
				fault("order", "the window closes before it opens", "%s[%d].windows", list, i)
			}
		}
		if q := s.Position; q != nil {
			if *q < 0 || *q >= len(d.Stops) || taken[*q] || *q < d.Locked && *q != i {
				fault("range", "the position is taken or does not exist", "%s[%d].position", list, i)
			}
			taken[*q] = true
		}
	}
}

// points are the places of a day: its stops, its start, its end.
func (d *DayProblem) points() []orb.Point {
	list := make([]orb.Point, 0, len(d.Stops)+2)
	for i := range d.Stops {
		list = append(list, d.Stops[i].Point)
	}
	if d.Start != nil {
		list = append(list, *d.Start)
	}
	if d.End != nil {
		list = append(list, *d.End)
	}
	return list
}
