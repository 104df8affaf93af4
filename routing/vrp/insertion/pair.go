package insertion

import (
	"slices"

	"beatplan/routing/vrp"
)

// fitsPair tries both halves of a shipment at every two places of every vehicle.
// O(vehicles × route length³).
func fitsPair(p *vrp.Problem, s vrp.Solution, pair vrp.Pair) bool {
	for v := range p.Vehicles {
		most := p.Vehicles[v].MaxStops
		if !p.Serves(v, pair.Pickup) || !p.Serves(v, pair.Delivery) ||
			most > 0 && len(s.Routes[v])+2 > most {
			continue
		}
		clock := vrp.NewClock(p, v)
		for _, i := range places(p, v, s.Routes[v]) {
			one := slices.Insert(slices.Clone(s.Routes[v]), i, pair.Pickup)
			for j := i + 1; j <= len(one); j++ {
				both := slices.Insert(slices.Clone(one), j, pair.Delivery)
				if p.Ordered(both) && carries(p, v, both) && keeps(p, v, clock.Sum(both)) &&
					pinned(p, v, both) {
					return true
				}
			}
		}
	}
	return false
}

// pinned reports whether every pinned visit stands where it must.
func pinned(p *vrp.Problem, v int, route []int) bool {
	for _, pin := range p.Vehicles[v].Pins {
		if pin.Position >= len(route) || route[pin.Position] != pin.Visit {
			return false
		}
	}
	return true
}

// carries drives the route with its loads and shipments.
func carries(p *vrp.Problem, v int, route []int) bool {
	for d, capacity := range p.Vehicles[v].Capacity {
		load := 0
		for _, i := range route {
			load += at(p.Visits[i].Delivery, d)
		}
		if load > capacity {
			return false
		}
		for _, i := range route {
			load += at(p.Visits[i].Pickup, d) - at(p.Visits[i].Delivery, d)
			for _, pair := range p.Pairs {
				if pair.Pickup == i {
					load += at(pair.Amount, d)
				}
				if pair.Delivery == i {
					load -= at(pair.Amount, d)
				}
			}
			if load > capacity {
				return false
			}
		}
	}
	return true
}
