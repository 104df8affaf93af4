package track_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"beatplan/geo/track"
	"beatplan/internal/scope"
)

const step = 30 * time.Second

// rides drives east from an instant on, a fix every half minute, at 31 km/h.
func rides(person int64, from time.Time, lon float64, n int) []track.Fix {
	fixes := make([]track.Fix, n)
	for i := range fixes {
		fixes[i] = fix(person, from.Add(time.Duration(i)*step), lon+float64(i)*0.003, 39.1)
	}
	return fixes
}

// stands stays at a place, a fix every half minute.
func stands(person int64, from time.Time, lon float64, n int) []track.Fix {
	fixes := rides(person, from, lon, n)
	for i := range fixes {
		fixes[i].Position[0] = lon
	}
	return fixes
}

// Twenty minutes' drive, a quarter of an hour at a place, ten minutes' drive, forty
// minutes of which nothing is known, and ten minutes' drive again.
func ridden(person int64, at time.Time) []track.Fix {
	lon := -75.5
	day := rides(person, at, lon, 40)
	next := func(some []track.Fix) { day = append(day, some...) }
	end := func() (time.Time, float64) {
		last := day[len(day)-1]
		return last.At.Add(step), last.Position[0] + 0.003
	}
	from, lon := end()
	next(stands(person, from, lon, 30))
	from, lon = end()
	next(rides(person, from, lon, 20))
	from, lon = end()
	next(rides(person, from.Add(40*time.Minute-step), lon+0.1, 20))
	return day
}

// The time on the road of everybody is what their reports say one by one: of trips,
// without the gaps in them, by the stretch in which a trip begins, within the scope.
func TestTheTimeOnTheRoadIsThatOfTheReports(t *testing.T) {
	s, _, n, c := service(t, 1)
	ctx := t.Context()
	noon := nine.Add(-24 * time.Hour)
	midnight := nine.Truncate(24 * time.Hour)
	for person, at := range map[int64]time.Time{1: noon, 2: midnight.Add(-10 * time.Minute)} {
		day := ridden(person, at)
		must(t, s.AddDuty(ctx, person, at, day[len(day)-1].At.Add(time.Minute)))
		for some := range slices.Chunk(day, 25) {
			_, err := s.Record(ctx, some)
			must(t, err)
		}
	}
	from, to := midnight.Add(-24*time.Hour), midnight
	same := func(from, to time.Time) []track.Road {
		t.Helper()
		roads, whole, err := s.Roads(ctx, scope.Scope{People: []int64{1, 2, 3}}, from, to)
		must(t, err)
		if !whole {
			t.Error("a few duties are not worked out at once")
		}
		for _, r := range roads {
			one, err := s.Report(ctx, everybody, r.Person, from, to)
			must(t, err)
			if r.Moving != one.Moving || r.Length != one.Length {
				t.Errorf("%d: %+v, the report says %v and %v", r.Person, r, one.Moving, one.Length)
			}
		}
		return roads
	}
	roads := same(from, to)
	if len(roads) != 2 || roads[0].Silent != 40*time.Minute || roads[0].Moving < 35*time.Minute ||
		roads[0].Moving > 45*time.Minute {
		t.Fatalf("%+v", roads)
	}
	// The second person's first trip began before midnight, the others after it.
	rest := same(to, to.Add(24*time.Hour))
	if len(rest) != 1 || rest[0].Person != 2 || rest[0].Silent != 40*time.Minute ||
		roads[1].Silent != 0 || roads[1].Moving+rest[0].Moving != roads[0].Moving {
		t.Errorf("%+v before midnight, %+v after it", roads[1], rest)
	}
	before := len(n.deeds)
	if own, _, err := s.Roads(ctx, scope.Scope{People: []int64{1}}, from, to); err != nil ||
		len(own) != 1 || own[0] != roads[0] {
		t.Errorf("of one person: %+v %v", own, err)
	}
	if len(n.deeds) != before {
		t.Error("a sum stands on the trail, as if a track had been read")
	}
	late := rides(1, afterwards(t, s, noon), -76, 20) // ten minutes that come a day late
	must(t, s.AddDuty(ctx, 1, late[0].At, late[19].At.Add(time.Minute)))
	if _, err := s.Record(ctx, late); err != nil {
		t.Fatal(err)
	}
	if more := same(from, to); more[0].Moving <= roads[0].Moving {
		t.Errorf("what comes late is not counted: %+v", more)
	}
	c.Set(nine.Add(time.Hour))
	if _, err := s.Close(ctx, 100); err != nil {
		t.Fatal(err)
	}
	same(from, to)
	if _, _, err := s.Roads(ctx, scope.Everything(), to, from); !errors.Is(err, track.ErrRange) {
		t.Errorf("backwards: %v", err)
	}
}

// afterwards is an hour after the first duty.
func afterwards(t *testing.T, s *track.Service, noon time.Time) time.Time {
	t.Helper()
	r, err := s.Report(t.Context(), everybody, 1, noon.Add(-time.Hour), noon.Add(8*time.Hour))
	must(t, err)
	return r.Duties[0].Off.Add(time.Hour)
}

// A duty that runs is looked at once a minute; when it ends, it is looked at again.
func TestTheRoadOfARunningDutyGoesOn(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := t.Context()
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	day := rides(1, nine, -75.5, 60)
	record := func(some []track.Fix) {
		t.Helper()
		c.Set(some[len(some)-1].At)
		_, err := s.Record(ctx, some)
		must(t, err)
	}
	moving := func() time.Duration {
		t.Helper()
		roads, _, err := s.Roads(ctx, scope.Everything(), nine.Add(-time.Hour), nine.Add(12*time.Hour))
		must(t, err)
		if len(roads) != 1 {
			t.Fatalf("%+v", roads)
		}
		return roads[0].Moving
	}
	record(day[:20])
	first := moving()
	record(day[20:21])
	if again := moving(); first != 19*step || again != first {
		t.Errorf("%v, half a minute later %v", first, again)
	}
	record(day[21:40])
	if later := moving(); later != 39*step {
		t.Errorf("after ten minutes more: %v", later)
	}
	record(day[40:])
	c.Advance(time.Second)
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: false}))
	if whole := moving(); whole != 59*step {
		t.Errorf("of the whole duty: %v", whole)
	}
}
