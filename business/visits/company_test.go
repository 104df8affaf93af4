package visits_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// A small company: salespeople 1 and 2, manager 8 over both, manager 9 of another
// team; customers 101 to 110 belong to 1, 201 to 205 to 2.
type company struct {
	*visits.Service
	clock   *clock.Manual
	effects *effects
	told    *told
	due     map[business.PersonID][]visits.DueCustomer
	sites   map[business.CustomerID]visits.Site
	keys    int
}

var (
	monday  = business.NewDate(2026, 11, 23)
	newYork = func() *time.Location {
		z, err := time.LoadLocation("America/New_York")
		if err != nil {
			panic(err)
		}
		return z
	}()
	office = orb.Point{-75.55, 39.74}
)

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{
		clock:   clock.NewManual(monday.At(newYork, 9*60)),
		effects: &effects{last: map[business.CustomerID]visits.ValidVisit{}, count: map[business.CustomerID]int64{}},
		told:    &told{}, due: map[business.PersonID][]visits.DueCustomer{},
		sites: map[business.CustomerID]visits.Site{},
	}
	add := func(from, to business.CustomerID, owner business.PersonID) {
		for id := from; id <= to; id++ {
			// A ring, so that the best order is known and the ids' order is poor.
			p := geodesic.Destination(office, float64(id*137%360), 4000)
			c.sites[id] = visits.Site{
				ID: id, Name: fmt.Sprintf("Customer %d", id), Owner: owner, Point: &p,
				Kind: "shop/bakery", Level: "B", Service: 20 * time.Minute,
			}
		}
	}
	add(101, 110, 1)
	add(201, 205, 2)
	c.Service = visits.Service{
		DB: pgtest.DB(t), Clock: c.clock, Zone: newYork, Customers: customers{c},
		People: people{}, Due: due{c}, Planner: planner{&roads{}}, Effects: c.effects,
		Announcer: c.told,
	}.Ready()
	return c
}

func sales(p business.PersonID) visits.Caller {
	return visits.Caller{
		Actor: business.Actor{Person: p, Role: business.Salesperson},
		Scope: scope.Scope{People: []int64{int64(p)}},
	}
}

func phone(c visits.Caller) visits.Caller { c.Phone = true; return c }

func manager() visits.Caller {
	return visits.Caller{
		Actor: business.Actor{Person: 8, Role: business.Manager},
		Scope: scope.Scope{People: []int64{1, 2, 8}},
	}
}

func stranger() visits.Caller {
	return visits.Caller{
		Actor: business.Actor{Person: 9, Role: business.Manager},
		Scope: scope.Scope{People: []int64{9}},
	}
}

func (c *company) key() idem.Key {
	c.keys++
	return idem.Key(fmt.Sprintf("test-key-%d", c.keys))
}

func (c *company) today(p business.PersonID) visits.PersonDay {
	return visits.PersonDay{Person: p, Date: c.Today()}
}

// visit checks in at the customer's door and out again after the given minutes.
func (c *company) visit(
	t *testing.T, by visits.Caller, id business.CustomerID, minutes int,
) visits.Visit {
	t.Helper()
	v, err := c.CheckIn(t.Context(), by, c.key(), c.door(id))
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(time.Duration(minutes) * time.Minute)
	v, err = c.CheckOut(t.Context(), by, c.key(), visits.CheckOut{Visit: v.ID})
	if err != nil {
		t.Fatal(err)
	}
	return v.Visit
}

func (c *company) door(id business.CustomerID) visits.CheckIn {
	return visits.CheckIn{Customer: id, Fix: visits.Fix{
		Point: *c.sites[id].Point, Accuracy: 10, At: c.clock.Now(),
	}}
}

func edit(ids ...business.CustomerID) visits.Edit {
	var e visits.Edit
	for _, id := range ids {
		e.Stops = append(e.Stops, visits.Wanted{Customer: id})
	}
	return e
}

func customerIDs(stops []visits.Stop) []business.CustomerID {
	ids := make([]business.CustomerID, len(stops))
	for i, s := range stops {
		ids[i] = s.Customer
	}
	return ids
}

type customers struct{ c *company }

func (s customers) Sites(
	_ context.Context, _ db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]visits.Site, error) {
	var out []visits.Site
	for _, id := range ids {
		if site, ok := s.c.sites[id]; ok && sc.Has(int64(site.Owner)) {
			out = append(out, site)
		}
	}
	return out, nil
}

type people struct{}

func (people) Workers(
	_ context.Context, _ db.Querier, ids []business.PersonID,
) ([]visits.Worker, error) {
	var out []visits.Worker
	for id := business.PersonID(1); id <= 9; id++ {
		w := visits.Worker{
			ID: id, Name: fmt.Sprintf("Person %d", id), Active: id != 3, Salesperson: id < 8,
			Home: &office, From: 8 * 60, To: 18 * 60,
		}
		if ids == nil && w.Salesperson && w.Active || slices.Contains(ids, id) {
			out = append(out, w)
		}
	}
	return out, nil
}

type due struct{ c *company }

func (d due) Due(
	_ context.Context, _ db.Querier, p business.PersonID, _ business.Date, limit int,
) ([]visits.DueCustomer, error) {
	list := d.c.due[p]
	return list[:min(limit, len(list))], nil
}

type effects struct {
	fail  error
	last  map[business.CustomerID]visits.ValidVisit
	count map[business.CustomerID]int64
	found []orb.Point
}

func (e *effects) VisitBecameValid(_ context.Context, _ db.Tx, v visits.ValidVisit) error {
	if e.fail != nil {
		return e.fail
	}
	e.count[v.Customer]++
	if !v.At.Before(e.last[v.Customer].At) {
		e.last[v.Customer] = v
	}
	return nil
}

