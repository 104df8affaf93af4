package osm

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"

	"beatplan/geo"
)

// Coastlines (https://wiki.openstreetmap.org/wiki/Tag:natural=coastline) run
// with land on their left and water on their right. An extract holds pieces of
// them; sea turns these into polygons:
//
//  1. ways that share ends become chains; closed chains are islands
//     (counter-clockwise) or enclosed water (clockwise);
//  2. where a chain ends within the box and another begins not far off, a
//     river's mouth lies between: it is closed straight across;
//  3. any other loose end is led on, straight, out of the box. Of several
//     directions near the coast's own the one is taken that puts the least known
//     land (roads) under water;
//  4. the chains are cut to the box, and from each exit the box's border is
//     followed clockwise, water to the right, to the next entry.

const (
	// mouthLimit is the widest river mouth that is closed straight, in degrees
	// (about 10 km).
	mouthLimit = 0.1
	// tailLength is the stretch of coast, in degrees, that gives a loose end its
	// direction.
	tailLength = 0.15
	// fanStep and fanSteps spread the directions that are tried: ±75° by 7.5°.
	fanStep  = math.Pi / 24
	fanSteps = 10
	// coarseness is the tolerance, in degrees, within which directions are weighed.
	coarseness = 0.004
)

// sea closes coastline chains to sea polygons within the box. Known is the box
// that the extract covers, at whose border chains may end; box is as large or
// larger. The land points guide loose ends; none are needed. Without any coastline there is no sea, and
// with islands alone the whole box is. O(n log n) for n vertices, times the
// directions tried for loose ends.
func sea(
	chains []orb.LineString, known, box geo.Box, land []orb.Point,
) orb.MultiPolygon {
	var open []orb.LineString
	var islands, water []orb.Ring
	for _, c := range bridge(chains, known) {
		ring := orb.Ring(c)
		switch {
		case len(c) < 2:
		case !ring.Closed():
			open = append(open, c)
		case len(ring) < 4:
		case ring.Orientation() == orb.CCW:
			islands = append(islands, ring)
		default:
			water = append(water, ring)
		}
	}
	rings := enclose(leadOut(open, box, land), box)
	for _, w := range water {
		if r := clip.Ring(box, slices.Clone(w)); len(r) > 3 {
			rings = append(rings, wound(r, orb.CCW))
		}
	}
	if len(rings) == 0 && len(islands) > 0 {
		rings = []orb.Ring{box.ToRing()}
	}
	return withHoles(rings, islands, box)
}

// withHoles cuts the islands out of the water that holds them.
func withHoles(rings, islands []orb.Ring, box geo.Box) orb.MultiPolygon {
	var shape orb.MultiPolygon
	for _, r := range rings {
		shape = append(shape, orb.Polygon{wound(r, orb.CCW)})
	}
	for _, island := range islands {
		island = clip.Ring(box, slices.Clone(island))
		if len(island) < 4 {
			continue
		}
		if i := holder(shape, island); i >= 0 {
			shape[i] = append(shape[i], wound(island, orb.CW))
		}
	}
	return shape
}

// bridge closes river mouths: it joins the end of a chain to the nearest start
// within mouthLimit, when both lie in the box and nearer to each other than to
// the box's border. The shortest gaps come first.
func bridge(chains []orb.LineString, box geo.Box) []orb.LineString {
	type gap struct {
		from, to int
		width    float64
	}
	var gaps []gap
	for i, a := range chains {
		end := a[len(a)-1]
		if a[0] == end || !box.Contains(end) {
			continue
		}
		for j, b := range chains {
			w := planar.Distance(end, b[0])
			if i == j && w > openGap*planar.Length(a) {
				continue // the ends of a stretch of coast, not an island with a gap
			}
			if b[0] != b[len(b)-1] && w < mouthLimit && box.Contains(b[0]) &&
				w < toBorder(end, box)+toBorder(b[0], box) {
				gaps = append(gaps, gap{i, j, w})
			}
		}
	}
	slices.SortStableFunc(gaps, func(a, b gap) int { return cmp.Compare(a.width, b.width) })
	next, taken := map[int]int{}, map[int]bool{}
	for _, g := range gaps {
		if _, used := next[g.from]; !used && !taken[g.to] {
			next[g.from], taken[g.to] = g.to, true
		}
	}
	var joined []orb.LineString
	done := map[int]bool{}
	follow := func(i int) {
		var chain orb.LineString
		for at := i; ; {
			done[at] = true
			chain = append(chain, chains[at]...)
			to, ok := next[at]
			if !ok {
				break
			}
			if done[to] { // round in a circle
				chain = append(chain, chain[0])
				break
			}
			at = to
		}
		joined = append(joined, chain)
	}
	for i := range chains {
		if !taken[i] {
			follow(i)
		}
	}
	for i := range chains {
		if !done[i] {
			follow(i)
		}
	}
	return joined
}

// toBorder is the distance of a point in the box from its border.
func toBorder(p orb.Point, box geo.Box) float64 {
	return min(p[0]-box.Min[0], box.Max[0]-p[0], p[1]-box.Min[1], box.Max[1]-p[1])
}

