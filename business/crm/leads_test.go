package crm

import (
	"errors"
	"sync"
	"testing"

	"beatplan/business"
	"beatplan/internal/scope"
)

func (c *company) lead(t *testing.T, by By, name string) Lead {
	t.Helper()
	l, err := c.AddLead(t.Context(), by, LeadFields{Name: name, Contact: "Lee", Phone: "302-555-0142",
		Address: name + " street 1", Channel: "Fair", Note: "wants bread"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A lead becomes one customer with one contact, however many convert it at once, and only
// when no such customer is there.
//
// feature: F61
func TestALeadConvertsOnceToCustomerAndContact(t *testing.T) {
	c := newCompany(t)
	l := c.lead(t, c.sells(anna), "Walkway Deli")
	if l.Owner != anna || l.State != LeadOpen {
		t.Fatalf("%+v", l)
	}
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			_, err := c.ConvertLead(t.Context(), c.sells(anna), l.ID, NewCustomer{Kind: "shop/bakery", Level: B})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, ErrLeadClosed):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	page, _, err := c.List(t.Context(), only(anna), List{})
	if err != nil || won != 1 || lost != 11 || len(page) != 1 {
		t.Fatalf("%d won, %d lost, %d customers, %v", won, lost, len(page), err)
	}
	made := page[0]
	if made.Name != "Walkway Deli" || made.Owner != anna || made.Channel != "Fair" ||
		made.Phone != "302-555-0142" || len(made.Contacts) != 1 ||
		made.Contacts[0].Name != "Lee" || made.Contacts[0].Note != "wants bread" {
		t.Errorf("the customer: %+v", made)
	}
	now, err := c.Leads(t.Context(), only(anna), LeadFilter{State: LeadConverted, Limit: 10})
	if err != nil || len(now) != 1 || now[0].Customer != made.ID {
		t.Errorf("the lead: %+v %v", now, err)
	}
	// The duplicate check applies: another lead of the same shop stays open.
	twin := c.lead(t, c.sells(ben), "WALKWAY  Deli Ltd")
	in := NewCustomer{Kind: "shop/bakery", Level: B, Address: made.Address}
	_, err = c.ConvertLead(t.Context(), c.sells(ben), twin.ID, in)
	refused(t, err, ErrDuplicate)
	still, err := c.Leads(t.Context(), only(ben), LeadFilter{State: LeadOpen, Limit: 10})
	if err != nil || len(still) != 1 || still[0].Version != twin.Version {
		t.Errorf("after a refusal: %+v %v", still, err)
	}
}

func TestALeadIsReplayedDroppedAndTakenUpAgain(t *testing.T) {
	c := newCompany(t)
	by := c.sells(anna)
	l := c.lead(t, by, "Corner Shop")
	if again := c.lead(t, by, "Corner Shop"); again.ID != l.ID {
		t.Fatalf("a replay made lead %d beside %d", again.ID, l.ID)
	}
	_, err := c.DropLead(t.Context(), c.sells(anna), l.ID, l.Version, " ")
	refused(t, err, ErrInvalid)
	l, err = c.DropLead(t.Context(), c.sells(anna), l.ID, l.Version, "closed down")
	if err != nil || l.State != LeadDropped || l.Reason != "closed down" {
		t.Fatalf("%+v %v", l, err)
	}
	_, err = c.ConvertLead(t.Context(), c.sells(anna), l.ID, NewCustomer{Kind: "shop", Level: B})
	refused(t, err, ErrLeadClosed)
	_, err = c.ChangeLead(t.Context(), c.sells(anna), l.ID, l.Version, LeadFields{Name: "X"})
	refused(t, err, ErrLeadClosed)
	_, err = c.ReopenLead(t.Context(), c.sells(anna), l.ID, l.Version-1)
	refused(t, err, ErrChanged)
	if l, err = c.ReopenLead(t.Context(), c.sells(anna), l.ID, l.Version); err != nil || l.State != LeadOpen {
		t.Fatalf("%+v %v", l, err)
	}
	// Another's lead does not exist; nobody's is seen by who sees everybody's.
	_, err = c.DropLead(t.Context(), c.sells(carla), l.ID, l.Version, "mine now")
	refused(t, err, ErrNoLead)
	if _, err := c.AddLead(t.Context(), c.manager(), LeadFields{Name: "Nobody's"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		sc    scope.Scope
		q     string
		count int
	}{{only(anna), "", 1}, {only(carla), "", 0}, {scope.Everything(), "", 2}, {scope.Everything(), "LEE corner", 1}} {
		got, err := c.Leads(t.Context(), want.sc, LeadFilter{Q: want.q, Limit: 10})
		if err != nil || len(got) != want.count {
			t.Errorf("%q: %d leads, want %d (%v)", want.q, len(got), want.count, err)
		}
	}
	// Without an owner a salesperson's lead is their own, also when it is changed.
	l, err = c.ChangeLead(t.Context(), c.sells(anna), l.ID, l.Version, LeadFields{Name: "Corner"})
	if err != nil || l.Owner != anna {
		t.Errorf("changed: %+v %v", l, err)
	}
	// Who leads one team does not lose a lead that is nobody's yet.
	lead := By{Actor: business.Actor{Person: boss, Role: business.Manager},
		Scope: only(boss, anna), Key: c.key()}
	fair := c.lead(t, lead, "Of the fair")
	lead.Key = c.key()
	fair, err = c.ChangeLead(t.Context(), lead, fair.ID, fair.Version,
		LeadFields{Name: "Of the fair", Owner: anna})
	if err != nil || fair.Owner != anna {
		t.Errorf("given to Anna: %+v %v", fair, err)
	}
	_, err = c.AddLead(t.Context(), c.sells(anna), LeadFields{Name: "For Ben", Owner: ben})
	refused(t, err, ErrMayNotAssign)
	_, err = c.AddLead(t.Context(), c.manager(), LeadFields{Name: "Gone's", Owner: gone})
	refused(t, err, ErrNoOwner)
}
