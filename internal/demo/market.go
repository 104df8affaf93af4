package demo

import (
	"beatplan/geo/hex"
	"beatplan/geo/osm"
)

const (
	// quarter is the resolution of the cells, of about 5 km², in which the company
	// sells or does not.
	quarter = 7
	// oneIn is how many of them there are for one where it does not.
	oneIn = 6
	// mostIn is the part of somebody's ground, one in so many shops, that may lie there.
	mostIn = 3
)

// gaps returns which shops of a person's ground nobody has called on yet: none when
// too little would be left for the person to do.
func gaps(ground []osm.POI) map[int64]bool {
	left := map[int64]bool{}
	for _, poi := range ground {
		if uncovered(poi) {
			left[poi.ID] = true
		}
	}
	if len(left)*mostIn > len(ground) {
		return nil
	}
	return left
}

// uncovered reports whether nobody of the company has ever called on this shop: in
// some quarters it sells nothing yet, which is what white space shows. Invented shops
// are all customers.
func uncovered(poi osm.POI) bool {
	if poi.ID < 0 {
		return false
	}
	c, err := hex.Of(poi.Point, quarter)
	return err == nil && hash(key("quarter", c.String()))%oneIn == 0
}
