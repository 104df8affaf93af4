package search

import (
	"slices"

	"beatplan/routing/vrp"
)

// far is the travel time and cost of a pair without a path, and the most that
// any arc costs.
const far = 1 << 29

// nearest is how many neighbours of a visit are kept, at most.
const nearest = 120

// instance is a problem in flat arrays; it is shared by all islands and never
// changes. Places 0 … n−1 are the visits; then the vehicles' starts and ends.
type instance struct {
	p       *vrp.Problem
	n, size int
	classes []class // of vehicles that travel and pay alike
	vehicle []vehicle
	open    []int // earliest start of each visit
	last    []int // latest start
	serve   []int
	several []bool    // more than one window
	near    [][]int32 // neighbours of each visit, nearest first
	depth   int       // neighbours looked at when inserting; 0 is everywhere
	dims    int       // of load
	deliver []int     // [visit·dims]
	pick    []int
	picks   bool  // loads change on the way: pickups or pairs
	carry   []int // [visit·dims] what a pair's visit takes up, or below 0 sets down
	must    []bool
	prize   []int   // of leaving out
	dear    int     // price of leaving out a required visit
	group   []int   // of each visit, or −1; patterns count on behind the groups
	members [][]int // visits of each pattern
	partner []int   // in a pair, or −1
	first   []bool
	order   [][]vrp.Order // precedences of each visit; nil without any
	fixed   []bool        // locked prefix or pinned
	soft    bool          // some visit has a preference
	leg     int           // an average arc, for the temperature
	blocked [][]bool
}

// class is what an arc costs and how long it takes, from·size + to; into is the cost
// by to·size + from, so that all that leads to a visit lies side by side in memory.
// Tables that are equal are one.
type class struct {
	profile, perMeter, perSecond int
	cost, time, into             []int32
}

type vehicle struct {
	class      int
	start, end int  // places
	open, shut int  // of the shift
	rich       bool // only the exact clock knows the times
	joined     bool // segments know the duty, which has a bound
	rule       *vrp.Vehicle
	kind       int // vehicles of one kind are interchangeable while unused
}

// newInstance prepares a problem that has passed Validate for a search.
func newInstance(p *vrp.Problem) *instance {
	in := flatten(p)
	in.hulls()
	in.locks()
	in.kinds()
	in.neighbours()
	return in
}

// flatten fills in the arcs, the vehicles and the visits, without what only a search
// needs.
func flatten(p *vrp.Problem) *instance {
	n := len(p.Visits)
	in := &instance{p: p, n: n, depth: 0}
	places := make([]int, n, n+8)
	for i := range p.Visits {
		places[i] = p.Visits[i].Location
	}
	place := map[int]int{}
	depot := func(location int) int {
		k, ok := place[location]
		if !ok {
			k = len(places)
			place[location] = k
			places = append(places, location)
		}
		return k
	}
	for v := range p.Vehicles {
		x := &p.Vehicles[v]
		in.vehicle = append(in.vehicle, vehicle{rule: x, start: depot(x.Start), end: depot(x.End),
			open: x.Shift.Open, shut: x.Shift.Close, class: in.classOf(x)})
	}
	in.size = len(places)
	for k := range in.classes {
		in.arcs(&in.classes[k], places)
	}
	in.visits()
	return in
}

func (in *instance) classOf(x *vrp.Vehicle) int {
	for k, c := range in.classes {
		if c.profile == x.Profile && c.perMeter == x.PerMeter && c.perSecond == x.PerSecond {
			return k
		}
	}
	in.classes = append(in.classes,
		class{profile: x.Profile, perMeter: x.PerMeter, perSecond: x.PerSecond})
	return len(in.classes) - 1
}

func (in *instance) arcs(c *class, places []int) {
	profile := &in.p.Profiles[c.profile]
	c.cost, c.time = make([]int32, in.size*in.size), make([]int32, in.size*in.size)
	sum, count, largest := 0, 0, 0
	for a, from := range places {
		for b, to := range places {
			if from == vrp.Nowhere || to == vrp.Nowhere {
				continue
			}
			k, cell := a*in.size+b, from*profile.Locations+to
			s, m := int(profile.Duration[cell]), int(profile.Distance[cell])
			if s < 0 || m < 0 {
				c.cost[k], c.time[k] = far, far
				continue
			}
			cost := min(s*c.perSecond+m*c.perMeter, far)
			c.cost[k], c.time[k] = int32(cost), int32(min(s, far))
			sum, count, largest = sum+cost, count+1, max(largest, cost)
		}
	}
	if slices.Equal(c.cost, c.time) {
		c.time = c.cost
	}
	c.into = in.turned(c.cost)
	in.leg = max(in.leg, sum/max(count, 1))
	in.dear = max(in.dear, largest)
}

