package routing

import (
	"context"
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/routing/network"
)

// Snap is a point brought to the road network of one region and profile. It is good
// as long as the region is: keep it in memory, or its Compact form in a database,
// beside a customer to save the search.
type Snap struct {
	Region   string     // id of the region
	Point    orb.Point  // on the road
	Distance geo.Meters // from the point that was asked about
	Street   string     // name of the street, "" when it has none
	Nodes    [2]int64   // OpenStreetMap ids of the nodes it lies between
	Island   bool       // on roads that are cut off from the rest, as at the edge of an extract
	place    network.Place
	key      uint64 // of the network
}

// Share is how far the snap lies between its two nodes, 0 to 65,536.
func (s Snap) Share() uint32 { return s.place.Offset }

// Part is what a leg drives between two neighbouring nodes, in part at its ends.
type Part struct {
	From, To int64         // OpenStreetMap ids
	Duration time.Duration // turns left out
	Distance geo.Meters
}

// Leg is the way from one point to the next.
type Leg struct {
	Duration time.Duration // whole milliseconds
	Distance geo.Meters    // along the road, whole centimetres
	Line     orb.LineString
	Streets  []string // names in order of travel, unnamed stretches left out
	Nodes    []int64  // OpenStreetMap ids of the nodes that are passed
	Parts    []Part   // node by node
}

