package guide

import (
	"slices"
	"strings"

	"beatplan/routing/network"
)

// Type is a kind of manoeuvre, as OSRM names it; "" where nothing is to be said.
type Type string

// The types of manoeuvre.
const (
	None           Type = ""
	Depart         Type = "depart"
	Arrive         Type = "arrive"
	Turn           Type = "turn"
	Continue       Type = "continue" // the street turns, and one stays on it
	NewName        Type = "new name" // straight on, under another name
	EndOfRoad      Type = "end of road"
	Fork           Type = "fork"
	Merge          Type = "merge"
	OnRamp         Type = "on ramp"
	OffRamp        Type = "off ramp"
	Roundabout     Type = "roundabout"
	Rotary         Type = "rotary" // a roundabout with a name of its own
	ExitRoundabout Type = "exit roundabout"
	ExitRotary     Type = "exit rotary"
	Notification   Type = "notification" // onto a ferry or off it
)

// Modifier is the direction of a manoeuvre, as OSRM names it; "" where there is none.
type Modifier string

// The modifiers.
const (
	UTurn       Modifier = "uturn"
	SharpRight  Modifier = "sharp right"
	Right       Modifier = "right"
	SlightRight Modifier = "slight right"
	Straight    Modifier = "straight"
	SlightLeft  Modifier = "slight left"
	Left        Modifier = "left"
	SharpLeft   Modifier = "sharp left"
)

// Direction names a turn of so many degrees, right positive.
func Direction(turn float64) Modifier {
	side := func(right, left Modifier) Modifier {
		if turn < 0 {
			return left
		}
		return right
	}
	switch a := abs(turn); {
	case a < 20:
		return Straight
	case a < 60:
		return side(SlightRight, SlightLeft)
	case a < 120:
		return side(Right, Left)
	case a < 165:
		return side(SharpRight, SharpLeft)
	default:
		return UTurn
	}
}

// Maneuver is what is to be done.
type Maneuver struct {
	Type     Type
	Modifier Modifier
	// Exit is the number of the exit of a roundabout, counted from where it was
	// entered; 0 when the way ends in the roundabout.
	Exit int
	Ring string // name of a rotary
}

// Exit is a road that leads on from a junction.
type Exit struct {
	Road network.Road
	Turn float64 // degrees, right positive, -180 to 180
}

// Junction is what a driver sees where two roads of the way meet.
type Junction struct {
	In     network.Road
	Out    Exit
	Others []Exit // that may be driven as well; the way back is not among them
	Back   bool   // the way turns round
}

// The angles of the rules, in degrees.
const (
	bend      = 50 // a bend of one's own street that is told
	ahead     = 60 // how far from straight ahead a road still seems to lead on
	apart     = 25 // how much straighter a road must be to be the one taken untold
	widest    = 45 // an arm of a fork
	crossing  = 55 // less than this is no turn at the end of a road
	mergeBend = 60
)

// At judges a junction outside roundabouts.
func At(j Junction) Maneuver {
	turn := j.Out.Turn
	m := Maneuver{Modifier: Direction(turn)}
	switch {
	case j.Back:
		m.Type, m.Modifier = kept(j, Turn), UTurn
	case j.In.Ferry() != j.Out.Road.Ferry():
		m.Type = Notification
	case ramp(j.Out.Road) && !ramp(j.In):
		m.Type, m.Modifier = OnRamp, side(j)
		if freeway(j.In) {
			m.Type = OffRamp
		}
	case ramp(j.In) && freeway(j.Out.Road) && abs(turn) < mergeBend:
		m.Type, m.Modifier = Merge, towards(turn)
	case obvious(j):
		if renamed(j) {
			m.Type = NewName
		}
	case forks(j):
		m.Type, m.Modifier = Fork, side(j)
	case endOfRoad(j):
		m.Type = EndOfRoad
	default:
		m.Type = kept(j, Turn)
	}
	if m.Type == None {
		return Maneuver{}
	}
	return m
}

