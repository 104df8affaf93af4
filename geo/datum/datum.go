// Package datum converts between the three coordinate systems of Chinese maps.
//
// GPS and OpenStreetMap give WGS-84. Maps published in China are shifted by a
// never officially published polynomial to GCJ-02 (AMap, Tencent, Google
// in China); Baidu shifts GCJ-02 again to BD-09. The forward shifts are the
// functions that every open implementation shares; the inverses have no closed
// form and are iterated here to below a millimetre (the usual one-step inverse
// is off by up to 4 m). Outside the rectangle that holds mainland China nothing
// is shifted.
package datum

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// Datum names a coordinate system.
type Datum string

// The systems that maps in China use.
const (
	WGS84 Datum = "wgs84"
	GCJ02 Datum = "gcj02"
	BD09  Datum = "bd09"
)

// Parse reads a datum's name, in any case and with or without its hyphen.
func Parse(s string) (Datum, error) {
	switch strings.ToLower(strings.ReplaceAll(s, "-", "")) {
	case "wgs84", "epsg:4326", "cgcs2000":
		return WGS84, nil
	case "gcj02", "gcj":
		return GCJ02, nil
	case "bd09", "bd09ll", "baidu":
		return BD09, nil
	}
	return "", fmt.Errorf("unknown datum %q: want wgs84, gcj02 or bd09", s)
}

// Convert expresses p, given in one datum, in another. An unknown datum counts
// as WGS-84. The result of the inverse directions, converted forward again,
// equals p within 1e-9° (0.1 mm).
func Convert(p orb.Point, from, to Datum) orb.Point {
	if from == to {
		return p
	}
	switch from {
	case BD09:
		p = inverse(p, func(q orb.Point) orb.Point { return gcjToBD(wgsToGCJ(q)) })
	case GCJ02:
		if to == BD09 {
			return gcjToBD(p)
		}
		p = inverse(p, wgsToGCJ)
	}
	switch to {
	case GCJ02:
		return wgsToGCJ(p)
	case BD09:
		return gcjToBD(wgsToGCJ(p))
	}
	return p
}

// InChina reports whether p lies in the rectangle in which maps are shifted.
func InChina(p orb.Point) bool {
	return p[0] > 72.004 && p[0] < 137.8347 && p[1] > 0.8293 && p[1] < 55.8271
}

// inverse solves forward(q) = p by fixed-point iteration. The shift changes by
// less than 1 % of a step, so that each round gains two digits.
func inverse(p orb.Point, forward func(orb.Point) orb.Point) orb.Point {
	q := p
	for range 30 {
		f := forward(q)
		dx, dy := p[0]-f[0], p[1]-f[1]
		q = orb.Point{q[0] + dx, q[1] + dy}
		if math.Abs(dx)+math.Abs(dy) < 1e-11 {
			break
		}
	}
	return q
}

// Krasovsky 1940, as the shift uses it.
const (
	semiMajor    = 6378245.0
	eccentricity = 0.00669342162296594323
)

func wgsToGCJ(p orb.Point) orb.Point {
	if !InChina(p) {
		return p
	}
	x, y := p[0]-105, p[1]-35
	dLat, dLon := shiftLat(x, y), shiftLon(x, y)
	sin, cos := math.Sincos(p[1] * math.Pi / 180)
	magic := 1 - eccentricity*sin*sin
	root := math.Sqrt(magic)
	dLat = dLat * 180 / (semiMajor * (1 - eccentricity) / (magic * root) * math.Pi)
	dLon = dLon * 180 / (semiMajor / root * cos * math.Pi)
	return orb.Point{p[0] + dLon, p[1] + dLat}
}

func shiftLat(x, y float64) float64 {
	return -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) +
		wave(x, [2]float64{20, 6}, [2]float64{20, 2}) +
		wave(y, [2]float64{20, 1}, [2]float64{40, 1.0 / 3}) +
		wave(y, [2]float64{160, 1.0 / 12}, [2]float64{320, 1.0 / 30})
}

func shiftLon(x, y float64) float64 {
	return 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) +
		wave(x, [2]float64{20, 6}, [2]float64{20, 2}) +
		wave(x, [2]float64{20, 1}, [2]float64{40, 1.0 / 3}) +
		wave(x, [2]float64{150, 1.0 / 12}, [2]float64{300, 1.0 / 30})
}

// wave is ⅔ Σ amplitude·sin(frequency·π·v).
func wave(v float64, terms ...[2]float64) float64 {
	var sum float64
	for _, t := range terms {
		sum += t[0] * math.Sin(t[1]*v*math.Pi)
	}
	return sum * 2 / 3
}

func gcjToBD(p orb.Point) orb.Point {
	if !InChina(p) {
		return p
	}
	const k = math.Pi * 3000 / 180
	r := math.Hypot(p[0], p[1]) + 0.00002*math.Sin(p[1]*k)
	sin, cos := math.Sincos(math.Atan2(p[1], p[0]) + 0.000003*math.Cos(p[0]*k))
	return orb.Point{r*cos + 0.0065, r*sin + 0.006}
}
