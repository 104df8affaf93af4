package app

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/internal/clock"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// The size of the month.
const (
	monthSellers = 60
	monthShops   = 5000
	monthDays    = 30
	monthReplays = 1000 // of one request of each kind
)

// monthSchemas are those of the modules. Work for later is not among them: the nights'
// own commands leave it.
var monthSchemas = []string{"visits", "crm", "warnings", "ordering", "fulfilment", "finance",
	"audit", "notices", "catalogue", "idem"}

// month drives a company over HTTP for a month and keeps its own account of it in
// [book]: what was accepted, when, by the rules as they are written down.
type month struct {
	*company
	rng     *rand.Rand
	handler http.Handler
	clock   *clock.Manual
	root    string // token
	water   catalogue.Product
	acts    []act
	accepts []*command
	keys    int
	began   business.Date
	book
}

// act is something that reaches the server at an instant.
type act struct {
	at time.Time
	do func()
}

// command is a request that was accepted.
type command struct {
	by           *string // token: people sign in again
	method, path string
	key          string
	version      string // If-Match
	body         []byte
	phone        bool
	status       int
	id           int64
}

func newMonth(t *testing.T, seed uint64) *month {
	t.Helper()
	m := &month{company: openCompany(t), rng: rand.New(rand.NewPCG(seed, 7))}
	m.rules = map[string]ruling{}
	m.handler, m.clock, m.root = m.API.Handler(), m.Clock.(*clock.Manual), m.tokens[business.Admin]
	var err error
	m.water, err = m.Catalogue.Create(t.Context(), catalogue.By{Key: "month-water"}, catalogue.Fields{
		Name: "Water", Unit: "case", Price: 2399, TaxBP: 1300, Active: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	m.began = m.Visits.Today()
	m.hire()
	m.furnish()
	return m
}

// hire makes the salespeople, in the two teams that there are.
func (m *month) hire() {
	m.sellers = append(m.sellers, &seller{id: m.mine.ID, login: "mine"}, &seller{id: m.theirs.ID, login: "theirs"})
	for i := len(m.sellers); i < monthSellers; i++ {
		login := fmt.Sprintf("seller%02d", i)
		team := m.mine.Team
		if i%2 == 1 {
			team = m.theirs.Team
		}
		p, err := m.Identity.CreatePerson(m.t.Context(), business.Actor{Role: business.Admin},
			idem.Key("hire-"+login), identity.NewPerson{Name: login, Login: login,
				Role: business.Salesperson, Team: team, Demo: true, Home: &place})
		if err != nil {
			m.t.Fatal(err)
		}
		m.sellers = append(m.sellers, &seller{id: p.ID, login: login})
	}
	for i, s := range m.sellers {
		if i%4 == 1 { // a clock that runs wrong, fast or slow, by minutes or a day
			s.skew = time.Duration(m.rng.IntN(2*86400)-86400) * time.Second
		}
	}
}

// furnish imports the shops from a file.
func (m *month) furnish() {
	ctx, today := m.t.Context(), m.Visits.Today()
	known := func(c crm.Customer, by *seller) {
		m.shops = append(m.shops, &outlet{id: c.ID, owner: by, kind: c.Kind, level: string(c.Level),
			every: c.VisitEveryDays, at: *c.Position, assigned: today})
	}
	known(m.own, m.sellers[0])
	known(m.foreign, m.sellers[1])
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	row := func(cells ...any) {
		var line []string
		for _, c := range cells {
			line = append(line, fmt.Sprint(c))
		}
		if err := w.Write(line); err != nil {
			m.t.Fatal(err)
		}
	}
	row("Name", "Type", "Level", "Owner", "Lon", "Lat", "Visit every days")
	byName := map[string]*outlet{}
	for i := len(m.shops); i < monthShops; i++ {
		s := &outlet{owner: m.sellers[i%monthSellers], assigned: today,
			kind:  []string{"shop/bakery", "shop/kiosk", "cafe"}[m.rng.IntN(3)],
			level: string("ABC"[m.rng.IntN(3)]),
			at:    orb.Point{-75.9 + float64(i%100)*0.004, 38.6 + float64(i/100)*0.004},
		}
		every := ""
		if m.rng.IntN(3) > 0 {
			s.every = 3 + m.rng.IntN(25)
			every = fmt.Sprint(s.every)
		}
		name := fmt.Sprintf("Shop %d", i)
		byName[name] = s
		row(name, s.kind, s.level, s.owner.id, s.at[0], s.at[1], every)
	}
	w.Flush()
	by := crm.By{Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(), Key: "month-shops"}
	i, err := m.CRM.Upload(ctx, by, "shops.csv", file.Bytes())
	if err != nil {
		m.t.Fatal(err)
	}
	started, err := m.CRM.Run(ctx, by, i.ID, crm.ImportSettings{Columns: crm.Suggest(i.Headings)})
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.Jobs.Wait(ctx, started.Job); err != nil {
		m.t.Fatal(err)
	}
	rows, err := m.DB.Query(ctx, `select id, name from crm.customer order by id`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id business.CustomerID
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			m.t.Fatal(err)
		}
		if s := byName[name]; s != nil {
			s.id = id
			m.shops = append(m.shops, s)
		}
	}
	if len(m.shops) != monthShops || rows.Err() != nil {
		m.t.Fatalf("%d shops were imported: %v", len(m.shops), rows.Err())
	}
}

// signIn gives everybody a fresh session.
func (m *month) signIn() {
	m.t.Helper()
	for _, s := range m.sellers {
		token, _, err := m.Identity.SignInDemo(m.t.Context(), s.login, "")
		if err != nil {
			m.t.Fatal(err)
		}
		s.token = token
	}
	token, _, err := m.Identity.SignInDemo(m.t.Context(), "root", "")
	if err != nil {
		m.t.Fatal(err)
	}
	m.root = token
}

// do sends a command once.
func (m *month) do(c *command) (int, []byte) {
	req := httptest.NewRequestWithContext(m.t.Context(), c.method, c.path, bytes.NewReader(c.body))
	req.Host, req.RemoteAddr = "localhost", "127.0.0.1:40000"
	req.AddCookie(&http.Cookie{Name: "beatplan", Value: *c.by})
	client := "desk"
	if c.phone {
		client = "phone"
	}
	req.Header.Set("X-Client", client)
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
		req.Header.Set("Content-Type", "application/json")
	}
	if c.version != "" {
		req.Header.Set("If-Match", c.version)
	}
	out := httptest.NewRecorder()
	m.handler.ServeHTTP(out, req)
	return out.Code, out.Body.Bytes()
}