// Same reports whether two roads are one street to a driver: by name, else where one
// has none, by a number that they share.
func Same(a, b network.Road) bool {
	if a.Names.Local != "" && b.Names.Local != "" {
		return a.Names.Local == b.Names.Local
	}
	numbers := strings.Split(b.Ref, network.RefSeparator)
	for ref := range strings.SplitSeq(a.Ref, network.RefSeparator) {
		if ref != "" && slices.Contains(numbers, ref) {
			return true
		}
	}
	return false
}

func named(r network.Road) bool { return r.Names.Local != "" || r.Ref != "" }

// renamed reports whether the name of the road ahead is news. That a street has lost
// its name is none.
func renamed(j Junction) bool { return named(j.Out.Road) && !Same(j.In, j.Out.Road) }

// kept is Continue where the way stays on its street, else the type given.
func kept(j Junction, otherwise Type) Type {
	if Same(j.In, j.Out.Road) {
		return Continue
	}
	return otherwise
}

// obvious reports whether a driver takes the way without being told.
func obvious(j Junction) bool {
	turn, same := abs(j.Out.Turn), Same(j.In, j.Out.Road)
	if turn >= bend {
		return false
	}
	for _, x := range j.Others {
		if abs(x.Turn) >= ahead || lesser(x.Road, j.Out.Road) {
			continue
		}
		switch {
		case Same(j.In, x.Road): // the own street leads elsewhere, or divides
			return false
		case same && abs(x.Turn) < turn-apart/2:
			return false
		case !same && abs(x.Turn) < turn+apart:
			return false
		}
	}
	return true
}

// forks reports whether the road divides into roads that all seem to lead on.
func forks(j Junction) bool {
	low, high, arms := j.Out.Turn, j.Out.Turn, 1
	for _, x := range j.Others {
		if abs(x.Turn) < ahead && !lesser(x.Road, j.Out.Road) {
			low, high, arms = min(low, x.Turn), max(high, x.Turn), arms+1
		}
	}
	return arms > 1 && low > -widest && high < widest && high-low < 70
}

// endOfRoad reports whether the road behind ends and one must turn either way.
func endOfRoad(j Junction) bool {
	left, right := false, false
	for _, x := range append([]Exit{j.Out}, j.Others...) {
		if abs(x.Turn) < crossing || abs(x.Turn) > 180-crossing {
			return false
		}
		left, right = left || x.Turn < 0, right || x.Turn > 0
	}
	return left && right
}

// side is where the road lies among those that seem to lead on.
func side(j Junction) Modifier {
	if m := Direction(j.Out.Turn); m != Straight && abs(j.Out.Turn) >= ahead {
		return m
	}
	left, right := false, false // of the road there is another
	for _, x := range j.Others {
		if abs(x.Turn) < ahead {
			left = left || x.Turn < j.Out.Turn
			right = right || x.Turn > j.Out.Turn
		}
	}
	switch {
	case left && !right:
		return SlightRight
	case right && !left:
		return SlightLeft
	default:
		return towards(j.Out.Turn)
	}
}

// towards is the side of a slight bend: a few degrees tell it.
func towards(turn float64) Modifier {
	switch {
	case turn > 2:
		return SlightRight
	case turn < -2:
		return SlightLeft
	default:
		return Straight
	}
}

// rank orders the classes of road, the most important first.
func rank(class string) int {
	switch strings.TrimSuffix(class, "_link") {
	case "motorway":
		return 0
	case "trunk":
		return 1
	case "primary":
		return 2
	case "secondary":
		return 3
	case "tertiary":
		return 4
	case "unclassified", "residential", "road":
		return 5
	case "living_street", "service":
		return 7
	default:
		return 8
	}
}

// lesser reports whether a road is so much smaller than another that nobody takes it
// for the way on.
func lesser(a, than network.Road) bool {
	link, thanLink := strings.HasSuffix(a.Class, "_link"), strings.HasSuffix(than.Class, "_link")
	return rank(a.Class) >= rank(than.Class)+2 || link && !thanLink
}

func freeway(r network.Road) bool { return r.Class == "motorway" || r.Class == "trunk" }

func ramp(r network.Road) bool { return r.Class == "motorway_link" || r.Class == "trunk_link" }

func abs(x float64) float64 { return max(x, -x) }
