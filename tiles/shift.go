package tiles

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/index"
)

// Maps that are published in China lie up to about 1.2 km off WGS-84. A tile of
// such a map shows what falls into it after the shift; what is kept is never
// shifted. A place is in exactly one tile of a zoom, as it is without a shift.

// edgeDegrees is how near the rectangle of the shift counts as at its edge, where
// places jump: more than any shift.
const edgeDegrees = 0.02

func mapDatum(d datum.Datum) datum.Datum {
	if d == "" {
		return datum.WGS84
	}
	return d
}

// reach is the box of WGS-84 that holds everything that a tile of a map in the
// datum may show, its margin included.
func reach(t maptile.Tile, d datum.Datum) geo.Box {
	box := tileBox(t)
	w, h := (box.Max[0]-box.Min[0])/16, (box.Max[1]-box.Min[1])/16
	box.Min = orb.Point{box.Min[0] - w, box.Min[1] - h}
	box.Max = orb.Point{box.Max[0] + w, box.Max[1] + h}
	return before(box, d)
}

// before is the box of WGS-84 that holds everything that comes to lie in a box of
// the datum.
func before(box geo.Box, d datum.Datum) geo.Box {
	if mapDatum(d) == datum.WGS84 {
		return box
	}
	corners := []orb.Point{box.Min, box.Max, {box.Min[0], box.Max[1]}, {box.Max[0], box.Min[1]}}
	inside, near := true, false
	out := geo.Box{Min: box.Max, Max: box.Min}
	for _, c := range corners {
		for _, edge := range []orb.Point{{-1, -1}, {1, 1}, {-1, 1}, {1, -1}} {
			in := datum.InChina(orb.Point{
				c[0] + edge[0]*edgeDegrees, c[1] + edge[1]*edgeDegrees})
			inside, near = inside && in, near || in
		}
		out = out.Extend(datum.Convert(c, d, datum.WGS84))
	}
	wide := box.Max[0]-box.Min[0] > 1 || box.Max[1]-box.Min[1] > 1
	if !near && !wide { // nothing is shifted there
		return box
	}
	if !inside || wide { // not smooth, or the shift bends within: the box itself, widened
		return geo.Box{
			Min: orb.Point{box.Min[0] - edgeDegrees, box.Min[1] - edgeDegrees},
			Max: orb.Point{box.Max[0] + edgeDegrees, box.Max[1] + edgeDegrees},
		}
	}
	const slack = 5e-4 // the shift's bend over a degree is below 30 m
	out.Min = orb.Point{out.Min[0] - slack, out.Min[1] - slack}
	out.Max = orb.Point{out.Max[0] + slack, out.Max[1] + slack}
	return out
}

func tileBox(t maptile.Tile) geo.Box {
	side := float64(uint64(1) << (32 - uint32(t.Z)))
	nw := index.Unplane(float64(t.X)*side, float64(t.Y)*side)
	se := index.Unplane(float64(t.X+1)*side, float64(t.Y+1)*side)
	return geo.Box{Min: orb.Point{nw[0], se[1]}, Max: orb.Point{se[0], nw[1]}}
}

// sources are the tiles of WGS-84 whose points may fall into a tile of the datum.
func sources(t maptile.Tile, d datum.Datum) []maptile.Tile {
	if mapDatum(d) == datum.WGS84 {
		return []maptile.Tile{t}
	}
	box := before(tileBox(t), d)
	if box == tileBox(t) {
		return []maptile.Tile{t}
	}
	x0, y0 := tileOn(orb.Point{box.Min[0], box.Max[1]}, uint32(t.Z))
	x1, y1 := tileOn(orb.Point{box.Max[0], box.Min[1]}, uint32(t.Z))
	var out []maptile.Tile
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			out = append(out, maptile.New(x, y, t.Z))
		}
	}
	return out
}

func tileOn(p orb.Point, z uint32) (column, row uint32) {
	x, y := index.Plane(p)
	return uint32(uint64(x) >> (32 - z)), uint32(uint64(y) >> (32 - z))
}

// shifted is a place of the plane as a map in the datum has it.
func shifted(x, y uint32, d datum.Datum) (uint32, uint32) {
	if mapDatum(d) == datum.WGS84 {
		return x, y
	}
	p := index.Unplane(float64(x)+0.5, float64(y)+0.5)
	return index.Plane(datum.Convert(p, datum.WGS84, d))
}
