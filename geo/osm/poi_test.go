package osm

import (
	"context"
	"testing"

	"beatplan/geo/osm/osmtest"

	"beatplan/geo"
)

func TestPOIsOfDelaware(t *testing.T) {
	kinds := map[string]int{}
	seen := map[[2]int64]bool{}
	err := POIs(context.Background(), osmtest.Delaware(t), func(p POI) error {
		kinds[p.Kind]++
		key := [2]int64{int64(p.Type), p.ID}
		if seen[key] || p.Local == "" || !geo.Valid(p.Point) {
			t.Errorf("bad or repeated: %+v", p)
		}
		seen[key] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 600 {
		t.Errorf("%d points of interest, want at least 600", len(seen))
	}
	for _, k := range []string{"shop/supermarket", "amenity/pharmacy", "amenity/fuel",
		"amenity/bank", "tourism/hotel", "amenity/restaurant"} {
		if kinds[k] == 0 {
			t.Errorf("no %s among %v", k, kinds)
		}
	}
	t.Logf("%d points of %d kinds", len(seen), len(kinds))
}
