package routing_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/routing"
)

// grid is a town whose streets run along the axes: a thousandth of a degree is a
// minute of driving and 600 m. Points west of −1 lie on an island.
type grid struct{}

func (grid) Matrix(_ context.Context, from, to []orb.Point) (routing.Matrix, error) {
	m := routing.Matrix{Sources: len(from), Targets: len(to)}
	for _, a := range from {
		for _, b := range to {
			d := int32(1000*(abs(a[0]-b[0])+abs(a[1]-b[1])) + 0.5)
			if (a[0] < -1) != (b[0] < -1) {
				m.Seconds = append(m.Seconds, routing.Unreachable)
				m.Meters = append(m.Meters, routing.Unreachable)
				continue
			}
			m.Seconds = append(m.Seconds, 60*d)
			m.Meters = append(m.Meters, 600*d)
		}
	}
	return m, nil
}

func abs(x float64) float64 { return max(x, -x) }

func at(hour, minute int) time.Time {
	return time.Date(2026, 11, 23, hour, minute, 0, 0, time.UTC)
}

func home() *orb.Point { return &orb.Point{0, 0} }

func stop(id int64, x, y float64) routing.Stop {
	return routing.Stop{ID: id, Point: orb.Point{x / 1000, y / 1000}, Service: 30 * time.Minute}
}

func ids(p routing.DayPlan) []int64 {
	var list []int64
	for _, s := range p.Stops {
		list = append(list, s.ID)
	}
	return list
}

func shift(d routing.DayProblem) routing.DayProblem {
	d.Shift = routing.Window{Open: at(8, 30), Close: at(17, 0)}
	return d
}

func planner() *routing.Planner { return routing.NewPlanner(grid{}) }

