package district

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"
)

const (
	defaultTolerance = 0.02

	sweeps       = 60 // of merged and split pairs, at most
	polishes     = 12 // power diagrams around new centres, at most
	priceRounds  = 10 // of prices for each
	boundRounds  = 32
	searchPasses = 30
)

// Driving is the binding reason of a plan that is less even than asked for because an
// evener one would drive more than everybody to the nearest middle.
const Driving = "driving"

// Solve deals the units out: from scratch or, with a budget, from today's plan. When
// a plan from scratch misses the tolerance it is made once more from today's, and the
// better of the two is kept. It stops
// early when ctx ends. It fails with ErrParts, ErrUnit, ErrShare, ErrRule and what the
// travel port returns; a plan that cannot keep the tolerance is no failure: Binding
// says what stands in the way.
func Solve(ctx context.Context, p *Problem, o Options) (Plan, error) {
	if err := p.Check(); err != nil {
		return Plan{}, err
	}
	if o.Tolerance <= 0 {
		o.Tolerance = defaultTolerance
	}
	g := p.Graph
	if g.Len() != len(p.Units) {
		g = Around(pointsOf(p), nil)
	}
	plan, err := newSolver(p, g, o, o.Budget > 0).run(ctx)
	if err != nil || plan.Binding == "" || plan.Binding == Driving || o.Budget > 0 || !p.covered() {
		return plan, err
	}
	again, err := newSolver(p, g, o, true).run(ctx)
	if err == nil && again.before(plan) {
		plan = again
	}
	return plan, err
}

// covered reports whether anybody covers anything today.
func (p *Problem) covered() bool {
	return slices.ContainsFunc(p.Units, func(u Unit) bool { return u.Current >= 0 })
}

// before reports whether a plan is better than another that missed the tolerance.
func (p Plan) before(q Plan) bool {
	return cmp.Or(cmp.Compare(p.Pieces, q.Pieces), cmp.Compare(p.Deviation, q.Deviation)) < 0
}

type solver struct {
	*draft
	o     Options
	rng   *rand.Rand
	today bool    // begins at the plan of today
	wide  float64 // the tolerance that driving was spared with; 0: the one asked for
}

func newSolver(p *Problem, g Graph, o Options, today bool) *solver {
	rng := rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15))
	return &solver{draft: newDraft(p, g, o), o: o, rng: rng, today: today}
}

func (s *solver) tell(done float64, step string) {
	if s.o.Progress != nil {
		s.o.Progress(Progress{Done: done, Step: step, Deviation: s.deviation()})
	}
}

func (s *solver) run(ctx context.Context) (Plan, error) {
	var err error
	if s.today {
		err = s.fromToday()
	} else {
		err = s.fromScratch(ctx)
	}
	if err != nil {
		return Plan{}, err
	}
	s.tell(0.5, "join")
	s.obey()
	s.join()
	s.shed()
	s.settle()
	s.frozen = true
	if err := s.travel(ctx); err != nil {
		return Plan{}, err
	}
	s.price = s.toPrice()
	s.mind(s.o.SplitPrice * s.scale())
	if !s.today {
		if err := s.diagram(ctx); err != nil {
			return Plan{}, err
		}
	}
	if err := s.even(ctx, s.tolerance*0.95); err != nil {
		return Plan{}, err
	}
	s.tell(0.6, "even")
	part := 0.3
	if s.o.Rounds != nil {
		part = 0.1 // the rest is for the rounds
	}
	err = s.search(ctx, s.rng, searchPasses, func(pass int) {
		s.tell(0.6+part*float64(pass+1)/searchPasses, "search")
	})
	if err != nil {
		return Plan{}, err
	}
	if err := s.kick(ctx); err != nil {
		return Plan{}, err
	}
	if err := s.recombine(ctx); err != nil {
		return Plan{}, err
	}
	s.join()
	s.settle()
	if err := s.shorten(ctx); err != nil {
		return Plan{}, err
	}
	return s.plan(), nil
}

// toPrice is the price of a unit of value that moves.
func (s *solver) toPrice() float64 {
	value := s.value()
	if value == 0 {
		return 0
	}
	return s.wish() * s.scale() * float64(len(s.Units)) / value
}

// wish is the price that was asked for, in average travel costs of a unit.
func (s *solver) wish() float64 {
	switch {
	case s.o.Price > 0:
		return s.o.Price
	case s.o.Budget > 0:
		return 0.3 // a budget is spent on what is worth it
	}
	return 1e-6
}

// value is what all units weigh in the disruption.
func (s *solver) value() float64 {
	var sum float64
	for i := range s.Units {
		sum += s.Units[i].Value
	}
	return sum
}