// Route is the way through two or more points. Duration and Distance are the
// sums over the legs.
type Route struct {
	Legs     []Leg
	Duration time.Duration
	Distance geo.Meters
	Snaps    []Snap // one a point

	ways []way // of the legs
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
		if snaps[i], err = e.snap(p, SnapOptions{}, i); err != nil {
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

// enterAt enters for a way through snaps; after an error the lease is not held.
func (e *Engine) enterAt(snaps []Snap) error {
	if len(snaps) < 2 {
		return ErrFewPoints
	}
	if err := e.enter(); err != nil {
		return err
	}
	for i, s := range snaps {
		if _, err := e.place(s, i); err != nil {
			e.lease.RUnlock()
			return err
		}
	}
	return nil
}

// Through is Route between points that were snapped before.
func (e *Engine) Through(ctx context.Context, snaps []Snap) (Route, error) {
	if err := e.enterAt(snaps); err != nil {
		return Route{}, err
	}
	defer e.lease.RUnlock()
	return e.through(ctx, snaps)
}

// Measure is Through without drawing the way: the legs have times and lengths alone. It
// takes a tenth of the time.
func (e *Engine) Measure(ctx context.Context, snaps []Snap) (Route, error) {
	if len(snaps) < 2 {
		return Route{}, ErrFewPoints
	}
	if err := e.enter(); err != nil {
		return Route{}, err
	}
	defer e.lease.RUnlock()
	r := Route{Snaps: snaps}
	var sum network.Cost
	for i, s := range snaps {
		if _, err := e.place(s, i); err != nil {
			return Route{}, err
		}
		if i == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return Route{}, err
		}
		w, ok := e.find(snaps[i-1].place, s.place, false)
		if !ok {
			return Route{}, ErrUnreachable.With("from", i-1).With("to", i)
		}
		r.Legs = append(r.Legs, Leg{Duration: w.cost.Duration(), Distance: w.cost.Meters()})
		sum += w.cost
	}
	r.Duration, r.Distance = sum.Duration(), sum.Meters()
	return r, nil
}

func (e *Engine) through(ctx context.Context, snaps []Snap) (Route, error) {
	places := make([]network.Place, len(snaps))
	for i, s := range snaps {
		places[i] = s.place
	}
	return e.throughPlaces(ctx, snaps, places)
}

// throughPlaces is through where the places of the snaps may have fewer directions.
func (e *Engine) throughPlaces(
	ctx context.Context, snaps []Snap, places []network.Place,
) (Route, error) {
	r := Route{Snaps: snaps}
	var sum network.Cost
	for i := 1; i < len(places); i++ {
		if err := ctx.Err(); err != nil {
			return Route{}, err
		}
		w, ok := e.find(places[i-1], places[i], true)
		if !ok {
			return Route{}, ErrUnreachable.With("from", i-1).With("to", i)
		}
		r.Legs = append(r.Legs, e.leg(places[i-1], places[i], w))
		r.ways = append(r.ways, w)
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

// move is one straight stretch of a way.
type move struct {
	to    orb.Point
	node  int64    // OpenStreetMap id at its end, 0 at a place
	ends  [2]int64 // OpenStreetMap ids of the nodes it lies between
	piece uint32
	cost  network.Cost
	turn  uint32 // milliseconds of the turn before it
	at    uint32 // state of the way that it lies on, by its place among them
	bend  bool   // it begins at a junction
}

// moves takes a way apart, stretch by stretch. The last leads to the place and
// may have no length.
func (e *Engine) moves(from, to network.Place, w way) []move {
	room := 1
	for _, state := range w.states {
		segment := e.net.StateArc[state] >> 1
		room += int(e.net.FirstPoint[segment+1] - e.net.FirstPoint[segment])
	}
	out := make([]move, 0, room)
	for i, state := range w.states {
		arc := e.net.StateArc[state]
		points := e.net.FirstPoint[arc>>1+1] - e.net.FirstPoint[arc>>1]
		k, last, done := uint32(1), points-1, network.Cost(0)
		if i == 0 {
			k, done = e.ahead(arc, from), e.net.Before(arc, from)
		}
		final := i == len(w.states)-1
		if final {
			last = e.ahead(arc, to) - 1
		}
		begin := len(out)
		for ; k <= last; k++ {
			p, cost := e.net.OnArc(arc, k)
			piece := e.pieceBefore(arc, p)
			out = append(out, move{
				to: e.net.Point(p), node: e.net.NodeID(p), ends: e.ends(arc, piece),
				piece: piece, cost: cost - done, at: uint32(i),
			})
			done = cost
		}
		if final {
			out = append(out, move{
				to: e.net.At(to), piece: to.Piece, ends: e.ends(arc, to.Piece),
				cost: max(e.net.Before(arc, to), done) - done, at: uint32(i),
			})
		}
		if i > 0 && begin < len(out) {
			out[begin].bend, out[begin].turn = true, e.turnTime(w.states[i-1], state)
		}
	}
	return out
}

// ahead is the number, along the arc, of the first point beyond a place.
func (e *Engine) ahead(arc uint32, at network.Place) uint32 {
	first, next := e.net.FirstPoint[arc>>1], e.net.FirstPoint[arc>>1+1]
	if arc&1 == 0 {
		return at.Piece + 1 - first
	}
	return next - 1 - at.Piece
}

// pieceBefore is the piece by which an arc comes to point p.
func (e *Engine) pieceBefore(arc, p uint32) uint32 {
	if arc&1 == 0 {
		return p - 1
	}
	return p
}

// ends are the nodes of a piece in the direction of an arc.
func (e *Engine) ends(arc, piece uint32) [2]int64 {
	a, b := e.net.NodeID(piece), e.net.NodeID(piece+1)
	if arc&1 == 1 {
		a, b = b, a
	}
	return [2]int64{a, b}
}

// turnTime is the milliseconds of the turn from one state to the next.
func (e *Engine) turnTime(from, to uint32) uint32 {
	best := uint32(math.MaxUint32)
	for t := e.net.FirstTurn[from]; t < e.net.FirstTurn[from+1]; t++ {
		if e.net.TurnTo[t] == to {
			best = min(best, e.net.TurnMs(t))
		}
	}
	return best
}

// leg draws a way.
func (e *Engine) leg(from, to network.Place, w way) Leg {
	moves := e.moves(from, to, w)
	l := Leg{
		Duration: w.cost.Duration(), Distance: w.cost.Meters(),
		Line:  append(make(orb.LineString, 0, len(moves)+1), e.net.At(from)),
		Nodes: make([]int64, 0, len(moves)), Parts: make([]Part, 0, len(moves)),
	}
	street := uint32(math.MaxUint32) // the road whose name was looked up last
	for _, m := range moves {
		if n := len(l.Nodes); m.node != 0 && (n == 0 || l.Nodes[n-1] != m.node) {
			l.Nodes = append(l.Nodes, m.node)
		}
		if n := len(l.Parts); m.to != l.Line[len(l.Line)-1] || n == 0 {
			l.Parts = append(l.Parts, Part{
				From: m.ends[0], To: m.ends[1], Duration: m.cost.Duration(), Distance: m.cost.Meters(),
			})
		}
		if l.Line[len(l.Line)-1] != m.to {
			l.Line = append(l.Line, m.to)
			if road := e.net.RoadOf(m.piece); road != street {
				street = road
				l.addStreet(e.net.Name(m.piece))
			}
		}
	}
	if len(l.Line) == 1 {
		l.Line = append(l.Line, l.Line[0])
	}
	return l
}

func (l *Leg) addStreet(name string) {
	if n := len(l.Streets); name != "" && (n == 0 || l.Streets[n-1] != name) {
		l.Streets = append(l.Streets, name)
	}
}
