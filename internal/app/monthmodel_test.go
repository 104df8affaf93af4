package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
)

// book is the account of a month that is kept beside the company: lists of what
// happened and the rules as they are written down, with no eye on the program.
type book struct {
	sellers   []*seller
	shops     []*outlet
	visits    []*record
	deals     []*deal
	issued    []*deal // in the order in which they went out
	receipts  []receipt
	slips     []*slip
	conflicts int // what was collected and could not be booked
	rules     map[string]ruling
	several   bool // the same shop twice a day is allowed
}

type seller struct {
	id           business.PersonID
	login, token string
	skew         time.Duration // how far the phone's clock runs ahead
	open         *record
}

type outlet struct {
	id          business.CustomerID
	owner       *seller
	kind, level string
	every       int // 0: by the rule
	at          orb.Point
	assigned    business.Date
}

// record is a visit that the server took.
type record struct {
	id      int64
	by      *seller
	shop    *outlet
	in, out time.Time
	day     business.Date
	state   string
	late    bool
}

// call is what a phone wants to record.
type call struct {
	seller  *seller
	shop    *outlet
	in, out time.Time // as it really happened
	late    bool      // without network
	off     float64   // metres from the shop
	reason  string
	made    *record
}

type deal struct {
	order, note int64
	shop        *outlet
	owner       *seller // who is credited
	cents       int64
	open        int64 // of what is owed for it
	tax         int64
	confirmed   time.Time
	shipped     time.Time
	state       string // confirmed, cancelled, shipped, reversed
}

type receipt struct {
	shop    *outlet
	account string
	cents   int64
}

// ruling is after how many days one kind warns.
type ruling struct {
	general         int
	byKind, byLevel map[string]int
}

func (r ruling) days(s *outlet) int {
	for kind := s.kind; ; {
		if n := r.byKind[kind]; n > 0 {
			return n
		}
		at := strings.LastIndex(kind, "/")
		if at < 0 {
			break
		}
		kind = kind[:at]
	}
	if n := r.byLevel[s.level]; n > 0 {
		return n
	}
	return r.general
}

func (m *month) dayOf(t time.Time) business.Date { return business.DateOf(t, m.Zone) }

// fixAt is the fix of a phone, by its own clock.
func (m *month) fixAt(c *call, when time.Time) map[string]any {
	at := orb.Point{c.shop.at[0], c.shop.at[1] + (20+c.off)/111_195}
	return map[string]any{"position": at, "accuracy_m": 8,
		"at": when.Add(c.seller.skew), "sent_at": m.clock.Now().Add(c.seller.skew)}
}

func (m *month) checkIn(c *call) {
	m.t.Helper()
	when := c.in
	if !c.late {
		when = m.clock.Now()
	}
	day := m.dayOf(when)
	want := ""
	switch {
	case c.shop.owner != c.seller:
		want = "visits.no_such_customer"
	case c.seller.open != nil:
		want = "visits.open_visit"
	case !m.several && slices.ContainsFunc(m.visits, func(v *record) bool {
		return v.by == c.seller && v.shop == c.shop && v.day == day &&
			slices.Contains([]string{"open", "pending", "valid"}, v.state)
	}):
		want = "visits.second_today"
	case c.off > 0 && c.reason == "":
		want = "visits.too_far"
	}
	a := m.post(&c.seller.token, true, "/v1/visits", map[string]any{
		"customer_id": c.shop.id, "late": c.late, "reason": c.reason, "fix": m.fixAt(c, when),
	}, want)
	if want != "" {
		return
	}
	c.made = &record{id: a.ID, by: c.seller, shop: c.shop, in: when, day: day, state: "open", late: c.late}
	c.seller.open = c.made
	m.visits = append(m.visits, c.made)
}

func (m *month) checkOut(c *call, late bool) {
	m.t.Helper()
	v := c.made
	if v == nil { // refused: the phone shows the conflict
		return
	}
	body, out := map[string]any{"fix": m.fixAt(c, m.clock.Now()), "notes": "shelf restocked"}, m.clock.Now()
	if late {
		out = c.out
		body = map[string]any{"late": true, "left_at": out.Add(c.seller.skew),
			"sent_at": m.clock.Now().Add(c.seller.skew)}
	}
	m.post(&c.seller.token, true, fmt.Sprintf("/v1/visits/%d/check-out", v.id), body, "")
	v.out, v.late = out, v.late || late
	v.state = "valid"
	if v.late {
		v.state = "pending"
	}
	if c.seller.open == v {
		c.seller.open = nil
	}
}

// forgetOpen gives up what was left open before today.
func (m *month) forgetOpen(today business.Date) {
	for _, v := range m.visits {
		if v.state == "open" && v.day.Before(today) {
			v.state = "abandoned"
			if v.by.open == v {
				v.by.open = nil
			}
		}
	}
}

