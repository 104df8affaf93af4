package index

import (
	"math"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// fanout is how many things a leaf holds, and how many nodes a node.
const fanout = 16

// deepest bounds the levels of a packed tree: 16⁷ things are 268 million.
const deepest = 7

// vector is a place on the unit sphere, in the frame of its tree.
type vector [3]float64

// solid is a box around places on the unit sphere. Its sides are rounded outwards.
type solid struct{ low, high [3]float32 }

// rough is a place on the unit sphere, off by 6e-8 at most.
type rough [3]float32

// flat is a box of longitudes and latitudes, its sides rounded outwards.
type flat struct{ west, south, east, north float32 }

// packed is an immutable R-tree: arrays in the order of arrange, node i of a level over
// the nodes 16·i … 16·i+15 of the one below. Its boxes are solids in space: the chord
// to a solid bounds the chord, and so the great circle, to all in it, at the poles and
// the antimeridian too, without an angle to be computed. The frame turns the middle of
// the things to a pole, where solids lie flat.
type packed[V any] struct {
	frame  [3]vector
	items  []*entry[V]
	points []orb.Point // of the items
	at     []vector
	solids []solid // level by level
	flats  []flat
	level  []int32 // first node of a level, one more at the end
	bounds geo.Box
}

// entry is a thing and where the two newest packed trees hold it, -1 for nowhere.
type entry[V any] struct {
	Item[V]
	slot [2]int32
}

// pack builds a tree and tells every entry its slot in it. O(n log n).
func pack[V any](entries []*entry[V], generation int) *packed[V] {
	t := &packed[V]{items: make([]*entry[V], len(entries)),
		points: make([]orb.Point, len(entries)), at: make([]vector, len(entries))}
	at := make([]vector, len(entries))
	var middle vector
	for i, e := range entries {
		at[i] = unit(e.Point)
		for a := range middle {
			middle[a] += at[i][a]
		}
		if i == 0 {
			t.bounds = e.Point.Bound()
		}
		t.bounds = t.bounds.Extend(e.Point)
	}
	t.frame = frameAround(middle)
	order := make([]spot, len(entries))
	for i := range at {
		at[i] = t.turn(at[i])
		order[i] = spot{rough{float32(at[i][0]), float32(at[i][1]), float32(at[i][2])}, int32(i)}
	}
	arrange(order)
	for slot, o := range order {
		e := entries[o.of]
		t.items[slot], t.points[slot], t.at[slot] = e, e.Point, at[o.of]
		e.slot[generation] = int32(slot)
	}
	t.build()
	return t
}

// build makes the levels of nodes.
func (t *packed[V]) build() {
	t.level = []int32{0}
	for i := 0; i < len(t.items); i += fanout {
		s, f := emptySolid(), emptyFlat()
		for k := i; k < min(i+fanout, len(t.items)); k++ {
			s.add(t.at[k])
			f.add(t.points[k])
		}
		t.solids, t.flats = append(t.solids, s), append(t.flats, f)
	}
	for first, last := 0, len(t.solids); ; first, last = last, len(t.solids) {
		t.level = append(t.level, int32(last))
		if last-first <= 1 {
			return
		}
		for i := first; i < last; i += fanout {
			s, f := t.solids[i], t.flats[i]
			for k := i + 1; k < min(i+fanout, last); k++ {
				s.join(t.solids[k])
				f.join(t.flats[k])
			}
			t.solids, t.flats = append(t.solids, s), append(t.flats, f)
		}
	}
}

// top is the level of the root, -1 of an empty tree.
func (t *packed[V]) top() int {
	if t == nil || len(t.items) == 0 {
		return -1
	}
	return len(t.level) - 2
}

// below is the range of children of a node: nodes of the level below, or items
// when the node is a leaf.
func (t *packed[V]) below(level int, node int32) (first, last int32) {
	first = (node - t.level[level]) * fanout
	if level == 0 {
		return first, min(first+fanout, int32(len(t.items)))
	}
	first += t.level[level-1]
	return first, min(first+fanout, t.level[level])
}

// unit is the place on the unit sphere.
func unit(p orb.Point) vector {
	sinLat, cosLat := math.Sincos(p[1] * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p[0] * math.Pi / 180)
	return vector{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// frameAround is a frame whose third axis is the direction given, the usual one
// when there is none.
func frameAround(d vector) [3]vector {
	n := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
	if n < 1e-9 {
		return [3]vector{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	}
	z := vector{d[0] / n, d[1] / n, d[2] / n}
	x := vector{-z[1], z[0], 0} // east
	if e := math.Hypot(x[0], x[1]); e > 1e-9 {
		x[0], x[1] = x[0]/e, x[1]/e
	} else {
		x = vector{1, 0, 0}
	}
	return [3]vector{x, {z[1]*x[2] - z[2]*x[1], z[2]*x[0] - z[0]*x[2], z[0]*x[1] - z[1]*x[0]}, z}
}

// turn gives a vector's coordinates in the frame.
func (t *packed[V]) turn(v vector) (out vector) {
	for a, axis := range t.frame {
		out[a] = axis[0]*v[0] + axis[1]*v[1] + axis[2]*v[2]
	}
	return out
}

func emptySolid() solid {
	const far = math.MaxFloat32
	return solid{[3]float32{far, far, far}, [3]float32{-far, -far, -far}}
}

func (s *solid) add(v vector) {
	for a := range v {
		s.low[a] = min(s.low[a], floor32(v[a]))
		s.high[a] = max(s.high[a], ceil32(v[a]))
	}
}

func (s *solid) join(o solid) {
	for a := range s.low {
		s.low[a], s.high[a] = min(s.low[a], o.low[a]), max(s.high[a], o.high[a])
	}
}

// chord is the square of the chord from q to the solid, 0 inside, as good as a
// [reach] allows for. It is the inner loop of every search: differences below nothing,
// squared, take half the instructions of those above.
func (s *solid) chord(q *rough) float32 {
	x := min(q[0]-s.low[0], s.high[0]-q[0], 0)
	y := min(q[1]-s.low[1], s.high[1]-q[1], 0)
	z := min(q[2]-s.low[2], s.high[2]-q[2], 0)
	return x*x + y*y + z*z
}

// chord is the square of the chord between two places.
func (v *vector) chord(q *vector) float64 {
	x, y, z := v[0]-q[0], v[1]-q[1], v[2]-q[2]
	return x*x + y*y + z*z
}

func emptyFlat() flat { return flat{180, 90, -180, -90} }

func (f *flat) add(p orb.Point) {
	f.west, f.south = min(f.west, floor32(p[0])), min(f.south, floor32(p[1]))
	f.east, f.north = max(f.east, ceil32(p[0])), max(f.north, ceil32(p[1]))
}

func (f *flat) join(o flat) {
	f.west, f.south = min(f.west, o.west), min(f.south, o.south)
	f.east, f.north = max(f.east, o.east), max(f.north, o.north)
}

func (f *flat) meets(b geo.Box) bool {
	return float64(f.west) <= b.Max[0] && float64(f.east) >= b.Min[0] &&
		float64(f.south) <= b.Max[1] && float64(f.north) >= b.Min[1]
}

func floor32(x float64) float32 {
	f := float32(x)
	if float64(f) > x {
		return math.Nextafter32(f, -math.MaxFloat32)
	}
	return f
}

func ceil32(x float64) float32 { return -floor32(-x) }

// chordOf is the length of a chord within which everything lies that is within d along
// the great circle.
func chordOf(d geo.Meters) float64 {
	if d >= math.Pi*geodesic.Radius {
		return math.Inf(1)
	}
	return 2 * math.Sin(float64(d/(2*geodesic.Radius)))
}

// reach is how far a search looks: the square of a chord, a little longer than the one
// it is made of by more than what roundings come to, of chords and of great circles;
// and, longer still, that of a chord to a solid.
type reach struct {
	chord float64
	solid float32
}

// reachOf is the reach of a chord of this length.
func reachOf(chord float64) reach {
	far := (chord + 1e-7) * (1 + 1e-6)
	return reach{chord*chord + 1e-13*chord + 1e-28, float32(far * far)}
}
