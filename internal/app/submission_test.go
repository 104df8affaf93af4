package app

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"beatplan/business"
	"beatplan/business/finance"
)

// feature: G85
func TestMoneyFromThePhoneWaitsForFinance(t *testing.T) {
	h := newTrade(t)
	item := h.sold(h.own, 5)
	phone, desk := h.browser(business.Salesperson).onPhone(), h.browser(business.Admin)
	collect := func(by browser, amount int64) (id int64, status int) {
		var done struct {
			Waits int64 `json:"submission_id"`
		}
		status, _ = by.call("POST", "/v1/collections", map[string]any{
			"ticks":   []map[string]any{{"item_id": item.ID, "amount_cents": amount}},
			"tenders": []map[string]any{{"account": "1001", "amount_cents": amount}},
		}, &done)
		return done.Waits, status
	}
	owed := func() business.Money { return h.account(h.own.ID).Balance }
	all := owed()
	first, status := collect(phone, 4000)
	if status != http.StatusCreated || first == 0 || owed() != all {
		t.Fatalf("%d: submission %d, owed %v of %v", status, first, owed(), all)
	}
	if list := h.unpaid(finance.Unpaid{Customer: h.own.ID}); list[0].Open != item.Open || list[0].Submitted != 4000 {
		t.Errorf("what waits is shown beside what is open: %+v", list[0])
	}
	if _, status := collect(phone, int64(item.Open)); status != http.StatusConflict {
		t.Errorf("collected twice: %d", status)
	}
	if id, _ := collect(phone.atDesk(), 1); id == 0 || owed() != all {
		t.Error("a salesperson books their own money at a desk")
	}
	if id, _ := collect(desk.onPhone(), 1); id == 0 || owed() != all {
		t.Error("the phone of finance books at once")
	}

	summed := func(query string) (n int64) {
		var page struct {
			Total int64 `json:"total"`
		}
		desk.must("GET", "/v1/submissions?"+query, nil, &page)
		return page.Total
	}
	if all, mine := summed(""), summed(fmt.Sprint("person=", h.mine.ID)); all != 3 || mine != 2 {
		t.Errorf("%d submissions, %d of one person", all, mine)
	}
	today := h.Finance.Today()
	if now, later := summed("from="+today.String()), summed("from="+today.Add(1).String()); now != 3 || later != 0 {
		t.Errorf("%d from today, %d from tomorrow", now, later)
	}

	path := fmt.Sprintf("/v1/submissions/%d", first)
	if status, _ := phone.call("POST", path+"/approve", nil, nil); status != http.StatusForbidden {
		t.Errorf("a salesperson approves: %d", status)
	}
	if status, _ := desk.call("POST", path+"/reject", map[string]any{"reason": " "}, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("sent back without a reason: %d", status)
	}
	desk.must("POST", path+"/reject", map[string]any{"reason": "Ten short"}, nil)
	var back struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	phone.must("GET", path, nil, &back)
	if back.State != "rejected" || back.Reason != "Ten short" || owed() != all {
		t.Errorf("sent back: %+v, owed %v", back, owed())
	}
	if status, _ := desk.call("POST", path+"/approve", nil, nil); status != http.StatusConflict {
		t.Errorf("approved after it was sent back: %d", status)
	}
	second, _ := collect(phone, 3000)
	h.approvedOnce(second)
	if owed() != all-3000 {
		t.Errorf("owed %v after 30.00 of %v were approved", owed(), all)
	}
	h.prove()
}

func (b browser) atDesk() browser { b.client = "desk"; return b }

// approvedOnce has twenty approve at one moment; one wins.
func (h *trade) approvedOnce(id int64) {
	h.t.Helper()
	var won atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		c := h.cashier()
		all.Go(func() {
			_, err := h.Finance.Approve(h.t.Context(), c, id)
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, finance.ErrDecided):
				h.t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		h.t.Errorf("approved %d times", won.Load())
	}
}

func TestNobodyApprovesTheirOwnMoneyAndAFailedApprovalStaysOpen(t *testing.T) {
	h := newTrade(t)
	item := h.sold(h.own, 2)
	in := finance.NewCollection{
		Ticks:   []finance.Tick{{Item: item.ID, Amount: 1000}},
		Tenders: []finance.Tender{{Account: finance.Cash, Amount: 1000}},
	}
	mine := h.cashier()
	mine.Submits = true
	done, err := h.Finance.Collect(t.Context(), mine, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Finance.Approve(t.Context(), h.cashier(), done.Submission); !errors.Is(err, finance.ErrOwnSubmission) {
		t.Errorf("one's own: %v", err)
	}
	in.Ticks[0].Amount, in.Tenders[0].Amount = item.Open, item.Open
	if _, err := h.Finance.Collect(t.Context(), h.cashier(), in); err != nil {
		t.Fatal(err) // somebody pays at the desk meanwhile
	}
	other := h.cashier()
	other.Actor.Person = h.mine.ID
	if _, err := h.Finance.Approve(t.Context(), other, done.Submission); !errors.Is(err, finance.ErrPaid) {
		t.Errorf("paid meanwhile: %v", err)
	}
	list, _, err := h.Finance.Submissions(t.Context(), h.cashier(), finance.SubmissionFilter{State: finance.WaitsForFinance})
	if err != nil || len(list) != 1 || list[0].Items[0].Open != 0 {
		t.Errorf("%+v %v", list, err)
	}
	h.prove()
}
