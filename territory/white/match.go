package white

import (
	"cmp"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/hex"
)

// Shop is what is compared of a business.
type Shop struct {
	Point orb.Point
	Names []string // all that it goes by
}

// Steps of certainty: names must be the more alike the farther two shops stand
// apart. The last is for shops that were placed by their address.
func likeEnough(off geo.Meters) float64 {
	switch {
	case off <= 60:
		return 0.6
	case off <= 200:
		return 0.8
	case off <= matchReach:
		return 0.95
	}
	return 2 // never
}

const (
	matchReach geo.Meters = 400 // two shops of one name farther apart are two
	doubled    geo.Meters = 80  // within which the map shows one shop twice
	doubleLike            = 0.9 // and how alike its names are then
	// matchCells is the resolution of the cells in which shops are looked for: from
	// anywhere in a cell, the ring around it reaches as far as its edge, 460 m at least.
	matchCells = 8
)

// Matcher finds shops by name and place. Shops are known by their place in the list
// that it was made of. It is immutable and safe for concurrent use.
type Matcher struct {
	shops []known
	cells map[hex.Cell][]int32
	twice []bool
}

// known is a shop taken apart.
type known struct {
	point orb.Point
	names []Name
}

func knownOf(s Shop) known {
	k := known{point: s.Point}
	for _, n := range s.Names {
		if n != "" {
			k.names = append(k.names, ParseName(n))
		}
	}
	return k
}

// NewMatcher reads the shops of a map. O(n) for shops that do not crowd.
func NewMatcher(shops []Shop) (*Matcher, error) {
	m := &Matcher{cells: map[hex.Cell][]int32{}, twice: make([]bool, len(shops)),
		shops: make([]known, len(shops))}
	Each(len(shops), func(i int) { m.shops[i] = knownOf(shops[i]) })
	for i, s := range shops {
		c, err := hex.Of(s.Point, matchCells)
		if err != nil {
			return nil, err
		}
		k := m.shops[i]
		for at := range m.around(c, s.Point, doubled) {
			if !m.twice[at] && alike(k, m.shops[at]) >= doubleLike {
				m.twice[i] = true
				break
			}
		}
		m.cells[c] = append(m.cells[c], int32(i))
	}
	return m, nil
}

// Each does n things, some of them at once. They must not touch each other.
func Each(n int, do func(i int)) {
	const batch = 256
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+batch-1)/batch) {
		all.Go(func() {
			for from := int(next.Add(batch)) - batch; from < n; from = int(next.Add(batch)) - batch {
				for i := from; i < min(n, from+batch); i++ {
					do(i)
				}
			}
		})
	}
	all.Wait()
}

// Twice reports whether a shop was in the list before, by another of its objects.
func (m *Matcher) Twice(i int) bool { return m.twice[i] }

// around are the shops near p, which lies in c, with their distance.
func (m *Matcher) around(
	c hex.Cell, p orb.Point, reach geo.Meters,
) iter.Seq2[int32, geo.Meters] {
	return func(yield func(int32, geo.Meters) bool) {
		cells, err := c.Disk(1)
		if err != nil {
			return
		}
		box := geodesic.Pad(geo.Box{Min: p, Max: p}, reach+1) // most shops are outside
		across := box.Min[0] <= -180 || box.Max[0] >= 180     // the date line
		for _, near := range cells {
			for _, i := range m.cells[near] {
				at := m.shops[i].point
				if !across && !box.Contains(at) {
					continue
				}
				if d := geodesic.Distance(p, at); d <= reach && !yield(i, d) {
					return
				}
			}
		}
	}
}

func alike(a, b known) float64 {
	best := 0.0
	for _, x := range a.names {
		for _, y := range b.names {
			best = max(best, Similarity(x, y))
		}
	}
	return best
}

// Find returns which shop is the one asked for, −1 when none: within 400 m, by
// names that are alike (60 % up to 60 m, 80 % up to 200 m, 95 % beyond). Of several it is
// the most alike, then the nearest. The answer depends on the question alone, not on who asked before.
func (m *Matcher) Find(s Shop) int {
	c, err := hex.Of(s.Point, matchCells)
	if err != nil {
		return -1
	}
	k := knownOf(s)
	best, score := -1, 0.0
	for i, off := range m.around(c, s.Point, matchReach) {
		if m.twice[i] {
			continue
		}
		like := alike(k, m.shops[i])
		if like < likeEnough(off) {
			continue
		}
		// A kilometre weighs as much as names that have nothing in common.
		s := like - float64(off)/1000
		if best < 0 || cmp.Or(cmp.Compare(s, score), cmp.Compare(best, int(i))) > 0 {
			best, score = int(i), s
		}
	}
	return best
}
