package district

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Rounds are what the last step of Solve shortens: the driving of four weeks in which
// every unit is visited as often as it is due.
type Rounds struct {
	// Legs returns the seconds on the road from every unit to every other, row by row.
	Legs    func(ctx context.Context) ([]float32, error)
	Due     []uint8   // of every unit the weeks in which it is visited; bit 0 is the first
	Service []float64 // seconds of a visit of every unit
	Longest float64   // seconds of a round, driving and visits; 0: a round has no end
	// Drive returns the seconds that a plan really drives in one of the weeks, from 0.
	// When it is given, the tolerance gives way where evenness costs driving: the plan is
	// the evenest found that drives no more than everybody to the nearest middle.
	Drive func(ctx context.Context, area []int32, week int) (float64, error)
	// Tries bounds that search, in tries of annealing over all tolerances; the best plan
	// until then is kept. 0: a hundred million.
	Tries int
}

const (
	weeks        = 4
	roundsLimit  = 2_000     // units: beyond, the table of legs is larger than what it gains
	roundsStarts = 3         // the plan as it is, and two of k-means
	roundsTries  = 10_000    // for each unit and start
	roundsMost   = 5_000_000 // for each start
	roundsSpell  = 25        // tries for each unit until the rounds are drawn anew
	home         = 1 << 30   // marks where a round starts and ends
)

// tours anneals single moves and swaps over borders by what they add to and take from
// the rounds (cheapest insertion; the rounds themselves are kept short by 2-opt). No
// step leaves the tolerance, tears a territory or breaks a rule.
type tours struct {
	*solver
	legs  []float32        // both ways' mean
	due   []uint8          // of every unit the weeks in which it is visited, as bits
	round [][weeks][]int32 // of every person: units in turn, the start is marked with home
	rest  []int32          // scratch of traded
	rents float64          // seconds for a unit of what split areas cost
	toll  float64          // seconds that a unit of value costs that leaves its person
	heat  float64
}

// shorten moves units over borders until the rounds are as short as annealing finds
// them, from the plan as it is and, when it is made from scratch, from k-means evened
// out; it keeps the best. It looks at plans within the tolerance only and at
// roundsLimit units at most, in a number of tries that grows with the units.
func (s *solver) shorten(ctx context.Context) error {
	r, n := s.o.Rounds, len(s.Units)
	if r == nil || n > roundsLimit || len(s.People) < 2 || s.deviation() > s.tolerance {
		return nil
	}
	legs, err := r.Legs(ctx)
	if err != nil {
		return fmt.Errorf("legs between %d units: %w", n, err)
	}
	legs = bothWays(legs, n)
	spare := r.Drive != nil && !s.today
	till := 0.9
	if spare {
		till = 0.72 // the rest is for sparing
	}
	least, best := math.Inf(1), slices.Clone(s.area)
	for start := range roundsStarts {
		if start > 0 && (s.today || !s.gather(ctx)) {
			if err := ctx.Err(); err != nil {
				return err
			}
			break
		}
		length, err := s.anneal(ctx, legs, min(roundsTries*n, roundsMost), func(done float64) {
			s.tell(0.7+(till-0.7)*(float64(start)+done)/roundsStarts, "rounds")
		})
		if err != nil {
			return err
		}
		if length < least {
			least = length
			copy(best, s.area)
		}
	}
	copy(s.area, best)
	if spare {
		if err := s.spare(ctx, legs); err != nil {
			return err
		}
	}
	return s.recentre(ctx)
}

// gather deals units to the nearest of as many middles as there are people (k-means++,
// Arthur & Vassilvitskii, SODA 2007; Lloyd 1982) and makes that a legal plan; it
// reports whether it could.
func (s *solver) gather(ctx context.Context) bool {
	area, _ := means(s.x, s.y, len(s.People), s.rng)
	copy(s.area, area)
	s.rows, s.frozen = nil, false
	s.settle()
	if !s.legal() {
		return false
	}
	before := slices.Clone(s.area)
	err := s.even(ctx, s.tolerance*0.95)
	return err == nil && s.deviation() <= s.tolerance && s.pieces() == 0 && s.lawful(before)
}

