package warningsapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"beatplan/api"
	"beatplan/api/warningsapi"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/business/warnings"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// callers are who asks: root sees everything, anna (11) her own, keeper nothing of it.
type callers struct{}

func (callers) Caller(_ context.Context, c api.Credential) (api.Caller, error) {
	who := map[string]api.Caller{
		"root":   {Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything()},
		"anna":   {Actor: business.Actor{Person: 11, Role: business.Salesperson}, Scope: scope.Scope{People: []int64{11}}},
		"nobody": {Actor: business.Actor{Person: 12}},
	}[c.Token]
	if who.Actor.Person == 0 {
		return api.Caller{}, api.ErrUnauthenticated
	}
	who.Permissions = identity.PermissionsOf(who.Actor.Role)
	return who, nil
}

var today = business.NewDate(2026, 11, 23)

// shops 1 to 6 were got 10 to 15 days ago; the odd ones are Anna's, the even ones 21's.
type shops struct{}

func (shops) Facts(
	_ context.Context, _ db.Querier, ids []business.CustomerID,
) ([]warnings.Customer, error) {
	var out []warnings.Customer
	for _, id := range ids {
		owner := business.PersonID(11)
		if id%2 == 0 {
			owner = 21
		}
		out = append(out, warnings.Customer{
			ID: id, Owner: owner, Kind: "shop", Level: "A", EveryDays: 7, AssignedOn: today.Add(-9 - int(id)),
		})
	}
	return out, nil
}

func (shops) Cards(
	_ context.Context, _ db.Querier, ids []business.CustomerID,
) ([]warnings.Card, error) {
	var out []warnings.Card
	for _, id := range ids {
		out = append(out, warnings.Card{ID: id, Name: fmt.Sprint("Shop ", id), Receivable: 100 * int64(id)})
	}
	return out, nil
}

// Shared: shop 2 is shared with Anna.
func (shops) Shared(
	_ context.Context, _ db.Querier, sc scope.Scope,
) ([]business.CustomerID, error) {
	if sc.Has(11) && !sc.Has(21) {
		return []business.CustomerID{2}, nil
	}
	return nil, nil
}

func (shops) Sees(
	_ context.Context, _ db.Querier, sc scope.Scope, id business.CustomerID,
) (bool, error) {
	return sc.All || id <= 6 && (id%2 == 1 || id == 2), nil
}

func (shops) Planned(
	context.Context, db.Querier, business.Date, []business.CustomerID,
) ([]business.CustomerID, error) {
	return []business.CustomerID{3}, nil
}

func (shops) Activities(
	_ context.Context, _ db.Querier, sc scope.Scope, _, _ business.Date,
) ([]warnings.Activity, error) {
	var out []warnings.Activity
	for _, p := range []business.PersonID{11, 21} {
		if sc.Has(int64(p)) {
			out = append(out, warnings.Activity{Person: p, DutyFrom: today.Add(-int(p))})
		}
	}
	return out, nil
}

func (shops) Gaps(
	_ context.Context, _ db.Querier, ids []business.CustomerID, from, to business.Date,
) ([]warnings.Gap, error) {
	var out []warnings.Gap
	for _, id := range ids {
		out = append(out, warnings.Gap{Customer: id, First: from, Last: to, Days: 1 + int(id)})
	}
	return out, nil
}

func (shops) Publish(context.Context, db.Tx, events.Fact) error { return nil }

