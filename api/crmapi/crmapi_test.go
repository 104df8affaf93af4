package crmapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/api/crmapi"
	"beatplan/api/jobsapi"
	"beatplan/api/reportsapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/jobs"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
	"beatplan/internal/sheet"
)

// callers are the tokens of the test: who, with what scope.
type callers struct{}

func (callers) Caller(_ context.Context, c api.Credential) (api.Caller, error) {
	role := business.Salesperson
	var who scope.Scope
	var person business.PersonID
	switch c.Token {
	case "boss":
		role, who, person = business.Manager, scope.Everything(), 1
	case "lead": // manages team 1
		role, who, person = business.Manager, scope.Scope{People: []int64{11, 12}, Version: "t1"}, 2
	case "anna":
		who, person = scope.Scope{People: []int64{11}, Version: "11"}, 11
	case "carla":
		who, person = scope.Scope{People: []int64{21}, Version: "21"}, 21
	default:
		return api.Caller{}, api.ErrUnauthenticated
	}
	may := identity.PermissionsOf(role)
	if role == business.Manager { // this company granted its managers what is off by default
		may = append(may, business.CustomersExport, business.CustomersDelete)
		slices.Sort(may)
	}
	return api.Caller{Actor: business.Actor{Person: person, Role: role}, Scope: who,
		Permissions: may}, nil
}

type site struct {
	*httptest.Server
	t    *testing.T
	s    *crm.Service
	jobs *jobs.Service
	keys int
	now  *clock.Manual
}

func open(t *testing.T) *site {
	t.Helper()
	d := pgtest.DB(t)
	bus, err := events.New(d, events.Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewManual(time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC))
	work := jobs.New(d, bus, now, slog.New(slog.DiscardHandler))
	s := crm.New(crm.Options{DB: d, Clock: now, Zone: time.UTC, Bus: bus, Jobs: work})
	if err := bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.InTx(t.Context(), func(tx db.Tx) error {
		return s.SaveOwners(t.Context(), tx, []crm.Owner{
			{Person: 1, Name: "Boss", Active: true}, {Person: 2, Name: "Lead", Active: true},
			{Person: 11, Name: "Anna", Team: 1, Of: "North", Color: 3, Active: true},
			{Person: 12, Name: "Ben", Team: 1, Of: "North", Active: true},
			{Person: 21, Name: "Carla", Team: 2, Of: "South", Active: true}})
	}); err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Options{Version: "test", Sessions: callers{}, Now: now.Now,
		Log: slog.New(slog.DiscardHandler)})
	crmapi.Mount(a, crmapi.Surface{Service: s})
	reportsapi.Mount(a, crmapi.Reports(s))
	jobsapi.Mount(a, work)
	server := httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		server.Close()
		a.Close()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		_ = work.Close(ctx)
		_ = bus.Stop(ctx)
	})
	return &site{Server: server, t: t, s: s, jobs: work, now: now}
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return out
}

func (s *site) do(token, method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var reader io.Reader
	media := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		reader, media = bytes.NewReader(b), "application/octet-stream"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	s.keys++
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", media)
	r.Header.Set("Idempotency-Key", fmt.Sprintf("crmapi-test-%d", s.keys))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, text}
}

func (s *site) want(a answer, status int, code string) map[string]any {
	s.t.Helper()
	if a.status != status {
		s.t.Fatalf("%d %s, want %d", a.status, a.body, status)
	}
	if len(a.body) == 0 {
		return nil
	}
	out := a.json(s.t)
	if code != "" && out["code"] != code {
		s.t.Fatalf("code %v, want %s: %s", out["code"], code, a.body)
	}
	return out
}

func (s *site) create(token, name string, lon float64, owner any) int64 {
	s.t.Helper()
	body := map[string]any{"name": name, "kind": "shop/bakery", "address": name + " St 1",
		"position": []float64{lon, 39.1}, "visit_every_days": 7, "district": "Kent",
		"phone": "302 555 0100", "contacts": []map[string]any{{"name": "Mr Wu"}}}
	if owner != nil {
		body["owner_id"] = owner
	}
	out := s.want(s.do(token, "POST", "/v1/customers", body), 201, "")
	return int64(out["id"].(float64))
}

