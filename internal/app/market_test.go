package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo/hex"
	"beatplan/geo/poi"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/territory/market"
)

// placeShelf is the places of one made-up region.
type placeShelf []market.File

func (s placeShelf) Places() ([]market.File, error) { return s, nil }

// shop is a named business of the made-up map.
type shop struct {
	name string
	at   orb.Point
}

// mapped gives the company a map on which these shops stand, in this order.
func (h *company) mapped(shops ...shop) {
	h.t.Helper()
	dir := h.t.TempDir()
	from, to := filepath.Join(dir, "in.osm"), filepath.Join(dir, PlacesFile)
	var text strings.Builder
	text.WriteString(`<osm version="0.6"><bounds minlat="38" minlon="-76" maxlat="40" maxlon="-75"/>`)
	for i, s := range shops {
		fmt.Fprintf(&text, `<node id="%d" lat="%f" lon="%f" version="1"><tag k="shop" v="bakery"/>`+
			`<tag k="name" v="%s"/></node>`, i+1, s.at[1], s.at[0], s.name)
	}
	text.WriteString(`</osm>`)
	if err := os.WriteFile(from, []byte(text.String()), 0o600); err != nil {
		h.t.Fatal(err)
	}
	if err := poi.Build(h.t.Context(), from, to, nil); err != nil {
		h.t.Fatal(err)
	}
	h.Market.Regions = placeShelf{{ID: "made-up", Path: to}}
}

// street is n shops in the middle of the cell of resolution 8 that holds p.
func (h *company) street(p orb.Point, names ...string) (shops []shop, cell hex.Cell) {
	h.t.Helper()
	cell, err := hex.Of(p, 8)
	if err != nil {
		h.t.Fatal(err)
	}
	middle, err := cell.Center()
	if err != nil {
		h.t.Fatal(err)
	}
	for i, name := range names {
		shops = append(shops, shop{name, orb.Point{middle[0] + 0.0008*float64(i), middle[1]}})
	}
	return shops, cell
}

type whiteCell struct {
	Cell      string  `json:"cell"`
	Potential float64 `json:"potential"`
	Coverage  float64 `json:"coverage"`
	White     bool    `json:"white"`
	Customers int     `json:"customers"`
	Owner     int64   `json:"owner_id"`
}

type prospectAnswer struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Owner    int64  `json:"owner_id"`
	State    string `json:"state"`
	Customer *int64 `json:"customer_id"`
}

func (b browser) cells(query string) map[string]whiteCell {
	b.h.t.Helper()
	b.synced()
	var answer struct {
		Cells []whiteCell `json:"cells"`
	}
	b.must("GET", "/v1/whitespace/cells?"+query, nil, &answer)
	out := map[string]whiteCell{}
	for _, c := range answer.Cells {
		out[c.Cell] = c
	}
	return out
}

func (b browser) prospects(query string) []prospectAnswer {
	b.h.t.Helper()
	b.synced()
	var answer struct {
		Items []prospectAnswer `json:"items"`
	}
	b.must("GET", "/v1/whitespace/prospects?"+query, nil, &answer)
	return answer.Items
}

func namesOf(list []prospectAnswer) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	slices.Sort(out)
	return out
}

// synced waits until the customers' index has seen what was committed.
func (b browser) synced() {
	b.h.t.Helper()
	if err := b.h.Index.Rebuild(b.h.t.Context()); err != nil {
		b.h.t.Fatal(err)
	}
}

func (h *company) stands(s shop, status crm.Status, owner business.PersonID) crm.Customer {
	h.t.Helper()
	c, err := h.CRM.Create(h.t.Context(), crm.By{Actor: business.Actor{Role: business.Admin},
		Scope: scope.Everything(), Key: idem.Key("stands-" + s.name)}, crm.NewCustomer{
		Name: s.name, Kind: "shop/bakery", Level: "B", Status: status, Owner: owner,
		Address: s.name + " Street 1", Pin: &crm.Pin{Point: s.at}})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *company) becomes(id business.CustomerID, status crm.Status) {
	h.t.Helper()
	by := crm.By{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything(),
		Key: idem.Key(fmt.Sprintf("becomes-%d-%s", id, status))}
	if _, err := h.CRM.Update(h.t.Context(), by, id, 0, crm.Patch{Status: &status}); err != nil {
		h.t.Fatal(err)
	}
}

