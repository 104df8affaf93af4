package white

import (
	"math"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Outlet is a shop to which people go.
type Outlet struct {
	Point orb.Point
	Pull  float64 // attraction, ≥ 0: as a rule its size
	Ours  bool
}

// nearest is the least distance that counts, in metres: nobody is drawn without
// bound to the shop next door.
const nearest = 100

// Draw is the part of the demand at a place that goes to outlets of ours, 0 to 1, by
// Huff's model: an outlet draws by its pull over its distance to the power of decay
// (1.5 to 2.5 for daily needs), and people share themselves out in proportion
// (Huff 1964, "Defining and Estimating a Trading Area", doi:10.1177/002224296402800307).
// Outlets beyond reach draw nobody; without any the answer is 0.
func Draw(p orb.Point, outlets []Outlet, decay float64, reach geo.Meters) float64 {
	var ours, all float64
	for _, o := range outlets {
		d := geodesic.Distance(p, o.Point)
		if d > reach || o.Pull <= 0 {
			continue
		}
		pull := o.Pull / math.Pow(max(float64(d), nearest), decay)
		all += pull
		if o.Ours {
			ours += pull
		}
	}
	if all == 0 {
		return 0
	}
	return ours / all
}
