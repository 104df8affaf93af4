package search_test

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/search"
)

// enumeration finds the optimum by trying every order of every set of visits for
// every vehicle, then every way to deal the visits out. It shares no code with the
// search but the exact times of one route, which have an enumeration of their own.
// It knows every rule and price. Compactness ties two routes together: with it, every
// order of every set is kept, and counted by means of its own.
type enumeration struct {
	p     *vrp.Problem
	pair  map[int]int   // the other visit of a pair
	after map[int][]int // visits that stand before it when in the same route
	days  [][][]day     // by vehicle and set: each duty with its cheapest order
	route []int
}

// day is one order of a set of visits.
type day struct {
	duty, cost int
	route      []int
}

func newEnumeration(p *vrp.Problem) *enumeration {
	e := &enumeration{p: p, pair: map[int]int{}, after: map[int][]int{}}
	for _, x := range p.Pairs {
		e.pair[x.Pickup], e.pair[x.Delivery] = x.Delivery, x.Pickup
		e.after[x.Delivery] = append(e.after[x.Delivery], x.Pickup)
	}
	for _, o := range p.Orders {
		e.after[o.Then] = append(e.after[o.Then], o.First)
	}
	for v := range p.Vehicles {
		e.days = append(e.days, make([][]day, 1<<len(p.Visits)))
		e.days[v][0] = []day{{}}
		if len(p.Vehicles[v].Prefix)+len(p.Vehicles[v].Pins) > 0 {
			e.days[v][0] = nil
		}
		e.route = e.route[:0]
		e.grow(v, 0, p.Vehicles[v].Shift.Open)
	}
	return e
}

// grow appends every visit to the route that may still follow; now is a moment
// before which the last one cannot be done.
func (e *enumeration) grow(v, set, now int) {
	if len(e.route) > 0 {
		e.note(v, set)
	}
	x := &e.p.Vehicles[v]
	if x.MaxStops > 0 && len(e.route) == x.MaxStops {
		return
	}
	k, place := len(e.route), x.Start
	if k > 0 {
		place = e.p.Visits[e.route[k-1]].Location
	}
	for i := range e.p.Visits {
		if set>>i&1 > 0 || !e.mayFollow(v, i, set, k) {
			continue
		}
		seconds, _, ok := e.p.Travel(v, place, e.p.Visits[i].Location)
		done := e.done(i, now+seconds)
		if !ok || done > x.Shift.Close {
			continue
		}
		e.route = append(e.route, i)
		e.grow(v, set|1<<i, done)
		e.route = e.route[:k]
	}
}

// done is the earliest end of a visit that begins at or after that moment.
func (e *enumeration) done(i, now int) int {
	visit := &e.p.Visits[i]
	if len(visit.Windows) == 0 {
		return now + visit.Service
	}
	for _, w := range visit.Windows {
		if max(now, w.Open)+visit.Service <= w.Close {
			return max(now, w.Open) + visit.Service
		}
	}
	return 1 << 40
}

// mayFollow asks the rules that need no times: lists, skills, locks, precedence.
func (e *enumeration) mayFollow(v, i, set, k int) bool {
	for w := range e.p.Vehicles {
		x := &e.p.Vehicles[w]
		if at := slices.Index(x.Prefix, i); at >= 0 && (w != v || at != k) {
			return false
		}
		if w == v && k < len(x.Prefix) && x.Prefix[k] != i {
			return false
		}
		for _, pin := range x.Pins {
			if (pin.Visit == i) != (w == v && pin.Position == k) && (pin.Visit == i || w == v && pin.Position == k) {
				return false
			}
		}
	}
	visit := &e.p.Visits[i]
	if visit.Allowed != nil && !slices.Contains(visit.Allowed, v) || slices.Contains(visit.Forbidden, v) {
		return false
	}
	for _, s := range visit.Skills {
		if !slices.Contains(e.p.Vehicles[v].Skills, s) {
			return false
		}
	}
	for then, list := range e.after {
		if set>>then&1 > 0 && slices.Contains(list, i) {
			return false
		}
	}
	return true
}

