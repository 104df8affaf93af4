package vrp

// Nowhere is the Start or End of a vehicle whose route may begin or end at any visit.
const Nowhere = -1

// Unreachable marks a pair of locations without a path in a [Profile].
const Unreachable int32 = -1

// Limits of a problem; [Problem.Validate] refuses what exceeds them.
const (
	MaxVisits   = 20_000
	MaxVehicles = 2_000
	MaxTime     = 1 << 30 // largest time, duration, distance or demand
	MaxWindows  = 16      // windows of one visit or break
	MaxBreaks   = 4       // breaks of one vehicle
)

// Problem is a routing problem. Visits and vehicles refer to each other by index.
type Problem struct {
	Profiles []Profile
	Vehicles []Vehicle
	Visits   []Visit
	Groups   []Group
	Patterns []Pattern
	Pairs    []Pair
	Orders   []Order
	Balance  Balance
	Compact  Compact
	// Points are the places on a plane, one a location; only Compact needs them.
	Points []Point
	// Previous is the vehicle of each visit in the plan before, Nowhere for none;
	// nil when there was no plan. PerChange is the cost of a visit that another
	// vehicle serves now.
	Previous  []int
	PerChange int
}

// Profile holds travel between all locations for one means of transport, row by
// row: entry (from, to) is at from·Locations+to. The tables may be asymmetric.
type Profile struct {
	Locations int
	Duration  []int32 // seconds, or Unreachable
	Distance  []int32 // metres, or Unreachable; may be the same slice as Duration
}

// Window is a closed interval of time.
type Window struct{ Open, Close int }

// Break is a pause that interrupts travel or waiting but no visit. It starts and
// ends inside one of its windows. It is owed only when the day spans it: a day
// that ends before the last moment to begin the break, or begins after it,
// needs none, unless Always is set.
type Break struct {
	ID       int64
	Duration int
	Windows  []Window
	Always   bool
}

// Vehicle is a person with a day. A limit of 0 is none.
type Vehicle struct {
	ID          int64
	Profile     int
	Start, End  int // locations, or Nowhere
	Shift       Window
	Punctual    bool    // leaves exactly when the shift opens, never later
	Breaks      []Break // taken in this order
	MaxDuty     int     // travel, service, waiting and breaks
	MaxDrive    int     // travel
	MaxDistance int
	MaxStops    int
	Capacity    []int // one entry a dimension; nil is unlimited
	Skills      []int
	Fixed       int // cost of being used at all
	PerMeter    int // cost of a metre
	PerSecond   int // cost of a second of travel
	PerWait     int // cost of a second of waiting
	PerDuty     int // cost of a second from leaving to arriving, breaks included
	Prefix      []int
	Pins        []Pin
}

// Pin keeps a visit at a position of its vehicle's route, counted from 0.
type Pin struct{ Visit, Position int }

// Visit is a place to be served, once.
type Visit struct {
	ID        int64
	Location  int
	Service   int
	Windows   []Window // one of them holds the whole visit; nil is any time
	Preferred *Preference
	Delivery  []int // on board from the start of the route until here
	Pickup    []int // on board from here until the end of the route
	Skills    []int // all of them are needed
	Allowed   []int // vehicles that may serve it; nil is all
	Forbidden []int // vehicles that may not
	Optional  bool
	Prize     int // cost of leaving an optional visit out
}

// Group is a set of alternatives of which at most one is served, and exactly
// one when Required. Its visits are optional by themselves.
type Group struct {
	Visits   []int
	Required bool
}

// Pattern is a choice among sets of visits, such as the weekdays of a customer who
// is seen twice a week. One option is served whole, or none: that costs Prize when
// the pattern is Optional and is a gap in the plan otherwise. A visit may be part of
// several options of its pattern; it is optional by itself.
type Pattern struct {
	Options  [][]int
	Optional bool
	Prize    int
}

// Visits lists the visits of all options, each once, in order of appearance.
func (x *Pattern) Visits() []int {
	var list []int
	for _, option := range x.Options {
		for _, i := range option {
			if !contains(list, i) {
				list = append(list, i)
			}
		}
	}
	return list
}

// Pair is a shipment: both visits are served by one vehicle, Pickup first, or
// neither is. Amount rides between them.
type Pair struct {
	Pickup, Delivery int
	Amount           []int
}

// Order is a precedence: a vehicle that serves both serves First first. It says
// nothing of visits in different routes.
type Order struct{ First, Then int }

// Ordered reports whether a route keeps every order. O(stops + orders).
func (p *Problem) Ordered(route []int) bool {
	if len(p.Orders) == 0 {
		return true
	}
	at := make(map[int]int, len(route))
	for k, i := range route {
		at[i] = k
	}
	for _, o := range p.Orders {
		first, a := at[o.First]
		then, b := at[o.Then]
		if a && b && first > then {
			return false
		}
	}
	return true
}

// Changed is the cost of visit i being served by vehicle v.
func (p *Problem) Changed(v, i int) int {
	if p.Previous == nil || p.Previous[i] == Nowhere || p.Previous[i] == v {
		return 0
	}
	return p.PerChange
}

// Balance keeps duties of the people alike. Duty counts for each used vehicle.
type Balance struct {
	PerSecond int // cost of a second between the longest and the shortest duty
	MinDuty   int // every used vehicle works at least so long; 0 is no bound
	MaxDuty   int // and at most so long; 0 is no bound
}

// LatestStart is the last moment at which a visit of that service may begin in
// w; it lies before w.Open when the visit does not fit at all.
func (w Window) LatestStart(service int) int { return w.Close - service }

// Serves reports whether vehicle v may serve visit i by skills and lists.
func (p *Problem) Serves(v, i int) bool {
	visit := &p.Visits[i]
	if visit.Allowed != nil && !contains(visit.Allowed, v) {
		return false
	}
	if contains(visit.Forbidden, v) {
		return false
	}
	for _, s := range visit.Skills {
		if !contains(p.Vehicles[v].Skills, s) {
			return false
		}
	}
	return true
}

// Travel returns seconds and metres between two locations for vehicle v.
// Either end may be Nowhere, which costs nothing; ok is false without a path.
func (p *Problem) Travel(v, from, to int) (seconds, meters int, ok bool) {
	if from == Nowhere || to == Nowhere {
		return 0, 0, true
	}
	profile := &p.Profiles[p.Vehicles[v].Profile]
	k := from*profile.Locations + to
	s, m := profile.Duration[k], profile.Distance[k]
	return int(s), int(m), s >= 0 && m >= 0
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}
