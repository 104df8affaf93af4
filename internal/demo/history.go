package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/visits"
	"beatplan/geo/geodesic"
	"beatplan/internal/clock"
	"beatplan/routing"
)

// How the invented past went: a person leaves in the morning, calls on the
// customers that are most behind, and drives at this pace between them.
const (
	leavesAt   = 8*60 + 40 // minutes after midnight
	homeBy     = 17 * 60
	paceMps    = 12.0 // through the air
	writers    = 4    // people whose past is written at the same time
	jitterDeg  = 0.00015
	perDayLow  = 3
	perDayMore = 3
)

// history writes the visits of the days since each person's last one, up to
// yesterday, with the clock of the day on which each happened.
func (h House) history(ctx context.Context, people []worker) error {
	today := business.DateOf(h.Clock.Now(), h.Zone)
	first := make([]business.Date, len(people))
	days, done := 0, 0
	for i, w := range people {
		since, err := h.lastDay(ctx, w, today)
		if err != nil {
			return err
		}
		first[i] = since
		days += max(0, today.Sub(since))
	}
	if days == 0 {
		return nil
	}
	wrote := make(chan struct{})
	go func() {
		for range wrote {
			done++
			h.Progress("visits of the past", float64(done)/float64(days))
		}
	}()
	defer close(wrote)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i, w := range people {
		group.Go(func() error {
			p := newPast(w, first[i])
			for day := first[i]; day.Before(today); day = day.Add(1) {
				if err := h.pastDay(ctx, p, day); err != nil {
					return fmt.Errorf("%s on %v: %w", w.Login, day, err)
				}
				wrote <- struct{}{}
			}
			return nil
		})
	}
	return group.Wait()
}

// lastDay is where the person's history goes on: the day after the last visit, or
// the beginning. A visit that was interrupted between check-in and check-out is
// taken back; the rest of that day stays as the interruption left it.
func (h House) lastDay(
	ctx context.Context, w worker, today business.Date,
) (business.Date, error) {
	open, err := h.Visits.OpenVisit(ctx, w.caller())
	if err != nil {
		return today, fmt.Errorf("open visit of %s: %w", w.Login, err)
	}
	if open != nil && open.Date.Before(today) {
		at := h.Visits.At(clock.NewManual(open.In.At)).Quietly()
		if _, err := at.Cancel(ctx, w.caller(), key("cancel", fmt.Sprint(open.ID)), open.ID); err != nil {
			return today, fmt.Errorf("interrupted visit of %s: %w", w.Login, err)
		}
	}
	rows, _, err := h.Visits.Visits(ctx, w.caller(), visits.Filter{
		Person: w.ID, To: today.Add(-1), Limit: 1,
	})
	if err != nil {
		return today, fmt.Errorf("last visit of %s: %w", w.Login, err)
	}
	if len(rows) == 0 {
		return h.started(h.Clock.Now()), nil
	}
	return rows[0].Date.Add(1), nil
}

// past is what the generator remembers of one person: when each customer was
// last visited.
type past struct {
	worker
	last map[business.CustomerID]business.Date
}

func newPast(w worker, first business.Date) *past {
	p := &past{worker: w, last: map[business.CustomerID]business.Date{}}
	rng := rand.New(rand.NewPCG(uint64(w.Color), 11))
	for _, c := range w.customers {
		p.last[c.ID] = c.LastVisitDay
		if c.LastVisitDay.IsZero() {
			p.last[c.ID] = first.Add(-rng.IntN(max(1, c.VisitEveryDays)))
		}
	}
	return p
}

// pastDay writes one day of visits. Every call has a key made of person, day and
// customer, so that a day that was interrupted is completed, not repeated.
func (h House) pastDay(ctx context.Context, p *past, day business.Date) error {
	rng := rand.New(rand.NewPCG(uint64(p.Color), uint64(day.Sub(business.NewDate(2000, 1, 1)))))
	at := day.At(h.Zone, leavesAt+rng.IntN(25))
	end := day.At(h.Zone, homeBy)
	here := *p.Home
	var made []call
	for _, c := range p.round(day, here, rng) {
		air := float64(geodesic.Distance(here, *c.Position))
		at = at.Add(time.Duration(air/paceMps)*time.Second + time.Duration(2+rng.IntN(6))*time.Minute)
		leave := at.Add(time.Duration(c.ServiceMinutes-4+rng.IntN(9)) * time.Minute)
		if leave.After(end) {
			break
		}
		this := call{day: day, in: at, out: leave, rng: rng, where: *c.Position}
		if err := h.visit(ctx, p.worker, c, this); err != nil {
			return err
		}
		made = append(made, this)
		p.last[c.ID], here, at = day, *c.Position, leave
	}
	return h.pastTrack(ctx, p.worker, day, made)
}

// tracedDays is for how many days back the demo has tracks.
const tracedDays = 14

