package match

import (
	"math"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
)

// candidate is a directed place where a fix may have been taken.
type candidate struct {
	place    network.Place
	arc      uint32
	before   uint32 // cm from the beginning of the arc
	distance geo.Meters
	emission float64 // log of the probability, up to a constant
	score    float64 // of the best chain that ends here
	forward  float64 // log of the probability of all chains that end here
	prev     int32   // candidate of the step before on the best chain, -1 at a beginning
	// Where the car of the answer is: further along than before where it stood.
	shown      network.Place
	shownAfter uint32 // cm from the beginning of the arc
}

// step is a fix with its candidates.
type step struct {
	fix   Fix
	index int // of the fix
	cands []candidate
	// hop is the log probability of coming from candidate i of the step before to
	// candidate j of this one, at i·len(cands)+j.
	hop []float64
}

// candidates looks for the roads near a fix.
func (s *Stream) candidates(f Fix, index int) step {
	n := s.m.net
	sigma := s.o.Sigma
	radius := s.o.Radius
	if f.Error > 0 {
		sigma = f.Error
		radius = max(radius, 4*f.Error)
	}
	out := step{fix: f, index: index}
	segments := s.segments[:0]
	n.Near(f.Point, radius, func(found network.Found) bool {
		for _, known := range segments {
			if known == found.Segment {
				return true
			}
		}
		segments = append(segments, found.Segment)
		d := float64(found.Distance / sigma)
		for arc := 2 * found.Segment; arc < 2*found.Segment+2; arc++ {
			if n.Open(arc) {
				before := uint32(n.Before(arc, found.Place).Centimetres())
				out.cands = append(out.cands, candidate{
					place: found.Place, arc: arc, distance: found.Distance, before: before,
					emission: -0.5 * d * d, prev: -1, shown: found.Place, shownAfter: before,
				})
			}
		}
		return len(segments) < s.o.Candidates
	})
	s.segments = segments
	return out
}

// scale is the mean difference in metres between the distance by road and that
// through the air. The paper finds 0.5 m at 1 s, 4 m at 10 s and 30 m at 30 s; a
// floor keeps the noise of two positions from counting as a detour.
func (s *Stream) scale(from, to Fix, air float64) float64 {
	sigma := float64(max(s.o.Sigma, to.Error))
	seconds := air / 12 // at the speed of a town, where nobody says when
	if !from.At.IsZero() && !to.At.IsZero() {
		seconds = to.At.Sub(from.At).Seconds()
	}
	return max(0.4*sigma, 0.4*seconds)
}

// bound is how far a search goes, in metres.
func bound(air, scale float64) float64 {
	return air + min(2000, max(60+30*scale, air))
}

// beam is how much less likely than the best a chain may be to be continued, nats.
const beam = 40

// hops fills in how likely each candidate of to is from each of from, and the
// best chains. It reports whether any chain goes on.
func (s *Stream) hops(from, to *step) bool {
	air := float64(geodesic.Distance(from.fix.Point, to.fix.Point))
	scale := s.scale(from.fix, to.fix, air)
	limit := bound(air, scale)
	if seconds := to.fix.At.Sub(from.fix.At).Seconds(); !from.fix.At.IsZero() && seconds > 0 {
		if air > seconds*s.o.MaxSpeed+float64(4*s.o.Sigma) {
			return false
		}
	}
	best := math.Inf(-1)
	for i := range from.cands {
		best = max(best, from.cands[i].score)
	}
	k := len(to.cands)
	to.hop = make([]float64, len(from.cands)*k)
	for i := range from.cands {
		row := to.hop[i*k : (i+1)*k]
		if from.cands[i].score < best-beam {
			for j := range row {
				row[j] = math.Inf(-1)
			}
			continue
		}
		s.row(&from.cands[i], to.cands, hop{air, scale, limit}, row)
	}
	return s.advance(from, to)
}

// hop is what all candidates of two neighbouring steps have in common.
type hop struct{ air, scale, limit float64 }

// row prices the ways from one candidate to all of the next step.
func (s *Stream) row(a *candidate, to []candidate, h hop, row []float64) {
	lengths := s.m.fan.lengths(a, to, h.limit)
	for j := range to {
		row[j] = math.Inf(-1)
		if length := lengths[j]; length != unreached {
			row[j] = -math.Abs(float64(length)/100-h.air) / h.scale
		}
		if length, ok := s.turned(a, &to[j]); ok {
			row[j] = max(row[j], -math.Abs(length-h.air)/h.scale-s.o.UTurn)
		}
		if s.stands(a, &to[j]) {
			row[j] = max(row[j], -h.air/h.scale)
		}
	}
}

// turned is the length of a way with a turn in the middle of a street; false
// where the two are not the two sides of one.
func (s *Stream) turned(a, b *candidate) (meters float64, ok bool) {
	if a.arc^1 != b.arc {
		return 0, false
	}
	whole := float64(s.m.net.ArcCost(a.arc).Centimetres())
	return math.Abs(whole-float64(a.before)-float64(b.before)) / 100, true
}

// stands reports whether b lies behind a by less than the noise.
func (s *Stream) stands(a, b *candidate) bool {
	return a.arc == b.arc && b.before < a.before &&
		float64(a.before-b.before) <= 300*float64(s.o.Sigma)
}

// advance extends the chains by one step.
func (s *Stream) advance(from, to *step) bool {
	k := len(to.cands)
	alive := false
	for j := range to.cands {
		c := &to.cands[j]
		c.score, c.prev = math.Inf(-1), -1
		top := math.Inf(-1)
		for i := range from.cands {
			p := to.hop[i*k+j]
			if v := from.cands[i].score + p; v > c.score {
				c.score, c.prev = v, int32(i)
			}
			top = max(top, from.cands[i].forward+p)
		}
		c.forward = math.Inf(-1)
		if c.prev < 0 {
			continue
		}
		alive = true
		c.score += c.emission
		sum := 0.0
		for i := range from.cands {
			if x := from.cands[i].forward + to.hop[i*k+j] - top; x > -beam {
				sum += math.Exp(x)
			}
		}
		c.forward = c.emission + top + math.Log(sum)
	}
	return alive
}
