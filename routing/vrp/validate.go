package vrp

import (
	"fmt"
	"strings"
)

// Fault is one broken rule of a problem, named by its field.
type Fault struct {
	Path string // e.g. "visits[3].windows[0]"
	Code string // "required", "range", "unknown", "size", "order", "duplicate"
	Text string // one sentence
}

// Invalid is the error of [Problem.Validate]; it carries at most 100 faults.
type Invalid struct{ Faults []Fault }

// Error lists the faults, one after the other.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		parts[i] = f.Path + ": " + f.Text
	}
	return "invalid routing problem: " + strings.Join(parts, "; ")
}

const maxFaults = 100

type validator struct {
	p      *Problem
	faults []Fault
	nodes  int
}

func (c *validator) add(code, text, path string, args ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, Fault{fmt.Sprintf(path, args...), code, text})
	}
}

// Validate returns nil or an *Invalid that names every fault by field.
// Solvers may be handed only what passes. O(size of the problem).
func (p *Problem) Validate() error {
	c := &validator{p: p}
	c.sizes()
	if len(c.faults) == 0 {
		c.profiles()
	}
	if len(c.faults) == 0 {
		for v := range p.Vehicles {
			c.vehicle(v)
		}
		for i := range p.Visits {
			c.visit(i)
		}
		c.groups()
		c.patterns()
		c.pairs()
		c.locks()
		c.orders()
		c.previous()
		c.amount(p.Balance.PerSecond, "balance.per_second")
		c.amount(p.Balance.MinDuty, "balance.min_duty")
		c.amount(p.Balance.MaxDuty, "balance.max_duty")
		c.compact()
	}
	if len(c.faults) > 0 {
		return &Invalid{c.faults}
	}
	return nil
}

func (c *validator) sizes() {
	p := c.p
	if len(p.Profiles) == 0 {
		c.add("required", "there is no travel matrix", "profiles")
	}
	if len(p.Vehicles) == 0 {
		c.add("required", "there is no vehicle", "vehicles")
	}
	if len(p.Vehicles) > MaxVehicles {
		c.add("size", fmt.Sprintf("more than %d vehicles", MaxVehicles), "vehicles")
	}
	if len(p.Visits) > MaxVisits {
		c.add("size", fmt.Sprintf("more than %d visits", MaxVisits), "visits")
	}
}

func (c *validator) profiles() {
	c.nodes = c.p.Profiles[0].Locations
	for k := range c.p.Profiles {
		m := &c.p.Profiles[k]
		if m.Locations != c.nodes || m.Locations <= 0 {
			c.add("size", "matrices differ in size or are empty", "profiles[%d]", k)
			continue
		}
		if len(m.Duration) != c.nodes*c.nodes || len(m.Distance) != c.nodes*c.nodes {
			c.add("size", "the matrix is not square", "profiles[%d]", k)
			continue
		}
		for _, table := range [][]int32{m.Duration, m.Distance} {
			for i, x := range table {
				if x < Unreachable || x > MaxTime {
					c.add("range", "travel must be 0 … 2³⁰, or -1 for no path",
						"profiles[%d][%d][%d]", k, i/c.nodes, i%c.nodes)
				}
			}
		}
	}
}

func (c *validator) amount(x int, path string, args ...any) {
	if x < 0 || x > MaxTime {
		c.add("range", "must be 0 … 2³⁰", path, args...)
	}
}

func (c *validator) place(x int, open bool, path string, args ...any) {
	if x == Nowhere && open {
		return
	}
	if x < 0 || x >= c.nodes {
		c.add("unknown", "there is no such location", path, args...)
	}
}

func (c *validator) windows(list []Window, length int, path string) {
	if len(list) > MaxWindows {
		c.add("size", "too many windows", "%s.windows", path)
	}
	for k, w := range list {
		at := fmt.Sprintf("%s.windows[%d]", path, k)
		c.amount(w.Open, "%s.open", at)
		c.amount(w.Close, "%s.close", at)
		if w.Close < w.Open {
			c.add("order", "the window closes before it opens", "%s", at)
		}
		if k > 0 && w.Open < max(list[k-1].LatestStart(length), list[k-1].Open) {
			c.add("order", "windows must be sorted and the starts in them apart", "%s", at)
		}
	}
	c.amount(length, "%s.duration", path)
}

