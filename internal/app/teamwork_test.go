package app

import (
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo/track"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// worked makes a valid visit of a person, and an hour's drive on duty before it.
func (h *company) worked(p identity.Person, at business.CustomerID) {
	t, ctx, now := h.t, h.t.Context(), h.Clock.Now()
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	by := visits.Caller{Actor: business.Actor{Person: p.ID, Role: business.Salesperson},
		Scope: scope.Scope{People: []int64{int64(p.ID)}}, Phone: true}
	fix := visits.Fix{Point: place, Accuracy: 8, At: now}
	v, err := h.Visits.CheckIn(ctx, by, idem.Key("worked-in-"+p.Login),
		visits.CheckIn{Customer: at, Fix: fix})
	must(err)
	_, err = h.Visits.CheckOut(ctx, by, idem.Key("worked-out-"+p.Login),
		visits.CheckOut{Visit: v.ID, Fix: &fix})
	must(err)
	begin := now.Add(-2 * time.Hour)
	var way []track.Fix
	for i := range 121 {
		way = append(way, track.Fix{Person: int64(p.ID), Source: "app",
			At:       begin.Add(time.Duration(i) * 30 * time.Second),
			Position: orb.Point{place[0] + float64(i)*0.003, place[1]}})
	}
	must(h.Track.Decide(ctx, int64(p.ID), track.ConsentVersion, true))
	must(h.Track.AddDuty(ctx, int64(p.ID), begin, now.Add(-time.Minute)))
	must(h.Track.Store(ctx, way))
}

// A manager sees the work of whoever stands in the team now, of who has left the company
// too; whoever moved to another team goes with all their work.
//
// feature: Y32
func TestTheWorkOfATeamFollowsItsPeople(t *testing.T) {
	h := newCompany(t)
	h.worked(h.mine, h.own.ID)
	h.worked(h.theirs, h.foreign.ID)
	type work struct {
		Person  business.PersonID `json:"person_id"`
		Name    string            `json:"name"`
		Active  bool              `json:"active"`
		Records int64             `json:"records"`
		RoadS   *int64            `json:"road_s"`
	}
	lead := h.browser(business.Manager)
	seen := func() (rows []work) {
		t.Helper()
		lead.must("GET", "/v1/workload?from=2026-11-23&to=2026-11-23", nil, &rows)
		return rows
	}
	same := func(active bool) {
		t.Helper()
		rows := seen()
		if len(rows) != 1 || rows[0].Person != h.mine.ID || rows[0].Name != h.mine.Name ||
			rows[0].Active != active || rows[0].Records != 1 ||
			rows[0].RoadS == nil || *rows[0].RoadS != 3600 {
			t.Errorf("active %v: %+v", active, rows)
		}
	}
	same(true)
	change := func(to identity.PersonChange) {
		t.Helper()
		moved, err := h.Identity.ChangePerson(t.Context(), business.Actor{Role: business.Admin},
			scope.Everything(), identity.Version{ID: int64(h.mine.ID), Version: h.mine.Version}, to)
		if err != nil {
			t.Fatal(err)
		}
		h.mine = moved
	}
	heir := h.theirs.ID
	if _, err := h.CRM.Update(t.Context(), crm.By{Actor: business.Actor{Role: business.Admin},
		Scope: scope.Everything(), Key: idem.Key("key-of-the-heir")}, h.own.ID, 0, crm.Patch{Owner: &heir}); err != nil {
		t.Fatal(err)
	}
	gone := false
	change(identity.PersonChange{Active: &gone})
	same(false)
	change(identity.PersonChange{Team: &h.theirs.Team})
	if rows := seen(); len(rows) != 0 {
		t.Errorf("of another team: %+v", rows)
	}
}
