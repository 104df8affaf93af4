package routing

import (
	"context"

	"beatplan/routing/network"
)

// ThroughStraight is Through without turning round at the points between: a leg
// goes on in the direction in which the one before arrived, chosen so that the whole
// is fastest. Where that is impossible the turn is allowed.
func (e *Engine) ThroughStraight(ctx context.Context, snaps []Snap) (Route, error) {
	if err := e.enterAt(snaps); err != nil {
		return Route{}, err
	}
	defer e.lease.RUnlock()
	if places, ok := e.straight(ctx, snaps); ok {
		return e.throughPlaces(ctx, snaps, places)
	}
	return e.through(ctx, snaps)
}

// sides are the ways in which a place may be used: as it is at the ends, in one
// direction between.
func (e *Engine) sides(at network.Place, end bool) []network.Place {
	if end {
		return []network.Place{at}
	}
	var out []network.Place
	for side := range uint32(2) {
		if arc := 2*at.Segment + side; e.net.Open(arc) && !at.Shuts(arc) {
			one := at
			one.Shut = network.Backward >> side
			out = append(out, one)
		}
	}
	return out
}

// straight chooses a direction for every place between; false when there is none.
func (e *Engine) straight(ctx context.Context, snaps []Snap) ([]network.Place, bool) {
	type choice struct {
		at   network.Place
		cost network.Cost
		prev int
	}
	steps := make([][]choice, len(snaps))
	for i, s := range snaps {
		if ctx.Err() != nil {
			return nil, false
		}
		for _, at := range e.sides(s.place, i == 0 || i == len(snaps)-1) {
			c := choice{at: at, prev: -1}
			if i > 0 {
				c.cost = network.Infinite
				for k, before := range steps[i-1] {
					if before.cost == network.Infinite {
						continue
					}
					w, ok := e.find(before.at, at, false)
					if ok && before.cost+w.cost < c.cost {
						c.cost, c.prev = before.cost+w.cost, k
					}
				}
			}
			steps[i] = append(steps[i], c)
		}
	}
	at := 0
	if last := steps[len(steps)-1]; len(last) == 0 || last[0].cost == network.Infinite {
		return nil, false
	}
	places := make([]network.Place, len(snaps))
	for i := len(steps) - 1; i >= 0; i-- {
		places[i] = steps[i][at].at
		at = steps[i][at].prev
	}
	return places, true
}

// ThroughStraight is Engine.ThroughStraight in the region of the snaps.
func (r *Roads) ThroughStraight(ctx context.Context, snaps []Snap) (Route, error) {
	e, err := r.engineOf(snaps)
	if err != nil {
		return Route{}, err
	}
	return e.ThroughStraight(ctx, snaps)
}