func TestACustomerThroughItsLife(t *testing.T) {
	s := open(t)
	id := s.create("anna", "Dover Bakery", -75.52, nil)
	path := fmt.Sprintf("/v1/customers/%d", id)
	got := s.do("anna", "GET", path, nil)
	c := s.want(got, 200, "")
	if c["owner_id"] != float64(11) || c["team_name"] != "North" || c["color_index"] != float64(3) ||
		c["due_on"] != "2026-11-30" || c["number"] != "C000001" || c["last_visit_day"] != nil {
		t.Fatalf("%s", got.body)
	}
	tag := got.header.Get("ETag")
	s.want(s.do("anna", "PATCH", path, map[string]any{"level": "A"}), 400, "request.if_match")
	changed := s.do("anna", "PATCH", path, map[string]any{"level": "A", "position": nil}, "If-Match", tag)
	if c = s.want(changed, 200, ""); c["level"] != "A" || c["position"] != nil {
		t.Fatalf("%s", changed.body)
	}
	s.want(s.do("anna", "PATCH", path, map[string]any{"level": "B"}, "If-Match", tag), 412,
		"crm.customer_changed")
	s.want(s.do("anna", "PATCH", path, map[string]any{"position": []float64{39.1, -175.5}},
		"If-Match", changed.header.Get("ETag")), 422, "crm.invalid")
	h := s.want(s.do("anna", "GET", path+"/history", nil), 200, "")
	if items := h["items"].([]any); len(items) != 2 {
		t.Fatalf("%v", items)
	}
	s.want(s.do("anna", "DELETE", path, nil), 403, "session.denied")
	if a := s.do("boss", "DELETE", path, nil); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if n := s.want(s.do("boss", "GET", "/v1/customers/count", nil), 200, ""); n["total"] != float64(0) {
		t.Fatalf("%v", n)
	}
	s.want(s.do("boss", "POST", path+"/restore", map[string]any{}), 200, "")
	n := s.want(s.do("boss", "GET", "/v1/customers/count", nil), 200, "")
	if n["total"] != float64(1) || n["located"] != float64(0) || n["missing"] != float64(1) {
		t.Fatalf("%v", n)
	}
}

// TestScopeHoldsEverywhere asks every operation for own, team's and foreign
// customers.
//
// feature: F31
func TestScopeHoldsEverywhere(t *testing.T) {
	s := open(t)
	ids := map[string]int64{
		"anna": s.create("anna", "Annas", -75.1, nil), "ben": s.create("boss", "Bens", -75.2, 12),
		"carla": s.create("carla", "Carlas", -75.3, nil), "nobody": s.create("boss", "Nobodys", -75.4, nil),
	}
	sees := map[string][]string{"boss": {"anna", "ben", "carla", "nobody"}, "lead": {"anna", "ben"},
		"anna": {"anna"}, "carla": {"carla"}}
	for token, names := range sees {
		var want []int64
		for _, n := range names {
			want = append(want, ids[n])
		}
		slices.Sort(want)
		for _, query := range []string{"?sort=number", "?sort=number&q=st", "?sort=number&kind=shop",
			"?sort=number&bbox=-76,39,-75,40", "?sort=number&owner=none,11,12,21", "?sort=number&team=1,2,0",
			fmt.Sprintf("?sort=number&ids=%d,%d,%d,%d", ids["anna"], ids["ben"], ids["carla"], ids["nobody"])} {
			got := listed(t, s.want(s.do(token, "GET", "/v1/customers"+query, nil), 200, ""))
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: %v, want %v", token, query, got, want)
			}
		}
		n := s.want(s.do(token, "GET", "/v1/customers/count", nil), 200, "")
		f := s.want(s.do(token, "GET", "/v1/customers/facets", nil), 200, "")
		if n["total"] != float64(len(want)) || len(f["owner"].([]any)) != len(want) {
			t.Errorf("%s counts %v, facets %v", token, n, f["owner"])
		}
		hits := s.want(s.do(token, "GET", "/v1/search?q=st+1", nil), 200, "")
		if len(hits["items"].([]any)) != len(want) {
			t.Errorf("%s finds %v", token, hits["items"])
		}
		for name, id := range ids {
			s.foreign(token, id, slices.Contains(names, name))
		}
	}
}

func (s *site) foreign(token string, id int64, sees bool) {
	s.t.Helper()
	path := fmt.Sprintf("/v1/customers/%d", id)
	if sees {
		s.want(s.do(token, "GET", path, nil), 200, "")
		return
	}
	s.want(s.do(token, "GET", path, nil), 404, "crm.no_such_customer")
	s.want(s.do(token, "GET", path+"/history", nil), 404, "crm.no_such_customer")
	s.want(s.do(token, "GET", path+"/pin-proposal", nil), 404, "crm.no_such_customer")
	s.want(s.do(token, "PATCH", path, map[string]any{"level": "A"}, "If-Match", `"1"`), 404,
		"crm.no_such_customer")
	s.want(s.do(token, "POST", "/v1/customers/assign",
		map[string]any{"customer_ids": []int64{id}, "owner_id": 11}), 404, "crm.no_such_customer")
}

