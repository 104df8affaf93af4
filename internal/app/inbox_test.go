package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/identity"
	"beatplan/business/notices"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

type inboxAnswer struct {
	Items []struct {
		ID     int64          `json:"id"`
		Kind   string         `json:"kind"`
		Params map[string]any `json:"params"`
		Object int64          `json:"object_id"`
		ReadAt *time.Time     `json:"read_at"`
	} `json:"items"`
	Next  *string `json:"next"`
	Total int64   `json:"total"`
}

// inbox is what somebody was told of one kind.
func (b browser) inbox(kind string) (found inboxAnswer) {
	b.h.t.Helper()
	var all inboxAnswer
	b.must("GET", "/v1/messages?limit=500", nil, &all)
	found.Total = all.Total
	for _, m := range all.Items {
		if m.Kind == kind {
			found.Items = append(found.Items, m)
		}
	}
	return found
}

func (h *company) morning() {
	h.t.Helper()
	err := h.DB.InTx(h.t.Context(), func(tx db.Tx) error { return h.tellMorning(h.t.Context(), tx) })
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestTheDigestSaysOnceADayWhatTheWarningsSay(t *testing.T) {
	h := watched(t)
	me, lead := h.browser(business.Salesperson), h.browser(business.Manager)
	for range 3 {
		h.morning()
	}
	today := func(b browser) map[string]any {
		t.Helper()
		list := b.inbox("digest").Items
		if len(list) == 0 {
			t.Fatal("no digest")
		}
		return list[0].Params
	}
	n := len(me.inbox("digest").Items)
	var counts []struct {
		Kind   string  `json:"kind"`
		Number float64 `json:"count"`
	}
	for _, b := range []browser{me, lead, h.browser(business.Admin)} {
		b.must("GET", "/v1/warnings", nil, &counts)
		for _, c := range counts {
			if got, _ := today(b)[c.Kind].(float64); got != c.Number {
				t.Errorf("%s, %s: told %v, listed %v", b.role, c.Kind, got, c.Number)
			}
		}
	}
	if today(me)["customer_visit"] != 1.0 || today(lead)["customer_visit"] != 1.0 {
		t.Errorf("told %v, their manager %v", today(me), today(lead))
	}
	h.order(h.own, 1)
	h.at(24 * time.Hour)
	h.morning()
	if len(me.inbox("digest").Items) != n+1 || today(me)["customer_order"] != nil {
		t.Errorf("the day after an order: %v", today(me))
	}
}

// Whose role may not read warnings is not told of them in the morning either.
func TestTheDigestIsForThoseWhoMayReadWarnings(t *testing.T) {
	h := watched(t)
	ctx, root := t.Context(), business.Actor{Role: business.Admin}
	may := slices.DeleteFunc(identity.PermissionsOf(business.Salesperson),
		func(p business.Permission) bool { return p == business.WarningsRead })
	quiet, err := h.Identity.CreateRole(ctx, root, h.key(), identity.NewRole{
		Code: "quiet", Name: "Quiet", Base: business.Salesperson, Reach: identity.Own, Permissions: may})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Identity.ChangePerson(ctx, root, scope.Everything(),
		identity.Version{ID: int64(h.mine.ID), Version: h.mine.Version},
		identity.PersonChange{Role: &quiet.Code}); err != nil {
		t.Fatal(err)
	}
	h.at(24 * time.Hour)
	h.morning()
	me := h.browser(business.Salesperson)
	if told := me.inbox("digest").Items; len(told) != 0 {
		t.Errorf("told %v", told[0].Params)
	}
	if told := h.browser(business.Manager).inbox("digest").Items; len(told) == 0 {
		t.Error("the manager was told nothing")
	}
}

func TestAMessageIsReadOnceByItsReader(t *testing.T) {
	h := watched(t)
	me, lead := h.browser(business.Salesperson), h.browser(business.Manager)
	h.morning()
	first := me.inbox("digest")
	path := fmt.Sprintf("/v1/messages/%d/read", first.Items[0].ID)
	if status, _ := lead.call("PUT", path, nil, nil); status != http.StatusNotFound {
		t.Errorf("somebody else's message: %d", status)
	}
	me.must("PUT", path, nil, nil)
	read := me.inbox("digest")
	if read.Total != first.Total-1 || read.Items[0].ReadAt == nil {
		t.Fatalf("%+v after %+v", read, first)
	}
	h.at(time.Minute)
	me.must("PUT", path, nil, nil)
	me.must("PUT", "/v1/messages/read", nil, nil)
	if again := me.inbox("digest"); again.Total != 0 || !again.Items[0].ReadAt.Equal(*read.Items[0].ReadAt) {
		t.Errorf("the first time stands: %+v", again)
	}
	if lead.inbox("digest").Total == 0 {
		t.Error("reading one's own inbox emptied another")
	}
	var many []notices.New
	for i := range notices.Keep + 30 {
		many = append(many, notices.New{Person: h.mine.ID, Key: fmt.Sprint("n", i), Kind: "digest"})
	}
	if err := h.DB.InTx(t.Context(), func(tx db.Tx) error { return h.Notices.Put(t.Context(), tx, many) }); err != nil {
		t.Fatal(err)
	}
	if n := len(me.inbox("digest").Items); n != notices.Keep {
		t.Errorf("the inbox holds %d", n)
	}
	h.morning()
	if list := me.inbox("digest").Items; len(list) != notices.Keep || list[0].Params["customer_visit"] != nil {
		t.Errorf("what was trimmed is told again: %+v", list[0])
	}
}

// feature: G84
func TestAnOverdueDocumentIsToldOnce(t *testing.T) {
	h := watched(t)
	me := h.browser(business.Salesperson)
	item, paid := h.sold(h.own, 2), h.sold(h.own, 3)
	told := func() int { h.morning(); return len(me.inbox("money.overdue").Items) }
	h.at(time.Duration(item.DueOn.Sub(h.Finance.Today())) * 24 * time.Hour)
	if told() != 0 {
		t.Error("told on the day itself")
	}
	_, err := h.Finance.Receive(t.Context(), h.cashier(), finance.NewReceipt{
		Customer: h.own.ID, Ticks: []finance.Tick{{Item: paid.ID}},
		Tenders: []finance.Tender{{Account: finance.Cash, Amount: paid.Open}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.at(24 * time.Hour)
	for range 2 {
		if told() != 1 {
			t.Fatalf("the day after: %+v", me.inbox("money.overdue"))
		}
	}
	m := me.inbox("money.overdue").Items[0]
	if m.Params["number"] != item.Number || m.Params["cents"] != float64(item.Open) || m.Object != int64(h.own.ID) {
		t.Errorf("%+v", m)
	}
	h.at(24 * time.Hour)
	if told() != 1 || len(h.browser(business.Manager).inbox("money.overdue").Items) != 0 {
		t.Error("told again, or to somebody else")
	}
}

// feature: Z5.1.4-b
func TestTheOwnerIsToldOnceBeforeACustomerGoesBack(t *testing.T) {
	h := newTrade(t)
	me := h.browser(business.Salesperson)
	var policy crm.PoolPolicy
	rules := func(change func(*crm.PoolPolicy)) {
		t.Helper()
		var err error
		if policy, err = h.CRM.PoolPolicy(t.Context()); err != nil {
			t.Fatal(err)
		}
		change(&policy)
		if err = h.CRM.SetPoolPolicy(t.Context(), crm.By{Actor: h.boss().Actor}, policy); err != nil {
			t.Fatal(err)
		}
	}
	rules(func(p *crm.PoolPolicy) { p.FollowDays, p.RemindDays = 20, 4 })
	after := func(days int) int {
		t.Helper()
		h.at(time.Duration(days) * 24 * time.Hour)
		swept, err := h.CRM.Sweep(t.Context())
		if err != nil || swept.Returned != 0 {
			t.Fatalf("%+v %v", swept, err)
		}
		h.settled()
		n := 0
		for _, m := range me.inbox("pool.return_near").Items {
			if m.Object == int64(h.own.ID) {
				n++
			}
		}
		return n
	}
	if n := after(15); n != 0 {
		t.Errorf("told %d times five days before", n)
	}
	if n := after(1); n != 1 {
		t.Errorf("told %d times four days before", n)
	}
	if n := after(1); n != 1 {
		t.Errorf("told %d times for one deadline", n)
	}
	rules(func(p *crm.PoolPolicy) { p.FollowDays = 21 })
	if n := after(0); n != 2 {
		t.Errorf("told %d times for two deadlines", n)
	}
	rules(func(p *crm.PoolPolicy) { p.FollowDays = 22 })
	h.order(h.own, 1)
	if n := after(1); n != 2 {
		t.Errorf("told %d times: after a deal nothing is told", n)
	}
}

// settled waits until every fact has been heard.
func (h *company) settled() {
	h.t.Helper()
	for range 6000 {
		var waiting int
		err := h.DB.QueryRow(h.t.Context(), `select count(*) from river.river_job
			where state not in ('completed', 'cancelled', 'discarded') and scheduled_at <= now()`).Scan(&waiting)
		if err != nil {
			h.t.Fatal(err)
		}
		if waiting == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatal("facts wait for a minute")
}

func TestWhoCollectedIsToldWhatFinanceSentBack(t *testing.T) {
	h := newTrade(t)
	item := h.sold(h.own, 1)
	mine := h.cashier()
	mine.Actor.Person, mine.Submits = h.mine.ID, true
	done, err := h.Finance.Collect(t.Context(), mine, finance.NewCollection{
		Ticks:   []finance.Tick{{Item: item.ID}},
		Tenders: []finance.Tender{{Account: finance.Cash, Amount: item.Open}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Finance.Reject(t.Context(), h.cashier(), done.Submission, "Two notes are missing"); err != nil {
		t.Fatal(err)
	}
	list := h.browser(business.Salesperson).inbox("money.sent_back").Items
	if len(list) != 1 || list[0].Params["reason"] != "Two notes are missing" {
		raw, _ := json.Marshal(list)
		t.Errorf("%s", raw)
	}
}