// answer is what every command's answer may hold.
type answer struct {
	ID         int64  `json:"id"`
	Submission int64  `json:"submission_id"`
	State      string `json:"state"`
	Code       string `json:"code"`
	Total      int64  `json:"total_cents"`
}

// made is the number of what a command made.
func (a answer) made() int64 { return cmp.Or(a.ID, a.Submission) }

// send sends a command, some of them again and again as after a lost answer, and
// returns the one answer. want is the code of the refusal that the rules expect.
func (m *month) send(c *command, body any, want string) answer {
	m.t.Helper()
	var err error
	if c.body, err = json.Marshal(body); err != nil {
		m.t.Fatal(err)
	}
	m.keys++
	c.key = fmt.Sprintf("month-%06d", m.keys)
	var first answer
	again := max(0, m.rng.IntN(12)-8) // one in four is sent again, up to three times
	for i := range 1 + again {
		status, text := m.do(c)
		var a answer
		if err := json.Unmarshal(text, &a); err != nil {
			m.t.Fatalf("%s %s: %d %s", c.method, c.path, status, text)
		}
		if a.Code != want || (status < 300) != (want == "") {
			m.t.Fatalf("%s %s %s: %d %s, expected %q", c.method, c.path, c.body, status, text, want)
		}
		if i == 0 {
			first, c.status, c.id = a, status, a.made()
		} else if a.made() != first.made() || status != c.status {
			m.t.Fatalf("%s %s again: %d %s", c.method, c.path, status, text)
		}
	}
	if want == "" {
		m.accepts = append(m.accepts, c)
	}
	return first
}

func (m *month) post(by *string, phone bool, path string, body any, want string) answer {
	m.t.Helper()
	return m.send(&command{by: by, method: http.MethodPost, path: path, phone: phone}, body, want)
}

// later has something done at an instant, in order.
func (m *month) later(at time.Time, do func()) { m.acts = append(m.acts, act{at, do}) }

