package routing

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/routing/network"
)

// Snap is a point brought to the road network of one region. It is good as
// long as the region is: keep it in memory beside a customer to save the search.
type Snap struct {
	Region   string     // id of the region
	Point    orb.Point  // on the road
	Distance geo.Meters // from the point that was asked about
	Street   string     // name of the street, "" when it has none
	Nodes    [2]int64   // OpenStreetMap ids of the nodes it lies between
	Island   bool       // on roads that are cut off from the rest, as at the edge of an extract
	place    network.Place
}

// Share is how far the snap lies between its two nodes, 0 to 65,536.
func (s Snap) Share() uint32 { return s.place.Offset }

// Leg is the way from one point to the next.
type Leg struct {
	Duration time.Duration // whole milliseconds
	Distance geo.Meters    // along the road, whole centimetres
	Line     orb.LineString
	Streets  []string // names in order of travel, unnamed stretches left out
	Nodes    []int64  // OpenStreetMap ids of the nodes that are passed
}

// Route is the way through two or more points. Duration and Distance are the
// sums over the legs.
type Route struct {
	Legs     []Leg
	Duration time.Duration
	Distance geo.Meters
	Snaps    []Snap // one a point
}

// Route finds the fastest way through pts in their order. It fails with
// ErrBadPoint, ErrFewPoints, ErrTooMany, ErrNoRoadNear or ErrUnreachable.
func (e *Engine) Route(ctx context.Context, pts []orb.Point) (Route, error) {
	if err := checkRoute(pts); err != nil {
		return Route{}, err
	}
	if err := e.enter(); err != nil {
		return Route{}, err
	}
	defer e.lease.RUnlock()
	snaps := make([]Snap, len(pts))
	for i, p := range pts {
		var err error
		if snaps[i], err = e.snap(p, 0, i); err != nil {
			return Route{}, err
		}
	}
	return e.through(ctx, snaps)
}

// checkRoute bounds the number of points and refuses points that are none.
func checkRoute(pts []orb.Point) error {
	if len(pts) < 2 {
		return ErrFewPoints
	}
	if len(pts) > MaxRoutePoints {
		return ErrTooMany.With("given", len(pts)).With("limit", MaxRoutePoints)
	}
	for i, p := range pts {
		if err := checkPoint(p, i); err != nil {
			return err
		}
	}
	return nil
}

// Through is Route between points that were snapped before.
func (e *Engine) Through(ctx context.Context, snaps []Snap) (Route, error) {
	if len(snaps) < 2 {
		return Route{}, ErrFewPoints
	}
	if err := e.enter(); err != nil {
		return Route{}, err
	}
	defer e.lease.RUnlock()
	for i, s := range snaps {
		if _, err := e.place(s, i); err != nil {
			return Route{}, err
		}
	}
	return e.through(ctx, snaps)
}

func (e *Engine) through(ctx context.Context, snaps []Snap) (Route, error) {
	r := Route{Snaps: snaps}
	var sum network.Cost
	for i := 1; i < len(snaps); i++ {
		if err := ctx.Err(); err != nil {
			return Route{}, err
		}
		w, ok := e.find(snaps[i-1].place, snaps[i].place, true)
		if !ok {
			return Route{}, ErrUnreachable.With("from", i-1).With("to", i)
		}
		r.Legs = append(r.Legs, e.leg(snaps[i-1].place, snaps[i].place, w))
		sum += w.cost
	}
	r.Duration, r.Distance = sum.Duration(), sum.Meters()
	return r, nil
}

// Duration is the time from one snap to another without drawing the way; false
// when there is none. The snaps must be of this engine.
func (e *Engine) Duration(from, to Snap) (time.Duration, geo.Meters, bool) {
	if e.enter() != nil {
		return 0, 0, false
	}
	defer e.lease.RUnlock()
	if !e.net.Valid(from.place) || !e.net.Valid(to.place) {
		return 0, 0, false
	}
	w, ok := e.find(from.place, to.place, false)
	return w.cost.Duration(), w.cost.Meters(), ok
}

// leg draws a way.
func (e *Engine) leg(from, to network.Place, w way) Leg {
	l := Leg{Duration: w.cost.Duration(), Distance: w.cost.Meters()}
	l.Line = orb.LineString{e.net.At(from)}
	for i, arc := range w.arcs {
		first, last := e.net.FirstPoint[arc>>1], e.net.FirstPoint[arc>>1+1]-1
		if arc&1 == 0 {
			if i == 0 {
				first = from.Piece + 1
			}
			if i == len(w.arcs)-1 {
				last = to.Piece
			}
			e.drawAhead(&l, first, last)
		} else {
			if i == 0 {
				last = from.Piece
			}
			if i == len(w.arcs)-1 {
				first = to.Piece + 1
			}
			e.drawBack(&l, first, last)
		}
	}
	l.move(e.net.At(to), e.net.Name(to.Piece))
	if len(l.Line) == 1 {
		l.Line = append(l.Line, l.Line[0])
	}
	return l
}

// drawAhead adds the points first to last as drawn, with the street of the
// piece before each.
func (e *Engine) drawAhead(l *Leg, first, last uint32) {
	for p := first; p <= last; p++ { // over the piece before it
		e.pass(l, p, max(p, 1)-1)
	}
}

// drawBack adds the points from last down to first.
func (e *Engine) drawBack(l *Leg, first, last uint32) {
	for p := int64(last); p >= int64(first); p-- {
		e.pass(l, uint32(p), uint32(p))
	}
}

// pass comes to a point over a piece.
func (e *Engine) pass(l *Leg, point, piece uint32) {
	if n := len(l.Nodes); n == 0 || l.Nodes[n-1] != e.net.NodeID[point] {
		l.Nodes = append(l.Nodes, e.net.NodeID[point])
	}
	l.move(e.net.Point(point), e.net.Name(piece))
}

// move draws on to p over a street, unless one is there already.
func (l *Leg) move(p orb.Point, street string) {
	if l.Line[len(l.Line)-1] != p {
		l.addStreet(street)
		l.Line = append(l.Line, p)
	}
}

func (l *Leg) addStreet(name string) {
	if n := len(l.Streets); name != "" && (n == 0 || l.Streets[n-1] != name) {
		l.Streets = append(l.Streets, name)
	}
}
