package district

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// search improves the plan by moving single units over a border and by swapping
// two of them, in the caller's travel cost, with a price on what leaves its
// person of today. Loads outside the tolerance cost dearly and ever more, so that
// they are mended first; no move tears a territory.
func (d *draft) search(ctx context.Context, rng *rand.Rand, passes int, tick func(int)) error {
	order := rng.Perm(len(d.area))
	s := seeker{draft: d, dear: d.scale() * 50, limit: d.tolerance * 0.9}
	quiet := 0
	for pass := range passes {
		if err := ctx.Err(); err != nil {
			return err
		}
		gains := 0
		for i, u := range order {
			if i%8192 == 8191 && ctx.Err() != nil {
				return ctx.Err()
			}
			if s.shift(int32(u)) || s.swap(int32(u)) {
				gains++
			}
		}
		if tick != nil {
			tick(pass)
		}
		if d.deviation() > d.tolerance {
			s.dear *= 3
		} else if gains*200 < len(order) {
			if quiet++; quiet >= 2 || gains == 0 {
				break
			}
		}
	}
	d.settle()
	return nil
}

// scale is what a unit of average weight costs.
func (d *draft) scale() float64 {
	return d.total() / float64(len(d.Units))
}

type seeker struct {
	*draft
	dear  float64 // of a deviation of 1 beyond the limit, squared, for each average unit
	limit float64
}

// pain is what loads outside the limit cost, for person p with load changed by
// sign × u's, and by −sign × v's when v ≥ 0.
func (s *seeker) pain(p int32, u int32, sign float64, v int32) float64 {
	var pain float64
	for a := range s.Activities {
		t := s.target[p][a]
		if t <= 0 {
			continue
		}
		load := s.load[p][a]
		if u >= 0 {
			load += sign * s.Units[u].Loads[a]
		}
		if v >= 0 {
			load -= sign * s.Units[v].Loads[a]
		}
		off := math.Abs(load-t) / t
		if over := off - s.limit; over > 0 {
			pain += over + 10*over*over
		}
	}
	return pain * s.dear * float64(len(s.Units)) / float64(len(s.People))
}

// delta is what changes when u goes to q and v, if any, comes back for it.
func (s *seeker) delta(u, q, v int32) float64 {
	p := s.area[u]
	d := s.weight[u]*(s.cost(u, q)-s.cost(u, p)) +
		s.price*(s.price0(u, q)-s.price0(u, p))
	if v >= 0 {
		d += s.weight[v]*(s.cost(v, p)-s.cost(v, q)) +
			s.price*(s.price0(v, p)-s.price0(v, q))
	}
	d += s.tornBy(u, q, v)
	d += s.pain(p, u, -1, v) - s.pain(p, -1, 0, -1)
	return d + s.pain(q, u, 1, v) - s.pain(q, -1, 0, -1)
}

func (s *seeker) least() float64 { return -1e-9 * s.dear }

// shift moves u to the neighbour that gains the most, if any.
func (s *seeker) shift(u int32) bool {
	best, to := s.least(), int32(-1)
	for _, v := range s.graph.Of(u) {
		q := s.area[v]
		if q == s.area[u] || q == to {
			continue
		}
		if c := s.delta(u, q, -1); c < best && s.may(u, q) {
			best, to = c, q
		}
	}
	if to < 0 || !s.staysWhole(u) {
		return false
	}
	s.put(u, to)
	return true
}

// swap exchanges u for a unit of a neighbouring territory near it.
func (s *seeker) swap(u int32) bool {
	if s.Units[u].Locked {
		return false
	}
	p := s.area[u]
	for _, w := range s.graph.Of(u) {
		q := s.area[w]
		if q == p || s.delta(u, q, -1) >= s.painFree(p, q) {
			continue
		}
		if s.swapWith(u, q, w) {
			return true
		}
	}
	return false
}

// painFree is the most that moving a unit may cost for a swap to be worth a look:
// what its loads add must be undone by the partner.
func (s *seeker) painFree(p, q int32) float64 {
	return s.dear*float64(len(s.Units))/float64(len(s.People)) + s.pain(p, -1, 0, -1) +
		s.pain(q, -1, 0, -1)
}

func (s *seeker) swapWith(u, q, w int32) bool {
	p := s.area[u]
	best, partner := s.least(), int32(-1)
	try := func(v int32) {
		if v == u || s.area[v] != q || s.Units[v].Locked || !s.touches(v, p) {
			return
		}
		if c := s.delta(u, q, v); c < best {
			best, partner = c, v
		}
	}
	try(w)
	for _, v := range s.graph.Of(w) {
		try(v)
	}
	if partner < 0 {
		return false
	}
	v := partner
	if !s.swapAllowed(u, v) {
		return false
	}
	return s.exchange(u, v)
}

// exchange swaps two units over a border, unless that tears a territory or takes one
// of them away from what it borders on.
func (d *draft) exchange(u, v int32) bool {
	p, q := d.area[u], d.area[v]
	// One after the other, so that each articulation check sees what is so then.
	if !d.staysWhole(u) {
		return false
	}
	d.put(u, q)
	if d.touches(u, q) && d.touches(v, p) && d.staysWhole(v) {
		d.put(v, p)
		if d.touches(u, q) && d.touches(v, p) {
			return true
		}
		d.put(v, q)
	}
	d.put(u, p)
	return false
}

// swapAllowed asks the rules for both units at once: counts do not change, and
// what one moves away the other may bring home.
func (d *draft) swapAllowed(u, v int32) bool {
	p, q := d.area[u], d.area[v]
	if d.forbidden[Pair{u, q}] || d.forbidden[Pair{v, p}] {
		return false
	}
	for _, w := range d.apart[u] {
		if w != v && d.area[w] == q {
			return false
		}
	}
	for _, w := range d.apart[v] {
		if w != u && d.area[w] == p {
			return false
		}
	}
	more := d.price0(u, q) - d.price0(u, p) + d.price0(v, p) - d.price0(v, q)
	return more <= 0 || d.moved+more <= d.budget
}

const (
	smallPlan = 400 // units: below, the search is shaken and repeated
	kicks     = 12_000
)

// kick shakes small plans, where a search ends in the first hollow: some units at
// borders go to a neighbour, the search mends it, and the better plan stays.
func (s *solver) kick(ctx context.Context) error {
	n := len(s.area)
	if n > smallPlan || len(s.People) < 2 {
		return nil
	}
	best, at := s.worth(), slices.Clone(s.area)
	for range min(60, kicks/n) {
		for range 1 + n/20 {
			u := int32(s.rng.IntN(n))
			near := s.graph.Of(u)
			if len(near) == 0 {
				continue
			}
			if to := s.area[near[s.rng.IntN(len(near))]]; to != s.area[u] && s.may(u, to) &&
				s.staysWhole(u) {
				s.put(u, to)
			}
		}
		if err := s.search(ctx, s.rng, 8, nil); err != nil {
			return err
		}
		if now := s.worth(); now < best {
			best = now
			copy(at, s.area)
		} else {
			copy(s.area, at)
			s.settle()
		}
	}
	return nil
}

// worth is the cost of a plan with the price of what moves; a plan beyond the
// tolerance or in pieces is worth less than any other.
func (s *solver) worth() float64 {
	return s.total() + s.price*s.moved + s.rent() +
		s.scale()*float64(len(s.area))*1e3*(math.Max(0, s.deviation()-s.tolerance)+float64(s.pieces()))
}
