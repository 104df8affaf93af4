package pmtiles

import (
	"fmt"
	"math/bits"

	"github.com/paulmach/orb/maptile"
)

// maxZoom bounds zoom levels so that ids fit in 63 bits (spec: "Tile ID").
const maxZoom = 26

// ID is the number of a tile along the Hilbert curves of all zooms in turn
// (spec: "Tile ID Encoding"): 0 is the whole world, 1–4 zoom 1, and so on.
// Tiles beyond zoom 26 or outside their zoom have no id: ok is false. O(zoom).
func ID(t maptile.Tile) (id uint64, ok bool) {
	if t.Z > maxZoom || !t.Valid() {
		return 0, false
	}
	x, y := uint64(t.X), uint64(t.Y)
	id = (uint64(1)<<(2*t.Z) - 1) / 3 // tiles of the zooms above
	for side := uint64(1) << t.Z >> 1; side > 0; side >>= 1 {
		var rx, ry uint64
		if x&side != 0 {
			rx = 1
		}
		if y&side != 0 {
			ry = 1
		}
		id += side * side * ((3 * rx) ^ ry)
		x, y = rotate(side, rotation{x, y, rx, ry})
	}
	return id, true
}

// Tile is the inverse of [ID]. It fails for ids beyond zoom 26.
func Tile(id uint64) (maptile.Tile, error) {
	z := maptile.Zoom((bits.Len64(3*id+1) - 1) / 2)
	if id > 1<<60 || z > maxZoom {
		return maptile.Tile{}, fmt.Errorf("tile id %d is beyond zoom %d", id, maxZoom)
	}
	rest := id - (uint64(1)<<(2*z)-1)/3
	var x, y uint64
	for side := uint64(1); side < uint64(1)<<z; side <<= 1 {
		rx := 1 & (rest / 2)
		ry := 1 & (rest ^ rx)
		x, y = rotate(side, rotation{x, y, rx, ry})
		x += side * rx
		y += side * ry
		rest /= 4
	}
	return maptile.New(uint32(x), uint32(y), z), nil
}

// rotation is a cell and the quadrant it stands in.
type rotation struct{ x, y, rx, ry uint64 }

// rotate turns a quadrant so that the curve runs on within it. Only the bits
// below side matter to the callers.
func rotate(side uint64, r rotation) (x, y uint64) {
	if r.ry != 0 {
		return r.x, r.y
	}
	if r.rx == 1 {
		r.x, r.y = side-1-r.x, side-1-r.y
	}
	return r.y, r.x
}
