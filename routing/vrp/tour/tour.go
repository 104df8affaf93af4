package tour

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"beatplan/routing/vrp"
)

// Options bound a search. The zero value is a search for an interactive day.
type Options struct {
	Seed       uint64
	Iterations int                  // perturbations; 0 with no Time is an interactive budget
	Time       time.Duration        // wall clock; 0 is none. With it, runs may differ
	Clock      func() time.Duration // what Time is measured by; nil is the wall clock
	Threads    int                  // 0 is one a processor; never changes a plan of so many Iterations
	// Progress is told rounds, cost and the share of the budget now and then, once a
	// route that keeps every rule was found.
	Progress func(rounds, cost int, spent float64)

	heuristic bool // never enumerate, for tests
}

// Result is the order found.
type Result struct {
	Route      []int // visit indexes, locked prefix first
	Left       []int // candidates in no place, in the order given
	Feasible   bool  // the route keeps every time and limit
	Iterations int
}

// Solve orders the candidates on vehicle v: visit indexes in today's order, the
// vehicle's Prefix first. Optional visits stay out when their prize does not
// pay; required ones stay out only when no feasible order was found with them.
// If today's order is feasible, the result is feasible and costs no more.
// Same input, seed and iterations give the same result. ctx ends it early.
func Solve(ctx context.Context, p *vrp.Problem, v int, candidates []int, opt Options) Result {
	in := newInstance(p, v, candidates)
	s := newSearch(in, opt.Seed)
	s.bound(opt)
	s.today()
	switch {
	case in.n-in.lo <= small && !opt.heuristic:
		s.enumerate()
	case opt.Iterations == 0 && (opt.Time == 0 || opt.processors() > 1) && !in.roundTrip():
		return pairOf(ctx, s, opt)
	default:
		s.run(ctx)
	}
	return s.result()
}

// processors is how many searches run side by side at best.
func (o Options) processors() int {
	if o.Threads > 0 {
		return o.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// pairOf is the answer that somebody waits for: two searches of different seeds
// side by side, of which the better wins, then the first, which is ready to run.
func pairOf(ctx context.Context, first *search, opt Options) Result {
	both := [2]*search{first, newSearch(first.in, opt.Seed+seedApart)}
	opt.Progress = nil // the first tells
	var wait sync.WaitGroup
	wait.Go(func() { first.run(ctx) })
	wait.Go(func() {
		both[1].bound(opt)
		both[1].today()
		both[1].run(ctx)
	})
	wait.Wait()
	out := both[0]
	if both[1].bestValue.less(out.bestValue) {
		out = both[1]
	}
	r := out.result()
	r.Iterations = both[0].rounds + both[1].rounds
	return r
}

// seedApart keeps the second search's seed away from those that callers count up.
const seedApart = 0x51_7cc1_b727_2202

// interactive is the work of each search of an answer that somebody waits for:
// some 15 ms.
const interactive = 2_300_000

// bound sets when the search ends.
func (s *search) bound(opt Options) {
	s.maxRounds, s.maxWork = math.MaxInt, math.MaxInt
	s.threads, s.progress = opt.Threads, opt.Progress
	switch {
	case opt.Iterations > 0:
		s.maxRounds = opt.Iterations
	case opt.Time == 0:
		s.maxWork = interactive
	}
	if opt.Time > 0 {
		s.clockOf = opt.Clock
		if s.clockOf == nil {
			began := time.Now()
			s.clockOf = func() time.Duration { return time.Since(began) }
		}
		s.begun, s.time = s.clockOf(), opt.Time
	}
}

// advance updates how much of the budget is spent, in 0 … 1, and reports whether
// it is not all.
func (s *search) advance(ctx context.Context) bool {
	s.rounds++
	s.spent = max(float64(s.rounds)/float64(s.maxRounds), float64(s.work)/float64(s.maxWork), s.spent)
	if s.rounds%8 == 0 {
		if ctx.Err() != nil {
			return false
		}
		if s.time > 0 {
			s.spent = max(s.spent, float64(s.clockOf()-s.begun)/float64(s.time))
		}
	}
	return s.spent <= 1
}

// over reports that the time is up or nobody waits any more: a descent of a thousand
// visits with pins takes seconds.
func (s *search) over() bool {
	select {
	case <-s.done:
		return true
	default:
		return s.time > 0 && s.clockOf()-s.begun > s.time
	}
}

// search is the state of one run.
type search struct {
	in        *instance
	rng       *rand.Rand
	clock     *vrp.Clock
	begun     time.Duration
	clockOf   func() time.Duration
	time      time.Duration
	done      <-chan struct{} // of the context
	spent     float64         // share of the budget
	late      int             // present price of a second of lateness or excess
	mayDrop   bool
	rounds    int
	work      int // candidates looked at, a measure of time that is the same everywhere
	maxWork   int
	maxRounds int
	threads   int
	progress  func(rounds, cost int, spent float64)

	seq   []int  // nodes: start, candidates, end
	out   []int  // candidates left out
	pre   []seg  // pre[k] joins seq[0…k]
	suf   []seg  // suf[k] joins seq[k…]
	arcs  []int  // cost of seq[0…k]
	back  []int  // cost of seq[0…k] driven the other way round
	drive []int  // seconds of seq[0…k]
	rdriv []int  // and the other way round
	dist  []int  // metres of seq[0…k]
	rdist []int  // and the other way round
	serve []int  // service of seq[0…k]
	cost  value  // of the present route
	total int    // its penalised sum
	queue []int  // positions' nodes to look at
	inQ   []bool // by node

	best      []int
	bestOut   []int
	bestValue value
	route     []int // scratch for the exact clock
	scratch   []int
	tight     bool
	gone      []int   // taken out in this round
	near      [][]int // neighbours of each candidate
	saved     []int
	savedOut  []int
}

// value is a route's worth before penalties are priced.
type value struct {
	arcs, wait, left int // costs
	excess           int // seconds late, seconds and metres over the limits
	missing          int // legs without a path
}

func (x value) plain() int { return x.arcs + x.wait + x.left }

// less orders values: fewer missing legs, less excess, lower cost.
func (x value) less(y value) bool {
	if x.missing != y.missing {
		return x.missing < y.missing
	}
	if x.excess != y.excess {
		return x.excess < y.excess
	}
	return x.plain() < y.plain()
}

func newSearch(in *instance, seed uint64) *search {
	return &search{in: in, rng: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)),
		clock: vrp.NewClock(in.p, in.v), inQ: make([]bool, in.size),
		late: 20 * max(in.vehicle.PerSecond, in.vehicle.PerMeter, 1)}
}

