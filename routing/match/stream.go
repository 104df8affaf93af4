package match

import (
	"math"

	"beatplan/geo/geodesic"
)

// Stream matches fixes as they come. It uses its Matcher until Flush.
type Stream struct {
	m    *Matcher
	o    Options
	next int // number of the next fix

	window []step // not yet decided, but for the first
	begun  bool   // the first of window was told already
	lost   int    // fixes that were left out since the last of window

	segments []uint32 // room for candidates
}

// Stream begins a series.
func (m *Matcher) Stream(o Options) *Stream { return &Stream{m: m, o: o.filled()} }

// Add takes the next fix and returns what is decided by it, in order.
func (s *Stream) Add(f Fix) []Point {
	index := s.next
	s.next++
	if len(s.window) == 0 {
		s.begin(f, index)
		return nil
	}
	last := &s.window[len(s.window)-1]
	var out []Point
	switch s.pause(last, f) {
	case tooNear:
		return nil
	case tooLong:
		out = s.Flush()
		s.begin(f, index)
		return out
	}
	now := s.candidates(f, index)
	if len(now.cands) == 0 {
		return nil // nothing near: an offline fix, or one off the roads
	}
	if !s.hops(last, &now) {
		if s.lost++; s.lost > s.o.MaxLost {
			out = s.Flush()
			s.begin(f, index)
		}
		return out
	}
	s.lost = 0
	s.window = append(s.window, now)
	return s.decided()
}

// How two fixes follow each other.
const (
	follows = iota
	tooNear
	tooLong
)

func (s *Stream) pause(last *step, f Fix) int {
	if s.o.Tidy && geodesic.Distance(last.fix.Point, f.Point) < 2*s.o.Sigma {
		return tooNear
	}
	if !s.o.Whole && !f.At.IsZero() && !last.fix.At.IsZero() &&
		f.At.Sub(last.fix.At) > s.o.MaxGap {
		return tooLong
	}
	return follows
}

// begin opens a stretch with a fix, if there is a road near it.
func (s *Stream) begin(f Fix, index int) {
	first := s.candidates(f, index)
	if len(first.cands) == 0 {
		return
	}
	for i := range first.cands {
		c := &first.cands[i]
		c.score, c.forward = c.emission, c.emission
	}
	s.window, s.begun, s.lost = append(s.window[:0], first), false, 0
}

// decided tells the fixes on which all chains that are still possible agree; when
// too many wait, the first of them is decided by the best chain.
func (s *Stream) decided() []Point {
	if s.o.Lag == math.MaxInt {
		return nil // a whole series is decided at its end
	}
	last := len(s.window) - 1
	alive := map[int32]bool{}
	best, at := math.Inf(-1), int32(0)
	for j := range s.window[last].cands {
		c := &s.window[last].cands[j]
		if c.score > best {
			best, at = c.score, int32(j)
		}
	}
	for j := range s.window[last].cands {
		if s.window[last].cands[j].score >= best-beam {
			alive[int32(j)] = true
		}
	}
	t := last
	for ; t > 0 && len(alive) > 1; t-- {
		before := map[int32]bool{}
		for j := range alive {
			before[s.window[t].cands[j].prev] = true
		}
		alive = before
	}
	if len(alive) == 1 && t > 0 {
		for j := range alive {
			return s.tell(t, j, true)
		}
	}
	if last < s.o.Lag {
		return nil
	}
	for t = last; t > 1; t-- {
		at = s.window[t].cands[at].prev
	}
	return s.tell(1, at, true)
}

// Flush ends the stretch and returns what was not yet told.
func (s *Stream) Flush() []Point {
	if len(s.window) == 0 {
		return nil
	}
	last := len(s.window) - 1
	at, best := int32(0), math.Inf(-1)
	for j := range s.window[last].cands {
		if c := &s.window[last].cands[j]; c.score > best {
			at, best = int32(j), c.score
		}
	}
	out := s.tell(last, at, false)
	s.window, s.begun, s.lost = s.window[:0], false, 0
	return out
}

// tell returns the chain up to candidate at of step t. With keep, that step stays
// as the beginning of what follows.
func (s *Stream) tell(t int, at int32, keep bool) []Point {
	chain := make([]int32, t+1)
	for k := t; k >= 0; k-- {
		chain[k] = at
		at = s.window[k].cands[at].prev
	}
	confidence := s.confidences(chain)
	var out []Point
	for k := range chain {
		now := &s.window[k]
		c := &now.cands[chain[k]]
		if k == 0 && s.begun {
			continue
		}
		p := Point{
			Fix: now.index, Arc: c.arc, Choices: len(now.cands),
			Confidence: confidence[k], First: k == 0,
		}
		if k > 0 {
			p.Way = s.between(&s.window[k-1], &s.window[k], chain[k-1], chain[k])
		}
		p.Place, p.Distance = c.shown, c.distance
		out = append(out, p)
	}
	if keep {
		s.keep(t, chain[t])
	}
	return out
}

