package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/finance"
	"beatplan/business/ordering"
	"beatplan/internal/clock"
)

// assigned gives a customer to somebody else.
func (h *trade) assigned(c business.CustomerID, to business.PersonID) {
	h.t.Helper()
	h.browser(business.Admin).must("POST", "/v1/customers/assign",
		map[string]any{"customer_ids": []any{c}, "owner_id": to}, nil)
}

// Who looks after a customer now finds along the route what another sold before, and
// collects it; what lies elsewhere stays out of sight.
func TestTheNextSalespersonCollectsWhatWasSoldBefore(t *testing.T) {
	h := newTrade(t)
	old, theirs := h.sold(h.foreign, 2), h.sold(h.foreign, 1)
	desk, phone := h.browser(business.Admin), h.browser(business.Salesperson).onPhone()
	day := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, h.Visits.Today())
	h.assigned(h.foreign.ID, h.mine.ID)
	if got := h.alongTheRoute(phone); len(got) != 0 {
		t.Errorf("nobody is on the day: %+v", got)
	}
	desk.must("POST", day+"/plan", map[string]any{"customer_ids": []any{h.foreign.ID}}, nil)
	desk.must("POST", day+"/publish", nil, nil)
	list := h.alongTheRoute(phone)
	if len(list) != 2 || list[0].ID != old.ID || list[1].ID != theirs.ID || list[0].Stop != 1 {
		t.Fatalf("along the route: %+v", list)
	}
	var done struct {
		Waits int64 `json:"submission_id"`
	}
	phone.must("POST", "/v1/collections", map[string]any{
		"ticks":   []map[string]any{{"item_id": old.ID}},
		"tenders": []map[string]any{{"account": "1001", "amount_cents": old.Open}},
	}, &done)
	if done.Waits == 0 {
		t.Errorf("%+v", done)
	}
	h.assigned(h.foreign.ID, h.theirs.ID)
	if got := h.alongTheRoute(phone); len(got) != 0 {
		t.Errorf("of another's customer: %+v", got)
	}
}

// A sum of orders leaves out the cancelled ones, which the list still shows.
func TestTheSumOfOrdersLeavesOutTheCancelled(t *testing.T) {
	h := newTrade(t)
	h.order(h.own, 2)
	gone := h.order(h.own, 5)
	if _, err := h.Ordering.Cancel(t.Context(), h.boss(), gone.ID, "no room"); err != nil {
		t.Fatal(err)
	}
	var page struct {
		Items []any  `json:"items"`
		Total int64  `json:"total"`
		Sum   *int64 `json:"total_cents"`
	}
	h.browser(business.Salesperson).must("GET", "/v1/orders", nil, &page)
	if len(page.Items) != 2 || page.Total != 2 || page.Sum == nil || *page.Sum != 4800 {
		t.Errorf("%+v", page)
	}
}

// What waits for a decision does not grow too old meanwhile; what has, is not offered
// to the keeper any more, and can be given up.
func TestAnOrderIsValidFromItsConfirmation(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	none := business.Money(0)
	a, err := h.Finance.SetTerms(ctx, h.cashier(), h.own.ID, 0, finance.Terms{Limit: &none})
	if err != nil {
		t.Fatal(err)
	}
	held, err := h.Ordering.Place(ctx, h.seller(), ordering.NewOrder{Customer: h.own.ID, Confirm: true,
		Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.One}}})
	if err != nil || held.Hold != ordering.CreditHold {
		t.Fatalf("%s %v", held.Hold, err)
	}
	h.Clock.(*clock.Manual).Advance(40 * 24 * time.Hour)
	own := h.boss()
	own.Actor = h.seller().Actor
	yes := ordering.Decision{Order: held.ID, Approve: true, Reason: "a good customer"}
	_, err = h.Ordering.Decide(ctx, own, yes)
	h.wants(err, ordering.ErrOwnOrder, "released by who took it")
	o, err := h.Ordering.Decide(ctx, h.boss(), yes)
	if err != nil || o.ValidUntil != h.Ordering.Today().Add(30) {
		t.Fatalf("valid until %v, %v", o.ValidUntil, err)
	}
	if _, err := h.Finance.SetTerms(ctx, h.cashier(), h.own.ID, a.Version, finance.Terms{}); err != nil {
		t.Fatal(err)
	}
	h.order(h.foreign, 1)
	toShip := func(query string) (shown []int64, total int64) {
		t.Helper()
		var list struct {
			Items []struct {
				ID int64 `json:"order_id"`
			} `json:"items"`
			Total int64 `json:"total"`
		}
		h.at(0) // sessions do not last so long
		h.browser(business.Admin).must("GET", "/v1/goods-to-ship"+query, nil, &list)
		for _, it := range list.Items {
			shown = append(shown, it.ID)
		}
		return shown, list.Total
	}
	if shown, total := toShip("?limit=1"); len(shown) != 1 || shown[0] != int64(o.ID) || total != 2 {
		t.Errorf("the first of two: %v of %d", shown, total)
	}
	h.Clock.(*clock.Manual).Advance(31 * 24 * time.Hour)
	if shown, total := toShip(""); len(shown) != 0 || total != 0 {
		t.Errorf("past its validity: %v of %d", shown, total)
	}
	if o, err = h.Ordering.Close(ctx, h.boss(), o.ID, "too old"); err != nil || o.Open {
		t.Errorf("given up: %+v %v", o, err)
	}
	h.prove()
}

