package index

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// TestNearestEqualsBruteForce draws points over the whole globe, poles and
// antimeridian included, and compares 10,000 questions with looking at all of them.
func TestNearestEqualsBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for round := range 40 {
		live := NewLive[int](Options{Every: 1})
		points := map[int64]orb.Point{}
		var all []Item[int]
		for id := int64(1); id <= 1500; id++ {
			points[id] = somewhere(rng, round)
			all = append(all, Item[int]{ID: id, Point: points[id], Value: rng.IntN(3)})
		}
		live.Reset(slices.Values(all))
		for range 250 {
			p := somewhere(rng, round)
			n, limit, kind := 1+rng.IntN(12), geo.Meters(1e9), rng.IntN(5)
			if rng.IntN(3) == 0 {
				limit = geo.Meters(math.Exp(rng.Float64() * 17))
			}
			keep := func(i *Item[int]) bool { return kind > 2 || i.Value == kind }
			var want []Neighbour[int]
			for i := range all {
				d := geodesic.Distance(p, all[i].Point)
				one := Neighbour[int]{&all[i], d}
				if d > limit || !keep(&all[i]) || len(want) == n && nearer(one, want[n-1]) > 0 {
					continue
				}
				at, _ := slices.BinarySearchFunc(want, one, nearer[int])
				want = slices.Insert(want, at, one)[:min(n, len(want)+1)]
			}
			got := live.Snapshot().Near(nil, p, n, limit, keep)
			same := func(a, b Neighbour[int]) bool { return a.ID == b.ID && a.Distance == b.Distance }
			if !slices.EqualFunc(got, want, same) {
				t.Fatalf("round %d, the %d nearest to %v within %v: %v, want %v", round, n, p, limit, got, want)
			}
		}
	}
}

// TestOfEqualDistancesTheSmallerIdsCome asks where hundreds share a place, or lie on a
// circle: only great circles and ids tell them apart.
func TestOfEqualDistancesTheSmallerIdsCome(t *testing.T) {
	rng := rand.New(rand.NewPCG(29, 1))
	centres := []orb.Point{{0, 0}, {180, 0}, {-180, 10}, {12, 90}, {0, -90}, {-75.5, 39.7}}
	for _, centre := range centres {
		live := NewLive[int](Options{})
		points := map[int64]orb.Point{}
		for _, id := range rng.Perm(900) {
			p := centre
			if id >= 300 { // around it, exactly so near a pole
				p = geodesic.Destination(centre, float64(id%16)*22.5, 1000)
			}
			points[int64(id)] = p
			live.Put(int64(id), p, 0)
		}
		live.Publish()
		beside, behind := geodesic.Destination(centre, 77, 400), orb.Point{-centre[0], -centre[1]}
		for _, p := range []orb.Point{centre, beside, behind} {
			want := bruteForce(points, p)
			for _, n := range []int{1, 7, mostRanked, 299, 301, 850} {
				got := live.Snapshot().Near(nil, p, n, 1e9, nil)
				for i := range got {
					if len(got) != n || got[i].ID != want[i] {
						t.Fatalf("%d of %d nearest to %v, %d. is %d, want %d", len(got), n, p, i, got[i].ID, want[i])
					}
				}
			}
		}
	}
}

func somewhere(rng *rand.Rand, round int) orb.Point {
	switch round % 4 {
	case 0: // the globe
		return orb.Point{rng.Float64()*360 - 180, rng.Float64()*180 - 90}
	case 1: // around the antimeridian
		lon := 179 + rng.Float64()*2
		if lon > 180 {
			lon -= 360
		}
		return orb.Point{lon, rng.Float64()*2 - 60}
	case 2: // around the pole
		return orb.Point{rng.Float64()*360 - 180, 89 + rng.Float64()}
	}
	// A town, on a coarse grid: many at the same place and at equal distances.
	return orb.Point{-75.5 + float64(rng.IntN(40))/1000, 39 + float64(rng.IntN(40))/1000}
}

// bruteForce orders all points by distance and id.
func bruteForce(points map[int64]orb.Point, p orb.Point) []int64 {
	distance := make(map[int64]geo.Meters, len(points))
	for id, at := range points {
		distance[id] = geodesic.Distance(p, at)
	}
	ids := slices.Collect(maps.Keys(points))
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(cmp.Compare(distance[a], distance[b]), cmp.Compare(a, b))
	})
	return ids
}

