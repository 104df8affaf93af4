package search

import (
	"slices"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/segment"
)

// route is a vehicle's visits with what is needed to judge an insertion at once.
// Position k of an array with one more entry belongs to the gap before stop k.
type route struct {
	seq   []int32
	ready []int   // ready[k]: earliest departure towards stop k
	late  []int   // late[k]: latest arrival at stop k (or at the end) that keeps the rest
	step  []int32 // step[k]: cost of the arc into stop k (or the end)
	load  []int   // [dims] all that is delivered
	back  []int   // [dims] all that is picked up
	above []int   // [(k)·dims] largest load up to the gap before stop k
	below []int   // [(k)·dims] largest load from that gap on
	cost  int     // arcs, fixed, hours
	hours int     // waiting, duty, missed preferences
	arcs  int
	drive int
	meter int
	duty  int
	stale bool // cost is not computed yet
	// pre[k] joins the start and the stops before stop k, suf[k] those from k on and
	// the end; only where the segments know the duty and it has a bound.
	pre, suf []segment.Segment
}

// state is a plan under search.
type state struct {
	in     *instance
	routes []route
	where  []int32 // vehicle of each visit, or −1
	at     []int32 // position there
	absent []int32
	served []int // visits of each group, then of each pattern, that are served
	left   int   // price of what is absent
	cost   int   // of everything
	clocks []*vrp.Clock
	trial  []int
	tangle *tangle // nil without a price of compactness
}

func newState(in *instance) *state {
	s := &state{in: in, routes: make([]route, len(in.vehicle)), where: make([]int32, in.n),
		at: make([]int32, in.n), tangle: newTangle(in.p),
		served: make([]int, len(in.p.Groups)+len(in.p.Patterns))}
	s.clocks = make([]*vrp.Clock, len(in.vehicle))
	for v := range s.routes {
		s.clocks[v] = vrp.NewClock(in.p, v)
	}
	return s
}

// load takes a whole solution.
func (s *state) load(routes [][]int) {
	for i := range s.where {
		s.where[i] = -1
	}
	clear(s.served)
	for v := range s.routes {
		s.routes[v].seq = s.routes[v].seq[:0]
		for _, i := range routes[v] {
			s.routes[v].seq = append(s.routes[v].seq, int32(i))
			s.where[i] = int32(v)
			if g := s.in.group[i]; g >= 0 {
				s.served[g]++
			}
		}
		s.refresh(v)
	}
	s.absent = s.absent[:0]
	for i := range s.where {
		if s.where[i] < 0 {
			s.absent = append(s.absent, int32(i))
		}
	}
	s.price()
}

func (s *state) solution() vrp.Solution {
	out := vrp.Solution{Routes: make([][]int, len(s.routes))}
	for v := range s.routes {
		for _, i := range s.routes[v].seq {
			out.Routes[v] = append(out.Routes[v], int(i))
		}
	}
	return out
}

// begin is the earliest start of a visit at or after t, or a time after its last
// window.
func (in *instance) begin(i int32, t int) int {
	if !in.several[i] {
		return max(t, in.open[i])
	}
	x := &in.p.Visits[i]
	for _, w := range x.Windows {
		if t <= w.LatestStart(x.Service) && w.LatestStart(x.Service) >= w.Open {
			return max(t, w.Open)
		}
	}
	return max(t, in.last[i]+1)
}

// before is the latest start of a visit at or before t, or a time before its
// first window.
func (in *instance) before(i int32, t int) int {
	if !in.several[i] {
		return min(t, in.last[i])
	}
	x := &in.p.Visits[i]
	for k := len(x.Windows) - 1; k >= 0; k-- {
		if w := x.Windows[k]; t >= w.Open && w.LatestStart(x.Service) >= w.Open {
			return min(t, w.LatestStart(x.Service))
		}
	}
	return min(t, in.open[i]-1)
}

func grow[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/2+4)
	}
	return list[:n]
}

