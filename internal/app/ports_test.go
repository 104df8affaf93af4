package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/business/visits"
	"beatplan/business/warnings"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
)

var errPort = errors.New("the neighbour fell over")

// fuse makes one call of a neighbour fail, after the neighbour has done its work.
type fuse struct {
	blow  int // the call that fails, counted from 1; 0: none
	calls int
	blown map[string]bool
}

func (f *fuse) at(port string, err error) error {
	f.calls++
	if f.calls != f.blow || err != nil {
		return err
	}
	f.blown[port] = true
	return fmt.Errorf("%s: %w", port, errPort)
}

// The neighbours of the thread, with a fuse in each of their calls.
type (
	fusedBus struct {
		visits.Announcer
		*fuse
		module string
	}
	fusedTrail struct {
		visits.Audit
		*fuse
		module string
	}
	fusedProducts struct {
		of ordering.Products
		*fuse
	}
	fusedBuyers struct {
		of ordering.Customers
		*fuse
	}
	fusedCalls struct {
		ordering.Visits
		*fuse
	}
	fusedCredit struct {
		ordering.Credit
		*fuse
	}
	fusedOrdered struct {
		ordering.Effects
		*fuse
	}
	fusedOrders struct {
		fulfilment.Orders
		*fuse
	}
	fusedLedger struct {
		fulfilment.Ledger
		*fuse
	}
	fusedSales struct {
		fulfilment.Effects
		*fuse
	}
	fusedPayers struct {
		of finance.Customers
		*fuse
	}
	fusedCollectors struct {
		finance.Collectors
		*fuse
	}
	fusedVisited struct {
		visits.Effects
		*fuse
	}
	fusedClocks struct {
		warnings.Customers
		*fuse
	}
)

func (x fusedBus) Publish(ctx context.Context, tx db.Tx, fact events.Fact) error {
	return x.at(x.module+".Announcer.Publish", x.Announcer.Publish(ctx, tx, fact))
}

func (x fusedBus) Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error {
	return x.at(x.module+".Announcer.Notice", x.Announcer.Notice(ctx, tx, topic, people, payload))
}

func (x fusedTrail) Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error {
	return x.at(x.module+".Audit.Record", x.Audit.Record(ctx, tx, by, c))
}

func (x fusedProducts) Products(
	ctx context.Context, q db.Querier, ids []business.ProductID, codes []string,
) ([]ordering.Product, error) {
	out, err := x.of.Products(ctx, q, ids, codes)
	return out, x.at("ordering.Products.Products", err)
}

func (x fusedBuyers) Customers(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]ordering.Customer, error) {
	out, err := x.of.Customers(ctx, q, sc, ids)
	return out, x.at("ordering.Customers.Customers", err)
}

func (x fusedCalls) CustomerOf(
	ctx context.Context, q db.Querier, id business.VisitID,
) (business.CustomerID, error) {
	out, err := x.Visits.CustomerOf(ctx, q, id)
	return out, x.at("ordering.Visits.CustomerOf", err)
}

func (x fusedCredit) Commit(
	ctx context.Context, tx db.Tx, id business.CustomerID, value business.Money, check bool,
) (ordering.Hold, error) {
	hold, err := x.Credit.Commit(ctx, tx, id, value, check)
	return hold, x.at("ordering.Credit.Commit", err)
}

func (x fusedOrdered) OrdersWere(ctx context.Context, tx db.Tx, c business.CustomerID, o ordering.Ordered) error {
	return x.at("ordering.Effects.OrdersWere", x.Effects.OrdersWere(ctx, tx, c, o))
}

func (x fusedOrders) Ship(
	ctx context.Context, tx db.Tx, c fulfilment.Caller, s fulfilment.Shipment,
) (fulfilment.Shipped, error) {
	out, err := x.Orders.Ship(ctx, tx, c, s)
	return out, x.at("fulfilment.Orders.Ship", err)
}

