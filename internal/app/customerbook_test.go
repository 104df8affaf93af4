package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// shopFront is a photo of one colour, with a note of the camera behind its pixels.
func shopFront(t *testing.T, shade uint8) []byte {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, 1400, 700))
	for i := range p.Pix {
		p.Pix[i] = shade
	}
	p.SetGray(0, 0, color.Gray{Y: 255})
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, nil); err != nil {
		t.Fatal(err)
	}
	return append(file.Bytes(), "SECRET CAMERA"...)
}

// putPhoto sends a photo that was taken at the place a minute ago.
func (b browser) putPhoto(id business.CustomerID, file []byte) (int, string) {
	b.h.t.Helper()
	q := url.Values{"source": {"camera"},
		"taken_at": {b.h.Clock.Now().Add(-time.Minute).UTC().Format(time.RFC3339)},
		"lon":      {fmt.Sprint(place[0])}, "lat": {fmt.Sprint(place[1])}, "accuracy_m": {"8"}}
	return b.file("PUT", fmt.Sprintf("/v1/customers/%d/photo?%s", id, q.Encode()), file)
}

type photoList struct {
	Items []struct {
		URL       string    `json:"url"`
		Logo      bool      `json:"logo"`
		Source    string    `json:"source"`
		TakenAt   time.Time `json:"taken_at"`
		DistanceM *int      `json:"distance_m"`
	} `json:"items"`
}

// The photo of a shop-front is checked by its bytes, drawn anew, kept with time and
// place, and becomes the logo; the one before stays in the list. Of a new customer
// without a position it proposes the pin.
//
// feature: Z5.1.1-c
// feature: Z5.4.1-b
func TestAShopFrontBecomesTheLogo(t *testing.T) {
	h := newCompany(t)
	phone := h.browser(business.Salesperson).onPhone()
	var made struct {
		ID  business.CustomerID `json:"id"`
		URL string              `json:"photo_url"`
	}
	phone.must("POST", "/v1/customers", map[string]any{"name": "Corner Deli", "kind": "shop",
		"address": "9 Corner Street", "district": "Kent", "phone": "1", "contacts": []any{map[string]any{"name": "Li"}}}, &made)
	if status, text := phone.putPhoto(made.ID, []byte("MZ this is a program")); status != http.StatusUnsupportedMediaType {
		t.Errorf("a program as a photo: %d %s", status, text)
	}
	for _, shade := range []uint8{40, 200, 200} { // the same again adds nothing
		if status, text := phone.putPhoto(made.ID, shopFront(t, shade)); status != http.StatusOK {
			t.Fatalf("photo: %d %s", status, text)
		}
	}
	path := fmt.Sprint("/v1/customers/", made.ID)
	phone.must("GET", path, nil, &made)
	status, picture := phone.call("GET", made.URL, nil, nil)
	kept, err := jpeg.Decode(strings.NewReader(picture))
	if status != http.StatusOK || err != nil || strings.Contains(picture, "SECRET") {
		t.Fatalf("the logo: %d %v", status, err)
	}
	if b := kept.Bounds(); b.Dx() != 1000 || b.Dy() != 500 {
		t.Errorf("kept at %v", b)
	}
	var list photoList
	phone.must("GET", path+"/photos", nil, &list)
	if len(list.Items) != 2 || !list.Items[0].Logo || list.Items[1].Logo || list.Items[1].Source != "camera" ||
		!list.Items[1].TakenAt.Equal(h.Clock.Now().Add(-time.Minute).Truncate(time.Second)) {
		t.Fatalf("photos: %+v", list.Items)
	}
	if status, old := phone.call("GET", list.Items[1].URL, nil, nil); status != http.StatusOK || old == picture {
		t.Errorf("the logo before: %d", status)
	}
	var pin struct {
		Position  [2]float64 `json:"position"`
		AccuracyM float64    `json:"accuracy_m"`
	}
	phone.must("GET", path+"/pin-proposal", nil, &pin)
	if pin.Position != place || pin.AccuracyM != 8 {
		t.Errorf("proposed: %+v", pin)
	}
	phone.must("GET", path+"/history", nil, nil)
	h.photosOfOthers(phone)
}

