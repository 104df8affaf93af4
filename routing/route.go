package routing

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Snap is a point brought to the road network of one region. It stays valid as
// long as the region does; store it beside a customer to save the search.
type Snap struct {
	Region   string     // id of the region
	Point    orb.Point  // on the road
	Distance geo.Meters // from the point that was asked about
	Street   string     // name of the street, "" when it has none
	Segment  uint32     // segment of the network
	Piece    uint32     // piece of the network's geometry
	Offset   uint32     // along the piece, in 1/65536 of it
}

// Leg is the way from one point to the next.
type Leg struct {
	Duration time.Duration // whole milliseconds
	Distance geo.Meters    // along the road, whole centimetres
	Line     orb.LineString
	Streets  []string // names in order of travel, unnamed stretches left out
}

// Route is the way through two or more points. Duration and Distance are the
// sums over the legs.
type Route struct {
	Legs     []Leg
	Duration time.Duration
	Distance geo.Meters
	Snaps    []Snap // one a point
}
