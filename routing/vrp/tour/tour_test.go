package tour_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
	"beatplan/routing/vrp/tour"
)

// kindOfDay says what a random day has.
type kindOfDay struct {
	visits             int
	windows, breaks    bool
	several            bool // windows a visit
	optional           bool
	prefix, pins       bool
	limits, asymmetric bool
}

// side is that of a square in which the visits fit into a day, in seconds.
func (k kindOfDay) side() int { return 600 + 12_000/(k.visits+2) }

// randomDay draws customers in a square, as seconds.
func randomDay(r *rand.Rand, k kindOfDay) *vrp.Problem {
	n := k.visits
	size := n + 1
	x, y := make([]int, size), make([]int, size)
	for i := range size {
		x[i], y[i] = r.IntN(k.side()), r.IntN(k.side())
	}
	m := vrp.Profile{Locations: size}
	for i := range size {
		for j := range size {
			d := abs(x[i]-x[j]) + abs(y[i]-y[j])
			if k.asymmetric && i != j {
				d += r.IntN(d/4 + 60)
			}
			m.Duration = append(m.Duration, int32(d))
			m.Distance = append(m.Distance, int32(d*12))
		}
	}
	v := vrp.Vehicle{Start: n, End: n, Shift: vrp.Window{Open: 8 * 3600, Close: 18 * 3600},
		PerSecond: 4, PerWait: 1}
	p := &vrp.Problem{Profiles: []vrp.Profile{m}}
	for i := range n {
		service := 240 + 60*r.IntN(180/(n+5))
		visit := vrp.Visit{ID: int64(i), Location: i, Service: service}
		if k.windows && r.IntN(3) > 0 {
			open := 8*3600 + 900*r.IntN(28)
			visit.Windows = []vrp.Window{{Open: open, Close: open + service + 900*(1+r.IntN(12))}}
			if k.several && r.IntN(2) == 0 {
				next := visit.Windows[0].Close + 900*(1+r.IntN(6))
				visit.Windows = append(visit.Windows,
					vrp.Window{Open: next, Close: next + service + 900*r.IntN(8)})
			}
		}
		if k.optional && r.IntN(2) == 0 {
			visit.Optional, visit.Prize = true, 4*r.IntN(3000)
		}
		p.Visits = append(p.Visits, visit)
	}
	if k.breaks {
		v.Breaks = []vrp.Break{{Duration: 2700,
			Windows: []vrp.Window{{Open: 41400, Close: 41400 + 2700 + 900*r.IntN(8)}}}}
	}
	if k.limits {
		v.MaxDuty, v.MaxDistance = 4*3600+1800*r.IntN(10), 60_000+r.IntN(120_000)
	}
	if k.prefix {
		for i := range r.IntN(min(3, n)) {
			v.Prefix = append(v.Prefix, i)
		}
	}
	if k.pins && n > len(v.Prefix)+1 {
		at := len(v.Prefix) + r.IntN(n-len(v.Prefix))
		v.Pins = []vrp.Pin{{Visit: at, Position: at}}
	}
	p.Vehicles = []vrp.Vehicle{v}
	return p
}

func abs(x int) int { return max(x, -x) }

// worth is what the search promises to minimise, computed from the outside:
// required visits left out, then cost.
type worth struct{ left, cost int }

func (a worth) less(b worth) bool {
	return a.left < b.left || a.left == b.left && a.cost < b.cost
}

func valueOf(t *testing.T, p *vrp.Problem, route []int) (worth, bool) {
	v := &p.Vehicles[0]
	times := vrp.Schedule(p, 0, route)
	if !times.Feasible() || v.MaxDuty > 0 && times.Duty() > v.MaxDuty ||
		v.MaxDistance > 0 && times.Distance > v.MaxDistance {
		return worth{}, false
	}
	for _, pin := range v.Pins {
		if pin.Position >= len(route) || route[pin.Position] != pin.Visit {
			return worth{}, false
		}
	}
	cost, _ := vrp.Evaluate(p, vrp.Solution{Routes: [][]int{route}})
	w := worth{cost: cost.Total()}
	for i := range p.Visits {
		if !p.Visits[i].Optional && !slices.Contains(route, i) {
			w.left++
		}
	}
	return w, true
}