// photosOfOthers can be neither seen nor changed.
func (h *company) photosOfOthers(phone browser) {
	h.t.Helper()
	if status, _ := phone.putPhoto(h.foreign.ID, shopFront(h.t, 9)); status != http.StatusNotFound {
		h.t.Errorf("a photo of somebody else's customer: %d", status)
	}
	if status, _ := phone.putPhoto(h.own.ID, shopFront(h.t, 9)); status != http.StatusOK {
		h.t.Errorf("a photo of one's own: %d", status)
	}
	var list photoList
	phone.must("GET", fmt.Sprintf("/v1/customers/%d/photos", h.own.ID), nil, &list)
	if len(list.Items) != 1 || list.Items[0].DistanceM == nil || *list.Items[0].DistanceM != 0 {
		h.t.Errorf("the place of the photo against the customer's: %+v", list.Items)
	}
	foreign := fmt.Sprintf("/v1/customers/%d/photo", h.foreign.ID)
	if status, _ := phone.call("GET", foreign, nil, nil); status != http.StatusNotFound {
		h.t.Errorf("the logo of somebody else's customer: %d", status)
	}
	phone.must("DELETE", fmt.Sprintf("/v1/customers/%d/photo", h.own.ID), nil, nil)
	phone.must("GET", fmt.Sprintf("/v1/customers/%d/photos", h.own.ID), nil, &list)
	if len(list.Items) != 1 || list.Items[0].Logo {
		h.t.Errorf("after it was taken away: %+v", list.Items)
	}
}

type eventPage struct {
	Items []event `json:"items"`
	Next  string  `json:"next"`
}

type event struct {
	Kind  string `json:"kind"`
	ID    int64  `json:"id"`
	Title string `json:"title"`
	State string `json:"state"`
	Note  string `json:"note"`
	Cents *int64 `json:"amount_cents"`
	By    string `json:"by_name"`
}