func optimise(t *testing.T, d routing.DayProblem) routing.DayPlan {
	t.Helper()
	p, err := planner().Optimise(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Three stops on a line, given in a silly order: ten minutes out, thirty back.
func TestDayOnALine(t *testing.T) {
	d := shift(routing.DayProblem{Start: home(), End: home(), Stops: []routing.Stop{
		stop(1, 20, 0), stop(2, 10, 0), stop(3, 30, 0)}})
	today, err := planner().Evaluate(t.Context(), d, nil)
	if err != nil || !today.Feasible || today.Drive != 80*time.Minute || today.Distance != 48_000 {
		t.Fatalf("today: %+v, %v", today, err)
	}
	best := optimise(t, d)
	if !best.Feasible || best.Drive != time.Hour || best.Distance != 36_000 ||
		best.Service != 90*time.Minute || best.Wait != 0 {
		t.Fatalf("best: %+v", best)
	}
	if best.Start != at(8, 30) || best.End != at(11, 0) {
		t.Fatalf("day is %v–%v", best.Start, best.End)
	}
	s := best.Stops[0]
	if s.Begin != s.Arrive || s.Depart != s.Begin.Add(30*time.Minute) || s.Leg.Duration == 0 {
		t.Fatalf("first stop: %+v", s)
	}
}

// The first customer opens at ten: the day starts later instead of waiting.
func TestDayLeavesLate(t *testing.T) {
	a := stop(1, 10, 0)
	a.Windows = []routing.Window{{Open: at(10, 0), Close: at(12, 0)}}
	d := shift(routing.DayProblem{Start: home(), End: home(), Stops: []routing.Stop{a}})
	best := optimise(t, d)
	if best.Start != at(9, 50) || best.Wait != 0 || best.End != at(10, 40) {
		t.Fatalf("%+v", best)
	}
}

// An order that breaks a window says which, and by how much.
func TestDayNamesWhatAnOrderBreaks(t *testing.T) {
	a, b := stop(1, 10, 0), stop(2, 20, 0)
	a.Windows = []routing.Window{{Open: at(8, 30), Close: at(9, 30)}}
	d := shift(routing.DayProblem{Start: home(), End: home(), Stops: []routing.Stop{a, b}})
	p, err := planner().Evaluate(t.Context(), d, []int{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	// 08:50 at b, 09:20 leave, 09:30 at a, done 10:00: half an hour late.
	want := []routing.Violation{{Stop: 1, Code: routing.LateForWindow, By: 30 * time.Minute}}
	if p.Feasible || !slices.Equal(p.Violations, want) {
		t.Fatalf("%+v", p)
	}
	if best := optimise(t, d); !best.Feasible || !slices.Equal(ids(best), []int64{1, 2}) {
		t.Fatalf("%+v", best)
	}
}

func TestDayExceedsTheShift(t *testing.T) {
	a := stop(1, 10, 0)
	a.Service = 9 * time.Hour
	d := shift(routing.DayProblem{Start: home(), End: home(), Stops: []routing.Stop{a}})
	p, _ := planner().Evaluate(t.Context(), d, nil)
	want := []routing.Violation{{Code: routing.ShiftExceeded, By: 50 * time.Minute}}
	if !slices.Equal(p.Violations, want) {
		t.Fatalf("%+v", p.Violations)
	}
	best := optimise(t, d)
	if len(best.Unserved) != 1 || !slices.Equal(best.Unserved[0].Reasons, []string{"shift"}) {
		t.Fatalf("%+v", best)
	}
	if best.Feasible || best.Violations[0].Code != routing.StopLeftOut {
		t.Fatalf("%+v", best.Violations)
	}
}

// A lunch of 45 minutes is taken on the road between 12:00 and 13:30.
func TestDayTakesItsBreak(t *testing.T) {
	d := shift(routing.DayProblem{Start: home(), End: home(), Stops: []routing.Stop{
		stop(1, 100, 0), stop(2, 200, 0)},
		Breaks: []routing.Break{{Duration: 45 * time.Minute,
			Window: routing.Window{Open: at(12, 0), Close: at(13, 30)}}}})
	p := optimise(t, d)
	// 400 min of driving, 60 of service, 45 of lunch: 505 of the shift's 510.
	if !p.Feasible || p.End.Sub(p.Start) != 505*time.Minute || p.Wait != 0 {
		t.Fatalf("%+v", p)
	}
}

func TestDayKeepsLocks(t *testing.T) {
	last := 3
	d := shift(routing.DayProblem{Start: home(), End: home(), Locked: 2, Stops: []routing.Stop{
		stop(1, 30, 0), stop(2, 5, 0), stop(3, 20, 0), stop(4, 10, 0), stop(5, 25, 0)}})
	d.Stops[2].Position = &last
	p := optimise(t, d)
	if got := ids(p); got[0] != 1 || got[1] != 2 || got[3] != 3 || !p.Feasible {
		t.Fatalf("%v %+v", got, p.Violations)
	}
	bad, _ := planner().Evaluate(t.Context(), d, []int{1, 0, 2, 3, 4})
	codes := map[string]int{}
	for _, v := range bad.Violations {
		codes[v.Code]++
	}
	if codes[routing.PrefixMoved] != 2 || codes[routing.LockMoved] != 1 {
		t.Fatalf("%+v", bad.Violations)
	}
}

// An overdue customer around the corner is visited, one far away is not.
func TestDayTakesWhatPays(t *testing.T) {
	near, far := stop(2, 11, 0), stop(3, 90, 0)
	near.Optional, near.Prize = true, 1800
	far.Optional, far.Prize = true, 1800
	d := shift(routing.DayProblem{Start: home(), End: home(),
		Stops: []routing.Stop{stop(1, 10, 0), near, far}})
	p := optimise(t, d)
	if len(p.Stops) != 2 || len(p.Unserved) != 1 || p.Unserved[0].ID != 3 ||
		!slices.Equal(p.Unserved[0].Reasons, []string{"prize_too_low"}) || !p.Feasible {
		t.Fatalf("%+v", p)
	}
}

func TestDayReachesNoIsland(t *testing.T) {
	d := shift(routing.DayProblem{Start: home(), End: home(),
		Stops: []routing.Stop{stop(1, 10, 0), stop(2, -2000, 0)}})
	p := optimise(t, d)
	if len(p.Unserved) != 1 || !slices.Equal(p.Unserved[0].Reasons, []string{"unreachable"}) {
		t.Fatalf("%+v", p)
	}
	today, _ := planner().Evaluate(t.Context(), d, nil)
	if today.Feasible || today.Violations[0].Code != routing.StopUnreachable {
		t.Fatalf("%+v", today.Violations)
	}
}

func TestDayWithoutStopsOrEnds(t *testing.T) {
	p := optimise(t, shift(routing.DayProblem{Start: home(), End: home()}))
	if !p.Feasible || len(p.Stops) != 0 || p.Drive != 0 || p.Start != at(8, 30) {
		t.Fatalf("%+v", p)
	}
	p = optimise(t, shift(routing.DayProblem{Stops: []routing.Stop{stop(1, 9, 0), stop(2, 5, 0), stop(3, 7, 0)}}))
	if !p.Feasible || p.Drive != 4*time.Minute {
		t.Fatalf("%+v", p)
	}
}

func TestDayRefusesNonsense(t *testing.T) {
	wrong := 7
	cases := map[string]func(*routing.DayProblem){
		"shift":             func(d *routing.DayProblem) { d.Shift = routing.Window{} },
		"locked":            func(d *routing.DayProblem) { d.Locked = 9 },
		"stops[0].service":  func(d *routing.DayProblem) { d.Stops[0].Service = -time.Second },
		"stops[0].position": func(d *routing.DayProblem) { d.Stops[0].Position = &wrong },
		"stops[0].prize":    func(d *routing.DayProblem) { d.Stops[0].Prize = -1 },
		"stops[1].id":       func(d *routing.DayProblem) { d.Stops[1].ID = 1 },
		"stops[0].windows": func(d *routing.DayProblem) {
			d.Stops[0].Windows = []routing.Window{{Open: at(12, 0), Close: at(11, 0)}}
		},
		"breaks[0]": func(d *routing.DayProblem) {
			d.Breaks = []routing.Break{{Duration: time.Hour}}
		},
	}
	for path, spoil := range cases {
		d := shift(routing.DayProblem{Stops: []routing.Stop{stop(1, 1, 0), stop(2, 2, 0)}})
		spoil(&d)
		_, err := planner().Optimise(t.Context(), d)
		if !errors.Is(err, routing.ErrDayInvalid) || fail.As(err).Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	d := shift(routing.DayProblem{Stops: []routing.Stop{stop(1, 1, 0)}})
	if _, err := planner().Evaluate(t.Context(), d, []int{0, 0}); !errors.Is(err, routing.ErrDayInvalid) {
		t.Errorf("order twice: %v", err)
	}
}

// Best is never worse than today, in time, in distance and in the length of the
// day, whenever today's order is feasible.
//
// feature: Y26
func TestDayIsNeverWorseThanToday(t *testing.T) {
	tried := 0
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 11))
		d := shift(routing.DayProblem{Start: home(), End: home()})
		for i := range 2 + r.IntN(14) {
			s := stop(int64(i), float64(r.IntN(14)), float64(r.IntN(14)))
			s.Service = 10 * time.Minute
			if r.IntN(3) == 0 {
				s.Windows = []routing.Window{{Open: at(8, 0), Close: at(9+r.IntN(8), 0)}}
			}
			d.Stops = append(d.Stops, s)
		}
		d.Locked = r.IntN(2)
		today, err := planner().Evaluate(t.Context(), d, nil)
		if err != nil {
			t.Fatal(err)
		}
		best := optimise(t, d)
		checkPlan(t, d, best)
		if !today.Feasible {
			continue
		}
		tried++
		if !best.Feasible || best.Drive > today.Drive || best.Distance > today.Distance ||
			best.End.Sub(best.Start) > today.End.Sub(today.Start) {
			t.Fatalf("seed %d: today %v %v, best %v %v (%v)", seed, today.Drive, today.Distance,
				best.Drive, best.Distance, best.Violations)
		}
	}
	if tried < 30 {
		t.Fatalf("only %d feasible days", tried)
	}
}

// checkPlan adds the plan up from its parts.
func checkPlan(t *testing.T, d routing.DayProblem, p routing.DayPlan) {
	t.Helper()
	drive, distance, service, wait := p.Return.Duration, p.Return.Distance, time.Duration(0), time.Duration(0)
	now := p.Start
	for _, s := range p.Stops {
		if s.Arrive.Sub(now) != s.Leg.Duration || s.Begin.Sub(s.Arrive) != s.Wait ||
			s.Depart.Sub(s.Begin) != d.Stops[s.Index].Service || d.Stops[s.Index].ID != s.ID {
			t.Fatalf("stop %d does not follow: %+v after %v", s.ID, s, now)
		}
		drive, distance, now = drive+s.Leg.Duration, distance+s.Leg.Distance, s.Depart
		service, wait = service+s.Depart.Sub(s.Begin), wait+s.Wait
	}
	if p.End.Sub(now) != p.Return.Duration || drive != p.Drive || service != p.Service ||
		wait != p.Wait || distance != geo.Meters(p.Distance) {
		t.Fatalf("totals do not add up: %+v", p)
	}
}
