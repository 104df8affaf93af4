// Package polyline writes and reads Google's encoded polylines, as OSRM and VROOM
// answer geometries.
package polyline

import (
	"math"

	"github.com/paulmach/orb"
)

// Encode writes Google's encoded polyline, latitude first, with 5 or 6
// digits (scale 1e5 or 1e6). O(points).
// Source: https://developers.google.com/maps/documentation/utilities/polylinealgorithm
func Encode(line []orb.Point, scale float64) string {
	var out []byte
	var last [2]int64
	for _, p := range line {
		for i, v := range [2]float64{p[1], p[0]} {
			now := int64(math.Round(v * scale))
			d := now - last[i]
			last[i] = now
			u := uint64(d<<1) ^ uint64(d>>63)
			for ; u >= 0x20; u >>= 5 {
				out = append(out, byte(u&0x1f|0x20)+63)
			}
			out = append(out, byte(u)+63)
		}
	}
	return string(out)
}

// Decode is the reverse; false when the text is cut or no polyline.
func Decode(text string, scale float64) ([]orb.Point, bool) {
	var out []orb.Point
	var at [2]int64
	for i := 0; i < len(text); {
		for side := range 2 {
			var u uint64
			for shift := 0; ; shift += 5 {
				if i >= len(text) || text[i] < 63 || text[i] > 126 || shift > 60 {
					return nil, false
				}
				c := uint64(text[i] - 63)
				i++
				u |= c & 0x1f << shift
				if c < 0x20 {
					break
				}
			}
			at[side] += int64(u>>1) ^ -int64(u&1)
		}
		out = append(out, orb.Point{float64(at[1]) / scale, float64(at[0]) / scale})
	}
	return out, len(out) > 0
}
