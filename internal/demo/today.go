package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/visits"
	"beatplan/geo/track"
	"beatplan/internal/clock"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Some days are left as a manager finds them: badly ordered, or not published.
const (
	poorOrder   = 1 // published, in the order of the alphabet
	poorDraft   = 8 // planned in the order of the alphabet, not published
	stopsOfADay = 9
	fixEvery    = time.Minute
	daysAhead   = 5 // that somebody has begun to plan
	hurried     = 3 // each third has just left a customer, so that somebody drives
)

// today plans the day for everybody, makes this morning's visits, and puts
// everybody on duty where the plan says they are now.
func (h House) today(ctx context.Context, people []worker) error {
	now := h.Clock.Now()
	today := business.DateOf(now, h.Zone)
	for n, w := range people {
		if err := h.planDay(ctx, n, w, today); err != nil {
			return fmt.Errorf("plan of %s: %w", w.Login, err)
		}
		if err := h.morning(ctx, w, today); err != nil {
			return fmt.Errorf("morning of %s: %w", w.Login, err)
		}
		h.Progress("today", float64(n+1)/float64(len(people)))
	}
	for ahead := 1; ahead <= daysAhead; ahead++ {
		if err := h.planAhead(ctx, people, today, ahead); err != nil {
			return fmt.Errorf("plans in %d days: %w", ahead, err)
		}
		h.Progress("the days ahead", float64(ahead)/daysAhead)
	}
	return nil
}

// planAhead plans a later day for some, the fewer the later: tomorrow for most,
// and published for a third.
func (h House) planAhead(ctx context.Context, people []worker, today business.Date, ahead int) error {
	day := today.Add(ahead)
	boss := people[0].planner()
	boss.Scope = scope.Everything()
	rows, err := h.Visits.Days(ctx, boss, day)
	if err != nil {
		return err
	}
	none := map[business.PersonID]bool{}
	for _, r := range rows {
		none[r.Worker.ID] = r.Day.Status == visits.None
	}
	for n, w := range people {
		begun := ahead == 1 && n%4 != 3 || ahead == 2 && n%2 == 0 || ahead > 2 && n%4 == ahead%4
		if !begun || !none[w.ID] {
			continue
		}
		if err := h.fill(ctx, w, day, h.Clock); err != nil {
			return fmt.Errorf("%s: %w", w.Login, err)
		}
		at := visits.PersonDay{Person: w.ID, Date: day}
		if ahead > 1 || n%3 != 0 {
			continue
		}
		_, err := h.Visits.Publish(ctx, w.planner(), dayKey("publish", w, day), at, -1)
		if err != nil && !errors.Is(err, visits.ErrEmptyDay) {
			return fmt.Errorf("%s: %w", w.Login, err)
		}
	}
	return nil
}

// planner is the caller who plans for a salesperson: as themselves, at a desk.
func (w worker) planner() visits.Caller {
	c := w.caller()
	c.Actor.Role, c.Phone = business.Manager, false
	return c
}

func (h House) planDay(ctx context.Context, n int, w worker, day business.Date) error {
	at := visits.PersonDay{Person: w.ID, Date: day}
	early := clock.NewManual(day.At(h.Zone, 7*60+30))
	if early.Now().After(h.Clock.Now()) {
		early.Set(h.Clock.Now())
	}
	have, err := h.Visits.Day(ctx, w.planner(), at)
	if err != nil || have.Status != visits.None {
		return err
	}
	service := h.Visits.At(early)
	if n == poorOrder || n == poorDraft {
		_, err = service.Plan(ctx, w.planner(), dayKey("plan", w, day), at, alphabetical(w, day))
	} else {
		err = h.fill(ctx, w, day, early)
	}
	if err != nil || n == poorDraft {
		return err
	}
	planned, err := service.Day(ctx, w.planner(), at)
	if err != nil || len(planned.Stops) == 0 {
		return err
	}
	_, err = service.Publish(ctx, w.planner(), dayKey("publish", w, day), at, -1)
	return err
}

func (h House) fill(ctx context.Context, w worker, day business.Date, c clock.Clock) error {
	at := visits.PersonDay{Person: w.ID, Date: day}
	_, err := h.Visits.At(c).Fill(ctx, w.planner(), dayKey("fill", w, day), at)
	return err
}

// alphabetical is how a day looks when nobody thought about the way: the
// customers that are most behind, by name.
func alphabetical(w worker, day business.Date) []business.CustomerID {
	p := newPast(w, day.Add(-pastDays))
	rng := rand.New(rand.NewPCG(uint64(w.Color), 5))
	due := slices.DeleteFunc(slices.Clone(w.customers), func(c crm.Customer) bool {
		return c.Position == nil
	})
	rng.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	slices.SortStableFunc(due, func(a, b crm.Customer) int {
		return int(100*p.behind(b, day)) - int(100*p.behind(a, day))
	})
	due = due[:min(stopsOfADay, len(due))]
	slices.SortFunc(due, func(a, b crm.Customer) int { return strings.Compare(a.Name, b.Name) })
	var ids []business.CustomerID
	for _, c := range due {
		ids = append(ids, c.ID)
	}
	return ids
}

