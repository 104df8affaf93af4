package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

func (h *company) count(f audit.Filter) int {
	h.t.Helper()
	entries, err := h.Audit.Entries(h.t.Context(), f, 0, 500)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(entries)
}

// Who reads a track, an export or the trail is in the trail, also when a refusal
// follows; who may not is not answered at all.
//
// feature: G40
func TestSensitiveReadsAreInTheTrail(t *testing.T) {
	h := newCompany(t)
	admin := h.tokens[business.Admin]
	sensitive := 0
	for _, r := range h.API.Routes() {
		if !r.Sensitive {
			continue
		}
		sensitive++
		f := audit.Filter{Action: "read."}
		before := h.count(f)
		if status, body := h.ask(admin, r.Method, h.fill(r.Path, true)+"?limit=5", ""); status >= 500 {
			t.Errorf("%s: %d %s", r.Path, status, body)
		}
		if n := h.count(f); n != before+1 {
			t.Errorf("%s %s left %d entries", r.Method, r.Path, n-before)
		}
		if status, _ := h.ask("", r.Method, h.fill(r.Path, true), ""); status != http.StatusUnauthorized ||
			h.count(f) != before+1 {
			t.Errorf("%s: nobody got %d", r.Path, status)
		}
	}
	if sensitive < 5 {
		t.Errorf("only %d operations are sensitive", sensitive)
	}
	entries, err := h.Audit.Entries(t.Context(), audit.Filter{Action: "read.list-audit"}, 0, 1)
	if err != nil || len(entries) != 1 || entries[0].Role != business.Admin ||
		!strings.Contains(string(entries[0].After), "limit=5") || entries[0].Address == "" {
		t.Errorf("%+v %v", entries, err)
	}
}

// Erasing somebody is asked for by one and granted by another; nothing happens
// before.
//
// feature: G39
func TestErasingNeedsASecondPerson(t *testing.T) {
	h := newCompany(t)
	admin := h.tokens[business.Admin]
	system := business.Actor{Role: business.Admin}
	gone, err := h.Identity.CreatePerson(t.Context(), system, idem.Key("key-gone"), identity.NewPerson{
		Name: "Old Hand", Login: "old.hand", Role: business.Salesperson, Phone: "555 0199"})
	if err != nil {
		t.Fatal(err)
	}
	off := false
	if _, err := h.Identity.ChangePerson(t.Context(), system, scope.Everything(), identity.Version{
		ID: int64(gone.ID), Version: gone.Version}, identity.PersonChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	ask := fmt.Sprintf(`{"kind":"person.erase","subjects":[%d],"reason":"asked us to"}`, gone.ID)
	if status, body := h.ask(h.tokens[business.Salesperson], "POST", "/v1/approvals", ask); status != 403 {
		t.Errorf("a salesperson asks: %d %s", status, body)
	}
	if status, body := h.ask(admin, "POST", "/v1/approvals", ask); status != http.StatusConflict ||
		code(body) != "approvals.nobody_to_approve" {
		t.Fatalf("a lone administrator: %d %s", status, body)
	}
	if _, err := h.Identity.CreatePerson(t.Context(), system, idem.Key("key-second"), identity.NewPerson{
		Name: "Second", Login: "second", Role: business.Admin, Demo: true}); err != nil {
		t.Fatal(err)
	}
	second, _, err := h.Identity.SignInDemo(t.Context(), "second", "")
	if err != nil {
		t.Fatal(err)
	}
	status, body := h.ask(admin, "POST", "/v1/approvals", ask)
	if status != http.StatusCreated || strings.Contains(body, "Old Hand") {
		t.Fatalf("%d %s", status, body)
	}
	name := func() string {
		_, text := h.ask(admin, "GET", fmt.Sprint("/v1/people/", gone.ID), "")
		return text
	}
	if status, body := h.ask(admin, "POST", "/v1/approvals/1/decide", `{"approve":true}`); status != 403 ||
		code(body) != "approvals.own_request" || !strings.Contains(name(), "Old Hand") {
		t.Errorf("approves their own: %d %s", status, body)
	}
	if status, body := h.ask(second, "POST", "/v1/approvals/1/decide", `{"approve":true}`); status != 200 {
		t.Errorf("the second person: %d %s", status, body)
	}
	if got := name(); strings.Contains(got, "Old Hand") || strings.Contains(got, "0199") {
		t.Errorf("still there: %s", got)
	}
}

// Whoever looks after customers is not deactivated before they are transferred.
//
// feature: Z4-1
func TestDeactivationForcesTransfer(t *testing.T) {
	h := newCompany(t)
	admin := h.tokens[business.Admin]
	path := fmt.Sprint("/v1/people/", h.mine.ID)
	status, body := h.ask(admin, "PATCH", path, `{"active":false}`)
	if status != http.StatusConflict || code(body) != "identity.holds_customers" || !strings.Contains(body, `"held":1`) {
		t.Fatalf("%d %s", status, body)
	}
	status, body = h.ask(admin, "POST", "/v1/customers/assign",
		fmt.Sprintf(`{"customer_ids":[%d],"owner_id":%d}`, h.own.ID, h.theirs.ID))
	if status >= 300 {
		t.Fatalf("transfer: %d %s", status, body)
	}
	if status, body = h.ask(admin, "PATCH", path, `{"active":false}`); status != http.StatusOK {
		t.Errorf("after the transfer: %d %s", status, body)
	}
	if status, _ := h.ask(h.tokens[business.Salesperson], "GET", "/v1/me", ""); status != http.StatusUnauthorized {
		t.Errorf("still signed in: %d", status)
	}
	if h.count(audit.Filter{Object: "person", Target: int64(h.mine.ID)}) < 2 {
		t.Error("the history is gone")
	}
}