// events reads a whole timeline, so many rows a page.
func (b browser) events(id business.CustomerID, kind string, limit int) []event {
	b.h.t.Helper()
	var all []event
	after := ""
	for range 100 {
		var page eventPage
		b.must("GET", fmt.Sprintf("/v1/customers/%d/timeline?limit=%d&kind=%s&after=%s", id, limit, kind, after), nil, &page)
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
	b.h.t.Fatal("the timeline never ends")
	return nil
}

func (h *trade) visited(id business.CustomerID) {
	h.t.Helper()
	phone := h.browser(business.Salesperson).onPhone()
	var v visitAnswer
	phone.must("POST", "/v1/visits", map[string]any{"customer_id": id, "fix": h.fix()}, &v)
	h.at(20 * time.Minute)
	phone = h.browser(business.Salesperson).onPhone()
	phone.must("POST", fmt.Sprintf("/v1/visits/%d/check-out", v.ID),
		map[string]any{"fix": h.fix(), "notes": "on the shelf"}, &v)
	if v.State != "valid" {
		h.t.Fatalf("the visit is %s", v.State)
	}
}

// lived gives a customer one event of every kind, two valid visits on two days.
func (h *trade) lived(c crm.Customer) {
	h.t.Helper()
	h.visited(c.ID)
	it := h.sold(c, 3)
	if _, err := h.Finance.Receive(h.t.Context(), h.cashier(), finance.NewReceipt{
		Customer: c.ID, Tenders: h.pays(it.Open),
		Ticks: []finance.Tick{{Item: it.ID, Amount: it.Open}},
	}); err != nil {
		h.t.Fatal(err)
	}
	h.at(24 * time.Hour)
	h.visited(c.ID)
	desk := h.browser(business.Salesperson)
	path := fmt.Sprint("/v1/customers/", c.ID)
	desk.must("POST", path+"/notes", map[string]any{"text": "closed on Mondays"}, nil)
	desk.must("POST", "/v1/customer-problems", map[string]any{"customer_id": c.ID, "kind": "quality",
		"description": "two broken bottles", "responsible_id": h.mine.ID}, nil)
	desk.must("POST", "/v1/approvals", map[string]any{"kind": "customer.change",
		"reason": "between us", "payload": map[string]any{"customer_id": c.ID, "address": "2 New Street"}}, nil)
}

// Everything that happened to a customer stands in one list, page by page the same
// as at once; the visits in it are as many as the customer's counter says; who may
// not read money is not told of it, and a foreign customer has no timeline.
//
// feature: Z5.1.5-b
func TestTheTimelineHoldsEverything(t *testing.T) {
	h := newTrade(t)
	h.lived(h.own)
	me := h.browser(business.Salesperson)
	whole := me.events(h.own.ID, "", 200)
	kinds := map[string]int{}
	for _, e := range whole {
		kinds[e.Kind]++
	}
	for kind, n := range map[string]int{"visit": 2, "order": 1, "goods": 1, "receipt": 1, "note": 1,
		"problem": 1, "request": 1} {
		if kinds[kind] != n {
			t.Errorf("%d of %s, want %d", kinds[kind], kind, n)
		}
	}
	if asked := me.events(h.own.ID, "request", 1); len(asked) != 1 || asked[0].Note != "" {
		t.Errorf("the reason of a request is told: %+v", asked)
	}
	if kinds["change"] == 0 {
		t.Error("no changes")
	}
	for _, limit := range []int{1, 2, 3} {
		if paged := me.events(h.own.ID, "", limit); !slices.EqualFunc(paged, whole, func(a, b event) bool {
			return a.Kind == b.Kind && a.ID == b.ID
		}) {
			t.Errorf("by pages of %d: %+v", limit, paged)
		}
	}
	// A request of somebody with nobody above takes effect at once, and is told of.
	h.browser(business.Admin).must("POST", "/v1/approvals", map[string]any{"kind": "customer.change",
		"payload": map[string]any{"customer_id": h.own.ID, "phone": "77"}}, nil)
	if c := h.customer(h.own.ID); c.Phone != "77" || me.events(h.own.ID, "change", 1)[0].Title != "changed" {
		t.Errorf("the change took no effect: %+v", c)
	}
	visited := me.events(h.own.ID, "visit", 50)
	c := h.customer(h.own.ID)
	if int64(len(visited)) != c.VisitCount || c.VisitCount != 2 || visited[0].Note != "on the shelf" ||
		visited[0].By != "P mine" {
		t.Errorf("visits %+v, counted %d", visited, c.VisitCount)
	}
	for _, e := range h.browser(business.Dispatcher).events(h.own.ID, "", 200) {
		if e.Kind == "receipt" || e.Kind == "request" {
			t.Errorf("a dispatcher is told of %+v", e)
		}
	}
	if status, _ := me.call("GET", fmt.Sprintf("/v1/customers/%d/timeline", h.foreign.ID), nil, nil); status != http.StatusNotFound {
		t.Errorf("somebody else's timeline: %d", status)
	}
}

// Of two customers that turn out to be one, one goes on: its timeline and its sums are
// those of both, the other points to it, and nothing of either is lost. While
// something is open, and for whom it is not theirs, nothing is merged.
func TestAMergeKeepsTheHistoryOfBoth(t *testing.T) {
	h := newTrade(t)
	system := crm.By{Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything(), Key: "key-of-twin"}
	twin, err := h.CRM.Create(t.Context(), system, crm.NewCustomer{Name: "Own Bakery Main", Kind: "shop", Level: "B",
		Owner: h.mine.ID, Address: "1 Market St", Phone: "77", Tags: []string{"cash"}, Pin: &crm.Pin{Point: place}})
	if err != nil {
		t.Fatal(err)
	}
	h.lived(twin)
	h.lived(h.own)
	tomorrow := h.Visits.Today().Add(1)
	h.planFor(tomorrow, twin.ID)
	h.grant(business.Manager, append(identity.PermissionsOf(business.Manager), business.CustomersDelete))
	boss := h.browser(business.Manager)
	path := fmt.Sprintf("/v1/customers/%d/merge", twin.ID)
	into := map[string]any{"into": h.own.ID}
	if status, text := boss.call("POST", path, into, nil); code(text) != "crm.merge_open" {
		t.Fatalf("while requests are open: %d %s", status, text)
	}
	h.withdrawAll()
	if status, text := h.browser(business.Salesperson).call("POST", path, into, nil); status != http.StatusForbidden {
		t.Errorf("a salesperson merges: %d %s", status, text)
	}
	if status, _ := boss.call("POST", path, map[string]any{"into": h.foreign.ID}, nil); status != http.StatusNotFound {
		t.Errorf("into somebody else's: %d", status)
	}
	before := h.customer(h.own.ID)
	wants := len(boss.events(h.own.ID, "", 200)) + len(boss.events(twin.ID, "", 200)) + 2
	boss.must("POST", path, into, nil)
	c, gone := h.customer(h.own.ID), h.customer(twin.ID)
	if c.VisitCount != 4 || c.Deals != 2*before.Deals || c.Received != 2*before.Received ||
		!slices.Contains(c.Tags, "cash") || c.Phone != h.own.Phone || c.Owner != h.mine.ID {
		t.Errorf("what goes on: %+v", c)
	}
	if gone.MergedInto != c.ID || gone.ArchivedAt == nil || gone.VisitCount != 2 || gone.Number != twin.Number {
		t.Errorf("what is archived: %+v", gone)
	}
	if got := len(boss.events(c.ID, "", 200)); got != wants {
		t.Errorf("%d events after it, want %d", got, wants)
	}
	if day := h.planned(h.mine.ID, tomorrow); !slices.Equal(day, []business.CustomerID{c.ID}) {
		t.Errorf("planned for tomorrow: %v", day)
	}
	// New business of the one adds to the sums of both; the other cannot come back.
	h.sold(h.own, 1)
	if after := h.customer(h.own.ID); after.Deals != c.Deals+2400 {
		t.Errorf("deals %d after %d", after.Deals, c.Deals)
	}
	if status, text := boss.call("POST", fmt.Sprintf("/v1/customers/%d/restore", twin.ID), nil, nil); code(text) != "crm.merged" {
		t.Errorf("restored: %d %s", status, text)
	}
	h.trailHas("crm.customer.merged", "crm.customer.merged_away")
}

func (h *company) planFor(day business.Date, customers ...business.CustomerID) {
	h.t.Helper()
	desk := h.browser(business.Manager)
	path := fmt.Sprintf("/v1/days/%d/%s", h.mine.ID, day)
	ids := []int64{}
	for _, c := range customers {
		ids = append(ids, int64(c))
	}
	desk.must("POST", path+"/plan", map[string]any{"customer_ids": ids}, nil)
	desk.must("POST", path+"/publish", nil, nil)
}

// planned are the customers on somebody's day.
func (h *company) planned(p business.PersonID, day business.Date) []business.CustomerID {
	h.t.Helper()
	c := visits.Caller{Actor: business.Actor{Person: 1, Role: business.Admin}, Scope: scope.Everything()}
	e, err := h.Visits.Day(h.t.Context(), c, visits.PersonDay{Person: p, Date: day})
	if err != nil {
		h.t.Fatal(err)
	}
	out := []business.CustomerID{}
	for _, s := range e.Day.Stops {
		out = append(out, s.Customer)
	}
	return out
}

func (h *company) withdrawAll() {
	h.t.Helper()
	me := h.browser(business.Salesperson)
	var open struct {
		Items []struct {
			ID      int64 `json:"id"`
			Version int64 `json:"version"`
		} `json:"items"`
	}
	me.must("GET", "/v1/approvals?box=mine&state=open", nil, &open)
	for _, r := range open.Items {
		status, text := me.send("POST", fmt.Sprintf("/v1/approvals/%d/withdraw", r.ID), map[string]any{}, nil,
			map[string]string{"If-Match": fmt.Sprintf("%q", fmt.Sprint(r.Version)), "Idempotency-Key": fmt.Sprint("withdraw-", r.ID)})
		if status >= 300 {
			h.t.Fatalf("withdraw: %d %s", status, text)
		}
	}
}

func (h *company) trailHas(actions ...string) {
	h.t.Helper()
	for _, a := range actions {
		var n int
		if err := h.DB.QueryRow(h.t.Context(), `select count(*) from audit.entry where action = $1`, a).Scan(&n); err != nil || n == 0 {
			h.t.Errorf("%s is not in the trail: %v", a, err)
		}
	}
}

// A transfer that was approved gives the customer its new salesperson, since now, and
// moves what is planned and published onto the new one's phone; documents keep the
// salesperson that they were made under.
//
// feature: Z5.4.4-b
func TestATransferMovesWhatIsPlanned(t *testing.T) {
	h := newTrade(t)
	order := h.order(h.own, 2)
	tomorrow := h.Visits.Today().Add(1)
	h.planFor(tomorrow, h.own.ID)
	payload, err := json.Marshal(crm.TransferRequest{
		Customers: []business.CustomerID{h.own.ID}, To: h.theirs.ID, Why: crm.ScopeChange})
	if err != nil {
		t.Fatal(err)
	}
	h.at(time.Hour)
	err = h.DB.InTx(t.Context(), func(tx db.Tx) error {
		return h.CRM.ApplyTransfer(t.Context(), tx, crm.Granted{Request: 1, Applicant: h.mine.ID}, payload)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := h.customer(h.own.ID)
	if c.Owner != h.theirs.ID || c.AssignedAt == nil || !c.AssignedAt.Equal(h.Clock.Now()) {
		t.Errorf("the customer: %+v", c)
	}
	if left := h.planned(h.mine.ID, tomorrow); len(left) != 0 {
		t.Errorf("still planned: %v", left)
	}
	if got := h.planned(h.theirs.ID, tomorrow); !slices.Equal(got, []business.CustomerID{h.own.ID}) {
		t.Errorf("the new salesperson's day: %v", got)
	}
	caller := visits.Caller{Scope: scope.Scope{People: []int64{int64(h.theirs.ID)}}, Phone: true,
		Actor: business.Actor{Person: h.theirs.ID, Role: business.Salesperson}}
	day, err := h.Visits.Day(t.Context(), caller, visits.PersonDay{Person: h.theirs.ID, Date: tomorrow})
	if err != nil || len(day.Day.Stops) != 1 {
		t.Errorf("on the new phone: %+v %v", day.Day, err)
	}
	if o, err := h.Ordering.Order(t.Context(), h.boss(), order.ID); err != nil || o.Owner != h.mine.ID {
		t.Errorf("the order is credited to %d: %v", o.Owner, err)
	}
	// Back in the pool nobody goes there.
	if _, err := h.CRM.Release(t.Context(), crm.By{Scope: scope.Everything(), Key: "key-of-release"}, h.own.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.planned(h.theirs.ID, tomorrow); len(got) != 0 {
		t.Errorf("planned for a customer of the pool: %v", got)
	}
}

// sums is how many rows every table has and a sum over all of each.
func sums(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	rows, err := d.Query(t.Context(), `
select format('%I.%I', schemaname, tablename) from pg_tables
where schemaname not in ('pg_catalog', 'information_schema', 'river')
	and tablename not in ('spatial_ref_sys', 'goose_db_version', 'river_job')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range tables {
		var sum string
		err := d.QueryRow(t.Context(), `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)
from `+name+` t`).Scan(&sum)
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = sum
	}
	return out
}

// A backup that is restored into another company's own database reproduces every
// table row for row: the ledger balances with the same totals, and the trail verifies
// against the heads that were kept outside the database.
//
// feature: G32
// feature: G35
func TestARestoreReproducesLedgerAndTrail(t *testing.T) {
	h := newTrade(t)
	h.lived(h.own)
	h.morning() // so that nothing more is told behind the backup
	h.settled()
	if _, err := h.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "company.tar")
	if err := Backup(t.Context(), h.Config, BackupOptions{File: file}, h.Log); err != nil {
		t.Fatal(err)
	}
	c := *h.Config
	c.Data = filepath.Join(t.TempDir(), "elsewhere")
	c.DatabaseURL = emptyDatabaseBeside(t, h.DB, h.Config)
	if _, err := Restore(t.Context(), &c, file, h.Log); err != nil {
		t.Fatal(err)
	}
	d, err := openPool(t.Context(), c.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	was, is := sums(t, h.DB), sums(t, d)
	for table, sum := range was {
		if is[table] != sum {
			t.Errorf("%s: %s, restored %s", table, sum, is[table])
		}
	}
	if len(was) < 40 || len(is) != len(was) || strings.HasPrefix(is["finance.posting"], "0 ") {
		t.Errorf("%d tables, restored %d; postings %s", len(was), len(is), is["finance.posting"])
	}
	books := &finance.Service{DB: d, Clock: h.Clock, Zone: h.Zone}
	if faults, err := books.Prove(t.Context(), d); err != nil || len(faults) > 0 {
		t.Errorf("the restored ledger: %v %v", faults, err)
	}
	if err := verifyAudit(t.Context(), d, auditHeads(&c), &bytes.Buffer{}); err != nil {
		t.Errorf("the restored trail: %v", err)
	}
}

// emptyDatabaseBeside makes a database in the server of another one.
func emptyDatabaseBeside(t *testing.T, d *db.DB, c *config.Config) string {
	t.Helper()
	const name = "restored"
	fresh := fmt.Sprintf("%s_%d", name, time.Now().UnixNano())
	if _, err := d.Exec(t.Context(), "create database "+fresh+" template template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := d.Exec(context.WithoutCancel(t.Context()), "drop database "+fresh+" with (force)"); err != nil {
			t.Log(err)
		}
	})
	u, err := url.Parse(c.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + fresh
	return u.String()
}
