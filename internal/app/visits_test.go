package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/internal/clock"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// browser is somebody's session, at a desk or on the phone.
type browser struct {
	h      *company
	role   business.Role
	client string
	keys   *atomic.Int64
}

func (h *company) browser(role business.Role) browser {
	return browser{h, role, "desk", &h.sent}
}

func (b browser) onPhone() browser { b.client = "phone"; return b }

// call sends one command or read and decodes a good answer into out.
func (b browser) call(method, path string, body, out any) (int, string) {
	return b.send(method, path, body, out, map[string]string{
		"Idempotency-Key": fmt.Sprintf("walk-%s-%d", b.role, b.keys.Add(1)),
	})
}

func (b browser) send(
	method, path string, body, out any, header map[string]string,
) (int, string) {
	b.h.t.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			b.h.t.Fatal(err)
		}
		text = string(raw)
	}
	req, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.srv.URL+path, strings.NewReader(text))
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "beatplan", Value: b.h.tokens[b.role]})
	req.Header.Set("X-Client", b.client)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := b.h.srv.Client().Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if out != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(answer, out); err != nil {
			b.h.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
	return res.StatusCode, string(answer)
}

// must is call for what has to succeed.
func (b browser) must(method, path string, body, out any) {
	b.h.t.Helper()
	if status, text := b.call(method, path, body, out); status >= 300 {
		b.h.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
}

type dueList struct {
	Items []struct {
		ID      int64  `json:"customer_id"`
		Overdue int    `json:"overdue_days"`
		DueOn   string `json:"due_on"`
		Planned bool   `json:"planned"`
	} `json:"items"`
	Total *int64 `json:"total"`
}

type dayAnswer struct {
	Status  string `json:"status"`
	Version int64  `json:"version"`
	Stops   []struct {
		Stop     int64  `json:"stop_id"`
		Customer *int64 `json:"customer_id"`
		State    string `json:"state"`
	} `json:"stops"`
}

type visitAnswer struct {
	ID    int64  `json:"id"`
	State string `json:"state"`
}

// at lets time pass; everybody signs in again, because sessions end.
func (h *company) at(d time.Duration) {
	h.t.Helper()
	h.Clock.(*clock.Manual).Advance(d)
	for role, login := range map[business.Role]string{
		business.Salesperson: "mine", business.Manager: "lead-north",
		business.Dispatcher: "dispatch", business.Admin: "root",
	} {
		token, _, err := h.Identity.SignInDemo(h.t.Context(), login, "")
		if err != nil {
			h.t.Fatal(err)
		}
		h.tokens[role] = token
	}
}

func (h *company) fix() map[string]any {
	return map[string]any{"position": place, "accuracy_m": 8, "at": h.Clock.Now()}
}

// The overdue customer from the list onto the plan, the phone, through a visit, and
// off the list: over HTTP, through every module as it is composed.
//
// feature: Y10
func TestFromTheDueListToAValidVisit(t *testing.T) {
	h := newCompany(t)
	desk, me := h.browser(business.Manager), h.browser(business.Salesperson)
	phone := me.onPhone()
	var due dueList
	if me.must("GET", "/v1/due", nil, &due); len(due.Items) != 0 {
		t.Fatalf("nothing is due on the day of the assignment: %+v", due.Items)
	}
	h.at(9 * 24 * time.Hour)
	today := h.Visits.Today().String()
	day := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, today)
	me.must("GET", "/v1/due", nil, &due)
	if len(due.Items) != 1 || due.Items[0].ID != int64(h.own.ID) || due.Items[0].Overdue != 2 || due.Items[0].Planned {
		t.Fatalf("due: %+v", due.Items)
	}
	desk.must("POST", day+"/plan", map[string]any{"customer_ids": []int64{int64(h.own.ID)}}, nil)
	me.must("GET", "/v1/due", nil, &due)
	var listed dueList
	me.must("GET", "/v1/warnings/customers/customer_visit", nil, &listed)
	if !due.Items[0].Planned || len(listed.Items) != 1 || listed.Items[0].Overdue != 2 {
		t.Errorf("planned, and still overdue until somebody goes: %+v %+v", due.Items, listed.Items)
	}
	var d dayAnswer
	if phone.must("GET", day, nil, &d); len(d.Stops) != 0 {
		t.Errorf("the phone shows a draft: %+v", d)
	}
	desk.must("POST", day+"/publish", nil, nil)
	phone.must("GET", day, nil, &d)
	if d.Status != "published" || len(d.Stops) != 1 || *d.Stops[0].Customer != int64(h.own.ID) {
		t.Fatalf("the phone shows %+v", d)
	}
	var v visitAnswer
	phone.must("POST", "/v1/visits", map[string]any{"customer_id": h.own.ID, "fix": h.fix()}, &v)
	if phone.must("GET", day, nil, &d); d.Stops[0].State != "checked_in" {
		t.Errorf("after check-in: %+v", d.Stops)
	}
	h.at(20 * time.Minute)
	phone.must("POST", fmt.Sprintf("/v1/visits/%d/check-out", v.ID),
		map[string]any{"fix": h.fix(), "notes": "two cases"}, &v)
	if v.State != "valid" {
		t.Errorf("the visit is %s", v.State)
	}
	me.must("GET", "/v1/due", nil, &due)
	me.must("GET", "/v1/warnings/customers/customer_visit", nil, &listed)
	if len(due.Items) != 0 || len(listed.Items) != 0 {
		t.Errorf("after the visit: %+v %+v", due.Items, listed.Items)
	}
	c, err := h.CRM.Customer(t.Context(), scope.Everything(), h.own.ID)
	if err != nil || c.LastVisitDay.String() != today || c.VisitCount != 1 || c.DueOn != c.LastVisitDay.Add(7) {
		t.Errorf("the customer: %+v %v", c, err)
	}
}

