package cycle

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Herd is a population of tours that are crossed with each other by several workers.
// What it finds depends on the seed and the calls alone, not on the workers. It is not
// safe for concurrent use.
type Herd struct {
	*ground
	seed    uint64
	tours   [][]int32
	fresh   [][]int32 // of the next generation
	lengths []int
	gains   []int
	variety variety
	gen     uint64
	mates   []*mate
	starts  []*Search
}

// NewHerd prepares an empty herd for so many workers, 0 for one a processor. d is
// symmetric, row by row; n ≥ 8.
func NewHerd(n int, d []int32, seed uint64, workers int) *Herd {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	h := &Herd{ground: newGround(n, d), seed: seed}
	for range workers {
		m := newMate(h.ground)
		m.variety = &h.variety
		h.mates = append(h.mates, m)
		h.starts = append(h.starts, newSearch(h.ground))
	}
	return h
}

// Anew empties the herd; what it draws next differs.
func (h *Herd) Anew() {
	h.seed += 0x9e37_79b9_7f4a_7c15
	h.tours, h.fresh, h.lengths, h.gains = h.tours[:0], h.fresh[:0], h.lengths[:0], h.gains[:0]
	h.gen, h.variety.count = 0, nil
}

// Size is the number of tours.
func (h *Herd) Size() int { return len(h.tours) }

// Grow adds tours from drawn starts, improved by the descent. At most 255 in all.
func (h *Herd) Grow(k int) {
	from := len(h.tours)
	for range k {
		h.tours = append(h.tours, make([]int32, h.n))
		h.fresh = append(h.fresh, make([]int32, h.n))
		h.lengths, h.gains = append(h.lengths, 0), append(h.gains, 0)
	}
	h.each(k, func(worker, i int) {
		s := h.starts[worker]
		s.begin(h.seed ^ uint64(from+i+1)<<32)
		copy(h.tours[from+i], s.best)
		h.lengths[from+i] = s.bestLen
	})
}

// each calls fn for 0 … k−1, one worker a processor.
func (h *Herd) each(k int, fn func(worker, i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range h.mates {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < k; i = int(next.Add(1)) - 1 {
				fn(w, i)
			}
		})
	}
	wait.Wait()
}

// Generation crosses every tour with another that is drawn, and puts the best
// offspring in its place where that is shorter. It reports whether there was one.
func (h *Herd) Generation() bool {
	if h.variety.count == nil {
		h.variety.begin(h.n, h.tours)
	}
	k := len(h.tours)
	turn := rand.New(rand.NewPCG(h.seed, h.gen)).Perm(k)
	h.each(k, func(worker, i int) {
		m := h.mates[worker]
		m.rng = rand.New(rand.NewPCG(h.seed+h.gen, uint64(i)))
		a := turn[i]
		h.gains[a] = m.cross(h.tours[a], h.tours[turn[(i+1)%k]], h.fresh[a])
	})
	h.gen++
	better := false
	for a, g := range h.gains {
		if g == 0 {
			continue
		}
		better = true
		h.variety.add(h.tours[a], -1)
		h.variety.add(h.fresh[a], 1)
		h.tours[a], h.fresh[a] = h.fresh[a], h.tours[a]
		h.lengths[a] -= g
	}
	return better
}

// Best is the shortest tour and its length.
func (h *Herd) Best() ([]int32, int) {
	best := 0
	for a, x := range h.lengths {
		if x < h.lengths[best] {
			best = a
		}
	}
	return h.tours[best], h.lengths[best]
}

// Mean is the mean length.
func (h *Herd) Mean() float64 {
	sum := 0.0
	for _, x := range h.lengths {
		sum += float64(x)
	}
	return sum / float64(len(h.lengths))
}

// variety counts in how many tours each edge is, and knows the entropy of that.
type variety struct {
	n          int
	count      []uint8
	rise, fall [256]float64 // entropy gained by one tour more, or less, with an edge
}

func (v *variety) begin(n int, tours [][]int32) {
	v.n, v.count = n, make([]uint8, n*n)
	h := func(c int) float64 {
		if c <= 0 {
			return 0
		}
		p := float64(c) / float64(len(tours))
		return -p * math.Log(p)
	}
	for c := range 256 {
		v.rise[c], v.fall[c] = h(c+1)-h(c), h(c-1)-h(c)
	}
	for _, t := range tours {
		v.add(t, 1)
	}
}

func (v *variety) add(tour []int32, by int8) {
	a := tour[len(tour)-1]
	for _, b := range tour {
		v.count[v.edge(a, b)] += uint8(by)
		a = b
	}
}

func (v *variety) edge(a, b int32) int { return int(min(a, b))*v.n + int(max(a, b)) }

// change is the entropy gained by a change of one end of two edges.
func (v *variety) change(c change) float64 {
	return v.rise[v.count[v.edge(c.at, c.new)]] + v.fall[v.count[v.edge(c.at, c.old)]]
}
