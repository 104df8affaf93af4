package match

import (
	"context"
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/routing/network"
)

// Fix is one position of a series.
type Fix struct {
	Point orb.Point
	At    time.Time  // zero when unknown
	Error geo.Meters // standard deviation; 0 takes Options.Sigma
}

// Options of a match. The zero value of a field takes its default.
type Options struct {
	Sigma      geo.Meters    // standard deviation of a position: 5 m
	Radius     geo.Meters    // how far a candidate may lie: 50 m, or 4 times the fix's error
	Candidates int           // segments that are looked at for a fix: 8
	UTurn      float64       // price of turning round between two fixes, nats: 12
	MaxGap     time.Duration // pause that begins a new stretch: 3 minutes
	Whole      bool          // a pause does not begin a new stretch
	MaxLost    int           // fixes that may be left out within a stretch: 10
	MaxSpeed   float64       // m/s of a jump that is not believed: 60
	Tidy       bool          // leave out fixes nearer than two Sigma to the one before
	Lag        int           // fixes that a Stream may hold back: 60
}

func (o Options) filled() Options {
	fill := func(v *float64, d float64) {
		if *v <= 0 {
			*v = d
		}
	}
	fill((*float64)(&o.Sigma), 5)
	fill((*float64)(&o.Radius), 50)
	fill(&o.UTurn, 12)
	fill(&o.MaxSpeed, 60)
	if o.Candidates <= 0 {
		o.Candidates = 8
	}
	if o.MaxGap <= 0 {
		o.MaxGap = 3 * time.Minute
	}
	if o.MaxLost <= 0 {
		o.MaxLost = 10
	}
	if o.Lag <= 0 {
		o.Lag = 60
	}
	return o
}

// Point is a fix that was brought to a road.
type Point struct {
	Fix        int // its place in the series
	Place      network.Place
	Arc        uint32     // direction of travel
	Distance   geo.Meters // from the fix to the road
	Choices    int        // candidates there were
	Confidence float64    // share of probability on the roads of the answer
	First      bool       // it begins a stretch
	// Way are the states that were driven since the point before, in part the first
	// and the last. Empty where First is set.
	Way []uint32
}

// Stretch is a part of a series that hangs together.
type Stretch struct {
	Points     []Point
	Confidence float64 // 0 to 1
}

// Matcher matches one series at a time; it keeps its memory for the next. Not
// safe for concurrent use.
type Matcher struct {
	net *network.Network
	fan fan
}

// NewMatcher returns a matcher over a network. It takes 24 bytes a state.
func NewMatcher(n *network.Network) *Matcher {
	return &Matcher{net: n, fan: newFan(n)}
}

// Match finds the stretches of a whole series. Fixes that lie on no road, or that
// no chain can reach, are in no stretch. It fails only with ctx's error.
func (m *Matcher) Match(ctx context.Context, fixes []Fix, o Options) ([]Stretch, error) {
	o.Lag = math.MaxInt
	s := m.Stream(o)
	var out []Stretch
	gather := func(points []Point) {
		for _, p := range points {
			if p.First {
				out = append(out, Stretch{})
			}
			last := &out[len(out)-1]
			last.Points = append(last.Points, p)
			last.Confidence += p.Confidence
		}
	}
	for _, f := range fixes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		gather(s.Add(f))
	}
	gather(s.Flush())
	for i := range out {
		out[i].Confidence /= float64(len(out[i].Points))
	}
	return out, nil
}
