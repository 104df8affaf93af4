package fence

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// town is sites and territories that overlap.
func town(rng *rand.Rand, n int) []Fence {
	var fences []Fence
	for i := range n {
		p := orb.Point{-75.6 + rng.Float64()*0.2, 39.6 + rng.Float64()*0.2}
		f := Fence{Key: NewKey(Site, int64(i+1)), Centre: p, Radius: geo.Meters(30 + rng.IntN(300))}
		if i%10 == 0 {
			ring := orb.Ring{}
			for k := range 7 {
				ring = append(ring, geodesic.Destination(p, float64(k)*60, geo.Meters(500+rng.IntN(3000))))
			}
			ring[6] = ring[0]
			f = Fence{Key: NewKey(Territory, int64(i+1)), Area: orb.MultiPolygon{{ring}}}
		}
		fences = append(fences, f)
	}
	return fences
}

// drive is a person's way with some noise.
func drive(rng *rand.Rand, n int) []Fix {
	p := orb.Point{-75.5, 39.7}
	course := rng.Float64() * 360
	fixes := make([]Fix, n)
	for i := range fixes {
		course += rng.NormFloat64() * 25
		p = geodesic.Destination(p, course, geo.Meters(rng.IntN(180)))
		if p[0] < -75.6 || p[0] > -75.4 || p[1] < 39.6 || p[1] > 39.8 {
			course += 180
		}
		fixes[i] = Fix{noon.Add(time.Duration(i) * 10 * time.Second), p, geo.Meters(rng.IntN(170))}
	}
	return fixes
}

// replay is the plain definition: every fix against every fence.
func replay(fences []Fence, fixes []Fix) (events []Event) {
	inside := map[Key]bool{}
	for _, f := range fixes {
		if f.Accuracy > worst {
			continue
		}
		for i := range fences {
			one := &fences[i]
			switch {
			case inside[one.Key] && one.left(f.Position):
				inside[one.Key] = false
				events = append(events, Event{one.Key, f.At, false})
			case !inside[one.Key] && one.inside(f.Position):
				inside[one.Key] = true
				events = append(events, Event{one.Key, f.At, true})
			}
		}
	}
	return sorted(events)
}

func sorted(events []Event) []Event {
	slices.SortFunc(events, func(a, b Event) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return int(a.Fence - b.Fence)
	})
	return events
}

// Events equal a replay against every fence, however the fixes are cut into batches,
// and sending batches again, in any order, adds none.
func TestEventsEqualAReplayOfEveryFence(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 5))
	var total int
	for range 12 {
		fences := town(rng, 400)
		set := NewSet(fences)
		fixes := drive(rng, 800)
		var st State
		var got []Event
		for at := 0; at < len(fixes); {
			n := min(1+rng.IntN(60), len(fixes)-at)
			got = set.Step(&st, fixes[at:at+n], got)
			at += n
			again := rng.IntN(at)
			if late := set.Step(&st, fixes[again:at], nil); len(late) > 0 {
				t.Fatalf("a batch that came again made %d events", len(late))
			}
		}
		want := replay(fences, fixes)
		if !slices.Equal(sorted(got), want) {
			t.Fatalf("%d events, by a replay %d", len(got), len(want))
		}
		total += len(want)
	}
	if total < 1000 {
		t.Errorf("only %d events: too tame", total)
	}
}

// Noise at the edge makes no event after the first.
func TestTheEdgeIsCrossedOnce(t *testing.T) {
	at := orb.Point{-75.5, 39.7}
	set := NewSet([]Fence{{Key: NewKey(Site, 7), Centre: at, Radius: 100}})
	var st State
	var fixes []Fix
	for i := range 50 { // 95 m and 125 m in turn
		d := geo.Meters(95 + 30*(i%2))
		fixes = append(fixes, Fix{At: noon.Add(time.Duration(i) * time.Second),
			Position: geodesic.Destination(at, 90, d)})
	}
	away := Fix{At: noon.Add(time.Hour), Position: geodesic.Destination(at, 90, 150)}
	events := set.Step(&st, append(fixes, away), nil)
	want := []Event{{NewKey(Site, 7), noon, true}, {NewKey(Site, 7), away.At, false}}
	if !slices.Equal(events, want) {
		t.Errorf("%+v", events)
	}
	if k := NewKey(Territory, 12); k.ID() != 12 || k.Kind() != Territory {
		t.Errorf("key %d is %d of kind %d", k, k.ID(), k.Kind())
	}
}

// At the antimeridian and at the poles events equal a replay as well.
func TestCirclesHoldAcrossTheAntimeridianAndThePoles(t *testing.T) {
	rng := rand.New(rand.NewPCG(18, 5))
	origins := []orb.Point{{180, -17}, {-180, 65}, {179.995, 0}, {40, 90}, {0, -90}, {10, 89.99}}
	for _, origin := range origins {
		near := func() orb.Point {
			return geodesic.Destination(origin, rng.Float64()*360, geo.Meters(rng.IntN(2000)))
		}
		var fences []Fence
		for i := range 60 {
			fences = append(fences, Fence{Key: NewKey(Site, int64(i+1)), Centre: near(),
				Radius: geo.Meters(30 + rng.IntN(400))})
		}
		fixes := make([]Fix, 500)
		for i := range fixes {
			fixes[i] = Fix{At: noon.Add(time.Duration(i) * time.Second), Position: near()}
		}
		var st State
		got, want := NewSet(fences).Step(&st, fixes, nil), replay(fences, fixes)
		if !slices.Equal(sorted(got), want) || len(want) < 500 {
			t.Errorf("around %v: %d events, by a replay %d", origin, len(got), len(want))
		}
	}
}

// An area that is cut at the antimeridian is not left by the width of a road beyond it.
func TestTheMarginHoldsAcrossTheAntimeridian(t *testing.T) {
	area := orb.MultiPolygon{{{{179.9, 0}, {180, 0}, {180, 0.1}, {179.9, 0.1}, {179.9, 0}}}}
	set := NewSet([]Fence{{Key: NewKey(Territory, 3), Area: area}})
	var st State
	var events []Event
	for i, lon := range []float64{179.95, -179.9998, -179.999} { // inside, 22 m and 111 m beyond
		at := noon.Add(time.Duration(i) * time.Minute)
		events = set.Step(&st, []Fix{{At: at, Position: orb.Point{lon, 0.05}}}, events)
	}
	want := []Event{{NewKey(Territory, 3), noon, true},
		{NewKey(Territory, 3), noon.Add(2 * time.Minute), false}}
	if !slices.Equal(events, want) {
		t.Errorf("%+v", events)
	}
}
