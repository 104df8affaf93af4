package app

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/finance"
	"beatplan/business/identity"
	"beatplan/business/warnings"
	"beatplan/internal/scope"
)

// watched is a trade whose six warnings are on, ten days each.
func watched(t *testing.T) *trade {
	t.Helper()
	h := newTrade(t)
	by := h.everybody()
	rules, err := h.Warnings.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		r.Enabled, r.Threshold = true, 10
		if _, err := h.Warnings.SetRule(t.Context(), by, h.key(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Warnings.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	h.at(12 * 24 * time.Hour)
	return h
}

func (h *trade) everybody() warnings.Caller {
	return warnings.Caller{
		Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(),
	}
}

// overdue is by how many days the own customer is overdue; 0: it is not listed.
func (h *trade) overdue(k warnings.Kind) int {
	h.t.Helper()
	return h.warned(k).Overdue
}

func (h *trade) warned(k warnings.Kind) warnings.Row {
	h.t.Helper()
	rows, _, err := h.Warnings.List(h.t.Context(), h.everybody(), warnings.Query{Kind: k})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range rows {
		if r.ID == h.own.ID {
			return r
		}
	}
	return warnings.Row{}
}

// idle is for how many days the own salesperson has not done it.
func (h *trade) idle(k warnings.Kind) warnings.PersonRow {
	h.t.Helper()
	rows, err := h.Warnings.OfPeople(h.t.Context(), h.everybody(), k, business.Date{})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Person == h.mine.ID {
			return r
		}
	}
	h.t.Fatalf("%s: the salesperson is not listed", k)
	return warnings.PersonRow{}
}

// feature: Y02 Y12
func TestOnlyAnOrderThatStandsResetsTheClocks(t *testing.T) {
	h := watched(t)
	if h.overdue(warnings.CustomerOrder) != 2 || h.idle(warnings.PersonOrder).Overdue != 2 {
		t.Fatalf("after 12 days of 10: %+v %+v", h.warned(warnings.CustomerOrder), h.idle(warnings.PersonOrder))
	}
	first := h.order(h.own, 1)
	if h.overdue(warnings.CustomerOrder) != 0 {
		t.Error("ordered today and overdue")
	}
	if p := h.idle(warnings.PersonOrder); p.Elapsed != 0 || p.Flagged() || p.Period.Value != 2400 {
		t.Errorf("whose customer ordered today for 24.00: %+v", p)
	}
	h.at(13 * 24 * time.Hour)
	if p := h.idle(warnings.PersonOrder); p.Elapsed != 13 || p.Overdue != 3 || h.overdue(warnings.CustomerOrder) != 3 {
		t.Errorf("13 days later: %+v", p)
	}
	second := h.order(h.own, 2)
	if h.overdue(warnings.CustomerOrder) != 0 {
		t.Error("ordered again and overdue")
	}
	if _, err := h.Ordering.Cancel(t.Context(), h.boss(), second.ID, "changed its mind"); err != nil {
		t.Fatal(err)
	}
	if p := h.idle(warnings.PersonOrder); h.overdue(warnings.CustomerOrder) != 3 || p.Elapsed != 13 {
		t.Errorf("a cancelled order reset the clock: %+v %+v", h.warned(warnings.CustomerOrder), p)
	}
	if _, err := h.Ordering.Cancel(t.Context(), h.boss(), first.ID, "wrong"); err != nil {
		t.Fatal(err)
	}
	if r := h.warned(warnings.CustomerOrder); r.Overdue != 15 || r.LastAt != nil {
		t.Errorf("without any order left it counts from the assignment: %+v", r)
	}
}

// A salesperson's days are counted from when they began, and only those that are worked:
// not the company's holidays, nor their own leave; who makes up for one works it.
//
// feature: Y11
func TestSalespeopleAreWarnedOfWorkingDaysSinceTheyBegan(t *testing.T) {
	h := watched(t)
	today := h.Warnings.Today()
	is := func(what string, elapsed, overdue int) {
		t.Helper()
		p := h.idle(warnings.PersonVisit)
		if p.Elapsed != elapsed || p.Overdue != overdue || p.Days.Value != float64(elapsed) {
			t.Errorf("%s: %+v, want %d and %d over", what, p, elapsed, overdue)
		}
	}
	is("twelve days after they began", 12, 2)
	day := func(p business.PersonID, ago int, works bool) {
		t.Helper()
		err := h.Identity.SetCalendarDay(t.Context(), business.Actor{Person: 1, Role: business.Admin},
			scope.Everything(), identity.CalendarDay{Person: p, Day: today.Add(-ago), Working: works})
		if err != nil {
			t.Fatal(err)
		}
	}
	day(0, 0, false)
	day(0, 3, false)
	day(0, 12, false) // the day they began
	is("two holidays", 10, 0)
	day(h.theirs.ID, 4, false)
	is("a colleague's leave", 10, 0)
	day(h.mine.ID, 5, false)
	is("a day of leave", 9, 0)
	day(h.mine.ID, 3, true)
	is("worked on a holiday", 10, 0)
}

// The card of the map, and the customer's page, say in what a customer is overdue as the
// lists say it, and the other facts as the row says them.
//
// feature: Y21
func TestTheCardShowsTheBusinessOfACustomer(t *testing.T) {
	h := watched(t)
	me := h.browser(business.Salesperson)
	path := fmt.Sprintf("/v1/customers/%d", h.own.ID)
	is := func(what string, want map[warnings.Kind]int) {
		t.Helper()
		var list []struct {
			Kind warnings.Kind `json:"kind"`
			Days int           `json:"overdue_days"`
		}
		me.must("GET", path+"/warnings", nil, &list)
		got := map[warnings.Kind]int{}
		for _, w := range list {
			got[w.Kind] = w.Days
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: the card warns of %v, want %v", what, got, want)
		}
		for _, k := range warnings.Kinds()[:3] {
			if h.overdue(k) != want[k] {
				t.Errorf("%s: the list of %s says %d, want %d", what, k, h.overdue(k), want[k])
			}
		}
	}
	is("nothing happened", map[warnings.Kind]int{
		warnings.CustomerVisit: h.overdue(warnings.CustomerVisit), warnings.CustomerOrder: 2, warnings.CustomerSale: 2})
	item := h.sold(h.own, 5)
	left := map[warnings.Kind]int{warnings.CustomerVisit: h.overdue(warnings.CustomerVisit)}
	is("sold to", left)
	var page map[string]any
	var list struct {
		Items []map[string]any `json:"items"`
	}
	me.must("GET", path, nil, &page)
	me.must("GET", fmt.Sprintf("/v1/customers?ids=%d", h.own.ID), nil, &list)
	for _, fact := range []string{"owner_name", "last_visit_at", "last_order_at", "last_sale_at",
		"open_receivable_cents", "due_on", "overdue_days"} {
		if len(list.Items) != 1 || page[fact] != list.Items[0][fact] {
			t.Errorf("%s is %v on the page, in the list %v", fact, page[fact], list.Items)
		}
	}
	if page["last_order_at"] == nil || page["last_sale_at"] == nil || page["open_receivable_cents"] != float64(item.Open) ||
		page["overdue_days"] != float64(left[warnings.CustomerVisit]) {
		t.Errorf("the page of a customer that owes %d: %v", item.Open, page)
	}
	rules, err := h.Warnings.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules[0].Enabled = false
	if _, err := h.Warnings.SetRule(t.Context(), h.everybody(), h.key(), rules[0]); err != nil {
		t.Fatal(err)
	}
	is("switched off", map[warnings.Kind]int{})
	if status, text := me.call("GET", fmt.Sprintf("/v1/customers/%d/warnings", h.foreign.ID), nil, nil); status != http.StatusNotFound {
		t.Errorf("a colleague's customer: %d %s", status, text)
	}
}

// What a customer's owner shares is in the sharee's lists, counts and digest, and can be
// put on the sharee's own plan; not shared any more, it is gone at once.
//
// feature: Y08
func TestTheWarningOfASharedCustomerIsTheShareesToo(t *testing.T) {
	h := watched(t)
	me, root := h.browser(business.Salesperson), h.browser(business.Admin)
	sees := func(n int) {
		t.Helper()
		for _, kind := range []string{"customer_visit", "customer_order", "customer_sale"} {
			var list dueList
			me.must("GET", "/v1/warnings/customers/"+kind, nil, &list)
			if len(list.Items) != n || *list.Total != int64(n) {
				t.Errorf("%s: %+v, want %d", kind, list, n)
			}
		}
		var counts []struct {
			Kind   string `json:"kind"`
			Number int    `json:"count"`
		}
		me.must("GET", "/v1/warnings", nil, &counts)
		if counts[0].Number != n {
			t.Errorf("counted %+v, want %d", counts, n)
		}
	}
	share := func(people []business.PersonID, teams []business.TeamID) {
		t.Helper()
		c, err := h.CRM.Customer(t.Context(), scope.Everything(), h.foreign.ID)
		if err != nil {
			t.Fatal(err)
		}
		status, text := root.send("PATCH", fmt.Sprintf("/v1/customers/%d", c.ID),
			map[string]any{"shared_with": map[string]any{"people": people, "teams": teams}}, nil, map[string]string{
				"If-Match": fmt.Sprintf(`"%d"`, c.Version), "Idempotency-Key": fmt.Sprint("shared-with-", c.Version)})
		if status >= 300 {
			t.Fatal(text)
		}
	}
	sees(1)
	nobody, none := []business.PersonID{}, []business.TeamID{}
	share([]business.PersonID{h.mine.ID}, none)
	sees(2)
	h.at(24 * time.Hour)
	h.morning()
	if told := me.inbox("digest").Items; len(told) == 0 || told[0].Params["customer_visit"] != 2.0 {
		t.Errorf("told %+v", told)
	}
	plan := fmt.Sprintf("/v1/days/%d/%s/plan", h.mine.ID, h.Warnings.Today())
	me.must("POST", plan, map[string]any{"customer_ids": []int64{int64(h.foreign.ID)}}, nil)
	share(nobody, []business.TeamID{h.mine.Team})
	sees(2)
	share(nobody, none)
	sees(1)
}

// feature: Y03 Y13
func TestOnlyASaleThatStandsResetsTheClocks(t *testing.T) {
	h := watched(t)
	before := h.order(h.own, 1)
	if p := h.idle(warnings.PersonSale); h.overdue(warnings.CustomerSale) != 2 || !p.Flagged() {
		t.Errorf("an order that did not go out reset the clock: %+v", p)
	}
	h.ship(before)
	if p := h.idle(warnings.PersonSale); h.overdue(warnings.CustomerSale) != 0 || p.Elapsed != 0 || p.Period.Value != 2400 {
		t.Errorf("sold today for 24.00: %+v", p)
	}
	h.at(11 * 24 * time.Hour)
	note := h.ship(h.order(h.own, 5))
	if h.overdue(warnings.CustomerSale) != 0 {
		t.Error("sold and overdue")
	}
	if _, err := h.Fulfilment.Reverse(t.Context(), h.keeper(), note.ID, "all of it came back"); err != nil {
		t.Fatal(err)
	}
	p := h.idle(warnings.PersonSale)
	if h.overdue(warnings.CustomerSale) != 1 || p.Elapsed != 11 || p.Overdue != 1 || p.Period.Value != 2400 {
		t.Errorf("what came back wholly restores the sale before: %+v %+v", h.warned(warnings.CustomerSale), p)
	}
}

// feature: Y09
func TestTheReceivableOfAWarningIsTheLedgers(t *testing.T) {
	h := watched(t)
	same := func(want business.Money) {
		t.Helper()
		all, err := h.Finance.Aging(t.Context(), h.cashier(), finance.AgingFilter{AsOf: h.Finance.Today()})
		if err != nil {
			t.Fatal(err)
		}
		var aged business.Money
		for _, a := range all.Rows {
			if a.ID == h.own.ID {
				aged = a.Balance
			}
		}
		shown := business.Money(h.warned(warnings.CustomerVisit).Receivable)
		if ledger := h.account(h.own.ID).Balance; shown != want || aged != want || ledger != want {
			t.Errorf("shown %v, aged %v, in the ledger %v, want %v", shown, aged, ledger, want)
		}
	}
	same(0)
	item := h.sold(h.own, 5)
	same(item.Open)
	_, err := h.Finance.Receive(t.Context(), h.cashier(), finance.NewReceipt{
		Customer: h.own.ID, Tenders: []finance.Tender{{Account: finance.Cash, Amount: 5000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(item.Open - 5000)
	_, err = h.Finance.Receive(t.Context(), h.cashier(), finance.NewReceipt{
		Customer: h.own.ID, Tenders: []finance.Tender{{Account: finance.Cash, Amount: item.Open - 5000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(0)
}