// turned is a table with rows and columns exchanged, or itself when that is the same.
func (in *instance) turned(table []int32) []int32 {
	out := make([]int32, len(table))
	for a := range in.size {
		for b := range in.size {
			out[b*in.size+a] = table[a*in.size+b]
		}
	}
	if slices.Equal(out, table) {
		return table
	}
	return out
}

func (in *instance) visits() {
	p := in.p
	for i := range p.Vehicles {
		in.dims = max(in.dims, len(p.Vehicles[i].Capacity))
	}
	prizes, fixed := 0, 0
	for i := range p.Visits {
		x := &p.Visits[i]
		in.open = append(in.open, 0)
		in.last = append(in.last, vrp.MaxTime)
		in.several = append(in.several, len(x.Windows) > 1)
		if k := len(x.Windows); k > 0 {
			in.open[i], in.last[i] = x.Windows[0].Open, x.Windows[k-1].LatestStart(x.Service)
		}
		in.serve = append(in.serve, x.Service)
		in.must = append(in.must, !x.Optional)
		in.soft = in.soft || x.Preferred != nil
		in.prize = append(in.prize, x.Prize)
		in.group, in.partner = append(in.group, -1), append(in.partner, -1)
		for d := range in.dims {
			in.deliver = append(in.deliver, entry(x.Delivery, d))
			in.pick = append(in.pick, entry(x.Pickup, d))
			in.picks = in.picks || entry(x.Pickup, d) > 0
		}
		prizes = max(prizes, x.Prize)
	}
	for v := range p.Vehicles {
		fixed = max(fixed, p.Vehicles[v].Fixed)
	}
	in.first = make([]bool, in.n)
	for g := range p.Groups {
		for _, i := range p.Groups[g].Visits {
			in.group[i], in.must[i] = g, false
		}
	}
	for k := range p.Patterns {
		in.members = append(in.members, p.Patterns[k].Visits())
		for _, i := range in.members[k] {
			in.group[i], in.must[i] = len(p.Groups)+k, false
		}
		prizes = max(prizes, p.Patterns[k].Prize)
	}
	if len(p.Orders) > 0 {
		in.order = make([][]vrp.Order, in.n)
	}
	for _, o := range p.Orders {
		in.order[o.First] = append(in.order[o.First], o)
		in.order[o.Then] = append(in.order[o.Then], o)
	}
	in.carry = make([]int, in.n*in.dims)
	for _, pair := range p.Pairs {
		for d := range in.dims {
			in.carry[pair.Pickup*in.dims+d] = entry(pair.Amount, d)
			in.carry[pair.Delivery*in.dims+d] = -entry(pair.Amount, d)
			in.picks = true
		}
		in.partner[pair.Pickup], in.partner[pair.Delivery] = pair.Delivery, pair.Pickup
		in.first[pair.Pickup] = true
	}
	in.dear = 20*(in.dear+in.leg) + 2*prizes + 2*fixed + 1000 + in.dearest()
}

// dearest bounds what one more visit can add to the prices of hours, balance,
// changes and compactness.
func (in *instance) dearest() int {
	p, hour, day, soft := in.p, 0, 0, 0
	for v := range p.Vehicles {
		x := &p.Vehicles[v]
		hour = max(hour, x.PerWait+x.PerDuty)
		if x.Shift.Close < vrp.MaxTime {
			day = max(day, x.Shift.Close-x.Shift.Open)
		}
	}
	for i := range p.Visits {
		if y := p.Visits[i].Preferred; y != nil {
			soft += max(y.PerEarly, y.PerLate) * min(day, 1<<18)
		}
	}
	around := (p.Compact.PerCrossing + p.Compact.PerOverlap) * in.n
	return (hour+p.Balance.PerSecond)*day + soft + around + p.PerChange
}

// hulls says for whom segments are exact: nobody with breaks, and only when every
// visit has one window and no preference.
func (in *instance) hulls() {
	simple := !in.soft && !slices.Contains(in.several, true)
	for v := range in.vehicle {
		x := &in.vehicle[v]
		if in.p.Balance.MaxDuty > 0 || x.rule.MaxDuty > 0 {
			x.joined = simple && len(x.rule.Breaks) == 0
			x.rich = !x.joined
		}
		x.rich = x.rich || len(x.rule.Breaks) > 0 || x.rule.MaxDrive > 0 || x.rule.MaxDistance > 0 || in.soft
	}
}