func listed(t *testing.T, page map[string]any) []int64 {
	t.Helper()
	var ids []int64
	for _, item := range page["items"].([]any) {
		ids = append(ids, int64(item.(map[string]any)["id"].(float64)))
	}
	return ids
}

func TestListsArePagedWithoutGapOrDouble(t *testing.T) {
	s := open(t)
	for i := range 23 {
		s.create("boss", fmt.Sprintf("Shop %02d", i%5*5+i/5), -75-float64(i)/50, []any{11, 12, 21}[i%3])
	}
	for _, sort := range []string{"name", "-name", "number", "-overdue_days", "last_visit_at",
		"-updated_at", "-open_receivable_cents", "distance&near=-75.3,39"} {
		var all []int64
		after := ""
		for pages := 0; ; pages++ {
			page := s.want(s.do("boss", "GET", "/v1/customers?limit=6&sort="+sort+"&after="+
				url.QueryEscape(after), nil), 200, "")
			all = append(all, listed(t, page)...)
			if pages == 0 && page["total"] != float64(23) {
				t.Errorf("%s: total %v", sort, page["total"])
			}
			if page["next"] == nil {
				break
			}
			after = page["next"].(string)
		}
		slices.Sort(all)
		if len(slices.Compact(all)) != 23 || len(all) != 23 {
			t.Errorf("%s: %d rows", sort, len(all))
		}
	}
	s.want(s.do("boss", "GET", "/v1/customers?after=nonsense", nil), 400, "request.after")
	for _, bad := range []string{"level=Z", "owner=x", "bbox=1,2,3", "bbox=-75,40,-76,39",
		"polygon=" + url.QueryEscape("1,2;3,4"), "due=never", "near=200,0", "ids=1," + strings.Repeat("2,", 2000)} {
		a := s.do("boss", "GET", "/v1/customers?"+bad, nil)
		if a.status != 400 || a.json(t)["code"] != "crm.bad_filter" {
			t.Errorf("%s: %d %s", bad[:min(len(bad), 40)], a.status, a.body)
		}
	}
}

// TestExportObeysScopeAndPermission also checks that no text becomes a formula.
func TestExportObeysScopeAndPermission(t *testing.T) {
	s := open(t)
	s.create("anna", "=cmd|' /C calc'!A0", -75.1, nil)
	s.create("carla", "Carlas", -75.2, nil)
	s.create("boss", "Bens", -75.3, 12)
	for _, path := range []string{"/v1/customers/export.csv", "/v1/customers/export.xlsx"} {
		for token, want := range map[string]int{"boss": 3, "lead": 2} {
			a := s.do(token, "GET", path+"?kind=shop&language=zh", nil)
			if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
				t.Fatalf("%s %s: %d %s", token, path, a.status, a.body)
			}
			f, err := sheet.Open(a.body)
			if err != nil {
				t.Fatal(err)
			}
			var rows []sheet.Row
			for row, err := range f.Rows() {
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, row)
			}
			if len(rows) != want+1 || rows[0].Cells[1] != "名称" || f.Computed != 0 ||
				rows[1].Cells[1] != "=cmd|' /C calc'!A0" {
				t.Errorf("%s %s: %+v", token, path, rows)
			}
			if f.Format == sheet.CSV && strings.Contains(string(a.body), ",=cmd") {
				t.Error("the CSV holds a formula")
			}
		}
		if a := s.do("anna", "GET", path, nil); a.status != 403 {
			t.Errorf("a salesperson exports: %d", a.status)
		}
		s.want(s.do("boss", "GET", path+"?level=Z", nil), 400, "crm.bad_filter")
	}
}

