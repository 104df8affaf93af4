package search

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/genetic"
)

// Options bound a search. One of Time and Iterations must be set; with both, the
// first to be spent ends it.
type Options struct {
	Seed       uint64
	Time       time.Duration
	Iterations int           // of each island
	Threads    int           // 0 is one a processor; never changes an iteration-bound plan
	Start      *vrp.Solution // warm start; ignored when it breaks a rule
	Progress   func(Progress)
	Clock      func() time.Duration // what Time is measured by; nil is the wall clock
}

// Progress is told whenever the islands meet.
type Progress struct {
	Iterations int     // of all islands
	Cost       int     // best so far, absent required visits at their search price
	Unserved   int     // those of a group or pattern that others serve do not count
	Spent      float64 // share of the budget
}

// Result is the best plan found.
type Result struct {
	Solution   vrp.Solution
	Cost       vrp.Cost
	Iterations int // of all islands
}

// meetings is how often islands meet; at each the worst goes on from the best.
const meetings = 12

// islands is how many searches run in an iteration-bound call.
const islands = 2

// Solve plans the visits of p. Required visits are served as far as they fit;
// what the plan leaves out is in no route. Same problem, seed and iterations
// give the same plan on any number of threads. When ctx ends, the best plan so
// far is returned. It fails with *vrp.Invalid.
func Solve(ctx context.Context, p *vrp.Problem, opt Options) (Result, error) {
	if err := p.Validate(); err != nil {
		return Result{}, err
	}
	if len(p.Visits) == 0 {
		return Result{Solution: vrp.Solution{Routes: make([][]int, len(p.Vehicles))}}, nil
	}
	if r, ok := alone(ctx, p, &opt); ok {
		return r, nil
	}
	in := newInstance(p)
	threads := opt.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	count := islands
	if opt.Iterations == 0 {
		count = threads
		opt.Iterations = math.MaxInt / 4
	}
	if opt.Time == 0 {
		opt.Time = math.MaxInt64
	}
	if opt.Clock == nil {
		began := time.Now()
		opt.Clock = func() time.Duration { return time.Since(began) }
	}
	plain := in.plain()
	began := opt.Clock()
	all := make([]*island, count)
	for k := range all {
		all[k] = newIsland(in, opt, uint64(k))
		all[k].began = began
	}
	gate := make(chan struct{}, threads)
	for meeting := 1; meeting <= meetings; meeting++ {
		var wait sync.WaitGroup
		for _, x := range all {
			wait.Go(func() {
				gate <- struct{}{}
				x.run(ctx, float64(meeting)/meetings)
				<-gate
			})
		}
		wait.Wait()
		join(all)
		meet(all, meeting)
		breed(plain, all, meeting)
		divide(plain, all, meeting)
		tell(all, opt.Progress, float64(meeting)/meetings)
		if stopped(ctx) {
			break
		}
	}
	return best(all).result(all), nil
}

// meet lets the island with the worst best plan go on from the best one, from
// half of the budget on: before that, they are to differ.
func meet(all []*island, meeting int) {
	if meeting < meetings/2 || len(all) < 2 {
		return
	}
	top := best(all)
	worst := all[0]
	for _, x := range all {
		if x.bestCost > worst.bestCost {
			worst = x
		}
	}
	if worst.bestCost > top.bestCost && worst.herd == nil {
		worst.bestCost = top.bestCost
		worst.best = clone(top.best)
		worst.s.load(worst.best)
	}
}

func best(all []*island) *island {
	top := all[0]
	for _, x := range all {
		if x.bestCost < top.bestCost {
			top = x
		}
	}
	return top
}

func tell(all []*island, progress func(Progress), spent float64) {
	if progress == nil {
		return
	}
	x := best(all)
	missing := vrp.Solution{Routes: x.best}.Missing(x.s.in.p)
	progress(Progress{Iterations: total(all), Cost: x.bestCost, Unserved: len(missing), Spent: spent})
}

func total(all []*island) int {
	sum := 0
	for _, x := range all {
		sum += x.rounds
	}
	return sum
}

