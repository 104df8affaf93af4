package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/audit"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/internal/scope"
)

// Carrying customers away and taking them out of the lists are rights that nobody has
// until they are granted; each use is in the trail. An archive that is closed to edits
// changes by approved requests alone, whoever tries, and nothing is ever gone for good.
//
// feature: Z2-3
func TestTheArchiveIsGuarded(t *testing.T) {
	h := newCompany(t)
	controlled := []business.Permission{business.CustomersExport, business.CustomersDelete}
	roles, err := h.Identity.Roles(t.Context())
	if err != nil || len(roles) < 5 {
		t.Fatal(roles, err)
	}
	for _, r := range roles {
		for _, p := range controlled {
			if slices.Contains(r.Permissions, p) != (r.Base == business.Admin) {
				t.Errorf("%s as delivered: %v", r.Code, r.Permissions)
			}
		}
	}
	own := fmt.Sprintf("/v1/customers/%d", h.own.ID)
	uses := []struct{ method, path string }{{"GET", "/v1/customers/export.csv"},
		{"GET", "/v1/customers/export.xlsx"}, {"DELETE", own}, {"POST", own + "/restore"}}
	for _, role := range []business.Role{business.Manager, business.Salesperson, business.Dispatcher} {
		for _, u := range uses {
			if status, _ := h.browser(role).call(u.method, u.path, nil, nil); status != http.StatusForbidden {
				t.Errorf("%s %s by a %s: %d", u.method, u.path, role, status)
			}
		}
	}
	h.grant(business.Salesperson, append(identity.PermissionsOf(business.Salesperson), controlled...))
	seller := h.browser(business.Salesperson)
	for i, u := range uses {
		seller.must(u.method, u.path, nil, nil)
		action := []string{"read.export", "read.export", "crm.customer.archived", "crm.customer.restored"}[i]
		if n := h.count(audit.Filter{Action: action}); n == 0 {
			t.Errorf("%s %s left nothing in the trail", u.method, u.path)
		}
	}
	h.closedToEdits()
	h.losesNothing()
}

