package app

import (
	"errors"
	"sync"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/internal/clock"
)

// feature: F16
func TestOneOfTwoOrdersGetsTheLastCredit(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	h.sold(h.own, 2) // 48.00 owed
	h.order(h.own, 1)
	limit := business.Money(4800 + 2400 + 2400) // room for one case more
	if _, err := h.Finance.SetTerms(ctx, h.cashier(), h.own.ID, 1, finance.Terms{Limit: &limit}); err != nil {
		t.Fatal(err)
	}
	entry := ordering.NewOrder{Customer: h.own.ID, Confirm: true,
		Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.One}}}
	var all sync.WaitGroup
	got := make([]ordering.Order, 10)
	callers := make([]ordering.Caller, len(got))
	for i := range callers {
		callers[i] = h.seller()
	}
	for i := range got {
		all.Go(func() {
			var err error
			if got[i], err = h.Ordering.Place(ctx, callers[i], entry); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	confirmed, held := 0, ordering.Order{}
	for _, o := range got {
		switch {
		case o.State == ordering.Confirmed:
			confirmed++
		case o.State != ordering.Submitted || o.Hold != ordering.CreditHold:
			t.Errorf("%s is %s (%s)", o.Number, o.State, o.Hold)
		default:
			held = o
		}
	}
	if confirmed != 1 {
		t.Errorf("%d of 10 orders got the last credit", confirmed)
	}
	if a := h.account(h.own.ID); a.Exposure() != limit {
		t.Errorf("exposure %v, limit %v", a.Exposure(), limit)
	}
	if _, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(2400)}); err != nil {
		t.Fatal(err)
	}
	if o, err := h.Ordering.Place(ctx, h.seller(), entry); err != nil || o.State != ordering.Confirmed {
		t.Errorf("after a payment: %s %v", o.State, err)
	}
	h.releaseBeyondTheCredit(held)
	h.prove()
}

// releaseBeyondTheCredit: finance alone, with a reason; else nothing goes out.
func (h *trade) releaseBeyondTheCredit(o ordering.Order) {
	h.t.Helper()
	ctx := h.t.Context()
	_, err := h.Fulfilment.Ship(ctx, h.keeper(), fulfilment.Shipment{Order: o.ID})
	h.wants(err, ordering.ErrNotConfirmed, "shipping what is held")
	clerk := h.boss()
	clerk.Credits = false
	_, err = h.Ordering.Decide(ctx, clerk, ordering.Decision{Order: o.ID, Approve: true, Reason: "a good customer"})
	h.wants(err, ordering.ErrMayNotRelease, "a clerk")
	_, err = h.Ordering.Decide(ctx, h.boss(), ordering.Decision{Order: o.ID, Approve: true})
	h.wants(err, ordering.ErrReason, "no reason")
	o, err = h.Ordering.Decide(ctx, h.boss(), ordering.Decision{Order: o.ID, Approve: true, Reason: "a good customer"})
	if err != nil || o.State != ordering.Confirmed {
		h.t.Errorf("released: %s %v", o.State, err)
	}
	h.ship(o)
}

// feature: F47
func TestCreditIsLookedAtAgainWhenGoodsGoOut(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	orders := make([]ordering.Order, 6)
	for i := range orders {
		orders[i] = h.order(h.own, 2)
	}
	limit := business.Money(4800) // lowered after the orders: one of them fits
	if _, err := h.Finance.SetTerms(ctx, h.cashier(), h.own.ID, 1, finance.Terms{Limit: &limit}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	errs := make([]error, len(orders))
	callers := make([]fulfilment.Caller, len(orders))
	for i := range callers {
		callers[i] = h.keeper()
	}
	for i, o := range orders {
		all.Go(func() {
			_, errs[i] = h.Fulfilment.Ship(ctx, callers[i], fulfilment.Shipment{Order: o.ID})
		})
	}
	all.Wait()
	out := 0
	for _, err := range errs {
		if err == nil {
			out++
		} else if !errors.Is(err, finance.ErrOverCredit) {
			t.Error(err)
		}
	}
	if out != 1 || h.account(h.own.ID).Balance != limit {
		t.Errorf("%d shipments took the last credit; %v is owed", out, h.account(h.own.ID).Balance)
	}
	h.prove()
}

// feature: F46 F66
func TestLateOverAndOverdueShipmentsAreRefused(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	day := h.Clock.(*clock.Manual)
	term := 7
	if _, err := h.Finance.SetTerms(ctx, h.cashier(), h.own.ID, 0, finance.Terms{TermDays: &term}); err != nil {
		t.Fatal(err)
	}
	o := h.order(h.own, 10)
	part := func(q business.Quantity) error {
		_, err := h.Fulfilment.Ship(ctx, h.keeper(), fulfilment.Shipment{Order: o.ID,
			Parts: []fulfilment.Part{{Line: o.Lines[0].ID, Quantity: q}}})
		return err
	}
	if err := part(business.Units(6)); err != nil {
		t.Fatal(err)
	}
	h.wants(part(business.Units(5)), ordering.ErrOver, "5 of 4")
	item := h.unpaid(finance.Unpaid{Customer: h.own.ID})[0]
	if item.DueOn != item.Day.Add(term) {
		t.Errorf("due on %v, issued on %v with %d days", item.DueOn, item.Day, term)
	}
	s, err := h.Finance.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.BlockOverdue = true
	if _, err := h.Finance.SetSettings(ctx, business.Actor{}, s); err != nil {
		t.Fatal(err)
	}
	day.Advance(7 * 24 * time.Hour)
	if err := part(business.One); err != nil {
		t.Errorf("on the last day in time: %v", err)
	}
	day.Advance(24 * time.Hour)
	h.wants(part(business.One), finance.ErrOverdue, "a day past due")
	late, err := h.Ordering.Place(ctx, h.seller(), ordering.NewOrder{Customer: h.own.ID, Confirm: true,
		Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.One}}})
	if err != nil || late.Hold != ordering.OverdueHold {
		t.Errorf("the next order on account: %s %v", late.Hold, err)
	}
	if _, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(7 * 2400)}); err != nil {
		t.Fatal(err)
	}
	if err := part(business.One); err != nil {
		t.Errorf("after it was paid: %v", err)
	}
	day.Advance(30 * 24 * time.Hour)
	h.wants(part(business.One), ordering.ErrExpired, "past its validity")
	h.prove()
}
