package routing

import (
	"context"
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// MaxReach bounds an isochrone.
const MaxReach = 4 * time.Hour

// Isochrone is what can be reached from a place within a time.
type Isochrone struct {
	From  Snap
	Limit time.Duration
	Lines orb.MultiLineString // stretches of road that are reached
	Area  orb.MultiPolygon    // around them, by AreaRadius

	engine *Engine
	until  map[uint32]network.Cost // of an arc: how far along it one gets
}

// AreaRadius is how far from a reached road a point may lie to belong to an
// isochrone's area.
const AreaRadius geo.Meters = 150

// Isochrone finds what can be reached from p within limit. It fails with
// ErrBadPoint, ErrNoRoadNear or ErrTooMany (limit above MaxReach).
func (e *Engine) Isochrone(
	ctx context.Context, p orb.Point, limit time.Duration,
) (*Isochrone, error) {
	if limit <= 0 || limit > MaxReach {
		return nil, ErrTooMany.With("limit_s", MaxReach.Seconds()).Saying(
			"An isochrone spans more than nothing and at most %v.", MaxReach)
	}
	if err := checkPoint(p, 0); err != nil {
		return nil, err
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	from, err := e.snap(p, SnapOptions{}, 0)
	if err != nil {
		return nil, err
	}
	iso := &Isochrone{
		From: from, Limit: limit, engine: e, until: map[uint32]network.Cost{},
	}
	iso.spread(network.NewCost(uint32(limit.Milliseconds())+1, 0) - 1)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	iso.draw()
	iso.Area = contour(iso.Lines, AreaRadius)
	return iso, ctx.Err()
}

// spread fills until: how far along each arc the limit allows.
func (i *Isochrone) spread(limit network.Cost) {
	n, at := i.engine.net, i.From.place
	seeds := i.engine.sources(at)
	for _, s := range seeds {
		arc := n.StateArc[s.Vertex]
		i.allow(arc, min(limit+n.Before(arc, at), n.ArcCost(arc)))
	}
	for state, c := range path.Reach(n.Graph(), seeds, limit) {
		for t := n.FirstTurn[state]; t < n.FirstTurn[state+1]; t++ {
			begin := c + network.NewCost(n.TurnMs[t], 0)
			if begin <= limit {
				arc := n.StateArc[n.TurnTo[t]]
				i.allow(arc, min(limit-begin, n.ArcCost(arc)))
			}
		}
	}
}

// allow notes that an arc can be driven up to a cost from its beginning. On the
// arc where the way begins that says nothing about what lies behind; draw and
// Contains look at it again.
func (i *Isochrone) allow(arc uint32, upTo network.Cost) {
	if old, ok := i.until[arc]; !ok || upTo > old {
		i.until[arc] = upTo
	}
}

// Contains reports whether a snap of the same engine is reached.
func (i *Isochrone) Contains(s Snap) bool {
	if i.engine.enter() != nil {
		return false
	}
	defer i.engine.lease.RUnlock()
	if s.place.Segment == i.From.place.Segment {
		w, ok := i.engine.find(i.From.place, s.place, false)
		return ok && w.cost.Duration() <= i.Limit
	}
	for arc := 2 * s.place.Segment; arc < 2*s.place.Segment+2; arc++ {
		upTo, ok := i.until[arc]
		if ok && i.engine.net.Before(arc, s.place).Milliseconds() <= upTo.Milliseconds() {
			return true
		}
	}
	return false
}

// draw collects the reached stretches. On the segment where the way begins it
// draws from the place itself.
func (i *Isochrone) draw() {
	n, home := i.engine.net, i.From.place
	for arc, upTo := range i.until {
		points := n.FirstPoint[arc>>1+1] - n.FirstPoint[arc>>1]
		at := uint32(0) // counted from the beginning of the arc
		var line orb.LineString
		if arc>>1 == home.Segment {
			line = append(line, i.From.Point)
			if at = home.Piece + 1 - n.FirstPoint[arc>>1]; arc&1 == 1 {
				at = points - at
			}
		}
		for ; at < points; at++ {
			p, begin := i.engine.net.OnArc(arc, at)
			if begin > upTo {
				line = i.cut(line, arc, at, upTo)
				break
			}
			line = append(line, n.Point(p))
		}
		if len(line) > 1 {
			i.Lines = append(i.Lines, line)
		}
	}
	if len(i.Lines) == 0 {
		i.Lines = orb.MultiLineString{{i.From.Point, i.From.Point}}
	}
}

// cut ends a line where the limit is reached on the way to the k-th point.
func (i *Isochrone) cut(line orb.LineString, arc, k uint32, upTo network.Cost) orb.LineString {
	if k == 0 || len(line) == 0 {
		return line
	}
	p, end := i.engine.net.OnArc(arc, k)
	q, begin := i.engine.net.OnArc(arc, k-1)
	share := float64(upTo.Milliseconds()-begin.Milliseconds()) /
		float64(end.Milliseconds()-begin.Milliseconds())
	a, b := i.engine.net.Point(q), i.engine.net.Point(p)
	return append(line, orb.Point{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1])})
}