func (m *month) order(c *call) {
	m.t.Helper()
	if c.made == nil || c.made.state != "open" {
		return
	}
	cases := 1 + m.rng.Int64N(9)
	a := m.post(&c.seller.token, true, "/v1/orders", map[string]any{
		"customer_id": c.shop.id, "visit_id": c.made.id, "confirm": true,
		"lines": []map[string]any{{"product_id": m.water.ID, "quantity": fmt.Sprint(cases)}},
	}, "")
	d := &deal{order: a.ID, shop: c.shop, owner: c.shop.owner, cents: 2399 * cases, confirmed: m.clock.Now(), state: "confirmed"}
	d.tax = (2*d.cents*1300 + 11300) / (2 * 11300) // 13 % within the price, half up
	if a.Total != d.cents || a.State != "confirmed" {
		m.t.Fatalf("%d cases are %+v", cases, a)
	}
	m.deals = append(m.deals, d)
}

func (m *month) decide() {
	m.t.Helper()
	for _, v := range m.visits {
		verdict, state := "", ""
		switch {
		case v.state == "pending" && m.rng.IntN(5) < 3:
			verdict, state = "approve", "valid"
			if m.rng.IntN(5) == 0 {
				verdict, state = "reject", "rejected"
			}
		case v.state == "valid" && m.rng.IntN(300) == 0:
			verdict, state = "void", "void"
		default:
			continue
		}
		m.post(&m.root, false, fmt.Sprintf("/v1/visits/%d/decision", v.id),
			map[string]any{"verdict": verdict, "reason": "as the manager saw it"}, "")
		v.state = state
	}
}

func (m *month) ship() {
	m.t.Helper()
	paid := map[*outlet]bool{}
	for _, r := range m.receipts {
		paid[r.shop] = true
	}
	for _, d := range m.deals {
		chance := m.rng.IntN(100)
		switch {
		case d.state == "confirmed" && chance < 60:
			a := m.post(&m.root, false, "/v1/goods-notes", map[string]any{"order_id": d.order}, "")
			d.state, d.note, d.shipped, d.open = "shipped", a.ID, m.clock.Now(), d.cents
			m.issued = append(m.issued, d)
		case d.state == "confirmed" && chance < 65:
			m.post(&m.root, false, fmt.Sprintf("/v1/orders/%d/cancel", d.order), map[string]any{"reason": "changed its mind"}, "")
			d.state = "cancelled"
		case d.state == "shipped" && chance < 3 && !paid[d.shop]:
			m.post(&m.root, false, fmt.Sprintf("/v1/goods-notes/%d/reverse", d.note), map[string]any{"reason": "all came back"}, "")
			d.state, d.open = "reversed", 0
		}
	}
}

// owed is what the shop owes.
func (b *book) owed(s *outlet) int64 {
	var sum int64
	for _, d := range b.deals {
		if d.shop == s && d.state == "shipped" {
			sum += d.cents
		}
	}
	for _, r := range b.receipts {
		if r.shop == s {
			sum -= r.cents
		}
	}
	return sum
}

func (m *month) collect() {
	m.t.Helper()
	seen := map[*outlet]bool{}
	for _, d := range m.deals {
		open := m.owed(d.shop)
		if seen[d.shop] || open <= 0 || m.rng.IntN(4) > 0 {
			continue
		}
		seen[d.shop] = true
		r := receipt{d.shop, []string{"1001", "1002"}[m.rng.IntN(2)], open}
		if m.rng.IntN(3) == 0 {
			r.cents = 1 + m.rng.Int64N(open)
		}
		m.post(&m.root, false, "/v1/receipts", map[string]any{"customer_id": d.shop.id,
			"tenders": []map[string]any{{"account": r.account, "amount_cents": r.cents}}}, "")
		m.receipts = append(m.receipts, r)
		m.settle(r.shop, r.cents)
	}
}

// standing is what a shop's card and its warnings are made of.
type standing struct {
	Owner             business.PersonID
	Visits            int64
	Last, Order, Sale time.Time // zero: never
	Due               business.Date
	Owed              int64
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// standingOf recounts a shop from the lists.
func (m *month) standingOf(s *outlet) standing {
	f := standing{Owner: s.owner.id, Owed: m.owed(s)}
	for _, v := range m.visits {
		if v.shop == s && v.state == "valid" {
			f.Visits++
			f.Last = latest(f.Last, v.in)
		}
	}
	for _, d := range m.deals {
		if d.shop != s {
			continue
		}
		if d.state != "cancelled" {
			f.Order = latest(f.Order, d.confirmed)
		}
		if d.state == "shipped" {
			f.Sale = latest(f.Sale, d.shipped)
		}
	}
	if due, ok := m.dueOn(s, "customer_visit", f.Last); ok {
		f.Due = due
	}
	return f
}

// dueOn is the last day in time for a shop whose last event was at last.
func (m *month) dueOn(s *outlet, kind string, last time.Time) (business.Date, bool) {
	days := m.rules[kind].days(s)
	if kind == "customer_visit" && s.every > 0 {
		days = s.every
	}
	start := s.assigned
	if !last.IsZero() {
		start = m.dayOf(last)
	}
	return start.Add(days), days > 0
}

// read decodes an answer to a question.
func (m *month) read(by *string, phone bool, path string, out any) {
	m.t.Helper()
	status, text := m.do(&command{by: by, method: http.MethodGet, path: path, phone: phone})
	if status != http.StatusOK {
		m.t.Fatalf("%s: %d %s", path, status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		m.t.Fatal(path, err)
	}
}
