package track

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// What makes a stay, and what two stays into one.
const (
	StayRadius  = 80              // metres around its middle
	StayFor     = 5 * time.Minute // at least
	stayPause   = 4 * time.Minute // an absence that does not end a stay
	stayOutside = 5               // fixes outside that do not end it either
	tripLength  = 150             // metres that a trip has at least

	// SilentFor is how long a person is believed to go on as the last fix said.
	SilentFor = FreshFor
)

// Stay is a stretch of time at one place.
type Stay struct {
	Begin  time.Time
	End    time.Time
	Centre orb.Point
	Fixes  int
	Open   bool // the person may still be there: the duty is open
}

// Trip is the way between two stays, or from the begin of the duty, or to its end.
type Trip struct {
	Begin  time.Time
	End    time.Time
	From   orb.Point
	To     orb.Point
	Length geo.Meters
	Fixes  int
	Open   bool          // underway: the duty is open and the person does not stand
	Silent time.Duration // of it, without a fix for longer than SilentFor
}

// Moving is how long the person was on the way, as far as fixes tell: a gap is a gap,
// and what they did in it is not known.
func (t Trip) Moving() time.Duration { return t.End.Sub(t.Begin) - t.Silent }

// Way is what the fixes of one duty say.
type Way struct {
	Fixes   []Fix // after the filter
	Dropped int   // by the filter
	Stays   []Stay
	Trips   []Trip
}

// Length is the length of all trips: what a stay's noise adds is not driven.
func (w Way) Length() (sum geo.Meters) {
	for _, t := range w.Trips {
		sum += t.Length
	}
	return sum
}

// Read filters the fixes of one duty, ordered by time, and finds stays and trips.
// open says that the duty lasts: then the last stay or trip is open too.
func Read(fixes []Fix, open bool) Way {
	w := Way{Fixes: Filter(fixes)}
	w.Dropped = len(fixes) - len(w.Fixes)
	spans := stays(w.Fixes)
	at := 0
	for _, s := range spans {
		w.trip(at, s.low, false)
		w.Stays = append(w.Stays, Stay{
			Begin: w.Fixes[s.low].At, End: w.Fixes[s.high].At, Centre: s.centre(),
			Fixes: s.high - s.low + 1, Open: open && s.high == len(w.Fixes)-1,
		})
		at = s.high
	}
	w.trip(at, len(w.Fixes)-1, open)
	return w
}

// trip appends the way between two fixes, when it is one.
func (w *Way) trip(low, high int, open bool) {
	if high <= low {
		return
	}
	some := w.Fixes[low : high+1]
	t := Trip{Begin: some[0].At, End: some[len(some)-1].At, From: some[0].Position,
		To: some[len(some)-1].Position, Length: length(some), Fixes: len(some), Open: open}
	for i := 1; i < len(some); i++ {
		if d := some[i].At.Sub(some[i-1].At); d > SilentFor {
			t.Silent += d
		}
	}
	if t.Length >= tripLength {
		w.Trips = append(w.Trips, t)
	}
}

// span is a run of fixes around a place; sums are of the fixes inside.
type span struct {
	low, high int
	origin    orb.Point
	x, y      float64
	n         int
}

func (s *span) add(p orb.Point) {
	dx, dy := around(p[0]-s.origin[0]), p[1]-s.origin[1]
	s.x, s.y, s.n = s.x+dx, s.y+dy, s.n+1
}

func (s *span) centre() orb.Point {
	return orb.Point{around(s.origin[0] + s.x/float64(s.n)), s.origin[1] + s.y/float64(s.n)}
}

// stays finds the runs of fixes that stay within StayRadius of their middle for
// StayFor. A run bears stayOutside fixes outside; neighbours around one place are
// joined. O(n · fixes of a stay) at worst, O(n) as a rule.
func stays(fixes []Fix) []span {
	var found []span
	for low := 0; low < len(fixes); {
		s := run(fixes, low)
		if fixes[s.high].At.Sub(fixes[low].At) < StayFor {
			low++
			continue
		}
		if n := len(found); n > 0 && joins(found[n-1], s, fixes) {
			found[n-1].high = s.high
			for i := s.low; i <= s.high; i++ {
				found[n-1].add(fixes[i].Position)
			}
		} else {
			found = append(found, s)
		}
		low = s.high + 1
	}
	return found
}

// run is the longest run from low on.
func run(fixes []Fix, low int) span {
	s := span{low: low, high: low, origin: fixes[low].Position}
	s.add(fixes[low].Position)
	outside := 0
	for i := low + 1; i < len(fixes) && outside <= stayOutside; i++ {
		if gap(fixes[i].Position, s.centre()) > StayRadius {
			outside++
			continue
		}
		if outside > 0 && fixes[i].At.Sub(fixes[s.high].At) > stayPause {
			break
		}
		outside = 0
		s.add(fixes[i].Position)
		s.high = i
	}
	return s
}

func joins(a, b span, fixes []Fix) bool {
	return gap(a.centre(), b.centre()) <= StayRadius &&
		fixes[b.low].At.Sub(fixes[a.high].At) <= stayPause
}
