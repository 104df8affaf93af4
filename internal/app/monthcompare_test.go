package app

import (
	"fmt"
	"maps"
	"time"

	"beatplan/business"
)

// compare sets what the company says beside the account.
func (m *month) compare() {
	m.t.Helper()
	m.sameVisits()
	shops := m.sameCards()
	m.sameWork()
	m.sameLedger()
	m.sameDocuments()
	for _, kind := range []string{"customer_visit", "customer_order", "customer_sale"} {
		m.sameWarnings(kind, shops)
	}
	m.sameDue(shops)
	m.samePeople()
}

func (m *month) sameVisits() {
	m.t.Helper()
	type row struct {
		by, shop  int64
		day       string
		state     string
		in, out   int64
		late, own bool
	}
	unix := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.Unix()
	}
	want, have := map[int64]row{}, map[int64]row{}
	states := map[string]int{}
	for _, v := range m.visits {
		want[v.id] = row{int64(v.by.id), int64(v.shop.id), v.day.String(), v.state, unix(v.in), unix(v.out), v.late, true}
		states[v.state]++
	}
	rows, err := m.DB.Query(m.t.Context(), `
select id, person_id, customer_id, day::text, state, extract(epoch from in_at)::bigint,
	coalesce(extract(epoch from out_at), 0)::bigint, late, kind = 'sales' from visits.visit`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var r row
		if err := rows.Scan(&id, &r.by, &r.shop, &r.day, &r.state, &r.in, &r.out, &r.late, &r.own); err != nil {
			m.t.Fatal(err)
		}
		have[id] = r
	}
	for id, w := range want {
		if have[id] != w {
			m.t.Errorf("visit %d is %+v, should be %+v", id, have[id], w)
		}
	}
	if len(have) != len(want) || rows.Err() != nil {
		m.t.Errorf("%d visits, should be %d, %v", len(have), len(want), rows.Err())
	}
	for _, state := range []string{"valid", "pending", "rejected", "abandoned", "void"} {
		if states[state] == 0 {
			m.t.Errorf("the month has no visit that is %s: %v", state, states)
		}
	}
}

