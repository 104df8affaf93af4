package app

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/identity"
	"beatplan/business/ordering"
	"beatplan/internal/clock"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
)

func (h *trade) pays(amount business.Money) []finance.Tender {
	return []finance.Tender{{Account: finance.Cash, Amount: amount}}
}

func (h *trade) wants(err, want error, what string) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// The unpaid documents of a salesperson, whoever the customers are, settled at
// once: to the cent, all or none, and never twice.
//
// feature: G56 G57
func TestQuickCollectionSettlesWhatIsTicked(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	by := crm.By{Actor: h.boss().Actor, Scope: h.boss().Scope, Key: h.key()}
	second, err := h.CRM.Create(ctx, by, crm.NewCustomer{Name: "Second Shop", Kind: "shop/bakery",
		Level: "B", Owner: h.mine.ID, Address: "2 Market Street"})
	if err != nil {
		t.Fatal(err)
	}
	first := h.sold(h.own, 1)
	h.Clock.(*clock.Manual).Advance(3 * 24 * time.Hour)
	from := h.Finance.Today()
	a, b, foreign := h.sold(h.own, 2), h.sold(second, 3), h.sold(h.foreign, 4)
	list := h.unpaid(finance.Unpaid{Person: h.mine.ID, From: from, To: from})
	if len(list) != 2 || list[0].ID != a.ID || list[1].ID != b.ID {
		t.Fatalf("of the salesperson in the period: %+v", list)
	}
	if all := h.unpaid(finance.Unpaid{Person: h.mine.ID}); len(all) != 3 || all[0].ID != first.ID {
		t.Errorf("without a period: %+v", all)
	}
	collect := func(amount business.Money, ticks ...finance.Tick) (finance.Collected, error) {
		return h.Finance.Collect(ctx, h.cashier(), finance.NewCollection{Ticks: ticks, Tenders: h.pays(amount)})
	}
	before := h.state()
	_, err = collect(a.Open+b.Open+1, finance.Tick{Item: a.ID}, finance.Tick{Item: b.ID})
	h.wants(err, finance.ErrSum, "a remainder without an owner")
	_, err = collect(a.Open+b.Open-1, finance.Tick{Item: a.ID}, finance.Tick{Item: b.ID})
	h.wants(err, finance.ErrSum, "too little")
	_, err = collect(a.Open+1, finance.Tick{Item: a.ID, Amount: a.Open + 1})
	h.wants(err, finance.ErrPaid, "more than is open")
	_, err = collect(2*a.Open, finance.Tick{Item: a.ID}, finance.Tick{Item: a.ID})
	h.wants(err, finance.ErrPaid, "one document twice")
	mine := finance.Caller{Actor: h.seller().Actor, Scope: h.seller().Scope, Key: h.key()}
	_, err = h.Finance.Collect(ctx, mine, finance.NewCollection{
		Ticks:   []finance.Tick{{Item: a.ID}, {Item: foreign.ID}},
		Tenders: h.pays(a.Open + foreign.Open)})
	h.wants(err, finance.ErrNoItem, "another team's document")
	if h.state() != before {
		t.Error("a refused collection changed something")
	}
	done, err := collect(a.Open+5000, finance.Tick{Item: a.ID}, finance.Tick{Item: b.ID, Amount: 5000})
	if err != nil || len(done.Receipts) != 2 || done.Receipts[0].Amount+done.Receipts[1].Amount != a.Open+5000 {
		t.Fatalf("%+v %v", done, err)
	}
	_, err = collect(a.Open, finance.Tick{Item: a.ID})
	h.wants(err, finance.ErrPaid, "settled twice")
	list = h.unpaid(finance.Unpaid{Person: h.mine.ID, From: from})
	if len(list) != 1 || list[0].ID != b.ID || list[0].Open != b.Open-5000 {
		t.Errorf("left open: %+v", list)
	}
	h.raceForOneDocument(first)
	h.prove()
}