// run drives the month day by day.
func (m *month) run() {
	m.t.Helper()
	m.watch(http.MethodPut, "/v1/visit-policy", "", map[string]any{
		"several_a_day": false, "reorder_on_phone": false, "fence_m": 200, "fence_by_kind": map[string]int{},
		"fix_age_s": 300, "late_h": 72, "approve_late": true, "approve_outside": false,
	})
	first := m.Visits.Today()
	for i := range monthDays {
		day := first.Add(i + 1)
		m.later(day.At(m.Zone, 3*60), func() { m.night(i) })
		if day.ISOWeekday() <= 5 {
			for _, s := range m.sellers {
				m.planDay(s, day)
			}
			m.later(day.At(m.Zone, 20*60), m.office)
		}
		slices.SortStableFunc(m.acts, func(a, b act) int { return a.at.Compare(b.at) })
		end := day.At(m.Zone, 24*60) // what reaches the server tomorrow waits
		at := 0
		for ; at < len(m.acts) && m.acts[at].at.Before(end); at++ {
			m.clock.Set(m.acts[at].at)
			m.acts[at].do()
		}
		m.acts = slices.Clone(m.acts[at:])
	}
	last := first.Add(monthDays + 1)
	for _, a := range m.acts { // what the phones still held
		m.clock.Set(a.at)
		a.do()
	}
	m.clock.Set(last.At(m.Zone, 23*60))
	m.signIn()
}

// watch is a setting.
func (m *month) watch(method, path, version string, body any) {
	m.t.Helper()
	m.send(&command{by: &m.root, method: method, path: path, version: version}, body, "")
}

// night is what happens before the day: sessions, forgotten visits, new rules and
// owners.
func (m *month) night(i int) {
	ctx := m.t.Context()
	if i%2 == 0 {
		m.signIn()
	}
	if _, err := m.Visits.AbandonStale(ctx); err != nil {
		m.t.Fatal(err)
	}
	m.forgetOpen(m.Visits.Today())
	switch i {
	case 8:
		m.several = true
		m.watch(http.MethodPut, "/v1/visit-policy", "", map[string]any{
			"several_a_day": true, "reorder_on_phone": false, "fence_m": 200, "fence_by_kind": map[string]int{},
			"fix_age_s": 300, "late_h": 72, "approve_late": true, "approve_outside": false,
		})
	case 11:
		m.rules["customer_visit"] = ruling{general: 21, byKind: map[string]int{"cafe": 9}, byLevel: map[string]int{"A": 6}}
		m.rules["customer_order"] = ruling{general: 12, byLevel: map[string]int{"A": 5, "C": 20}}
		m.rules["customer_sale"] = ruling{general: 10, byKind: map[string]int{"shop": 16}}
		for _, kind := range []string{"customer_visit", "customer_order", "customer_sale"} {
			r := m.rules[kind]
			m.watch(http.MethodPut, "/v1/warning-rules/"+kind, `"1"`, map[string]any{"enabled": true,
				"threshold_days": r.general, "by_level": orNone(r.byLevel), "by_kind": orNone(r.byKind)})
		}
		if err := m.rebuildWarnings(ctx); err != nil {
			m.t.Fatal(err)
		}
	case 16:
		m.handOver()
	}
}

func orNone(list map[string]int) map[string]int {
	if list == nil {
		return map[string]int{}
	}
	return list
}

// handOver gives a few shops to another seller, while phones still hold visits there.
func (m *month) handOver() {
	to := m.sellers[m.rng.IntN(len(m.sellers))]
	var ids []business.CustomerID
	for range 80 {
		s := m.shops[m.rng.IntN(len(m.shops))]
		if s.owner == to || slices.Contains(ids, s.id) {
			continue
		}
		ids = append(ids, s.id)
		s.owner, s.assigned = to, m.Visits.Today()
	}
	m.post(&m.root, false, "/v1/customers/assign", map[string]any{"customer_ids": ids, "owner_id": to.id}, "")
}

