package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// trade is a company with products, seen through its services.
type trade struct {
	*company
	keys  int
	water catalogue.Product // 24.00 a case, 13 % included
	nuts  catalogue.Product // 9.99 a kilogram, three decimals
}

func newTrade(t *testing.T) *trade {
	t.Helper()
	h := &trade{company: newCompany(t)}
	h.stock()
	return h
}

func (h *trade) stock() {
	h.t.Helper()
	h.water = h.product("Water", "case", 2400, 0)
	h.nuts = h.product("Nuts", "kg", 999, 3)
}

func (h *trade) key() idem.Key {
	h.keys++
	return idem.Key(fmt.Sprintf("trade-key-%d", h.keys))
}

func (h *trade) product(name, unit string, price business.Money, decimals int) catalogue.Product {
	h.t.Helper()
	p, err := h.Catalogue.Create(h.t.Context(), catalogue.By{Key: h.key()}, catalogue.Fields{
		Name: name, Unit: unit, Price: price, TaxBP: 1300, Decimals: decimals, Active: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// seller is the salesperson of the own customer, with what their role allows.
func (h *trade) seller() ordering.Caller {
	return ordering.Caller{
		Actor: business.Actor{Person: h.mine.ID, Role: business.Salesperson},
		Scope: scope.Scope{People: []int64{int64(h.mine.ID)}}, Key: h.key(),
	}
}

// boss may everything and sees everybody.
func (h *trade) boss() ordering.Caller {
	return ordering.Caller{
		Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(),
		Key: h.key(), Reviews: true, Credits: true,
	}
}

func (h *trade) keeper() fulfilment.Caller {
	return fulfilment.Caller{Actor: business.Actor{Person: 1}, Scope: scope.Everything(), Key: h.key()}
}

func (h *trade) cashier() finance.Caller {
	return finance.Caller{Actor: business.Actor{Person: 1}, Scope: scope.Everything(), Key: h.key()}
}

func (h *trade) order(c crm.Customer, cases int64) ordering.Order {
	h.t.Helper()
	o, err := h.Ordering.Place(h.t.Context(), h.boss(), ordering.NewOrder{
		Customer: c.ID, Confirm: true,
		Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.Units(cases)}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

func (h *trade) ship(o ordering.Order) fulfilment.Note {
	h.t.Helper()
	n, err := h.Fulfilment.Ship(h.t.Context(), h.keeper(), fulfilment.Shipment{Order: o.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *trade) sold(c crm.Customer, cases int64) finance.OpenItem {
	h.t.Helper()
	n := h.ship(h.order(c, cases))
	for _, it := range h.unpaid(finance.Unpaid{Customer: c.ID}) {
		if it.Note == n.ID {
			return it
		}
	}
	h.t.Fatalf("%s is not owed", n.Number)
	return finance.OpenItem{}
}

func (h *trade) unpaid(f finance.Unpaid) []finance.OpenItem {
	h.t.Helper()
	items, n, sum, err := h.Finance.Unpaid(h.t.Context(), h.cashier(), f)
	if err != nil {
		h.t.Fatal(err)
	}
	var open business.Money
	for _, it := range items {
		open += it.Open
	}
	if int(n) != len(items) || open != sum {
		h.t.Errorf("%d documents and %v open, counted %d and %v", len(items), open, n, sum)
	}
	return items
}

func (h *trade) customer(id business.CustomerID) crm.Customer {
	h.t.Helper()
	c, err := h.CRM.Customer(h.t.Context(), scope.Everything(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *trade) account(id business.CustomerID) finance.Account {
	h.t.Helper()
	a, err := h.Finance.Account(h.t.Context(), h.cashier(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// prove fails unless the ledger and everything that hangs on it is in order.
func (h *trade) prove() {
	h.t.Helper()
	if faults := h.faults(); len(faults) > 0 {
		h.t.Fatalf("out of order:\n%s", strings.Join(faults, "\n"))
	}
}

// faults are what is not in order.
func (h *trade) faults() []string {
	h.t.Helper()
	faults, err := h.Finance.Prove(h.t.Context(), h.DB)
	if err != nil {
		h.t.Fatal(err)
	}
	const sqlApart = `
select 'committed of customer ' || c.customer_id from finance.customer c
where c.committed_cents <> (select coalesce(sum(l.amount_cents - l.delivered_cents), 0)
	from ordering.document d join ordering.line l on l.document_id = d.id
	where d.customer_id = c.customer_id and d.state = 'confirmed')
union all
select 'card of customer ' || k.id from crm.customer k join finance.customer c on c.customer_id = k.id
where k.open_receivable <> c.balance_cents or k.received_total <> c.received_cents
union all
select 'deals of customer ' || k.id from crm.customer k
where (k.deal_total, coalesce(k.last_order_at, 'epoch')) <> (
	select coalesce(sum(deal_cents), 0)::bigint, coalesce(max(confirmed_at), 'epoch') from ordering.document d
	where d.customer_id = k.id and d.state in ('confirmed', 'closed'))
union all
select 'last sale of customer ' || k.id from crm.customer k
where k.last_sale_at is distinct from (
	select max(posted_at) from fulfilment.note n where n.customer_id = k.id and n.state = 'posted')
union all
select 'delivered of line ' || l.id from ordering.line l
where (l.delivered, l.delivered_cents) <> (
	select coalesce(sum(quantity), 0)::bigint, coalesce(sum(amount_cents), 0)::bigint
	from fulfilment.note_line nl join fulfilment.note n on n.id = nl.note_id
	where nl.order_line_id = l.id and n.state = 'posted')
union all
select 'document of note ' || n.number from fulfilment.note n left join finance.item i on i.note_id = n.id
where n.total_cents > 0 and (i.id is null or i.amount_cents <> n.total_cents
	or (i.reversed_day is not null) <> (n.state = 'reversed'))`
	rows, err := h.DB.Query(h.t.Context(), sqlApart)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var fault string
		if err := rows.Scan(&fault); err != nil {
			h.t.Fatal(err)
		}
		faults = append(faults, fault)
	}
	if rows.Err() != nil {
		h.t.Fatal(rows.Err())
	}
	return faults
}

// The thread, over HTTP as the people walk it: overdue, planned, visited, ordered,
// shipped, owed, collected along the route; every warning clears on its way.
//
// feature: G78
func TestTheThreadFromAWarningToTheMoney(t *testing.T) {
	h := newTrade(t)
	desk, me := h.browser(business.Manager), h.browser(business.Salesperson)
	root := h.browser(business.Admin)
	for _, kind := range []string{"customer_order", "customer_sale"} {
		status, text := root.send("PUT", "/v1/warning-rules/"+kind,
			map[string]any{"enabled": true, "threshold_days": 10}, nil,
			map[string]string{"If-Match": `"1"`, "Idempotency-Key": "thread-" + kind})
		if status >= 300 {
			t.Fatal(text)
		}
	}
	if err := h.Warnings.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	h.at(12 * 24 * time.Hour)
	overdue := func(kind string) int {
		t.Helper()
		var list dueList
		me.must("GET", "/v1/warnings/customers/"+kind, nil, &list)
		return len(list.Items)
	}
	for _, kind := range []string{"customer_visit", "customer_order", "customer_sale"} {
		if overdue(kind) != 1 {
			t.Fatalf("%s: %d overdue", kind, overdue(kind))
		}
	}
	day := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, h.Visits.Today())
	var due dueList
	if me.must("GET", "/v1/due", nil, &due); len(due.Items) != 1 || due.Items[0].ID != int64(h.own.ID) {
		t.Fatalf("due: %+v", due)
	}
	desk.must("POST", day+"/plan", map[string]any{"customer_ids": []int64{due.Items[0].ID}}, nil)
	desk.must("POST", day+"/publish", nil, nil)
	phone := me.onPhone()
	var d dayAnswer
	if phone.must("GET", day, nil, &d); len(d.Stops) != 1 || *d.Stops[0].Customer != due.Items[0].ID {
		t.Fatalf("on the phone: %+v", d)
	}
	var v visitAnswer
	phone.must("POST", "/v1/visits", map[string]any{"customer_id": h.own.ID, "fix": h.fix()}, &v)

	type orderAnswer struct {
		ID     int64  `json:"id"`
		Number string `json:"number"`
		State  string `json:"state"`
		Total  int64  `json:"total_cents"`
	}
	entry := map[string]any{"customer_id": h.own.ID, "visit_id": v.ID, "confirm": true,
		"lines": []map[string]any{
			{"product_id": h.water.ID, "quantity": "5"}, {"code": h.nuts.Code, "quantity": "1.5"},
		}}
	var o, again orderAnswer
	retry := map[string]string{"Idempotency-Key": "sent-before-the-tunnel"}
	for _, into := range []*orderAnswer{&o, &again} { // the phone retries after a lost answer
		if status, text := phone.send("POST", "/v1/orders", entry, into, retry); status != 201 {
			t.Fatalf("%d %s", status, text)
		}
	}
	if o != again || o.State != "confirmed" || o.Total != 12000+1499 { // 9.99 × 1.5 = 14.985
		t.Fatalf("%+v, retried %+v", o, again)
	}
	var steps []struct {
		Title string `json:"title"`
		Done  bool   `json:"done"`
	}
	phone.must("GET", fmt.Sprintf("/v1/visits/%d/steps", v.ID), nil, &steps)
	if len(steps) != 1 || steps[0].Title != o.Number || !steps[0].Done {
		t.Errorf("the visit does not show its order among its steps: %+v", steps)
	}
	delete(entry, "visit_id")
	var atDesk orderAnswer
	root.must("POST", "/v1/orders", entry, &atDesk)
	if atDesk.Total != o.Total || atDesk.State != o.State || len(atDesk.Number) != len(o.Number) || atDesk.Number <= o.Number {
		t.Errorf("the same order at a desk: %+v, on the phone %+v", atDesk, o)
	}
	root.must("POST", fmt.Sprintf("/v1/orders/%d/cancel", atDesk.ID), map[string]any{"reason": "twice"}, nil)
	if overdue("customer_order") != 0 || overdue("customer_sale") != 1 {
		t.Errorf("after the order: %d not ordered, %d not sold", overdue("customer_order"), overdue("customer_sale"))
	}
	h.at(20 * time.Minute)
	phone.must("POST", fmt.Sprintf("/v1/visits/%d/check-out", v.ID), map[string]any{"fix": h.fix()}, nil)
	if overdue("customer_visit") != 0 {
		t.Error("visited and still overdue")
	}
	root.must("POST", "/v1/goods-notes", map[string]any{"order_id": o.ID}, nil)
	if overdue("customer_sale") != 0 {
		t.Error("sold and still overdue")
	}
	h.collectAlongTheRoute(phone, root, o.Total)
	h.prove()
}

// collectAlongTheRoute takes what the customers of today's route owe.
func (h *trade) collectAlongTheRoute(phone, desk browser, want int64) {
	t := h.t
	t.Helper()
	var list struct {
		Items []struct {
			ID   int64 `json:"id"`
			Open int64 `json:"open_cents"`
			Stop int   `json:"stop"`
		} `json:"items"`
		Open int64 `json:"open_cents"`
	}
	phone.must("GET", "/v1/unpaid?route="+h.Visits.Today().String(), nil, &list)
	if len(list.Items) != 1 || list.Open != want || list.Items[0].Stop != 1 {
		t.Fatalf("along the route: %+v", list)
	}
	var card struct {
		Owed     int64   `json:"open_receivable_cents"`
		Deals    int64   `json:"deal_total_cents"`
		Received int64   `json:"received_total_cents"`
		Order    *string `json:"last_order_at"`
		Sale     *string `json:"last_sale_at"`
	}
	path := fmt.Sprint("/v1/customers/", h.own.ID)
	phone.must("GET", path, nil, &card)
	if card.Owed != want || card.Deals != want || card.Order == nil || card.Sale == nil {
		t.Errorf("the card before: %+v", card)
	}
	var done struct {
		ID       int64 `json:"id"`
		Waits    int64 `json:"submission_id"`
		Receipts []any `json:"receipts"`
	}
	phone.must("POST", "/v1/collections", map[string]any{
		"ticks": []map[string]any{{"item_id": list.Items[0].ID}},
		"tenders": []map[string]any{
			{"account": "1001", "amount_cents": want - 5000}, {"account": "1012", "amount_cents": 5000},
		},
	}, &done)
	phone.must("GET", path, nil, &card)
	if done.ID != 0 || done.Waits == 0 || len(done.Receipts) != 0 || card.Owed != want {
		t.Errorf("before finance has looked at it: %+v, owed %d", done, card.Owed)
	}
	desk.must("POST", fmt.Sprintf("/v1/submissions/%d/approve", done.Waits), nil, nil)
	phone.must("GET", "/v1/unpaid?route="+h.Visits.Today().String(), nil, &list)
	phone.must("GET", path, nil, &card)
	if list.Open != 0 || card.Owed != 0 || card.Received != want {
		t.Errorf("after the collection: %+v %+v", list, card)
	}
}

// state is every row of the thread, to see that nothing changed.
func (h *trade) state() string {
	h.t.Helper()
	const sqlState = `
select coalesce(string_agg(x, '|' order by x), '') from (
	select d::text x from ordering.document d union all select l::text from ordering.line l
	union all select n::text from fulfilment.note n union all select l::text from fulfilment.note_line l
	union all select j::text from finance.journal j union all select p::text from finance.posting p
	union all select i::text from finance.item i union all select r::text from finance.receipt r
	union all select a::text from finance.allocation a union all select c::text from finance.collection c
	union all select c::text from finance.customer c union all select k::text from crm.customer k
	union all select c::text from crm.change c union all select w::text from warnings.v_clock w
	union all select e::text from audit.entry e) rows`
	var s string
	if err := h.DB.QueryRow(h.t.Context(), sqlState).Scan(&s); err != nil {
		h.t.Fatal(err)
	}
	return s
}