// TestNearEqualsBruteForceWhileThingsMove asks between random writes, so that the
// packed tree, what is struck out in it and what lies beside it all have a part,
// while new trees are packed in the background.
func TestNearEqualsBruteForceWhileThingsMove(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 2))
	live := NewLive[int](Options{})
	points := map[int64]orb.Point{}
	for step := range 12_000 {
		id := int64(rng.IntN(900))
		if rng.IntN(5) == 0 {
			delete(points, id)
			live.Delete(id)
		} else {
			points[id] = somewhere(rng, rng.IntN(4))
			live.Put(id, points[id], 0)
		}
		if step%60 != 0 {
			continue
		}
		live.Publish()
		p := somewhere(rng, rng.IntN(4))
		want := bruteForce(points, p)
		found := live.Snapshot().Near(nil, p, 7, 1e9, nil)
		for i := range found {
			if found[i].ID != want[i] {
				t.Fatalf("step %d, %d. nearest to %v: %d, want %d", step, i, p, found[i].ID, want[i])
			}
		}
		if len(found) != min(7, len(points)) || live.Snapshot().Len() != len(points) {
			t.Fatalf("step %d: %d found, %d things of %d", step, len(found),
				live.Snapshot().Len(), len(points))
		}
	}
}

// TestRingsMakeTheWhole adds rings of growing radius up to what Near finds at once.
func TestRingsMakeTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 1))
	live := NewLive[int](Options{})
	for id := range int64(3000) {
		live.Put(id, somewhere(rng, int(id)%4), 0)
	}
	live.Publish()
	for range 50 {
		p := somewhere(rng, rng.IntN(4))
		whole := live.Snapshot().Near(nil, p, 3000, 1e9, nil)
		rings := live.Snapshot().Around(nil, p, -1, 10_000, nil)
		rings = live.Snapshot().Around(rings, p, 10_000, 3_000_000, nil)
		rings = live.Snapshot().Around(rings, p, 3_000_000, 1e9, nil)
		slices.SortFunc(rings, nearer[int])
		if !slices.Equal(rings, whole) {
			t.Fatalf("%d in rings around %v, %d in all", len(rings), p, len(whole))
		}
	}
}

func TestAskingAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 1))
	live := NewLive[int](Options{})
	for id := range int64(5000) {
		live.Put(id, somewhere(rng, 0), int(id)%3)
	}
	live.Publish()
	found := make([]Neighbour[int], 0, 11)
	odd := 1
	n := testing.AllocsPerRun(200, func() {
		found = live.Snapshot().Near(found[:0], somewhere(rng, 0), 10, 1e9,
			func(i *Item[int]) bool { return i.Value == odd })
	})
	if n != 0 || len(found) != 10 {
		t.Errorf("%v allocations for %d things", n, len(found))
	}
}

func TestNearObeysLimitAndFilter(t *testing.T) {
	live := NewLive[string](Options{Every: 1})
	live.Put(1, orb.Point{0, 0}, "a")
	live.Put(2, orb.Point{0, 0.001}, "b") // 111 m
	live.Put(3, orb.Point{0, 0.01}, "b")  // 1,112 m
	only := func(i *Item[string]) bool { return i.Value == "b" }
	if got := live.Snapshot().Near(nil, orb.Point{}, 5, 500, only); len(got) != 1 || got[0].ID != 2 {
		t.Fatalf("within 500 m: %+v, want only 2", got)
	}
	if got := live.Snapshot().Near(nil, orb.Point{}, 0, 500, nil); len(got) != 0 {
		t.Fatalf("asked for none, got %d", len(got))
	}
}

// TestSnapshotsEqualAMapAfterRandomHistories writes at random and compares the
// box search with a plain map; snapshots taken earlier must not change.
func TestSnapshotsEqualAMapAfterRandomHistories(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	live := NewLive[int64](Options{Every: 1})
	model := map[int64]orb.Point{}
	var frozen *Snapshot[int64]
	var frozenIDs []int64
	box := geo.Box{Min: orb.Point{-75.6, 38.9}, Max: orb.Point{-75.4, 39.1}}
	for step := range 20_000 {
		id := int64(rng.IntN(700))
		if rng.IntN(4) == 0 {
			_, known := model[id]
			if live.Delete(id) != known {
				t.Fatalf("step %d: delete %d disagrees", step, id)
			}
			delete(model, id)
		} else {
			p := orb.Point{-75.7 + rng.Float64()*0.4, 38.8 + rng.Float64()*0.4}
			model[id] = p
			live.Put(id, p, id)
		}
		if step%500 != 0 {
			continue
		}
		want := inBox(model, box)
		if got := ids(live.Snapshot(), box); !slices.Equal(got, want) {
			t.Fatalf("step %d: box holds %v, want %v", step, got, want)
		}
		if frozen != nil && !slices.Equal(ids(frozen, box), frozenIDs) {
			t.Fatalf("step %d: an old snapshot changed", step)
		}
		frozen, frozenIDs = live.Snapshot(), want
	}
	if live.Snapshot().Len() != len(model) {
		t.Fatalf("%d in the tree, %d in the model", live.Snapshot().Len(), len(model))
	}
}

