package polyline_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo/polyline"
)

func TestPolylineRoundTrip(t *testing.T) {
	// Google's own example.
	example := []orb.Point{{-120.2, 38.5}, {-120.95, 40.7}, {-126.453, 43.252}}
	if got := polyline.Encode(example, 1e5); got != "_p~iF~ps|U_ulLnnqC_mqNvxq`@" {
		t.Errorf("got %q", got)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var line []orb.Point
		for range 1 + rng.IntN(20) {
			line = append(line, orb.Point{
				math.Round((rng.Float64()*360-180)*1e6) / 1e6, math.Round((rng.Float64()*180-90)*1e6) / 1e6,
			})
		}
		back, ok := polyline.Decode(polyline.Encode(line, 1e6), 1e6)
		for i := range line {
			if !ok || math.Abs(back[i][0]-line[i][0])+math.Abs(back[i][1]-line[i][1]) > 1e-9 {
				t.Fatalf("%v came back as %v", line, back)
			}
		}
	}
}
