package district

import (
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"
)

const (
	meansStarts = 10  // of Nearest
	meansRounds = 100 // of Lloyd's algorithm, at most
)

// Nearest deals points out with no thought of loads, as plans are compared with: each
// to the nearest of k middles, the best of ten runs of Lloyd's algorithm from seeds of
// k-means++ (Lloyd, IEEE Trans. Inf. Theory 1982; Arthur & Vassilvitskii, SODA 2007).
// The same points give the same answer. k is 1 to the number of points.
func Nearest(points []orb.Point, k int) []int32 {
	x, y := plane(points)
	rng := rand.New(rand.NewPCG(3, 14))
	var best []int32
	least := math.Inf(1)
	for range meansStarts {
		if area, cost := means(x, y, k, rng); cost < least {
			best, least = area, cost
		}
	}
	return best
}

// means is one run of k-means; cost is the sum of squared distances to the middles.
func means(x, y []float64, k int, rng *rand.Rand) (area []int32, cost float64) {
	area = make([]int32, len(x))
	mx, my := scattered(x, y, k, rng)
	for range meansRounds {
		cost = 0
		middles := make([]moment, k)
		changed := false
		for i := range x {
			best, least := int32(0), math.Inf(1)
			for m := range mx {
				if d := squared(x[i]-mx[m], y[i]-my[m]); d < least {
					best, least = int32(m), d
				}
			}
			changed = changed || area[i] != best
			area[i] = best
			cost += least
			middles[best].add(x[i], y[i], 1)
		}
		for m := range middles {
			if middles[m].weight > 0 {
				mx[m], my[m] = middles[m].centre()
			}
		}
		if !changed {
			break
		}
	}
	return area, cost
}

// scattered are k of the points, each far from those before by chance.
func scattered(x, y []float64, k int, rng *rand.Rand) (mx, my []float64) {
	near := make([]float64, len(x))
	for i := range near {
		near[i] = math.Inf(1)
	}
	at := rng.IntN(len(x))
	for {
		mx, my = append(mx, x[at]), append(my, y[at])
		if len(mx) == k {
			return mx, my
		}
		var sum float64
		for i := range near {
			near[i] = math.Min(near[i], squared(x[i]-x[at], y[i]-y[at]))
			sum += near[i]
		}
		left := rng.Float64() * sum
		for at = 0; at < len(x)-1 && left > near[at]; at++ {
			left -= near[at]
		}
	}
}

func squared(dx, dy float64) float64 { return dx*dx + dy*dy }
