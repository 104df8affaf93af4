package track_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/track"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// memoryStream hands every message straight to the consumer, as often as told.
type memoryStream struct {
	deliver func(ctx context.Context, data []byte) error
	times   int
	fail    error
}

func (m *memoryStream) Append(ctx context.Context, _ string, data []byte) error {
	if m.fail != nil {
		return m.fail
	}
	for range m.times {
		if err := m.deliver(ctx, data); err != nil {
			return err
		}
	}
	return nil
}

// noted collects notices and deeds.
type noted struct {
	mu      sync.Mutex
	changed []track.Changed
	deeds   []track.Deed
}

func (n *noted) Notice(_ context.Context, _ db.Tx, topic string, people []int64, p any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := p.(track.Changed)
	if topic != "duty" || !slices.Equal(people, []int64{c.Person}) {
		return errors.New("notice to the wrong people")
	}
	n.changed = append(n.changed, c)
	return nil
}

func (n *noted) Did(_ context.Context, _ db.Tx, d track.Deed) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deeds = append(n.deeds, d)
	return nil
}

func (n *noted) actions() []string {
	var out []string
	for _, d := range n.deeds {
		out = append(out, d.Action)
	}
	return out
}

var nine = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func service(t *testing.T, times int) (*track.Service, *memoryStream, *noted, *clock.Manual) {
	t.Helper()
	c := clock.NewManual(nine)
	stream, notices := &memoryStream{times: times}, &noted{}
	s := track.New(pgtest.DB(t), stream, notices, notices, c)
	stream.deliver = func(ctx context.Context, m []byte) error { return s.Consume(ctx, m) }
	for person := range int64(10) {
		must(t, s.Decide(t.Context(), person, track.ConsentVersion, true))
	}
	notices.deeds, notices.changed = nil, nil
	return s, stream, notices, c
}

// stored counts the fixes in the tables.
func stored(t *testing.T, s *track.Service) (n int) {
	t.Helper()
	must(t, s.DB.QueryRow(t.Context(),
		"select coalesce(sum(fixes), 0) from track.chunk").Scan(&n))
	return n
}

var everybody = track.Reader{Person: 99, Scope: scope.Everything()}

func fix(person int64, at time.Time, lon, lat float64) track.Fix {
	return track.Fix{Person: person, At: at, Position: orb.Point{lon, lat}, Source: "test"}
}

func rounded(deg float64) float64 { return math.Round(deg*1e7) / 1e7 }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// feature: G86
func TestNothingIsRecordedOffDuty(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := context.Background()
	before := fix(7, nine.Add(-time.Minute), -75.5, 39.1)
	at, accuracy := orb.Point{-75.5, 39.1}, float32(12)
	must(t, s.Punch(ctx, track.Punch{Person: 7, On: true, Position: &at, AccuracyM: &accuracy}))
	open, err := s.OnDuty(ctx, scope.Everything())
	must(t, err)
	if len(open) != 1 || !open[0].On.Equal(nine) || open[0].OnPosition == nil ||
		*open[0].OnPosition != at || *open[0].OnAccuracyM != accuracy {
		t.Fatalf("the punch was not kept: %+v", open)
	}
	c.Set(nine.Add(time.Hour))
	must(t, s.Punch(ctx, track.Punch{Person: 7, On: false}))
	c.Set(nine.Add(2 * time.Hour))
	got, err := s.Record(ctx, []track.Fix{
		before,
		fix(7, nine.Add(10*time.Minute), -75.51, 39.11),
		fix(7, nine.Add(90*time.Minute), -75.52, 39.12),
		fix(8, nine.Add(10*time.Minute), -75.53, 39.13),
	})
	must(t, err)
	if want := (track.Receipt{Stored: 1, OffDuty: 3}); got != want {
		t.Errorf("receipt %+v, want %+v", got, want)
	}
	if off, _ := s.Discarded(); off != 3 {
		t.Errorf("%d discarded, want 3", off)
	}
	if n := stored(t, s); n != 1 {
		t.Errorf("%d fixes in the table, want 1", n)
	}
}

