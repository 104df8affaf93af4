package visitsapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/api/reportsapi"
	"beatplan/api/visitsapi"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// callers are who asks: Anna (11) with her manager, Carla (21) of another team.
type callers struct{}

func (callers) Caller(_ context.Context, c api.Credential) (api.Caller, error) {
	who := map[string]api.Caller{
		"root":   {Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything()},
		"lead":   {Actor: business.Actor{Person: 2, Role: business.Manager}, Scope: scope.Scope{People: []int64{11}}},
		"anna":   {Actor: business.Actor{Person: 11, Role: business.Salesperson}, Scope: scope.Scope{People: []int64{11}}},
		"carla":  {Actor: business.Actor{Person: 21, Role: business.Salesperson}, Scope: scope.Scope{People: []int64{21}}},
		"clerk":  {Actor: business.Actor{Person: 31}},
		"sender": {Actor: business.Actor{Person: 41, Role: business.Dispatcher}, Scope: scope.Everything()},
	}[c.Token]
	if who.Actor.Person == 0 {
		return api.Caller{}, api.ErrUnauthenticated
	}
	who.Permissions = identity.PermissionsOf(who.Actor.Role)
	if c.Token == "sender" { // a role that the company shaped: visits without orders
		who.Permissions = []business.Permission{business.VisitsRead}
	}
	return who, nil
}

var (
	place  = orb.Point{-75.5467, 39.7459}
	monday = business.NewDate(2026, 11, 23)
)

// world is everything around visits: shops 101 and 102 of Anna, 201 of Carla, nothing
// due, no roads. It counts what became valid.
type world struct{ valid *int }

func (world) Sites(
	_ context.Context, _ db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]visits.Site, error) {
	var out []visits.Site
	for _, id := range ids {
		owner := business.PersonID(11)
		if id >= 200 {
			owner = 21
		}
		if slices.Contains([]business.CustomerID{101, 102, 201}, id) && sc.Has(int64(owner)) {
			out = append(out, visits.Site{ID: id, Name: fmt.Sprint("Shop ", id), Owner: owner, Point: &place})
		}
	}
	return out, nil
}

func (world) Workers(
	_ context.Context, _ db.Querier, ids []business.PersonID,
) ([]visits.Worker, error) {
	var out []visits.Worker
	for _, id := range []business.PersonID{11, 21} {
		if ids == nil || slices.Contains(ids, id) {
			out = append(out, visits.Worker{ID: id, Name: fmt.Sprint("Person ", id), Active: true, Salesperson: true})
		}
	}
	return out, nil
}

func (world) Due(
	context.Context, db.Querier, business.PersonID, business.Date, int,
) ([]visits.DueCustomer, error) {
	return nil, nil
}

func (world) Evaluate(context.Context, visits.Problem) (visits.Plan, error) {
	return visits.Plan{}, visits.ErrNoRoads
}

func (world) Optimise(context.Context, visits.Problem) (visits.Plan, error) {
	return visits.Plan{}, visits.ErrNoRoads
}

func (world) Line(context.Context, []orb.Point) (orb.LineString, error) {
	return nil, visits.ErrNoRoads
}

func (world) Roads() string { return "" }

func (w world) VisitBecameValid(context.Context, db.Tx, visits.ValidVisit) error {
	*w.valid++
	return nil
}

func (w world) VisitTakenBack(context.Context, db.Tx, business.CustomerID, int64, *visits.ValidVisit) error {
	*w.valid--
	return nil
}

func (world) FoundAt(context.Context, db.Tx, visits.Visit, orb.Point, geo.Meters) error { return nil }

func (world) Publish(context.Context, db.Tx, events.Fact) error { return nil }

func (world) Notice(context.Context, db.Tx, string, []int64, any) error { return nil }

// desk is a server and its clock.
type desk struct {
	http.Handler
	t      *testing.T
	clock  *clock.Manual
	visits *visits.Service
	valid  int
}

// manager is Anna's.
func (d *desk) manager() visits.Caller {
	return visits.Caller{
		Actor: business.Actor{Person: 2, Role: business.Manager}, Scope: scope.Scope{People: []int64{11}},
	}
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, clock: clock.NewManual(monday.At(time.UTC, 600))}
	w := world{&d.valid}
	s := visits.Service{
		DB: pgtest.DB(t), Clock: d.clock, Zone: time.UTC, Customers: w, People: w, Due: w,
		Planner: w, Effects: w, Announcer: w,
	}.Ready()
	a := api.New(api.Options{Version: "test", Sessions: callers{}, Now: d.clock.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(a.Close)
	visitsapi.Mount(a, s)
	reportsapi.Mount(a, visitsapi.Reports(s))
	d.visits = s
	d.Handler = a.Handler()
	return d
}

// answer is what the tests read of any answer.
type answer struct {
	status int
	ID     int64  `json:"id"`
	State  string `json:"state"`
	Code   string `json:"code"`
	Items  []struct {
		ID int64 `json:"id"`
	} `json:"items"`
	text string
}

func (d *desk) ask(token, method, path, key string, body any) answer {
	d.t.Helper()
	text := []byte{}
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			d.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(string(text)))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-Client", "phone")
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", "visitsapi-"+key)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	a := answer{status: w.Code, text: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a) // a list of settings is no object
	return a
}

