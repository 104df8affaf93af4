// Package segment joins stretches of a route by their times in O(1): the duration
// segments of Vidal, Crainic, Gendreau and Prins (2013), DOI
// 10.1016/j.cor.2012.07.018, for one window a stop and no breaks.
package segment

// Segment is a stretch of a route. Begun at t ≤ Late, it ends at
// max(t, Early) + Dur − Warp. Warp is lateness that was paid back by going back in
// time; a stretch with Warp above 0 is infeasible. Seconds.
type Segment struct{ Dur, Early, Late, Warp int }

// Join drives from the end of a to the begin of b.
func Join(a, b *Segment, travel int) Segment {
	delta := a.Dur - a.Warp + travel
	wait := max(b.Early-delta-a.Late, 0)
	warp := max(a.Early+delta-b.Late, 0)
	return Segment{
		Dur:   a.Dur + b.Dur + travel + wait,
		Early: max(b.Early-delta, a.Early) - wait,
		Late:  min(b.Late-delta, a.Late) + warp,
		Warp:  a.Warp + b.Warp + warp,
	}
}

// Duty is the time from leaving to arriving, lateness paid back.
func (s Segment) Duty() int { return s.Dur - s.Warp }