// price is the penalised sum that the local search lowers. A missing leg is in
// the arcs already, at the price of far.
func (s *search) price(x value) int {
	return x.plain() + s.late*x.excess
}

// measure computes the value of a whole sequence with the exact clock.
func (s *search) measure(seq []int) value {
	in := s.in
	s.route = s.route[:0]
	for _, u := range seq[1 : len(seq)-1] {
		s.route = append(s.route, in.visits[u])
	}
	var x value
	service := 0
	for k := 1; k < len(seq); k++ {
		x.arcs += in.cost[seq[k-1]*in.size+seq[k]]
		if seq[k] < in.n {
			service += in.node[seq[k]].Dur - in.node[seq[k]].Warp
		}
	}
	sum := s.clock.Sum(s.route)
	s.work += 20 * len(seq)
	x.wait = in.perWait * max(sum.Duty-sum.Drive-service-sum.Pause, 0)
	x.wait += in.vehicle.PerDuty*sum.Duty + sum.Soft
	x.missing = sum.Missing
	x.excess = sum.Warp + in.over(sum.Duty, sum.Drive, sum.Distance)
	if !in.p.Ordered(s.route) {
		x.excess += 3600
	}
	x.excess += 60 * in.misplaced(seq)
	return x
}

// over is by how much limits are exceeded.
func (in *instance) over(duty, drive, meters int) int {
	x, sum := in.vehicle, 0
	if x.MaxDuty > 0 {
		sum += max(duty-x.MaxDuty, 0)
	}
	if x.MaxDrive > 0 {
		sum += max(drive-x.MaxDrive, 0)
	}
	if x.MaxDistance > 0 {
		sum += max(meters-x.MaxDistance, 0)
	}
	return sum
}

// misplaced counts pinned visits that are not at their position.
func (in *instance) misplaced(seq []int) int {
	wrong := 0
	for _, q := range in.pins {
		if q.position+1 >= len(seq)-1 || seq[q.position+1] != q.node {
			wrong++
		}
	}
	return wrong
}

// today starts from the order handed in, with every candidate in it.
func (s *search) today() {
	in := s.in
	s.seq = append(s.seq[:0], in.n)
	for u := range in.n {
		s.seq = append(s.seq, u)
	}
	s.seq = append(s.seq, in.n+1)
	s.out = s.out[:0]
	s.settle()
	s.bestValue = s.cost
	s.best = append(s.best[:0], s.seq...)
	s.bestOut = s.bestOut[:0]
}

// settle recomputes everything known of the present sequence. O(n).
func (s *search) settle() {
	in, m := s.in, len(s.seq)
	s.chain()
	for k := 1; k < m; k++ {
		arc := s.seq[k]*in.size + s.seq[k-1]
		s.back[k] = s.back[k-1] + in.cost[arc]
		s.rdriv[k] = s.rdriv[k-1] + in.drive[arc]
		s.rdist[k] = s.rdist[k-1] + in.meters[arc]
	}
	s.cost = s.value()
	s.total = s.price(s.cost)
}

func (s *search) grow(m int) {
	s.pre, s.suf = grow(s.pre, m), grow(s.suf, m)
	s.arcs, s.back = grow(s.arcs, m), grow(s.back, m)
	s.drive, s.rdriv = grow(s.drive, m), grow(s.rdriv, m)
	s.dist, s.rdist = grow(s.dist, m), grow(s.rdist, m)
	s.serve = grow(s.serve, m)
}