func (x fusedOrders) TakeBack(
	ctx context.Context, tx db.Tx, c fulfilment.Caller, n fulfilment.Note,
) (bool, error) {
	again, err := x.Orders.TakeBack(ctx, tx, c, n)
	return again, x.at("fulfilment.Orders.TakeBack", err)
}

func (x fusedLedger) Issued(ctx context.Context, tx db.Tx, by business.Actor, i fulfilment.Issue) error {
	return x.at("fulfilment.Ledger.Issued", x.Ledger.Issued(ctx, tx, by, i))
}

func (x fusedLedger) Reversed(ctx context.Context, tx db.Tx, by business.Actor, i fulfilment.Issue) error {
	return x.at("fulfilment.Ledger.Reversed", x.Ledger.Reversed(ctx, tx, by, i))
}

func (x fusedSales) SalesWere(ctx context.Context, tx db.Tx, c business.CustomerID, last *time.Time) error {
	return x.at("fulfilment.Effects.SalesWere", x.Effects.SalesWere(ctx, tx, c, last))
}

func (x fusedPayers) Customers(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]finance.Customer, error) {
	out, err := x.of.Customers(ctx, q, sc, ids)
	return out, x.at("finance.Customers.Customers", err)
}

func (x fusedPayers) MoneyWas(
	ctx context.Context, tx db.Tx, c business.CustomerID, balance, received business.Money,
) error {
	return x.at("finance.Customers.MoneyWas", x.of.MoneyWas(ctx, tx, c, balance, received))
}

func (x fusedCollectors) SentBack(ctx context.Context, tx db.Tx, s finance.Submission) error {
	return x.at("finance.Collectors.SentBack", x.Collectors.SentBack(ctx, tx, s))
}

func (x fusedVisited) VisitBecameValid(ctx context.Context, tx db.Tx, v visits.ValidVisit) error {
	return x.at("visits.Effects.VisitBecameValid", x.Effects.VisitBecameValid(ctx, tx, v))
}

func (x fusedVisited) VisitTakenBack(
	ctx context.Context, tx db.Tx, c business.CustomerID, count int64, last *visits.ValidVisit,
) error {
	return x.at("visits.Effects.VisitTakenBack", x.Effects.VisitTakenBack(ctx, tx, c, count, last))
}

func (x fusedVisited) FoundAt(
	ctx context.Context, tx db.Tx, v visits.Visit, p orb.Point, accuracy geo.Meters,
) error {
	return x.at("visits.Effects.FoundAt", x.Effects.FoundAt(ctx, tx, v, p, accuracy))
}

func (x fusedClocks) Facts(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) ([]warnings.Customer, error) {
	out, err := x.Customers.Facts(ctx, q, ids)
	return out, x.at("warnings.Customers.Facts", err)
}

// fused puts a fuse into every neighbour of the thread's modules.
func (h *company) fused() *fuse {
	f := &fuse{blown: map[string]bool{}}
	bus := func(module string) fusedBus { return fusedBus{h.Bus, f, module} }
	trail := func(module string) fusedTrail { return fusedTrail{h.Audit, f, module} }
	v, o, g, m := h.Visits, h.Ordering, h.Fulfilment, h.Finance
	v.Effects, v.Announcer, v.Audit = fusedVisited{v.Effects, f}, bus("visits"), trail("visits")
	o.Products, o.Customers = fusedProducts{o.Products, f}, fusedBuyers{o.Customers, f}
	o.Visits, o.Credit, o.Effects = fusedCalls{o.Visits, f}, fusedCredit{o.Credit, f}, fusedOrdered{o.Effects, f}
	o.Announcer, o.Audit = bus("ordering"), trail("ordering")
	g.Orders, g.Ledger, g.Effects = fusedOrders{g.Orders, f}, fusedLedger{g.Ledger, f}, fusedSales{g.Effects, f}
	g.Announcer, g.Audit = bus("fulfilment"), trail("fulfilment")
	m.Customers, m.Collectors = fusedPayers{m.Customers, f}, fusedCollectors{m.Collectors, f}
	m.Announcer, m.Audit = bus("finance"), trail("finance")
	h.Warnings.Customers = fusedClocks{h.Warnings.Customers, f}
	return f
}

