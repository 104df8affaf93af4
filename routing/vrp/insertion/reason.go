package insertion

import (
	"slices"

	"beatplan/routing/vrp"
)

// Reason is a rule that keeps a visit out of a plan.
type Reason string

// The reasons. All but PrizeTooLow and Unreachable are rules that [Relax] lifts.
const (
	Window      Reason = "window"        // the visit's own windows
	Others      Reason = "other_windows" // the windows of visits it would make late
	Shift       Reason = "shift"         // the end of the working day
	Breaks      Reason = "break"
	Duty        Reason = "duty"     // maximum duty, driving or balance bounds
	Distance    Reason = "distance" // maximum distance
	Stops       Reason = "stops"    // maximum number of stops
	Capacity    Reason = "capacity"
	Skill       Reason = "skill"
	NotAllowed  Reason = "vehicle"     // allowed and forbidden lists
	Locked      Reason = "locked"      // locked prefix and pinned visits
	Sequence    Reason = "order"       // precedences within a route
	Alternative Reason = "alternative" // another visit of its group is served
	Unreachable Reason = "unreachable"
	PrizeTooLow Reason = "prize_too_low"
)

// liftable are the rules in the order in which a person would like to hear them.
func liftable() []Reason {
	return []Reason{Window, Shift, Skill, NotAllowed, Capacity, Stops, Duty, Distance,
		Breaks, Others, Locked, Sequence, Alternative}
}

// Explain says why the visit is in no route, by trying every insertion: a
// smallest set of rules such that lifting all of them lets the visit in
// somewhere. Single rules that suffice are all named, each being enough alone.
// PrizeTooLow means that it fits, but costs more than its prize; Unreachable
// that no road leads there whatever is lifted. The visit must be unserved.
func Explain(p *vrp.Problem, s vrp.Solution, visit int) []Reason {
	if fits(p, s, visit) {
		return []Reason{PrizeTooLow}
	}
	var alone []Reason
	rules := liftable()
	for _, r := range rules {
		if fits(Relax(p, visit, r), s, visit) {
			alone = append(alone, r)
		}
	}
	if len(alone) > 0 {
		return alone
	}
	needed := rules
	if !fits(Relax(p, visit, needed...), s, visit) {
		return []Reason{Unreachable}
	}
	// Drop what is not needed, the least interesting first.
	for k := len(rules) - 1; k >= 0; k-- {
		without := slices.DeleteFunc(slices.Clone(needed), func(r Reason) bool {
			return r == rules[k]
		})
		if fits(Relax(p, visit, without...), s, visit) {
			needed = without
		}
	}
	return slices.Clone(needed)
}

// chosen reports whether another visit of the visit's group or pattern is in the
// plan.
func chosen(p *vrp.Problem, s vrp.Solution, visit int) bool {
	var others []int
	for _, g := range p.Groups {
		if slices.Contains(g.Visits, visit) {
			others = g.Visits
		}
	}
	if k := patternOf(p, visit); k >= 0 {
		others = p.Patterns[k].Visits()
	}
	for _, i := range others {
		for _, route := range s.Routes {
			if i != visit && slices.Contains(route, i) {
				return true
			}
		}
	}
	return false
}

// patternOf is the pattern of a visit, or −1.
func patternOf(p *vrp.Problem, visit int) int {
	return slices.IndexFunc(p.Patterns, func(x vrp.Pattern) bool {
		return slices.ContainsFunc(x.Options, func(option []int) bool {
			return slices.Contains(option, visit)
		})
	})
}

// fits tries every vehicle and place; of a pair, every two places; of a pattern, the
// places of an option's visits one after the other. What has an alternative in the
// plan fits nowhere.
func fits(p *vrp.Problem, s vrp.Solution, visit int) bool {
	if chosen(p, s, visit) {
		return false
	}
	for k := range p.Pairs {
		if p.Pairs[k].Pickup == visit || p.Pairs[k].Delivery == visit {
			return fitsPair(p, s, p.Pairs[k])
		}
	}
	if k := patternOf(p, visit); k >= 0 {
		return slices.ContainsFunc(p.Patterns[k].Options, func(option []int) bool {
			return slices.Contains(option, visit) && fitsOption(p, s, option)
		})
	}
	_, _, ok := place(p, s, visit)
	return ok
}