// feature: Y05
func TestWarningsAreTheSameOnBothClients(t *testing.T) {
	h := newCompany(t)
	h.at(30 * 24 * time.Hour)
	for _, role := range []business.Role{business.Salesperson, business.Manager, business.Admin} {
		b := h.browser(role)
		for _, path := range []string{
			"/v1/warnings", "/v1/warnings/customers/customer_visit",
			"/v1/warnings/people/person_visit", "/v1/due?person=" + fmt.Sprint(h.mine.ID),
		} {
			_, desk := b.call("GET", path, nil, nil)
			status, phone := b.onPhone().call("GET", path, nil, nil)
			if status != http.StatusOK || desk != phone {
				t.Errorf("%s: %s on the phone %s, at the desk %s", role, path, phone, desk)
			}
		}
	}
	var all dueList
	h.browser(business.Admin).must("GET", "/v1/warnings/customers/customer_visit", nil, &all)
	if len(all.Items) != 2 || *all.Total != 2 {
		t.Errorf("the administrator sees %+v", all.Items)
	}
}

func TestOwnersClockFollowsAtOnce(t *testing.T) {
	h := newCompany(t)
	h.at(10 * 24 * time.Hour)
	by := crm.By{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything(), Key: "change-every"}
	every := 20
	if _, err := h.CRM.Update(t.Context(), by, h.own.ID, h.own.Version, crm.Patch{VisitEveryDays: &every}); err != nil {
		t.Fatal(err)
	}
	var due dueList
	me := h.browser(business.Salesperson)
	if me.must("GET", "/v1/due", nil, &due); len(due.Items) != 0 {
		t.Errorf("a longer interval: %+v", due.Items)
	}
	by.Key = "hand-over"
	if _, err := h.CRM.Assign(t.Context(), by, []business.CustomerID{h.foreign.ID}, h.mine.ID); err != nil {
		t.Fatal(err)
	}
	h.at(8 * 24 * time.Hour)
	me.must("GET", "/v1/due", nil, &due)
	if len(due.Items) != 1 || due.Items[0].ID != int64(h.foreign.ID) || due.Items[0].Overdue != 1 {
		t.Errorf("a new owner's clock begins with the assignment: %+v", due.Items)
	}
	by.Key = "archive-it"
	if _, err := h.CRM.Archive(t.Context(), by, h.foreign.ID, 0); err != nil {
		t.Fatal(err)
	}
	if me.must("GET", "/v1/due", nil, &due); len(due.Items) != 0 {
		t.Errorf("archived: %+v", due.Items)
	}
}

