package routing

import (
	"math"
	"sync"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// Toward answers how long it takes to one place from one start after the other: the
// search comes backwards from the place, and what starts share is searched once. It
// is for whoever stops asking when nobody nearer can come. Not safe for concurrent
// use; Close it.
type Toward struct {
	To   Snap
	e    *Engine
	q    *path.Search
	bias network.Cost
}

// Toward begins a search to a place that was snapped to this engine's network. It
// fails with ErrUnknownRegion.
func (e *Engine) Toward(to Snap) (*Toward, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	at, err := e.place(to, 0)
	if err != nil {
		e.lease.RUnlock()
		return nil, err
	}
	t := &Toward{To: to, e: e, q: e.search.Get()}
	var targets []path.Seed
	targets, t.bias = e.targets(at)
	t.q.Backwards(targets)
	return t, nil
}

// Close ends the search.
func (t *Toward) Close() {
	t.e.search.Put(t.q)
	t.e.lease.RUnlock()
}

// From is the time and the length of the fastest way from a place, as [Engine.Table]
// has them; Unreachable where there is none. It fails with ErrUnknownRegion when the
// place was snapped to another road map.
func (t *Toward) From(s Snap) (seconds, meters int32, err error) {
	from, err := t.e.place(s, 0)
	if err != nil {
		return Unreachable, Unreachable, err
	}
	c := network.Infinite
	if from.Segment == t.To.place.Segment {
		if w, ok := t.e.find(from, t.To.place, false); ok {
			c = w.cost
		}
	} else if c = t.q.From(t.e.sources(from)); c < network.Infinite {
		c -= t.bias
	}
	if c >= network.Infinite {
		return Unreachable, Unreachable, nil
	}
	return c.Seconds(), c.WholeMeters(), nil
}

// Within is how far through the air somebody can be who gets there in seconds or
// less: who is farther needs longer. It is infinite where the fastest arc takes no
// time at all.
func (t *Toward) Within(seconds float64) geo.Meters {
	p := t.e.pace()
	// Seconds are rounded to the nearest; a part of a piece is rounded down by less
	// than a millisecond at either end.
	return geo.Meters(p.speed*((seconds+0.5)*1000+2) + 2*p.slack)
}

// pace bounds how far through the air any way leads in its time: speed × time, and
// slack for each end that lies within an arc.
type pace struct {
	speed float64 // metres a millisecond, of the fastest arc
	slack float64 // metres that a part of an arc is ahead of that
}

// paced is the pace of an engine's costs, found when it is first asked for. A variant
// is an engine of its own, with its own.
type paced struct {
	once sync.Once
	pace pace
}

// pace looks at every piece of the network once: legal limits do not bound anything,
// since the times of short arcs are rounded.
func (e *Engine) pace() pace {
	e.paced.once.Do(func() {
		var p pace
		arcs(e.net, func(length []float64, ms []int64) {
			last := len(ms) - 1
			if length[last] > 0 {
				p.speed = max(p.speed, length[last]/math.Max(0, float64(ms[last]-ms[0])))
			}
		})
		arcs(e.net, func(length []float64, ms []int64) {
			low := 0.0
			for i := range ms {
				ahead := length[i] - p.speed*float64(ms[i]-ms[0])
				low = min(low, ahead)
				p.slack = max(p.slack, ahead-low)
			}
		})
		e.paced.pace = p
	})
	return e.paced.pace
}

// arcs calls visit with the lengths and times from the beginning of every open arc to
// its points. Both slices are good during the call.
func arcs(n *network.Network, visit func(length []float64, ms []int64)) {
	var length []float64
	var ms []int64
	for arc := range uint32(2 * n.Segments()) {
		if !n.Open(arc) {
			continue
		}
		length, ms = length[:0], ms[:0]
		points := n.FirstPoint[arc>>1+1] - n.FirstPoint[arc>>1]
		sum := 0.0
		var before orb.Point
		for k := range points {
			point, cost := n.OnArc(arc, k)
			at := n.Point(point)
			if k > 0 {
				sum += float64(geodesic.Distance(before, at))
			}
			before = at
			length, ms = append(length, sum), append(ms, cost.Milliseconds())
		}
		visit(length, ms)
	}
}

// Toward begins a search to the road nearest to p, in whichever region that is. It
// fails as Snap does.
func (r *Roads) Toward(p orb.Point) (*Toward, error) {
	return retry(r, func(o *opened) (*Toward, error) {
		to, in, err := o.snap(p, SnapOptions{}, 0)
		if err != nil {
			return nil, err
		}
		return in.Toward(to)
	})
}