// leadOut extends loose ends beyond the box. Each end is settled in turn, the
// others leading straight on meanwhile.
func leadOut(chains []orb.LineString, box geo.Box, land []orb.Point) []orb.LineString {
	angles := make([][2]float64, len(chains)) // off the coast's own direction
	build := func(chains []orb.LineString) []orb.LineString {
		out := make([]orb.LineString, len(chains))
		for i, c := range chains {
			out[i] = extended(c, box, angles[i])
		}
		return out
	}
	coarse := make([]orb.LineString, len(chains)) // enough to weigh directions with
	for i, c := range chains {
		coarse[i] = simplify.DouglasPeucker(coarseness).LineString(c.Clone())
	}
	for i, c := range chains {
		for end, p := range [2]orb.Point{c[0], c[len(c)-1]} {
			if !box.Contains(p) {
				continue
			}
			best, fewest := 0.0, math.MaxInt
			for step := range 2*fanSteps + 1 {
				// 0, +1, −1, +2, −2 … so that a draw keeps to the straight
				turn := float64((step+1)/2) * fanStep
				if step%2 == 0 {
					turn = -turn
				}
				angles[i][end] = turn
				if wet := drowned(enclose(build(coarse), box), land); wet < fewest {
					best, fewest = turn, wet
				}
			}
			angles[i][end] = best
		}
	}
	return build(chains)
}

// drowned counts the points of land that the rings hold.
func drowned(rings []orb.Ring, land []orb.Point) int {
	n := 0
	for _, r := range rings {
		b := r.Bound()
		for _, p := range land {
			if b.Contains(p) && planar.RingContains(r, p) {
				n++
			}
		}
	}
	return n
}

// extended leads both ends of a chain that lie within the box out of it, turned
// by the angles off the coast's own direction.
func extended(c orb.LineString, box geo.Box, turn [2]float64) orb.LineString {
	reach := 2 * (box.Max[0] - box.Min[0] + box.Max[1] - box.Min[1])
	out := slices.Clone(c)
	if box.Contains(c[len(c)-1]) {
		out = append(out, ahead(c, turn[1], reach))
	}
	if box.Contains(c[0]) {
		back := slices.Clone(c)
		slices.Reverse(back)
		out = slices.Insert(out, 0, ahead(back, turn[0], reach))
	}
	return out
}

// ahead is the point that lies reach beyond the line's end, in the direction of
// its last tailLength, turned.
func ahead(line orb.LineString, turn, reach float64) orb.Point {
	end := line[len(line)-1]
	from := line[0]
	for i := len(line) - 2; i >= 0; i-- {
		if planar.Distance(line[i], end) > tailLength {
			from = line[i]
			break
		}
	}
	a := math.Atan2(end[1]-from[1], end[0]-from[0]) + turn
	return orb.Point{end[0] + reach*math.Cos(a), end[1] + reach*math.Sin(a)}
}

// crossing is a stretch of coast within the box, from its border to its border.
type crossing struct {
	line     orb.LineString
	in, out  float64 // where on the border, clockwise from the south-west corner, 0–4
	finished bool
}

// enclose cuts open chains to the box and closes them along its border.
func enclose(chains []orb.LineString, box geo.Box) []orb.Ring {
	var parts []crossing
	for _, c := range chains {
		for _, line := range clip.LineString(box, c) {
			if len(line) < 2 {
				continue
			}
			in, inOK := border(line[0], box)
			out, outOK := border(line[len(line)-1], box)
			if inOK && outOK {
				parts = append(parts, crossing{line: line, in: in, out: out})
			}
		}
	}
	var rings []orb.Ring
	for i := range parts {
		if parts[i].finished {
			continue
		}
		if ring := around(parts, i, box); len(ring) > 3 && planar.Area(ring) != 0 {
			rings = append(rings, wound(ring, orb.CCW))
		}
	}
	return rings
}

// around follows the coast from a crossing and the border clockwise between
// crossings until it is back.
func around(parts []crossing, first int, box geo.Box) orb.Ring {
	var ring orb.Ring
	for at := first; ; {
		parts[at].finished = true
		ring = append(ring, parts[at].line...)
		next, distance := first, clockwise(parts[at].out, parts[first].in)
		for j := range parts {
			if d := clockwise(parts[at].out, parts[j].in); !parts[j].finished && d < distance {
				next, distance = j, d
			}
		}
		ring = append(ring, corners(parts[at].out, distance, box)...)
		if next == first {
			return append(ring, ring[0])
		}
		at = next
	}
}

// clockwise is the way along the border from a to b, 0 to 4 sides.
func clockwise(a, b float64) float64 {
	if b < a {
		b += 4
	}
	return b - a
}

// corners are the corners of the box met on the way from a border position.
func corners(from, distance float64, box geo.Box) []orb.Point {
	all := [4]orb.Point{
		box.Min, {box.Min[0], box.Max[1]}, box.Max, {box.Max[0], box.Min[1]},
	}
	var met []orb.Point
	for at := math.Floor(from) + 1; at < from+distance; at++ {
		met = append(met, all[int(at)%4])
	}
	return met
}

// border is a point's position along the box's border: 0–1 up the west side, 1–2
// along the north, 2–3 down the east, 3–4 along the south; false when it lies
// off the border.
func border(p orb.Point, box geo.Box) (float64, bool) {
	const near = 1e-9
	x := (p[0] - box.Min[0]) / (box.Max[0] - box.Min[0])
	y := (p[1] - box.Min[1]) / (box.Max[1] - box.Min[1])
	switch {
	case math.Abs(x) < near:
		return y, true
	case math.Abs(y-1) < near:
		return 1 + x, true
	case math.Abs(x-1) < near:
		return 3 - y, true
	case math.Abs(y) < near:
		return 4 - x, true
	}
	return 0, false
}