// between finds the way from one candidate to the next again. A car that stands
// keeps the place where it was.
func (s *Stream) between(from, to *step, i, j int32) []uint32 {
	a, b := &from.cands[i], &to.cands[j]
	air := float64(geodesic.Distance(from.fix.Point, to.fix.Point))
	scale := s.scale(from.fix, to.fix, air)
	fan := &s.m.fan
	way := fan.way(a, b, bound(air, scale))
	detour := math.Inf(1)
	if way != nil {
		detour = math.Abs(float64(fan.found[0])/100 - air)
	}
	whole, ok := s.turned(a, b)
	switch {
	case s.stands(a, b) && air <= detour, len(way) == 1 && b.before < a.shownAfter:
		b.shown, b.shownAfter = a.shown, a.shownAfter
		b.distance = geodesic.Distance(to.fix.Point, s.m.net.At(b.shown))
		return []uint32{s.m.net.FirstState[a.arc]}
	case ok && math.Abs(whole-air)+s.o.UTurn*scale < detour:
		return s.turnRound(a, b)
	}
	return way
}

// turnRound is the way with a turn in the middle of a street: at the earlier place
// where the later one lies behind it, else at the later one.
func (s *Stream) turnRound(a, b *candidate) []uint32 {
	n := s.m.net
	if n.ArcCost(a.arc).Centimetres()-int64(a.shownAfter) <= int64(b.before) {
		return []uint32{n.FirstState[b.arc]}
	}
	return []uint32{n.FirstState[a.arc]}
}

// keep drops the steps before t and makes candidate at its only one.
func (s *Stream) keep(t int, at int32) {
	anchor := s.window[t]
	c := anchor.cands[at]
	c.prev = -1
	k := len(anchor.cands)
	anchor.cands, anchor.hop = []candidate{c}, nil
	if t+1 < len(s.window) {
		next := &s.window[t+1]
		w := len(next.cands)
		if len(next.hop) == k*w {
			next.hop = next.hop[int(at)*w : int(at+1)*w]
		}
	}
	rest := append([]step{anchor}, s.window[t+1:]...)
	s.window, s.begun = rest, true
	for i := 1; i < len(s.window); i++ {
		s.advance(&s.window[i-1], &s.window[i])
	}
}

// confidences is, for every step of the chain, how much of the probability lies on
// the roads of the chain: forward times backward, over all candidates of the step.
func (s *Stream) confidences(chain []int32) []float64 {
	roads := make(map[uint32]bool, len(chain))
	for k, at := range chain {
		roads[s.window[k].cands[at].arc>>1] = true
	}
	out := make([]float64, len(chain))
	last := len(s.window) - 1
	after := make([]float64, len(s.window[last].cands))
	for t := last; t >= 0; t-- {
		now := s.window[t].cands
		if t < len(chain) {
			out[t] = share(now, after, roads)
		}
		if t > 0 {
			after = s.behind(t, after)
		}
	}
	return out
}

// behind carries the log probabilities of what comes after step t to the step
// before it.
func (s *Stream) behind(t int, after []float64) []float64 {
	now := &s.window[t]
	k := len(now.cands)
	before := make([]float64, len(s.window[t-1].cands))
	for i := range before {
		top := math.Inf(-1)
		for j := range k {
			top = max(top, now.hop[i*k+j]+now.cands[j].emission+after[j])
		}
		if before[i] = top; math.IsInf(top, -1) {
			continue
		}
		sum := 0.0
		for j := range k {
			if x := now.hop[i*k+j] + now.cands[j].emission + after[j] - top; x > -beam {
				sum += math.Exp(x)
			}
		}
		before[i] += math.Log(sum)
	}
	return before
}

// share is the part of the probability that lies on roads.
func share(cands []candidate, after []float64, roads map[uint32]bool) float64 {
	top := math.Inf(-1)
	for j := range cands {
		top = max(top, cands[j].forward+after[j])
	}
	on, all := 0.0, 0.0
	for j := range cands {
		p := math.Exp(cands[j].forward + after[j] - top)
		all += p
		if roads[cands[j].arc>>1] {
			on += p
		}
	}
	if !(all > 0) {
		return 0
	}
	return on / all
}