func open(t *testing.T) (http.Handler, *warnings.Service) {
	t.Helper()
	now := clock.NewManual(today.At(time.UTC, 600))
	s := &warnings.Service{
		DB: pgtest.DB(t), Clock: now, Zone: time.UTC, Customers: shops{}, Plans: shops{},
		People: shops{}, Visits: shops{}, Publisher: shops{},
	}
	err := s.DB.InTx(t.Context(), func(tx db.Tx) error {
		return s.Refresh(t.Context(), tx, []business.CustomerID{1, 2, 3, 4, 5, 6})
	})
	if err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Options{Version: "test", Sessions: callers{}, Now: now.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(a.Close)
	warningsapi.Mount(a, s)
	return a.Handler(), s
}

func ask(
	t *testing.T, h http.Handler, token, method, path, body string, header ...string,
) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Every refusal has its status and code, for every operation.
func TestRefusals(t *testing.T) {
	h, _ := open(t)
	rule := `{"enabled":true,"threshold_days":5}`
	key := []string{"Idempotency-Key", "warnings-refused", "If-Match", `"1"`}
	for _, c := range []struct {
		token, method, path, body string
		header                    []string
		status                    int
		code                      string
	}{
		{"", "GET", "/v1/due", "", nil, 401, "session.missing"},
		{"nobody", "GET", "/v1/due", "", nil, 403, ""},
		{"anna", "GET", "/v1/due?person=21", "", nil, 404, "warnings.no_such_person"},
		{"anna", "GET", "/v1/due?date=tomorrow", "", nil, 422, ""},
		{"anna", "GET", "/v1/due?limit=501", "", nil, 422, ""},
		{"anna", "GET", "/v1/warnings?person=21", "", nil, 404, "warnings.no_such_person"},
		{"anna", "GET", "/v1/warnings/customers/person_visit", "", nil, 422, ""},
		{"anna", "GET", "/v1/warnings/customers/customer_visit?person=21", "", nil, 404, "warnings.no_such_person"},
		{"anna", "GET", "/v1/warnings/customers/customer_visit?after=%21", "", nil, 400, "request.after"},
		{"anna", "GET", "/v1/warnings/people/customer_visit", "", nil, 422, ""},
		{"anna", "GET", "/v1/customers/4/warnings", "", nil, 404, "warnings.no_such_customer"},
		{"nobody", "GET", "/v1/customers/1/warnings", "", nil, 403, ""},
		{"anna", "GET", "/v1/warnings/cycles?person=21", "", nil, 404, "warnings.no_such_person"},
		{"anna", "GET", "/v1/warnings/cycles?tolerance=-1", "", nil, 422, ""},
		{"anna", "PUT", "/v1/warning-rules/customer_visit", rule, key, 403, ""},
		{"root", "PUT", "/v1/warning-rules/customer_visit", rule, key[:2], 400, "request.if_match"},
		{"root", "PUT", "/v1/warning-rules/customer_visit", rule, key[2:], 400, "idem.key_missing"},
		{"root", "PUT", "/v1/warning-rules/somebody", rule, key, 422, ""},
		{"root", "PUT", "/v1/warning-rules/customer_visit", `{"enabled":true,"threshold_days":3651}`, key, 422, "warnings.rule_invalid"},
		{"root", "PUT", "/v1/warning-rules/customer_visit", `{"enabled":true,"threshold_days":9,"by_level":{"A":0}}`, key, 422, "warnings.rule_invalid"},
		{"root", "PUT", "/v1/warning-rules/person_visit", `{"enabled":true,"threshold_days":9,"weekdays":[1,1]}`, key, 422, "warnings.rule_invalid"},
		{"root", "PUT", "/v1/warning-rules/customer_visit", rule, []string{key[0], key[1], key[2], `"7"`}, 412, "warnings.rule_changed"},
	} {
		status, text := ask(t, h, c.token, c.method, c.path, c.body, c.header...)
		if status != c.status || !strings.Contains(text, `"code":"`+c.code) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.token, c.method, c.path, status, text, c.status, c.code)
		}
	}
}

type page struct {
	Items []struct {
		ID      int  `json:"customer_id"`
		Overdue int  `json:"overdue_days"`
		Planned bool `json:"planned"`
		Owed    int  `json:"open_receivable_cents"`
	} `json:"items"`
	Next  string `json:"next"`
	Total *int   `json:"total"`
}

