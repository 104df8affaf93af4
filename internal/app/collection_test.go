package app

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/visits"
	"beatplan/internal/scope"
)

// owedOnRoute is a document as the phone lists it along the day.
type owedOnRoute struct {
	ID       int64               `json:"id"`
	Customer business.CustomerID `json:"customer_id"`
	Open     int64               `json:"open_cents"`
	Stop     int                 `json:"stop"`
}

// neighbour is a second customer of the salesperson, next door.
func (h *trade) neighbour() crm.Customer {
	h.t.Helper()
	c, err := h.CRM.Create(h.t.Context(), crm.By{
		Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(),
		Key: h.key(),
	}, crm.NewCustomer{
		Name: "Next Door", Kind: "shop", Level: "B", Owner: h.mine.ID, Pin: &crm.Pin{Point: place},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *trade) alongTheRoute(phone browser) []owedOnRoute {
	h.t.Helper()
	var list struct {
		Items []owedOnRoute `json:"items"`
	}
	phone.must("GET", "/v1/unpaid?route="+h.Visits.Today().String(), nil, &list)
	return list.Items
}

// Two customers of the day owe two documents each. They stand in the order of the
// stops; one collection in two kinds of money pays three of them and half of the
// fourth, all or nothing, and finance books it as a receipt for each customer.
func TestSeveralDocumentsAreCollectedAtOnceAlongTheRoute(t *testing.T) {
	h := newTrade(t)
	next := h.neighbour()
	first := []finance.OpenItem{h.sold(next, 1), h.sold(next, 2)}
	second := []finance.OpenItem{h.sold(h.own, 3), h.sold(h.own, 4)}
	desk, phone := h.browser(business.Manager), h.browser(business.Salesperson).onPhone()
	finances := h.browser(business.Admin)
	day := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, h.Visits.Today())
	if got := h.alongTheRoute(phone); len(got) != 0 {
		t.Errorf("nobody is on the day: %+v", got)
	}
	for _, id := range []business.CustomerID{next.ID, h.own.ID} {
		desk.must("POST", day+"/plan", map[string]any{"customer_ids": []any{id}}, nil)
	}
	desk.must("POST", day+"/publish", nil, nil)
	stops, err := h.Visits.RouteOf(t.Context(), h.DB, visits.PersonDay{
		Person: h.mine.ID, Date: h.Visits.Today(),
	})
	if err != nil || len(stops) != 2 {
		t.Fatalf("the day: %v, %v", stops, err)
	}
	list := h.alongTheRoute(phone)
	for i, it := range list {
		if it.Stop != i/2+1 || it.Customer != stops[i/2] {
			t.Errorf("place %d: %+v, the stops are %v", i, it, stops)
		}
	}
	if len(list) != 4 {
		t.Fatalf("%d documents", len(list))
	}
	half := second[1].Open / 2
	ticks := []map[string]any{
		{"item_id": first[0].ID}, {"item_id": first[1].ID}, {"item_id": second[0].ID},
		{"item_id": second[1].ID, "amount_cents": half},
	}
	sum := first[0].Open + first[1].Open + second[0].Open + half
	collect := func(cash business.Money) (id int64, status int) {
		var done struct {
			Waits int64 `json:"submission_id"`
		}
		status, _ = phone.call("POST", "/v1/collections", map[string]any{
			"ticks": ticks, "tenders": []map[string]any{
				{"account": "1001", "amount_cents": cash}, {"account": "1012", "amount_cents": 5000},
			},
		}, &done)
		return done.Waits, status
	}
	if _, status := collect(sum - 5001); status < 400 {
		t.Errorf("a cent short: %d", status)
	}
	id, status := collect(sum - 5000)
	if status != http.StatusCreated || id == 0 {
		t.Fatalf("%d, submission %d", status, id)
	}
	finances.must("POST", fmt.Sprintf("/v1/submissions/%d/approve", id), nil, nil)
	left := h.alongTheRoute(phone)
	if len(left) != 1 || left[0].ID != second[1].ID || left[0].Open != int64(second[1].Open-half) {
		t.Errorf("left along the route: %+v", left)
	}
	if a, b := h.account(next.ID).Balance, h.account(h.own.ID).Balance; a != 0 || b != second[1].Open-half {
		t.Errorf("the customers owe %v and %v", a, b)
	}
	h.receiptsOf(id, map[business.CustomerID]business.Money{
		next.ID: first[0].Open + first[1].Open, h.own.ID: second[0].Open + half,
	})
	h.prove()
	if _, status := collect(sum - 5000); status != http.StatusConflict {
		t.Errorf("collected twice: %d", status)
	}
	h.prove()
}

// receiptsOf compares the receipts of a submission with what each customer paid.
func (h *trade) receiptsOf(submission int64, want map[business.CustomerID]business.Money) {
	h.t.Helper()
	sub, err := h.Finance.Submission(h.t.Context(), h.cashier(), submission)
	if err != nil {
		h.t.Fatal(err)
	}
	all, _, err := h.Finance.Receipts(h.t.Context(), h.cashier(), finance.ReceiptFilter{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(r finance.ReceiptRow) bool { return r.Collection != sub.Collection })
	if len(all) != len(want) {
		h.t.Errorf("%d receipts of %d customers", len(all), len(want))
	}
	for _, r := range all {
		if r.Amount != want[r.Customer] || r.Unallocated != 0 {
			h.t.Errorf("customer %d: %v came, %v of it unallocated, want %v", r.Customer, r.Amount,
				r.Unallocated, want[r.Customer])
		}
	}
}