// enumerate tries every subset in every order.
func enumerate(t *testing.T, p *vrp.Problem) (best worth, found bool) {
	var route []int
	used := make([]bool, len(p.Visits))
	for _, i := range p.Vehicles[0].Prefix {
		route = append(route, i)
		used[i] = true
	}
	var grow func()
	grow = func() {
		if w, ok := valueOf(t, p, route); ok && (!found || w.less(best)) {
			best, found = w, true
		}
		for i := range p.Visits {
			if !used[i] {
				used[i] = true
				route = append(route, i)
				grow()
				route = route[:len(route)-1]
				used[i] = false
			}
		}
	}
	grow()
	return best, found
}

func all(p *vrp.Problem) []int {
	order := make([]int, len(p.Visits))
	for i := range order {
		order[i] = i
	}
	return order
}

// TestSolveEqualsEnumeration compares with all orders of all subsets.
func TestSolveEqualsEnumeration(t *testing.T) {
	wrong, tried := 0, 0
	for seed := range uint64(700) {
		r := rand.New(rand.NewPCG(seed, 2))
		bit := func() bool { return r.IntN(2) == 0 }
		p := randomDay(r, kindOfDay{visits: 1 + r.IntN(5), windows: bit(), breaks: bit(), several: bit(),
			optional: bit(), prefix: r.IntN(4) == 0, pins: r.IntN(4) == 0, limits: bit(), asymmetric: bit()})
		want, found := enumerate(t, p)
		res := tour.Solve(context.Background(), p, 0, all(p), tour.Options{Seed: seed})
		got, ok := valueOf(t, p, res.Route)
		if len(res.Route) == 0 && found && want.left == 0 && want.cost == 0 {
			continue
		}
		if ok != res.Feasible && len(res.Route) > 0 {
			t.Fatalf("seed %d: feasible %v, truly %v", seed, res.Feasible, ok)
		}
		if !found {
			continue
		}
		tried++
		if !ok || want.less(got) {
			wrong++
			t.Errorf("seed %d: got %+v (%v), want %+v, route %v, vehicle %+v", seed, got, ok, want, res.Route, p.Vehicles[0])
		}
		if ok {
			verify(t, p, res.Route)
		}
		if wrong > 5 {
			t.FailNow()
		}
	}
	t.Logf("%d days", tried)
	if tried < 400 {
		t.Fatalf("only %d feasible days", tried)
	}
}

// verify hands the plan to the independent checker, required visits excused.
func verify(t *testing.T, p *vrp.Problem, route []int) {
	t.Helper()
	q := *p
	q.Visits = slices.Clone(p.Visits)
	for i := range q.Visits {
		if !slices.Contains(route, i) && !q.Visits[i].Optional {
			q.Visits[i].Optional, q.Visits[i].Prize = true, 0
		}
	}
	s := vrp.Solution{Routes: [][]int{route}}
	cost, _ := vrp.Evaluate(&q, s)
	plan := check.Plan{Solution: s, Times: []vrp.Timetable{vrp.Schedule(&q, 0, route)}, Cost: cost}
	if faults := check.Faults(&q, plan); len(faults) > 0 {
		t.Fatalf("%v", faults)
	}
}

func TestSolveIsNeverWorseThanToday(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		p := randomDay(r, kindOfDay{visits: 12 + r.IntN(20), asymmetric: true, breaks: seed%2 == 0})
		today := r.Perm(len(p.Visits))
		p.Vehicles[0].Shift.Close = 24 * 3600
		before, ok := valueOf(t, p, today)
		if !ok {
			continue
		}
		res := tour.Solve(context.Background(), p, 0, today, tour.Options{Iterations: 1})
		after, ok := valueOf(t, p, res.Route)
		if !ok || before.less(after) {
			t.Fatalf("seed %d: from %+v to %+v (%v)", seed, before, after, ok)
		}
	}
}

func TestSolveIsDeterministic(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	p := randomDay(r, kindOfDay{visits: 25, windows: true, optional: true})
	a := tour.Solve(context.Background(), p, 0, all(p), tour.Options{Seed: 9})
	b := tour.Solve(context.Background(), p, 0, all(p), tour.Options{Seed: 9})
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("%+v\n%+v", a, b)
	}
}

func BenchmarkSolve(b *testing.B) {
	for k := range 8 {
		n, rich := []int{12, 20, 30, 40}[k%4], k >= 4
		b.Run(fmt.Sprintf("%d,breaks=%v", n, rich), func(b *testing.B) {
			r := rand.New(rand.NewPCG(uint64(n), 3))
			p := randomDay(r, kindOfDay{visits: n, windows: true, asymmetric: true, several: rich, breaks: rich})
			p.Vehicles[0].Shift.Close = 20 * 3600
			for b.Loop() {
				tour.Solve(context.Background(), p, 0, all(p), tour.Options{Seed: 1})
			}
		})
	}
}
