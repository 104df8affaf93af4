package visits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

const (
	fillCandidates = 60  // due customers that a day is filled from
	dueLooked      = 200 // due customers that a day's stops are compared with
)

// Day returns a person's day with its times on the road and the best order that
// was found for the same stops. The phone gets the published order, a desk the
// draft. It fails with ErrNoDay.
func (s *Service) Day(ctx context.Context, c Caller, at PersonDay) (Evaluated, error) {
	w, err := s.worker(ctx, s.DB, c, at.Person)
	if err != nil {
		return Evaluated{}, err
	}
	l := draftLayer
	if c.Phone {
		l = publishedLayer
	}
	d, err := readDay(ctx, s.DB, at.Person, at.Date, l)
	if err != nil {
		return Evaluated{}, err
	}
	if c.Phone {
		if d.PublishedVersion == 0 {
			d.Status = min(d.Status, None)
			d.Stops = nil
		}
		d.Version = d.PublishedVersion
	}
	roads := s.Planner.Roads()
	e, _, err := s.timed(ctx, d, w)
	if err != nil {
		return Evaluated{}, err
	}
	if !c.Phone {
		s.rememberTotals(ctx, e, roads)
	}
	e, err = s.withBest(ctx, e)
	if err != nil {
		return Evaluated{}, err
	}
	return s.withLine(ctx, e)
}

// Evaluate times an order that is not saved. It fails as Save does, but for
// ErrChanged.
func (s *Service) Evaluate(
	ctx context.Context, c Caller, at PersonDay, e Edit,
) (Evaluated, error) {
	d, w, err := s.wished(ctx, c, at, e)
	if err != nil {
		return Evaluated{}, err
	}
	timed, _, err := s.timed(ctx, d, w)
	if err != nil {
		return Evaluated{}, err
	}
	return s.withLine(ctx, timed)
}

// Optimise proposes the best order of the wished stops; locked ones keep their
// place, optional ones may be left out. Nothing is saved. It fails as Evaluate.
func (s *Service) Optimise(
	ctx context.Context, c Caller, at PersonDay, e Edit,
) (Proposal, error) {
	d, w, err := s.wished(ctx, c, at, e)
	if err != nil {
		return Proposal{}, err
	}
	current, due, err := s.timed(ctx, d, w)
	if err != nil {
		return Proposal{}, err
	}
	return s.proposal(ctx, current, due, true)
}

// proposal sets the best order beside a timed day. free lets optional stops be left
// out.
func (s *Service) proposal(
	ctx context.Context, current Evaluated, due map[business.CustomerID]DueCustomer, free bool,
) (Proposal, error) {
	best, left, err := s.improve(ctx, current, due, free)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{
		Current: current, Best: best, Saving: saving(current.Totals, best.Totals),
		Unserved: left,
	}
	if p.Current, err = s.withLine(ctx, p.Current); err != nil {
		return Proposal{}, err
	}
	p.Best, err = s.withLine(ctx, p.Best)
	return p, err
}

// Fill puts due customers of the person on the draft, as many as the day can
// hold beside what is planned, and orders all of it. Customers that stand on another
// day from today on are left to it. Which ones, the optimiser weighs: what a
// customer is worth grows with the days it is overdue. It fails as Save does. With
// nothing due, the draft stays as it is.
func (s *Service) Fill(
	ctx context.Context, c Caller, key idem.Key, at PersonDay,
) (Day, error) {
	w, err := s.planned(ctx, s.DB, c, at.Person, at.Date)
	if err != nil {
		return Day{}, err
	}
	d, err := readDay(ctx, s.DB, at.Person, at.Date, draftLayer)
	if err != nil {
		return Day{}, err
	}
	e, sources, err := s.filled(ctx, c, d, w)
	if err != nil {
		return Day{}, err
	}
	type request struct {
		Command string
		At      PersonDay
	}
	return once(ctx, s, c, key, request{"fill", at}, func(tx db.Tx) (Day, error) {
		if len(sources) == 0 {
			return d, nil
		}
		return s.save(ctx, tx, c, at, saving1{
			version: &d.Version, edit: e, change: "filled", sources: sources,
		})
	})
}