// writing lists the calls of a module's neighbours that run in its transactions.
func writing[S any](module string) []string {
	var out []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[S]()) {
		if field.Type.Kind() != reflect.Interface || !strings.HasSuffix(field.Type.PkgPath(), "/"+module) {
			continue
		}
		for i := range field.Type.NumMethod() {
			call := field.Type.Method(i)
			for n := range call.Type.NumIn() {
				if call.Type.In(n) == reflect.TypeFor[db.Tx]() {
					out = append(out, fmt.Sprintf("%s.%s.%s", module, field.Name, call.Name))
				}
			}
		}
	}
	return out
}

// contents is a hash of every row of every table of the schemas, by table.
func (h *company) contents(schemas ...string) map[string]string {
	h.t.Helper()
	ctx := h.t.Context()
	var all string
	err := h.DB.QueryRow(ctx, `
select string_agg(format('select %L, count(*) || '' '' ||
	coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) from %I.%I r',
	table_schema || '.' || table_name, table_schema, table_name), ' union all ')
from information_schema.tables
where table_type = 'BASE TABLE' and table_schema = any($1)`, schemas).Scan(&all)
	if err != nil {
		h.t.Fatal(err)
	}
	rows, err := h.DB.Query(ctx, all)
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]string{}
	var table, hash string
	if _, err := pgx.ForEachRow(rows, []any{&table, &hash}, func() error { out[table] = hash; return nil }); err != nil {
		h.t.Fatal(err)
	}
	if len(out) < 20 {
		h.t.Fatalf("%d tables", len(out))
	}
	return out
}

// threadSchemas are those of the thread's modules and of everything that they tell:
// the trail, notices, keys of commands, work for later.
var threadSchemas = []string{"visits", "crm", "warnings", "ordering", "fulfilment", "finance",
	"audit", "notices", "catalogue", "idem", "river"}

// step is a command of the thread. It is tried until it succeeds, under one key.
type step struct {
	what string
	run  func() error
}

// Every command of the thread is tried with a failure at its first call of a
// neighbour, at its second, and so on until none fails: each time nothing is left
// behind, not even the key under which it was sent.
func TestAFailureAtAnyPortLeavesNothingBehind(t *testing.T) {
	h := &trade{company: openCompany(t)}
	h.stock()
	commands := h.everyCommand()
	f := h.fused()
	before := h.contents(threadSchemas...)
	for _, s := range commands {
		for n := 1; ; n++ {
			f.blow, f.calls = n, 0
			err := s.run()
			if f.calls < n { // no call was left to fail
				if err != nil || n == 1 {
					t.Fatalf("%s: %d calls of neighbours, %v", s.what, n-1, err)
				}
				before = h.contents(threadSchemas...)
				break
			}
			if !errors.Is(err, errPort) {
				t.Fatalf("%s with a failure at call %d: %v", s.what, n, err)
			}
			for table, now := range h.contents(threadSchemas...) {
				if now != before[table] {
					t.Fatalf("%s left something in %s: %v", s.what, table, err)
				}
			}
		}
	}
	var ports []string
	ports = append(ports, writing[visits.Service]("visits")...)
	ports = append(ports, writing[ordering.Service]("ordering")...)
	ports = append(ports, writing[fulfilment.Service]("fulfilment")...)
	ports = append(ports, writing[finance.Service]("finance")...)
	if len(ports) < 18 {
		t.Errorf("only %d ports write: %v", len(ports), ports)
	}
	for _, port := range append(ports, "warnings.Customers.Facts", "ordering.Products.Products",
		"ordering.Customers.Customers", "ordering.Visits.CustomerOf", "finance.Customers.Customers") {
		if !f.blown[port] {
			t.Errorf("%s never failed", port)
		}
	}
	f.blow = 0
	h.prove()
}