func TestImportOverHTTP(t *testing.T) {
	s := open(t)
	template := s.do("boss", "GET", "/v1/customers/template.xlsx", nil)
	if f, err := sheet.Open(template.body); err != nil || f.Format != sheet.XLSX {
		t.Fatalf("template: %v", err)
	}
	var b bytes.Buffer
	w, err := sheet.NewXLSX(&b, "Customers")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]any{{"名称", "经度", "纬度", "区域"}, {"永盛", 116.3975, 39.9087, "东城区"},
		{"老王", nil, nil, "西城区"}, {"坏", 39.9, 116.4, "东城区"}} {
		if err := w.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if a := s.do("anna", "POST", "/v1/customer-imports?name=x.xlsx", b.Bytes()); a.status != 403 {
		t.Errorf("a salesperson imports: %d", a.status)
	}
	up := s.want(s.do("boss", "POST", "/v1/customer-imports?name=x.xlsx", b.Bytes()), 201, "")
	path := fmt.Sprintf("/v1/customer-imports/%v", up["id"])
	settings := map[string]any{"columns": up["suggested"], "datum": "gcj02", "mode": "good"}
	p := s.want(s.do("boss", "POST", path+"/preview", settings), 200, "")
	if p["located"] != float64(1) || p["missing"] != float64(1) || p["swapped"] != float64(1) {
		t.Fatalf("%v", p)
	}
	s.want(s.do("lead", "GET", path, nil), 404, "crm.no_such_import")
	run := s.want(s.do("boss", "POST", path+"/run", settings), 202, "")
	if _, err := s.jobs.Wait(t.Context(), int64(run["job_id"].(float64))); err != nil {
		t.Fatal(err)
	}
	job := s.want(s.do("boss", "GET", fmt.Sprintf("/v1/jobs/%v", run["job_id"]), nil), 200, "")
	end := s.want(s.do("boss", "GET", path, nil), 200, "")
	if job["state"] != "done" || end["state"] != "done" || end["created"] != float64(2) ||
		end["refused"] != float64(1) {
		t.Fatalf("%v %v", job, end)
	}
	faults := s.want(s.do("boss", "GET", path+"/faults", nil), 200, "")["items"].([]any)
	if f := faults[0].(map[string]any); f["line"] != float64(4) || f["column"] != "纬度" || f["code"] != "swapped" {
		t.Fatalf("%v", f)
	}
	if a := s.do("boss", "GET", path+"/faults.csv", nil); a.status != 200 ||
		!strings.Contains(string(a.body), "纬度") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	d := s.want(s.do("boss", "GET", "/v1/customers/districts?located=false", nil), 200, "")["items"].([]any)
	if len(d) != 1 || d[0].(map[string]any)["district"] != "西城区" {
		t.Fatalf("the queue is %v", d)
	}
	s.want(s.do("boss", "POST", "/v1/customer-imports?name=big.csv", make([]byte, 50<<20)), 413,
		"request.too_large")
	s.want(s.do("boss", "POST", "/v1/customer-imports?name=bad.csv", []byte("a,b\n\"open\n")), 422,
		"sheet.unreadable")
}

func TestThePoolOverHTTP(t *testing.T) {
	s := open(t)
	id := s.create("boss", "Pooled", -75.5, nil)
	path := fmt.Sprintf("/v1/pool/%d/claim", id)
	if got := listed(t, s.want(s.do("anna", "GET", "/v1/pool?q=pooled", nil), 200, "")); len(got) != 1 {
		t.Fatalf("the pool shows %v", got)
	}
	s.want(s.do("boss", "POST", path, nil), 403, "crm.may_not_claim")
	s.want(s.do("anna", "POST", path, nil, "Idempotency-Key", ""), 400, "idem.key_missing")
	s.want(s.do("anna", "POST", path, nil), 200, "")
	s.want(s.do("carla", "POST", path, nil), 409, "crm.not_in_pool")
	s.want(s.do("carla", "POST", fmt.Sprintf("/v1/customers/%d/release", id), nil), 404,
		"crm.no_such_customer")
	s.want(s.do("anna", "POST", fmt.Sprintf("/v1/customers/%d/release", id), nil), 200, "")
	s.want(s.do("anna", "POST", path, nil), 409, "crm.cool_down")
	rules := s.do("anna", "GET", "/v1/pool-policy", nil)
	if s.want(rules, 200, "")["cooldown_hours"] != float64(24) {
		t.Fatalf("%s", rules.body)
	}
	s.want(s.do("anna", "PUT", "/v1/pool-policy", rules.json(t), "If-Match",
		rules.header.Get("ETag")), 403, "session.denied")
}

// feature: Y21
func TestTheCardShowsWhatTheCustomerPageShows(t *testing.T) {
	s := open(t)
	id := s.create("anna", "Facts", -75.5, nil)
	page := s.do("anna", "GET", fmt.Sprintf("/v1/customers/%d", id), nil).json(t)
	row := s.do("anna", "GET", fmt.Sprintf("/v1/customers?ids=%d", id), nil).json(t)["items"].([]any)[0]
	for _, fact := range []string{"owner_name", "last_visit_at", "last_order_at", "open_receivable_cents",
		"due_on", "overdue_days", "position"} {
		if _, ok := page[fact]; !ok {
			t.Errorf("the page does not show %s", fact)
		}
		if fmt.Sprint(page[fact]) != fmt.Sprint(row.(map[string]any)[fact]) {
			t.Errorf("%s: page %v, row %v", fact, page[fact], row.(map[string]any)[fact])
		}
	}
	if p := page["position"].([]any); p[0] != -75.5 || p[1] != 39.1 {
		t.Errorf("position %v, want longitude first", orb.Point{p[0].(float64), p[1].(float64)})
	}
}