// island is one search.
type island struct {
	s        *state
	rng      *rand.Rand
	ruiner   ruiner
	recreate recreator
	opt      Options
	began    time.Duration
	rounds   int
	spent    float64
	best     [][]int
	bestCost int
	hot      float64 // temperature at the start
	cold     float64 // and at the end

	herd    *genetic.Search // after the handover
	looked  int             // work of the herd that rounds count
	part    *part           // instead of the whole plan, until the next meeting
	saved   []route         // by vehicle, what it was before this round
	dirty   []int           // vehicles saved
	isDirty []bool
	absent  []int32 // before this round
	served  []int
	list    []int32
	marks   []int32 // by visit: the turn in which it was a candidate
	turn    int32
}

// temperatures are those of island k at the start and at the end, as shares of an
// average leg. Cool islands are ahead on tight windows, warm ones on wide windows;
// each kind is half of the islands.
func temperatures(k uint64) (hot, cold float64) {
	if k%2 == 0 {
		return 0.25, 0.0025
	}
	return 0.5, 0.01
}

func newIsland(in *instance, opt Options, k uint64) *island {
	x := &island{s: newState(in), opt: opt, rng: rand.New(rand.NewPCG(opt.Seed, 1+k)),
		saved: make([]route, len(in.vehicle)), isDirty: make([]bool, len(in.vehicle)),
		marks: make([]int32, in.n)}
	x.ruiner = ruiner{rng: x.rng, stamp: make([]int32, len(in.vehicle))}
	x.recreate = recreator{rng: x.rng, blink: blinks(in.n), tried: make([]int, len(in.vehicle)),
		seen: make([]int, in.n), asked: make([]int, len(in.vehicle))}
	start := make([][]int, len(in.vehicle))
	for v := range start {
		rule := in.vehicle[v].rule
		start[v] = slices.Clone(rule.Prefix)
		pins := slices.Clone(rule.Pins)
		slices.SortFunc(pins, func(a, b vrp.Pin) int { return a.Position - b.Position })
		for _, pin := range pins {
			start[v] = append(start[v], pin.Visit)
		}
	}
	if opt.Start != nil && usable(in.p, *opt.Start) {
		start = opt.Start.Routes
	}
	x.s.load(start)
	x.fillIn()
	x.remember()
	x.heat(k)
	return x
}

// heat sets the temperatures from the legs of the first plan.
func (x *island) heat(k uint64) {
	arcs, legs := 0, 1
	for v := range x.s.routes {
		if m := len(x.s.routes[v].seq); m > 0 {
			arcs += x.s.routes[v].arcs
			legs += m + 1
		}
	}
	leg := max(float64(arcs)/float64(legs), 1)
	hot, cold := temperatures(k)
	x.hot, x.cold = hot*leg, cold*leg
}

// fillIn builds the first plan from everything absent.
func (x *island) fillIn() {
	list := slices.Clone(x.s.absent)
	x.s.absent = x.recreate.recreate(x.s, list, x.s.absent[:0], func(int) {})
	x.s.price()
}

func (x *island) remember() {
	x.best = clone(x.s.solution().Routes)
	x.bestCost = x.s.cost
}

func clone(routes [][]int) [][]int { return vrp.Solution{Routes: routes}.Clone().Routes }

// run works until that share of the budget is spent.
func (x *island) run(ctx context.Context, until float64) {
	for x.spend(ctx) < until {
		switch {
		case x.herd != nil:
			x.generation()
		case x.part != nil:
			x.rounds += x.part.step()
		default:
			x.round()
		}
	}
}

func (x *island) spend(ctx context.Context) float64 {
	x.spent = max(x.spent, float64(x.rounds)/float64(x.opt.Iterations))
	if x.rounds%16 == 0 || x.herd != nil || x.part != nil {
		if ctx.Err() != nil {
			x.spent = 1
		}
		if x.opt.Time < math.MaxInt64 {
			x.spent = max(x.spent, float64(x.opt.Clock()-x.began)/float64(x.opt.Time))
		}
	}
	x.rounds++
	return x.spent
}

