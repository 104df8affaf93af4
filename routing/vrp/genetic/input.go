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