// longest is the bound of a vehicle's duty.
func (in *instance) longest(x *vrp.Vehicle) int {
	most := vrp.MaxTime
	for _, bound := range []int{x.MaxDuty, in.p.Balance.MaxDuty} {
		if bound > 0 {
			most = min(most, bound)
		}
	}
	return most
}

func entry(list []int, d int) int {
	if d < len(list) {
		return list[d]
	}
	return 0
}

func (in *instance) locks() {
	in.fixed = make([]bool, in.n)
	in.blocked = make([][]bool, len(in.vehicle))
	for v := range in.vehicle {
		rule := in.vehicle[v].rule
		for _, i := range rule.Prefix {
			in.fixed[i] = true
		}
		for _, pin := range rule.Pins {
			in.fixed[pin.Visit] = true
		}
	}
	for i := range in.p.Visits {
		x := &in.p.Visits[i]
		if x.Allowed == nil && x.Forbidden == nil && x.Skills == nil {
			continue
		}
		for v := range in.vehicle {
			if !in.p.Serves(v, i) {
				if in.blocked[v] == nil {
					in.blocked[v] = make([]bool, in.n)
				}
				in.blocked[v][i] = true
			}
		}
	}
}

// kinds numbers vehicles that are alike in all that matters while they are
// unused, so that only one of them is tried.
func (in *instance) kinds() {
	for v := range in.vehicle {
		in.vehicle[v].kind = v
		for w := range v {
			if in.alike(v, w) {
				in.vehicle[v].kind = in.vehicle[w].kind
				break
			}
		}
	}
}

func (in *instance) alike(v, w int) bool {
	a, b := &in.vehicle[v], &in.vehicle[w]
	x, y := a.rule, b.rule
	return a.class == b.class && a.start == b.start && a.end == b.end && a.open == b.open &&
		a.shut == b.shut && x.MaxDuty == y.MaxDuty && x.MaxDrive == y.MaxDrive &&
		x.MaxDistance == y.MaxDistance && x.MaxStops == y.MaxStops && x.Fixed == y.Fixed &&
		x.PerWait == y.PerWait && x.PerDuty == y.PerDuty && in.p.PerChange == 0 &&
		x.Punctual == y.Punctual && slices.Equal(x.Capacity, y.Capacity) &&
		slices.Equal(in.blocked[v], in.blocked[w]) && len(x.Prefix)+len(y.Prefix) == 0 &&
		len(x.Pins)+len(y.Pins)+len(x.Breaks)+len(y.Breaks) == 0
}

// neighbours sorts, for each visit, the others by travel and by the waiting or
// lateness that serving both in a row brings (Vidal et al., 2013, section 4.5).
func (in *instance) neighbours() {
	c := &in.classes[0]
	keep := min(nearest, in.n-1)
	in.near = make([][]int32, in.n)
	score := make([]int, in.n)
	order := make([]int32, 0, in.n)
	ratio := 1.0
	if sum := in.timeSum(c); sum > 0 {
		ratio = float64(in.leg) / sum
	}
	for i := range in.n {
		order = order[:0]
		for j := range in.n {
			if i == j {
				continue
			}
			there, back := in.apart(c, i, j, ratio), in.apart(c, j, i, ratio)
			score[j] = min(there, back)
			order = append(order, int32(j))
		}
		slices.SortFunc(order, func(a, b int32) int {
			if score[a] != score[b] {
				return score[a] - score[b]
			}
			return int(a - b)
		})
		in.near[i] = slices.Clone(order[:max(keep, 0)])
	}
	if in.n > everywhere {
		in.depth = 60
	}
}

func (in *instance) timeSum(c *class) float64 {
	sum, count := 0, 0
	for _, t := range c.time {
		if t < far {
			sum += int(t)
			count++
		}
	}
	return float64(sum) / float64(max(count, 1))
}

func (in *instance) apart(c *class, i, j int, ratio float64) int {
	k := i*in.size + j
	t := int(c.time[k])
	wait := max(in.open[j]-t-in.serve[i]-in.last[i], 0)
	late := max(in.open[i]+in.serve[i]+t-in.last[j], 0)
	return int(c.cost[k]) + int((0.2*float64(wait)+float64(late))*ratio)
}