// The clocks that followed every change are those that a rebuild makes.
func TestRebuiltClocksAreTheSame(t *testing.T) {
	h := newCompany(t)
	h.at(15 * 24 * time.Hour)
	read := func() (rows []string) {
		found, err := h.DB.Query(t.Context(), `select c::text from warnings.v_clock c order by 1`)
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		for found.Next() {
			var row string
			if err := found.Scan(&row); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		return rows
	}
	before := read()
	if _, err := h.DB.Exec(t.Context(), `delete from warnings.clock`); err != nil {
		t.Fatal(err)
	}
	if err := h.Warnings.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if after := read(); len(before) != 6 || !slices.Equal(before, after) {
		t.Errorf("before\n%v\nafter\n%v", before, after)
	}
}

func TestARulesChangeIsFollowedByItsClocks(t *testing.T) {
	h := newCompany(t)
	h.at(15 * 24 * time.Hour)
	boss := h.browser(business.Admin)
	count := func() int {
		var list dueList
		boss.must("GET", "/v1/warnings/customers/customer_order", nil, &list)
		return len(list.Items)
	}
	if n := count(); n != 0 {
		t.Fatalf("15 days without an order, threshold 30: %d", n)
	}
	status, text := boss.send("PUT", "/v1/warning-rules/customer_order",
		map[string]any{"enabled": true, "threshold_days": 10}, nil,
		map[string]string{"If-Match": `"1"`, "Idempotency-Key": "rule-of-orders"})
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	for deadline := time.Now().Add(time.Minute); count() != 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d customers are overdue", count())
		}
	}
}

func TestADispatchReachesThePhoneWithANotice(t *testing.T) {
	h := newCompany(t)
	heard := make(chan events.Notice, 16)
	stop := h.Bus.Watch("day", func(n events.Notice) { heard <- n })
	defer stop()
	order := map[string]any{"person_id": h.mine.ID, "customer_id": h.own.ID, "note": "asks for a visit"}
	dispatcher := h.browser(business.Dispatcher)
	for range 3 { // replayed with the same key
		status, text := dispatcher.send("POST", "/v1/assignments", order, nil,
			map[string]string{"Idempotency-Key": "dispatch-0001"})
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, text)
		}
	}
	select {
	case n := <-heard:
		if !slices.Equal(n.People, []int64{int64(h.mine.ID)}) || !strings.Contains(string(n.Payload), "assigned") {
			t.Errorf("notice %v %s", n.People, n.Payload)
		}
	case <-time.After(time.Minute):
		t.Error("no notice came")
	}
	var d dayAnswer
	h.browser(business.Salesperson).onPhone().must("GET",
		fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, h.Visits.Today()), nil, &d)
	if len(d.Stops) != 1 || d.Status != "published" {
		t.Errorf("the phone shows %+v", d)
	}
}