// sameCards compares every shop's card, and returns what each should say.
func (m *month) sameCards() map[*outlet]standing {
	m.t.Helper()
	rows, err := m.DB.Query(m.t.Context(), `
select id, coalesce(owner_id, 0), visit_count, coalesce(last_visit_at, 'epoch'),
	coalesce(last_order_at, 'epoch'), coalesce(last_sale_at, 'epoch'), due_on, open_receivable,
	coalesce(last_visit_day::text, '')
from crm.customer`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	have, days := map[business.CustomerID]standing{}, map[business.CustomerID]string{}
	for rows.Next() {
		var id business.CustomerID
		var s standing
		var day string
		if err := rows.Scan(&id, &s.Owner, &s.Visits, &s.Last, &s.Order, &s.Sale, &s.Due, &s.Owed, &day); err != nil {
			m.t.Fatal(err)
		}
		for _, t := range []*time.Time{&s.Last, &s.Order, &s.Sale} {
			if t.Unix() == 0 {
				*t = time.Time{}
			}
			*t = t.UTC()
		}
		have[id], days[id] = s, day
	}
	out := map[*outlet]standing{}
	for _, s := range m.shops {
		want := m.standingOf(s)
		for _, t := range []*time.Time{&want.Last, &want.Order, &want.Sale} {
			*t = t.UTC()
		}
		out[s] = want
		day := ""
		if !want.Last.IsZero() {
			day = m.dayOf(want.Last).String()
		}
		if have[s.id] != want || days[s.id] != day {
			m.t.Errorf("shop %d says %+v on %s, should be %+v", s.id, have[s.id], days[s.id], want)
		}
	}
	if len(have) != len(m.shops) {
		m.t.Errorf("%d shops", len(have))
	}
	return out
}

// sameWork compares everybody's workload: records, distinct customers, minutes.
func (m *month) sameWork() {
	m.t.Helper()
	type work struct {
		Person    business.PersonID `json:"person_id"`
		Records   int64             `json:"records"`
		Customers int64             `json:"customers"`
		Daily     int64             `json:"daily_customers"`
		Days      int64             `json:"days"`
		OnSite    int64             `json:"on_site_s"`
	}
	var rows []work
	from, to := m.Visits.Today().Add(-60), m.Visits.Today()
	m.read(&m.root, false, fmt.Sprintf("/v1/workload?from=%s&to=%s", from, to), &rows)
	have := map[business.PersonID]work{}
	for _, r := range rows {
		have[r.Person] = r
	}
	repeated := false
	for _, s := range m.sellers {
		want := work{Person: s.id}
		shops, days, daily := map[*outlet]bool{}, map[business.Date]bool{}, map[string]bool{}
		for _, v := range m.visits {
			if v.by != s || v.state != "valid" {
				continue
			}
			want.Records++
			want.OnSite += int64(v.out.Sub(v.in) / time.Second)
			shops[v.shop], days[v.day], daily[fmt.Sprint(v.day, v.shop.id)] = true, true, true
		}
		want.Customers, want.Days, want.Daily = int64(len(shops)), int64(len(days)), int64(len(daily))
		repeated = repeated || want.Records > want.Daily
		if want.Records == 0 {
			want = work{}
		}
		if have[s.id] != want {
			m.t.Errorf("%s worked %+v, should be %+v", s.login, have[s.id], want)
		}
	}
	if !repeated {
		m.t.Error("nobody visited a shop twice on a day")
	}
}

func (m *month) sameLedger() {
	m.t.Helper()
	want := map[string]int64{}
	for _, d := range m.deals {
		if d.state == "shipped" {
			want["1122"] += d.cents
			want["2221"] -= d.tax
			want["6001"] -= d.cents - d.tax
		}
	}
	for _, r := range m.receipts {
		want[r.account] += r.cents
		want["1122"] -= r.cents
	}
	var accounts []struct {
		Code    string `json:"code"`
		Balance int64  `json:"balance_cents"`
	}
	m.read(&m.root, false, "/v1/ledger-accounts", &accounts)
	have := map[string]int64{}
	for _, a := range accounts {
		if a.Balance != 0 {
			have[a.Code] = a.Balance
		}
	}
	if !maps.Equal(have, want) || len(want) != 6 {
		m.t.Errorf("the ledger says %v, should be %v", have, want)
	}
	faults, err := m.Finance.Prove(m.t.Context(), m.DB)
	if err != nil || len(faults) > 0 {
		m.t.Error(faults, err)
	}
}

// warned is one row of a list of warnings.
type warned struct {
	ID      business.CustomerID `json:"customer_id"`
	Owner   business.PersonID   `json:"owner_id"`
	Overdue int                 `json:"overdue_days"`
	Last    *time.Time          `json:"last_event_at"`
	Owed    int64               `json:"open_receivable_cents"`
}

func (w warned) String() string {
	last := "never"
	if w.Last != nil {
		last = w.Last.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("owner %d, overdue %d, last %s, owes %d", w.Owner, w.Overdue, last, w.Owed)
}

// listed reads every page of a list, as one sees it on the phone or at a desk.
func (m *month) listed(by *string, phone bool, kind string) map[business.CustomerID]string {
	m.t.Helper()
	out := map[business.CustomerID]string{}
	path := "/v1/warnings/customers/" + kind + "?limit=500"
	for after := ""; ; {
		var page struct {
			Items []warned `json:"items"`
			Next  *string  `json:"next"`
			Total *int64   `json:"total"`
		}
		m.read(by, phone, path+after, &page)
		for _, r := range page.Items {
			out[r.ID] = r.String()
		}
		if page.Next == nil || *page.Next == "" {
			return out
		}
		after = "&after=" + *page.Next
	}
}

// sameWarnings compares a list on both clients with what the rules say of every shop:
// the whole, and each seller's own.
//
// Acceptance: equal to brute force after a random history, the same on both clients.
func (m *month) sameWarnings(kind string, shops map[*outlet]standing) {
	m.t.Helper()
	today := m.Visits.Today()
	all, own := map[business.CustomerID]string{}, map[*seller]map[business.CustomerID]string{}
	for s, is := range shops {
		last := map[string]time.Time{
			"customer_visit": is.Last, "customer_order": is.Order, "customer_sale": is.Sale,
		}[kind]
		due, runs := m.dueOn(s, kind, last)
		if !runs || today.Sub(due) <= 0 {
			continue
		}
		w := warned{s.id, is.Owner, today.Sub(due), nil, is.Owed}
		if !last.IsZero() {
			w.Last = &last
		}
		all[s.id] = w.String()
		if own[s.owner] == nil {
			own[s.owner] = map[business.CustomerID]string{}
		}
		own[s.owner][s.id] = w.String()
	}
	if len(all) < 100 || len(all) > len(shops)-100 {
		m.t.Errorf("%s: %d of %d shops are overdue, which proves little", kind, len(all), len(shops))
	}
	for _, phone := range []bool{false, true} {
		m.sameRows(kind, phone, m.listed(&m.root, phone, kind), all)
	}
	for i, s := range m.sellers {
		m.sameRows(kind+" of "+s.login, true, m.listed(&s.token, true, kind), own[s])
		if i%10 == 0 {
			m.sameRows(kind+" of "+s.login, false, m.listed(&s.token, false, kind), own[s])
		}
	}
}

func (m *month) sameRows(what string, phone bool, have, want map[business.CustomerID]string) {
	m.t.Helper()
	for id, w := range want {
		if have[id] != w {
			m.t.Errorf("%s (phone %v): shop %d is %q, should be %q", what, phone, id, have[id], w)
			return
		}
	}
	if len(have) != len(want) {
		m.t.Errorf("%s (phone %v): %d rows, should be %d", what, phone, len(have), len(want))
	}
}

// sameDue compares what every seller's phone says is due today.
func (m *month) sameDue(shops map[*outlet]standing) {
	m.t.Helper()
	today := m.Visits.Today()
	for _, s := range m.sellers {
		var page struct {
			Items []warned `json:"items"`
		}
		m.read(&s.token, true, "/v1/due?limit=500", &page)
		have, want := map[business.CustomerID]int{}, map[business.CustomerID]int{}
		for _, r := range page.Items {
			have[r.ID] = r.Overdue
		}
		for x, is := range shops {
			if !is.Due.IsZero() && x.owner == s && !today.Before(is.Due) {
				want[x.id] = today.Sub(is.Due)
			}
		}
		if !maps.Equal(have, want) {
			m.t.Errorf("%s has due %v, should be %v", s.login, have, want)
		}
	}
}

// samePeople compares the salespeople beside their mean: the days since the last valid
// visit, or since they began, and the visits of thirty days.
func (m *month) samePeople() {
	m.t.Helper()
	type beside struct {
		Value float64 `json:"value"`
		Mean  float64 `json:"mean"`
		Delta float64 `json:"delta"`
	}
	type idle struct {
		Person  business.PersonID `json:"person_id"`
		Last    *string           `json:"last_day"`
		Overdue int               `json:"overdue_days"`
		Days    beside            `json:"days"`
		Period  beside            `json:"period"`
	}
	today := m.Visits.Today()
	since, total, elapsed := today.Add(-29), 0, 0
	counts, last := map[business.PersonID]int{}, map[business.PersonID]business.Date{}
	for _, v := range m.visits {
		if v.state != "valid" {
			continue
		}
		if v.day.After(last[v.by.id]) {
			last[v.by.id] = v.day
		}
		if !v.day.Before(since) {
			counts[v.by.id]++
			total++
		}
	}
	days := func(p business.PersonID) int {
		if last[p].IsZero() {
			return today.Sub(m.began)
		}
		return today.Sub(last[p])
	}
	for _, s := range m.sellers {
		elapsed += days(s.id)
	}
	for _, phone := range []bool{false, true} {
		var rows []idle
		m.read(&m.root, phone, "/v1/warnings/people/person_visit", &rows)
		for _, r := range rows {
			n := days(r.Person)
			want := idle{r.Person, r.Last, max(0, n-3), beside{Value: float64(n), Mean: float64(elapsed) / monthSellers},
				beside{Value: float64(counts[r.Person]), Mean: float64(total) / monthSellers}}
			want.Days.Delta = want.Days.Value - want.Days.Mean
			want.Period.Delta = want.Period.Value - want.Period.Mean
			told := ""
			if r.Last != nil {
				told = *r.Last
			}
			if wanted := last[r.Person]; r != want || !wanted.IsZero() && told != wanted.String() {
				m.t.Errorf("person %d (phone %v): %+v, last %q, should be %+v, last %s", r.Person, phone, r, told, want, wanted)
			}
		}
		if len(rows) != monthSellers {
			m.t.Errorf("%d salespeople", len(rows))
		}
	}
}
