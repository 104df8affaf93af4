package trackapi

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
)

// Positions are written as the general way writes them.
func TestDecimalsAreWrittenAsUsual(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 8))
	for range 20_000 {
		for _, places := range []int{1, 7} {
			unit := math.Pow10(places)
			v := float64(rng.Int64N(int64(360*unit))-int64(180*unit)) / unit
			if rng.IntN(50) == 0 {
				v = math.Round(v) + 0 // no negative zero
			}
			want := strconv.FormatFloat(v, 'f', -1, 64)
			if got := string(appendDecimal(nil, v, places)); got != want {
				t.Fatalf("%v to %d places is %s", v, places, got)
			}
		}
	}
	if got := string(appendDecimal(nil, -1e-9, 7)); got != "0" {
		t.Errorf("almost nothing is %s", got)
	}
}

// The place must be given and be one; a number that cannot be read is no zero.
func TestQuestionsOfWhoIsNear(t *testing.T) {
	for query, want := range map[string]struct {
		p     orb.Point
		limit int
		ok    bool
	}{
		"lon=-75.5&lat=39.1":            {orb.Point{-75.5, 39.1}, 10, true},
		"lon=0&lat=0&limit=100":         {orb.Point{}, 100, true},
		"limit=3&lat=-90&lon=180&x=y":   {orb.Point{180, -90}, 3, true},
		"lon=1":                         {},
		"lat=1":                         {},
		"":                              {},
		"lon=1&lat=91":                  {},
		"lon=181&lat=1":                 {},
		"lon=NaN&lat=1":                 {},
		"lon=1&lat=2&limit=101":         {},
		"lon=1&lat=2&limit=0":           {},
		"lon=1&lat=2&limit=x":           {},
		"lon=east&lat=2":                {},
		"lon=1&lat=2&limit=3&limit=-10": {},
	} {
		p, limit, ok := readNear(query)
		if ok != want.ok || ok && (p != want.p || limit != want.limit) {
			t.Errorf("%s: %v, %d, %v", query, p, limit, ok)
		}
	}
}
