package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/identity"
	"beatplan/geo"
	"beatplan/geo/gazetteer"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/jobs"
	"beatplan/internal/scope"
	"beatplan/territory"
)

func (h *company) scenarios(name string) *scenarios {
	h.t.Helper()
	desk := &scenarios{browser: h.browser(business.Admin)}
	desk.must("POST", "/v1/territory-scenarios", map[string]any{"name": name, "by_road": false}, &desk.at)
	return desk
}

func TestScenarioIsMadeOncePerKey(t *testing.T) {
	h := newCompany(t)
	h.spread()
	name := "once"
	c := territory.Caller{Person: 77, Scope: scope.Everything(), Key: "scenario-key"}
	first, err := h.Territories.Create(t.Context(), c, territory.Settings{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Territories.Create(t.Context(), c, territory.Settings{Name: &name})
	if err != nil || again.ID != first.ID {
		t.Errorf("the replay made %d beside %d (%v)", again.ID, first.ID, err)
	}
	other := "other"
	_, err = h.Territories.Create(t.Context(), c, territory.Settings{Name: &other})
	if !fail.Is(err, fail.Conflict) {
		t.Errorf("another request with the same key: %v", err)
	}
	if all, err := h.Territories.List(t.Context(), c); err != nil || len(all) != 1 {
		t.Errorf("%d scenarios, %v", len(all), err)
	}
}

// What is undone can be done again, until something else is done.
func TestEditsOfAScenarioCanBeDoneAgain(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := h.scenarios("again")
	theirs := int64(h.theirs.ID)
	give := func(i int) { desk.do("/moves", map[string]any{"customers": []int64{int64(shops[i].ID)}, "to": theirs}) }
	give(0)
	give(1)
	desk.do("/merge", map[string]any{"from": int64(h.mine.ID), "to": theirs})
	after := desk.units()
	for range 3 {
		desk.do("/undo", nil)
	}
	for range 3 {
		desk.do("/redo", nil)
	}
	if u := desk.units(); fmt.Sprint(u) != fmt.Sprint(after) {
		t.Error("done again, the scenario is not what it was")
	}
	if desk.read(); len(desk.at.Plan.People) != 1 {
		t.Errorf("the merged person is there again: %+v", desk.at.Plan.People)
	}
	desk.do("/undo", nil)
	desk.do("/undo", nil)
	give(2)
	if status, text := desk.call("POST", desk.path("/redo"), map[string]any{"version": 0}, nil); status != http.StatusConflict {
		t.Errorf("after another edit what was undone is over: %d %s", status, text)
	}
	desk.do("/undo", nil)
	desk.do("/undo", nil)
	if u := desk.units(); count(u.Person, theirs) != count(u.Was, theirs) {
		t.Error("undoing everything does not lead to where it began")
	}
}

// What was undone before another edit stays undone when that one is undone too.
func TestOnlyWhatWasUndoneSinceIsDoneAgain(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := h.scenarios("order")
	theirs := int64(h.theirs.ID)
	give := func(i int) {
		h.at(time.Second)
		desk.do("/moves", map[string]any{"customers": []int64{int64(shops[i].ID)}, "to": theirs})
	}
	step := func(what string) { h.at(time.Second); desk.do(what, nil) }
	give(0)
	give(1)
	step("/undo")
	give(2)
	step("/undo")
	step("/redo")
	u := desk.units()
	for i, want := range []bool{true, false, true} {
		at := slices.Index(u.Customers, int64(shops[i].ID))
		if (u.Person[at] == theirs) != want {
			t.Errorf("shop %d is %d's", i, u.Person[at])
		}
	}
	desk.refused("POST", desk.path("/redo"), map[string]any{"version": 0}, http.StatusConflict,
		"territory.nothing_to_undo")
}

// A customer whom a person must not serve never comes to them: not by hand, not by
// the optimiser; a locked one stays.
func TestRefusalsHold(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := h.scenarios("refusals")
	theirs, first := int64(h.theirs.ID), int64(shops[9].ID)
	row := []int64{first, int64(shops[19].ID), int64(shops[29].ID)} // in the far east, theirs
	desk.do("/refusals", map[string]any{"customers": row, "person_id": theirs, "refused": true})
	at := func(id int64) int64 {
		u := desk.units()
		return u.Person[slices.Index(u.Customers, id)]
	}
	if at(first) != 0 {
		t.Errorf("who must not be served by %d is %d's", theirs, at(first))
	}
	desk.do("/moves", map[string]any{"customers": row, "to": theirs})
	if at(first) != 0 {
		t.Error("a move by hand broke the refusal")
	}
	desk.optimise()
	for _, id := range row {
		if at(id) != int64(h.mine.ID) {
			t.Errorf("customer %d went to %d", id, at(id))
		}
	}
	desk.do("/undo", nil)
	desk.do("/refusals", map[string]any{"customers": row, "person_id": theirs, "refused": false})
	desk.do("/moves", map[string]any{"customers": row, "to": theirs})
	if at(first) != theirs {
		t.Error("the refusal was taken back, the customer cannot go")
	}
}

// strips are areas of three columns of shops each, and a river between the halves
// of the shops.
type strips struct{}

func (strips) Districts(string) []gazetteer.District {
	var out []gazetteer.District
	for i := range int64(4) {
		w := -75.605 + 0.03*float64(i)
		box := geo.Box{Min: orb.Point{w, 39}, Max: orb.Point{w + 0.03, 40}}
		out = append(out, gazetteer.District{ID: i + 1, Level: 6, Name: "strip", Box: box,
			Shape: orb.MultiPolygon{box.ToPolygon()}})
	}
	return out
}

func (strips) Barriers(geo.Box) []orb.LineString {
	return []orb.LineString{{{-75.7, 39.725}, {-75.4, 39.725}}}
}

// Base areas stay whole; without them the river decides who goes with whom.
func TestBaseAreasStayWholeAndRiversPart(t *testing.T) {
	h := newCompany(t)
	h.spread()
	h.Territories.Ground = strips{}
	desk := h.scenarios("areas")
	desk.must("PATCH", desk.path(""), map[string]any{"version": desk.at.Version, "base_level": 6,
		"tolerance": 0.3}, &desk.at)
	desk.optimise()
	if a := desk.at.Plan.Areas; len(a) != 1 || a[0].Areas < 3 || a[0].Split != 0 {
		t.Errorf("with base areas: %+v", a)
	}
	desk.must("PATCH", desk.path(""), map[string]any{"version": desk.at.Version, "base_level": 0,
		"tolerance": 0.1}, &desk.at)
	desk.optimise()
	u := desk.units()
	banks := map[int64][2]int{}
	for i, person := range u.Person {
		b := banks[person]
		if u.Lat[i] < 39.725 {
			b[0]++
		} else {
			b[1]++
		}
		banks[person] = b
	}
	for person, b := range banks {
		if min(b[0], b[1]) > 5 { // over the one bridge, to even the load
			t.Errorf("person %d works on both banks: %v", person, b)
		}
	}
	if a := desk.at.Plan.Areas; a[0].Split == 0 {
		t.Errorf("along the river every strip is split: %+v", a)
	}
}

// A sample week is driven for plan and today, and forgotten with the next edit.
func TestSampleWeekIsDriven(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := h.scenarios("week")
	var job struct {
		ID int64 `json:"id"`
	}
	desk.must("POST", desk.path("/route"), map[string]any{"version": desk.at.Version}, &job)
	if done, err := h.Jobs.Wait(t.Context(), job.ID); err != nil || done.State != jobs.Done {
		t.Fatalf("%+v %v", done, err)
	}
	var got struct {
		Version int64             `json:"version"`
		Routed  *territory.Routed `json:"routed"`
	}
	desk.must("GET", desk.path(""), nil, &got)
	if got.Routed == nil || len(got.Routed.Plan) != 2 || fmt.Sprint(got.Routed.Plan) != fmt.Sprint(got.Routed.Today) {
		t.Fatalf("routed: %+v", got.Routed)
	}
	// 62 customers: two of them weekly, the others every other week: 32 visits.
	visits, off := 0, 0.0
	for _, p := range got.Routed.Plan {
		visits += p.Visits
		off = max(off, p.Estimated/p.Hours, p.Hours/p.Estimated)
		if p.Days == 0 || p.Drive <= 0 || p.Hours <= p.Drive || p.Left > 0 {
			t.Errorf("%+v", p)
		}
	}
	if visits < 30 || visits > 34 || off > 1.5 {
		t.Errorf("%d visits; the estimate is off by %.2f", visits, off)
	}
	desk.at.Version = got.Version
	desk.do("/moves", map[string]any{"customers": []int64{int64(shops[0].ID)}, "to": int64(h.theirs.ID)})
	desk.must("GET", desk.path(""), nil, &got)
	if got.Routed != nil {
		t.Error("the week of another plan still stands")
	}
}

// What a scenario's page draws comes in pages of any size, each row once and none left
// out; a page begins where the one before said.
func TestScenarioIsReadInPages(t *testing.T) {
	h := newCompany(t)
	h.spread()
	desk := h.scenarios("pages")
	whole := desk.units()
	var paged unitsAnswer
	sizes := eachPage(desk, desk.path("/units"), 25, func(u unitsAnswer) int {
		paged.Customers, paged.Was = append(paged.Customers, u.Customers...), append(paged.Was, u.Was...)
		paged.Person, paged.Refused = append(paged.Person, u.Person...), append(paged.Refused, u.Refused...)
		paged.Lon, paged.Lat = append(paged.Lon, u.Lon...), append(paged.Lat, u.Lat...)
		return len(u.Customers)
	})
	if fmt.Sprint(paged) != fmt.Sprint(whole) || !slices.Equal(sizes, []int{25, 25, 12}) {
		t.Errorf("pages of %v customers; whole %v, paged %v", sizes, whole, paged)
	}
	type ground struct {
		Features []struct {
			Properties struct {
				Person int64 `json:"person_id"`
			} `json:"properties"`
		} `json:"features"`
	}
	var people []int64
	sizes = eachPage(desk, desk.path("/outlines"), 1, func(g ground) int {
		for _, f := range g.Features {
			people = append(people, f.Properties.Person)
		}
		return len(g.Features)
	})
	want := []int64{int64(h.mine.ID), int64(h.theirs.ID)}
	slices.Sort(want)
	if !slices.Equal(people, want) || !slices.Equal(sizes, []int{1, 1}) {
		t.Errorf("the grounds of %v in pages of %v", people, sizes)
	}
	type cells struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
		Total int `json:"total"`
	}
	total, seen := 0, map[string]bool{}
	sizes = eachPage(desk, desk.path("/cells"), 30, func(c cells) int {
		for _, cell := range c.Items {
			seen[cell.ID] = true
		}
		total = c.Total
		return len(c.Items)
	})
	if len(seen) != total || total <= 60 || len(sizes) != (total+29)/30 {
		t.Errorf("%d of %d cells in pages of %v", len(seen), total, sizes)
	}
	desk.refused("GET", desk.path("/units?after=nonsense!"), nil, http.StatusBadRequest, "request.after")
	desk.refused("GET", desk.path("/units?limit=20001"), nil, http.StatusUnprocessableEntity, "request.invalid")
}

// eachPage reads a list page by page; take tells how many rows a page has.
func eachPage[T any](desk *scenarios, path string, limit int, take func(T) int) (sizes []int) {
	desk.h.t.Helper()
	for after := ""; len(sizes) < 100; {
		var page json.RawMessage
		desk.must("GET", fmt.Sprintf("%s?limit=%d&after=%s", path, limit, after), nil, &page)
		var rows T
		var next struct {
			Next *string `json:"next"`
		}
		if err := errors.Join(json.Unmarshal(page, &rows), json.Unmarshal(page, &next)); err != nil {
			desk.h.t.Fatal(err)
		}
		if sizes = append(sizes, take(rows)); next.Next == nil {
			return sizes
		}
		after = *next.Next
	}
	desk.h.t.Fatalf("%s has no end", path)
	return nil
}

// A manager's day waits for those above; nothing is scheduled until they agree, and
// a day that they decline is forgotten.
func TestScenarioOfAManagerWaitsForThoseAbove(t *testing.T) {
	h := newCompany(t)
	h.spread()
	teams, err := h.Identity.Teams(t.Context())
	if err != nil || len(teams) != 2 {
		t.Fatal(teams, err)
	}
	above := teams[1].ID
	if _, err := h.Identity.ChangeTeam(t.Context(), business.Actor{Role: business.Admin},
		identity.Version{ID: int64(teams[0].ID), Version: teams[0].Version},
		identity.TeamChange{Parent: &above}); err != nil {
		t.Fatal(err)
	}
	desk := &scenarios{browser: h.browser(business.Manager)}
	desk.must("POST", "/v1/territory-scenarios", map[string]any{"name": "team", "by_road": false}, &desk.at)
	desk.do("/submit", nil)
	decide := func(yes bool) {
		t.Helper()
		on := h.Visits.Today().String()
		desk.do("/publish", map[string]any{"on": on})
		if desk.at.State != "submitted" || desk.at.AskedOn == nil || *desk.at.AskedOn != on {
			t.Fatalf("the manager's day does not wait: %+v", desk.at)
		}
		desk.refused("POST", desk.path("/withdraw"), map[string]any{"version": 0}, http.StatusConflict,
			"territory.wrong_state")
		desk.refused("DELETE", desk.path(""), nil, http.StatusConflict, "territory.wrong_state")
		root := approvals.By{Actor: business.Actor{Role: business.Admin, Person: 999},
			Scope: scope.Everything()}
		open, err := h.Approvals.Requests(t.Context(), root, approvals.Filter{
			Box: approvals.Everyone, Kind: scenarioPublish, State: approvals.Open}, 0, 10)
		if err != nil || len(open) != 1 || open[0].Title != "team" {
			t.Fatalf("requests: %+v %v", open, err)
		}
		r := open[0]
		for r.State == approvals.Open {
			root.Key = idem.Key(fmt.Sprintf("decide-%v-%d", yes, r.Version))
			if r, err = h.Approvals.Decide(t.Context(), root, approvals.Decision{
				ID: r.ID, Version: r.Version, Approve: yes, Comment: "because"}); err != nil {
				t.Fatal(err)
			}
		}
		desk.read()
	}
	decide(false)
	if desk.at.State != "submitted" || desk.at.AskedOn != nil {
		t.Errorf("declined: %+v", desk.at)
	}
	decide(true)
	if desk.at.State != "scheduled" {
		t.Errorf("approved: %+v", desk.at)
	}
	if err := h.Territories.ComeIntoForce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if desk.read(); desk.at.State != "live" {
		t.Errorf("its day is today: %+v", desk.at)
	}
}