// plain counts every cell for itself and every potential, however small.
func (b browser) plain() {
	b.h.t.Helper()
	s := market.Defaults()
	s.Rings, s.Least = 0, 0
	b.must("PUT", "/v1/whitespace/settings", s, nil)
}

// Lost and dormant customers leave a cell white; active ones fill their own cell and
// no other.
//
// feature: Y17
func TestOnlyActiveCustomersFillAWhiteCell(t *testing.T) {
	h := newCompany(t)
	here, cell := h.street(orb.Point{-75.50, 39.10}, "Ant", "Beeline", "Cat", "Dog", "Elk", "Fox")
	there, other := h.street(orb.Point{-75.60, 39.20}, "Gnu", "Hen", "Ibis")
	h.mapped(append(here, there...)...)
	root := h.browser(business.Admin)
	root.plain()
	before := root.cells("")
	if c := before[cell.String()]; !c.White || c.Potential != 6 || c.Coverage != 0 {
		t.Fatalf("six shops and no customer: %+v", c)
	}
	if got := namesOf(root.prospects("")); len(got) != 9 {
		t.Fatalf("prospects %v", got)
	}
	ant := h.stands(here[0], crm.Lost, h.mine.ID)
	bee := h.stands(shop{"The Beeline Bakery Shop", here[1].at}, crm.Dormant, h.mine.ID)
	h.stands(here[2], crm.Prospect, h.mine.ID)
	if c := root.cells("")[cell.String()]; !c.White || c.Coverage != 0 || c.Potential != 6 {
		t.Errorf("a lost, a dormant and a prospective customer: %+v", c)
	}
	if got := namesOf(root.prospects("")); !slices.Equal(got, []string{"Dog", "Elk", "Fox", "Gnu", "Hen", "Ibis"}) {
		t.Errorf("shops that are customers of any status are prospects: %v", got)
	}
	h.becomes(ant.ID, crm.Active)
	if c := root.cells("")[cell.String()]; !c.White || c.Coverage < 0.16 || c.Coverage > 0.17 {
		t.Errorf("one of six: %+v", c)
	}
	h.becomes(bee.ID, crm.Active)
	after := root.cells("")
	if c := after[cell.String()]; c.White || c.Customers != 2 {
		t.Errorf("two of six at a threshold of a quarter: %+v", c)
	}
	delete(before, cell.String())
	delete(after, cell.String())
	if len(after) == 0 || fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("other cells changed:\n%v\n%v", before, after)
	}
	if c := root.cells("threshold=0.5")[cell.String()]; !c.White {
		t.Errorf("two of six at a threshold of a half: %+v", c)
	}
	if c := root.cells("kind=amenity"); len(c) != 0 {
		t.Errorf("bakeries count as amenities: %v", c)
	}
	if got := root.prospects("cell=" + other.String()); len(got) != 3 {
		t.Errorf("prospects of one cell: %v", got)
	}
}

