package track_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/fence"
	"beatplan/geo/geodesic"
	"beatplan/geo/track"
)

// What people crossed stands in the table as a replay of their fixes has it; messages
// that come twice, a buffer that comes late and a whole day sent again add nothing.
func TestCrossingsEqualAReplayWhateverComesAgain(t *testing.T) {
	s, _, notices, _ := service(t, 2)
	ctx := t.Context()
	rng := rand.New(rand.NewPCG(8, 8))
	centre := orb.Point{-75.5, 39.7}
	var fences []fence.Fence
	for i := range 60 {
		fences = append(fences, fence.Fence{Key: fence.NewKey(fence.Site, int64(i+1)), Radius: 250,
			Centre: geodesic.Destination(centre, rng.Float64()*360, 1500)})
	}
	set := fence.NewSet(fences)
	s.SetFences(set)
	begin := nine.Add(-8 * time.Hour)
	must(t, s.AddDuty(ctx, 1, begin, nine))
	var fixes []track.Fix
	for i := range 600 {
		p := geodesic.Destination(centre, float64(i)*3, 1400)
		fixes = append(fixes, fix(1, begin.Add(time.Duration(i)*10*time.Second),
			rounded(p[0]), rounded(p[1])))
	}
	// Minutes 40 to 60 come after all others, and then everything again.
	late := fixes[240:360]
	counted := slices.Concat(fixes[:240], fixes[360:])
	for _, some := range [][]track.Fix{fixes[:100], fixes[100:240], fixes[360:], late, fixes} {
		_, err := s.Record(ctx, some)
		must(t, err)
	}
	var st fence.State
	var own []fence.Fix
	for _, f := range counted {
		own = append(own, fence.Fix{At: f.At, Position: f.Position})
	}
	want := set.Step(&st, own, nil)
	got, err := s.Crossings(ctx, everybody, 1, begin, nine)
	must(t, err)
	if len(want) < 20 || len(got) != len(want) {
		t.Fatalf("%d crossings, by a replay %d", len(got), len(want))
	}
	for _, c := range got {
		if !slices.Contains(want, fence.Event{Fence: c.Fence, At: c.At.UTC(), Entered: c.Entered}) {
			t.Errorf("%+v is in no replay", c)
		}
	}
	if n := len(stayed(t, s, begin)); n != len(fixes) {
		t.Errorf("%d fixes of %d are kept: late ones land in place", n, len(fixes))
	}
	if a := notices.actions(); !slices.Contains(a, "track.track.read") {
		t.Errorf("reading crossings is not on the trail: %v", a)
	}
}

func stayed(t *testing.T, s *track.Service, begin time.Time) []track.Fix {
	t.Helper()
	tr, err := s.Track(t.Context(), everybody, 1, begin, nine)
	must(t, err)
	return tr.Fixes
}