// note keeps the present route when it is allowed and the cheapest of its duty.
func (e *enumeration) note(v, set int) {
	x := &e.p.Vehicles[v]
	for _, pin := range x.Pins {
		if pin.Position >= len(e.route) {
			return
		}
	}
	for i := range e.p.Visits {
		if other, ok := e.pair[i]; ok && set>>i&1 > 0 && set>>other&1 == 0 {
			return
		}
	}
	if len(e.route) < len(x.Prefix) || !e.carried(v) {
		return
	}
	t := vrp.Schedule(e.p, v, e.route)
	duty := t.End - t.Start
	over := func(value, bound int) bool { return bound > 0 && value > bound }
	if !t.Feasible() || over(duty, x.MaxDuty) || over(t.Drive, x.MaxDrive) ||
		over(t.Distance, x.MaxDistance) || over(duty, e.p.Balance.MaxDuty) || duty < e.p.Balance.MinDuty {
		return
	}
	cost := x.Fixed + x.PerMeter*t.Distance + x.PerSecond*t.Drive + x.PerWait*t.Wait + x.PerDuty*duty
	for _, s := range t.Stops {
		if wish := e.p.Visits[s.Visit].Preferred; wish != nil {
			cost += wish.PerEarly*max(wish.Open-s.Begin, 0) + wish.PerLate*max(s.End-wish.Close, 0)
		}
		if e.p.Previous != nil && e.p.Previous[s.Visit] >= 0 && e.p.Previous[s.Visit] != v {
			cost += e.p.PerChange
		}
	}
	list := e.days[v][set]
	at := slices.IndexFunc(list, func(d day) bool {
		return e.p.Compact == (vrp.Compact{}) && (d.duty == duty || e.p.Balance.PerSecond == 0)
	})
	switch {
	case at < 0:
		e.days[v][set] = append(list, day{duty, cost, slices.Clone(e.route)})
	case cost < list[at].cost:
		list[at] = day{duty, cost, slices.Clone(e.route)}
	}
}

// carried follows the loads from stop to stop.
func (e *enumeration) carried(v int) bool {
	entry := func(list []int, d int) int {
		if d < len(list) {
			return list[d]
		}
		return 0
	}
	for d, capacity := range e.p.Vehicles[v].Capacity {
		load := 0
		for _, i := range e.route {
			load += entry(e.p.Visits[i].Delivery, d)
		}
		most := load
		for _, i := range e.route {
			load += entry(e.p.Visits[i].Pickup, d) - entry(e.p.Visits[i].Delivery, d)
			for _, pair := range e.p.Pairs {
				if pair.Pickup == i {
					load += entry(pair.Amount, d)
				} else if pair.Delivery == i {
					load -= entry(pair.Amount, d)
				}
			}
			most = max(most, load)
		}
		if most > capacity {
			return false
		}
	}
	return true
}

// best deals the visits out to the vehicles; ok is false when no plan is allowed.
func (e *enumeration) best() (cost int, plan vrp.Solution, ok bool) {
	cost = 1 << 60
	chosen, rest := make([][]int, len(e.p.Vehicles)), e.rests()
	var deal func(v, left, sum, low, high int)
	deal = func(v, left, sum, low, high int) {
		if sum+rest[v][left] >= cost {
			return
		}
		if v == len(e.p.Vehicles) {
			prizes, allowed := e.forgone(left)
			sum += prizes
			if high > 0 {
				sum += e.p.Balance.PerSecond * (high - low)
			}
			if allowed && sum < cost {
				cost, ok = sum, true
				plan = vrp.Solution{Routes: slices.Clone(chosen)}
			}
			return
		}
		for set := left; ; set = (set - 1) & left {
			for _, d := range e.days[v][set] {
				chosen[v] = d.route
				if set == 0 {
					deal(v+1, left, sum, low, high)
				} else if sum+d.cost+rest[v+1][left&^set] < cost {
					deal(v+1, left&^set, sum+d.cost+e.tangled(chosen[:v+1]), min(low, d.duty), max(high, d.duty))
				}
			}
			if set == 0 {
				return
			}
		}
	}
	deal(0, 1<<len(e.p.Visits)-1, 0, 1<<60, 0)
	return cost, plan, ok
}

// rests are what the vehicles from each on cost at least for the visits left to them.
func (e *enumeration) rests() [][]int {
	sets := 1 << len(e.p.Visits)
	rest := make([][]int, len(e.p.Vehicles)+1)
	last := make([]int, sets)
	for left := range last {
		if prizes, allowed := e.forgone(left); allowed {
			last[left] = prizes
		} else {
			last[left] = 1 << 60
		}
	}
	rest[len(e.p.Vehicles)] = last
	for v := len(e.p.Vehicles) - 1; v >= 0; v-- {
		rest[v] = make([]int, sets)
		cheapest := make([]int, sets)
		for set := range sets {
			cheapest[set] = 1 << 60
			for _, d := range e.days[v][set] {
				cheapest[set] = min(cheapest[set], d.cost)
			}
		}
		for left := range sets {
			rest[v][left] = 1 << 60
			for set := left; ; set = (set - 1) & left {
				if cheapest[set] < 1<<60 {
					rest[v][left] = min(rest[v][left], cheapest[set]+rest[v+1][left&^set])
				}
				if set == 0 {
					break
				}
			}
		}
	}
	return rest
}