// raceForOneDocument has many settle the same document: one succeeds.
func (h *trade) raceForOneDocument(it finance.OpenItem) {
	h.t.Helper()
	won := make([]bool, 12)
	callers := make([]finance.Caller, len(won))
	for i := range callers {
		callers[i] = h.cashier()
	}
	var all sync.WaitGroup
	for i := range won {
		all.Go(func() {
			_, err := h.Finance.Collect(h.t.Context(), callers[i], finance.NewCollection{
				Ticks: []finance.Tick{{Item: it.ID}}, Tenders: h.pays(it.Amount)})
			won[i] = err == nil
			if err != nil && !errors.Is(err, finance.ErrPaid) {
				h.t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(won, func(ok bool) bool { return !ok })); n != 1 {
		h.t.Errorf("%d of 12 settled one document", n)
	}
}

// feature: G60 F17
func TestAReceiptIsItsTendersAndPaysNoMore(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	old, young := h.sold(h.own, 1), h.sold(h.own, 2)
	tenders := []finance.Tender{{Account: finance.Cash, Amount: 1000}, {Account: "1012", Amount: 1700}}
	in := finance.NewReceipt{Customer: h.own.ID, Tenders: tenders}
	by := h.cashier()
	r, err := h.Finance.Receive(ctx, by, in)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 { // a replay books nothing more
		if again, err := h.Finance.Receive(ctx, by, in); err != nil || again.ID != r.ID {
			t.Fatalf("replayed: %+v %v", again, err)
		}
	}
	if r.Amount != 2700 || len(r.Allocations) != 2 || r.Allocations[0].Item != old.ID ||
		r.Allocations[0].Amount != 2400 || r.Allocations[1].Amount != 300 || r.Unallocated != 0 {
		t.Fatalf("the oldest first: %+v", r)
	}
	sums, err := h.Finance.Tenders(ctx, h.cashier(), finance.ReceiptFilter{})
	if err != nil || len(sums) != 2 || sums[0].Amount != 1000 || sums[1].Account != "1012" || sums[1].Amount != 1700 {
		t.Errorf("by tender: %+v %v", sums, err)
	}
	for _, bad := range [][]finance.Tender{nil, {{Account: finance.Cash, Amount: 0}}, {{Account: finance.Cash, Amount: -5}}} {
		_, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: bad})
		h.wants(err, finance.ErrAmount, "no amount")
	}
	_, err = h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID,
		Tenders: []finance.Tender{{Account: finance.Sales, Amount: 5}}})
	h.wants(err, finance.ErrNoAccount, "money on the sales account")
	_, err = h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(100),
		Ticks: []finance.Tick{{Item: young.ID, Amount: 101}}})
	h.wants(err, finance.ErrSum, "paying more than came")
	r, err = h.Finance.Reverse(ctx, h.cashier(), r.ID, "the wrong customer")
	if err != nil || r.State != finance.Reversed {
		t.Fatal(err)
	}
	_, err = h.Finance.Reverse(ctx, h.cashier(), r.ID, "again")
	h.wants(err, finance.ErrReversed, "reversed twice")
	if open := h.unpaid(finance.Unpaid{Customer: h.own.ID}); len(open) != 2 || open[0].Open != 2400 || open[1].Open != 4800 {
		t.Errorf("after the reversal: %+v", open)
	}
	h.prove()
}

// feature: Z5.5.3 Z5.5.3-a
func TestAPrepaymentIsCreditUntilItPays(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	r, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(3000)})
	if err != nil || r.Unallocated != 3000 || len(r.Allocations) != 0 {
		t.Fatalf("before anything is owed: %+v %v", r, err)
	}
	if c := h.customer(h.own.ID); c.Received != 3000 || c.Receivable != -3000 || c.Deals-c.Received != -3000 {
		t.Errorf("the card shows %d received, %d owed, %d deals", c.Received, c.Receivable, c.Deals)
	}
	item := h.sold(h.own, 1)
	if r, err = h.Finance.Allocate(ctx, h.cashier(), r.ID, []finance.Tick{{Item: item.ID}}); err != nil || r.Unallocated != 600 {
		t.Fatalf("%+v %v", r, err)
	}
	if c := h.customer(h.own.ID); c.Receivable != -600 || c.Deals-c.Received != -600 {
		t.Errorf("allocating posted something: %+v", c)
	}
	_, err = h.Finance.Allocate(ctx, h.cashier(), r.ID, []finance.Tick{{Item: h.sold(h.own, 1).ID}})
	h.wants(err, finance.ErrSum, "more than is left")
	if r, err = h.Finance.Release(ctx, h.cashier(), r.ID); err != nil || r.Unallocated != 3000 {
		t.Fatalf("%+v %v", r, err)
	}
	h.prove()
}

