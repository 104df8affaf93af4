package geodesic

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

func TestDistanceOfKnownPairs(t *testing.T) {
	// WGS-84 values by Karney's GeographicLib; the sphere may differ by 0.57 %.
	for _, c := range []struct {
		name string
		a, b orb.Point
		want geo.Meters
	}{
		{"London–Paris", orb.Point{-0.1278, 51.5074}, orb.Point{2.3522, 48.8566}, 343923},
		{"Shenzhen–Hong Kong", orb.Point{114.0579, 22.5431}, orb.Point{114.1694, 22.3193}, 27314},
		{"a degree of latitude", orb.Point{0, 0}, orb.Point{0, 1}, 110574},
		{"across the antimeridian", orb.Point{179.5, 0}, orb.Point{-179.5, 0}, 111319},
	} {
		got := Distance(c.a, c.b)
		if off := math.Abs(float64(got-c.want)) / float64(c.want); off > 0.0057 {
			t.Errorf("%s: %v, want %v within 0.57 %%, off by %.2f %%", c.name, got, c.want, off*100)
		}
	}
}

func TestDestinationGoesWhereBearingAndDistancePoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		p := orb.Point{rng.Float64()*360 - 180, rng.Float64()*160 - 80}
		bearing, d := rng.Float64()*360, geo.Meters(1+rng.Float64()*500_000)
		q := Destination(p, bearing, d)
		if off := math.Abs(float64(Distance(p, q) - d)); off > 1e-3 {
			t.Fatalf("%v by %.1f° and %v: off by %g m", p, bearing, d, off)
		}
		turn := math.Abs(math.Mod(Bearing(p, q)-bearing+540, 360) - 180)
		if turn > 1e-4 {
			t.Fatalf("%v: bearing %g, want %g", p, Bearing(p, q), bearing)
		}
	}
}

func TestPadHoldsTheCircle(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		p := orb.Point{rng.Float64()*300 - 150, rng.Float64()*150 - 75}
		d := geo.Meters(rng.Float64() * 200_000)
		q := Destination(p, rng.Float64()*360, d*0.999)
		if box := Pad(geo.Box{Min: p, Max: p}, d); !box.Contains(q) {
			t.Fatalf("%v padded by %v lacks %v", p, d, q)
		}
	}
}

func TestBoxDistanceEqualsTheNearestSampledPoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		p := orb.Point{rng.Float64()*200 - 100, rng.Float64()*150 - 75}
		corner := orb.Point{rng.Float64()*200 - 100, rng.Float64()*140 - 75}
		box := geo.Box{Min: corner, Max: orb.Point{corner[0] + rng.Float64()*20, corner[1] + rng.Float64()*10}}
		nearest := geo.Meters(math.Inf(1))
		const steps = 400
		for i := range steps + 1 {
			f := float64(i) / steps
			lon := box.Min[0] + f*(box.Max[0]-box.Min[0])
			lat := box.Min[1] + f*(box.Max[1]-box.Min[1])
			for _, q := range []orb.Point{
				{lon, box.Min[1]}, {lon, box.Max[1]}, {box.Min[0], lat}, {box.Max[0], lat},
			} {
				nearest = min(nearest, Distance(p, q))
			}
		}
		got := BoxDistance(p, box)
		if box.Contains(p) {
			nearest = 0
		}
		if got > nearest+1e-6 {
			t.Fatalf("%v to %v: %v is more than a sampled %v", p, box, got, nearest)
		}
		if nearest-got > 4000 {
			t.Fatalf("%v to %v: %v, sampled %v", p, box, got, nearest)
		}
	}
}

func TestAreaOfAnOctant(t *testing.T) {
	r := float64(Radius)
	half := orb.Ring{{0, 0}, {90, 0}, {90, 1}, {0, 1}, {0, 0}}
	want := r * r * math.Pi / 2 * math.Sin(math.Pi/180)
	if got := Area(half); math.Abs(got-want)/want > 0.001 {
		t.Errorf("area %g, want %g", got, want)
	}
	box := orb.Ring{{0, 0}, {0.01, 0}, {0.01, 0.01}, {0, 0.01}, {0, 0}}
	hole := orb.Ring{{0, 0}, {0.005, 0}, {0.005, 0.01}, {0, 0.01}, {0, 0}}
	whole, holed := Area(orb.Polygon{box}), Area(orb.Polygon{box, hole})
	if math.Abs(holed*2-whole) > 1 {
		t.Errorf("holed %g, whole %g", holed, whole)
	}
}