// Lists of money have an end: a page and a total, or the last of many; files have all.
func TestListsOfMoneyHaveAnEnd(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	h.sold(h.own, 1)
	h.sold(h.foreign, 2)
	root := h.browser(business.Admin)
	var aging struct {
		Items []struct {
			Balance int64 `json:"balance_cents"`
		} `json:"items"`
		Total int `json:"total"`
		Sum   struct {
			Balance int64 `json:"balance_cents"`
		} `json:"sum"`
	}
	root.must("GET", "/v1/aging?limit=1", nil, &aging)
	if len(aging.Items) != 1 || aging.Items[0].Balance != 4800 || aging.Total != 2 || aging.Sum.Balance != 7200 {
		t.Errorf("the most overdue of two: %+v", aging)
	}
	_, file := root.call("GET", fmt.Sprintf("/v1/aging/export.csv?language=en&person=%d", h.mine.ID), nil, nil)
	if !strings.Contains(file, h.own.Name) || strings.Contains(file, h.foreign.Name) {
		t.Errorf("the file of one salesperson: %s", file)
	}
	for _, path := range []string{"/v1/deals", "/v1/receipt-sums"} {
		if path == "/v1/receipt-sums" {
			for _, c := range []business.CustomerID{h.own.ID, h.foreign.ID} {
				if _, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: c, Tenders: h.pays(100)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		seen := map[int64]bool{}
		after, pages := "", 0
		for ; pages < 5; pages++ {
			var page struct {
				Items []struct {
					Customer int64 `json:"customer_id"`
				} `json:"items"`
				Next *string `json:"next"`
			}
			root.must("GET", path+"?limit=1"+after, nil, &page)
			for _, it := range page.Items {
				seen[it.Customer] = true
			}
			if page.Next == nil {
				break
			}
			after = "&after=" + *page.Next
		}
		if len(seen) != 2 || pages != 1 {
			t.Errorf("%s: %v on %d pages", path, seen, pages+1)
		}
	}
	h.manyDocuments(2100)
	_, file = root.call("GET", "/v1/unpaid/export.csv?language=en", nil, nil)
	if rows := strings.Count(strings.TrimSpace(file), "\n"); rows != 2102 {
		t.Errorf("a file of %d documents", rows)
	}
	st, err := h.Finance.Statement(ctx, h.cashier(), h.own.ID, business.Date{}, business.Date{})
	if err != nil || len(st.Entries) != 1000 || !st.Earlier || st.Opening != 3400 || st.Closing != 4400 ||
		st.Entries[0].Balance != 3401 {
		t.Errorf("%d entries, %v to %v: %v", len(st.Entries), st.Opening, st.Closing, err)
	}
}

// manyDocuments puts documents of one cent each beside what the customer owes.
func (h *trade) manyDocuments(n int) {
	h.t.Helper()
	_, err := h.DB.Exec(h.t.Context(), `
with j as (
	insert into finance.journal (day, kind, source_id, number, posted_at, posted_by)
	select $3::date, 'issue', 1000000 + i, 'GO' || 1000000 + i, now(), 1 from generate_series(1, $1) i
	returning id, source_id, number, day), p as (
	insert into finance.posting (journal_id, line, account, customer_id, amount_cents)
	select id, 0, '1122', $2::bigint, 1 from j union all select id, 1, '6001', null, -1 from j)
insert into finance.item (note_id, number, customer_id, journal_id, day, due_on, amount_cents, open_cents)
select source_id, number, $2::bigint, id, day, day, 1, 1 from j`, n, h.own.ID, h.Finance.Today())
	if err != nil {
		h.t.Fatal(err)
	}
}

// A customer's orders can be summed up by nobody who does not see them.
func TestSumsOfMoneyEndWhereTheScopeDoes(t *testing.T) {
	h := newTrade(t)
	ctx := t.Context()
	h.sold(h.own, 1)
	h.sold(h.foreign, 2)
	for _, c := range []business.CustomerID{h.own.ID, h.foreign.ID} {
		if _, err := h.Finance.Receive(ctx, h.cashier(), finance.NewReceipt{Customer: c, Tenders: h.pays(100)}); err != nil {
			t.Fatal(err)
		}
	}
	me := h.browser(business.Salesperson)
	for _, path := range []string{"/v1/orders", "/v1/goods-notes", "/v1/unpaid", "/v1/receipts", "/v1/aging",
		"/v1/deals", "/v1/receipt-sums", "/v1/goods-to-ship", "/v1/orders/export.csv", "/v1/goods-notes/export.csv",
		"/v1/unpaid/export.csv", "/v1/receipts/export.csv", "/v1/aging/export.csv"} {
		status, text := me.call("GET", path, nil, nil)
		theirs := fmt.Sprintf(`"customer_id":%d,`, h.foreign.ID)
		if status != http.StatusOK || strings.Contains(text, secretName) || strings.Contains(text, theirs) ||
			strings.Contains(text, "4800") || strings.Contains(text, "7200") || strings.Contains(text, "48.00") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}