// feature: F49 G83 Q05
func TestTheStatementIsTheLedger(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	day := h.Clock.(*clock.Manual)
	h.sold(h.own, 5)
	day.Advance(24 * time.Hour)
	from := h.Finance.Today()
	n := h.sold(h.own, 1)
	if _, err := h.Fulfilment.Reverse(ctx, h.keeper(), n.Note, "the wrong goods"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(5000)}); err != nil {
		t.Fatal(err)
	}
	mine := finance.Caller{Actor: h.seller().Actor, Scope: h.seller().Scope}
	st, err := h.Finance.Statement(ctx, mine, h.own.ID, from, business.Date{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []finance.Kind
	for _, e := range st.Entries {
		kinds = append(kinds, e.Kind)
	}
	if st.Opening != 12000 || st.Closing != 7000 || st.Closing != h.account(h.own.ID).Balance ||
		!slices.Equal(kinds, []finance.Kind{finance.IssueKind, finance.IssueReversalKind, finance.ReceiptKind}) {
		t.Errorf("%+v", st)
	}
	_, err = h.Finance.Statement(ctx, mine, h.foreign.ID, from, business.Date{})
	h.wants(err, finance.ErrNoCustomer, "another team's account")
	_, sum, err := h.Finance.CountReceipts(ctx, mine, finance.ReceiptFilter{Customer: h.own.ID})
	if err != nil || sum != 5000 {
		t.Errorf("receipts of %v (%v), received %v", sum, err, h.account(h.own.ID).Received)
	}
	h.prove()
}

// feature: F50
func TestAgingAddsUpAndStaysWhatItWas(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	day := h.Clock.(*clock.Manual)
	type report struct {
		at  business.Date
		sum finance.Buckets
	}
	var reports []report
	ask := func(at business.Date) finance.Buckets {
		t.Helper()
		all, err := h.Finance.Aging(ctx, h.cashier(), finance.AgingFilter{AsOf: at})
		if err != nil {
			t.Fatal(err)
		}
		sum := all.Sum
		var balance business.Money
		for _, r := range all.Rows {
			parts := r.NotDue + r.Days30 + r.Days60 + r.Days90 + r.Older + r.Unallocated
			if parts != r.Balance || r.Unallocated > 0 {
				t.Errorf("%s: the buckets are %v, the balance %v", r.Name, parts, r.Balance)
			}
			balance += r.Balance
		}
		if balance != sum.Balance {
			t.Errorf("rows %v, sum %v", balance, sum.Balance)
		}
		return sum
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 45 {
		c := []crm.Customer{h.own, h.foreign}[rng.IntN(2)]
		item := h.sold(c, 1+rng.Int64N(3))
		switch rng.IntN(4) {
		case 0:
			if _, err := h.Fulfilment.Reverse(ctx, h.keeper(), item.Note, "wrong"); err != nil {
				t.Fatal(err)
			}
		case 1:
			r, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: c.ID, Tenders: h.pays(business.Money(1 + rng.Int64N(9000)))})
			if err != nil {
				t.Fatal(err)
			}
			if rng.IntN(2) == 0 {
				day.Advance(24 * time.Hour)
				if _, err := h.Finance.Reverse(ctx, h.cashier(), r.ID, "bounced"); err != nil {
					t.Fatal(err)
				}
			}
		}
		reports = append(reports, report{h.Finance.Today(), ask(h.Finance.Today())})
		day.Advance(time.Duration(1+rng.IntN(12)) * 24 * time.Hour)
	}
	for _, r := range reports {
		if now := ask(r.at); now != r.sum {
			t.Errorf("as of %v it was %+v and is %+v now", r.at, r.sum, now)
		}
	}
	last := ask(h.Finance.Today())
	if last.Days30 == 0 || last.Days60+last.Days90+last.Older == 0 || last.NotDue == 0 {
		t.Errorf("the history has too little in it: %+v", last)
	}
}

