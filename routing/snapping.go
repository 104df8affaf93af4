package routing

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
)

// Approach is the side of the road on which a point is to be reached and left.
type Approach uint8

// The approaches. One-way streets and points on the middle of the road are taken as
// they are.
const (
	AnySide  Approach = iota
	Curb              // with the point on the side of the car on which one drives
	Opposite          // with the point on the other
)

// SnapOptions say which roads and directions a point may be brought to.
type SnapOptions struct {
	Limit    geo.Meters // SnapLimit when 0
	Bearing  float64    // course of the road in degrees
	Range    float64    // how far the course may be off, 0 to 180 degrees
	Directed bool       // Bearing and Range count
	Approach Approach
	Islands  bool // roads that lead nowhere are as good as others
}

// SnapWith is Snap with wishes. It fails with ErrBadPoint or ErrNoRoadNear.
func (e *Engine) SnapWith(p orb.Point, want SnapOptions) (Snap, error) {
	if err := checkPoint(p, 0); err != nil {
		return Snap{}, err
	}
	if err := e.enter(); err != nil {
		return Snap{}, err
	}
	defer e.lease.RUnlock()
	return e.snap(p, want, 0)
}

// Nearest returns up to n places on different streets within the limit, the
// nearest first. It fails with ErrBadPoint or ErrNoRoadNear.
func (e *Engine) Nearest(p orb.Point, n int, want SnapOptions) ([]Snap, error) {
	if err := checkPoint(p, 0); err != nil {
		return nil, err
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	found := e.near(p, n, want, func(uint32) bool { return true })
	if len(found) == 0 {
		return nil, e.noRoadNear(p, want.limit(), 0)
	}
	out := make([]Snap, len(found))
	for i, f := range found {
		out[i] = e.newSnap(f)
	}
	return out, nil
}

func (o SnapOptions) limit() geo.Meters {
	if o.Limit <= 0 {
		return SnapLimit
	}
	return o.Limit
}

func (e *Engine) snap(p orb.Point, want SnapOptions, index int) (Snap, error) {
	var found []network.Found
	if !want.Islands {
		found = e.near(p, 1, want, func(segment uint32) bool {
			return e.net.Component[segment] != network.Minor
		})
	}
	if len(found) == 0 {
		found = e.near(p, 1, want, func(uint32) bool { return true })
	}
	if len(found) == 0 {
		return Snap{}, e.noRoadNear(p, want.limit(), index)
	}
	return e.newSnap(found[0]), nil
}

// near returns the n nearest places as wished, one a segment.
func (e *Engine) near(
	p orb.Point, n int, want SnapOptions, accept func(segment uint32) bool,
) []network.Found {
	var out []network.Found
	e.net.Near(p, want.limit(), func(f network.Found) bool {
		if !accept(f.Segment) || n > 1 && slices.ContainsFunc(out, func(o network.Found) bool {
			return o.Segment == f.Segment
		}) {
			return true
		}
		shut, ok := e.shut(p, f, want)
		if f.Shut = shut; ok {
			out = append(out, f)
		}
		return len(out) < n
	})
	return out
}

// shut returns the directions that the wishes exclude, false when none is left.
func (e *Engine) shut(p orb.Point, f network.Found, want SnapOptions) (uint8, bool) {
	open := uint8(0)
	for side := range uint32(2) {
		if e.net.Open(2*f.Segment + side) {
			open |= network.Forward << side
		}
	}
	if open == 0 || !want.Directed && want.Approach == AnySide {
		return 0, open != 0
	}
	a, b := e.net.Point(f.Piece), e.net.Point(f.Piece+1)
	course := geodesic.Bearing(a, b)
	left := open
	if want.Directed {
		for side := range uint32(2) {
			off := math.Abs(math.Remainder(course+180*float64(side)-want.Bearing, 360))
			if off > want.Range {
				left &^= network.Forward << side
			}
		}
	}
	if want.Approach != AnySide && open == network.Forward|network.Backward {
		// Seen along the piece, the point lies on the left where this is positive.
		turn := (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0])
		switch onOwnSide := (turn < 0) != e.net.Left; {
		case turn == 0 || f.Distance < 0.5:
		case onOwnSide == (want.Approach == Curb):
			left &^= network.Backward
		default:
			left &^= network.Forward
		}
	}
	return open &^ left, left != 0
}

// SnapWith is Engine.SnapWith over all regions.
func (r *Roads) SnapWith(p orb.Point, want SnapOptions) (Snap, error) {
	s, _, err := r.open.Load().snap(p, want, 0)
	return s, err
}

// Nearest is Engine.Nearest in the region whose road is nearest.
func (r *Roads) Nearest(p orb.Point, n int, want SnapOptions) ([]Snap, error) {
	_, e, err := r.open.Load().snap(p, want, 0)
	if err != nil {
		return nil, err
	}
	return e.Nearest(p, n, want)
}
