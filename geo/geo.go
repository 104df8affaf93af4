// Package geo holds the words that every spatial package shares.
//
// Points, lines and polygons are paulmach/orb's, longitude first, in degrees of
// WGS-84 unless a name says otherwise. Lengths are [Meters].
package geo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Meters is a length on the ground.
type Meters float64

// String prints the length for a log: "850 m", "12.4 km".
func (m Meters) String() string {
	if math.Abs(float64(m)) < 1000 {
		return fmt.Sprintf("%.0f m", float64(m))
	}
	return fmt.Sprintf("%.1f km", float64(m)/1000)
}

// Box is a rectangle of longitudes and latitudes in degrees; it never crosses
// the antimeridian.
type Box = orb.Bound

// Valid reports whether p is a finite longitude and latitude within ±180° and ±90°.
func Valid(p orb.Point) bool {
	return p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90
}
