package app

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// What is shared with a team is seen by who stands in it now: a move holds from the next
// call, in lists and on the card, both ways.
//
// feature: Z2-6
func TestAMoveToAnotherTeamHoldsAtTheNextCall(t *testing.T) {
	h := newCompany(t)
	system := business.Actor{Role: business.Admin}
	with := []int64{-int64(h.mine.Team)}
	if _, err := h.CRM.Update(t.Context(), crm.By{Actor: system, Scope: scope.Everything(), Key: idem.Key("key-share")},
		h.foreign.ID, 0, crm.Patch{SharedWith: &with}); err != nil {
		t.Fatal(err)
	}
	seller, me := h.browser(business.Salesperson), h.mine
	sees := func() bool {
		t.Helper()
		var page struct {
			Items []struct {
				ID business.CustomerID `json:"id"`
			} `json:"items"`
		}
		seller.must("GET", "/v1/customers", nil, &page)
		listed := slices.ContainsFunc(page.Items, func(c struct {
			ID business.CustomerID `json:"id"`
		}) bool {
			return c.ID == h.foreign.ID
		})
		status, _ := h.ask(h.tokens[business.Salesperson], "GET", fmt.Sprint("/v1/customers/", h.foreign.ID), "")
		if listed != (status == http.StatusOK) {
			t.Errorf("listed %v, the card answers %d", listed, status)
		}
		return listed
	}
	if !sees() {
		t.Fatal("what is shared with the team is not seen")
	}
	for _, to := range []business.TeamID{h.theirs.Team, h.mine.Team} {
		moved, err := h.Identity.ChangePerson(t.Context(), system, scope.Everything(),
			identity.Version{ID: int64(me.ID), Version: me.Version}, identity.PersonChange{Team: &to})
		if err != nil {
			t.Fatal(err)
		}
		me = moved
		if got := sees(); got != (to == h.mine.Team) {
			t.Errorf("in team %d: seen %v", to, got)
		}
	}
}