func (e *effects) VisitTakenBack(
	_ context.Context, _ db.Tx, id business.CustomerID, n int64, last *visits.ValidVisit,
) error {
	e.count[id] = n
	delete(e.last, id)
	if last != nil {
		e.last[id] = *last
	}
	return nil
}

func (e *effects) FoundAt(
	_ context.Context, _ db.Tx, _ visits.Visit, p orb.Point, _ geo.Meters,
) error {
	e.found = append(e.found, p)
	return nil
}

type told struct {
	mu      sync.Mutex
	notices []visits.Change
	topics  []string
}

func (*told) Publish(context.Context, db.Tx, events.Fact) error { return nil }

func (n *told) Notice(_ context.Context, _ db.Tx, topic string, _ []int64, p any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := json.Marshal(p); err != nil {
		return err
	}
	n.topics = append(n.topics, topic)
	n.notices = append(n.notices, p.(visits.Change))
	return nil
}

// planner drives straight at 36 km/h and finds the best order of up to nine tasks
// by trying all. Its roads may be rebuilt, and it tells what it was asked.
type planner struct{ *roads }

type roads struct {
	name  string
	slow  float64 // how many times as long the way is; 0: once
	asked []visits.Problem
}

// Roads names the roads.
func (r planner) Roads() string { return r.name }

const speed = 10.0 // metres a second

func (r planner) Evaluate(_ context.Context, p visits.Problem) (visits.Plan, error) {
	order := make([]int, len(p.Tasks))
	for i := range order {
		order[i] = i
	}
	return r.drive(p, order), nil
}

func (r planner) drive(p visits.Problem, order []int) visits.Plan {
	plan := visits.Plan{Totals: visits.Totals{Start: p.Shift.Open, Feasible: true}}
	now, at := p.Shift.Open, p.Start
	leg := func(to orb.Point) visits.Leg {
		if at == nil {
			return visits.Leg{}
		}
		d := geodesic.Distance(*at, to) * geo.Meters(max(r.slow, 1))
		return visits.Leg{Duration: time.Duration(float64(d) / speed * float64(time.Second)), Distance: d}
	}
	add := func(l visits.Leg) {
		plan.Totals.Drive += l.Duration
		plan.Totals.Distance += l.Distance
		now = now.Add(l.Duration)
	}
	for _, i := range order {
		t := p.Tasks[i]
		s := visits.Timed{ID: t.ID, Leg: leg(t.Point)}
		add(s.Leg)
		s.Arrive, s.Begin = now, now
		if len(t.Windows) > 0 && now.Before(t.Windows[0].Open) {
			s.Begin = t.Windows[0].Open
		}
		s.Wait = s.Begin.Sub(s.Arrive)
		plan.Totals.Wait += s.Wait
		s.Depart = s.Begin.Add(t.Service)
		for _, w := range t.Windows {
			if s.Depart.After(w.Close) {
				plan.Violations = append(plan.Violations, visits.Violation{
					Task: t.ID, Code: "window_missed", By: s.Depart.Sub(w.Close),
				})
			}
		}
		now, at = s.Depart, &t.Point
		plan.Totals.Service += t.Service
		plan.Stops = append(plan.Stops, s)
	}
	if p.End != nil && len(order) > 0 {
		plan.Return = leg(*p.End)
		add(plan.Return)
	}
	plan.Totals.End = now
	if by := now.Sub(p.Shift.Close); by > 0 {
		plan.Violations = append(plan.Violations, visits.Violation{Code: "shift_exceeded", By: by})
	}
	plan.Totals.Feasible = len(plan.Violations) == 0
	return plan
}

func (r planner) Optimise(_ context.Context, p visits.Problem) (visits.Plan, error) {
	r.asked = append(r.asked, p)
	var best *visits.Plan
	order := make([]int, 0, len(p.Tasks))
	var try func(left []int)
	try = func(left []int) {
		if len(left) == 0 {
			plan := r.drive(p, order)
			if best == nil || len(plan.Violations) < len(best.Violations) ||
				len(plan.Violations) == len(best.Violations) && plan.Totals.Drive < best.Totals.Drive {
				best = &plan
			}
			return
		}
		for k, i := range left {
			if pos := p.Tasks[i].Position; pos != nil && *pos != len(order) {
				continue
			}
			if len(order) < p.Driven && i != len(order) {
				continue
			}
			order = append(order, i)
			try(slices.Delete(slices.Clone(left), k, k+1))
			order = order[:len(order)-1]
		}
	}
	var must, may []int
	for i, t := range p.Tasks {
		if t.Optional {
			may = append(may, i)
		} else {
			must = append(must, i)
		}
	}
	slices.SortFunc(may, func(a, b int) int { return int(p.Tasks[b].Prize - p.Tasks[a].Prize) })
	room := max(0, 6-len(must))
	var left []visits.Unserved
	for _, i := range may[min(room, len(may)):] {
		left = append(left, visits.Unserved{Task: p.Tasks[i].ID, Reasons: []string{"shift"}})
	}
	all := append(must, may[:min(room, len(may))]...)
	slices.Sort(all)
	try(all)
	best.Unserved = left
	return *best, nil
}

func (planner) Line(_ context.Context, points []orb.Point) (orb.LineString, error) {
	return points, nil
}

// untimed is a planner of a place without roads: days are shown all the same.
type untimed struct{ planner }

func (untimed) Evaluate(context.Context, visits.Problem) (visits.Plan, error) {
	return visits.Plan{}, visits.ErrNoRoads
}
