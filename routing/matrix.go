package routing

// Unreachable marks a pair without any path in a [Matrix].
const Unreachable int32 = -1

// Matrix holds travel times and distances from every source to every target,
// row by row: entry (i, j) is at index i·Targets+j. A pair without a path
// carries [Unreachable] in both tables.
type Matrix struct {
	Sources, Targets int
	Seconds          []int32 // travel time in whole seconds
	Meters           []int32 // length of that path in whole metres
}

// At returns seconds and metres from source i to target j; both are
// [Unreachable] when no path leads there.
func (m Matrix) At(i, j int) (seconds, meters int32) {
	k := i*m.Targets + j
	return m.Seconds[k], m.Meters[k]
}