// fitsOption puts visit after visit of an option where it fits first. It proves the
// option wherever its visits go to different vehicles.
func fitsOption(p *vrp.Problem, s vrp.Solution, option []int) bool {
	s = s.Clone()
	for _, i := range option {
		v, at, ok := place(p, s, i)
		if !ok {
			return false
		}
		s.Routes[v] = slices.Insert(s.Routes[v], at, i)
	}
	return true
}

// place finds the first vehicle and position at which a visit fits by itself.
func place(p *vrp.Problem, s vrp.Solution, visit int) (vehicle, position int, ok bool) {
	for v := range p.Vehicles {
		if !p.Serves(v, visit) || !stopsLeft(p, s, v) {
			continue
		}
		clock := vrp.NewClock(p, v)
		route := s.Routes[v]
		trial := make([]int, len(route)+1)
		for _, at := range places(p, v, route) {
			copy(trial, route[:at])
			trial[at] = visit
			copy(trial[at+1:], route[at:])
			if p.Ordered(trial) && carries(p, v, trial) && keeps(p, v, clock.Sum(trial)) {
				return v, at, true
			}
		}
	}
	return 0, 0, false
}

// Relax returns a copy of the problem in which those rules bind no more, for the
// visit or for everybody as the rule's meaning is. Matrices are shared.
func Relax(p *vrp.Problem, visit int, rules ...Reason) *vrp.Problem {
	q := *p
	q.Visits = slices.Clone(p.Visits)
	q.Vehicles = slices.Clone(p.Vehicles)
	for _, r := range rules {
		for _, i := range together(p, visit) {
			relaxVisits(&q, i, r)
		}
		for v := range q.Vehicles {
			relaxVehicle(&q.Vehicles[v], r)
		}
		if r == Sequence {
			q.Orders = nil
		}
		if r == Duty {
			q.Balance.MaxDuty, q.Balance.MinDuty = 0, 0
		}
		if r == Alternative {
			q.Groups = slices.Clone(p.Groups)
			for g := range q.Groups {
				q.Groups[g].Visits = slices.DeleteFunc(slices.Clone(q.Groups[g].Visits),
					func(i int) bool { return i == visit })
			}
			if k := patternOf(p, visit); k >= 0 {
				q.Patterns = slices.Delete(slices.Clone(p.Patterns), k, k+1)
			}
		}
	}
	return &q
}

// together are the visits that come in with this one: both of a pair, or those of a
// pattern.
func together(p *vrp.Problem, visit int) []int {
	for _, q := range p.Pairs {
		if q.Pickup == visit || q.Delivery == visit {
			return []int{q.Pickup, q.Delivery}
		}
	}
	if k := patternOf(p, visit); k >= 0 {
		return p.Patterns[k].Visits()
	}
	return []int{visit}
}

func relaxVisits(q *vrp.Problem, visit int, r Reason) {
	x := &q.Visits[visit]
	switch r {
	case Window:
		x.Windows = nil
	case Skill:
		x.Skills = nil
	case NotAllowed:
		x.Allowed, x.Forbidden = nil, nil
	case Others:
		for i := range q.Visits {
			if i != visit {
				q.Visits[i].Windows = nil
			}
		}
	}
}

func relaxVehicle(x *vrp.Vehicle, r Reason) {
	switch r {
	case Shift:
		x.Shift.Close = vrp.MaxTime
	case Breaks:
		x.Breaks = nil
	case Duty:
		x.MaxDuty, x.MaxDrive = 0, 0
	case Distance:
		x.MaxDistance = 0
	case Stops:
		x.MaxStops = 0
	case Capacity:
		x.Capacity = nil
	case Locked:
		x.Prefix, x.Pins = nil, nil
	}
}
