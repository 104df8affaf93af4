package network

import (
	"context"
	"math"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/geo/osm"
)

// Progress hears the step in hand and its share done, 0 to 1.
type Progress func(step string, done float64)

// Report counts what was read and what was left out, by reason.
type Report struct {
	Ways         int
	Segments     int
	Turns        int
	Restrictions int // that took effect
	Kilometers   float64
	Country      string // ISO 3166-1, "" when it is not known
	Left         bool   // one drives on the left
	Skipped      map[string]int
}

func (r *Report) skip(reason string) { r.Skipped[reason]++ }

// piece is the stretch between two neighbouring nodes of a way.
type piece struct {
	a, b     int32  // nodes
	way      int32  // index into draft.ways
	cm       uint32 // length
	fwd, bwd uint32 // milliseconds from a to b and back, 0 where forbidden
	private  bool
}

// draft is a network being built: nodes are the indexes of roads.Nodes.
type draft struct {
	profile *Profile
	roads   *osm.Roads
	report  Report

	ways    []road // parallel to roads.Ways; fwd and bwd 0 for unusable ones
	pieces  []piece
	first   []uint32 // of each node in ends, one more at the end
	ends    []uint32 // piece ends at a node: piece<<1, +1 for its b end
	blocked []bool
	signal  []bool

	restrictions []restriction
	kept         []bool // nodes that become junctions
	segments     []segment
	pieceSegment []int32
	junction     []int32 // of a node, -1 where it is none
	junctions    []int32 // node of a junction
}

// Read reads an extract under a profile and compresses it. It fails with the
// errors of osm.ReadRoads.
func Read(ctx context.Context, path string, p *Profile, progress Progress) (*Draft, error) {
	if progress == nil {
		progress = func(string, float64) {}
	}
	roads, err := osm.ReadRoads(ctx, path, osm.Options{Progress: func(done, total int64) {
		progress("reading roads", float64(done)/float64(max(total, 1)))
	}}, p.Interesting)
	if err != nil {
		return nil, err
	}
	progress("compressing", 0)
	return FromRoads(roads, p), nil
}

// FromRoads compresses roads that were read already.
func FromRoads(roads *osm.Roads, p *Profile) *Draft {
	d := &draft{profile: p.locate(roads.Country, roads.Side), roads: roads}
	d.report = Report{
		Country: d.profile.Country, Left: d.profile.Left(), Skipped: map[string]int{},
	}
	d.cut()
	d.join()
	d.markNodes()
	d.zone()
	d.resolveRestrictions()
	d.compress()
	return &Draft{d}
}

// cut makes pieces of the usable ways.
func (d *draft) cut() {
	d.ways = make([]road, len(d.roads.Ways))
	for i := range d.roads.Ways {
		w := &d.roads.Ways[i]
		r, reason := d.profile.road(w.Tags)
		if reason != "" {
			d.report.skip("way: " + reason)
			continue
		}
		first := len(d.pieces)
		d.cutWay(int32(i), r.private)
		if r.ferry && r.duration > 0 {
			d.keepFerryTime(&r, d.pieces[first:])
		}
		for j := first; j < len(d.pieces); j++ {
			d.pieces[j].fwd = milliseconds(d.pieces[j].cm, r.fwd)
			d.pieces[j].bwd = milliseconds(d.pieces[j].cm, r.bwd)
		}
		d.ways[i] = r
		d.report.Ways++
	}
}

// cutWay breaks the way where nodes are missing from the file, and leaves out
// nodes that repeat at once.
func (d *draft) cutWay(way int32, private bool) {
	nodes := d.roads.Ways[way].Nodes
	last := -1
	for _, id := range nodes {
		n := d.roads.Nodes.Index(id)
		if _, _, _, ok := d.roads.Nodes.At(n); !ok {
			last = -1
			continue
		}
		if last >= 0 && last != n {
			cm := centimetres(d.point(int32(last)), d.point(int32(n)))
			d.pieces = append(d.pieces, piece{
				a: int32(last), b: int32(n), way: way, cm: cm, private: private,
			})
			d.report.Kilometers += float64(cm) / 1e5
		}
		last = n
	}
}

