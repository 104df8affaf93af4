package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/visits"
	"beatplan/internal/idem"
	"beatplan/internal/jobs"
	"beatplan/internal/scope"
	"beatplan/territory"
)

// spread gives the company customers on a grid, three quarters of them to mine.
func (h *company) spread() []crm.Customer {
	h.t.Helper()
	var out []crm.Customer
	for i := range 60 {
		owner := h.mine.ID
		if i%10 >= 8 {
			owner = h.theirs.ID
		}
		c, err := h.CRM.Create(h.t.Context(), crm.By{
			Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything(),
			Key: idem.Key(fmt.Sprintf("spread-key-%d", i)),
		}, crm.NewCustomer{
			Name: fmt.Sprintf("Shop %02d", i), Kind: "shop/bakery", Level: "B", Owner: owner,
			Address: fmt.Sprintf("%d High Street", i), VisitEveryDays: 14,
			Pin: &crm.Pin{Point: orb.Point{-75.6 + 0.01*float64(i%10), 39.7 + 0.01*float64(i/10)}},
		})
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

type scenarioAnswer struct {
	ID      int64  `json:"id"`
	State   string `json:"state"`
	Version int64  `json:"version"`
	Proof   *struct {
		Gap       float64 `json:"gap"`
		Deviation float64 `json:"deviation"`
	} `json:"proof"`
	AskedOn *string       `json:"asked_on"`
	Plan    figuresAnswer `json:"plan"`
	Today   figuresAnswer `json:"today"`
}

type figuresAnswer struct {
	Deviation float64                             `json:"deviation"`
	Moved     float64                             `json:"moved"`
	Split     int                                 `json:"split"`
	Areas     []struct{ Level, Areas, Split int } `json:"areas"`
	People    []struct {
		Person    int64   `json:"person_id"`
		Customers int     `json:"customers"`
		Hours     float64 `json:"hours"`
		In        int     `json:"in"`
		Out       int     `json:"out"`
		Reock     float64 `json:"reock"`
	} `json:"people"`
}

type unitsAnswer struct {
	Customers []int64   `json:"customers"`
	Was       []int64   `json:"was"`
	Person    []int64   `json:"person"`
	Refused   []string  `json:"refused"`
	Lon       []float64 `json:"lon"`
	Lat       []float64 `json:"lat"`
}

// scenarios drives one scenario over HTTP.
type scenarios struct {
	browser
	at scenarioAnswer
}

func (s *scenarios) path(rest string) string {
	return fmt.Sprintf("/v1/territory-scenarios/%d%s", s.at.ID, rest)
}

func (s *scenarios) do(rest string, body map[string]any) {
	s.h.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	body["version"] = s.at.Version
	s.must("POST", s.path(rest), body, &s.at)
}

func (s *scenarios) read() { s.h.t.Helper(); s.must("GET", s.path(""), nil, &s.at) }

func (s *scenarios) units() (u unitsAnswer) {
	s.h.t.Helper()
	s.must("GET", s.path("/units"), nil, &u)
	return u
}

func (s *scenarios) optimise() {
	s.h.t.Helper()
	var job struct {
		ID int64 `json:"id"`
	}
	s.must("POST", s.path("/optimise"), map[string]any{"version": s.at.Version}, &job)
	done, err := s.h.Jobs.Wait(s.h.t.Context(), job.ID)
	if err != nil || done.State != jobs.Done {
		s.h.t.Fatalf("optimise: %+v %v", done, err)
	}
	s.read()
}

func (h *company) ownerOf(id int64) int64 {
	h.t.Helper()
	c, err := h.CRM.Customer(h.t.Context(), scope.Everything(), business.CustomerID(id))
	if err != nil {
		h.t.Fatal(err)
	}
	return int64(c.Owner)
}

// A scenario from a copy of today to the day on which it comes into force. Nothing
// changes before; then owners change with history, except the locked exception;
// open plans go along; what happened stays with whom it happened to. Statements 7
// and 8 of the territory rules.
//
// feature: G59
func TestScenarioComesIntoForceOnItsDay(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := scenarios{browser: h.browser(business.Admin)}
	desk.must("POST", "/v1/territory-scenarios", map[string]any{"name": "2027", "by_road": false}, &desk.at)
	desk.read()
	before := desk.at.Today.Deviation
	// A key account of mine in the middle of what becomes theirs stays mine.
	exception := int64(shops[7].ID)
	desk.do("/locks", map[string]any{"customers": []int64{exception}, "locked": true})
	desk.optimise()
	if p := desk.at; p.Proof == nil || p.Plan.Deviation > 0.05 || p.Plan.Deviation > before/2 || p.Plan.Split > 0 {
		t.Fatalf("deviation %.3f → %+v", before, desk.at)
	}
	u := desk.units()
	moved, gone := 0, int64(0)
	for i := range u.Customers {
		if u.Customers[i] == exception && u.Person[i] != int64(h.mine.ID) {
			t.Error("the locked customer moves")
		}
		if u.Person[i] != u.Was[i] {
			moved++
			if u.Was[i] == int64(h.mine.ID) {
				gone = u.Customers[i]
			}
		}
	}
	if moved < 10 {
		t.Fatalf("only %d customers move", moved)
	}
	h.visited(gone)
	day := h.Visits.Today().Add(9)
	h.plan(day, gone)
	owners := map[int64]int64{}
	for i := range u.Customers {
		owners[u.Customers[i]] = h.ownerOf(u.Customers[i])
	}
	on := h.Visits.Today().Add(5)
	desk.do("/submit", nil)
	desk.do("/publish", map[string]any{"on": on.String()})
	if err := h.Territories.ComeIntoForce(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, owner := range owners {
		if h.ownerOf(id) != owner {
			t.Fatalf("customer %d changed hands before the day", id)
		}
	}
	h.at(5 * 24 * time.Hour)
	if err := h.Territories.ComeIntoForce(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range u.Customers {
		if got := h.ownerOf(u.Customers[i]); got != u.Person[i] {
			t.Errorf("customer %d is %d's, the plan says %d", u.Customers[i], got, u.Person[i])
		}
	}
	h.afterwards(gone, day)
}

// visited lets mine make a valid visit.
func (h *company) visited(customer int64) {
	h.t.Helper()
	phone := h.browser(business.Salesperson).onPhone()
	phone.keys.Store(500)
	var v visitAnswer
	phone.must("POST", "/v1/visits", map[string]any{"customer_id": customer, "fix": h.fix(), "reason": "next door"}, &v)
	h.at(15 * time.Minute)
	phone.must("POST", fmt.Sprintf("/v1/visits/%d/check-out", v.ID),
		map[string]any{"fix": h.fix()}, nil)
}

// plan puts a customer on mine's published day.
func (h *company) plan(day business.Date, customer int64) {
	h.t.Helper()
	desk := h.browser(business.Manager)
	desk.keys.Store(700)
	path := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, day)
	desk.must("POST", path+"/plan", map[string]any{"customer_ids": []int64{customer, int64(h.own.ID)}}, nil)
	desk.must("POST", path+"/publish", nil, nil)
}

// afterwards looks at what went along and what stayed.
func (h *company) afterwards(gone int64, day business.Date) {
	h.t.Helper()
	ctx := h.t.Context()
	caller := visits.Caller{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything()}
	for person, want := range map[business.PersonID]bool{h.mine.ID: false, h.theirs.ID: true} {
		d, err := h.Visits.Day(ctx, caller, visits.PersonDay{Person: person, Date: day})
		if err != nil {
			h.t.Fatal(err)
		}
		has := false
		for _, item := range d.Items {
			has = has || int64(item.Stop.Customer) == gone && item.Stop.Published != nil
		}
		if has != want {
			h.t.Errorf("person %d has the planned visit: %v, want %v", person, has, want)
		}
	}
	rows, _, err := h.Visits.Visits(ctx, caller, visits.Filter{})
	if err != nil || len(rows) != 1 || rows[0].Person != h.mine.ID {
		h.t.Errorf("the visit that was made is no longer its maker's: %+v %v", rows, err)
	}
	history, err := h.CRM.History(ctx, scope.Everything(), business.CustomerID(gone), 0, 20)
	found := false
	for _, c := range history {
		found = found || c.Command == "reassigned"
	}
	if err != nil || !found {
		h.t.Errorf("the history says nothing: %+v %v", history, err)
	}
	areas, err := h.Territories.Areas(ctx, scope.Everything(), seekAll())
	if err != nil || len(areas) != 2 {
		h.t.Errorf("%d areas in force, %v", len(areas), err)
	}
	h.inGIS(areas)
}

// inGIS reads the territories in force as desktop GIS does: those of one's scope, since
// when they hold, and GDAL with its own reader.
func (h *company) inGIS(areas []territory.Area) {
	h.t.Helper()
	admin, token := h.tokens[business.Admin], h.tokens[business.Manager]
	const items = "/ogc/collections/territories/items"
	since := areas[0].Since.Format(time.DateOnly)
	for query, want := range map[string]int{"": 2, "?limit=1": 1, "?bbox=0,0,1,1": 0,
		"?datetime=" + since: 2, "?datetime=../" + since: 2, "?datetime=2020-01-01/2020-12-31": 0} {
		status, body := h.ask(admin, http.MethodGet, items+query, "")
		if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"numberReturned":%d`, want)) {
			h.t.Errorf("%s: %d %.300s", query, status, body)
		}
	}
	for _, a := range areas {
		seen := http.StatusNotFound
		if a.Person == int64(h.mine.ID) {
			seen = http.StatusOK
		}
		for path, want := range map[string]int{admin: http.StatusOK, token: seen} {
			if status, body := h.ask(path, http.MethodGet, fmt.Sprint(items, "/", a.ID), ""); status != want {
				h.t.Errorf("territory of %d: %d %.200s", a.Person, status, body)
			}
		}
	}
	out := ogrinfo(h.t, "--config", "GDAL_HTTP_COOKIE", "beatplan="+admin,
		"OAPIF:"+h.srv.URL+"/ogc", "territories")
	for _, want := range []string{"Geometry: Multi Polygon", "Feature Count: 2", "person_name: String"} {
		if !strings.Contains(out, want) {
			h.t.Errorf("ogrinfo does not say %q:\n%s", want, out)
		}
	}
}

// A person's limit is respected on the day; who does not fit stays where it is and
// the plan says why.
func TestScenarioRespectsThePersonsLimit(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	limit := 14
	if err := h.CRM.SetPoolLimit(t.Context(), crm.By{Scope: scope.Everything(),
		Actor: business.Actor{Role: business.Admin}}, crm.PoolLimit{Person: h.theirs.ID, MaxHeld: &limit}); err != nil {
		t.Fatal(err)
	}
	desk := scenarios{browser: h.browser(business.Admin)}
	desk.must("POST", "/v1/territory-scenarios", map[string]any{"name": "limit"}, &desk.at)
	ids := []int64{int64(shops[0].ID), int64(shops[1].ID), int64(shops[2].ID)}
	desk.do("/moves", map[string]any{"customers": ids, "to": int64(h.theirs.ID)})
	desk.do("/submit", nil)
	desk.do("/publish", map[string]any{"on": h.Visits.Today().String()})
	if desk.at.State != "live" {
		t.Fatalf("published for today: %+v", desk.at)
	}
	refused, given := 0, 0
	u := desk.units()
	for i := range u.Customers {
		if u.Refused[i] == "crm.pool_limit" {
			refused++
		} else if u.Person[i] != u.Was[i] {
			given++
		}
	}
	if given != 1 || refused != 2 {
		t.Errorf("%d customers given, %d refused", given, refused)
	}
}

func TestEditsOfAScenarioCanBeUndone(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := scenarios{browser: h.browser(business.Admin)}
	desk.must("POST", "/v1/territory-scenarios", map[string]any{"name": "edits"}, &desk.at)
	first := desk.units()
	mine, theirs := int64(h.mine.ID), int64(h.theirs.ID)
	lasso := [][][]float64{{{-75.61, 39.69}, {-75.575, 39.69}, {-75.575, 39.76}, {-75.61, 39.76}}}
	desk.do("/moves", map[string]any{"within": lasso, "to": theirs})
	if u := desk.units(); count(u.Person, theirs)-count(first.Person, theirs) != 18 {
		t.Errorf("the lasso moved %d", count(u.Person, theirs)-count(first.Person, theirs))
	}
	stale := map[string]any{"version": desk.at.Version - 1, "customers": []int64{int64(shops[0].ID)}, "to": mine}
	if status, text := desk.call("POST", desk.path("/moves"), stale, nil); status != http.StatusConflict {
		t.Errorf("a stale version: %d %s", status, text)
	}
	desk.do("/merge", map[string]any{"from": theirs, "to": mine})
	if u := desk.units(); count(u.Person, mine) != len(u.Person) {
		t.Error("after the merge somebody else has customers")
	}
	desk.do("/split", map[string]any{"from": mine, "to": theirs})
	if u := desk.units(); count(u.Person, mine) < 28 || count(u.Person, theirs) < 28 {
		t.Errorf("the split gave %d and %d", count(u.Person, mine), count(u.Person, theirs))
	}
	for range 3 {
		desk.do("/undo", nil)
	}
	if u := desk.units(); fmt.Sprint(u) != fmt.Sprint(first) {
		t.Error("after undoing everything the scenario is not what it was")
	}
	if status, _ := desk.call("POST", desk.path("/undo"), map[string]any{"version": 0}, nil); status != http.StatusConflict {
		t.Errorf("nothing is left to undo: %d", status)
	}
	if desk.read(); len(desk.at.Plan.People) != 2 || desk.at.Plan.People[0].Reock <= 0 {
		t.Errorf("figures: %+v", desk.at.Plan)
	}
	other := h.browser(business.Manager)
	if status, _ := other.call("GET", desk.path(""), nil, nil); status != http.StatusNotFound {
		t.Errorf("a manager of a team reads the whole company's scenario: %d", status)
	}
}

func count(list []int64, v int64) (n int) {
	for _, x := range list {
		if x == v {
			n++
		}
	}
	return n
}

func seekAll() territory.Seek { return territory.Seek{Limit: 100} }
