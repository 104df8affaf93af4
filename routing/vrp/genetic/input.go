package genetic

// Input is a plain problem in flat arrays. Places 0 … N−1 are the visits, then
// come starts and ends.
type Input struct {
	N, Size    int
	Cost, Time []int32 // from·Size+to
	Open, Last []int   // earliest and latest start of each visit
	Serve      []int
	Demand     []int
	Near       [][]int32 // neighbours of each visit, nearest first
	Vehicles   []Vehicle
	Timed      bool // times matter at all
}

// Vehicle is one route to fill.
type Vehicle struct {
	Start, End int // places
	Open, Shut int // shift
	Leave      int // latest departure
	Capacity   int
	MaxDuty    int // 0 is none
	Fixed      int
	Kind       int // vehicles of one kind are interchangeable
}

// seg is a stretch of a route: a duration segment of Vidal et al. (2013), DOI
// 10.1016/j.cor.2012.07.018. warp is lateness that was paid back.
type seg struct{ dur, early, late, warp int }

func join(a, b *seg, travel int) seg {
	delta := a.dur - a.warp + travel
	wait := max(b.early-delta-a.late, 0)
	warp := max(a.early+delta-b.late, 0)
	return seg{
		dur:   a.dur + b.dur + travel + wait,
		early: max(b.early-delta, a.early) - wait,
		late:  min(b.late-delta, a.late) + warp,
		warp:  a.warp + b.warp + warp,
	}
}