func TestTheOrderOverHTTP(t *testing.T) {
	h := newCompany(t)
	other, err := h.CRM.Create(t.Context(), crm.By{
		Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything(), Key: idem.Key("second-shop"),
	}, crm.NewCustomer{Name: "Second Shop", Kind: "shop", Level: "B", Owner: h.mine.ID, Pin: &crm.Pin{Point: place}})
	if err != nil {
		t.Fatal(err)
	}
	desk := h.browser(business.Manager)
	day := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, h.Visits.Today())
	stops := func(ids ...business.CustomerID) map[string]any {
		list := []map[string]any{}
		for _, id := range ids {
			list = append(list, map[string]any{"customer_id": id, "locked": false})
		}
		return map[string]any{"stops": list}
	}
	match := func(v string) map[string]string { return map[string]string{"If-Match": v} }
	var d dayAnswer
	if status, text := desk.send("PUT", day, stops(h.own.ID, other.ID), &d, match(`"0"`)); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	if d.Version != 1 || d.Status != "draft" {
		t.Errorf("%+v", d)
	}
	for name, c := range map[string]struct {
		by     browser
		body   any
		header map[string]string
		status int
		code   string
	}{
		"stale":         {desk, stops(other.ID), match(`"0"`), 412, "visits.day_changed"},
		"no version":    {desk, stops(other.ID), nil, 400, "request.if_match"},
		"on the phone":  {h.browser(business.Salesperson).onPhone(), stops(other.ID, h.own.ID), match(`"1"`), 403, "visits.reorder_on_phone"},
		"twice":         {desk, stops(other.ID, other.ID), match(`"1"`), 422, "visits.plan_invalid"},
		"foreign":       {desk, stops(h.foreign.ID), match(`"1"`), 404, "visits.no_such_customer"},
		"swapped place": {desk, map[string]any{"stops": []any{}, "start": map[string]any{"kind": "custom", "point": []float64{39.7, -175}}}, match(`"1"`), 422, "visits.plan_invalid"},
	} {
		status, text := c.by.send("PUT", day, c.body, nil, c.header)
		if status != c.status || code(text) != c.code {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, text := desk.send("PUT", day, stops(other.ID, h.own.ID), &d, match(`"1"`)); status != 200 || d.Version != 2 {
		t.Errorf("reordered: %d %s", status, text)
	}
	var list struct {
		Items []struct {
			Person business.PersonID `json:"person_id"`
			Stops  int               `json:"stops"`
		} `json:"items"`
	}
	desk.must("GET", "/v1/days?date="+h.Visits.Today().String(), nil, &list)
	if len(list.Items) != 1 || list.Items[0].Person != h.mine.ID || list.Items[0].Stops != 2 {
		t.Errorf("overview %+v", list.Items)
	}
	if may := identity.PermissionsOf(business.Manager); !slices.Contains(may, business.VisitsWrite) {
		t.Error("a manager cannot inspect a shop")
	}
}

// A dispatcher sees the day with the call before sending, and takes the call back.
func TestADispatchIsShownFirstAndTakenBack(t *testing.T) {
	h := newCompany(t)
	dispatcher := h.browser(business.Dispatcher)
	order := map[string]any{"person_id": h.mine.ID, "customer_id": h.own.ID}
	var shown struct {
		BestOrder []int64 `json:"best_order"`
		Current   struct {
			Version int64            `json:"version"`
			Stops   []map[string]any `json:"stops"`
		} `json:"current"`
	}
	dispatcher.must("POST", "/v1/assignments/preview", order, &shown)
	if !slices.Equal(shown.BestOrder, []int64{0}) || len(shown.Current.Stops) != 1 {
		t.Fatalf("shown %+v", shown)
	}
	order["order"], order["version"] = shown.BestOrder, shown.Current.Version
	var call struct {
		StopID int64 `json:"stop_id"`
	}
	dispatcher.must("POST", "/v1/assignments", order, &call)
	type calls struct {
		Items []struct {
			StopID int64 `json:"stop_id"`
		} `json:"items"`
	}
	var list calls
	dispatcher.must("GET", "/v1/assignments", nil, &list)
	if len(list.Items) != 1 || list.Items[0].StopID != call.StopID {
		t.Fatalf("calls %+v", list)
	}
	path := fmt.Sprintf("/v1/assignments/%d/", call.StopID)
	for range 2 { // replayed with the same key
		if status, text := dispatcher.send("POST", path+"withdraw", nil, nil,
			map[string]string{"Idempotency-Key": "withdraw-0001"}); status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
	}
	if status, text := h.browser(business.Salesperson).send("POST", path+"withdraw", nil, nil,
		map[string]string{"Idempotency-Key": "withdraw-0002"}); status != http.StatusForbidden {
		t.Errorf("a salesperson withdraws: %d %s", status, text)
	}
	if dispatcher.must("GET", "/v1/assignments", nil, &list); len(list.Items) != 0 {
		t.Errorf("after withdrawing %+v", list)
	}
}