// anneal shortens the rounds of the plan as it is (Kirkpatrick et al., Science 1983), in
// so many tries; told hears which part of them is done. It returns how many seconds the
// rounds take, with the toll on what moved.
func (s *solver) anneal(
	ctx context.Context, legs []float32, tries int, told func(done float64),
) (float64, error) {
	n := len(s.area)
	t := tours{solver: s, legs: legs, due: s.o.Rounds.Due, round: make([][weeks][]int32, len(s.People))}
	least, best := t.draw(), slices.Clone(s.area)
	hot := 2 * least / float64(weeks*n)
	if value := s.value(); value > 0 {
		t.toll = s.wish() * least / value
	}
	if s.tear > 0 {
		t.rents = s.o.SplitPrice * least / float64(n) / s.tear
	}
	least += t.dues()
	for i := range tries {
		if i%(roundsSpell*n) == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			if now := t.draw() + t.dues(); now < least {
				least = now
				copy(best, s.area)
			}
			done := float64(i) / float64(tries)
			t.heat = hot * math.Pow(0.02, done)
			told(done)
		}
		t.try()
	}
	if now := t.draw() + t.dues(); now > least {
		copy(s.area, best)
	} else {
		least = now
	}
	t.settle()
	return least, nil
}

// dues are the seconds that what moved and what is split cost.
func (t *tours) dues() float64 { return t.toll*t.moved + t.rents*t.rent() }

// bothWays makes legs the mean of there and back.
func bothWays(legs []float32, n int) []float32 {
	out := make([]float32, n*n)
	for i := range n {
		for j := range n {
			out[i*n+j] = (legs[i*n+j] + legs[j*n+i]) / 2
		}
	}
	return out
}

func (t *tours) leg(a, b int32) float64 {
	return float64(t.legs[int(a&^home)*len(t.area)+int(b&^home)])
}

// draw puts everybody's start into the middle of their ground, or home, draws all
// rounds anew and returns how long they take.
func (t *tours) draw() float64 {
	t.frozen = false
	t.settle()
	t.frozen = true
	var total float64
	for p := range t.People {
		start := t.start(int32(p)) | home
		for w := range weeks {
			t.round[p][w] = t.begin(t.round[p][w], int32(p), w, start)
			total += t.length(t.round[p][w])
		}
	}
	return total
}

// begin lays a person's rounds of a week, in the order of the old ones: one short tour,
// cut into days of about the same length where coming home costs the least.
func (t *tours) begin(old []int32, p int32, week int, start int32) []int32 {
	round := []int32{start}
	for _, u := range old {
		if u&home == 0 {
			round = append(round, u)
		}
	}
	for u := range t.area {
		if old == nil && t.area[u] == p && t.due[u]&(1<<week) != 0 {
			at, _ := t.gap(round, int32(u))
			round = slices.Insert(round, at, int32(u))
		}
	}
	at := slices.Index(round, start)
	round = slices.Concat(round[at:], round[:at])
	took := t.untangle(round)
	for _, u := range round[1:] {
		took += t.o.Rounds.Service[u]
	}
	if longest := t.o.Rounds.Longest; longest > 0 {
		for days := math.Ceil(took / longest); days > 1; days-- {
			round, took = t.cut(round, took, days)
		}
	}
	return round
}

// cut ends the last day of a tour that takes so long in so many days: it comes home
// where that costs the least, a quarter of a day sooner or later than even days would.
// The rest of the tour is as long as returned.
func (t *tours) cut(round []int32, took, days float64) ([]int32, float64) {
	day, so := took/days, 0.0
	best, least, left := 1, math.Inf(1), took
	for i := 1; i < len(round) && round[i]&home == 0; i++ {
		leg := t.leg(round[i-1], round[i])
		so += leg
		detour := t.leg(round[i-1], round[0]) + t.leg(round[0], round[i]) - leg
		off := math.Abs(took-so-day) / day
		switch {
		case i > 1 && off < 0.25 && detour < least:
			best, left, least = i, so, detour
		case i > 1 && off < 1 && math.IsInf(least, 1):
			best, left = i, so // none so far is near enough to even
		}
		so += t.o.Rounds.Service[round[i]]
	}
	if left == took {
		return round, took
	}
	return slices.Insert(round, best, round[0]), left
}

// start is the unit from which a person sets out.
func (t *tours) start(p int32) int32 {
	best, least := int32(0), math.Inf(1)
	for u := range t.area {
		if t.People[p].Home == nil && t.area[u] != p {
			continue
		}
		dx, dy := t.x[u]-t.cx[p], t.y[u]-t.cy[p]
		if d := dx*dx + dy*dy; d < least {
			best, least = int32(u), d
		}
	}
	return best
}

// untangle shortens a round by 2-opt and returns its length.
func (t *tours) untangle(r []int32) float64 {
	n := len(r)
	next := func(i int) int32 { return r[(i+1)%n] }
	for better := true; better; {
		better = false
		for i := 0; i < n-1; i++ {
			for j := i + 1; j < n; j++ {
				gain := t.leg(r[i], r[i+1]) + t.leg(r[j], next(j)) - t.leg(r[i], r[j]) - t.leg(r[i+1], next(j))
				if gain > 0.5 {
					slices.Reverse(r[i+1 : j+1])
					better = true
				}
			}
		}
	}
	return t.length(r)
}

