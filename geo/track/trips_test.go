package track_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"beatplan/geo/geodesic"
	"beatplan/geo/track"
	"beatplan/geo/track/ride"
)

func TestStaysAreFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	var hit, found, there int
	for range 60 {
		d := ride.Day(rng)
		got := track.Read(d.Fixes, false).Stays
		found, there = found+len(got), there+len(d.Stays)
		hit += ride.Matches(d.Stays, got)
	}
	f1 := 2 * float64(hit) / float64(found+there)
	if f1 < 0.95 {
		t.Errorf("F1 %.3f: %d found of %d, %d right", f1, found, there, hit)
	}
}

// Two hundred jumps, from two kilometres to a quarter of the Earth, alone and in bursts.
func TestJumpsDoNotChangeTheDistance(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 1))
	for round := range 10 {
		d := ride.Day(rng)
		clean := track.Read(d.Fixes, false)
		if off := math.Abs(float64(clean.Length())/d.Length - 1); off > 0.05 {
			t.Errorf("round %d: %v of %.0f m driven", round, clean.Length(), d.Length)
		}
		jumped := slices.Clone(d.Fixes)
		for n := 0; n < 200; {
			i := 1 + rng.IntN(len(jumped)-10)
			away := geoMeters(2000 * math.Pow(10, rng.Float64()*3.4))
			course := rng.Float64() * 360
			for k := range 1 + rng.IntN(2) {
				jumped[i+k].Position = geodesic.Destination(d.Fixes[i+k].Position, course, away)
				n++
			}
		}
		if off := math.Abs(float64(track.Read(jumped, false).Length()/clean.Length()) - 1); off >= 0.01 {
			t.Errorf("round %d: 200 jumps change the distance by %.2f %%", round, off*100)
		}
	}
}

func TestSimplifyKeepsItsBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 1))
	for _, bound := range []float64{5, 25, 100} {
		fixes := ride.Day(rng).Fixes
		left := track.Simplify(fixes, bound)
		if left[0] != 0 || left[len(left)-1] != len(fixes)-1 || len(left) > len(fixes)/2 {
			t.Fatalf("bound %v: %d of %d are left", bound, len(left), len(fixes))
		}
		for k := 1; k < len(left); k++ {
			for i := left[k-1]; i <= left[k]; i++ {
				d := track.SynchronisedError(fixes[left[k-1]], fixes[left[k]], fixes[i])
				if d > bound+1e-6 {
					t.Fatalf("bound %v: fix %d is %.1f m off", bound, i, d)
				}
			}
		}
	}
}

func TestAnOpenTripIsShownAsOpen(t *testing.T) {
	d := ride.Day(rand.New(rand.NewPCG(14, 1)))
	last := d.Stays[len(d.Stays)-1]
	underway := slices.DeleteFunc(slices.Clone(d.Fixes), func(f track.Fix) bool {
		return f.At.After(last.Begin.Add(-3 * time.Minute))
	})
	if w := track.Read(underway, true); !w.Trips[len(w.Trips)-1].Open {
		t.Error("a trip underway is not open")
	}
	if w := track.Read(d.Fixes, true); !w.Stays[len(w.Stays)-1].Open {
		t.Error("a stay that lasts is not open")
	}
	if w := track.Read(d.Fixes, false); w.Stays[len(w.Stays)-1].Open {
		t.Error("a stay is open after the duty")
	}
}