func grow[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/2)
	}
	return list[:n]
}

// value is the truth about the present sequence.
func (s *search) value() value {
	left := 0
	for _, u := range s.out {
		left += s.in.worth(u)
	}
	if !s.in.exact || len(s.in.pins) > 0 {
		x := s.measure(s.seq)
		x.left = left
		return x
	}
	m := len(s.seq) - 1
	x := s.hullValue(s.pre[m], totals{s.arcs[m], s.drive[m], s.dist[m], s.serve[m]})
	x.left = left
	for k := 1; k <= m; k++ {
		if s.in.drive[s.seq[k-1]*s.in.size+s.seq[k]] == far {
			x.missing++
		}
	}
	return x
}

// totals are the sums of a candidate route that do not depend on its times.
type totals struct{ arcs, drive, meters, service int }

// hullValue prices a whole route by its joined segment.
func (s *search) hullValue(whole seg, t totals) value {
	x := value{arcs: t.arcs}
	if s.in.waits {
		x.wait = s.in.perWait*max(whole.Dur-whole.Warp-t.drive-t.service-s.in.pause, 0) +
			s.in.vehicle.PerDuty*(whole.Dur-whole.Warp)
	}
	x.excess = whole.Warp + s.in.over(whole.Dur-whole.Warp, t.drive, t.meters)
	return x
}

// tells is after how many rounds progress is told.
const tells = 256

// feasible reports whether the best route keeps every time and limit.
func (s *search) feasible() bool { return s.bestValue.excess == 0 && s.bestValue.missing == 0 }

// run perturbs and repairs until the budget is spent.
func (s *search) run(ctx context.Context) {
	s.done = ctx.Done()
	s.construct()
	if s.roundTrip(ctx) {
		return
	}
	s.rebuildAll(ctx)
	s.queueAll()
	s.descend()
	s.record()
	accepted := s.total
	s.save()
	bad := 0
	for s.advance(ctx) {
		s.adapt()
		s.kick()
		s.descend()
		s.record()
		if s.rounds%tells == 0 && s.progress != nil && s.feasible() {
			s.progress(s.rounds, s.bestValue.plain(), s.spent)
		}
		if s.total <= accepted+s.slack() {
			accepted = s.total
			s.save()
			bad = 0
			continue
		}
		if bad++; bad > 60+s.in.n {
			s.restart()
			s.save()
			accepted, bad = s.total, 0
			continue
		}
		s.restore()
	}
}

// slack is how much worse than the accepted route a new one may be: a share of
// an average leg that shrinks as the budget is spent.
func (s *search) slack() int {
	leg := s.cost.arcs / max(len(s.seq)-1, 1)
	return int(float64(leg) * (1 - s.spent) / 3)
}

// adapt prices lateness: dearer while routes are late, cheaper while they are
// not. When nothing feasible has been found after half the budget, required
// visits may be left out, and lateness is dearer than any of them.
func (s *search) adapt() {
	if !s.feasible() && !s.mayDrop && s.spent > 0.6 {
		s.mayDrop = true
		s.restore()
		s.late = 2 * s.in.dear
		s.total = s.price(s.cost)
		s.save()
		return
	}
	if s.mayDrop || s.rounds%10 != 0 {
		return
	}
	unit := max(s.in.vehicle.PerSecond, s.in.vehicle.PerMeter, 1)
	if s.cost.excess > 0 {
		s.late = min(s.late*3/2+1, 10_000*unit)
	} else {
		s.late = max(s.late*17/20, unit)
	}
	s.total = s.price(s.cost)
}

func (s *search) save() {
	s.saved = append(s.saved[:0], s.seq...)
	s.savedOut = append(s.savedOut[:0], s.out...)
}

func (s *search) restore() {
	s.seq = append(s.seq[:0], s.saved...)
	s.out = append(s.out[:0], s.savedOut...)
	s.settle()
}

func (s *search) restart() {
	s.seq = append(s.seq[:0], s.best...)
	s.out = append(s.out[:0], s.bestOut...)
	s.settle()
}

// record keeps the present route if it is the best so far. Until a feasible one
// exists, leaving out a required visit never beats lateness by itself: less
// compares excess first.
func (s *search) record() {
	if s.cost.less(s.bestValue) {
		s.bestValue = s.cost
		s.best = append(s.best[:0], s.seq...)
		s.bestOut = append(s.bestOut[:0], s.out...)
	}
}

func (s *search) result() Result {
	r := Result{Iterations: s.rounds, Feasible: s.feasible()}
	for _, u := range s.best[1 : len(s.best)-1] {
		r.Route = append(r.Route, s.in.visits[u])
	}
	gone := make([]bool, s.in.n)
	for _, u := range s.bestOut {
		gone[u] = true
	}
	for u, yes := range gone {
		if yes {
			r.Left = append(r.Left, s.in.visits[u])
		}
	}
	return r
}