// feature: G44
func TestThePriceFollowsTheLastDealUntilTheListChanges(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	day := h.Clock.(*clock.Manual)
	price := func() business.Money {
		t.Helper()
		q, err := h.Ordering.Quotes(ctx, h.seller(), h.own.ID, []business.ProductID{h.water.ID})
		if err != nil || len(q) != 1 {
			t.Fatalf("%+v %v", q, err)
		}
		return q[0].Price
	}
	give := func(c ordering.Caller, p business.Money, confirm bool) (ordering.Order, error) {
		return h.Ordering.Place(ctx, c, ordering.NewOrder{Customer: h.own.ID, Confirm: confirm,
			Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.One, Price: &p}}})
	}
	day.Advance(time.Hour)
	if price() != 2400 {
		t.Errorf("the first price is the list's, not %v", price())
	}
	if _, err := give(h.seller(), 2000, true); !errors.Is(err, ordering.ErrLines) {
		t.Errorf("a salesperson gave a price: %v", err)
	}
	if _, err := give(h.boss(), 1900, false); err != nil || price() != 2400 {
		t.Errorf("a draft set the price to %v (%v)", price(), err)
	}
	o, err := give(h.boss(), 2100, true)
	if err != nil || price() != 2100 {
		t.Errorf("after a deal at 21.00: %v (%v)", price(), err)
	}
	day.Advance(time.Hour)
	f := catalogue.Fields{Name: "Water", Unit: "case", Price: 2500, TaxBP: 1300, Active: true}
	if _, err := h.Catalogue.Update(ctx, business.Actor{}, h.water.ID, 1, f); err != nil || price() != 2500 {
		t.Errorf("after the list changed: %v (%v)", price(), err)
	}
	if _, err := give(h.boss(), 2450, true); err != nil || price() != 2450 {
		t.Errorf("a deal at the new list's moment: %v (%v)", price(), err)
	}
	if _, err := h.Ordering.Cancel(ctx, h.boss(), o.ID, "no"); err != nil || price() != 2450 {
		t.Errorf("%v %v", price(), err)
	}
}

// feature: F23
func TestAnOrderIsReviewedByAnother(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	p, err := h.Ordering.Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.Review = true
	if _, err := h.Ordering.SetPolicy(ctx, business.Actor{}, p); err != nil {
		t.Fatal(err)
	}
	entry := ordering.NewOrder{Customer: h.own.ID, Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.One}}}
	o, err := h.Ordering.Place(ctx, h.seller(), entry)
	if err != nil || o.State != ordering.Draft {
		t.Fatalf("%s %v", o.State, err)
	}
	o, err = h.Ordering.Confirm(ctx, h.seller(), o.ID)
	if err != nil || o.State != ordering.Submitted || h.customer(h.own.ID).LastOrderAt != nil {
		t.Fatalf("%s %v, last order %v", o.State, err, h.customer(h.own.ID).LastOrderAt)
	}
	own := h.seller()
	own.Reviews = true
	_, err = h.Ordering.Decide(ctx, own, ordering.Decision{Order: o.ID, Approve: true})
	h.wants(err, ordering.ErrOwnOrder, "approved by who took it")
	_, err = h.Ordering.Save(ctx, h.seller(), o.ID, o.Version, entry)
	h.wants(err, ordering.ErrNotDraft, "a submitted order changed")
	o, err = h.Ordering.Decide(ctx, h.boss(), ordering.Decision{Order: o.ID, Approve: true})
	if err != nil || o.State != ordering.Confirmed {
		t.Fatalf("%s %v", o.State, err)
	}
	_, err = h.Ordering.Save(ctx, h.boss(), o.ID, o.Version, entry)
	h.wants(err, ordering.ErrNotDraft, "an approved order changed")
	_, err = h.Ordering.Decide(ctx, h.boss(), ordering.Decision{Order: o.ID, Reason: "no"})
	h.wants(err, ordering.ErrNotSubmitted, "decided twice")
	h.prove()
}

// feature: F26
func TestFastEntryNamesTheFaultsByLine(t *testing.T) {
	h := newTrade(t)
	half := business.Quantity(500)
	_, err := h.Ordering.Place(t.Context(), h.seller(), ordering.NewOrder{Customer: h.own.ID, Lines: []ordering.NewLine{
		{Code: " " + h.water.Code, Quantity: business.Units(3)}, {Code: "NONE", Quantity: business.One},
		{Product: h.water.ID, Quantity: half}, {Product: h.nuts.ID, Quantity: half}, {Product: h.nuts.ID},
	}})
	got := fieldsOf(err)
	if want := []string{"lines[1].product", "lines[2].quantity", "lines[4].quantity"}; !slices.Equal(got, want) {
		t.Fatalf("faults at %v, want %v (%v)", got, want, err)
	}
	first := h.order(h.own, 4)
	last, err := h.Ordering.Last(t.Context(), h.seller(), h.own.ID)
	if err != nil || len(last) != 1 || last[0].Product != h.water.ID || last[0].Quantity != first.Lines[0].Quantity {
		t.Errorf("the last order again: %+v %v", last, err)
	}
	shown := business.Money(1)
	_, err = h.Ordering.Place(t.Context(), h.seller(), ordering.NewOrder{Customer: h.own.ID,
		Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.One, Shown: &shown}}})
	if f := fieldsOf(err); len(f) != 1 || f[0] != "lines[0].price" {
		t.Errorf("another price than was shown: %v", err)
	}
}