func (t *tours) length(r []int32) (seconds float64) {
	for i := range r {
		seconds += t.leg(r[i], r[(i+1)%len(r)])
	}
	return seconds
}

// gap is where a unit fits into a round at the least detour.
func (t *tours) gap(r []int32, u int32) (at int, detour float64) {
	detour = math.Inf(1)
	prev := r[len(r)-1]
	before := t.leg(prev, u)
	for i, v := range r {
		after := t.leg(u, v)
		if d := before + after - t.leg(prev, v); d < detour {
			at, detour = i, d
		}
		prev, before = v, after
	}
	return at, detour
}

// saved is where a unit stands in a round and what leaving it out saves.
func (t *tours) saved(r []int32, u int32) (at int, saved float64) {
	at = slices.Index(r, u)
	prev, next := r[(at+len(r)-1)%len(r)], r[(at+1)%len(r)]
	return at, t.leg(prev, u) + t.leg(u, next) - t.leg(prev, next)
}

// try draws a unit at a border and moves it over, or swaps it with one from there.
func (t *tours) try() {
	u := int32(t.rng.IntN(len(t.area)))
	near := t.graph.Of(u)
	if len(near) == 0 || t.Units[u].Locked {
		return
	}
	v := near[t.rng.IntN(len(near))]
	p, q := t.area[u], t.area[v]
	if p == q {
		return
	}
	if t.rng.IntN(2) == 0 {
		t.tryMove(u, q)
		return
	}
	if of := t.graph.Of(v); t.rng.IntN(2) == 0 {
		v = of[t.rng.IntN(len(of))]
	}
	if v == u || t.area[v] != q || t.Units[v].Locked || !t.touches(v, p) || !t.swapAllowed(u, v) {
		return
	}
	t.trySwap(u, v)
}

func (t *tours) tryMove(u, q int32) {
	p := t.area[u]
	if !t.may(u, q) || !t.fits(p, u, -1, -1) || !t.fits(q, u, 1, -1) {
		return
	}
	d := t.toll*(t.price0(u, q)-t.price0(u, p)) + t.rents*t.torn(u, q)
	for w := range weeks {
		if t.due[u]&(1<<w) != 0 {
			_, out := t.saved(t.round[p][w], u)
			_, in := t.gap(t.round[q][w], u)
			d += in - out
		}
	}
	if t.accepts(d) && t.staysWhole(u) {
		t.carry(u, p, q)
		t.put(u, q)
	}
}

func (t *tours) trySwap(u, v int32) {
	p, q := t.area[u], t.area[v]
	if !t.fits(p, u, -1, v) || !t.fits(q, u, 1, v) {
		return
	}
	d := t.toll*(t.price0(u, q)-t.price0(u, p)+t.price0(v, p)-t.price0(v, q)) +
		t.rents*t.tornBy(u, q, v)
	for w := range weeks {
		d += t.traded(t.round[p][w], w, u, v) + t.traded(t.round[q][w], w, v, u)
	}
	if t.accepts(d) && t.exchange(u, v) {
		t.carry(u, p, q)
		t.carry(v, q, p)
	}
}

// traded is what a round of a week grows by when one unit leaves it and another comes.
func (t *tours) traded(r []int32, week int, out, in int32) (grown float64) {
	if t.due[out]&(1<<week) != 0 {
		at, saved := t.saved(r, out)
		grown = -saved
		t.rest = append(append(t.rest[:0], r[:at]...), r[at+1:]...)
		r = t.rest
	}
	if t.due[in]&(1<<week) != 0 {
		_, detour := t.gap(r, in)
		grown += detour
	}
	return grown
}

// carry takes a unit from the rounds of one person into another's.
func (t *tours) carry(u, from, to int32) {
	for w := range weeks {
		if t.due[u]&(1<<w) == 0 {
			continue
		}
		at, _ := t.saved(t.round[from][w], u)
		t.round[from][w] = slices.Delete(t.round[from][w], at, at+1)
		at, _ = t.gap(t.round[to][w], u)
		t.round[to][w] = slices.Insert(t.round[to][w], at, u)
	}
}

func (t *tours) accepts(d float64) bool {
	return d <= 0 || t.heat > 0 && t.rng.Float64() < math.Exp(-d/t.heat)
}

// fits reports whether a person's loads stay within the tolerance when u comes (sign
// 1) or goes (-1) and v, if any, the other way.
func (t *tours) fits(p, u int32, sign float64, v int32) bool {
	for a := range t.Activities {
		load := t.load[p][a] + sign*t.Units[u].Loads[a]
		if v >= 0 {
			load -= sign * t.Units[v].Loads[a]
		}
		if goal := t.target[p][a]; goal > 0 && math.Abs(load-goal) > goal*t.tolerance*0.98 {
			return false
		}
	}
	return true
}