// A salesperson sees the cells and prospects of the own territory, those that nobody
// covers too, and of colleagues' ground nothing.
//
// feature: Y18
func TestASalespersonSeesTheOwnUncoveredGround(t *testing.T) {
	h := newCompany(t)
	west, own := h.street(orb.Point{-75.70, 39.10}, "Ant", "Bee", "Cat", "Dog")
	east, foreign := h.street(orb.Point{-75.30, 39.10}, "Elk", "Fox", "Gnu", "Hen")
	far, empty := h.street(orb.Point{-75.72, 39.12}, "Ibis", "Jay")
	h.mapped(slices.Concat(west, east, far)...)
	h.stands(west[0], crm.Active, h.mine.ID)
	h.stands(shop{"Key account", orb.Point{west[0].at[0], west[0].at[1] - 0.0027}}, crm.Active, h.theirs.ID) // in my ground, not mine
	h.stands(east[0], crm.Active, h.theirs.ID)
	root, mine := h.browser(business.Admin), h.browser(business.Salesperson)
	root.plain()
	all, seen := root.cells(""), mine.cells("")
	if len(all) < 3 || all[foreign.String()].Owner != int64(h.theirs.ID) {
		t.Fatalf("an administrator sees %v", all)
	}
	if _, shown := seen[foreign.String()]; shown {
		t.Error("a colleague's ground is shown")
	}
	if c := seen[empty.String()]; !c.White || c.Owner != int64(h.mine.ID) {
		t.Errorf("an uncovered cell of the own ground: %+v", c)
	}
	if c := seen[own.String()]; c.Customers != 1 || all[own.String()].Customers != 2 {
		t.Errorf("customers of a colleague are counted: %+v, all %+v", c, all[own.String()])
	}
	if got := namesOf(mine.prospects("")); !slices.Equal(got, []string{"Bee", "Cat", "Dog", "Ibis", "Jay"}) {
		t.Errorf("own prospects: %v", got)
	}
	var detail struct {
		Clients []struct {
			Name string `json:"name"`
		} `json:"clients"`
		Sources []struct{ Kind string } `json:"sources"`
	}
	mine.must("GET", "/v1/whitespace/cells/"+own.String(), nil, &detail)
	if len(detail.Clients) != 1 || detail.Clients[0].Name != "Ant" || len(detail.Sources) == 0 {
		t.Errorf("what stands in the own cell: %+v", detail)
	}
	mine.refused("GET", "/v1/whitespace/cells/"+foreign.String(), nil, http.StatusNotFound,
		"market.no_such_prospect")
	var people []struct {
		Person int64 `json:"person_id"`
		White  int   `json:"white"`
	}
	mine.must("GET", "/v1/whitespace/people", nil, &people)
	if len(people) != 1 || people[0].Person != int64(h.mine.ID) || people[0].White == 0 {
		t.Errorf("what is left in the own ground: %+v", people)
	}
	fox := root.prospects("q=fox")[0].ID
	for _, try := range []func(){
		func() {
			mine.refused("POST", "/v1/whitespace/leads", map[string]any{"ids": []string{fox}},
				http.StatusNotFound, "market.no_such_prospect")
		},
		func() {
			mine.refused("POST", "/v1/whitespace/dismissals", map[string]any{"id": fox},
				http.StatusNotFound, "market.no_such_prospect")
		},
	} {
		try()
	}
}

