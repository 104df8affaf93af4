package routing

import (
	"context"
	"errors"

	"github.com/paulmach/orb"

	"beatplan/routing/network"
	"beatplan/routing/path"
)

// Unreachable marks a pair without any path in a [Matrix].
const Unreachable int32 = -1

// MaxMatrixCells bounds one matrix: 4,000 × 4,000.
const MaxMatrixCells = 16_000_000

// Matrix holds times and lengths from every source to every target, row by
// row: entry (i, j) is at index i·Targets+j. Seconds and metres are rounded to
// the nearest whole and equal those of the Route between the same points.
type Matrix struct {
	Sources, Targets int
	Seconds          []int32 // Unreachable where there is no way
	Meters           []int32 // of the same path as Seconds
	// SourceFaults and TargetFaults say why a whole row or column is
	// Unreachable (ErrNoRegion, ErrNoRoadNear); nil where the point is fine,
	// nil slices when all are.
	SourceFaults, TargetFaults []error
}

// At returns seconds and metres from source i to target j, both Unreachable
// where there is no way.
func (m Matrix) At(i, j int) (seconds, meters int32) {
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

func checkSize(sources, targets int) error {
	if sources > MaxMatrixCells || targets > MaxMatrixCells || sources*targets > MaxMatrixCells {
		return ErrTooMany.With("given", sources*targets).With("limit", MaxMatrixCells)
	}
	return nil
}

// Matrix finds times and lengths from every source to every target. Points
// without a road become Unreachable rows and columns with their fault; it
// fails only with ErrBadPoint, ErrTooMany or ctx's error.
func (e *Engine) Matrix(ctx context.Context, sources, targets []orb.Point) (Matrix, error) {
	if err := checkMatrix(sources, targets); err != nil {
		return Matrix{}, err
	}
	if err := e.enter(); err != nil {
		return Matrix{}, err
	}
	defer e.lease.RUnlock()
	from, fromFaults, err := e.snapAll(ctx, sources)
	if err != nil {
		return Matrix{}, err
	}
	to, toFaults := from, fromFaults
	if !samePoints(sources, targets) {
		if to, toFaults, err = e.snapAll(ctx, targets); err != nil {
			return Matrix{}, err
		}
	}
	m, err := e.table(ctx, from, to)
	m.SourceFaults, m.TargetFaults = fromFaults, toFaults
	return m, err
}

func samePoints(a, b []orb.Point) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// checkMatrix bounds the size and refuses points that are none.
func checkMatrix(sources, targets []orb.Point) error {
	if err := checkSize(len(sources), len(targets)); err != nil {
		return err
	}
	for _, points := range [][]orb.Point{sources, targets} {
		for i, p := range points {
			if err := checkPoint(p, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapAll snaps points; one without a road gets a zero Snap and its fault.
func (e *Engine) snapAll(ctx context.Context, points []orb.Point) ([]Snap, []error, error) {
	snaps := make([]Snap, len(points))
	var faults []error
	for i, p := range points {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		var err error
		if snaps[i], err = e.snap(p, SnapOptions{}, i); err != nil {
			if !errors.Is(err, ErrNoRoadNear) {
				return nil, nil, err
			}
			if faults == nil {
				faults = make([]error, len(points))
			}
			faults[i] = err
		}
	}
	return snaps, faults, nil
}

// table answers between snaps; zero snaps reach nothing.
func (e *Engine) table(ctx context.Context, sources, targets []Snap) (Matrix, error) {
	from, err := e.places(sources)
	if err != nil {
		return Matrix{}, err
	}
	to, err := e.places(targets)
	if err != nil {
		return Matrix{}, err
	}
	seedsFrom := make([][]path.Seed, len(from))
	for i, p := range from {
		if p != nil {
			seedsFrom[i] = e.sources(*p)
		}
	}
	seedsTo := make([][]path.Seed, len(to))
	bias := make([]network.Cost, len(to))
	for j, p := range to {
		if p != nil {
			seedsTo[j], bias[j] = e.targets(*p)
		}
	}
	m := Matrix{
		Sources: len(sources), Targets: len(targets),
		Seconds: make([]int32, len(sources)*len(targets)),
		Meters:  make([]int32, len(sources)*len(targets)),
	}
	err = e.search.Tell(ctx, seedsFrom, seedsTo, func(i int, js []int32, costs []network.Cost) {
		seconds := m.Seconds[i*m.Targets : (i+1)*m.Targets]
		meters := m.Meters[i*m.Targets : (i+1)*m.Targets]
		for k, j := range js {
			c := costs[k]
			if c >= network.Infinite {
				seconds[j], meters[j] = Unreachable, Unreachable
				continue
			}
			c -= bias[j]
			seconds[j], meters[j] = c.Seconds(), c.WholeMeters()
		}
	})
	if err != nil {
		return Matrix{}, err
	}
	e.shareSegments(from, to, m)
	return m, nil
}

// set notes the cost of a pair, Infinite where there is no way.
func (m Matrix) set(i, j int, c network.Cost) {
	k := i*m.Targets + j
	if c >= network.Infinite {
		m.Seconds[k], m.Meters[k] = Unreachable, Unreachable
		return
	}
	m.Seconds[k], m.Meters[k] = c.Seconds(), c.WholeMeters()
}

// places are the snaps' places, nil for zero snaps.
func (e *Engine) places(snaps []Snap) ([]*network.Place, error) {
	out := make([]*network.Place, len(snaps))
	for i := range snaps {
		if snaps[i].Region == "" {
			continue
		}
		p, err := e.place(snaps[i], i)
		if err != nil {
			return nil, err
		}
		out[i] = &p
	}
	return out, nil
}

// shareSegments answers again, one by one, for the pairs that share a segment:
// there a table cannot tell a target ahead from one behind.
func (e *Engine) shareSegments(from, to []*network.Place, m Matrix) {
	bySegment := map[uint32][]int{}
	for j, p := range to {
		if p != nil {
			bySegment[p.Segment] = append(bySegment[p.Segment], j)
		}
	}
	for i, p := range from {
		if p == nil {
			continue
		}
		for _, j := range bySegment[p.Segment] {
			if w, ok := e.find(*p, *to[j], false); ok {
				m.set(i, j, w.cost)
			} else {
				m.set(i, j, network.Infinite)
			}
		}
	}
}