// filled decides what Fill writes.
func (s *Service) filled(
	ctx context.Context, c Caller, d Day, w Worker,
) (Edit, map[business.CustomerID]Source, error) {
	list, err := s.Due.Due(ctx, s.DB, d.Person, d.Date, dueLooked)
	if err != nil {
		return Edit{}, nil, fmt.Errorf("due customers: %w", err)
	}
	taken, err := s.plannedElsewhere(ctx, d, list)
	if err != nil {
		return Edit{}, nil, err
	}
	taken = append(taken, customersOf(d.Stops)...)
	sources := map[business.CustomerID]Source{}
	wish := d
	wish.Stops = slices.Clone(d.Stops)
	for _, due := range list {
		full := len(sources) >= fillCandidates || len(wish.Stops) >= MaxStops
		if full || slices.Contains(taken, due.Customer) {
			continue
		}
		sources[due.Customer] = ByDue
		wish.Stops = append(wish.Stops, Stop{
			Customer: due.Customer, Optional: true, Source: ByDue, State: Planned,
		})
	}
	if len(sources) == 0 {
		return Edit{}, nil, nil
	}
	current, due, err := s.timed(ctx, wish, w)
	if err != nil {
		return Edit{}, nil, err
	}
	// A due customer that is closed that day, or not on the map, is not filled in.
	current.Items = slices.DeleteFunc(current.Items, func(it Item) bool {
		return it.ID == 0 && (len(it.Windows) == 0 && len(it.Site.Hours) > 0 ||
			it.Site.Point == nil)
	})
	best, _, err := s.improve(ctx, current, due, true)
	if err != nil {
		return Edit{}, nil, err
	}
	e := Edit{Stops: wantedOf(best.Items)}
	return e, sources, nil
}