func (d *desk) arrival(customer int) map[string]any {
	return map[string]any{"customer_id": customer, "fix": map[string]any{
		"position": place, "accuracy_m": 8, "at": d.clock.Now(),
	}}
}

// A visit from check-in to its taking back, each command sent three times: one visit,
// one effect; and what others may see and decide of it.
func TestAVisitOverHTTP(t *testing.T) {
	d := open(t)
	thrice := func(token, path, key string, body any) answer {
		t.Helper()
		var first answer
		for i := range 3 {
			a := d.ask(token, "POST", path, key, body)
			if i == 0 {
				first = a
			}
			if a.status != first.status || a.ID != first.ID || a.status >= 300 {
				t.Fatalf("%s: %d %s, was %d", path, a.status, a.text, first.status)
			}
		}
		return first
	}
	v := thrice("anna", "/v1/visits", "in", d.arrival(101))
	path := fmt.Sprint("/v1/visits/", v.ID)
	d.clock.Advance(20 * time.Minute)
	if out := thrice("anna", path+"/check-out", "out", map[string]any{"notes": "restocked\x00"}); out.State != "valid" || d.valid != 1 {
		t.Errorf("checked out: %+v, %d effects", out, d.valid)
	}
	for token, want := range map[string]int{"anna": 1, "lead": 1, "root": 1, "carla": 0} {
		if list := d.ask(token, "GET", "/v1/visits", "", nil); list.status != 200 || len(list.Items) != want {
			t.Errorf("%s sees %s", token, list.text)
		}
		status := map[int]int{1: 200, 0: 404}[want]
		if one := d.ask(token, "GET", path, "", nil); one.status != status {
			t.Errorf("%s reads it: %d %s", token, one.status, one.text)
		}
	}
	void := map[string]any{"verdict": "void", "reason": "nobody was there"}
	if a := d.ask("anna", "POST", path+"/decision", "own", void); a.status != 403 {
		t.Errorf("decided about one's own: %d %s", a.status, a.text)
	}
	if a := thrice("lead", path+"/decision", "void", void); a.State != "void" || d.valid != 0 {
		t.Errorf("taken back: %+v, %d effects", a, d.valid)
	}
}

// Every refusal has its status and code, and changes nothing.
func TestRefusals(t *testing.T) {
	d := open(t)
	open := d.ask("anna", "POST", "/v1/visits", "open", d.arrival(101))
	path := fmt.Sprint("/v1/visits/", open.ID)
	far, stale, bad := d.arrival(201), d.arrival(201), d.arrival(201)
	far["fix"].(map[string]any)["position"] = orb.Point{-75.0, 39.0}
	stale["fix"].(map[string]any)["at"] = d.clock.Now().Add(-24 * time.Hour)
	bad["fix"].(map[string]any)["position"] = orb.Point{39.7, -175}
	policy := map[string]any{"several_a_day": true, "reorder_on_phone": false, "fence_m": 5,
		"fence_by_kind": map[string]int{}, "fix_age_s": 300, "late_h": 72, "approve_late": false, "approve_outside": false}
	for i, c := range []struct {
		token, method, path string
		body                any
		status              int
		code                string
	}{
		{"", "GET", "/v1/visits", nil, 401, "session.missing"},
		{"clerk", "GET", "/v1/visits", nil, 403, ""},
		{"anna", "GET", "/v1/visits?after=%21", nil, 400, "request.after"},
		{"anna", "GET", "/v1/visits?from=yesterday", nil, 422, "request.invalid"},
		{"anna", "GET", "/v1/visits/999", nil, 404, "visits.no_such_visit"},
		{"anna", "POST", "/v1/visits", d.arrival(102), 409, "visits.open_visit"},
		{"anna", "POST", "/v1/visits", map[string]any{"customer_id": 101}, 422, "request.invalid"},
		{"carla", "POST", "/v1/visits", d.arrival(101), 404, "visits.no_such_customer"},
		{"carla", "POST", "/v1/visits", far, 422, "visits.too_far"},
		{"carla", "POST", "/v1/visits", stale, 422, "visits.stale_fix"},
		{"carla", "POST", "/v1/visits", bad, 422, "visits.bad_fix"},
		{"carla", "POST", path + "/check-out", map[string]any{}, 404, "visits.no_such_visit"},
		{"carla", "POST", path + "/cancel", nil, 404, "visits.no_such_visit"},
		{"anna", "POST", path + "/check-out", map[string]any{"customer_status": "rich"}, 422, "request.invalid"},
		{"lead", "POST", path + "/decision", map[string]any{"verdict": "approve"}, 409, "visits.not_pending"},
		{"lead", "POST", path + "/decision", map[string]any{"verdict": "void", "reason": "x"}, 409, "visits.not_valid"},
		{"anna", "GET", "/v1/days/21/2026-11-23", nil, 404, "visits.no_such_person"},
		{"anna", "POST", "/v1/days/11/2026-11-20/plan", map[string]any{"customer_ids": []int{101}}, 422, "visits.past_day"},
		{"anna", "POST", "/v1/days/11/2026-11-23/plan", map[string]any{"customer_ids": []int{201}}, 404, "visits.no_such_customer"},
		{"lead", "POST", "/v1/days/11/2026-11-23/publish", nil, 422, "visits.empty_day"},
		{"anna", "POST", "/v1/stops/999/skip", map[string]any{"reason": "closed"}, 404, "visits.no_such_stop"},
		{"anna", "PUT", "/v1/visit-policy", policy, 403, ""},
		{"root", "PUT", "/v1/visit-policy", policy, 422, "visits.policy_invalid"},
	} {
		a := d.ask(c.token, c.method, c.path, fmt.Sprint("refused-", i), c.body)
		if a.status != c.status || c.code != "" && a.Code != c.code {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.token, c.method, c.path, a.status, a.text, c.status, c.code)
		}
	}
	if a := d.ask("anna", "POST", "/v1/visits", "", d.arrival(101)); a.Code != "idem.key_missing" {
		t.Errorf("without a key: %d %s", a.status, a.text)
	}
	if a := d.ask("anna", "POST", "/v1/visits", "open", d.arrival(102)); a.Code != "idem.key_reused" {
		t.Errorf("another visit under the same key: %d %s", a.status, a.text)
	}
	if list := d.ask("root", "GET", "/v1/visits", "", nil); len(list.Items) != 1 || d.valid != 0 {
		t.Errorf("refusals left %s, %d effects", list.text, d.valid)
	}
}