// touch saves a route before its first change in this round.
func (x *island) touch(v int) {
	if x.isDirty[v] {
		return
	}
	x.isDirty[v] = true
	x.dirty = append(x.dirty, v)
	from, to := &x.s.routes[v], &x.saved[v]
	keep := *to
	*to = *from
	to.seq = append(keep.seq[:0], from.seq...)
	to.ready = append(keep.ready[:0], from.ready...)
	to.late = append(keep.late[:0], from.late...)
	to.step = append(keep.step[:0], from.step...)
	to.load = append(keep.load[:0], from.load...)
	to.pre = append(keep.pre[:0], from.pre...)
	to.suf = append(keep.suf[:0], from.suf...)
	to.back = append(keep.back[:0], from.back...)
	to.above = append(keep.above[:0], from.above...)
	to.below = append(keep.below[:0], from.below...)
}

// round ruins, recreates, and keeps the outcome or takes it back.
func (x *island) round() {
	s := x.s
	before := s.cost
	x.absent = append(x.absent[:0], s.absent...)
	x.served = append(x.served[:0], s.served...)
	x.ruiner.ruin(s, x.touch)
	for _, v := range x.dirty {
		s.refresh(v)
	}
	x.recreate.full = x.ruiner.planned <= everywhere
	if x.recreate.blink = blinks(s.in.n); x.ruiner.anew {
		x.recreate.blink = anewBlinks
	}
	x.list = append(x.list[:0], x.ruiner.gone...)
	rest := x.candidates()
	s.absent = x.recreate.recreate(s, x.list, rest, x.touch)
	s.price()
	temperature := x.hot * math.Pow(x.cold/x.hot, x.spent)
	if float64(s.cost) < float64(before)-temperature*math.Log(x.rng.Float64()) {
		if s.cost < x.bestCost {
			x.remember()
		}
		x.keep()
		return
	}
	x.undo(before)
}

// candidates moves visits that were absent before the round into the list of
// those to place: all required ones, and optional ones up to a bound. It returns
// what is left of the absent.
func (x *island) candidates() []int32 {
	s := x.s
	rest := s.absent[:0]
	const most, many, mostNear = 12, 48, 30
	if len(s.absent) > many {
		return x.candidatesNear(mostNear)
	}
	skip := 0
	if len(s.absent) > most {
		skip = x.rng.IntN(len(s.absent))
	}
	taken := 0
	for k := range x.absent {
		i := x.absent[k]
		turn := (k - skip + len(x.absent)) % len(x.absent)
		if s.in.patterned(i) && !s.owed(i) {
			rest = append(rest, i)
			continue
		}
		if s.owed(i) || turn < most && taken < most {
			x.list = append(x.list, i)
			taken++
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

// candidatesNear is candidates where many are absent: the optional ones are drawn
// from the neighbours of the seed, where the round has made room.
func (x *island) candidatesNear(most int) []int32 {
	s := x.s
	x.turn++
	taken := 0
	mark := func(c int32) {
		if s.where[c] < 0 && x.rng.IntN(2) == 0 {
			x.marks[c] = x.turn
			taken++
		}
	}
	mark(x.ruiner.seed)
	for _, c := range s.in.near[x.ruiner.seed] {
		if taken >= most {
			break
		}
		mark(c)
	}
	rest := s.absent[:0]
	for _, i := range x.absent {
		if s.owed(i) || x.marks[i] == x.turn {
			x.list = append(x.list, i)
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

func (x *island) keep() {
	for _, v := range x.dirty {
		x.isDirty[v] = false
	}
	x.dirty = x.dirty[:0]
}

// undo puts every touched route back.
func (x *island) undo(cost int) {
	s := x.s
	for _, v := range x.dirty {
		for _, i := range s.routes[v].seq {
			s.where[i] = -1
		}
	}
	for _, v := range x.dirty {
		s.routes[v], x.saved[v] = x.saved[v], s.routes[v]
		if s.tangle != nil {
			s.tangle.stale[v] = true
		}
		for k, i := range s.routes[v].seq {
			s.where[i], s.at[i] = int32(v), int32(k)
		}
	}
	s.absent = append(s.absent[:0], x.absent...)
	s.served = append(s.served[:0], x.served...)
	s.cost = cost
	x.keep()
}

func (x *island) result(all []*island) Result {
	out := Result{Solution: vrp.Solution{Routes: x.best}, Iterations: total(all)}
	out.Cost, _ = vrp.Evaluate(x.s.in.p, out.Solution)
	return out
}

// stopped reports that the caller wants no more: the best plan so far is the
// answer then, not an error.
func stopped(ctx context.Context) bool { return ctx.Err() != nil }
