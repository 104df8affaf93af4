package district

import (
	"math"
	"slices"
)

// candidates is how many people a unit is offered to while prices are sought; the
// bound itself looks at all of them.
const candidates = 8

// bound is the least that any plan around the present centres can cost whose
// loads are within the tolerance, units being split at will: the transport
// relaxation. Its dual is climbed person by person, each price being set to where
// the person's load fits; whatever the prices, the value is a bound (weak
// duality). Balance is on the mean of the activities, which every plan within
// the tolerance on each keeps.
func (d *draft) bound(rounds int) float64 {
	offers := d.offers(d.near())
	price := make([]float64, len(d.People))
	best := math.Inf(-1)
	for round := range rounds {
		low, high := d.fair(offers, d.tolerance)
		d.climb(offers, price, corridor{low, high, 1 / (1 + float64(round)/8)})
		if round >= rounds/2 && round%5 == 0 || round == rounds-1 {
			best = math.Max(best, d.dual(price))
		}
	}
	return best
}

// offer is a person that might serve a unit.
type offer struct {
	person int32
	cost   float64
}

// near lists, for every person, those whose territories are at most two borders
// away; all people where they are few.
func (d *draft) near() [][]int32 {
	k := len(d.People)
	out := make([][]int32, k)
	if k <= 3*candidates || d.rows != nil {
		all := make([]int32, k)
		for p := range all {
			all[p] = int32(p)
		}
		return slices.Repeat([][]int32{all}, k)
	}
	g := NewGraph(k, d.borders())
	for p := range int32(k) {
		out[p] = append(out[p], p)
		for _, q := range g.Of(p) {
			out[p] = append(append(out[p], q), g.Of(q)...)
		}
		slices.Sort(out[p])
		out[p] = slices.Compact(out[p])
	}
	return out
}

// offers lists the cheapest of the people near every unit; a locked unit has one.
func (d *draft) offers(near [][]int32) [][]offer {
	k := len(d.People)
	out := make([][]offer, len(d.Units))
	flat := make([]offer, 0, len(d.Units)*min(k, candidates+1))
	all := make([]offer, 0, k)
	for i := range d.Units {
		u := int32(i)
		from := len(flat)
		if d.Units[i].Locked {
			flat = append(flat, offer{d.Units[i].Current, d.cost(u, d.Units[i].Current)})
		} else {
			all = all[:0]
			for _, p := range near[d.area[i]] {
				if !d.forbids(u, p) {
					all = insertOffer(all, offer{p, d.cost(u, p)})
				}
			}
			flat = append(flat, all...)
		}
		out[i] = flat[from:len(flat):len(flat)]
	}
	return out
}

// insertOffer keeps the cheapest offers in order.
func insertOffer(list []offer, o offer) []offer {
	if len(list) == candidates && o.cost >= list[len(list)-1].cost {
		return list
	}
	if len(list) < candidates {
		list = append(list, o)
	}
	i := len(list) - 1
	for ; i > 0 && list[i-1].cost > o.cost; i-- {
		list[i] = list[i-1]
	}
	list[i] = o
	return list
}

// slack is how much a person's price must rise for the person to win the unit.
type slack struct{ price, weight float64 }

// corridor is what every person should win at least and at most, and how far
// prices go towards it in one round, 0 to 1.
type corridor struct {
	low, high []float64
	damp      float64
}

// climb sets every price towards the level at which the person wins enough.
func (d *draft) climb(offers [][]offer, price []float64, c corridor) {
	wins := make([][]slack, len(price))
	for i, list := range offers {
		if len(list) < 2 {
			continue
		}
		first, second := math.Inf(1), math.Inf(1)
		var winner int32
		for _, o := range list {
			net := o.cost - price[o.person]
			if net < first {
				first, second, winner = net, first, o.person
			} else if net < second {
				second = net
			}
		}
		for _, o := range list {
			rival := first
			if o.person == winner {
				rival = second
			}
			wins[o.person] = append(wins[o.person], slack{o.cost - rival, d.weight[i]})
		}
	}
	for p := range price {
		level := levelOf(wins[p], c.low[p], c.high[p], price[p])
		price[p] += c.damp * (level - price[p])
	}
}

// fair is the weight that each person may have at least and at most, without
// the units that nobody else may have.
func (d *draft) fair(offers [][]offer, tolerance float64) (low, high []float64) {
	var shares float64
	for _, p := range d.People {
		shares += p.Share
	}
	low, high = make([]float64, len(d.People)), make([]float64, len(d.People))
	for p := range d.People {
		t := sum(d.weight) * d.People[p].Share / shares
		low[p], high[p] = t*(1-tolerance), t*(1+tolerance)
	}
	for i, list := range offers {
		if len(list) == 1 {
			low[list[0].person] -= d.weight[i]
			high[list[0].person] -= d.weight[i]
		}
	}
	return low, high
}

// levelOf is the price nearest to 0 (no price at all) at which the weight won is
// between low and high.
func levelOf(wins []slack, low, high, now float64) float64 {
	if len(wins) == 0 {
		return now
	}
	slices.SortFunc(wins, func(a, b slack) int {
		switch {
		case a.price < b.price:
			return -1
		case a.price > b.price:
			return 1
		}
		return 0
	})
	floor, ceiling := math.Inf(-1), math.Inf(1)
	var won float64
	for _, w := range wins {
		if won < low {
			floor = w.price
		}
		won += w.weight
		if won > high && math.IsInf(ceiling, 1) {
			ceiling = w.price
		}
	}
	return math.Max(floor, math.Min(ceiling, 0))
}

// dual is the value of the relaxation's dual at these prices, over all people.
func (d *draft) dual(price []float64) float64 {
	var g float64
	for i := range d.Units {
		u := int32(i)
		least := math.Inf(1)
		if d.Units[i].Locked {
			p := d.Units[i].Current
			least = d.cost(u, p) - price[p]
		} else {
			for p := range int32(len(price)) {
				if c := d.cost(u, p) - price[p]; c < least && !d.forbids(u, p) {
					least = c
				}
			}
		}
		g += d.weight[i] * least
	}
	low, high := d.fair(nil, d.tolerance)
	for p, v := range price {
		if v > 0 {
			g += v * low[p]
		} else {
			g += v * high[p]
		}
	}
	return g
}

func (d *draft) forbids(u, p int32) bool { return len(d.forbidden) > 0 && d.forbidden[Pair{u, p}] }

// polish gives every unit to the person whose cost less price is the least: the
// power diagram of prices at which the loads fit but for the units at the borders.
// Prices start where the last diagram left them.
func (d *draft) polish() {
	offers, rounds := d.offers(d.near()), priceRounds
	if d.prices == nil {
		d.prices, rounds = make([]float64, len(d.People)), 2*priceRounds
	}
	low, high := d.fair(offers, d.tolerance*0.85)
	for round := range rounds {
		d.climb(offers, d.prices, corridor{low, high, 1 / (1 + float64(round)/8)})
	}
	for i, list := range offers {
		if d.Units[i].Locked || len(list) == 0 {
			continue
		}
		best, least := d.area[i], math.Inf(1)
		for _, o := range list {
			if c := o.cost - d.prices[o.person]; c < least {
				best, least = o.person, c
			}
		}
		d.area[i] = best
	}
	d.settle()
}
