package crm

import (
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
)

// feature: Z5.4.3-d
func TestStageAndStatusAreOfTheLatestVisit(t *testing.T) {
	c := newCompany(t)
	x := c.create(t, c.manager(), shop("Corner", orb.Point{-75.5, 39.1}))
	at := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	visit := func(days int, stage string, status Status) {
		c.in(t, func(tx db.Tx) error {
			when := at.AddDate(0, 0, days)
			return c.VisitBecameValid(t.Context(), tx, ValidVisit{
				Visit: 1, Customer: x.ID, At: when, Day: business.DateOf(when, time.UTC),
				Stage: stage, Status: status,
			})
		})
	}
	is := func(stage string, status Status, what string) {
		t.Helper()
		got, err := c.Customer(t.Context(), c.manager().Scope, x.ID)
		if err != nil || got.SalesStage != stage || got.Status != status {
			t.Errorf("%s: stage %q, status %s, %v", what, got.SalesStage, got.Status, err)
		}
	}
	visit(0, "quoted", Active)
	is("quoted", Active, "the first visit")
	visit(-3, "first contact", Prospect)
	is("quoted", Active, "an older visit that is approved late")
	visit(1, "", "")
	is("quoted", Active, "a later visit that says nothing")
	visit(2, "won", Dormant)
	is("won", Dormant, "a later visit")
	visit(1, "lost", Lost)
	is("won", Dormant, "one between them, approved last")
	c.in(t, func(tx db.Tx) error {
		found := at
		return c.VisitsWere(t.Context(), tx, x.ID, Visited{Count: 1, LastAt: &at, Stage: "quoted", Found: &found})
	})
	is("quoted", Dormant, "after the later ones were taken back")
}