func TestReplaysAndLateFixes(t *testing.T) {
	s, _, _, _ := service(t, 3)
	ctx := context.Background()
	must(t, s.AddDuty(ctx, 1, nine.Add(-8*time.Hour), nine.Add(time.Minute)))
	rng := rand.New(rand.NewPCG(1, 1))
	var all []track.Fix
	for i := range 400 {
		at := nine.Add(-time.Duration(i) * time.Minute)
		all = append(all, fix(1, at, rounded(-75+rng.Float64()), rounded(39+rng.Float64())))
	}
	late := slices.Clone(all)
	rng.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
	for chunk := range slices.Chunk(late, 37) {
		_, err := s.Record(ctx, chunk)
		must(t, err)
		_, err = s.Record(ctx, chunk)
		must(t, err)
	}
	tr, err := s.Track(ctx, everybody, 1, nine.Add(-24*time.Hour), nine.Add(time.Hour))
	must(t, err)
	slices.Reverse(all)
	if len(tr.Fixes) != len(all) {
		t.Fatalf("%d fixes, want %d", len(tr.Fixes), len(all))
	}
	for i, f := range tr.Fixes {
		if !f.At.Equal(all[i].At) || f.Position != all[i].Position {
			t.Fatalf("fix %d is %+v, want %+v", i, f, all[i])
		}
	}
	last, err := s.Positions(ctx, scope.Everything())
	must(t, err)
	if len(last) != 1 || !last[0].At.Equal(nine) || !last[0].Fresh || last[0].OnDuty {
		t.Errorf("last position %+v", last)
	}
}

func TestStaleIsNeverFresh(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := context.Background()
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	_, err := s.Record(ctx, []track.Fix{fix(1, nine, -75, 39)})
	must(t, err)
	c.Advance(track.FreshFor + time.Second)
	last, err := s.Positions(ctx, scope.Scope{People: []int64{1}})
	must(t, err)
	if len(last) != 1 || last[0].Fresh || last[0].Age != track.FreshFor+time.Second {
		t.Errorf("%+v, want one stale position", last)
	}
	if none, err := s.Positions(ctx, scope.Scope{People: []int64{2}}); err != nil || len(none) != 0 {
		t.Errorf("outside the scope: %v, %v", none, err)
	}
}

func TestBadFixesStoreNothing(t *testing.T) {
	s, stream, _, _ := service(t, 1)
	ctx := context.Background()
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	good := fix(1, nine, -75, 39)
	for name, bad := range map[string]track.Fix{
		"latitude":    fix(1, nine, 39, -175),
		"null island": fix(1, nine, 0, 0),
		"future":      fix(1, nine.Add(time.Hour), -75, 39),
		"no time":     {Person: 1, Position: orb.Point{-75, 39}},
	} {
		if _, err := s.Record(ctx, []track.Fix{good, bad}); !errors.Is(err, track.ErrFix) {
			t.Errorf("%s: %v, want ErrFix", name, err)
		}
	}
	if _, err := s.Record(ctx, make([]track.Fix, track.MaxBatch+1)); !errors.Is(err, track.ErrBatch) {
		t.Errorf("too many: %v", err)
	}
	stream.fail = errors.New("disk full")
	if _, err := s.Record(ctx, []track.Fix{good}); err == nil {
		t.Error("acknowledged though the stream refused")
	}
	if n := stored(t, s); n != 0 {
		t.Errorf("%d fixes stored, want none", n)
	}
}

func TestForeignTrackIsNotFound(t *testing.T) {
	s, _, _, _ := service(t, 1)
	ctx := context.Background()
	sc := track.Reader{Person: 1, Scope: scope.Scope{People: []int64{1, 2}}}
	_, err := s.Track(ctx, sc, 3, nine.Add(-time.Hour), nine)
	if !errors.Is(err, track.ErrNotFound) {
		t.Errorf("foreign person: %v", err)
	}
	_, err = s.Track(ctx, sc, 1, nine, nine.Add(-time.Hour))
	if !errors.Is(err, track.ErrRange) {
		t.Errorf("reversed range: %v", err)
	}
}

func TestPunchesAreIdempotent(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := context.Background()
	for range 3 {
		must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
		c.Advance(time.Minute)
	}
	open, err := s.OnDuty(ctx, scope.Everything())
	must(t, err)
	if len(open) != 1 || !open[0].On.Equal(nine) {
		t.Errorf("open duties %+v", open)
	}
	for range 2 {
		must(t, s.Punch(ctx, track.Punch{Person: 1, On: false}))
	}
	must(t, s.AddDuty(ctx, 1, nine.Add(-time.Hour), nine.Add(time.Minute)))
	var n int
	must(t, s.DB.QueryRow(ctx, "select count(*) from track.duty").Scan(&n))
	if n != 1 {
		t.Errorf("%d duties, want 1: an overlapping one changes nothing", n)
	}
}