// refresh recomputes a route from its sequence. O(stops).
func (s *state) refresh(v int) {
	in, r, x := s.in, &s.routes[v], &s.in.vehicle[v]
	c := &in.classes[x.class]
	m := len(r.seq)
	r.ready, r.late, r.step = grow(r.ready, m+1), grow(r.late, m+1), grow(r.step, m+1)
	r.ready[0], r.late[m] = x.open, x.shut
	r.arcs, r.drive = 0, 0
	prev := x.start
	for k, i := range r.seq {
		arc := prev*in.size + int(i)
		r.step[k] = c.cost[arc]
		r.arcs += int(c.cost[arc])
		r.drive += int(c.time[arc])
		r.ready[k+1] = in.begin(i, r.ready[k]+int(c.time[arc])) + in.serve[i]
		s.where[i], s.at[i] = int32(v), int32(k)
		prev = int(i)
	}
	r.step[m] = c.cost[prev*in.size+x.end]
	r.arcs += int(r.step[m])
	r.drive += int(c.time[prev*in.size+x.end])
	next := x.end
	for k := m - 1; k >= 0; k-- {
		i := r.seq[k]
		r.late[k] = in.before(i, r.late[k+1]-int(c.time[int(i)*in.size+next])-in.serve[i])
		next = int(i)
	}
	if x.joined {
		s.join(v)
	}
	s.loads(v)
	r.stale = true
}

// join recomputes the segments of a route. O(stops).
func (s *state) join(v int) {
	in, r, x := s.in, &s.routes[v], &s.in.vehicle[v]
	c := &in.classes[x.class]
	m := len(r.seq)
	r.pre, r.suf = grow(r.pre, m+1), grow(r.suf, m+1)
	r.pre[0] = segment.Segment{Early: x.open, Late: x.shut}
	if x.rule.Punctual {
		r.pre[0].Late = x.open
	}
	r.suf[m] = segment.Segment{Early: x.open, Late: x.shut}
	prev, next := x.start, x.end
	for k, i := range r.seq {
		node := in.node(i)
		r.pre[k+1] = segment.Join(&r.pre[k], &node, int(c.time[prev*in.size+int(i)]))
		prev = int(i)
	}
	for k := m - 1; k >= 0; k-- {
		i := r.seq[k]
		node := in.node(i)
		r.suf[k] = segment.Join(&node, &r.suf[k+1], int(c.time[int(i)*in.size+next]))
		next = int(i)
	}
}

// node is a visit as a segment.
func (in *instance) node(i int32) segment.Segment {
	return segment.Segment{Dur: in.serve[i], Early: in.open[i], Late: in.last[i]}
}

// dutyWith is the duty of the route with visit i put in before stop at. O(1).
func (s *state) dutyWith(v int, i int32, at, there, away int) int {
	r, node := &s.routes[v], s.in.node(i)
	whole := segment.Join(&r.pre[at], &node, there)
	whole = segment.Join(&whole, &r.suf[at], away)
	return whole.Duty()
}

// loads recomputes what is on board along a route.
func (s *state) loads(v int) {
	in, r := s.in, &s.routes[v]
	if in.dims == 0 {
		return
	}
	d := in.dims
	r.load, r.back = grow(r.load, d), grow(r.back, d)
	clear(r.load)
	clear(r.back)
	for _, i := range r.seq {
		for k := range d {
			r.load[k] += in.deliver[int(i)*d+k]
			r.back[k] += in.pick[int(i)*d+k]
		}
	}
	if !in.picks {
		return
	}
	m := len(r.seq)
	r.above, r.below = grow(r.above, (m+1)*d), grow(r.below, (m+1)*d)
	for k := range d {
		now := r.load[k]
		r.above[k] = now
		for j, i := range r.seq {
			now += in.pick[int(i)*d+k] - in.deliver[int(i)*d+k] + in.carry[int(i)*d+k]
			r.below[(j+1)*d+k] = now
			r.above[(j+1)*d+k] = max(r.above[j*d+k], now)
		}
		r.below[k] = r.load[k]
		for j := m - 1; j >= 0; j-- {
			r.below[j*d+k] = max(r.below[j*d+k], r.below[(j+1)*d+k])
		}
	}
}

// costs prices a route. The clock is asked only where it matters.
func (s *state) costs(v int) {
	in, r := s.in, &s.routes[v]
	rule := in.vehicle[v].rule
	r.cost, r.hours, r.duty, r.meter, r.stale = 0, 0, 0, 0, false
	if s.tangle != nil {
		s.tangle.stale[v] = true
	}
	if len(r.seq) == 0 {
		return
	}
	r.cost = r.arcs + rule.Fixed
	if in.p.PerChange > 0 {
		for _, i := range r.seq {
			r.cost += in.p.Changed(v, int(i))
		}
	}
	if !in.timed(rule) && !in.balanced() && rule.MaxDistance == 0 && len(rule.Pins) == 0 {
		return
	}
	sum := s.sum(v, -1, 0)
	r.hours = in.hours(rule, sum, in.service(r.seq))
	r.cost += r.hours
	r.duty, r.meter = sum.Duty, sum.Distance
	for _, pin := range rule.Pins {
		if pin.Position >= len(r.seq) || int(r.seq[pin.Position]) != pin.Visit {
			r.cost += in.dear
		}
	}
}

