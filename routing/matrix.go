package routing

// Unreachable stands in a Matrix where no permitted way exists.
const Unreachable int32 = -1

// MaxMatrixCells bounds one matrix: 4,000 × 4,000.
const MaxMatrixCells = 16_000_000

// Matrix holds times and lengths from every source to every target, row by
// row. Seconds and metres are rounded to the nearest whole and equal those of
// the Route between the same points.
type Matrix struct {
	Sources, Targets int
	Seconds          []int32 // [source*Targets+target], Unreachable where there is no way
	Meters           []int32 // of the same path as Seconds
	// SourceFaults and TargetFaults say why a whole row or column is
	// Unreachable (ErrNoRegion, ErrNoRoadNear); nil where the point is fine,
	// nil slices when all are.
	SourceFaults, TargetFaults []error
}

// At returns seconds and metres from source i to target j, both Unreachable
// where there is no way.
func (m *Matrix) At(i, j int) (seconds, meters int32) {
	k := i*m.Targets + j
	return m.Seconds[k], m.Meters[k]
}

func newMatrix(sources, targets int) Matrix {
	m := Matrix{
		Sources: sources, Targets: targets,
		Seconds: make([]int32, sources*targets),
		Meters:  make([]int32, sources*targets),
	}
	for i := range m.Seconds {
		m.Seconds[i], m.Meters[i] = Unreachable, Unreachable
	}
	return m
}
