package district

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/internal/fail"
)

// Activities is the most measures that can be balanced at once.
const Activities = 3

// Nowhere is the area of a unit that lies in none.
const Nowhere int32 = -1

// Nobody is the person of a unit that nobody covers today.
const Nobody int32 = -1

// What can be refused.
var (
	ErrParts = fail.New(fail.Invalid, "territory.bad_parts",
		"Units can be dealt out to at least one person and at most as many as there are units.")
	ErrUnit = fail.New(fail.Invalid, "territory.bad_unit",
		"A unit needs a position and loads of zero or more.")
	ErrShare = fail.New(fail.Invalid, "territory.bad_share",
		"Every person's share must be more than zero.")
	ErrRule = fail.New(fail.Invalid, "territory.bad_rule",
		"A lock or a forbidden pair names a unit or a person that is not there.")
)

// Unit is what is dealt out: a customer or a cell, with the work that it takes.
type Unit struct {
	Point   orb.Point           // longitude, latitude
	Loads   [Activities]float64 // of each activity: minutes a month, revenue, 1 for a count
	Value   float64             // what it weighs in the disruption: 1, or its revenue
	Current int32               // the person of today, or Nobody
	Locked  bool                // stays with Current
}

// Person covers one territory.
type Person struct {
	Share float64    // of every load, in proportion to the others' shares; 1 is full time
	Home  *orb.Point // the territory gathers around it; nil: around its own middle
	Most  int        // units at most; 0: as many as there are
}

// Pair names two things that must not come together.
type Pair struct{ A, B int32 }

// Problem is what Solve is asked.
type Problem struct {
	Units      []Unit
	People     []Person
	Activities int     // how many of the loads are balanced, 1 to 3
	Graph      Graph   // who borders on whom; the zero graph: Delaunay's
	Area       []int32 // of every unit, from 0; Nowhere: in none. nil: none of them is
	Forbidden  []Pair  // unit A must not be person B's
	Apart      []Pair  // units A and B must not be one person's
}

// Travel is the cost of going from a territory's centre to its units.
type Travel interface {
	// Costs returns, unit after unit, the cost of every centre: seconds on the
	// road, any scale. It is called with at most a few sets of centres.
	Costs(ctx context.Context, centres []orb.Point) ([]float32, error)
}

// Options steer Solve; the zero value re-plans freely within 2 %, by air distance.
type Options struct {
	Tolerance float64 // how far a load may be off its target, 0.02 is 2 %; 0: 2 %
	Seed      uint64  // of the order in which units are looked at
	// Budget is the part of all value that may leave its person of today, 0 to 1.
	// It starts from the plan of today. 0: unlimited, a plan from scratch.
	Budget float64
	// Price is what moving a unit of average value away from its person of today
	// costs, in average travel costs of a unit. 0: only ties are decided by it.
	Price float64
	// SplitPrice is what a split area costs for each of its units, at most, in average
	// travel costs of a unit: half of it when two people have as much. 0: nothing.
	SplitPrice float64
	Travel     Travel // nil: squared air distance, the moment of inertia
	// Rounds are shortened at last, up to 2,000 units; nil: the travel to the centres
	// is all that counts.
	Rounds *Rounds
	// Progress hears of the work, 0 to 1, and of the deviation so far.
	Progress func(Progress)
}

// Progress says how far Solve is.
type Progress struct {
	Done      float64 // 0 to 1
	Step      string  // "cut", "shape", "join", "even", "search", "rounds", "prove"
	Deviation float64 // of the best plan so far
}

// Plan is a solved problem.
type Plan struct {
	Area      []int32     // the person of every unit
	Centres   []orb.Point // of every person's territory
	Cost      float64     // Σ load × travel cost to the centre
	Bound     float64     // no plan around these centres within the tolerance costs less
	Deviation float64     // the worst, over people and activities
	Moved     float64     // part of the value that left its person of today
	Pieces    int         // territories that are not in one piece
	Split     float64     // Σ of the impurity of the area of every unit; 0: no area is split
	Binding   string      // why the tolerance is not met; empty when it is
}

// Gap is how much better a plan could be at most, 0.05 is 5 %.
func (p Plan) Gap() float64 {
	if p.Cost <= 0 {
		return 0
	}
	return math.Max(0, (p.Cost-p.Bound)/p.Bound)
}

// Check says whether the problem can be asked at all.
// It fails with ErrParts, ErrUnit, ErrShare and ErrRule.
func (p *Problem) Check() error {
	n, k := len(p.Units), len(p.People)
	if k < 1 || k > n || p.Activities < 1 || p.Activities > Activities {
		return ErrParts.With("parts", k).With("units", n).With("activities", p.Activities)
	}
	for i := range p.Units {
		if !p.Units[i].sound(p.Activities) || int(p.Units[i].Current) >= k {
			return ErrUnit.With("index", i)
		}
		if p.Units[i].Locked && p.Units[i].Current < 0 {
			return ErrRule.With("lock", i)
		}
	}
	for i, q := range p.People {
		if !(q.Share > 0) || math.IsInf(q.Share, 0) || q.Most < 0 ||
			q.Home != nil && !geo.Valid(*q.Home) {
			return ErrShare.With("index", i)
		}
	}
	if p.Area != nil && (len(p.Area) != n || slices.ContainsFunc(p.Area, func(a int32) bool {
		return a < Nowhere || int(a) >= n
	})) {
		return ErrRule.With("areas", len(p.Area))
	}
	for _, f := range p.Forbidden {
		if !within(f.A, n) || !within(f.B, k) {
			return ErrRule.With("forbidden", f)
		}
	}
	for _, f := range p.Apart {
		if !within(f.A, n) || !within(f.B, n) || f.A == f.B {
			return ErrRule.With("apart", f)
		}
	}
	return nil
}

func within(i int32, n int) bool { return i >= 0 && int(i) < n }

func (u *Unit) sound(activities int) bool {
	for _, l := range u.Loads[:activities] {
		if !(l >= 0) || math.IsInf(l, 0) {
			return false
		}
	}
	return geo.Valid(u.Point) && u.Value >= 0 && !math.IsInf(u.Value, 0)
}