func (c *validator) vehicle(v int) {
	x, at := &c.p.Vehicles[v], fmt.Sprintf("vehicles[%d]", v)
	if x.Profile < 0 || x.Profile >= len(c.p.Profiles) {
		c.add("unknown", "there is no such profile", "%s.profile", at)
	}
	c.place(x.Start, true, "%s.start", at)
	c.place(x.End, true, "%s.end", at)
	c.windows([]Window{x.Shift}, 0, at+".shift")
	if len(x.Breaks) > MaxBreaks {
		c.add("size", "too many breaks", "%s.breaks", at)
	}
	for k, b := range x.Breaks {
		path := fmt.Sprintf("%s.breaks[%d]", at, k)
		if len(b.Windows) == 0 {
			c.add("required", "a break needs a window", "%s.windows", path)
		}
		c.windows(b.Windows, b.Duration, path)
	}
	for _, limit := range []int{x.MaxDuty, x.MaxDrive, x.MaxDistance, x.MaxStops} {
		c.amount(limit, "%s.limits", at)
	}
	for _, price := range []int{x.Fixed, x.PerMeter, x.PerSecond, x.PerWait, x.PerDuty} {
		c.amount(price, "%s.costs", at)
	}
	for d, q := range x.Capacity {
		c.amount(q, "%s.capacity[%d]", at, d)
	}
}

func (c *validator) visit(i int) {
	x, at := &c.p.Visits[i], fmt.Sprintf("visits[%d]", i)
	c.place(x.Location, false, "%s.location", at)
	c.windows(x.Windows, x.Service, at)
	c.amount(x.Prize, "%s.prize", at)
	if y := x.Preferred; y != nil {
		c.windows([]Window{y.Window}, 0, at+".preferred")
		c.amount(y.PerEarly, "%s.preferred.per_early", at)
		c.amount(y.PerLate, "%s.preferred.per_late", at)
	}
	for _, list := range [][]int{x.Delivery, x.Pickup} {
		for d, q := range list {
			c.amount(q, "%s.demand[%d]", at, d)
		}
	}
	for _, list := range [][]int{x.Allowed, x.Forbidden} {
		for _, v := range list {
			if v < 0 || v >= len(c.p.Vehicles) {
				c.add("unknown", "there is no such vehicle", "%s.vehicles", at)
			}
		}
	}
}

func (c *validator) groups() {
	seen := make([]bool, len(c.p.Visits))
	for g, group := range c.p.Groups {
		for _, i := range group.Visits {
			switch {
			case !c.known(i):
				c.add("unknown", "there is no such visit", "groups[%d]", g)
			case seen[i]:
				c.add("duplicate", "a visit is in two groups", "groups[%d]", g)
			default:
				seen[i] = true
			}
		}
	}
}

// patterns checks that options are neither empty nor repeat a visit, and that their
// visits are tied to nothing else.
func (c *validator) patterns() {
	if len(c.p.Patterns) == 0 {
		return
	}
	tied := c.tied()
	for k := range c.p.Patterns {
		x, at := &c.p.Patterns[k], fmt.Sprintf("patterns[%d]", k)
		c.amount(x.Prize, "%s.prize", at)
		if len(x.Options) == 0 {
			c.add("required", "a pattern needs an option", "%s.options", at)
		}
		for o, option := range x.Options {
			path := fmt.Sprintf("%s.options[%d]", at, o)
			if len(option) == 0 {
				c.add("required", "an option needs a visit", "%s", path)
			}
			for n, i := range option {
				switch {
				case !c.known(i):
					c.add("unknown", "there is no such visit", "%s", path)
				case tied[i]:
					c.add("duplicate", "a visit is in another pattern, a group or a pair, or locked",
						"%s", path)
				case contains(option[:n], i):
					c.add("duplicate", "a visit is twice in an option", "%s", path)
				}
			}
		}
		for _, i := range x.Visits() {
			if c.known(i) {
				tied[i] = true
			}
		}
	}
}