// feature: Y33
func TestAMonthIsTheUnionOfItsDays(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := t.Context()
	rng := rand.New(rand.NewPCG(15, 1))
	begin := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for d := range 6 {
		one := ride.Day(rng)
		shift := begin.AddDate(0, 0, d).Add(time.Duration(d*3) * time.Hour). // some over midnight
											Sub(one.Fixes[0].At.Truncate(24 * time.Hour))
		for i := range one.Fixes {
			one.Fixes[i].At = one.Fixes[i].At.Add(shift)
		}
		first, last := one.Fixes[0].At, one.Fixes[len(one.Fixes)-1].At
		must(t, s.AddDuty(ctx, 1, first, last.Add(time.Minute)))
		rng.Shuffle(len(one.Fixes), func(i, j int) { // late and out of order
			one.Fixes[i], one.Fixes[j] = one.Fixes[j], one.Fixes[i]
		})
		for some := range slices.Chunk(one.Fixes, 300) {
			_, err := s.Record(ctx, some)
			must(t, err)
		}
	}
	c.Set(begin.AddDate(0, 0, 9))
	before, err := s.Report(ctx, everybody, 1, begin, begin.AddDate(0, 0, 9))
	must(t, err)
	if _, err := s.Close(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	all, err := s.Report(ctx, everybody, 1, begin, begin.AddDate(0, 0, 9))
	must(t, err)
	if !reflect.DeepEqual(before, all) || len(all.Stays) < 40 || all.Fixes != stored(t, s) {
		t.Fatalf("closing the days changed the report: %d stays, then %d", len(before.Stays), len(all.Stays))
	}
	for round := range 25 { // days, hours, and bounds anywhere, to the millisecond
		bounds := []time.Time{begin, all.To}
		if width := []time.Duration{24, 5}; round < len(width) {
			for at := begin; at.Before(all.To); at = at.Add(width[round] * time.Hour) {
				bounds = append(bounds, at)
			}
		}
		for range rng.IntN(12) {
			within := rng.Int64N(all.To.Sub(begin).Milliseconds())
			bounds = append(bounds, begin.Add(time.Duration(within)*time.Millisecond))
			some := all.Stays[rng.IntN(len(all.Stays))] // the very instants that stays begin and end
			bounds = append(bounds, some.Begin, some.End)
		}
		slices.SortFunc(bounds, time.Time.Compare)
		bounds = slices.CompactFunc(bounds, time.Time.Equal)
		var sum track.Report
		for i := 1; i < len(bounds); i++ {
			part, err := s.Report(ctx, everybody, 1, bounds[i-1], bounds[i])
			must(t, err)
			sum.Stays, sum.Trips = append(sum.Stays, part.Stays...), append(sum.Trips, part.Trips...)
			sum.Length, sum.Fixes = sum.Length+part.Length, sum.Fixes+part.Fixes
		}
		if !reflect.DeepEqual(sum.Stays, all.Stays) || !reflect.DeepEqual(sum.Trips, all.Trips) ||
			math.Abs(float64(sum.Length-all.Length)) > 1e-3 || sum.Fixes != all.Fixes {
			t.Errorf("windows %v: %d stays of %d, %v of %v, %d fixes of %d", bounds, len(sum.Stays),
				len(all.Stays), sum.Length, all.Length, sum.Fixes, all.Fixes)
		}
	}
	tr, err := s.Track(ctx, everybody, 1, begin, begin.AddDate(0, 0, 9))
	must(t, err)
	if !slices.IsSortedFunc(tr.Fixes, func(a, b track.Fix) int { return a.At.Compare(b.At) }) {
		t.Error("fixes are not in the order of the device's time")
	}
	var vertices, days int
	must(t, s.DB.QueryRow(ctx, `select sum(st_npoints(way)), count(*) from track.line
		where st_ndims(way) = 3 and st_isvalidtrajectory(way)`).Scan(&vertices, &days))
	if days < 6 || vertices > all.Fixes/3 {
		t.Errorf("%d lines with %d vertices of %d fixes", days, vertices, all.Fixes)
	}
}

// gpxFiles are the shared tracks where they are at hand, else one that is written
// here.
func gpxFiles(t *testing.T) map[string][]byte {
	t.Helper()
	dir := os.Getenv("BEATPLAN_SHARED_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	names, err := filepath.Glob(filepath.Join(dir, "tracks", "*.gpx"))
	must(t, err)
	files := map[string][]byte{"two points": []byte(`<?xml version="1.0"?>
		<gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0"><trk><trkseg>
		<trkpt lat="39.1234567" lon="-75.7654321"><time>2026-11-02T10:00:00.123Z</time><speed>10</speed></trkpt>
		<trkpt lat="39.1334567" lon="-75.7754321"><time>2026-11-02T12:01:00+02:00</time></trkpt>
		<trkpt lat="39.1" lon="-75.7"/></trkseg></trk></gpx>`)}
	for _, name := range names {
		if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