func inBox(model map[int64]orb.Point, box geo.Box) []int64 {
	var out []int64
	for id, p := range model {
		if box.Contains(p) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func ids[V any](s *Snapshot[V], box geo.Box) []int64 {
	var out []int64
	for item := range s.Within(box) {
		out = append(out, item.ID)
	}
	slices.Sort(out)
	return out
}

func TestWritesAreShownAfterCountOrTime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	live := NewLive[int](Options{Every: 3, After: time.Second, Now: func() time.Time { return now }})
	live.Put(1, orb.Point{1, 1}, 0)
	live.Put(2, orb.Point{2, 2}, 0)
	if n := live.Snapshot().Len(); n != 0 {
		t.Fatalf("%d shown at once, want none before the third write", n)
	}
	live.Put(3, orb.Point{3, 3}, 0)
	if n := live.Snapshot().Len(); n != 3 {
		t.Fatalf("%d shown after the third write, want 3", n)
	}
	live.Delete(1)
	now = now.Add(time.Second)
	if n := live.Snapshot().Len(); n != 2 {
		t.Fatalf("%d shown a second after the delete, want 2", n)
	}
	if live.Put(9, orb.Point{200, 0}, 0) {
		t.Error("a longitude of 200 was accepted")
	}
}

func TestReadersNeverWaitNorSeeHalfAWrite(t *testing.T) {
	live := NewLive[int](Options{Every: 1})
	for id := range int64(1000) {
		live.Put(id, orb.Point{float64(id) / 100, 1}, 0)
	}
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := live.Snapshot()
				n := 0
				for range s.All() {
					n++
				}
				if n != s.Len() || n < 999 {
					t.Errorf("a snapshot of %d things yielded %d", s.Len(), n)
					return
				}
			}
		})
	}
	for i := range 3000 {
		id := int64(i % 1000)
		live.Put(id, orb.Point{float64(id) / 100, float64(i%7) / 10}, i)
	}
	close(stop)
	readers.Wait()
}

type group struct{ owner, level int64 }

func compareGroups(a, b group) int {
	return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.level, b.level))
}

// TestPyramidEqualsARecountAfterRandomHistories compares every level bit by bit
// with a pyramid built afresh, and each level's counts with the total.
func TestPyramidEqualsARecountAfterRandomHistories(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 4))
	type row struct {
		at orb.Point
		g  group
	}
	var rows []row
	live := NewPyramid(2, 9, compareGroups)
	for range 8000 {
		if len(rows) > 0 && rng.IntN(3) == 0 {
			i := rng.IntN(len(rows))
			live.Remove(rows[i].at, rows[i].g)
			rows = slices.Delete(rows, i, i+1)
			continue
		}
		r := row{somewhere(rng, rng.IntN(4)), group{int64(rng.IntN(5)), int64(rng.IntN(3))}}
		rows = append(rows, r)
		live.Add(r.at, r.g)
	}
	fresh := NewPyramid(2, 9, compareGroups)
	for _, r := range rows {
		fresh.Add(r.at, r.g)
	}
	filled := NewPyramid(2, 9, compareGroups)
	filled.Fill(func(yield func(orb.Point, group) bool) {
		for _, r := range rows {
			if !yield(r.at, r.g) {
				return
			}
		}
	})
	for level := 2; level <= 9; level++ {
		got, want := dump(live, level), dump(fresh, level)
		if !slices.Equal(want, dump(filled, level)) {
			t.Fatalf("level %d filled at once differs from one by one", level)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("level %d differs from a recount: %d against %d tallies", level, len(got), len(want))
		}
		var total int64
		for _, tally := range got {
			total += tally.Count
		}
		if total != int64(len(rows)) {
			t.Fatalf("level %d counts %d points of %d", level, total, len(rows))
		}
	}
}

func dump(p *Pyramid[group], level int) []Tally[group] {
	var out []Tally[group]
	p.Cells(level, 0, 0, 1<<level, func(_, _ uint32, tallies []Tally[group]) {
		out = append(out, tallies...)
	})
	return out
}

func TestPlaneGoesThereAndBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 2000 {
		p := orb.Point{rng.Float64()*360 - 180, rng.Float64()*170 - 85}
		x, y := Plane(p)
		if d := geodesic.Distance(p, Unplane(float64(x)+0.5, float64(y)+0.5)); d > 0.02 {
			t.Fatalf("%v came back %v away", p, d)
		}
	}
	if x, y := Plane(orb.Point{180, -90}); x != 1<<32-1 || y != 1<<32-1 {
		t.Errorf("the south-east corner is at %d, %d", x, y)
	}
}

func BenchmarkNear10Of1M(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	live := NewLive[int](Options{})
	for id := range int64(1_000_000) {
		live.Put(id, orb.Point{100 + rng.Float64()*20, 20 + rng.Float64()*20}, 0)
	}
	live.Publish()
	s := live.Snapshot()
	found := make([]Neighbour[int], 0, 11)
	for b.Loop() {
		found = s.Near(found[:0], orb.Point{100 + rng.Float64()*20, 20 + rng.Float64()*20}, 10, 1e9, nil)
	}
}