// A list shows what lies in the caller's scope and nothing else, page by page, the
// longest overdue first, with one total that is its length.
func TestListsByScope(t *testing.T) {
	h, _ := open(t)
	for token, want := range map[string][]int{"root": {6, 5, 4, 3, 2, 1}, "anna": {5, 3, 2, 1}} {
		var ids []int
		for after := ""; ; {
			status, text := ask(t, h, token, "GET", "/v1/warnings/customers/customer_visit?limit=2"+after, "")
			var p page
			if err := json.Unmarshal([]byte(text), &p); err != nil || status != 200 {
				t.Fatal(status, text)
			}
			if after == "" && (p.Total == nil || *p.Total != len(want)) {
				t.Errorf("%s: total in %s", token, text)
			}
			for _, it := range p.Items {
				ids = append(ids, it.ID)
				if it.Overdue != 2+it.ID || it.Planned != (it.ID == 3) || it.Owed != 100*it.ID {
					t.Errorf("%s: %+v", token, it)
				}
			}
			if after = "&after=" + p.Next; p.Next == "" {
				break
			}
		}
		if fmt.Sprint(ids) != fmt.Sprint(want) {
			t.Errorf("%s sees %v", token, ids)
		}
		_, counts := ask(t, h, token, "GET", "/v1/warnings", "")
		if !strings.Contains(counts, fmt.Sprintf(`{"kind":"customer_visit","enabled":true,"count":%d}`, len(want))) {
			t.Errorf("%s: %s", token, counts)
		}
		_, cycles := ask(t, h, token, "GET", "/v1/warnings/cycles", "")
		if got := strings.Count(cycles, `"name":"Shop `); got != map[string]int{"root": 6, "anna": 3}[token] {
			t.Errorf("%s: %d cycles in %s", token, got, cycles)
		}
		_, people := ask(t, h, token, "GET", "/v1/warnings/people/person_visit", "")
		if got := strings.Count(people, `"person_id"`); got != map[string]int{"root": 2, "anna": 1}[token] {
			t.Errorf("%s: %s", token, people)
		}
	}
	_, one := ask(t, h, "anna", "GET", "/v1/customers/2/warnings", "")
	if strings.Count(one, `"kind"`) != 1 || !strings.Contains(one, `"kind":"customer_visit","overdue_days":4,`) {
		t.Errorf("of a shop that is shared: %s", one)
	}
	_, due := ask(t, h, "anna", "GET", "/v1/due?date=2026-11-18", "")
	var p page
	if err := json.Unmarshal([]byte(due), &p); err != nil || len(p.Items) != 2 || p.Items[0].ID != 5 || p.Items[1].Overdue != 0 {
		t.Errorf("due that day: %s %v", due, err)
	}
}

// A setting is changed once for each key, under the version that was read.
func TestARuleIsSetOnce(t *testing.T) {
	h, s := open(t)
	set := func(version, key, body string) (int, string) {
		return ask(t, h, "root", "PUT", "/v1/warning-rules/customer_order", body, "If-Match", version, "Idempotency-Key", key)
	}
	body := `{"enabled":true,"threshold_days":11,"by_level":{"A":3}}`
	first, text := set(`"1"`, "rule-key-1", body)
	for range 3 {
		if status, again := set(`"1"`, "rule-key-1", body); status != first || again != text {
			t.Errorf("replayed: %d %s, was %d %s", status, again, first, text)
		}
	}
	if status, text := set(`"1"`, "rule-key-1", `{"enabled":false,"threshold_days":null}`); status != 409 || !strings.Contains(text, "idem.key_reused") {
		t.Errorf("another setting under the same key: %d %s", status, text)
	}
	rules, err := s.Rules(t.Context())
	if err != nil || first != 200 || rules[1].Version != 2 || rules[1].Threshold != 11 || rules[1].ByLevel["A"] != 3 {
		t.Errorf("%d %+v %v", first, rules[1], err)
	}
	if status, text := set(`"2"`, "rule-key-2", `{"enabled":false,"threshold_days":null}`); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if _, counts := ask(t, h, "root", "GET", "/v1/warnings", ""); !strings.Contains(counts, `{"kind":"customer_order","enabled":false,"count":0}`) {
		t.Errorf("switched off: %s", counts)
	}
}
