package territory

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/gazetteer"
)

// hulls sets the part of the customers that lie within the hull of another
// person's: where the routes of two people go over the same ground.
func (f *Figures) hulls(list []Unit, at map[int64]int, of func(*Unit) int64) {
	mine := make([][]orb.Point, len(f.People))
	for i := range list {
		if k, ok := at[of(&list[i])]; ok {
			mine[k] = append(mine[k], list[i].Point)
		}
	}
	hulls, boxes := make([]orb.Ring, len(mine)), make([]geo.Box, len(mine))
	for k := range mine {
		if hulls[k] = hull(mine[k]); len(hulls[k]) > 0 {
			boxes[k] = hulls[k].Bound()
		}
	}
	crossed, n := 0, 0
	for i := range list {
		own, ok := at[of(&list[i])]
		if !ok {
			continue
		}
		n++
		for k := range hulls {
			if k != own && boxes[k].Contains(list[i].Point) && within(hulls[k], list[i].Point) {
				crossed++
				break
			}
		}
	}
	f.Crossed = float64(crossed) / float64(max(1, n))
}

// turn is positive where c lies to the left of the way from a to b.
func turn(a, b, c orb.Point) float64 {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

// hull is the convex hull of points, counter-clockwise and not closed (Andrew's
// monotone chain); none of fewer than three corners.
func hull(points []orb.Point) orb.Ring {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b orb.Point) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	half := func(points []orb.Point) (out orb.Ring) {
		for _, p := range points {
			for len(out) > 1 && turn(out[len(out)-2], out[len(out)-1], p) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out[:max(0, len(out)-1)]
	}
	lower := half(points)
	slices.Reverse(points)
	out := append(lower, half(points)...)
	if len(out) < 3 {
		return nil
	}
	return out
}

// within reports whether a point lies inside a convex ring, not on it.
func within(ring orb.Ring, p orb.Point) bool {
	least := math.Inf(1)
	for i := range ring {
		least = math.Min(least, turn(ring[i], ring[(i+1)%len(ring)], p))
	}
	return least > 0 && len(ring) > 0
}

// splitAreas counts, level by level, the areas with customers, and those that
// several people share.
func splitAreas(
	all []gazetteer.District, list []Unit, of ...func(*Unit) int64,
) [][]AreaFigures {
	out := make([][]AreaFigures, len(of))
	points := pointsOf(list)
	for _, level := range gazetteer.Levels(all) {
		area := gazetteer.Locate(all, level, points)
		for k := range of {
			people := map[int]int64{}
			split := map[int]bool{}
			for i := range list {
				person := of[k](&list[i])
				if area[i] < 0 || person == 0 {
					continue
				}
				if first, ok := people[area[i]]; ok && first != person {
					split[area[i]] = true
				}
				people[area[i]] = person
			}
			if len(people) > 1 {
				out[k] = append(out[k], AreaFigures{level, len(people), len(split)})
			}
		}
	}
	return out
}