// plannedElsewhere returns those of the due customers that somebody is going to
// call on anyway, on another day from today on.
func (s *Service) plannedElsewhere(
	ctx context.Context, d Day, due []DueCustomer,
) ([]business.CustomerID, error) {
	ids := make([]business.CustomerID, len(due))
	for i, c := range due {
		ids[i] = c.Customer
	}
	rows, err := s.DB.Query(ctx, sqlPlannedElsewhere, pgx.NamedArgs{
		"customers": ids, "today": s.Today(), "person": d.Person, "day": d.Date,
	})
	if err != nil {
		return nil, fmt.Errorf("customers planned elsewhere: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
}

func wantedOf(items []Item) []Wanted {
	out := make([]Wanted, len(items))
	for i, it := range items {
		out[i] = Wanted{
			Customer: it.Customer, Stop: it.ID, Locked: it.Locked, Optional: it.Optional,
		}
	}
	return out
}

// wished returns the day as an edit would make it.
func (s *Service) wished(
	ctx context.Context, c Caller, at PersonDay, e Edit,
) (Day, Worker, error) {
	w, err := s.worker(ctx, s.DB, c, at.Person)
	if err != nil {
		return Day{}, Worker{}, err
	}
	if err := checkAnchors(e); err != nil {
		return Day{}, Worker{}, err
	}
	d, err := readDay(ctx, s.DB, at.Person, at.Date, draftLayer)
	if err != nil {
		return Day{}, Worker{}, err
	}
	to, err := arrange(d.Stops, e.Stops)
	if err != nil {
		return Day{}, Worker{}, err
	}
	have := make(map[int64]Stop, len(d.Stops))
	for _, stop := range d.Stops {
		have[stop.ID] = stop
	}
	d.Start, d.End = anchorOr(e.Start, d.Start), anchorOr(e.End, d.End)
	d.Stops = make([]Stop, 0, len(to))
	var fresh []business.CustomerID
	for _, p := range to {
		stop, ok := have[p.Stop]
		if !ok {
			fresh = append(fresh, p.Customer)
			stop = Stop{Customer: p.Customer, Source: ByPlan, State: Planned}
		}
		stop.Locked, stop.Optional = p.Locked, p.Optional
		d.Stops = append(d.Stops, stop)
	}
	_, err = s.mustSee(ctx, s.DB, c.Scope, fresh)
	return d, w, err
}

// timed evaluates a day in its order. When the roads cannot answer, the day comes
// back without times rather than not at all.
func (s *Service) timed(
	ctx context.Context, d Day, w Worker,
) (Evaluated, map[business.CustomerID]DueCustomer, error) {
	e := Evaluated{
		Day: d, Worker: w, Now: s.startNow(d.Date), Shift: shiftOf(w, d.Date, s.Zone),
	}
	sites, err := s.sites(ctx, s.DB, scope.Everything(), customersOf(d.Stops))
	if err != nil {
		return Evaluated{}, nil, err
	}
	list, err := s.Due.Due(ctx, s.DB, d.Person, d.Date, dueLooked)
	if err != nil {
		return Evaluated{}, nil, fmt.Errorf("due customers: %w", err)
	}
	due := make(map[business.CustomerID]DueCustomer, len(list))
	for _, l := range list {
		due[l.Customer] = l
	}
	for _, stop := range d.Stops {
		e.Items = append(e.Items, s.item(stop, d.Date, sites, due))
	}
	stays, err := s.stays(ctx, e.Items)
	if err != nil {
		return Evaluated{}, nil, err
	}
	for i := range e.Items {
		if stay, ok := stays[e.Items[i].ID]; ok && e.Items[i].Driven() {
			e.Items[i].Stay = &stay
		}
	}
	plan, err := s.underway(ctx, problemOf(&e, due, false), s.Planner.Evaluate)
	if err != nil {
		if ctx.Err() != nil {
			return Evaluated{}, nil, err
		}
		return e, due, ignoreRoads(err)
	}
	e, _ = apply(e, plan)
	return e, due, nil
}

func (s *Service) item(
	stop Stop, d business.Date, sites map[business.CustomerID]Site,
	due map[business.CustomerID]DueCustomer,
) Item {
	it := Item{Stop: stop, Site: sites[stop.Customer]}
	if stop.Customer == 0 {
		it.Site = Site{Name: stop.Title, Point: stop.Point, Service: pointService}
		stop.Need.apply(&it, d, s.Zone)
		return it
	}
	if l, ok := due[stop.Customer]; ok {
		it.Overdue = &l.Overdue
	}
	var open bool
	it.Windows, open = windowsOn(it.Site.Hours, d, s.Zone)
	open = stop.Need.apply(&it, d, s.Zone) || open
	if stop.Driven() || stop.State == Skipped {
		return it
	}
	if !open {
		it.Violations = append(it.Violations, Violation{Code: closedThatDay})
	}
	if it.Site.Point == nil {
		it.Violations = append(it.Violations, Violation{Code: noPosition})
	}
	return it
}

// improve optimises an evaluated day. free lets optional stops be left out.
func (s *Service) improve(
	ctx context.Context, e Evaluated, due map[business.CustomerID]DueCustomer, free bool,
) (Evaluated, []Unserved, error) {
	p := problemOf(&e, due, free)
	if len(p.Tasks) == 0 {
		return e, nil, nil
	}
	key, err := keyOf(p, s.Planner.Roads())
	if err != nil {
		return Evaluated{}, nil, err
	}
	best, ok := s.plans.get(key)
	if !ok {
		today, err := s.underway(ctx, p, s.Planner.Evaluate)
		if err != nil {
			return Evaluated{}, nil, err
		}
		if best, err = s.underway(ctx, p, s.Planner.Optimise); err != nil {
			return Evaluated{}, nil, err
		}
		best = noWorse(today, best)
		s.plans.put(key, best)
	}
	e.Items = slices.Clone(e.Items)
	for i := range e.Items {
		e.Items[i].Timed = nil
		e.Items[i].Violations = lasting(e.Items[i].Violations)
	}
	out, left := apply(e, best)
	return out, left, nil
}

// ignoreRoads takes it that no road network covers the day: it is shown without
// times.
func ignoreRoads(err error) error {
	if errors.Is(err, ErrNoRoads) {
		return nil
	}
	return err
}

// lasting keeps the violations that are the stop's, whatever the order.
func lasting(vs []Violation) []Violation {
	return slices.DeleteFunc(slices.Clone(vs), func(v Violation) bool {
		return v.Code != closedThatDay && v.Code != noPosition
	})
}

// withBest adds the best order of the same stops.
func (s *Service) withBest(ctx context.Context, e Evaluated) (Evaluated, error) {
	if !e.Planned || e.Totals.Stops == 0 {
		return e, nil
	}
	best, left, err := s.improve(ctx, e, nil, false)
	if err != nil {
		if ctx.Err() != nil {
			return e, err
		}
		return e, ignoreRoads(err)
	}
	e.Best = &Best{
		Totals: best.Totals, Order: wantedOf(best.Items), Unserved: left,
		Saving: saving(e.Totals, best.Totals),
	}
	return e, nil
}

// withLine adds the way on the road.
func (s *Service) withLine(ctx context.Context, e Evaluated) (Evaluated, error) {
	if !e.Planned {
		return e, nil
	}
	var points []orb.Point
	if p := anchorPoint(e.Start, e.Worker); p != nil {
		points = append(points, *p)
	}
	for _, it := range e.Items {
		if it.Timed != nil {
			points = append(points, *it.Site.Point)
		}
	}
	if p := anchorPoint(e.End, e.Worker); p != nil {
		points = append(points, *p)
	}
	if e.Totals.Stops == 0 || len(points) < 2 {
		return e, nil
	}
	line, err := s.Planner.Line(ctx, points)
	if err != nil {
		if ctx.Err() != nil {
			return e, err
		}
		return e, ignoreRoads(err)
	}
	e.Line = line
	return e, nil
}

// rememberTotals keeps a day's totals for the overview, with the roads that were open
// before they were worked out: if others came meanwhile, a later reader asks anew. A
// failure costs that reader a little time and nothing else.
func (s *Service) rememberTotals(ctx context.Context, e Evaluated, roads string) {
	if !e.Planned || e.Version == 0 {
		return
	}
	body, err := json.Marshal(e.Totals)
	if err != nil {
		return
	}
	_, _ = s.DB.Exec(ctx, sqlDayTotals, pgx.NamedArgs{
		"person": e.Person, "day": e.Date, "version": e.Version, "totals": body,
		"roads": roads,
	})
}
