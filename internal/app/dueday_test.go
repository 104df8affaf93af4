package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/visits"
	"beatplan/business/warnings"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// ruled is a company with customers that have no visit interval of their own.
type ruled struct {
	*company
	keys      int
	customers []business.CustomerID
}

func newRuled(t *testing.T) *ruled {
	t.Helper()
	h := &ruled{company: newCompany(t)}
	for i, kind := range []string{"shop", "shop/bakery", "shop/bakery/cake", "kiosk"} {
		for j, level := range []crm.Level{"A", "B", "C"} {
			at := orb.Point{place[0] + float64(i+1)*0.01, place[1] + float64(j)*0.01}
			c, err := h.CRM.Create(t.Context(), h.by(), crm.NewCustomer{
				Name: fmt.Sprintf("Ruled %s %s", kind, level), Kind: kind, Level: level,
				Owner: h.mine.ID, Pin: &crm.Pin{Point: at},
			})
			if err != nil {
				t.Fatal(err)
			}
			h.customers = append(h.customers, c.ID)
		}
	}
	return h
}

func (h *ruled) by() crm.By {
	h.keys++
	return crm.By{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything(),
		Key: idem.Key(fmt.Sprintf("ruled-key-%d", h.keys))}
}

// rule sets the rule of visits, and waits until all customers follow it.
func (h *ruled) rule(general int, byKind, byLevel map[string]int) warnings.Rule {
	h.t.Helper()
	rules, err := h.Warnings.Rules(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	r := rules[0]
	r.Threshold, r.ByKind, r.ByLevel = general, byKind, byLevel
	by := warnings.Caller{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything()}
	if r, err = h.Warnings.SetRule(h.t.Context(), by, h.by().Key, r); err != nil {
		h.t.Fatal(err)
	}
	h.settle()
	return r
}

func (h *ruled) settle() {
	h.t.Helper()
	if err := h.Bus.Settle(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// ruleDays is in other words after how many days a customer is to be visited.
func ruleDays(c crm.Customer, r warnings.Rule) int {
	if c.VisitEveryDays > 0 {
		return c.VisitEveryDays
	}
	days, deepest := 0, -1
	for kind, n := range r.ByKind {
		under := c.Kind == kind || strings.HasPrefix(c.Kind, kind+"/")
		if under && len(kind) > deepest {
			days, deepest = n, len(kind)
		}
	}
	return cmp.Or(days, r.ByLevel[string(c.Level)], r.Threshold)
}

// agree compares what the card, the warnings and the planner say of every customer
// with what the rule says.
func (h *ruled) agree(what string, r warnings.Rule) {
	h.t.Helper()
	ctx, soon := h.t.Context(), h.Warnings.Today().Add(4000)
	list, err := h.Visits.Due.Due(ctx, h.DB, h.mine.ID, soon, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	planner := map[business.CustomerID]business.Date{}
	for _, d := range list {
		planner[d.Customer] = soon.Add(-d.Overdue)
	}
	for _, id := range append([]business.CustomerID{h.own.ID}, h.customers...) {
		c, err := h.CRM.Customer(ctx, scope.Everything(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		want := business.Date{}
		if every := ruleDays(c, r); every > 0 {
			start := c.LastVisitDay
			if start.IsZero() {
				start = c.AssignedDay
			}
			want = start.Add(every)
		}
		rows, err := h.Warnings.OfCustomer(ctx, warnings.Caller{Scope: scope.Everything()}, id, soon)
		if err != nil {
			h.t.Fatal(err)
		}
		warned := business.Date{}
		if at := slices.IndexFunc(rows, func(r warnings.Row) bool {
			return r.Warning == warnings.CustomerVisit
		}); at >= 0 {
			warned = rows[at].DueOn
		}
		if c.DueOn != want || warned != want || planner[id] != want {
			h.t.Errorf("%s: %s %s is due on %v: the card says %v, the warnings %v, the planner %v",
				what, c.Kind, c.Level, want, c.DueOn, warned, planner[id])
		}
	}
}

// One rule says when a visit is due, on the card, in the warnings and to the planner,
// whatever changes: the rule, a customer, a visit.
func TestOneRuleSaysWhenAVisitIsDue(t *testing.T) {
	h := newRuled(t)
	ctx := t.Context()
	h.agree("without a rule", warnings.Rule{})
	r := h.rule(20, map[string]int{"shop/bakery": 5}, map[string]int{"A": 7, "B": 14})
	h.agree("by kind and level", r)
	level, kind, every := crm.Level("A"), "kiosk", 9
	for what, p := range map[string]crm.Patch{
		"its level": {Level: &level}, "its kind": {Kind: &kind}, "its own interval": {VisitEveryDays: &every},
	} {
		id := h.customers[len(what)%len(h.customers)]
		c, err := h.CRM.Customer(ctx, scope.Everything(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.CRM.Update(ctx, h.by(), id, c.Version, p); err != nil {
			t.Fatal(err)
		}
		h.agree("a customer changed "+what, r)
	}
	h.at(3 * 24 * time.Hour)
	err := h.DB.InTx(ctx, func(tx db.Tx) error {
		return h.CRM.VisitBecameValid(ctx, tx, crm.ValidVisit{
			Visit: 1, Customer: h.customers[2], Person: h.mine.ID, At: h.Clock.Now(), Day: h.Visits.Today(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.agree("after a visit", r)
	r = h.rule(0, map[string]int{"kiosk": 3}, map[string]int{"C": 11})
	h.agree("under another rule", r)
	r = h.rule(0, nil, nil)
	h.agree("without a rule again", r)
}

// weigher is a planner that takes every task and keeps the problem.
type weigher struct{ last visits.Problem }

func (a *weigher) Evaluate(_ context.Context, p visits.Problem) (visits.Plan, error) {
	var out visits.Plan
	for _, t := range p.Tasks {
		out.Stops = append(out.Stops, visits.Timed{ID: t.ID, Arrive: p.Shift.Open, Begin: p.Shift.Open, Depart: p.Shift.Open})
	}
	return out, nil
}

func (a *weigher) Optimise(ctx context.Context, p visits.Problem) (visits.Plan, error) {
	a.last = p
	return a.Evaluate(ctx, p)
}

func (a *weigher) Line(context.Context, []orb.Point) (orb.LineString, error) { return nil, nil }

func (a *weigher) Roads() string { return "test" }

// The customers that the warnings list as due, and no others, enter the day: as stops
// that may be left out, at a price that grows with every day they are overdue.
//
// feature: Y10
func TestOverdueCustomersEnterTheDayAtAPriceThatGrows(t *testing.T) {
	h := newRuled(t)
	ctx := t.Context()
	h.rule(0, nil, map[string]int{"A": 4, "B": 7}) // C is never due
	planner := &weigher{}
	h.Visits.Planner = planner
	by := visits.Caller{Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything()}
	before := map[orb.Point]int64{}
	for day := range 12 {
		h.at(24 * time.Hour)
		due, err := h.Warnings.DueRows(ctx, warnings.Caller{Actor: by.Actor, Scope: by.Scope},
			h.mine.ID, h.Visits.Today(), 100)
		if err != nil {
			t.Fatal(err)
		}
		planner.last = visits.Problem{}
		at := visits.PersonDay{Person: h.mine.ID, Date: h.Visits.Today()}
		d, err := h.Visits.Fill(ctx, by, h.by().Key, at)
		if err != nil {
			t.Fatal(err)
		}
		if len(planner.last.Tasks) != len(due) || len(d.Stops) != len(due) {
			t.Fatalf("day %d: %d are due, %d were weighed, %d filled in",
				day, len(due), len(planner.last.Tasks), len(d.Stops))
		}
		listed := map[orb.Point]bool{}
		for _, r := range due {
			listed[*r.Position] = true
		}
		for _, task := range planner.last.Tasks {
			if !task.Optional || !listed[task.Point] || task.Prize <= before[task.Point] {
				t.Errorf("day %d: %+v, worth %d the day before", day, task, before[task.Point])
			}
			before[task.Point] = task.Prize
		}
		if _, err := h.Visits.Save(ctx, by, at, d.Version, visits.Edit{}); err != nil {
			t.Fatal(err) // nobody went: the next day weighs them again
		}
	}
	if len(before) != 9 { // four of level A, four of level B, the own bakery
		t.Errorf("%d customers entered a day", len(before))
	}
}
