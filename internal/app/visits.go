package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/business/warnings"
	"beatplan/geo"
	"beatplan/geo/track"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
	"beatplan/routing"
)

// sites tells visits who and where customers are.
type sites struct{ crm *crm.Service }

// Sites returns the customers among ids within the scope.
func (s sites) Sites(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]visits.Site, error) {
	return customersAs(ctx, q, s.crm, sc, ids, siteOf)
}

func siteOf(c crm.Customer) visits.Site {
	return visits.Site{
		ID: c.ID, Name: c.Name, Address: c.Address, Region: c.District, Phone: c.Phone,
		Kind:  c.Kind,
		Level: string(c.Level), Owner: c.Owner, Point: c.Position,
		Service: time.Duration(c.ServiceMinutes) * time.Minute, Hours: hoursOf(c.Hours),
	}
}

func hoursOf(hours []crm.Hours) []visits.Hours {
	out := make([]visits.Hours, len(hours))
	for i, h := range hours {
		from, to := h.Minutes()
		out[i] = visits.Hours{Days: h.Days, From: from, To: to}
	}
	return out
}

// workers tells visits who works and when.
type workers struct{}

// Workers returns the people among ids; all salespeople when ids is nil.
func (workers) Workers(
	ctx context.Context, q db.Querier, ids []business.PersonID,
) ([]visits.Worker, error) {
	var wanted []int64
	for _, id := range ids {
		wanted = append(wanted, int64(id))
	}
	if ids != nil && wanted == nil {
		return nil, nil
	}
	cards, err := identity.Cards(ctx, q, wanted)
	if err != nil {
		return nil, err
	}
	var out []visits.Worker
	for _, id := range inOrder(cards) {
		c := cards[id]
		if ids == nil && c.Role != business.Salesperson {
			continue
		}
		out = append(out, visits.Worker{
			ID: c.ID, Name: c.Name, Active: c.Active,
			Salesperson: c.Role == business.Salesperson,
			Home:        c.Home, Office: c.Office, From: c.Shift.Start, To: c.Shift.End,
		})
	}
	return out, nil
}

// due tells visits whose visit is due; warnings alone knows.
type due struct{ warnings *warnings.Service }

// Due returns the person's due customers, the most urgent first.
func (d due) Due(
	ctx context.Context, q db.Querier, p business.PersonID, on business.Date, limit int,
) ([]visits.DueCustomer, error) {
	found, err := d.warnings.Due(ctx, q, p, on, limit)
	out := make([]visits.DueCustomer, len(found))
	for i, c := range found {
		out[i] = visits.DueCustomer(c)
	}
	return out, err
}

// effects applies visits to their customer.
type effects struct{ crm *crm.Service }

// VisitBecameValid counts the visit.
func (e effects) VisitBecameValid(ctx context.Context, tx db.Tx, v visits.ValidVisit) error {
	return e.crm.VisitBecameValid(ctx, tx, crm.ValidVisit{
		Visit: v.ID, Customer: v.Customer, Person: v.Person, At: v.At, Day: v.Date,
		Stage: v.Stage, Status: crm.Status(v.Status),
	})
}

// VisitTakenBack sets the customer's visit figures anew.
func (e effects) VisitTakenBack(
	ctx context.Context, tx db.Tx, c business.CustomerID, count int64, last *visits.ValidVisit,
) error {
	remains := crm.Visited{Count: count}
	if last != nil {
		remains.LastAt, remains.Day = &last.At, last.Date
		remains.Stage = last.Stage
		if !last.StageAt.IsZero() {
			remains.Found = &last.StageAt
		}
	}
	return e.crm.VisitsWere(ctx, tx, c, remains)
}

// FoundAt proposes the check-in's position for the customer.
func (e effects) FoundAt(
	ctx context.Context, tx db.Tx, v visits.Visit, p orb.Point, accuracy geo.Meters,
) error {
	return e.crm.ProposePin(ctx, tx, v.Customer, crm.Proposal{
		Position: p, AccuracyM: float64(accuracy), Visit: v.ID, By: v.Person, At: v.In.At,
	})
}

// roadPlanner times and optimises days on the imported roads.
type roadPlanner struct {
	planner *routing.Planner
	roads   *routing.Roads
}

// Evaluate times the tasks in the given order.
func (r roadPlanner) Evaluate(ctx context.Context, p visits.Problem) (visits.Plan, error) {
	plan, err := r.planner.Evaluate(ctx, dayOf(p), nil)
	return planOf(plan), noRoads(err)
}

// Optimise returns the best order found.
func (r roadPlanner) Optimise(ctx context.Context, p visits.Problem) (visits.Plan, error) {
	plan, err := r.planner.Optimise(ctx, dayOf(p))
	return planOf(plan), noRoads(err)
}

// Roads names the regions that are open.
func (r roadPlanner) Roads() string { return r.roads.Stamp() }