// The policy is set once for each key: an old request that comes again does not undo a
// newer one.
func TestAPolicySentAgainUndoesNothing(t *testing.T) {
	d := open(t)
	set := func(key string, fence int) answer {
		return d.ask("root", "PUT", "/v1/visit-policy", key, map[string]any{"several_a_day": true,
			"reorder_on_phone": false, "fence_m": fence, "fence_by_kind": map[string]int{}, "fix_age_s": 300,
			"late_h": 72, "approve_late": false, "approve_outside": false})
	}
	for _, fence := range []int{150, 400, 150} {
		if a := set(fmt.Sprint("fence-", fence), fence); a.status != 200 || !strings.Contains(a.text, `"fence_m":`) {
			t.Fatalf("%d %s", a.status, a.text)
		}
	}
	if a := d.ask("anna", "GET", "/v1/visit-policy", "", nil); !strings.Contains(a.text, `"fence_m":400`) {
		t.Errorf("after the first came again: %s", a.text)
	}
}

// The files hold what the pages show: each visit a line, each person's sums.
func TestFilesEqualThePages(t *testing.T) {
	d := open(t)
	v := d.ask("anna", "POST", "/v1/visits", "in", d.arrival(101))
	d.clock.Advance(85 * time.Minute)
	if out := d.ask("anna", "POST", fmt.Sprint("/v1/visits/", v.ID, "/check-out"), "out",
		map[string]any{"notes": "restocked", "stage": "won"}); out.State != "valid" {
		t.Fatal(out.text)
	}
	lines := func(token, path string) []string {
		t.Helper()
		a := d.ask(token, "GET", path, "", nil)
		if a.status != 200 {
			t.Fatalf("%s: %d %s", path, a.status, a.text)
		}
		return strings.Split(strings.TrimSpace(strings.ReplaceAll(a.text, "\r", "")), "\n")
	}
	work := lines("lead", "/v1/workload/export.csv?language=en&from=2026-11-23&to=2026-11-23")
	if len(work) != 2 || !strings.Contains(work[0], "Person,Visits,Customers,Customers by day") ||
		!strings.HasSuffix(work[1], ",1,1,1,1,85,,,,0,0") {
		t.Errorf("workload: %q", work)
	}
	list := lines("lead", "/v1/visits/export.csv?language=en&from=2026-11-23&state=valid")
	if len(list) != 2 || !strings.Contains(list[1], "Visit,Valid,10:00,11:25,85,") ||
		!strings.Contains(list[1], ",Won,restocked") {
		t.Errorf("visits: %q", list)
	}
	for _, path := range []string{"/v1/visits/export.csv?language=en", "/v1/workload/export.csv?language=en"} {
		if other := lines("carla", path); len(other) != 1 {
			t.Errorf("another team's %s: %q", path, other)
		}
	}
	for path, code := range map[string]string{
		"/v1/workload?from=2026-11-24&to=2026-11-23":            "visits.period_invalid",
		"/v1/workload/export.csv?from=2020-01-01&to=2026-11-23": "visits.period_invalid",
		"/v1/reports/visit-heat?from=1999-01-01&to=2026-11-23":  "visits.period_invalid",
	} {
		if a := d.ask("lead", "GET", path, "", nil); a.status != 422 || a.Code != code {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
}
