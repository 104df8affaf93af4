package app

import (
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/finance"
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
	if h.overdue(warnings.CustomerOrder) != 2 || !h.idle(warnings.PersonOrder).Flagged() {
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