// Line is the way on the road through the points.
func (r roadPlanner) Line(ctx context.Context, points []orb.Point) (orb.LineString, error) {
	route, err := r.roads.Route(ctx, points)
	if err != nil {
		return nil, noRoads(err)
	}
	var line orb.LineString
	for _, leg := range route.Legs {
		if n := len(line); n > 0 && len(leg.Line) > 0 && line[n-1] == leg.Line[0] {
			line = line[:n-1]
		}
		line = append(line, leg.Line...)
	}
	return line, nil
}

// noRoads says in the words of visits that no road leads where the day goes.
func noRoads(err error) error {
	for _, none := range []error{
		routing.ErrNoRegion, routing.ErrNoRoadNear, routing.ErrUnreachable,
	} {
		if errors.Is(err, none) {
			return visits.ErrNoRoads.Because(err)
		}
	}
	return err
}

func dayOf(p visits.Problem) routing.DayProblem {
	d := routing.DayProblem{
		Start: p.Start, End: p.End, Shift: routing.Window(p.Shift), Locked: p.Driven,
	}
	for _, t := range p.Tasks {
		stop := routing.Stop{
			ID: t.ID, Point: t.Point, Service: t.Service,
			Optional: t.Optional, Prize: t.Prize, Position: t.Position,
		}
		for _, w := range t.Windows {
			stop.Windows = append(stop.Windows, routing.Window(w))
		}
		d.Stops = append(d.Stops, stop)
	}
	return d
}

func planOf(p routing.DayPlan) visits.Plan {
	out := visits.Plan{
		Return: visits.Leg(p.Return),
		Totals: visits.Totals{
			Drive: p.Drive, Service: p.Service, Wait: p.Wait, Distance: p.Distance,
			Start: p.Start, End: p.End, Stops: len(p.Stops), Feasible: p.Feasible,
		},
	}
	for _, s := range p.Stops {
		out.Stops = append(out.Stops, visits.Timed{
			ID: s.ID, Arrive: s.Arrive, Begin: s.Begin, Depart: s.Depart,
			Wait: s.Wait, Leg: visits.Leg(s.Leg),
		})
	}
	for _, v := range p.Violations {
		out.Violations = append(out.Violations, visits.Violation{Task: v.Stop, Code: v.Code, By: v.By})
	}
	for _, u := range p.Unserved {
		out.Unserved = append(out.Unserved, visits.Unserved{Task: u.ID, Reasons: u.Reasons})
	}
	return out
}

// openPhotos completes visits with where photos are kept and where people were.
func (a *App) openPhotos() error {
	dir := filepath.Join(a.Config.Data, "photos")
	arrived, err := blob.Open(filepath.Join(dir, "arrived"))
	if err != nil {
		return err
	}
	kept, err := blob.Open(filepath.Join(dir, "kept"))
	if err != nil {
		return err
	}
	letters, err := blob.LoadLetters()
	if err != nil {
		return err
	}
	a.Visits.Darkroom = visits.Darkroom{Arrived: arrived, Kept: kept, Letters: letters}
	a.Visits.Tracks, a.Visits.Roads = traces{a.Track}, traces{a.Track}
	events.ListenAside(a.Bus, "visits.draw_photo",
		func(ctx context.Context, f visits.PhotoCame) error {
			a.calm(ctx)
			return a.Visits.DrawPhoto(ctx, f.Photo)
		})
	events.EveryAside(a.Bus, "visits.redraw", time.Hour, func(ctx context.Context) error {
		_, err := a.Visits.Redraw(ctx)
		return err
	})
	return nil
}

const (
	calmPatience = 2 * time.Second
	calmLook     = 50 * time.Millisecond
)

// calm waits until requests leave half of the database's connections free, but not for
// long: under lasting load work that has time becomes slow and does not stop.
func (a *App) calm(ctx context.Context) {
	for waited := time.Duration(0); waited < calmPatience; waited += calmLook {
		s := a.DB.Stat()
		if 2*s.AcquiredConns() < s.MaxConns() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(calmLook):
		}
	}
}

// traces tells visits where people were.
type traces struct{ track *track.Service }

// Traces returns the person's fixes from one instant to another.
func (t traces) Traces(
	ctx context.Context, p business.PersonID, from, to time.Time,
) ([]visits.Trace, error) {
	by := track.Reader{Person: int64(p), Scope: scope.Everything()} // nobody else looks
	found, err := t.track.Track(ctx, by, int64(p), from, to)
	if err != nil {
		return nil, err
	}
	out := make([]visits.Trace, len(found.Fixes))
	for i, f := range found.Fixes {
		out[i] = visits.Trace{At: f.At, Point: f.Position, Source: f.Source}
		if f.AccuracyM != nil {
			out[i].Accuracy = geo.Meters(*f.AccuracyM)
		}
	}
	return out, nil
}

// OnRoad sums up the trips of everybody within the scope.
func (t traces) OnRoad(
	ctx context.Context, sc scope.Scope, from, to time.Time,
) ([]visits.Road, bool, error) {
	found, whole, err := t.track.Roads(ctx, sc, from, to)
	out := make([]visits.Road, len(found))
	for i, r := range found {
		out[i] = visits.Road{
			Person: business.PersonID(r.Person), Moving: r.Moving, Silent: r.Silent, Length: r.Length,
		}
	}
	return out, whole, err
}