// timed reports whether the hours of a vehicle's route have a price.
func (in *instance) timed(x *vrp.Vehicle) bool { return x.PerWait+x.PerDuty > 0 || in.soft }

// service is the time spent at the visits of a route.
func (in *instance) service(seq []int32) int {
	sum := 0
	for _, i := range seq {
		sum += in.serve[i]
	}
	return sum
}

// hours is the price of waiting, duty and missed preferences.
func (in *instance) hours(x *vrp.Vehicle, sum vrp.Sum, service int) int {
	wait := max(sum.Duty-sum.Drive-service-sum.Pause, 0)
	return x.PerWait*wait + x.PerDuty*sum.Duty + sum.Soft
}

func (in *instance) balanced() bool { return in.p.Balance != (vrp.Balance{}) }

// sum measures the route with the visit put in at a position, or as it is when
// the visit is negative.
func (s *state) sum(v int, visit int32, at int) vrp.Sum {
	s.trial = s.trial[:0]
	for k, i := range s.routes[v].seq {
		if k == at && visit >= 0 {
			s.trial = append(s.trial, int(visit))
		}
		s.trial = append(s.trial, int(i))
	}
	if visit >= 0 && at == len(s.routes[v].seq) {
		s.trial = append(s.trial, int(visit))
	}
	return s.clocks[v].Sum(s.trial)
}

// price adds up the whole plan. O(vehicles + absent).
func (s *state) price() {
	s.cost = 0
	low, high := -1, 0
	b := s.in.p.Balance
	for v := range s.routes {
		r := &s.routes[v]
		if r.stale {
			s.costs(v)
		}
		s.cost += r.cost
		if len(r.seq) == 0 || !s.in.balanced() {
			continue
		}
		high = max(high, r.duty)
		if low < 0 || r.duty < low {
			low = r.duty
		}
		if short := b.MinDuty - r.duty; short > 0 {
			s.cost += s.in.dear + short
		}
		if over := r.duty - b.MaxDuty; over > 0 && b.MaxDuty > 0 {
			s.cost += s.in.dear + over
		}
	}
	if low >= 0 {
		s.cost += b.PerSecond * (high - low)
	}
	if s.tangle != nil {
		s.cost += s.tangle.total(s.routes)
	}
	s.left = 0
	for _, i := range s.absent {
		if s.in.group[i] < 0 {
			s.left += s.worth(i)
		}
	}
	for g := range s.served {
		if s.served[g] == 0 {
			s.left += s.in.groupWorth(g)
		}
	}
	s.cost += s.left
}

// groupWorth is the price of serving nothing of a group or pattern.
func (in *instance) groupWorth(g int) int {
	if k := g - len(in.p.Groups); k >= 0 {
		if in.p.Patterns[k].Optional {
			return in.p.Patterns[k].Prize
		}
		return in.dear
	}
	largest := 0
	for _, i := range in.p.Groups[g].Visits {
		largest = max(largest, in.prize[i])
	}
	if in.p.Groups[g].Required {
		largest += in.dear
	}
	return largest
}

// worth is the price of leaving a visit out.
func (s *state) worth(i int32) int {
	if s.in.must[i] {
		return s.in.dear
	}
	return s.in.prize[i]
}

// take removes the visit from its route, which must be refreshed afterwards.
func (s *state) take(i int32) {
	v := s.where[i]
	r := &s.routes[v]
	at := slices.Index(r.seq, i)
	r.seq = slices.Delete(r.seq, at, at+1)
	s.where[i] = -1
	if g := s.in.group[i]; g >= 0 {
		s.served[g]--
	}
}

// put inserts the visit and refreshes the route.
func (s *state) put(i int32, v, at int) {
	r := &s.routes[v]
	r.seq = slices.Insert(r.seq, at, i)
	if g := s.in.group[i]; g >= 0 {
		s.served[g]++
	}
	s.refresh(v)
}
