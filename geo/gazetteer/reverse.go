package gazetteer

import (
	"cmp"
	"math"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

const (
	// houseReach is how far a house may be whose number is given.
	houseReach geo.Meters = 40
	// streetReach is how far a street may be that a point is said to be on.
	streetReach geo.Meters = 250
	// townReach is how far a settlement may be whose name is given when no
	// municipality holds the point.
	townReach geo.Meters = 15_000
)

// Address says where a point is. Parts that are not known are empty.
type Address struct {
	House  string     // number, "1200"
	Street string     // "North Market Street"
	Place  string     // the settlement, "Wilmington"
	Around string     // the districts, "Wilmington, New Castle County, Delaware"
	Off    geo.Meters // from the house or street that was named
}

// Line is the address in one line, house and street first.
func (a Address) Line() string {
	line := a.Street
	if a.House != "" {
		line = a.House + " " + a.Street
	}
	if a.Around == "" {
		return line
	}
	if line == "" {
		return a.Around
	}
	return line + ", " + a.Around
}

// Known reports whether anything is known of the point.
func (a Address) Known() bool { return a.Street != "" || a.Around != "" }

// Reverse names what is at a point: the nearest house within 40 m, the nearest
// named street within 250 m, the municipality or the nearest settlement, and the
// districts around. The language is as in Query.
func (g *Gazetteer) Reverse(p orb.Point, language string) Address {
	var a Address
	if e, off, ok := g.ground.nearestHouse(g, p); ok && off <= houseReach {
		number, street := splitHouse(e.names.in(""))
		a.House, a.Street, a.Off = number, street, off
	}
	if e, off, ok := g.ground.nearestStreet(g, p); ok && off <= streetReach && a.Street == "" {
		a.Street, a.Off = e.names.in(language), off
	}
	hold := surroundings(g.districts, p)
	var town *names
	if len(hold) == 0 || hold[0].level < 7 {
		town = g.ground.nearestTown(g, p)
	}
	around := contextOf(hold, town, "")
	a.Around = around.in(language)
	switch {
	case town != nil:
		a.Place = town.in(language)
	case len(hold) > 0:
		a.Place = hold[0].names.in(language)
	}
	return a
}

// splitHouse takes the number off the title of a house.
func splitHouse(title string) (number, street string) {
	for i, r := range title {
		if r == ' ' {
			return title[:i], title[i+1:]
		}
	}
	return title, ""
}

// gridCell is the side of a cell in degrees.
const gridCell = 0.01

// longestPiece bounds the cells that a straight piece of street may cross; no
// road has one of 200 km.
const longestPiece = 200

func wide(a, b [2]int32) bool {
	return max(a[0]-b[0], b[0]-a[0], a[1]-b[1], b[1]-a[1]) > longestPiece
}

// grid finds what is near: houses, pieces of streets and towns by cell.
type grid struct {
	houses  map[[2]int32][]uint32
	pieces  map[[2]int32][]piece
	settled []uint32 // cities, towns, villages
}

// piece is one stretch of a street, from vertex at to the next.
type piece struct{ street, at uint32 }

func cellAt(p orb.Point) [2]int32 {
	return [2]int32{int32(math.Floor(p[0] / gridCell)), int32(math.Floor(p[1] / gridCell))}
}

func newGrid(g *Gazetteer) grid {
	n := grid{houses: map[[2]int32][]uint32{}, pieces: map[[2]int32][]piece{}}
	for i := range g.entries {
		switch e := &g.entries[i]; e.kind {
		case House:
			c := cellAt(e.at)
			n.houses[c] = append(n.houses[c], uint32(i))
		case City, Town, Village:
			n.settled = append(n.settled, uint32(i))
		}
	}
	for i, s := range g.streets {
		for k := 1; k < len(s.line); k++ {
			a, b := cellAt(s.line[k-1]), cellAt(s.line[k])
			if wide(a, b) {
				continue
			}
			for x := min(a[0], b[0]); x <= max(a[0], b[0]); x++ {
				for y := min(a[1], b[1]); y <= max(a[1], b[1]); y++ {
					c := [2]int32{x, y}
					n.pieces[c] = append(n.pieces[c], piece{uint32(i), uint32(k - 1)})
				}
			}
		}
	}
	return n
}

// around visits the cell of a point and its neighbours. A cell is at least 400 m
// wide up to 68° of latitude, which the reaches above rely on.
func around(p orb.Point, visit func([2]int32)) {
	c := cellAt(p)
	for x := c[0] - 1; x <= c[0]+1; x++ {
		for y := c[1] - 1; y <= c[1]+1; y++ {
			visit([2]int32{x, y})
		}
	}
}

func (n *grid) nearestHouse(g *Gazetteer, p orb.Point) (best *entry, off geo.Meters, ok bool) {
	around(p, func(c [2]int32) {
		for _, i := range n.houses[c] {
			if d := geodesic.Distance(p, g.entries[i].at); !ok || d < off {
				best, off, ok = &g.entries[i], d, true
			}
		}
	})
	return best, off, ok
}

func (n *grid) nearestStreet(g *Gazetteer, p orb.Point) (best *entry, off geo.Meters, ok bool) {
	around(p, func(c [2]int32) {
		for _, s := range n.pieces[c] {
			line := g.streets[s.street].line
			if d := toSegment(p, line[s.at], line[s.at+1]); !ok || d < off {
				best, off, ok = &g.entries[g.streets[s.street].entry], d, true
			}
		}
	})
	return best, off, ok
}

// toSegment is the distance of p from a–b on a plane that touches the ground at p:
// exact to a thousandth within a few kilometres.
func toSegment(p, a, b orb.Point) geo.Meters {
	const metersPerDegree = 111_195
	east := metersPerDegree * math.Cos(p[1]*math.Pi/180)
	ax, ay := (a[0]-p[0])*east, (a[1]-p[1])*metersPerDegree
	bx, by := (b[0]-p[0])*east, (b[1]-p[1])*metersPerDegree
	dx, dy := bx-ax, by-ay
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = min(1, max(0, -(ax*dx+ay*dy)/l))
	}
	return geo.Meters(math.Hypot(ax+t*dx, ay+t*dy))
}

// nearestTown is the settlement whose pull is strongest: a city reaches four times
// as far as a village.
func (n *grid) nearestTown(g *Gazetteer, p orb.Point) *names {
	reach := [...]float64{City: 4, Town: 2, Village: 1}
	var best *names
	least := math.Inf(1)
	for _, i := range n.settled {
		e := &g.entries[i]
		if math.Abs(e.at[1]-p[1]) > 0.5 || math.Abs(e.at[0]-p[0]) > 1 {
			continue
		}
		d := geodesic.Distance(p, e.at)
		if pull := float64(d) / reach[e.kind]; d <= townReach && cmp.Less(pull, least) {
			best, least = &e.names, pull
		}
	}
	return best
}
