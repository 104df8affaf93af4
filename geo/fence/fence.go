package fence

import (
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Margin is how far outside somebody is who has left.
const Margin geo.Meters = 40

// worst is the accuracy beyond which a fix crosses no fence.
const worst geo.Meters = 150

// Kind tells what a fence stands for.
type Kind uint8

// The kinds of fences.
const (
	Site      Kind = iota // of a customer
	Territory             // of a plan
)

// Key is a fence of any kind: four times the id of what it stands for, and its kind.
type Key int64

// NewKey is the key of a fence.
func NewKey(k Kind, id int64) Key { return Key(id<<2 | int64(k)) }

// Kind is what the fence stands for.
func (k Key) Kind() Kind { return Kind(k & 3) }

// ID is that of what it stands for.
func (k Key) ID() int64 { return int64(k) >> 2 }

// Fence is a circle, or an area when Area is not empty.
type Fence struct {
	Key    Key
	Centre orb.Point
	Radius geo.Meters
	Area   orb.MultiPolygon
}

// Fix is a position of one person.
type Fix struct {
	At       time.Time
	Position orb.Point
	Accuracy geo.Meters // 0: not known
}

// Event is that somebody came in or left.
type Event struct {
	Fence   Key
	At      time.Time
	Entered bool
}

// State is where a person's fixes left off: the time of the last one, and the fences
// that they are in, ordered.
type State struct {
	At     time.Time
	Inside []Key
}

// Set is fences by where they are. Read-only, for any number of readers.
type Set struct {
	fences []Fence
	cells  map[cell][]int32
	wide   []int32 // fences over too many cells
	boxes  []geo.Box
	byKey  map[Key]int32
}

// cell is a square of cellSize degrees.
type cell struct{ x, y int32 }

const (
	cellSize = 1.0 / 128 // degrees: 870 m along a meridian
	manyCell = 4096      // cells of one fence
)

func cellOf(p orb.Point) cell {
	return cell{int32(math.Floor(p[0] / cellSize)), int32(math.Floor(p[1] / cellSize))}
}

// NewSet arranges fences; of two with one key the later holds. O(n · cells of one).
func NewSet(fences []Fence) *Set {
	s := &Set{cells: map[cell][]int32{}, byKey: map[Key]int32{}}
	for _, f := range fences {
		if i, ok := s.byKey[f.Key]; ok {
			s.fences[i] = f
			continue
		}
		s.byKey[f.Key] = int32(len(s.fences))
		s.fences = append(s.fences, f)
	}
	for i := range s.fences {
		boxes := s.fences[i].boxes()
		whole := boxes[0]
		for _, box := range boxes {
			whole = whole.Union(box)
		}
		s.boxes = append(s.boxes, whole)
		s.place(int32(i), boxes)
	}
	return s
}

// place notes a fence in the cells of its boxes, which have none in common.
func (s *Set) place(fence int32, boxes []geo.Box) {
	var cells int64
	for _, box := range boxes {
		low, high := cellOf(box.Min), cellOf(box.Max)
		cells += int64(high.x-low.x+1) * int64(high.y-low.y+1)
	}
	if cells > manyCell {
		s.wide = append(s.wide, fence)
		return
	}
	for _, box := range boxes {
		low, high := cellOf(box.Min), cellOf(box.Max)
		for x := low.x; x <= high.x; x++ {
			for y := low.y; y <= high.y; y++ {
				s.cells[cell{x, y}] = append(s.cells[cell{x, y}], fence)
			}
		}
	}
}

// boxes hold the fence: two when a circle lies across the antimeridian.
func (f *Fence) boxes() []geo.Box {
	if len(f.Area) > 0 {
		return []geo.Box{f.Area.Bound()}
	}
	lon, lat := f.Centre[0], f.Centre[1]
	box := geodesic.Pad(orb.Point{0, lat}.Bound(), f.Radius)
	if box.Max[0] >= 180 { // a pole is in it
		return []geo.Box{box}
	}
	box.Min[0], box.Max[0] = lon+box.Min[0], lon+box.Max[0]
	beyond := box
	switch {
	case box.Min[0] < -180:
		beyond.Min[0], beyond.Max[0], box.Min[0] = box.Min[0]+360, 180, -180
	case box.Max[0] > 180:
		beyond.Min[0], beyond.Max[0], box.Max[0] = -180, box.Max[0]-360, 180
	default:
		return []geo.Box{box}
	}
	return []geo.Box{box, beyond}
}

// Len is the number of fences.
func (s *Set) Len() int { return len(s.fences) }

// inside reports whether p is in the fence.
func (f *Fence) inside(p orb.Point) bool {
	if len(f.Area) > 0 {
		return planar.MultiPolygonContains(f.Area, p)
	}
	return geodesic.Distance(f.Centre, p) <= f.Radius
}

// left reports whether p is outside by more than the margin.
func (f *Fence) left(p orb.Point) bool {
	if len(f.Area) == 0 {
		return geodesic.Distance(f.Centre, p) > f.Radius+Margin
	}
	return !planar.MultiPolygonContains(f.Area, p) && f.edge(p) > Margin
}

// edge is how far p is from the nearest side of the area, on the plane around p.
func (f *Fence) edge(p orb.Point) geo.Meters {
	shrink := math.Cos(p[1] * math.Pi / 180)
	flat := func(q orb.Point) orb.Point {
		return orb.Point{math.Remainder(q[0]-p[0], 360) * shrink, q[1] - p[1]}
	}
	best := math.Inf(1)
	for _, polygon := range f.Area {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				best = min(best, planar.DistanceFromSegment(flat(ring[i-1]), flat(ring[i]), orb.Point{}))
			}
		}
	}
	return geodesic.Radius * geo.Meters(best*math.Pi/180)
}

// Step takes a person's fixes, ordered by time, and appends what they crossed to
// events. Fixes that are not later than the state's change nothing. Fences that are no
// longer there are left without an event. A fix costs what lies in its cell, not what
// there is.
func (s *Set) Step(st *State, fixes []Fix, events []Event) []Event {
	for _, f := range fixes {
		if !f.At.After(st.At) {
			continue
		}
		st.At = f.At
		if f.Accuracy > worst {
			continue
		}
		kept := st.Inside[:0]
		for _, key := range st.Inside {
			i, known := s.byKey[key]
			if known && s.fences[i].left(f.Position) {
				events = append(events, Event{key, f.At, false})
			} else if known {
				kept = append(kept, key)
			}
		}
		st.Inside = kept
		events = s.enter(st, f, s.cells[cellOf(f.Position)], events)
		events = s.enter(st, f, s.wide, events)
	}
	return events
}

// enter adds the fences among some that the fix is in.
func (s *Set) enter(st *State, f Fix, some []int32, events []Event) []Event {
	for _, i := range some {
		one := &s.fences[i]
		if !s.boxes[i].Contains(f.Position) {
			continue
		}
		at, in := slices.BinarySearch(st.Inside, one.Key)
		if in || !one.inside(f.Position) {
			continue
		}
		st.Inside = slices.Insert(st.Inside, at, one.Key)
		events = append(events, Event{one.Key, f.At, true})
	}
	return events
}
