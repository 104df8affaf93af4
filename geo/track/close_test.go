package track

import (
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// A line across the antimeridian, there and back, is as short as the way.
func TestALineGoesOnAcrossTheAntimeridian(t *testing.T) {
	begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	var fixes []Fix
	for i, lon := range []float64{179.5, 180, -179.5, -179, 179.75} {
		at := begin.Add(time.Duration(i) * time.Second)
		fixes = append(fixes, Fix{At: at, Position: orb.Point{lon, -17}})
	}
	lons, lats, seconds := vertices(fixes, []int{0, 1, 2, 3, 4})
	if want := []float64{179.5, 180, 180.5, 181, 179.75}; !slices.Equal(lons, want) {
		t.Errorf("longitudes %v, want %v", lons, want)
	}
	if len(lats) != 5 || lats[4] != -17 || seconds[4]-seconds[0] != 4 {
		t.Errorf("latitudes %v, times %v", lats, seconds)
	}
}