// field holds, on a grid, the squared distance to the nearest line in squares of
// the radius; 4 where none is near.
type field struct {
	west, south float64 // degrees
	dx, dy      float64 // degrees a cell
	nx, ny      int
	value       []float32
}

// The grid of a field.
const (
	cellsPerRadius = 2
	maxCells       = 4_000_000
)

// contour returns the area within radius of the lines, with smooth edges, by
// marching squares over a distance field.
func contour(lines orb.MultiLineString, radius geo.Meters) orb.MultiPolygon {
	f := newField(lines.Bound(), radius)
	for _, line := range lines {
		for k := 1; k < len(line); k++ {
			f.add(line[k-1], line[k])
		}
	}
	return assemble(f.rings())
}

func newField(box geo.Box, radius geo.Meters) *field {
	box = geodesic.Pad(box, radius*1.5)
	middle := box.Center()
	cell := float64(radius) / cellsPerRadius / 111_195
	f := &field{west: box.Min[0], south: box.Min[1], dy: cell}
	f.dx = cell / math.Max(0.05, math.Cos(middle[1]*math.Pi/180))
	for {
		f.nx = int((box.Max[0]-box.Min[0])/f.dx) + 2
		f.ny = int((box.Max[1]-box.Min[1])/f.dy) + 2
		if f.nx*f.ny <= maxCells {
			break
		}
		f.dx, f.dy = f.dx*1.5, f.dy*1.5
	}
	f.value = make([]float32, f.nx*f.ny)
	for i := range f.value {
		f.value[i] = 4
	}
	return f
}

// add lowers the field around a stretch.
func (f *field) add(a, b orb.Point) {
	ax, ay := (a[0]-f.west)/f.dx, (a[1]-f.south)/f.dy
	bx, by := (b[0]-f.west)/f.dx, (b[1]-f.south)/f.dy
	reach := float64(2 * cellsPerRadius)
	x0, x1 := int(math.Floor(min(ax, bx)-reach)), int(math.Ceil(max(ax, bx)+reach))
	y0, y1 := int(math.Floor(min(ay, by)-reach)), int(math.Ceil(max(ay, by)+reach))
	dx, dy := bx-ax, by-ay
	length := dx*dx + dy*dy
	for y := max(1, y0); y <= min(f.ny-2, y1); y++ {
		for x := max(1, x0); x <= min(f.nx-2, x1); x++ {
			px, py := float64(x)-ax, float64(y)-ay
			t := 0.0
			if length > 0 {
				t = min(1, max(0, (px*dx+py*dy)/length))
			}
			ex, ey := px-t*dx, py-t*dy
			d := float32((ex*ex + ey*ey) / (cellsPerRadius * cellsPerRadius))
			if at := y*f.nx + x; d < f.value[at] {
				f.value[at] = d
			}
		}
	}
}