// keepFerryTime sets the speed that makes the whole crossing last as posted.
func (d *draft) keepFerryTime(r *road, pieces []piece) {
	sum := 0
	for i := range pieces {
		sum += int(pieces[i].cm)
	}
	ms := int(r.duration.Milliseconds())
	tenths := max(1, (sum*360+ms/2)/ms)
	if r.fwd > 0 {
		r.fwd = tenths
	}
	if r.bwd > 0 {
		r.bwd = tenths
	}
}

func (d *draft) point(n int32) orb.Point {
	_, lon, lat, _ := d.roads.Nodes.At(int(n))
	return degrees(lon, lat)
}

func degrees(lon, lat int32) orb.Point {
	return orb.Point{float64(lon) / osm.PerDegree, float64(lat) / osm.PerDegree}
}

// centimetres is the length of a piece, at least 1.
func centimetres(a, b orb.Point) uint32 {
	return uint32(max(1, math.Round(float64(geodesic.Distance(a, b))*100)))
}

// milliseconds is the time for a length at a speed in tenths of km/h, rounded
// to the nearest and at least 1; 0 when the speed is 0.
func milliseconds(cm uint32, tenths int) uint32 {
	if tenths == 0 {
		return 0
	}
	return uint32(max(1, (uint64(cm)*360+uint64(tenths)/2)/uint64(tenths)))
}

// join lists the piece ends at every node.
func (d *draft) join() {
	n := d.roads.Nodes.Len()
	d.first = make([]uint32, n+1)
	for i := range d.pieces {
		d.first[d.pieces[i].a+1]++
		d.first[d.pieces[i].b+1]++
	}
	for i := range n {
		d.first[i+1] += d.first[i]
	}
	d.ends = make([]uint32, 2*len(d.pieces))
	next := append([]uint32(nil), d.first...)
	for i := range d.pieces {
		p := &d.pieces[i]
		d.ends[next[p.a]] = uint32(i) << 1
		next[p.a]++
		d.ends[next[p.b]] = uint32(i)<<1 | 1
		next[p.b]++
	}
}

// at returns the piece ends at a node.
func (d *draft) at(n int32) []uint32 { return d.ends[d.first[n]:d.first[n+1]] }

// other returns the node at the far side of a piece end.
func (d *draft) other(end uint32) int32 {
	p := &d.pieces[end>>1]
	if end&1 == 0 {
		return p.b
	}
	return p.a
}

// leaving is the milliseconds of the piece away from this end, 0 if forbidden.
func (d *draft) leaving(end uint32) uint32 {
	p := &d.pieces[end>>1]
	if end&1 == 0 {
		return p.fwd
	}
	return p.bwd
}

// arriving is the milliseconds of the piece towards this end, 0 if forbidden.
func (d *draft) arriving(end uint32) uint32 { return d.leaving(end ^ 1) }

func (d *draft) markNodes() {
	n := d.roads.Nodes.Len()
	d.blocked = make([]bool, n)
	d.signal = make([]bool, n)
	for id, tags := range d.roads.NodeTags {
		i := d.roads.Nodes.Index(id)
		d.blocked[i] = d.profile.blocks(tags)
		d.signal[i] = signals(tags)
	}
}

// zone makes public roads private that can only be reached over private ones:
// the small connected parts of the public network that touch a private piece.
func (d *draft) zone() {
	n := d.roads.Nodes.Len()
	root := newForest(n)
	size := make([]int, n) // public pieces of a part, at its root
	touches := make([]bool, n)
	for i := range d.pieces {
		if p := &d.pieces[i]; !p.private {
			root.union(p.a, p.b)
		}
	}
	for i := range d.pieces {
		p := &d.pieces[i]
		if !p.private {
			size[root.find(p.a)]++
			continue
		}
		touches[root.find(p.a)] = true
		touches[root.find(p.b)] = true
	}
	largest := 0
	for _, s := range size {
		largest = max(largest, s)
	}
	for i := range d.pieces {
		p := &d.pieces[i]
		if r := root.find(p.a); !p.private && touches[r] && size[r] < largest {
			p.private = true
		}
	}
}

// forest is a union–find structure with path halving.
type forest []int32

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = int32(i)
	}
	return f
}

func (f forest) find(i int32) int32 {
	for f[i] != i {
		f[i] = f[f[i]]
		i = f[i]
	}
	return i
}

func (f forest) union(a, b int32) { f[f.find(a)] = f.find(b) }
