package visits

import (
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Grade is how far a position or a photo can be relied on. Nothing claims more
// than its grade.
type Grade string

// The grades, the weakest first.
const (
	// ByBrowser is what a web page was told by its device; a person with some
	// skill can tell it anything.
	ByBrowser Grade = "browser"
	// ByTracker is confirmed by a fix of a tracker app at the same time and place.
	ByTracker Grade = "tracker"
	// ByNative comes from an app that the device's maker vouches for.
	ByNative Grade = "native"
)

// Doubt is one thing that speaks against a visit, or was not there to speak for it.
type Doubt struct {
	Code   string  // one of the Doubt… codes
	Weight int     // what it takes off the score
	Value  float64 // metres, km/h, seconds or a count, by the code
}

// The codes of doubts.
const (
	DoubtOutside   = "outside"         // metres beyond the fence
	DoubtAccuracy  = "accuracy"        // metres
	DoubtSpeed     = "speed"           // km/h from the visit before
	DoubtTrack     = "track"           // metres between visit and track
	DoubtNoTrack   = "no_track"        // nothing was recorded; weighs nothing
	DoubtReused    = "photo_reused"    // photos that were sent before
	DoubtSimilar   = "photo_similar"   // photos that look like earlier ones
	DoubtEdited    = "photo_edited"    // photos that an editor wrote
	DoubtElsewhere = "photo_place"     // photos whose camera was elsewhere
	DoubtClock     = "clock"           // seconds that the device's clock was off, or was set by
	DoubtLate      = "late"            // sent after the fact
	DoubtNoOut     = "no_out_position" // checked out without a position
)

// Truth is how far a visit is to be believed: 100 with nothing against it, 0 at
// worst, and why. It is for a person to weigh; nothing follows from it by itself.
type Truth struct {
	Score  int
	Grade  Grade // of the check-in
	Out    Grade // of the check-out; "" without a position there
	Doubts []Doubt
}

// Trace is one position that was recorded on the way.
type Trace struct {
	At       time.Time
	Point    orb.Point
	Accuracy geo.Meters
	Source   string // "app": the phone app; a tracker else
}

// circumstances are what a visit is judged by.
type circumstances struct {
	Visit  Visit
	Before *Visit  // the person's visit before this one
	Traces []Trace // from ten minutes before it to ten minutes after
	Photos []Photo
}

const (
	fastestKmh     = 150             // nobody drives faster from door to door
	coarse         = geo.Meters(100) // a fix that says little
	offTrack       = geo.Meters(500)
	traceNear      = geo.Meters(150)
	traceWithin    = 5 * time.Minute
	clockOff       = 5 * time.Minute
	clockFarOff    = time.Hour
	likePrint      = 4 // bits in which prints of the same picture differ
	worthOutside   = 30
	worthCoarse    = 10
	worthSpeed     = 40
	worthTrack     = 30
	worthReused    = 40
	worthSimilar   = 15
	worthEdited    = 10
	worthElsewhere = 15
	worthClock     = 10
	worthLate      = 5
	worthNoOut     = 5
)

// judge weighs what is known about a visit.
func judge(c circumstances) Truth {
	t := Truth{Score: 100, Grade: ByBrowser}
	doubt := func(code string, weight int, value float64) {
		t.Doubts = append(t.Doubts, Doubt{code, weight, value})
		t.Score = max(0, t.Score-weight)
	}
	v := c.Visit
	if v.Outside && v.In.Distance != nil {
		doubt(DoubtOutside, worthOutside, float64(*v.In.Distance-v.Fence))
	}
	if v.In.Accuracy > coarse {
		doubt(DoubtAccuracy, worthCoarse, float64(v.In.Accuracy))
	}
	if kmh := speedFrom(c.Before, v); kmh > fastestKmh {
		doubt(DoubtSpeed, worthSpeed, kmh)
	}
	switch off, near := fromTrack(v, c.Traces); {
	case len(c.Traces) == 0:
		doubt(DoubtNoTrack, 0, 0)
	case !near && off > offTrack:
		doubt(DoubtTrack, worthTrack, float64(off))
	}
	if v.In.Point != nil {
		t.Grade = gradeOf(v.In.At, *v.In.Point, c.Traces)
	}
	if v.Out != nil && v.Out.Point != nil {
		t.Out = gradeOf(v.Out.At, *v.Out.Point, c.Traces)
	}
	for _, f := range []struct {
		flag   string
		code   string
		weight int
	}{
		{FlagReused, DoubtReused, worthReused}, {FlagSimilar, DoubtSimilar, worthSimilar},
		{FlagEdited, DoubtEdited, worthEdited}, {FlagElsewhere, DoubtElsewhere, worthElsewhere},
	} {
		n := 0
		for _, p := range c.Photos {
			if slices.Contains(p.Flags, f.flag) {
				n++
			}
		}
		if n > 0 {
			doubt(f.code, f.weight, float64(n))
		}
	}
	if skew := max(v.skew(), v.ClockSet); skew > clockFarOff {
		doubt(DoubtClock, 2*worthClock, skew.Seconds())
	} else if skew > clockOff {
		doubt(DoubtClock, worthClock, skew.Seconds())
	}
	if v.Late {
		doubt(DoubtLate, worthLate, v.In.ReceivedAt.Sub(v.In.At).Seconds())
	}
	if v.Out != nil && v.Out.Point == nil {
		doubt(DoubtNoOut, worthNoOut, 0)
	}
	return t
}

// skew is how far the device's clock was off the server's at check-in, either way.
func (v Visit) skew() time.Duration {
	if v.In.DeviceAt.IsZero() {
		return 0
	}
	return v.In.At.Sub(v.In.DeviceAt).Abs()
}

// speedFrom is how fast somebody must have gone from the visit before, in km/h; 0
// when there is none, or the doubt of both fixes explains the way.
func speedFrom(before *Visit, v Visit) float64 {
	if before == nil || v.In.Point == nil {
		return 0
	}
	end := before.In
	if before.Out != nil && before.Out.Point != nil {
		end = *before.Out
	}
	if end.Point == nil {
		return 0
	}
	way := geodesic.Distance(*end.Point, *v.In.Point) - end.Accuracy - v.In.Accuracy
	if way <= 500 {
		return 0
	}
	took := max(v.In.At.Sub(end.At), time.Second)
	return float64(way) / 1000 / took.Hours()
}

// fromTrack is how far the nearest trace lies from the visit's check-in, and
// whether one is near enough. 0 without traces.
func fromTrack(v Visit, traces []Trace) (geo.Meters, bool) {
	if v.In.Point == nil || len(traces) == 0 {
		return 0, len(traces) == 0
	}
	best := geo.Meters(-1)
	for _, tr := range traces {
		d := max(0, geodesic.Distance(*v.In.Point, tr.Point)-tr.Accuracy-v.In.Accuracy)
		if best < 0 || d < best {
			best = d
		}
	}
	return best, best <= traceNear
}

// gradeOf says what confirms that the device was there and then. A trace that may lie
// anywhere confirms nothing: its own doubt counts in favour up to a limit.
func gradeOf(at time.Time, p orb.Point, traces []Trace) Grade {
	g := ByBrowser
	for _, tr := range traces {
		if tr.At.Sub(at).Abs() > traceWithin ||
			geodesic.Distance(p, tr.Point)-min(tr.Accuracy, accuracyCredit) > traceNear {
			continue
		}
		switch tr.Source {
		case "app", "":
		case "native":
			return ByNative
		default:
			g = ByTracker
		}
	}
	return g
}

// codes are the codes of the doubts that weigh something.
func (t Truth) codes() []string {
	out := []string{}
	for _, d := range t.Doubts {
		if d.Weight > 0 {
			out = append(out, d.Code)
		}
	}
	return out
}