// forgone is the price of leaving out a set of visits, if that is allowed.
func (e *enumeration) forgone(left int) (prizes int, allowed bool) {
	alone := left
	for _, g := range e.p.Groups {
		set, largest := 0, 0
		for _, i := range g.Visits {
			set |= 1 << i
			largest = max(largest, e.p.Visits[i].Prize)
		}
		alone &^= set
		switch served := bits.OnesCount(uint(set &^ left)); {
		case served > 1 || served == 0 && g.Required:
			return 0, false
		case served == 0:
			prizes += largest
		}
	}
	for _, x := range e.p.Patterns {
		set, whole := 0, false
		for _, i := range x.Visits() {
			set |= 1 << i
		}
		alone &^= set
		for _, option := range x.Options {
			mask := 0
			for _, i := range option {
				mask |= 1 << i
			}
			whole = whole || set&^left == mask
		}
		if set&^left == 0 && x.Optional {
			prizes += x.Prize
		} else if !whole {
			return 0, false
		}
	}
	for i := range e.p.Visits {
		if alone>>i&1 > 0 {
			if !e.p.Visits[i].Optional {
				return 0, false
			}
			prizes += e.p.Visits[i].Prize
		}
	}
	return prizes, true
}

// eight draws up to eight visits and three vehicles, several rules at once.
func eight(r *rand.Rand) *vrp.Problem {
	n, m := 6+r.IntN(3), 1+r.IntN(3)
	size := n + 2
	p := &vrp.Problem{}
	table := vrp.Profile{Locations: size}
	for i := range size * size {
		d := int32(0)
		if i%size != i/size {
			d = int32(5 + r.IntN(40))
		}
		table.Duration, table.Distance = append(table.Duration, d), append(table.Distance, 2*d)
	}
	p.Profiles = []vrp.Profile{table}
	for range m {
		x := smallVehicle(r, n)
		x.Capacity = []int{6 + r.IntN(10)}
		if r.IntN(3) == 0 {
			open := 60 + r.IntN(60)
			x.Breaks = []vrp.Break{{Duration: 10 + r.IntN(20), Always: r.IntN(2) == 0,
				Windows: []vrp.Window{{Open: open, Close: open + 40 + r.IntN(60)}}}}
		}
		p.Vehicles = append(p.Vehicles, x)
	}
	for i := range n {
		x := smallVisit(r, i, m)
		x.Optional = x.Optional || r.IntN(3) == 0
		p.Visits = append(p.Visits, x)
	}
	eightRules(r, p)
	return p
}

// eightRules adds alternatives, locks, bounds and prices, each in a share of cases.
func eightRules(r *rand.Rand, p *vrp.Problem) {
	n, m := len(p.Visits), len(p.Vehicles)
	if r.IntN(3) == 0 {
		p.Groups = append(p.Groups, vrp.Group{Visits: []int{0, 1, 2}[:2+r.IntN(2)], Required: r.IntN(2) == 0})
	}
	switch r.IntN(4) { // locks
	case 0:
		p.Vehicles[m-1].Prefix = []int{n - 1}
		p.Visits[n-1].Windows, p.Visits[n-1].Skills, p.Visits[n-1].Forbidden = nil, nil, nil
	case 1:
		p.Vehicles[0].Pins = []vrp.Pin{{Visit: n - 1, Position: r.IntN(3)}}
		p.Visits[n-1].Windows, p.Visits[n-1].Skills, p.Visits[n-1].Forbidden = nil, nil, nil
	}
	switch r.IntN(4) { // duties
	case 0:
		p.Balance = vrp.Balance{MinDuty: r.IntN(120), MaxDuty: 150 + r.IntN(150)}
	case 1:
		p.Balance = vrp.Balance{PerSecond: 1 + r.IntN(2)}
	}
	switch r.IntN(6) { // ties
	case 4:
		p.Groups = nil
		p.Patterns = []vrp.Pattern{{Options: [][]int{{2, 3}, {3, 4}, {4}}[:2+r.IntN(2)],
			Optional: r.IntN(2) == 0, Prize: 40 + r.IntN(100)}}
	case 0:
		p.Visits[3].Optional, p.Visits[4].Optional = false, false
		p.Pairs = []vrp.Pair{{Pickup: 3, Delivery: 4, Amount: []int{r.IntN(4)}}}
	case 1:
		p.Orders = []vrp.Order{{First: 4, Then: 3}, {First: 3, Then: 2}}
	case 2:
		p.PerChange = 10 + r.IntN(60)
		for range n {
			p.Previous = append(p.Previous, r.IntN(m+1)-1)
		}
	case 3:
		for i := range n {
			open := r.IntN(250)
			p.Visits[i].Preferred = &vrp.Preference{Window: vrp.Window{Open: open, Close: open + r.IntN(60)},
				PerEarly: r.IntN(3), PerLate: r.IntN(3)}
		}
	}
}