// fromToday starts at the plan of today; units of nobody go to the neighbour that
// serves them at the least cost.
func (s *solver) fromToday() error {
	open := 0
	for i := range s.Units {
		s.area[i] = s.Units[i].Current
		if s.area[i] < 0 {
			open++
		}
	}
	for left := open; left > 0; {
		filled := 0
		for i := range s.area {
			if s.area[i] >= 0 {
				continue
			}
			for _, v := range s.graph.Of(int32(i)) {
				if s.area[v] >= 0 {
					s.area[i] = s.area[v]
					filled++
					break
				}
			}
		}
		left -= filled
		if filled == 0 { // nobody covers anything here
			for i := range s.area {
				s.area[i] = max(s.area[i], 0)
			}
			break
		}
	}
	if s.o.Budget > 0 {
		s.budget = s.o.Budget * s.value()
	}
	s.settle()
	s.fillEmpty()
	return nil
}

// fillEmpty gives a person without any unit the nearest one of the territory with
// the most: the flow across borders does the rest.
func (s *solver) fillEmpty() {
	for p := range s.People {
		if s.count[p] > 0 {
			continue
		}
		heaviest := 0
		for q := range s.People {
			if s.count[q] > s.count[heaviest] {
				heaviest = q
			}
		}
		best, least := int32(-1), math.Inf(1)
		for i, a := range s.area {
			u := int32(i)
			if c := s.cost(u, int32(p)); int(a) == heaviest && c < least && s.may(u, int32(p)) {
				best, least = u, c
			}
		}
		if best >= 0 {
			s.put(best, int32(p))
		}
	}
	s.settle()
}

func (s *solver) fromScratch(ctx context.Context) error {
	shares := make([]float64, len(s.People))
	for i, p := range s.People {
		shares[i] = p.Share
	}
	copy(s.area, bisect(s.x, s.y, s.weight, shares))
	s.settle()
	s.tell(0.1, "cut")
	s.match()
	if err := s.resplit(ctx, sweeps); err != nil {
		return err
	}
	s.tell(0.3, "shape")
	for range max(4, min(polishes, 200_000/len(s.Units))) {
		before, at := s.total(), slices.Clone(s.area)
		if err := s.diagram(ctx); err != nil {
			return err
		}
		if s.total() >= before || s.deviation() > s.tolerance {
			copy(s.area, at)
			s.settle()
			break
		}
		if s.total() > before*0.998 {
			break
		}
	}
	return nil
}

// diagram lays a power diagram around the present centres and makes it legal.
func (s *solver) diagram(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.polish()
	s.fillEmpty()
	s.obey()
	s.join()
	s.shed()
	return s.even(ctx, s.tolerance*0.95)
}

// travel asks the port what every centre costs every unit.
func (s *solver) travel(ctx context.Context) error {
	if s.o.Travel == nil {
		return nil
	}
	rows, err := s.o.Travel.Costs(ctx, s.centres())
	if err != nil {
		return fmt.Errorf("travel costs of %d units: %w", len(s.Units), err)
	}
	s.rows = rows
	return nil
}

func (s *solver) centres() []orb.Point {
	out := make([]orb.Point, len(s.People))
	for p := range out {
		out[p] = s.frame.from(s.cx[p], s.cy[p])
	}
	return out
}

func (s *solver) plan() Plan {
	s.tell(0.9, "prove")
	rounds := max(boundRounds, min(10*boundRounds, boundRounds*20_000/len(s.Units)))
	bound := s.bound(rounds)
	plan := Plan{
		Area: s.area, Centres: s.centres(), Cost: s.total(), Bound: bound,
		Deviation: s.deviation(), Pieces: s.pieces(), Split: s.splits(),
	}
	if value := s.value(); value > 0 {
		plan.Moved = s.moved / value
	}
	switch {
	case plan.Deviation > s.o.Tolerance && s.wide > 0:
		plan.Binding = Driving
	case plan.Deviation > s.tolerance:
		plan.Binding = s.binding()
	case plan.Pieces > 0:
		plan.Binding = "contiguity"
	}
	s.tell(1, "prove")
	return plan
}

// binding says what keeps the worst person from the target.
func (s *solver) binding() string {
	p, a, _ := s.worst()
	t := s.target[p][a]
	var locked, heaviest float64
	for i := range s.Units {
		u := &s.Units[i]
		if u.Locked && int(u.Current) == p {
			locked += u.Loads[a]
		}
		heaviest = max(heaviest, u.Loads[a])
	}
	full := false
	for q := range s.People {
		full = full || s.People[q].Most > 0 && s.count[q] >= s.People[q].Most
	}
	switch {
	case locked > t*(1+s.tolerance):
		return "locks"
	case s.o.Budget > 0 && s.moved >= s.budget*0.98:
		return "budget"
	case full:
		return "capacity"
	case heaviest > t*2*s.tolerance:
		return "heavy_unit"
	case len(s.Forbidden)+len(s.Apart) > 0:
		return "forbidden_pairs"
	case s.Activities > 1:
		return "activities"
	}
	return "contiguity"
}

func pointsOf(p *Problem) []orb.Point {
	points := make([]orb.Point, len(p.Units))
	for i, u := range p.Units {
		points[i] = u.Point
	}
	return points
}