// feature: Z5.5.1 Z5.5.1-a Q06 Q07
func TestADealMakesTheCustomerActive(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	if c := h.customer(h.own.ID); c.Status != crm.Prospect {
		t.Fatalf("the customer is %s", c.Status)
	}
	a, b := h.order(h.own, 2), h.order(h.own, 3)
	c := h.customer(h.own.ID)
	if c.Status != crm.Active || c.Deals != 12000 || c.LastOrderAt == nil {
		t.Errorf("after two deals: %s %d", c.Status, c.Deals)
	}
	if _, err := h.Ordering.Cancel(ctx, h.boss(), b.ID, "no room"); err != nil {
		t.Fatal(err)
	}
	if c = h.customer(h.own.ID); c.Deals != 4800 {
		t.Errorf("after a cancellation: %d", c.Deals)
	}
	rows, _, err := h.Ordering.Orders(ctx, h.seller(), ordering.Filter{Customer: h.own.ID, State: ordering.Confirmed})
	if err != nil || len(rows) != 1 || rows[0].ID != a.ID || rows[0].CustomerName != h.own.Name {
		t.Errorf("the query of deals: %+v %v", rows, err)
	}
	n := h.ship(a)
	notes, _, err := h.Fulfilment.Notes(ctx, h.keeper(), fulfilment.Filter{Customer: h.own.ID, From: n.Day, To: n.Day})
	if err != nil || len(notes) != 1 || notes[0].OrderNumber != a.Number || n.Lines[0].Quantity != business.Units(2) {
		t.Errorf("the query of deliveries: %+v %v", notes, err)
	}
	_, err = h.Ordering.Cancel(ctx, h.boss(), a.ID, "too late")
	h.wants(err, ordering.ErrDelivered, "cancelled after it went out")
	h.prove()
}

func fieldsOf(err error) []string {
	var out []string
	if e := fail.As(err); e != nil {
		for _, f := range e.Fields {
			out = append(out, f.Path)
		}
	}
	return out
}

// Nothing is posted in a closed period, whatever the path (L4).
func TestAClosedPeriodTakesNothing(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	item, o := h.sold(h.own, 1), h.order(h.own, 1)
	s, err := h.Finance.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.ClosedUntil = h.Finance.Today()
	if _, err := h.Finance.SetSettings(ctx, business.Actor{}, s); err != nil {
		t.Fatal(err)
	}
	before := h.state()
	_, err = h.Fulfilment.Ship(ctx, h.keeper(), fulfilment.Shipment{Order: o.ID})
	h.wants(err, finance.ErrClosed, "a shipment")
	_, err = h.Fulfilment.Reverse(ctx, h.keeper(), item.Note, "wrong")
	h.wants(err, finance.ErrClosed, "a reversal")
	_, err = h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(1)})
	h.wants(err, finance.ErrClosed, "a receipt")
	if h.state() != before {
		t.Error("a refusal changed something")
	}
}

// feature: Z1.2-3
func TestTheKeeperMakesProductsAndShips(t *testing.T) {
	h := newTrade(t)
	system := business.Actor{Role: business.Admin}
	if _, err := h.Identity.CreatePerson(t.Context(), system, idem.Key("person-keeper"), identity.NewPerson{
		Name: "P keeper", Login: "keeper", Role: business.Keeper, Demo: true, Home: &place}); err != nil {
		t.Fatal(err)
	}
	token, _, err := h.Identity.SignInDemo(t.Context(), "keeper", "")
	if err != nil {
		t.Fatal(err)
	}
	o := h.order(h.own, 2)
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/v1/products", `{"name":"Tea","unit":"box","price_cents":100,"active":true}`, 201},
		{"POST", "/v1/goods-notes", fmt.Sprintf(`{"order_id":%d}`, o.ID), 201},
		{"GET", fmt.Sprint("/v1/customers/", h.own.ID), "", 200},
		{"GET", "/v1/orders", "", 200},
		{"POST", "/v1/receipts", fmt.Sprintf(`{"customer_id":%d,"tenders":[{"account":"1001","amount_cents":1}]}`, h.own.ID), 403},
		{"GET", "/v1/aging", "", 403},
		{"POST", "/v1/orders", fmt.Sprintf(`{"customer_id":%d,"lines":[{"code":"P00001","quantity":"1"}]}`, h.own.ID), 403},
	} {
		if status, text := h.ask(token, c.method, c.path, c.body); status != c.want {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, status, c.want, text)
		}
	}
}