// planDay lays out what one seller does on a day and when the server hears of it.
func (m *month) planDay(s *seller, day business.Date) {
	own := slices.DeleteFunc(slices.Clone(m.shops), func(x *outlet) bool { return x.owner != s })
	offline := m.rng.IntN(10) < 3
	sync := day.At(m.Zone, 19*60)
	if m.rng.IntN(2) == 0 {
		sync = day.Add(1).At(m.Zone, 6*60) // after the night's clean-up
	}
	sync = sync.Add(time.Duration(m.rng.IntN(1800)) * time.Second)
	at := day.At(m.Zone, 9*60).Add(time.Duration(m.rng.IntN(3600)) * time.Second)
	n := m.rng.IntN(3)
	var before *outlet
	for i := range n {
		x := own[m.rng.IntN(len(own))]
		if before != nil && m.rng.IntN(4) == 0 {
			x = before // the same shop again
		}
		before = x
		in := at
		out := in.Add(time.Duration(300+m.rng.IntN(2400)) * time.Second)
		at = out.Add(time.Duration(300+m.rng.IntN(3600)) * time.Second)
		w := &call{seller: s, shop: x, in: in, out: out, late: offline}
		if m.rng.IntN(8) == 0 {
			w.off = 3000
			if m.rng.IntN(2) == 0 {
				w.reason = "their office is elsewhere"
			}
		}
		if offline {
			sync = sync.Add(2 * time.Second)
			m.later(sync, func() { m.checkIn(w) })
			if m.rng.IntN(3) == 0 { // taken without network, during the visit
				m.later(sync.Add(300*time.Millisecond), func() { m.order(w) })
			}
			m.later(sync.Add(time.Second), func() { m.checkOut(w, true) })
			var kept []tick // what the phone had read before it lost the network
			m.later(day.At(m.Zone, 8*60), func() { kept = m.asked(s) })
			m.later(sync.Add(1500*time.Millisecond), func() { m.handIn(s, kept) })
			continue
		}
		m.later(in, func() { m.checkIn(w) })
		if m.rng.IntN(3) == 0 {
			m.later(in.Add(2*time.Minute), func() { m.order(w) })
		}
		if m.rng.IntN(3) == 0 {
			m.later(in.Add(4*time.Minute), func() { m.handIn(s, m.asked(s)) })
		}
		killed := i == n-1 && m.rng.IntN(6) == 0
		switch {
		case !killed:
			m.later(out, func() { m.checkOut(w, false) })
		case m.rng.IntN(2) == 0: // the app dies after the check-out was queued
			m.later(sync.Add(12*time.Hour), func() { m.checkOut(w, true) })
		} // else it dies before: nobody ever checks out
	}
}

// office is what the back office does in the evening.
func (m *month) office() {
	m.decide()
	m.ship()
	m.check()
	m.collect()
}

// A month of a company ends equal to an account that was kept beside it by the written
// rules alone, and no request that was ever accepted changes anything when it comes
// again, a thousand times if need be.
func TestAMonthEqualsAnIndependentModel(t *testing.T) {
	m := newMonth(t, 20261123)
	m.run()
	if len(m.accepts) < 3000 || len(m.visits) < 1000 || len(m.deals) < 200 || len(m.receipts) < 100 {
		t.Errorf("%d commands, %d visits, %d deals, %d receipts", len(m.accepts), len(m.visits), len(m.deals), len(m.receipts))
	}
	m.compare()
	m.replay()
}

// replay sends everything that was accepted again, in any order, and the first of each
// kind of request a thousand times. Refused requests are not among it: they left nothing.
func (m *month) replay() {
	m.t.Helper()
	before := m.fingerprint()
	again := slices.Clone(m.accepts)
	m.rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
	number, often := regexp.MustCompile(`[0-9]+`), map[string]bool{}
	for _, c := range again {
		times, kind := 2, c.method+" "+number.ReplaceAllString(c.path, "#")
		if !often[kind] {
			often[kind], times = true, monthReplays
		}
		for range times {
			status, text := m.do(c)
			var a answer
			if err := json.Unmarshal(text, &a); err != nil || status != c.status || a.made() != c.id {
				m.t.Fatalf("%s %s replayed: %d %s, was %d of %d", c.method, c.path, status, text, c.status, c.id)
			}
		}
	}
	for _, kind := range []string{"POST /v#/visits", "POST /v#/visits/#/check-out",
		"POST /v#/orders", "POST /v#/goods-notes", "POST /v#/receipts", "POST /v#/collections",
		"POST /v#/submissions/#/approve"} {
		if !often[kind] {
			m.t.Errorf("no %s was sent a thousand times: %v", kind, often)
		}
	}
	after := m.fingerprint()
	for table, was := range before {
		if now := after[table]; now != was {
			m.t.Errorf("replays changed %s", table)
		}
	}
}

// fingerprint is a hash of every row of every table of the modules.
func (m *month) fingerprint() map[string]string { return m.contents(monthSchemas...) }
