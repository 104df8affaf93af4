package track_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/fence"
	"beatplan/geo/track"
	"beatplan/internal/scope"
)

func TestWithoutConsentNoFixIsKept(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := t.Context()
	must(t, s.Punch(ctx, track.Punch{Person: 20, On: true}))
	record := func() track.Receipt {
		t.Helper()
		c.Advance(time.Second)
		r, err := s.Record(ctx, []track.Fix{fix(20, c.Now(), -75, 39)})
		must(t, err)
		return r
	}
	if r := record(); r != (track.Receipt{NoConsent: 1}) {
		t.Errorf("never asked: %+v", r)
	}
	if err := s.Decide(ctx, 20, track.ConsentVersion+1, true); !errors.Is(err, track.ErrVersion) {
		t.Errorf("agreed to words that are not the present ones: %v", err)
	}
	must(t, s.Decide(ctx, 20, track.ConsentVersion, true))
	if r := record(); r != (track.Receipt{Stored: 1}) {
		t.Errorf("agreed: %+v", r)
	}
	must(t, s.Decide(ctx, 20, track.ConsentVersion, false))
	if r := record(); r != (track.Receipt{NoConsent: 1}) {
		t.Errorf("taken back: %+v", r)
	}
	if last, err := s.Positions(ctx, scope.Everything()); err != nil || len(last) != 0 {
		t.Errorf("still seen: %+v, %v", last, err)
	}
	// Words that changed ask for a new consent.
	_, err := s.DB.Exec(ctx, `insert into track.consent values (20, now(), $1, true)`,
		track.ConsentVersion-1)
	must(t, err)
	if r := record(); r != (track.Receipt{NoConsent: 1}) {
		t.Errorf("agreed to older words: %+v", r)
	}
	if _, without := s.Discarded(); without != 3 || stored(t, s) != 1 {
		t.Errorf("%d counted, %d stored", without, stored(t, s))
	}
}

// What waits in the stream when somebody takes their consent back is not written.
func TestWithdrawalOvertakesTheStream(t *testing.T) {
	s, stream, _, _ := service(t, 1)
	ctx := t.Context()
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	stream.times = 0
	_, err := s.Record(ctx, []track.Fix{fix(1, nine, -75, 39)})
	must(t, err)
	must(t, s.Decide(ctx, 1, track.ConsentVersion, false))
	must(t, s.Store(ctx, []track.Fix{fix(1, nine, -75, 39)}))
	if n := stored(t, s); n != 0 {
		t.Errorf("%d fixes written after the withdrawal", n)
	}
}

func TestEverythingDoneWithPositionsIsOnTheTrail(t *testing.T) {
	s, _, notices, _ := service(t, 1)
	ctx := t.Context()
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: false}))
	boss := track.Reader{Person: 5, Scope: scope.Scope{People: []int64{1}}}
	self := track.Reader{Person: 1, Scope: scope.Scope{People: []int64{1}}}
	stranger := track.Reader{Person: 6, Scope: scope.Scope{People: []int64{2}}}
	for _, by := range []track.Reader{boss, self, stranger} {
		_, err := s.Track(ctx, by, 1, nine.Add(-time.Hour), nine)
		if by.Person == 6 && !errors.Is(err, track.ErrNotFound) {
			t.Errorf("a stranger read: %v", err)
		}
		_, err = s.Report(ctx, by, 1, nine.Add(-time.Hour), nine)
		if by.Person == 6 && !errors.Is(err, track.ErrNotFound) {
			t.Errorf("a stranger read the report: %v", err)
		}
	}
	must(t, s.Decide(ctx, 1, track.ConsentVersion, false))
	must(t, s.Erase(ctx, 5, 1))
	want := []string{"track.duty.opened", "track.duty.closed", "track.track.read", "track.track.read",
		"track.consent.withdrawn", "track.person.erased"}
	if got := notices.actions(); !slices.Equal(got, want) {
		t.Errorf("on the trail:\n%v, want\n%v", got, want)
	}
	if read := notices.deeds[2]; read.By != 5 || read.Person != 1 || read.After == nil {
		t.Errorf("the reading: %+v", read)
	}
}

func TestErasedPeopleLeaveNothing(t *testing.T) {
	s, _, _, _ := service(t, 1)
	ctx := t.Context()
	s.SetFences(fence.NewSet([]fence.Fence{
		{Key: fence.NewKey(fence.Site, 3), Centre: orb.Point{-75, 39}, Radius: 100}}))
	for person := int64(1); person <= 2; person++ {
		must(t, s.AddDuty(ctx, person, nine.Add(-48*time.Hour), nine.Add(-time.Hour)))
		for i := range 30 {
			_, err := s.Record(ctx, []track.Fix{
				fix(person, nine.Add(-time.Duration(i+2)*time.Hour), -75, 39)})
			must(t, err)
		}
	}
	_, err := s.Close(ctx, 100)
	must(t, err)
	must(t, s.Erase(ctx, 9, 1))
	for _, table := range []string{"chunk", "line", "last", "duty", "consent", "crossing", "inside"} {
		for person, want := range map[int]bool{1: false, 2: true} {
			var some bool
			must(t, s.DB.QueryRow(ctx, fmt.Sprintf(
				"select exists (select from track.%s where person_id = %d)", table, person)).Scan(&some))
			if some != want {
				t.Errorf("rows of person %d in track.%s: %v", person, table, some)
			}
		}
	}
}