// losesNothing looks through the statements of the module for one that takes a customer,
// its history or its photos away.
func (h *company) losesNothing() {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "business", "crm", "*.go"))
	if err != nil || len(files) < 20 {
		h.t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?i)(?:delete from|truncate)\s+crm\.(\w+)`).FindAllSubmatch(text, -1) {
			switch table := string(m[1]); table {
			case "customer", "change", "photo", "lead", "problem":
				h.t.Errorf("%s loses rows of crm.%s", name, table)
			}
		}
	}
}

// grant gives the role these permissions and signs everybody in again.
func (h *company) grant(code business.Role, permissions []business.Permission) {
	h.t.Helper()
	r, err := h.Identity.RoleByCode(h.t.Context(), string(code))
	if err != nil {
		h.t.Fatal(err)
	}
	_, err = h.Identity.ChangeRole(h.t.Context(), business.Actor{Role: business.Admin}, r.Code, r.Version,
		identity.RoleChange{Permissions: &permissions})
	if err != nil {
		h.t.Fatal(err)
	}
	h.at(0)
}

// closedToEdits tries every way to change a customer but a request.
func (h *company) closedToEdits() {
	h.t.Helper()
	admin := h.browser(business.Admin)
	admin.must("PUT", "/v1/customer-entry-rule", map[string]any{"required": []string{}, "forms_only": true}, nil)
	before, err := h.CRM.Customer(h.t.Context(), scope.Everything(), h.own.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	own := fmt.Sprintf("/v1/customers/%d", h.own.ID)
	pooled, err := h.CRM.Create(h.t.Context(), crm.By{Actor: business.Actor{Role: business.Admin},
		Scope: scope.Everything(), Key: "key-of-pooled"}, crm.NewCustomer{Name: "Pooled", Kind: "shop", Level: "B"})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, role := range []business.Role{business.Salesperson, business.Manager, business.Admin} {
		who := h.browser(role)
		match := map[string]string{"If-Match": fmt.Sprintf("%q", fmt.Sprint(before.Version))}
		for _, body := range []map[string]any{{"name": "Edited"}, {"phone": "1"},
			{"tags": []string{"x"}}, {"visit_every_days": 3}} {
			status, text := who.send("PATCH", own, body, nil, match)
			if status != http.StatusForbidden || code(text) != "crm.form_needed" {
				h.t.Errorf("PATCH %v by a %s: %d %s", body, role, status, text)
			}
		}
		who.refused("POST", own+"/release", nil, http.StatusForbidden, "crm.form_needed")
		if role == business.Salesperson {
			who.refused("POST", fmt.Sprintf("/v1/pool/%d/claim", pooled.ID), nil, http.StatusForbidden, "crm.form_needed")
			continue
		}
		who.refused("POST", "/v1/customers/assign", map[string]any{"customer_ids": []int64{int64(h.own.ID)},
			"owner_id": nil}, http.StatusForbidden, "crm.form_needed")
	}
	var ask struct {
		ID int64 `json:"id"`
	}
	h.browser(business.Salesperson).must("POST", "/v1/approvals", map[string]any{"kind": "customer.change",
		"payload": map[string]any{"customer_id": h.own.ID, "phone": "302-555-0199", "tags": []string{"new"},
			"level": "B", "visit_every_days": 3}}, &ask)
	h.approve(ask.ID)
	now, err := h.CRM.Customer(h.t.Context(), scope.Everything(), h.own.ID)
	if err != nil || now.Phone != "302-555-0199" || now.Level != "B" || now.VisitEveryDays != 3 ||
		len(now.Tags) != 1 || now.Version != before.Version+1 {
		h.t.Errorf("after the request: %+v %v", now, err)
	}
	history, err := h.CRM.History(h.t.Context(), scope.Everything(), h.own.ID, 0, 1)
	if err != nil || len(history) != 1 || history[0].Request != ask.ID || len(history[0].Fields) != 4 {
		h.t.Errorf("its history: %+v %v", history, err)
	}
}

// approve lets those who are asked say yes until nothing is open.
func (h *company) approve(id int64) {
	h.t.Helper()
	for _, role := range []business.Role{business.Manager, business.Admin} {
		by := approvals.By{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything()}
		d, err := h.Approvals.Request(h.t.Context(), by, id)
		if err != nil || d.State != approvals.Open {
			continue
		}
		status, text := h.browser(role).send("POST", fmt.Sprintf("/v1/approvals/%d/decide", id),
			map[string]any{"approve": true}, nil, map[string]string{
				"If-Match": fmt.Sprintf("%q", fmt.Sprint(d.Version)), "Idempotency-Key": fmt.Sprint("approve-", id, role)})
		if status >= 300 {
			h.t.Fatalf("approving %d by a %s: %d %s", id, role, status, text)
		}
	}
}

// After a transfer both hold what they hold: the counts of the personnel list are the
// live counts, through the approved request, a claim, a deal and a return.
//
// feature: Z5.4.4-c
func TestFollowUpCountsFollowEveryTransfer(t *testing.T) {
	h := newCompany(t)
	admin := h.browser(business.Admin)
	held := func() (mine, theirs int) {
		var out struct {
			Items []struct {
				Person business.PersonID `json:"person_id"`
				Held   int               `json:"held"`
			} `json:"items"`
		}
		admin.must("GET", "/v1/holdings", nil, &out)
		for _, p := range out.Items {
			n, err := h.CRM.Count(t.Context(), scope.Everything(), crm.Filter{Owners: []business.PersonID{p.Person},
				Statuses: []crm.Status{crm.Prospect, crm.Dormant, crm.Lost}})
			if err != nil || int64(p.Held) != n.Total {
				t.Errorf("person %d: %d, the live query says %d (%v)", p.Person, p.Held, n.Total, err)
			}
			switch p.Person {
			case h.mine.ID:
				mine = p.Held
			case h.theirs.ID:
				theirs = p.Held
			}
		}
		return mine, theirs
	}
	expect := func(what string, mine, theirs int) {
		t.Helper()
		if m, th := held(); m != mine || th != theirs {
			t.Errorf("%s: %d and %d, want %d and %d", what, m, th, mine, theirs)
		}
	}
	var ids []business.CustomerID
	for i := range 3 {
		var made struct {
			ID business.CustomerID `json:"id"`
		}
		h.browser(business.Salesperson).must("POST", "/v1/customers", map[string]any{"name": fmt.Sprint("Held ", i),
			"kind": "shop", "address": "1", "district": "Kent", "phone": "1",
			"contacts": []map[string]any{{"name": "Lee"}}}, &made)
		ids = append(ids, made.ID)
	}
	expect("three more", 4, 1)
	var ask struct {
		ID int64 `json:"id"`
	}
	h.browser(business.Salesperson).must("POST", "/v1/approvals", map[string]any{"kind": "customer.transfer",
		"payload": map[string]any{"customer_ids": ids[:2], "to": h.theirs.ID, "why": "scope_change"}}, &ask)
	expect("asked for", 4, 1)
	h.approve(ask.ID)
	expect("two out, two in", 2, 3)
	admin.must("POST", fmt.Sprintf("/v1/customers/%d/release", ids[0]), nil, nil)
	expect("one in the pool", 2, 2)
	h.browser(business.Salesperson).must("POST", fmt.Sprintf("/v1/pool/%d/claim", ids[0]), nil, nil)
	expect("claimed", 3, 2)
	var people struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
	}
	h.browser(business.Salesperson).must("GET", "/v1/holdings", nil, &people)
	if len(people.Items) != 1 || people.Items[0].Name != h.mine.Name {
		t.Errorf("a salesperson reads %+v", people.Items)
	}
}