// TestEightVisitsEqualEnumeration: the cost of the search is the optimum of problems
// of six to eight visits with windows, breaks, prizes, alternatives, patterns, locks and
// bounds.
func TestEightVisitsEqualEnumeration(t *testing.T) {
	tried, wrong := 0, 0
	seen := map[string]int{}
	for seed := range uint64(160) {
		p := eight(rand.New(rand.NewPCG(seed, 8)))
		if err := p.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, plan, ok := newEnumeration(p).best()
		if !ok {
			continue
		}
		if cost, faults := judge(p, plan); cost != want || len(faults) > 0 {
			t.Fatalf("seed %d: the enumeration is wrong: %d, %d %v\n%+v", seed, want, cost, faults, p)
		}
		tried++
		count(seen, p)
		if got := reach(t, p, want); got.Cost.Total() != want {
			wrong++
			t.Errorf("seed %d: cost %d %v, optimum %d %v", seed, got.Cost.Total(), got.Solution.Routes, want, plan.Routes)
		}
	}
	t.Logf("%d problems, %d wrong: %v", tried, wrong, seen)
	for _, rule := range []string{"windows", "breaks", "optional", "alternatives", "prefix", "pins", "bounds",
		"spread", "pairs", "patterns", "orders", "changes", "preferences"} {
		if seen[rule] < 5 {
			t.Errorf("only %d problems with %s", seen[rule], rule)
		}
	}
}

// reach searches for the optimum, longer and longer; every answer must be a plan that
// is no better.
func reach(t *testing.T, p *vrp.Problem, optimum int) search.Result {
	t.Helper()
	var got search.Result
	for try, rounds := range []int{250, 1000, 4000} {
		var err error
		got, err = search.Solve(t.Context(), p, search.Options{Seed: uint64(try), Iterations: rounds})
		if err != nil {
			t.Fatal(err)
		}
		cost, faults := judge(p, got.Solution)
		if len(faults) == 0 && cost < optimum || cost != got.Cost.Total() {
			t.Fatalf("cost %d, told as %d, below the optimum %d: %v", cost, got.Cost.Total(), optimum, got.Solution.Routes)
		}
		if len(faults) == 0 && cost == optimum {
			return got
		}
		if len(faults) > 0 {
			got.Cost = vrp.Cost{}
		}
	}
	return got
}

// count tells which rules a problem has.
func count(seen map[string]int, p *vrp.Problem) {
	add := func(rule string, yes bool) {
		if yes {
			seen[rule]++
		}
	}
	anyVisit := func(f func(x *vrp.Visit) bool) bool {
		return slices.ContainsFunc(p.Visits, func(x vrp.Visit) bool { return f(&x) })
	}
	anyVehicle := func(f func(x *vrp.Vehicle) bool) bool {
		return slices.ContainsFunc(p.Vehicles, func(x vrp.Vehicle) bool { return f(&x) })
	}
	add("windows", anyVisit(func(x *vrp.Visit) bool { return len(x.Windows) > 0 }))
	add("optional", anyVisit(func(x *vrp.Visit) bool { return x.Optional }))
	add("preferences", anyVisit(func(x *vrp.Visit) bool { return x.Preferred != nil }))
	add("breaks", anyVehicle(func(x *vrp.Vehicle) bool { return len(x.Breaks) > 0 }))
	add("prefix", anyVehicle(func(x *vrp.Vehicle) bool { return len(x.Prefix) > 0 }))
	add("pins", anyVehicle(func(x *vrp.Vehicle) bool { return len(x.Pins) > 0 }))
	add("alternatives", len(p.Groups) > 0)
	add("patterns", len(p.Patterns) > 0)
	add("pairs", len(p.Pairs) > 0)
	add("orders", len(p.Orders) > 0)
	add("changes", p.PerChange > 0)
	add("spread", p.Balance.PerSecond > 0)
	add("bounds", p.Balance.MaxDuty > 0)
}
