package district

import (
	"cmp"
	"math"
	"slices"
)

// obey puts locked units back to their people and takes forbidden ones away, to
// the cheapest person that may have them.
func (d *draft) obey() {
	for i := range d.Units {
		if u := &d.Units[i]; u.Locked && d.area[i] != u.Current {
			d.put(int32(i), u.Current)
		}
	}
	for i := range d.Units {
		u := int32(i)
		if d.Units[i].Locked || !d.forbidden[Pair{u, d.area[i]}] && !d.together(u) {
			continue
		}
		if to := d.cheapest(u, func(int32) bool { return true }); to >= 0 {
			d.put(u, to)
		}
	}
}

// shed makes everybody with a limit on units keep it: the cheapest units at the
// border go to the neighbours.
func (d *draft) shed() {
	for p := range int32(len(d.People)) {
		most := d.People[p].Most
		for most > 0 && d.count[p] > most {
			best, to, least := int32(-1), int32(-1), math.Inf(1)
			for i, a := range d.area {
				u := int32(i)
				if a != p {
					continue
				}
				for _, v := range d.graph.Of(u) {
					q := d.area[v]
					c := d.weight[u] * (d.cost(u, q) - d.cost(u, p))
					if q != p && c < least && d.may(u, q) && d.staysWhole(u) {
						best, to, least = u, q, c
					}
				}
			}
			if best < 0 {
				break
			}
			d.put(best, to)
		}
	}
}

// told reports whether a rule of its own says where a unit goes or must not go. It
// may stand apart from its territory, as an exception served from elsewhere.
func (d *draft) told(u int32) bool {
	return d.Units[u].Locked || d.ruled[u]
}

// together reports whether u is with a unit that it must be apart from.
func (d *draft) together(u int32) bool {
	return slices.ContainsFunc(d.apart[u], func(v int32) bool { return d.area[v] == d.area[u] })
}

// cheapest is the person of least cost that may have u, or -1.
func (d *draft) cheapest(u int32, ok func(int32) bool) int32 {
	best, least := int32(-1), math.Inf(1)
	for p := range int32(len(d.People)) {
		if p == d.area[u] || !ok(p) || !d.may(u, p) {
			continue
		}
		if c := d.cost(u, p); c < least {
			best, least = p, c
		}
	}
	return best
}

// join makes every territory one piece: all but its heaviest piece go, unit by
// unit from their border, to the neighbours that serve them at the least cost.
// Pieces of units with rules of their own only stay. It returns how many territories are still in
// pieces (because a rule forbade every move).
func (d *draft) join() int {
	for range 20 {
		stray := d.strays()
		if len(stray) == 0 {
			return 0
		}
		if !d.rehome(stray) {
			break
		}
	}
	return d.pieces()
}

// strays lists the free units that are not in their territory's main piece.
func (d *draft) strays() []int32 {
	piece, weight, free := d.split()
	main := d.main(piece, weight, free)
	var out []int32
	for u := range d.area {
		if c := piece[u]; main[d.area[u]] != c && free[c] && !d.Units[u].Locked {
			out = append(out, int32(u))
		}
	}
	return out
}

// split numbers the pieces of all territories; free tells which have a unit
// without a rule of its own.
func (d *draft) split() (piece []int32, weight []float64, free []bool) {
	piece = slices.Repeat([]int32{-1}, len(d.area))
	var queue []int32
	for u, p := range d.area {
		if piece[u] >= 0 {
			continue
		}
		c := int32(len(weight))
		weight, free = append(weight, 0), append(free, false)
		queue = append(queue[:0], int32(u))
		piece[u] = c
		for i := 0; i < len(queue); i++ {
			w := queue[i]
			weight[c] += d.weight[w]
			free[c] = free[c] || !d.told(w)
			for _, v := range d.graph.Of(w) {
				if piece[v] < 0 && d.area[v] == p {
					piece[v] = c
					queue = append(queue, v)
				}
			}
		}
	}
	return piece, weight, free
}

// main is the heaviest piece of every person that has a free unit; -1: none has.
func (d *draft) main(piece []int32, weight []float64, free []bool) []int32 {
	main := slices.Repeat([]int32{-1}, len(d.People))
	for u, p := range d.area {
		c := piece[u]
		if m := main[p]; free[c] && (m < 0 || weight[c] > weight[m]) {
			main[p] = c
		}
	}
	return main
}

// rehome moves strays to a territory they border on, the cheapest moves first.
func (d *draft) rehome(stray []int32) bool {
	type move struct {
		u, to int32
		cost  float64
	}
	var moves []move
	for _, u := range stray {
		best := move{u, -1, math.Inf(1)}
		for _, v := range d.graph.Of(u) {
			p := d.area[v]
			if p == d.area[u] || !d.may(u, p) {
				continue
			}
			if c := d.cost(u, p) - d.cost(u, d.area[u]); c < best.cost {
				best.to, best.cost = p, c
			}
		}
		if best.to >= 0 {
			moves = append(moves, best)
		}
	}
	slices.SortFunc(moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.u, b.u))
	})
	done := false
	for _, m := range moves {
		if d.touches(m.u, m.to) && d.may(m.u, m.to) {
			d.put(m.u, m.to)
			done = true
		}
	}
	return done
}

// pieces counts the territories that are not in one piece; those of
// units with rules of their own are let be.
func (d *draft) pieces() int {
	piece, _, free := d.split()
	first := slices.Repeat([]int32{-1}, len(d.People))
	broken := make([]bool, len(d.People))
	for u, p := range d.area {
		c := piece[u]
		if !free[c] {
			continue
		}
		if first[p] < 0 {
			first[p] = c
		}
		broken[p] = broken[p] || first[p] != c
	}
	n := 0
	for _, b := range broken {
		if b {
			n++
		}
	}
	return n
}
