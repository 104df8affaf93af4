package warnings

import (
	"math/rand/v2"
	"testing"

	"beatplan/business"
)

// Page by page, the farthest of all are kept, as if all had been sorted at once.
func TestFarthestAreKeptPageByPage(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 7))
	var all, kept []Cycle
	for range 20 {
		var page []Cycle
		for range rng.IntN(40) {
			page = append(page, Cycle{
				Customer: business.CustomerID(len(all) + 1), Every: 1 + rng.IntN(30), Mean: float64(rng.IntN(60)),
			})
			all = append(all, page[len(page)-1])
		}
		kept = farthest(append(kept, page...), 25)
	}
	want := farthest(all, 25)
	if len(kept) != len(want) {
		t.Fatalf("%d were kept", len(kept))
	}
	for i := range want {
		if kept[i] != want[i] || i > 0 && kept[i].off() > kept[i-1].off() {
			t.Errorf("place %d is %+v, should be %+v", i, kept[i], want[i])
		}
	}
}
