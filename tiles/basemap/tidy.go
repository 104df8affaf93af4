package basemap

// tolerance is how far simplified outlines may stray at a zoom, in units: half a
// pixel, and next to nothing at the deepest zoom, which is magnified 16 times.
func tolerance(z int) float64 {
	switch {
	case z <= 11:
		return 5
	case z < MaxZoom:
		return 3
	}
	return 0.8
}

// leastArea is the area below which a polygon is left out at a zoom, in square
// units (64 make a pixel).
func leastArea(z int) float64 {
	if z < MaxZoom {
		return 6 * 64
	}
	return 12
}

// leastLength is the length below which a merged line is left out, in units.
func leastLength(z int) float64 {
	if z < MaxZoom {
		return 16
	}
	return 1
}