// everyCommand is the thread from the visit to the money, with what takes it back.
func (h *trade) everyCommand() []step {
	var out []step
	out = append(out, h.visiting()...)
	out = append(out, h.trading()...)
	return append(out, h.paying()...)
}

// visiting are the commands of two visits; the second finds where a customer is.
func (h *trade) visiting() []step {
	ctx := h.t.Context()
	by := crm.By{Actor: h.boss().Actor, Scope: scope.Everything(), Key: h.key()}
	unplaced, err := h.CRM.Create(ctx, by, crm.NewCustomer{Name: "Somewhere", Kind: "shop/bakery",
		Level: "B", Owner: h.mine.ID, Address: "9 Unmapped Lane"})
	if err != nil {
		h.t.Fatal(err)
	}
	me := visits.Caller{Actor: h.seller().Actor, Scope: h.seller().Scope, Phone: true}
	lead := visits.Caller{Actor: h.boss().Actor, Scope: scope.Everything()}
	fix := visits.Fix{Point: place, Accuracy: 8, At: h.Clock.Now()}
	var v visits.Row
	var steps []step
	for _, id := range []business.CustomerID{h.own.ID, unplaced.ID} {
		in, away, gone := h.key(), h.key(), h.key()
		steps = append(steps, step{"check in", func() (err error) {
			v, err = h.Visits.CheckIn(ctx, me, in, visits.CheckIn{Customer: id, Fix: fix})
			return err
		}}, step{"order during the visit", h.orderDuring(&v, id)}, step{"check out", func() error {
			_, err := h.Visits.CheckOut(ctx, me, away, visits.CheckOut{Visit: v.ID, Fix: &fix})
			return err
		}}, step{"void the visit", func() error {
			_, err := h.Visits.Decide(ctx, lead, gone, visits.Decision{
				Visit: v.ID, Verdict: visits.Annul, Reason: "nobody was there"})
			return err
		}})
	}
	return steps
}

// orderDuring is an order that a salesperson takes and confirms during a visit.
func (h *trade) orderDuring(v *visits.Row, c business.CustomerID) func() error {
	by := h.seller()
	return func() error {
		_, err := h.Ordering.Place(h.t.Context(), by, ordering.NewOrder{Customer: c, Visit: v.ID, Confirm: true,
			Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.Units(2)}}})
		return err
	}
}

// trading are the commands from a draft to goods that came back.
func (h *trade) trading() []step {
	ctx, none := h.t.Context(), business.Money(0)
	var o, held ordering.Order
	var n fulfilment.Note
	entry := ordering.NewOrder{Customer: h.own.ID,
		Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.Units(3)}}}
	order := func(by ordering.Caller, into *ordering.Order, run func(by ordering.Caller) (ordering.Order, error)) func() error {
		return func() error {
			got, err := run(by)
			if err == nil {
				*into = got
			}
			return err
		}
	}
	goods := func(by fulfilment.Caller, run func(by fulfilment.Caller) (fulfilment.Note, error)) func() error {
		return func() error {
			got, err := run(by)
			if err == nil {
				n = got
			}
			return err
		}
	}
	other := h.boss()
	other.Actor.Person = h.theirs.ID
	later := other
	later.Key = h.key()
	terms := h.cashier()
	enter := func(by ordering.Caller) (ordering.Order, error) { return h.Ordering.Place(ctx, by, entry) }
	return []step{
		{"draft", order(h.boss(), &o, enter)},
		{"save", order(h.boss(), &o, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Save(ctx, by, o.ID, o.Version, entry)
		})},
		{"confirm", order(h.boss(), &o, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Confirm(ctx, by, o.ID)
		})},
		{"ship a part", goods(h.keeper(), func(by fulfilment.Caller) (fulfilment.Note, error) {
			return h.Fulfilment.Ship(ctx, by, fulfilment.Shipment{Order: o.ID,
				Parts: []fulfilment.Part{{Line: o.Lines[0].ID, Quantity: business.One}}})
		})},
		{"ship", goods(h.keeper(), func(by fulfilment.Caller) (fulfilment.Note, error) {
			return h.Fulfilment.Ship(ctx, by, fulfilment.Shipment{Order: o.ID})
		})},
		{"goods come back", goods(h.keeper(), func(by fulfilment.Caller) (fulfilment.Note, error) {
			return h.Fulfilment.Reverse(ctx, by, n.ID, "the wrong goods")
		})},
		{"give up the rest", order(h.boss(), &o, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Close(ctx, by, o.ID, "the rest is not wanted")
		})},
		{"no credit", func() error {
			_, err := h.Finance.SetTerms(ctx, terms, h.own.ID, 1, finance.Terms{Limit: &none})
			return err
		}},
		{"another draft", order(h.boss(), &held, enter)},
		{"hold", order(h.boss(), &held, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Confirm(ctx, by, held.ID)
		})},
		{"send back", order(other, &held, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Decide(ctx, by, ordering.Decision{Order: held.ID, Reason: "no"})
		})},
		{"hold again", order(h.boss(), &held, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Confirm(ctx, by, held.ID)
		})},
		{"release", order(later, &held, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Decide(ctx, by, ordering.Decision{Order: held.ID, Approve: true, Reason: "a good customer"})
		})},
		{"cancel", order(h.boss(), &held, func(by ordering.Caller) (ordering.Order, error) {
			return h.Ordering.Cancel(ctx, by, held.ID, "no room")
		})},
	}
}