// A day whose pieces are damaged is said and leaves the others to be closed.
func TestADamagedDayHoldsUpNoOther(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := t.Context()
	must(t, s.AddDuty(ctx, 1, nine.Add(-48*time.Hour), nine))
	for i := range 20 { // of three days
		_, err := s.Record(ctx, []track.Fix{fix(1, nine.Add(-time.Duration(2*i+1)*time.Hour), -75, 39)})
		must(t, err)
	}
	// The fixes of the first day are moved to one that they are not of.
	_, err := s.DB.Exec(ctx, `update track.chunk set day = day - 1
		where day = (select min(day) from track.chunk)`)
	must(t, err)
	c.Advance(time.Hour)
	closed, err := s.Close(ctx, 100)
	if closed != 2 || err == nil || !strings.Contains(err.Error(), "none of its fixes") {
		t.Errorf("%d days closed, %v", closed, err)
	}
	var open int
	must(t, s.DB.QueryRow(ctx, `select count(distinct day) from track.chunk
		where not melted`).Scan(&open))
	if open != 1 {
		t.Errorf("%d days are open", open)
	}
}

// Ninety days later a day is gone, a whole month by dropping its tables.
func TestPositionsExpire(t *testing.T) {
	s, _, _, c := service(t, 1)
	ctx := t.Context()
	must(t, s.AddDuty(ctx, 1, nine.AddDate(0, -4, 0), nine))
	var days []time.Time
	for d := nine.AddDate(0, -4, 0); d.Before(nine); d = d.AddDate(0, 0, 1) {
		days = append(days, d)
		_, err := s.Record(ctx, []track.Fix{fix(1, d, -75, 39), fix(1, d.Add(time.Minute), -75, 39)})
		must(t, err)
	}
	_, err := s.Close(ctx, 1000)
	must(t, err)
	limit := c.Now().Add(-track.Kept)
	begin := time.Now()
	dropped, err := s.Expire(ctx, limit)
	must(t, err)
	t.Logf("two months dropped in %v", time.Since(begin))
	if want := "chunk_2026_07 line_2026_07"; strings.Join(dropped, " ") != want {
		t.Errorf("dropped %v, want %s", dropped, want)
	}
	var first time.Time
	must(t, s.DB.QueryRow(ctx, "select min(first_at) from track.chunk").Scan(&first))
	if first.Before(limit.Truncate(24*time.Hour)) || first.After(limit.Add(24*time.Hour)) {
		t.Errorf("the oldest fix is of %v, the limit %v", first, limit)
	}
	// A fix of the dropped month makes the tables anew.
	_, err = s.Record(ctx, []track.Fix{fix(1, days[0].Add(time.Second), -75, 39)})
	must(t, err)
}

// The schema can be spread over machines by person: every unique key holds it and
// nothing points out of its table.
func TestTheSchemaCanBeSpreadByPerson(t *testing.T) {
	s, _, _, _ := service(t, 1)
	faults, err := s.Undistributable(t.Context())
	must(t, err)
	if len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
	for _, sql := range []string{
		"create unique index odd on track.line (day)", "alter table track.last add column boss bigint " +
			"references identity.person (id)",
	} {
		_, err := s.DB.Exec(t.Context(), sql)
		must(t, err)
	}
	if faults, err = s.Undistributable(t.Context()); err != nil || len(faults) != 2 {
		t.Errorf("found %q, %v", faults, err)
	}
}

// Who took their consent back while a replica heard nothing is gone from its live index
// when it reads everything again; who is located stays.
func TestReadingAgainForgetsWhoHasGone(t *testing.T) {
	s, _, _, _ := service(t, 1)
	ctx := t.Context()
	live := track.NewLive(s)
	for _, person := range []int64{1, 2} {
		must(t, s.Punch(ctx, track.Punch{Person: person, On: true}))
		_, err := s.Record(ctx, []track.Fix{fix(person, nine, -75.5, 39.1)})
		must(t, err)
	}
	must(t, live.Load(ctx))
	must(t, s.Decide(ctx, 1, track.ConsentVersion, false))
	if live.Len() != 2 {
		t.Fatalf("%d people before, want 2", live.Len())
	}
	must(t, live.Load(ctx))
	if _, there := live.Position(1); there || live.Len() != 1 {
		t.Error("somebody who took their consent back is still shown")
	}
}

// Who agreed again while a replica heard nothing moves there again once it has read
// everything.
func TestReadingAgainSeesWhoAgreedAgain(t *testing.T) {
	s, stream, _, _ := service(t, 1)
	ctx := t.Context()
	live := track.NewLive(s)
	live.Changed(track.Changed{Person: 1, Gone: true})
	must(t, s.Punch(ctx, track.Punch{Person: 1, On: true}))
	must(t, live.Load(ctx))
	stream.deliver = func(_ context.Context, m []byte) error { return live.Take(m) }
	_, err := s.Record(ctx, []track.Fix{fix(1, nine, -75.5, 39.1)})
	must(t, err)
	if at, there := live.Position(1); !there || !at.OnDuty {
		t.Errorf("not shown: %+v", at)
	}
}
