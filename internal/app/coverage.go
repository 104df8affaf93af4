package app

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/business/crm"
	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/tiles"
)

// coverage shows how densely customers cover the ground: their number in hexagons of
// the H3 grid, under the filter of the list.
type coverage struct{ customers customerTiles }

// Info describes the layer.
func (c coverage) Info() tiles.Info {
	i := described("coverage", "Customers by H3 hexagon, under the list's filter", map[string]string{
		"cell": "H3 cell", "count": "Customers", "per_km2": "Customers per km²"})
	i.Bounds = c.customers.Bounds()
	return i
}

// hexResolution is the grid whose hexagons are about 50 pixels wide at a zoom: each
// grid is √7 times finer than the one before, each zoom twice.
func hexResolution(zoom uint32) int {
	r := math.Round(2.6 + (float64(zoom)-4)*math.Log(2)/math.Log(math.Sqrt(7)))
	return int(max(0, min(r, crm.CellResolution)))
}

// hexDegrees is more than the width of a hexagon of resolution 0 in degrees at the
// equator, with the reach of its finest cells beyond its edge.
const hexDegrees = 30.0

// around is a box grown by what a hexagon that touches it may reach beyond it.
func around(box geo.Box, resolution int) geo.Box {
	high := hexDegrees / math.Pow(math.Sqrt(7), float64(resolution))
	lat := min(89, max(math.Abs(box.Min[1]), math.Abs(box.Max[1]))+high)
	wide := min(360, high/math.Cos(lat*math.Pi/180))
	return geo.Box{
		Min: orb.Point{box.Min[0] - wide, max(-90, box.Min[1]-high)},
		Max: orb.Point{box.Max[0] + wide, min(90, box.Max[1]+high)},
	}
}

// Version names the filter; every change of a customer may touch any hexagon.
func (c coverage) Version(ctx context.Context, a tiles.Ask) (string, uint64, error) {
	f, err := c.customers.Filter(ctx, a.Scope, a.Query)
	if err != nil {
		return "", 0, err
	}
	return f.Key(), c.customers.Version(), nil
}

// Shapes are the hexagons that touch the box, each with all of its customers.
func (c coverage) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	f, err := crm.ParseFilter(a.Query)
	if err != nil {
		return nil, err
	}
	if f, err = c.customers.crm.Resolve(ctx, a.Scope, f); err != nil {
		return nil, err
	}
	resolution := hexResolution(a.Zoom)
	found, err := c.customers.index.Select(f, a.Scope).Cells(around(a.Box, resolution), resolution)
	if err != nil {
		return nil, err
	}
	var out []tiles.Shape
	for cell, n := range found {
		shape, err := cell.Boundary()
		if err != nil {
			return nil, err
		}
		if box := shape.Bound(); !box.Intersects(a.Box) || box.Max[0]-box.Min[0] > 180 {
			continue
		}
		out = append(out, tiles.Shape{Geometry: shape, Fields: map[string]any{
			"cell": cell.String(), "count": n, "per_km2": perKm2(n, shape),
		}})
	}
	slices.SortFunc(out, func(a, b tiles.Shape) int {
		x, _ := a.Fields["cell"].(string)
		y, _ := b.Fields["cell"].(string)
		return cmp.Compare(x, y)
	})
	return out, nil
}

// perKm2 is how many there are on a square kilometre, to a hundredth.
func perKm2(n int64, shape orb.Polygon) float64 {
	return math.Round(float64(n)/(float64(geodesic.Area(shape))/1e6)*100) / 100
}