// paying are the commands by which the one open document is paid bit by bit, and
// what takes them back.
func (h *trade) paying() []step {
	ctx := h.t.Context()
	var item int64
	var r finance.Receipt
	var waits int64
	open := func() int64 { // past the neighbours
		err := h.DB.QueryRow(ctx, `select id from finance.item where open_cents > 0`).Scan(&item)
		if err != nil {
			h.t.Fatal(err)
		}
		return item
	}
	collect := func(by finance.Caller) func() error {
		return func() error {
			done, err := h.Finance.Collect(ctx, by, finance.NewCollection{
				Ticks: []finance.Tick{{Item: item, Amount: 300}}, Tenders: h.pays(300)})
			waits = done.Submission
			return err
		}
	}
	receipt := func(run func(by finance.Caller) (finance.Receipt, error)) func() error {
		by := h.cashier()
		return func() error {
			got, err := run(by)
			if err == nil {
				r = got
			}
			return err
		}
	}
	phone := func() finance.Caller {
		by := h.cashier()
		by.Actor.Person, by.Submits = h.mine.ID, true
		return by
	}
	no, yes := h.cashier(), h.cashier()
	return []step{
		{"pay the oldest", receipt(func(by finance.Caller) (finance.Receipt, error) {
			return h.Finance.Receive(ctx, by, finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(500),
				Ticks: []finance.Tick{{Item: open(), Amount: 500}}})
		})},
		{"collect", collect(h.cashier())},
		{"collect on the phone", collect(phone())},
		{"send the money back", func() error { _, err := h.Finance.Reject(ctx, no, waits, "ten short"); return err }},
		{"collect it again", collect(phone())},
		{"approve", func() error { _, err := h.Finance.Approve(ctx, yes, waits); return err }},
		{"prepay", receipt(func(by finance.Caller) (finance.Receipt, error) {
			return h.Finance.Receive(ctx, by, finance.NewReceipt{Customer: h.own.ID, Tenders: h.pays(200), Prepaid: true})
		})},
		{"allocate", receipt(func(by finance.Caller) (finance.Receipt, error) {
			return h.Finance.Allocate(ctx, by, r.ID, []finance.Tick{{Item: item, Amount: 50}})
		})},
		{"free what is allocated", receipt(func(by finance.Caller) (finance.Receipt, error) {
			return h.Finance.Release(ctx, by, r.ID)
		})},
		{"take the receipt back", receipt(func(by finance.Caller) (finance.Receipt, error) {
			return h.Finance.Reverse(ctx, by, r.ID, "it bounced")
		})},
	}
}