// tied marks the visits of groups and pairs and the locked ones.
func (c *validator) tied() []bool {
	tied := make([]bool, len(c.p.Visits))
	mark := func(i int) {
		if c.known(i) {
			tied[i] = true
		}
	}
	for _, g := range c.p.Groups {
		for _, i := range g.Visits {
			mark(i)
		}
	}
	for _, pair := range c.p.Pairs {
		mark(pair.Pickup)
		mark(pair.Delivery)
	}
	for v := range c.p.Vehicles {
		for _, i := range c.p.Vehicles[v].Prefix {
			mark(i)
		}
		for _, pin := range c.p.Vehicles[v].Pins {
			mark(pin.Visit)
		}
	}
	return tied
}

// compact checks the places that the price of compactness needs.
func (c *validator) compact() {
	c.amount(c.p.Compact.PerCrossing, "compact.per_crossing")
	c.amount(c.p.Compact.PerOverlap, "compact.per_overlap")
	if c.p.Compact == (Compact{}) {
		return
	}
	if len(c.p.Points) != c.nodes {
		c.add("size", "compactness needs one point a location", "points")
	}
	for k, x := range c.p.Points {
		if max(x.X, -x.X) > maxCoordinate || max(x.Y, -x.Y) > maxCoordinate {
			c.add("range", "coordinates must be within ±2²⁹", "points[%d]", k)
		}
	}
}

func (c *validator) known(i int) bool { return i >= 0 && i < len(c.p.Visits) }

func (c *validator) pairs() {
	seen := make([]bool, len(c.p.Visits))
	for k, pair := range c.p.Pairs {
		for _, i := range []int{pair.Pickup, pair.Delivery} {
			switch {
			case !c.known(i):
				c.add("unknown", "there is no such visit", "pairs[%d]", k)
			case seen[i]:
				c.add("duplicate", "a visit is in two pairs", "pairs[%d]", k)
			default:
				seen[i] = true
			}
		}
		for d, q := range pair.Amount {
			c.amount(q, "pairs[%d].amount[%d]", k, d)
		}
	}
}

// orders checks that precedences name known visits and have no circle.
func (c *validator) orders() {
	after := map[int][]int{}
	waits := make([]int, len(c.p.Visits))
	for k, o := range c.p.Orders {
		if !c.known(o.First) || !c.known(o.Then) || o.First == o.Then {
			c.add("unknown", "there are no such two visits", "orders[%d]", k)
			return
		}
		after[o.First] = append(after[o.First], o.Then)
		waits[o.Then]++
	}
	var free []int
	for i, w := range waits {
		if w == 0 {
			free = append(free, i)
		}
	}
	done := 0
	for ; done < len(free); done++ {
		for _, i := range after[free[done]] {
			if waits[i]--; waits[i] == 0 {
				free = append(free, i)
			}
		}
	}
	if done < len(waits) {
		c.add("order", "visits wait for each other in a circle", "orders")
	}
}

func (c *validator) previous() {
	c.amount(c.p.PerChange, "per_change")
	if c.p.Previous != nil && len(c.p.Previous) != len(c.p.Visits) {
		c.add("size", "one entry a visit is needed", "previous")
		return
	}
	for i, v := range c.p.Previous {
		if v != Nowhere && (v < 0 || v >= len(c.p.Vehicles)) {
			c.add("unknown", "there is no such vehicle", "previous[%d]", i)
		}
	}
}

// locks checks prefixes and pins: known visits, each locked once, positions
// that do not collide.
func (c *validator) locks() {
	seen := make([]bool, len(c.p.Visits))
	lock := func(i int, path string) {
		switch {
		case !c.known(i):
			c.add("unknown", "there is no such visit", "%s", path)
		case seen[i]:
			c.add("duplicate", "a visit is locked twice", "%s", path)
		default:
			seen[i] = true
		}
	}
	for v := range c.p.Vehicles {
		x := &c.p.Vehicles[v]
		taken := map[int]bool{}
		for k, i := range x.Prefix {
			lock(i, fmt.Sprintf("vehicles[%d].prefix[%d]", v, k))
		}
		for k, pin := range x.Pins {
			path := fmt.Sprintf("vehicles[%d].pins[%d]", v, k)
			lock(pin.Visit, path)
			if pin.Position < len(x.Prefix) || pin.Position >= len(c.p.Visits) ||
				taken[pin.Position] {
				c.add("range", "the position is taken or does not exist", "%s", path)
			}
			taken[pin.Position] = true
		}
	}
}
