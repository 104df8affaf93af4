package osm

import (
	"context"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Names are the names of one thing: as people there write it, in English and in
// simplified Chinese. Empty when OpenStreetMap does not say.
type Names struct{ Local, English, Chinese string }

// NamesOf reads name, name:en and the Chinese names.
func NamesOf(t Tags) Names {
	n := Names{Local: t.Find("name"), English: t.Find("name:en"), Chinese: t.Find("name:zh-Hans")}
	for _, key := range [...]string{"name:zh", "name:zh-CN"} {
		if n.Chinese == "" {
			n.Chinese = t.Find(key)
		}
	}
	return Names{strings.Clone(n.Local), strings.Clone(n.English), strings.Clone(n.Chinese)}
}

// shapes holds the ways and relations of interest with the positions of their
// nodes. It is filled in three passes over the file (relations, ways, nodes), so
// that only what is of interest stays in memory: 16 bytes a node and 8 a
// reference.
type shapes struct {
	wantRelation func(*Relation) bool
	wantWay      func(*Way) bool
	node         func(*Node) error // sees every node with tags

	relations []Relation
	ways      []Way // in the order of the file
	byID      map[int64]int
	positions *Positions
}

func (s *shapes) read(ctx context.Context, path string, opts Options) error {
	members := map[int64]bool{}
	err := Scan(ctx, path, third(opts, 0), Handler{Relation: func(r *Relation) error {
		if !s.wantRelation(r) {
			return nil
		}
		kept := Relation{ID: r.ID, Tags: r.Tags.Clone(), Members: make([]Member, len(r.Members))}
		for i, m := range r.Members {
			kept.Members[i] = Member{m.Type, m.Ref, strings.Clone(m.Role)}
			if m.Type == WayMember {
				members[m.Ref] = true
			}
		}
		s.relations = append(s.relations, kept)
		return nil
	}})
	if err != nil {
		return err
	}
	var ids []int64
	s.byID = map[int64]int{}
	err = Scan(ctx, path, third(opts, 1), Handler{Way: func(w *Way) error {
		member := members[w.ID]
		if len(w.Nodes) < 2 || !member && !s.wantWay(w) {
			return nil
		}
		s.byID[w.ID] = len(s.ways)
		s.ways = append(s.ways, Way{w.ID, slices.Clone(w.Nodes), w.Tags.Clone()})
		ids = append(ids, w.Nodes...)
		return nil
	}})
	if err != nil {
		return err
	}
	s.positions = NewPositions(ids)
	return Scan(ctx, path, third(opts, 2), Handler{Node: func(n *Node) error {
		s.positions.Set(n)
		if len(n.Tags) > 0 && s.node != nil {
			return s.node(n)
		}
		return nil
	}})
}

// third reports one of three passes as a third of the whole.
func third(opts Options, pass int64) Options {
	if opts.Progress == nil {
		return opts
	}
	return Options{Progress: func(done, total int64) {
		opts.Progress((pass*total+done)/3, total)
	}}
}

// line is the way's course through the nodes that the file holds.
func (s *shapes) line(nodes []int64) orb.LineString {
	line := make(orb.LineString, 0, len(nodes))
	for _, id := range nodes {
		p, ok := s.positions.Point(id)
		if ok && (len(line) == 0 || line[len(line)-1] != p) {
			line = append(line, p)
		}
	}
	return line
}

// polygon is the inside of a closed way; false when it is not one.
func (s *shapes) polygon(w *Way) (orb.MultiPolygon, bool) {
	if !w.Closed() {
		return nil, false
	}
	ring := closeRing(s.line(w.Nodes))
	if ring == nil {
		return nil, false
	}
	return orb.MultiPolygon{{wound(ring, orb.CCW)}}, true
}

// multipolygon assembles the rings of a relation
// (https://wiki.openstreetmap.org/wiki/Relation:multipolygon). Members that the
// extract lacks leave a ring open; it is closed straight across the gap when the
// gap is small beside the ring, and left out otherwise.
func (s *shapes) multipolygon(r *Relation) (orb.MultiPolygon, bool) {
	var outer, inner [][]int64
	for _, m := range r.Members {
		i, ok := s.byID[m.Ref]
		if m.Type != WayMember || !ok {
			continue
		}
		if m.Role == "inner" {
			inner = append(inner, s.ways[i].Nodes)
		} else {
			outer = append(outer, s.ways[i].Nodes)
		}
	}
	var shape orb.MultiPolygon
	for _, ring := range s.rings(outer) {
		shape = append(shape, orb.Polygon{wound(ring, orb.CCW)})
	}
	for _, hole := range s.rings(inner) {
		if i := holder(shape, hole); i >= 0 {
			shape[i] = append(shape[i], wound(hole, orb.CW))
		}
	}
	return shape, len(shape) > 0
}

// holder is the smallest polygon whose outer ring holds the hole, or -1.
func holder(shape orb.MultiPolygon, hole orb.Ring) int {
	best, bestArea := -1, 0.0
	for i, p := range shape {
		area := p[0].Bound().Right() - p[0].Bound().Left()
		if (best < 0 || area < bestArea) && ringHolds(p[0], hole) {
			best, bestArea = i, area
		}
	}
	return best
}

// ringHolds reports whether most vertices of the inner ring lie within the outer.
func ringHolds(outer, inner orb.Ring) bool {
	if !outer.Bound().Intersects(inner.Bound()) {
		return false
	}
	within, step := 0, max(1, len(inner)/16)
	checked := 0
	for i := 0; i < len(inner)-1; i += step {
		checked++
		if planar.RingContains(outer, inner[i]) {
			within++
		}
	}
	return 2*within > checked
}

// openGap is the largest share of a ring's length that may be missing.
const openGap = 0.25

// rings joins ways end to end into closed rings.
func (s *shapes) rings(ways [][]int64) []orb.Ring {
	var rings []orb.Ring
	for _, chain := range joinWays(ways, true) {
		line := s.line(chain)
		if len(line) < 3 {
			continue
		}
		if chain[0] != chain[len(chain)-1] {
			gap := planar.Distance(line[0], line[len(line)-1])
			if gap > openGap*planar.Length(line) {
				continue
			}
		}
		if ring := closeRing(line); ring != nil {
			rings = append(rings, ring)
		}
	}
	return rings
}

// joinWays chains ways that share end nodes, in the order in which they come.
// With turn, a way may be reversed to fit; without it directions hold (as
// coastlines need). Where several fit the first is taken. O(n).
func joinWays(ways [][]int64, turn bool) [][]int64 {
	ends := map[int64][]int{} // node → ways that can be entered there
	for i, w := range ways {
		ends[w[0]] = append(ends[w[0]], i)
		if turn && w[len(w)-1] != w[0] {
			ends[w[len(w)-1]] = append(ends[w[len(w)-1]], i)
		}
	}
	used := make([]bool, len(ways))
	take := func(node int64) []int64 {
		for _, i := range ends[node] {
			if used[i] {
				continue
			}
			used[i] = true
			if ways[i][0] == node {
				return ways[i]
			}
			back := slices.Clone(ways[i])
			slices.Reverse(back)
			return back
		}
		return nil
	}
	starts := chainStarts(ways, turn)
	var chains [][]int64
	for _, i := range starts {
		if used[i] {
			continue
		}
		used[i] = true
		chain := slices.Clone(ways[i])
		if turn && len(ends[chain[0]]) > 1 && len(ends[chain[len(chain)-1]]) == 1 {
			slices.Reverse(chain) // begin at the loose end
		}
		for chain[0] != chain[len(chain)-1] {
			next := take(chain[len(chain)-1])
			if next == nil {
				break
			}
			chain = append(chain, next[1:]...)
		}
		chains = append(chains, chain)
	}
	return chains
}

// chainStarts orders the ways so that those which begin an open chain come
// before those in the middle of one.
func chainStarts(ways [][]int64, turn bool) []int {
	degree := map[int64]int{}
	for _, w := range ways {
		degree[w[len(w)-1]]++
		if turn {
			degree[w[0]]++
		}
	}
	var first, rest []int
	for i, w := range ways {
		loose := degree[w[0]] == 0
		if turn {
			loose = w[0] != w[len(w)-1] && (degree[w[0]] == 1 || degree[w[len(w)-1]] == 1)
		}
		if loose {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// closeRing makes a ring of a line with at least three different points, or nil.
func closeRing(line orb.LineString) orb.Ring {
	if len(line) > 0 && line[0] == line[len(line)-1] {
		line = line[:len(line)-1]
	}
	if len(line) < 3 {
		return nil
	}
	ring := append(slices.Clone(orb.Ring(line)), line[0])
	if planar.Area(ring) == 0 {
		return nil
	}
	return ring
}

// wound turns the ring the given way round, in place.
func wound(r orb.Ring, o orb.Orientation) orb.Ring {
	if r.Orientation() != o {
		r.Reverse()
	}
	return r
}

// widest is the middle of the polygon's widest stretch along a parallel, or
// fallback when the parallel misses it.
func widest(p orb.Polygon, lat float64, fallback orb.Point) orb.Point {
	var cuts []float64
	for _, ring := range p {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			if (a[1] > lat) != (b[1] > lat) {
				cuts = append(cuts, a[0]+(lat-a[1])/(b[1]-a[1])*(b[0]-a[0]))
			}
		}
	}
	slices.Sort(cuts)
	best, width := fallback, 0.0
	for i := 1; i < len(cuts); i += 2 {
		if w := cuts[i] - cuts[i-1]; w > width {
			best, width = orb.Point{(cuts[i] + cuts[i-1]) / 2, lat}, w
		}
	}
	return best
}
