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

// MaxReach and MaxReachMeters bound an isochrone.
const (
	MaxReach                  = 4 * time.Hour
	MaxReachMeters geo.Meters = 400_000
)

// Isochrone is what can be reached from a place within a time, or within a length
// of road.
type Isochrone struct {
	From   Snap
	Limit  time.Duration       // 0 where Meters counts
	Meters geo.Meters          // 0 where Limit counts
	Lines  orb.MultiLineString // stretches of road that are reached
	Area   orb.MultiPolygon    // around them, by AreaRadius

	engine *Engine
	until  map[uint32]network.Cost // of an arc: how far along it one gets from its beginning
	home   map[uint32]network.Cost // of an arc where the way begins: how far from there
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
	return e.isochrone(ctx, p, Isochrone{Limit: limit},
		network.NewCost(uint32(limit.Milliseconds())+1, 0)-1)
}

// Isodistance finds what can be reached from p within so many metres of road, by
// the shortest ways instead of the fastest. It fails with ErrBadPoint, ErrNoRoadNear
// or ErrTooMany (limit above MaxReachMeters).
func (e *Engine) Isodistance(
	ctx context.Context, p orb.Point, limit geo.Meters,
) (*Isochrone, error) {
	if !(limit > 0) || limit > MaxReachMeters {
		return nil, ErrTooMany.With("limit_m", float64(MaxReachMeters)).Saying(
			"An area by distance spans more than nothing and at most %v.", MaxReachMeters)
	}
	return e.isochrone(ctx, p, Isochrone{Meters: limit},
		network.NewCost(uint32(limit*100)+1, 0)-1)
}

func (e *Engine) isochrone(
	ctx context.Context, p orb.Point, iso Isochrone, limit network.Cost,
) (*Isochrone, error) {
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
	iso.From, iso.engine = from, e
	iso.until, iso.home = map[uint32]network.Cost{}, map[uint32]network.Cost{}
	iso.spread(limit)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	iso.draw()
	iso.Area = contour(iso.Lines, AreaRadius)
	return &iso, ctx.Err()
}

// measure is what the limit is about: of a distance the halves of a cost change
// places, so that it is compared by length first.
func (i *Isochrone) measure(c network.Cost) network.Cost {
	if i.Meters > 0 && c < network.Infinite {
		return c<<32 | c>>32
	}
	return c
}

// spread fills home and until.
func (i *Isochrone) spread(limit network.Cost) {
	n, at := i.engine.net, i.From.place
	seeds := i.engine.sources(at)
	for k := range seeds {
		seeds[k].Cost = i.measure(seeds[k].Cost)
		i.home[n.StateArc[seeds[k].Vertex]] = limit
	}
	graph := n.Graph()
	for k := range graph.Cost {
		graph.Cost[k] = i.measure(graph.Cost[k])
	}
	for state, c := range path.Reach(graph, seeds, limit) {
		for t := n.FirstTurn[state]; t < n.FirstTurn[state+1]; t++ {
			begin := c + i.measure(network.NewCost(n.TurnMs(t), 0))
			arc := n.StateArc[n.TurnTo[t]]
			if !n.Open(arc) || begin > limit {
				continue
			}
			if upTo := limit - begin; upTo > i.until[arc] {
				i.until[arc] = upTo
			}
		}
	}
}

// Contains reports whether a snap of the same engine is reached.
func (i *Isochrone) Contains(s Snap) bool {
	if i.engine.enter() != nil {
		return false
	}
	defer i.engine.lease.RUnlock()
	n, home := i.engine.net, i.From.place
	for arc := 2 * s.place.Segment; arc < 2*s.place.Segment+2; arc++ {
		if s.place.Shuts(arc) {
			continue
		}
		upTo, ok := i.until[arc]
		if ok && i.measure(n.Before(arc, s.place))>>32 <= upTo>>32 {
			return true
		}
		if upTo, ok = i.home[arc]; !ok {
			continue
		}
		a, b := n.Before(arc, home), n.Before(arc, s.place)
		ahead := s.place.Piece > home.Piece ||
			s.place.Piece == home.Piece && s.place.Offset >= home.Offset
		behind := s.place.Piece < home.Piece ||
			s.place.Piece == home.Piece && s.place.Offset <= home.Offset
		if (arc&1 == 0 && ahead || arc&1 == 1 && behind) && i.measure(b-a)>>32 <= upTo>>32 {
			return true
		}
	}
	return false
}

// draw collects the reached stretches.
func (i *Isochrone) draw() {
	n, home := i.engine.net, i.From.place
	for arc, upTo := range i.until {
		i.stretch(arc, 0, nil, upTo)
	}
	for arc, upTo := range i.home {
		at := home.Piece + 1 - n.FirstPoint[arc>>1]
		if arc&1 == 1 {
			at = n.FirstPoint[arc>>1+1] - n.FirstPoint[arc>>1] - at
		}
		i.stretch(arc, at, orb.LineString{i.From.Point}, upTo+i.measure(n.Before(arc, home)))
	}
	if len(i.Lines) == 0 {
		i.Lines = orb.MultiLineString{{i.From.Point, i.From.Point}}
	}
}

// stretch adds the line along an arc from its point number at, up to a cost from the
// beginning of the arc.
func (i *Isochrone) stretch(arc, at uint32, line orb.LineString, upTo network.Cost) {
	n := i.engine.net
	points := n.FirstPoint[arc>>1+1] - n.FirstPoint[arc>>1]
	for ; at < points; at++ {
		p, begin := n.OnArc(arc, at)
		if i.measure(begin) > upTo {
			line = i.cut(line, arc, at, upTo)
			break
		}
		line = append(line, n.Point(p))
	}
	if len(line) > 1 {
		i.Lines = append(i.Lines, line)
	}
}

// cut ends a line where the limit is reached on the way to the k-th point.
func (i *Isochrone) cut(line orb.LineString, arc, k uint32, upTo network.Cost) orb.LineString {
	if k == 0 || len(line) == 0 {
		return line
	}
	p, end := i.engine.net.OnArc(arc, k)
	q, begin := i.engine.net.OnArc(arc, k-1)
	first, last := i.measure(begin).Milliseconds(), i.measure(end).Milliseconds()
	if last <= first {
		return line
	}
	share := float64(upTo.Milliseconds()-first) / float64(last-first)
	a, b := i.engine.net.Point(q), i.engine.net.Point(p)
	return append(line, orb.Point{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1])})
}

// Isochrone is Engine.Isochrone in the region whose road is nearest.
func (r *Roads) Isochrone(
	ctx context.Context, p orb.Point, limit time.Duration,
) (*Isochrone, error) {
	_, e, err := r.open.Load().snap(p, SnapOptions{}, 0)
	if err != nil {
		return nil, err
	}
	return e.Isochrone(ctx, p, limit)
}

// Isodistance is Engine.Isodistance in the region whose road is nearest.
func (r *Roads) Isodistance(
	ctx context.Context, p orb.Point, limit geo.Meters,
) (*Isochrone, error) {
	_, e, err := r.open.Load().snap(p, SnapOptions{}, 0)
	if err != nil {
		return nil, err
	}
	return e.Isodistance(ctx, p, limit)
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