// pastTrack records the day's duty and a fix a minute along real roads between
// the visits that were made, through the service that trackers use.
func (h House) pastTrack(ctx context.Context, w worker, day business.Date, made []call) error {
	if business.DateOf(h.Clock.Now(), h.Zone).Sub(day) > tracedDays || len(made) == 0 {
		return nil
	}
	on, off := day.At(h.Zone, shiftStart), day.At(h.Zone, shiftEnd)
	if err := h.Track.AddDuty(ctx, int64(w.ID), on, off); err != nil {
		return err
	}
	var d drive
	here, free := *w.Home, on
	d.add(on, on, orb.LineString{here})
	for _, c := range made {
		if way, ok := h.way(ctx, here, c.where); ok {
			leave := c.in.Add(-way.Duration)
			if leave.Before(free) {
				leave = free
			}
			d.add(leave, c.in, way.Line)
		}
		here, free = c.where, c.out
	}
	if way, ok := h.way(ctx, here, *w.Home); ok {
		d.add(free, free.Add(way.Duration), way.Line)
	}
	return h.record(ctx, w, d, on, off)
}

// way is the road from one place to another; false when there is none.
func (h House) way(ctx context.Context, from, to orb.Point) (routing.Leg, bool) {
	r, err := h.Roads.Route(ctx, []orb.Point{from, to})
	if err != nil || len(r.Legs) == 0 {
		return routing.Leg{}, false
	}
	return r.Legs[0], true
}

// round picks the day's customers: those most behind their interval, then in the
// order of the nearest next.
func (p *past) round(day business.Date, from orb.Point, rng *rand.Rand) []crm.Customer {
	due := slices.Clone(p.customers)
	due = slices.DeleteFunc(due, func(c crm.Customer) bool {
		return c.Position == nil || c.VisitEveryDays == 0 || p.behind(c, day) < 0.8
	})
	slices.SortStableFunc(due, func(a, b crm.Customer) int {
		switch d := p.behind(b, day) - p.behind(a, day); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	n := perDayLow + rng.IntN(perDayMore)
	due = due[:min(n, len(due))]
	var order []crm.Customer
	for here := from; len(due) > 0; {
		next := 0
		for i, c := range due {
			if geodesic.Haversine(here, *c.Position) < geodesic.Haversine(here, *due[next].Position) {
				next = i
			}
		}
		order, here = append(order, due[next]), *due[next].Position
		due = slices.Delete(due, next, next+1)
	}
	return order
}

// behind is the time since the last visit in intervals: 1 is due today.
func (p *past) behind(c crm.Customer, day business.Date) float64 {
	return float64(day.Sub(p.last[c.ID])) / float64(c.VisitEveryDays)
}

// call is one visit to be written.
type call struct {
	day     business.Date
	in, out time.Time
	rng     *rand.Rand
	where   orb.Point // for the track; the visit itself goes by its customer
	open    bool      // still there: no check-out
}

// visit checks in and out as the phone would, at the times of the call.
func (h House) visit(ctx context.Context, w worker, c crm.Customer, at call) error {
	hand := clock.NewManual(at.in)
	service := h.Visits.At(hand)
	if at.day.Before(business.DateOf(h.Clock.Now(), h.Zone)) {
		service = service.Quietly()
	}
	name := fmt.Sprintf("%s-%v-%d", w.Login, at.day, c.ID)
	in := visits.CheckIn{Customer: c.ID, Fix: near(*c.Position, at.in, at.rng)}
	v, err := service.CheckIn(ctx, w.caller(), key("in", name), in)
	if err != nil {
		return fmt.Errorf("check in at %s: %w", c.Name, err)
	}
	if at.open {
		return nil
	}
	hand.Set(at.out)
	fix := near(*c.Position, at.out, at.rng)
	_, err = service.CheckOut(ctx, w.caller(), key("out", name), visits.CheckOut{
		Visit: v.ID, Fix: &fix, Notes: visits.Notes{Text: remark(at.rng)},
	})
	// The company's own housekeeping may abandon a visit of a past day between the
	// two calls, as it would have in the night after.
	if err != nil && !errors.Is(err, visits.ErrNotOpen) {
		return fmt.Errorf("check out at %s: %w", c.Name, err)
	}
	return nil
}

// near is a fix of a phone at the door.
func near(p orb.Point, at time.Time, rng *rand.Rand) visits.Fix {
	q := orb.Point{p[0] + (rng.Float64()-0.5)*jitterDeg, p[1] + (rng.Float64()-0.5)*jitterDeg}
	return visits.Fix{Point: q, Accuracy: 5, At: at, SentAt: at}
}

func remark(rng *rand.Rand) string {
	all := []string{"", "", "", "陈列整齐", "缺货两个品项", "约好下周订货", "New shelf space agreed",
		"Asked for the winter price list", "Owner away, spoke to the assistant"}
	return all[rng.IntN(len(all))]
}
