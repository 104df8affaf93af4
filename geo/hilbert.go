package geo

// Hilbert is the distance along the Hilbert curve of order 32 at which it passes
// the cell x, y: what is close on the curve is close on the plane.
// Source: Skilling, Programming the Hilbert curve (2004, doi:10.1063/1.1751381),
// in two dimensions.
func Hilbert(x, y uint32) uint64 {
	var d uint64
	for s := uint32(1 << 31); s > 0; s >>= 1 {
		var rx, ry uint32
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		d = d<<2 | uint64((3*rx)^ry)
		if ry == 0 {
			if rx == 1 {
				x, y = ^x, ^y
			}
			x, y = y, x
		}
	}
	return d
}
