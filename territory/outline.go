package territory

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo/hex"
)

// cellsWanted is about how many cells a map of territories is drawn with.
const cellsWanted = 4000

// ground says whose every cell of some units is: the person with the most work in
// it; empty cells near by go to whom they are nearest to, ring by ring, so that
// territories meet.
func ground(list []Unit, of func(*Unit) int64) (map[hex.Cell]int64, error) {
	resolution := resolutionFor(list)
	work := map[hex.Cell]map[int64]float64{}
	for i := range list {
		person := of(&list[i])
		cell, err := hex.Of(list[i].Point, resolution)
		if err != nil {
			return nil, err
		}
		if work[cell] == nil {
			work[cell] = map[int64]float64{}
		}
		work[cell][person] += list[i].Minutes + 1e-6
	}
	owner := make(map[hex.Cell]int64, 2*len(work))
	for cell, people := range work {
		best, most := int64(0), math.Inf(-1)
		for person, w := range people {
			if w > most || w == most && person < best {
				best, most = person, w
			}
		}
		owner[cell] = best
	}
	return owner, grow(owner, 3)
}

// grow gives empty cells to their neighbours' people, rings times.
func grow(owner map[hex.Cell]int64, rings int) error {
	front := sorted(owner)
	for range rings {
		claims := map[hex.Cell]map[int64]int{}
		for _, cell := range front {
			near, err := cell.Disk(1)
			if err != nil {
				return err
			}
			for _, n := range near {
				if _, taken := owner[n]; taken {
					continue
				}
				if claims[n] == nil {
					claims[n] = map[int64]int{}
				}
				claims[n][owner[cell]]++
			}
		}
		front = front[:0]
		for cell, people := range claims {
			best, most := int64(0), 0
			for person, n := range people {
				if n > most || n == most && person < best {
					best, most = person, n
				}
			}
			owner[cell] = best
			front = append(front, cell)
		}
		slices.Sort(front)
	}
	return nil
}

func sorted[T any](m map[hex.Cell]T) []hex.Cell {
	out := make([]hex.Cell, 0, len(m))
	for c := range m {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// resolutionFor is the grid on which the units' ground has about cellsWanted cells.
func resolutionFor(list []Unit) int {
	for r := 9; r > 4; r-- {
		seen := map[hex.Cell]bool{}
		for i := range list {
			if c, err := hex.Of(list[i].Point, r); err == nil {
				seen[c] = true
			}
		}
		if len(seen)*7 <= cellsWanted*2 && float64(len(seen)) <= 0.6*float64(len(list)) ||
			len(seen) < 40 {
			return r
		}
	}
	return 5
}

// outlines draws the ground of every person as polygons, whole cells together.
func outlines(list []Unit, of func(*Unit) int64) (map[int64]orb.MultiPolygon, error) {
	owner, err := ground(list, of)
	if err != nil {
		return nil, err
	}
	cells := map[int64][]hex.Cell{}
	for _, c := range sorted(owner) {
		cells[owner[c]] = append(cells[owner[c]], c)
	}
	out := map[int64]orb.MultiPolygon{}
	for person, mine := range cells {
		if out[person], err = Dissolve(mine); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// corner is a point on a grid of about a centimetre, so that the corners that
// cells share are one.
type corner [2]int64

func cornerOf(p orb.Point) corner {
	return corner{int64(math.Round(p[0] * 1e7)), int64(math.Round(p[1] * 1e7))}
}

func (c corner) point() orb.Point { return orb.Point{float64(c[0]) / 1e7, float64(c[1]) / 1e7} }

// Dissolve joins cells of one resolution to polygons: edges that two cells share
// fall away, the rest are strung to rings. Outer rings run counter-clockwise,
// holes clockwise.
func Dissolve(cells []hex.Cell) (orb.MultiPolygon, error) {
	edges := map[[2]corner]bool{}
	for _, c := range cells {
		shape, err := c.Boundary()
		if err != nil {
			return nil, err
		}
		ring := shape[0]
		for i := 1; i < len(ring); i++ {
			a, b := cornerOf(ring[i-1]), cornerOf(ring[i])
			if back := [2]corner{b, a}; edges[back] {
				delete(edges, back)
			} else {
				edges[[2]corner{a, b}] = true
			}
		}
	}
	next := map[corner][]corner{}
	var starts []corner
	for e := range edges {
		next[e[0]] = append(next[e[0]], e[1])
		starts = append(starts, e[0])
	}
	byPlace := func(a, b corner) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }
	slices.SortFunc(starts, byPlace)
	for _, list := range next {
		slices.SortFunc(list, byPlace)
	}
	var outer orb.MultiPolygon
	var holes []orb.Ring
	for _, start := range starts {
		for len(next[start]) > 0 {
			ring := orb.Ring{start.point()}
			for at := start; len(next[at]) > 0; {
				to := next[at][0]
				next[at] = next[at][1:]
				ring = append(ring, to.point())
				if at = to; at == start {
					break
				}
			}
			if ring.Orientation() == orb.CCW {
				outer = append(outer, orb.Polygon{ring})
			} else {
				holes = append(holes, ring)
			}
		}
	}
	for _, hole := range holes {
		for i := range outer {
			if planar.RingContains(outer[i][0], hole[0]) {
				outer[i] = append(outer[i], hole)
				break
			}
		}
	}
	return outer, nil
}
