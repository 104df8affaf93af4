// Package hex names places by hexagons: Uber's H3 grid.
//
// A resolution runs from 0 (cells of 4.4 million km²) to 15 (0.9 m²); 7 is about
// 5.2 km², 9 about 0.105 km². This is the only package that imports h3.
package hex

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
)

// MaxResolution is the finest grid.
const MaxResolution = 15

// Cell is one hexagon (twelve of each resolution are pentagons). The zero value
// is no cell.
type Cell uint64

// Of returns the cell of this resolution that holds p. It fails when p is not
// finite or the resolution is out of 0…15.
func Of(p orb.Point, resolution int) (Cell, error) {
	c, err := h3.LatLngToCell(h3.NewLatLng(p[1], p[0]), resolution)
	if err != nil {
		return 0, fmt.Errorf("cell of %v at resolution %d: %w", p, resolution, err)
	}
	return Cell(c), nil
}

// Parse reads a cell from the hexadecimal form that String prints.
func Parse(s string) (Cell, error) {
	c := h3.CellFromString(s)
	if !c.IsValid() {
		return 0, fmt.Errorf("%q is no H3 cell", s)
	}
	return Cell(c), nil
}

// String prints the cell as H3 does, in hexadecimal.
func (c Cell) String() string { return h3.Cell(c).String() }

// Resolution is 0 (coarse) to 15 (fine).
func (c Cell) Resolution() int { return h3.Cell(c).Resolution() }

// Center is the middle of the cell.
func (c Cell) Center() (orb.Point, error) {
	at, err := h3.Cell(c).LatLng()
	if err != nil {
		return orb.Point{}, fmt.Errorf("centre of cell %v: %w", c, err)
	}
	return orb.Point{at.Lng, at.Lat}, nil
}

// Boundary is the outline, counter-clockwise and closed. Longitudes of a cell
// across the antimeridian jump by 360°.
func (c Cell) Boundary() (orb.Polygon, error) {
	corners, err := h3.Cell(c).Boundary()
	if err != nil {
		return nil, fmt.Errorf("boundary of cell %v: %w", c, err)
	}
	ring := make(orb.Ring, 0, len(corners)+1)
	for _, at := range corners {
		ring = append(ring, orb.Point{at.Lng, at.Lat})
	}
	return orb.Polygon{append(ring, ring[0])}, nil
}

// Parent is the cell of a coarser resolution that holds this cell's centre.
func (c Cell) Parent(resolution int) (Cell, error) {
	parent, err := h3.Cell(c).Parent(resolution)
	if err != nil {
		return 0, fmt.Errorf("parent of cell %v at %d: %w", c, resolution, err)
	}
	return Cell(parent), nil
}

// Disk returns the cells at most k steps from c, c included: 1+3k(k+1) of them
// away from pentagons.
func (c Cell) Disk(k int) ([]Cell, error) {
	cells, err := h3.Cell(c).GridDisk(k)
	if err != nil {
		return nil, fmt.Errorf("disk of %d around cell %v: %w", k, c, err)
	}
	return ours(cells), nil
}

// Cover returns the cells whose centre lies in the polygon, holes left out.
// Cells of two polygons that share an edge are never counted twice.
func Cover(area orb.Polygon, resolution int) ([]Cell, error) {
	if len(area) == 0 {
		return nil, nil
	}
	polygon := h3.GeoPolygon{GeoLoop: loop(area[0])}
	for _, hole := range area[1:] {
		polygon.Holes = append(polygon.Holes, loop(hole))
	}
	cells, err := h3.PolygonToCells(polygon, resolution)
	if err != nil {
		return nil, fmt.Errorf("cover polygon at resolution %d: %w", resolution, err)
	}
	return ours(cells), nil
}

func loop(r orb.Ring) h3.GeoLoop {
	if r.Closed() {
		r = r[:len(r)-1]
	}
	out := make(h3.GeoLoop, 0, len(r))
	for _, p := range r {
		out = append(out, h3.NewLatLng(p[1], p[0]))
	}
	return out
}

func ours(cells []h3.Cell) []Cell {
	out := make([]Cell, len(cells))
	for i, c := range cells {
		out[i] = Cell(c)
	}
	return out
}

// Rings returns the cells at exactly 0, 1 … k steps from c, ring by ring; rings that
// touch a pentagon are shorter.
func (c Cell) Rings(k int) ([][]Cell, error) {
	rings, err := h3.Cell(c).GridDiskDistances(k)
	if err != nil {
		return nil, fmt.Errorf("rings of %d around cell %v: %w", k, c, err)
	}
	out := make([][]Cell, len(rings))
	for i, ring := range rings {
		out[i] = ours(ring)
	}
	return out, nil
}

// Children are the cells of a finer resolution that descend from c: seven for each
// step, six for a pentagon.
func (c Cell) Children(resolution int) ([]Cell, error) {
	cells, err := h3.Cell(c).Children(resolution)
	if err != nil {
		return nil, fmt.Errorf("children of cell %v at %d: %w", c, resolution, err)
	}
	return ours(cells), nil
}