// A prospect becomes one customer of whose territory in force it lies in, however
// often it is asked for; a dismissed one comes back.
func TestAProspectBecomesOneCustomer(t *testing.T) {
	h := newCompany(t)
	shops, _ := h.street(orb.Point{-75.55, 39.72}, "Ant", "Bee", "Cat", "Dog")
	h.mapped(shops...)
	s := scenarios{browser: h.browser(business.Admin)}
	h.spread()
	s.must("POST", "/v1/territory-scenarios", map[string]any{"name": "Grounds"}, &s.at)
	s.do("/submit", nil)
	s.do("/publish", map[string]any{"on": "2026-11-23"})
	if err := h.Territories.ComeIntoForce(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.synced()
	list := s.prospects("")
	if len(list) != 4 || list[0].Owner == 0 {
		t.Fatalf("prospects %+v", list)
	}
	var wait sync.WaitGroup
	made := make([]int64, 8)
	for i := range made {
		wait.Go(func() {
			var out []struct {
				Customer *int64 `json:"customer_id"`
				Code     string `json:"code"`
			}
			s.must("POST", "/v1/whitespace/leads", map[string]any{"ids": []string{list[0].ID}}, &out)
			if len(out) == 1 && out[0].Customer != nil {
				made[i] = *out[0].Customer
			}
		})
	}
	wait.Wait()
	if one := slices.Compact(slices.Clone(made)); len(one) != 1 || one[0] == 0 {
		t.Fatalf("eight askers got %v", made)
	}
	c, err := h.CRM.Customer(t.Context(), scope.Everything(), business.CustomerID(made[0]))
	if err != nil || int64(c.Owner) != list[0].Owner || c.Status != crm.Prospect || c.Name != list[0].Name {
		t.Errorf("the lead %+v (%v), want owner %d", c, err, list[0].Owner)
	}
	s.must("POST", "/v1/whitespace/dismissals", map[string]any{"id": list[1].ID, "reason": "closed"}, nil)
	if got := s.prospects(""); len(got) != 2 {
		t.Errorf("after a lead and a dismissal: %+v", got)
	}
	if got := s.prospects("state=dismissed"); len(got) != 1 || got[0].ID != list[1].ID {
		t.Errorf("dismissed: %+v", got)
	}
	if got := s.prospects("state=taken"); len(got) != 1 || got[0].Customer == nil || *got[0].Customer != made[0] {
		t.Errorf("taken: %+v", got)
	}
	s.must("DELETE", "/v1/whitespace/dismissals/"+list[1].ID, nil, nil)
	if got := s.prospects(""); len(got) != 3 {
		t.Errorf("after putting it back: %+v", got)
	}
	status, file := h.ask(h.tokens[business.Admin], "GET", "/v1/whitespace/prospects/export.csv", "")
	if status != http.StatusOK || strings.Count(file, "\n") != 4 {
		t.Errorf("export: %d %s", status, file)
	}
	s.refused("GET", fmt.Sprintf("/v1/whitespace/route-stops?person=%d&date=2026-11-23", h.mine.ID), nil,
		http.StatusConflict, "market.no_route")
	var day struct {
		Stops []struct {
			Optional bool `json:"optional"`
		} `json:"stops"`
	}
	// A day that is over takes nobody, and nobody becomes a customer for it.
	s.refused("POST", "/v1/whitespace/route-stops", map[string]any{"person_id": h.mine.ID,
		"date": "2026-11-01", "ids": []string{list[2].ID}}, http.StatusUnprocessableEntity, "visits.past_day")
	if got := s.prospects(""); len(got) != 3 {
		t.Errorf("after a day that is over: %+v", got)
	}
	s.must("POST", "/v1/whitespace/route-stops", map[string]any{"person_id": h.mine.ID,
		"date": "2026-11-24", "ids": []string{list[2].ID, list[3].ID}}, nil)
	s.must("GET", fmt.Sprintf("/v1/days/%d/2026-11-24", h.mine.ID), nil, &day)
	if len(day.Stops) != 2 || !day.Stops[0].Optional || !day.Stops[1].Optional {
		t.Errorf("the day with two prospects: %+v", day)
	}
}

// Offers for one day at once all come onto it: there is no customer without a stop.
func TestOffersAtOnceAllComeOntoTheDay(t *testing.T) {
	h := newCompany(t)
	shops, _ := h.street(orb.Point{-75.55, 39.72}, "Ant", "Bee", "Cat", "Dog", "Elk", "Fox", "Gnu", "Hen")
	h.mapped(shops...)
	h.spread()
	root := h.browser(business.Admin)
	list := root.prospects("")
	var wait sync.WaitGroup
	for i := range list {
		wait.Go(func() { // each with the next one's too, in either order
			ids := []string{list[i].ID, list[(i+1)%len(list)].ID}
			root.must("POST", "/v1/whitespace/route-stops", map[string]any{"person_id": h.mine.ID,
				"date": "2026-11-24", "ids": ids}, nil)
		})
	}
	wait.Wait()
	type stop struct {
		Customer int64 `json:"customer_id"`
		Optional bool  `json:"optional"`
	}
	var day struct {
		Stops []stop `json:"stops"`
	}
	root.must("GET", fmt.Sprintf("/v1/days/%d/2026-11-24", h.mine.ID), nil, &day)
	taken := root.prospects("state=taken")
	if len(list) != 8 || len(taken) != 8 || len(day.Stops) != 8 {
		t.Fatalf("%d prospects, %d customers, %d stops", len(list), len(taken), len(day.Stops))
	}
	for _, p := range taken {
		at := slices.IndexFunc(day.Stops, func(s stop) bool { return s.Customer == *p.Customer })
		if at < 0 || !day.Stops[at].Optional {
			t.Errorf("customer %d has no stop that may be left out", *p.Customer)
		}
	}
}

// refused sends what has to be refused with a status and a code.
func (b browser) refused(method, path string, body any, status int, why string) {
	b.h.t.Helper()
	if got, text := b.call(method, path, body, nil); got != status || code(text) != why {
		b.h.t.Errorf("%s %s: %d %s, want %d %s", method, path, got, text, status, why)
	}
}