func dayKey(what string, w worker, day business.Date) idem.Key {
	return key(what, fmt.Sprintf("%s-%v", w.Login, day))
}

// morning makes the visits that the published plan puts before now, and records
// duty and fixes up to now.
func (h House) morning(ctx context.Context, w worker, day business.Date) error {
	now := h.Clock.Now()
	begin := day.At(h.Zone, shiftStart)
	if now.Before(begin) || now.After(day.At(h.Zone, shiftEnd)) {
		return nil
	}
	punch := track.Punch{Person: int64(w.ID), On: true, At: begin, Position: w.Home}
	if err := h.Track.Punch(ctx, punch); err != nil {
		return err
	}
	// As the day looked when it began: the plan of a day underway holds no past.
	dawn := h.Visits.At(clock.NewManual(begin))
	e, err := dawn.Day(ctx, w.caller(), visits.PersonDay{Person: w.ID, Date: day})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(e.Items, func(it visits.Item) bool { return it.Driven() }) {
		return h.trace(ctx, w, begin, now) // an earlier run made this morning
	}
	rng := rand.New(rand.NewPCG(uint64(w.Color), uint64(begin.Unix())))
	byID := map[business.CustomerID]crm.Customer{}
	for _, c := range w.customers {
		byID[c.ID] = c
	}
	for _, it := range e.Items {
		c, mine := byID[it.Customer]
		if it.State != visits.Planned || it.Timed == nil || !mine || it.Timed.Begin.After(now) {
			continue
		}
		at := call{day: day, in: it.Timed.Begin, out: it.Timed.Depart, rng: rng}
		if w.Color%hurried == 1 && at.out.After(now) && now.Sub(at.in) > fixEvery {
			at.out = now
		}
		at.open = at.out.After(now)
		if err := h.visit(ctx, w, c, at); err != nil {
			return err
		}
	}
	return h.trace(ctx, w, begin, now)
}

// trace records where the person was between two instants, a fix a minute.
func (h House) trace(ctx context.Context, w worker, from, to time.Time) error {
	d, err := h.route(ctx, w, business.DateOf(from, h.Zone))
	if err != nil {
		return err
	}
	return h.record(ctx, w, d, from, to)
}

// record sends the fixes of a drive, in batches.
func (h House) record(ctx context.Context, w worker, d drive, from, to time.Time) error {
	var fixes []track.Fix
	for at := from; !at.After(to); at = at.Add(fixEvery) {
		if m, begun := d.at(at); begun {
			fixes = append(fixes, fixOf(int64(w.ID), at, m))
		}
	}
	if m, begun := d.at(to); begun && len(fixes) > 0 {
		fixes = append(fixes, fixOf(int64(w.ID), to, m))
	}
	for batch := range slices.Chunk(fixes, track.MaxBatch) {
		if _, err := h.Track.Record(ctx, batch); err != nil {
			return fmt.Errorf("fixes: %w", err)
		}
	}
	return nil
}

func fixOf(person int64, at time.Time, m motion) track.Fix {
	accuracy, speed, course := float32(6), float32(m.SpeedKmh), float32(m.Course)
	return track.Fix{Person: person, At: at, Position: m.Point, AccuracyM: &accuracy,
		SpeedKmh: &speed, CourseDeg: &course, Source: "demo"}
}

// route is the person's published day as motion over real roads.
func (h House) route(ctx context.Context, w worker, day business.Date) (drive, error) {
	e, err := h.Visits.Day(ctx, w.caller(), visits.PersonDay{Person: w.ID, Date: day})
	if err != nil {
		return nil, err
	}
	return h.drive(ctx, w, e), nil
}

// drive turns a timed day into motion: at home until it is time to leave, and at
// each customer for the visit.
func (h House) drive(ctx context.Context, w worker, e visits.Evaluated) drive {
	var d drive
	here, begin := *w.Home, e.Date.At(h.Zone, shiftStart)
	d.add(begin, begin, orb.LineString{here})
	for _, it := range e.Items {
		if it.Timed == nil || it.Site.Point == nil {
			continue
		}
		to := *it.Site.Point
		way, ok := h.way(ctx, here, to)
		here = to
		if !ok {
			continue // the person is next seen at the customer
		}
		d.add(it.Timed.Arrive.Add(-it.Timed.Leg.Duration), it.Timed.Arrive, way.Line)
	}
	if len(e.Items) == 0 {
		return d
	}
	last := e.Items[len(e.Items)-1].Timed
	if way, ok := h.way(ctx, here, *w.Home); ok && last != nil {
		d.add(last.Depart, last.Depart.Add(way.Duration), way.Line)
	}
	return d
}
