package app

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/internal/clock"
	"beatplan/internal/idem"
)

// TestTheLedgerUnderAStateMachine sends commands of the whole thread in random
// order, some of them three times at once, and compares every answer, refusal and
// row with a small model that knows nothing of the services. After each command
// it looks at the ledger's rules: journals add up (L1), what is posted stays (L2),
// the receivables are the customers' documents (L3), a repeated command is one
// document (L5), no number comes twice (L6), a refusal leaves nothing (L7).
//
// A run makes the same few histories; -rapid.checks=N draws N others.
func TestTheLedgerUnderAStateMachine(t *testing.T) {
	fewHistories(t, "6")
	company := &trade{company: openCompany(t)}
	company.stock()
	b := &ledgerBook{trade: company, numbers: map[string]bool{}}
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t, b)
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "order": m.order, "order again": m.order, "confirm": m.confirm,
			"decide": m.decide, "cancel": m.cancel, "close": m.giveUp, "ship": m.ship,
			"ship a part": m.shipPart, "reverse goods": m.reverseGoods, "receive": m.receive,
			"collect": m.collect, "submit": m.submit, "approve": m.approve, "reject": m.reject,
			"allocate": m.allocate, "release": m.release, "reverse receipt": m.reverseReceipt,
			"terms": m.terms, "replay": m.replay, "key reused": m.reuseKey,
			"time": m.timePasses,
			// Names that come first are drawn more often.
			"again ship": m.ship, "again collect": m.collect, "again submit": m.submit,
			"again approve": m.approve, "again reverse goods": m.reverseGoods,
		})
	})
	accounts, err := company.Finance.TrialBalance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, a := range accounts {
		sum += a.Balance
	}
	if sum != 0 {
		t.Errorf("the accounts add up to %d", sum)
	}
}

// fewHistories keeps a run short and the same every time, unless somebody asked
// for more.
func fewHistories(t *testing.T, n string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || strings.HasPrefix(f.Name, "rapid.") })
	if given {
		return
	}
	for name, value := range map[string]string{"rapid.checks": n, "rapid.seed": "7", "rapid.nofailfile": "true"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}
}

// ledgerBook is what all histories of a run share: the company and what it posted.
type ledgerBook struct {
	*trade
	made    int // customers
	last    int64
	sum     string // of the journals up to last
	numbers map[string]bool
}

// The model: what the papers would say.
type (
	payer struct {
		id                         business.CustomerID
		balance, committed, credit business.Money // credit: received and not allocated
		received                   business.Money
		limit                      *business.Money
		term                       int
		version                    int64
	}
	orderLine struct {
		id             int64
		quantity, out  business.Quantity
		amount, tax    business.Money
		shipped, taxed business.Money
		reversals      int
	}
	orderPaper struct {
		id       business.OrderID
		of       *payer
		state    ordering.State
		released bool
		until    business.Date
		lines    []*orderLine
	}
	notePart struct {
		line        *orderLine
		quantity    business.Quantity
		amount, tax business.Money
	}
	notePaper struct {
		id         business.NoteID
		number     string
		order      *orderPaper
		parts      []notePart
		value, tax business.Money
		item       *itemPaper // nil: nothing is owed for it
		reversed   bool
	}
	itemPaper struct {
		id           int64
		of           *payer
		due          business.Date
		amount, open business.Money
	}
	payment struct {
		item   *itemPaper
		amount business.Money
	}
	receiptPaper struct {
		id           business.ReceiptID
		number       string
		of           *payer
		amount, left business.Money
		money        purse
		pays         []payment
		reversed     bool
	}
	submissionPaper struct {
		id      int64
		pays    []payment
		tenders []finance.Tender
		state   finance.SubmissionState
	}
	// entry is a journal as it has to be: account and customer to amount.
	entry struct {
		kind, number string
		lines        map[string]business.Money
	}
)

// machine is one history.
type machine struct {
	*ledgerBook
	payers      []*payer
	orders      []*orderPaper
	notes       []*notePaper
	items       []*itemPaper
	receipts    []*receiptPaper
	submissions []*submissionPaper
	expected    []entry // posted by the last command
	answers     []func(t *rapid.T)
	used        []idem.Key
	rows        string // after the last command
}

func newMachine(t *rapid.T, b *ledgerBook) *machine {
	m := &machine{ledgerBook: b}
	for range 2 {
		b.made++
		by := crm.By{Actor: b.boss().Actor, Scope: b.boss().Scope, Key: b.key()}
		c, err := b.CRM.Create(b.t.Context(), by, crm.NewCustomer{
			Name: fmt.Sprint("Machine Shop ", b.made), Kind: "shop/bakery", Level: "B",
			Owner: b.mine.ID, Address: fmt.Sprint(b.made, " Ledger Lane")})
		if err != nil {
			t.Fatal(err)
		}
		m.payers = append(m.payers, &payer{id: c.ID, term: 30, version: 1})
	}
	m.sum = m.fingerprint(t)
	m.begin(t)
	return m
}

func pick[T any](t *rapid.T, what string, list []T) T {
	if len(list) == 0 {
		t.Skip("no ", what)
	}
	return rapid.SampledFrom(list).Draw(t, what)
}

// do sends a command once or three times at the same moment, and expects the same
// answer of all, or the same refusal of all and nothing changed.
func do[T any](m *machine, t *rapid.T, want error, command func() (T, error)) (T, bool) {
	n := rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(t, "senders")
	got, errs := make([]T, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { got[i], errs[i] = command() })
	}
	all.Wait()
	for i, err := range errs {
		if !errors.Is(err, want) {
			t.Fatalf("sender %d of %d: %v, want %v", i+1, n, err, want)
		}
		if text(t, got[i]) != text(t, got[0]) && want == nil {
			t.Fatalf("one command, two answers:\n%s\n%s", text(t, got[0]), text(t, got[i]))
		}
	}
	if want != nil {
		if m.all(t) != m.rows {
			t.Fatalf("%v left something behind", want)
		}
		return got[0], false
	}
	first := text(t, got[0])
	m.answers = append(m.answers, func(t *rapid.T) {
		again, err := command()
		if err != nil || text(t, again) != first {
			t.Fatalf("replayed: %v\n%s\n%s", err, text(t, again), first)
		}
		if m.all(t) != m.rows {
			t.Fatal("a replay changed something")
		}
	})
	return got[0], true
}

func text(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// rounded is a·b/c, half away from zero, with whole numbers as large as need be.
func rounded(a, b, c int64) business.Money {
	if c == 0 {
		return 0
	}
	n := new(big.Int).Mul(big.NewInt(a), big.NewInt(2*b))
	n.Add(n, big.NewInt(c)).Div(n, big.NewInt(2*c))
	return business.Money(n.Int64())
}

func (m *machine) order(t *rapid.T) {
	p := pick(t, "customer", m.payers)
	nuts := rapid.OneOf(rapid.Int64Range(1, 60), rapid.Int64Range(1, 5000)).Draw(t, "grams")
	water := rapid.Int64Range(0, 4).Draw(t, "cases")
	in := ordering.NewOrder{Customer: p.id, Confirm: rapid.IntRange(0, 3).Draw(t, "confirm") > 0,
		Lines: []ordering.NewLine{{Product: m.nuts.ID, Quantity: business.Quantity(nuts)}}}
	if water > 0 {
		in.Lines = append(in.Lines, ordering.NewLine{Product: m.water.ID, Quantity: business.Units(water)})
	}
	m.place(t, p, in)
}

func (m *machine) place(t *rapid.T, p *payer, in ordering.NewOrder) *orderPaper {
	by := m.boss()
	o, _ := do(m, t, nil, func() (ordering.Order, error) { return m.Ordering.Place(m.t.Context(), by, in) })
	paper := &orderPaper{id: o.ID, of: p, state: ordering.Draft, until: m.Finance.Today().Add(30)}
	prices := []int64{999, 2400}
	for i, l := range o.Lines {
		amount := rounded(prices[i], int64(in.Lines[i].Quantity), 1000)
		tax := rounded(int64(amount), 1300, 11300)
		if l.Amount != amount || l.Tax != tax {
			t.Fatalf("%v of %v: %v with %v tax, want %v with %v", l.Quantity, l.Name, l.Amount, l.Tax, amount, tax)
		}
		paper.lines = append(paper.lines, &orderLine{id: l.ID, quantity: l.Quantity, amount: amount, tax: tax})
	}
	m.orders = append(m.orders, paper)
	m.number(t, o.Number)
	if in.Confirm {
		m.confirmed(paper)
	}
	m.stands(t, paper, o)
	return paper
}

// confirmed makes the order a deal, or lets it wait when the credit is used up.
func (m *machine) confirmed(o *orderPaper) {
	p := o.of
	if p.limit != nil && p.balance+p.committed+o.rest() > *p.limit {
		o.state = ordering.Submitted
		return
	}
	m.deal(o)
}

// deal is a confirmed order; from then on it is valid for thirty days.
func (m *machine) deal(o *orderPaper) {
	o.state, o.until = ordering.Confirmed, m.Finance.Today().Add(30)
	o.of.committed += o.rest()
}

func (o *orderPaper) rest() business.Money {
	var sum business.Money
	for _, l := range o.lines {
		sum += l.amount - l.shipped
	}
	return sum
}

func (o *orderPaper) open() bool {
	return slices.ContainsFunc(o.lines, func(l *orderLine) bool { return l.out < l.quantity })
}

func (o *orderPaper) delivered() bool {
	return slices.ContainsFunc(o.lines, func(l *orderLine) bool { return l.out > 0 })
}

func (m *machine) stands(t *rapid.T, o *orderPaper, got ordering.Order) {
	if got.State != o.state {
		t.Fatalf("%s is %s, want %s", got.Number, got.State, o.state)
	}
}

// number is on one document only, whatever happened before.
func (m *machine) number(t *rapid.T, n string) {
	if n == "" || m.numbers[n] {
		t.Fatalf("the number %q came before", n)
	}
	m.numbers[n] = true
}

func (m *machine) confirm(t *rapid.T) {
	o := pick(t, "order", m.orders)
	var want error
	if o.state != ordering.Draft {
		want = ordering.ErrNotDraft
	}
	by := m.boss()
	got, ok := do(m, t, want, func() (ordering.Order, error) { return m.Ordering.Confirm(m.t.Context(), by, o.id) })
	if ok {
		m.confirmed(o)
		m.stands(t, o, got)
	}
}

func (m *machine) decide(t *rapid.T) {
	o := pick(t, "order", m.orders)
	d := ordering.Decision{Order: o.id, Approve: rapid.Bool().Draw(t, "approve"), Reason: "a good customer"}
	var want error
	by := m.boss()
	if own := rapid.IntRange(0, 3).Draw(t, "whoever took it") == 0; own {
		want = ordering.ErrOwnOrder
	} else {
		by.Actor.Person = m.theirs.ID
	}
	if o.state != ordering.Submitted {
		want = ordering.ErrNotSubmitted
	}
	got, ok := do(m, t, want, func() (ordering.Order, error) { return m.Ordering.Decide(m.t.Context(), by, d) })
	if !ok {
		return
	}
	o.state = ordering.Draft
	if d.Approve {
		m.deal(o)
		o.released = true
	}
	m.stands(t, o, got)
}

func (m *machine) cancel(t *rapid.T) {
	o := pick(t, "order", m.orders)
	var want error
	switch {
	case o.state == ordering.Cancelled || o.state == ordering.Closed:
		want = ordering.ErrNotDraft
	case o.delivered():
		want = ordering.ErrDelivered
	}
	by := m.boss()
	got, ok := do(m, t, want, func() (ordering.Order, error) {
		return m.Ordering.Cancel(m.t.Context(), by, o.id, "no room")
	})
	if !ok {
		return
	}
	if o.state == ordering.Confirmed {
		o.of.committed -= o.rest()
	}
	o.state = ordering.Cancelled
	m.stands(t, o, got)
}

func (m *machine) giveUp(t *rapid.T) { m.closeRest(t, pick(t, "order", m.orders)) }

func (m *machine) closeRest(t *rapid.T, o *orderPaper) {
	var want error
	if o.state != ordering.Confirmed || !o.open() {
		want = ordering.ErrNotConfirmed
	}
	by := m.boss()
	got, ok := do(m, t, want, func() (ordering.Order, error) {
		return m.Ordering.Close(m.t.Context(), by, o.id, "the rest is not wanted")
	})
	if ok {
		o.of.committed -= o.rest()
		o.state = ordering.Closed
		m.stands(t, o, got)
	}
}

func (m *machine) ship(t *rapid.T) { m.shipRest(t, pick(t, "order", m.orders)) }

func (m *machine) shipRest(t *rapid.T, o *orderPaper) {
	var parts []notePart
	for _, l := range o.lines {
		if l.out < l.quantity {
			parts = append(parts, notePart{line: l, quantity: l.quantity - l.out})
		}
	}
	m.goOut(t, o, parts, fulfilment.Shipment{Order: o.id})
}

func (m *machine) shipPart(t *rapid.T) {
	o := pick(t, "order", m.orders)
	in := fulfilment.Shipment{Order: o.id}
	var parts []notePart
	for _, l := range o.lines {
		most := int64(l.quantity-l.out) + 1 // one too much, at times
		q := rapid.OneOf(rapid.Int64Range(1, min(3, most)), rapid.Int64Range(1, most)).Draw(t, "part")
		if len(parts) > 0 && rapid.Bool().Draw(t, "only the first") {
			break
		}
		parts = append(parts, notePart{line: l, quantity: business.Quantity(q)})
		in.Parts = append(in.Parts, fulfilment.Part{Line: l.id, Quantity: business.Quantity(q)})
	}
	m.goOut(t, o, parts, in)
}

func (m *machine) goOut(t *rapid.T, o *orderPaper, parts []notePart, in fulfilment.Shipment) {
	p := o.of
	var value business.Money
	var over bool
	for i, part := range parts {
		l := part.line
		over = over || part.quantity > l.quantity-l.out
		due := rounded(int64(l.amount), int64(l.out+part.quantity), int64(l.quantity))
		parts[i].amount = max(0, due-l.shipped)
		value += parts[i].amount
	}
	var want error
	switch {
	case o.state != ordering.Confirmed:
		want = ordering.ErrNotConfirmed
	case o.until.Before(m.Finance.Today()):
		want = ordering.ErrExpired
	case over:
		want = ordering.ErrOver
	case len(parts) == 0:
		want = fulfilment.ErrEmpty
	case !o.released && p.limit != nil && p.balance+value > *p.limit:
		want = finance.ErrOverCredit
	}
	by := m.keeper()
	n, ok := do(m, t, want, func() (fulfilment.Note, error) { return m.Fulfilment.Ship(m.t.Context(), by, in) })
	if !ok {
		return
	}
	m.number(t, n.Number)
	paper := &notePaper{id: n.ID, number: n.Number, order: o, parts: parts, value: value, tax: n.Tax}
	m.notes = append(m.notes, paper)
	if n.Total != value || len(n.Lines) != len(parts) {
		t.Fatalf("%s is worth %v with %d lines, want %v with %d", n.Number, n.Total, len(n.Lines), value, len(parts))
	}
	paper.goesOut(t, n)
	if value == 0 {
		return
	}
	p.balance, p.committed = p.balance+value, p.committed-value
	paper.item = &itemPaper{of: p, due: m.Finance.Today().Add(p.term), amount: value, open: value}
	m.items = append(m.items, paper.item)
	m.expected = append(m.expected, entry{"issue", n.Number, paper.postings(1)})
	if err := m.DB.QueryRow(m.t.Context(), `select id from finance.item where note_id = $1`, n.ID).
		Scan(&paper.item.id); err != nil {
		t.Fatal(err)
	}
}

// goesOut takes the parts out of the order's lines. The tax of a part lies within
// its amount, and a line that is out as a whole has had its tax.
func (n *notePaper) goesOut(t *rapid.T, got fulfilment.Note) {
	var tax business.Money
	for i := range n.parts {
		part, l := &n.parts[i], got.Lines[i]
		part.tax = l.Tax
		tax += l.Tax
		if l.OrderLine != part.line.id || l.Amount != part.amount || l.Tax < 0 || l.Tax > l.Amount {
			t.Fatalf("%s, line %d: %v with %v tax, want %v", n.number, i, l.Amount, l.Tax, part.amount)
		}
		o := part.line
		o.out, o.shipped, o.taxed = o.out+part.quantity, o.shipped+part.amount, o.taxed+part.tax
		apart := max(o.tax-o.taxed, o.taxed-o.tax)
		if o.out == o.quantity && (o.shipped != o.amount || int(apart) > o.reversals) {
			t.Fatalf("all of line %d is out for %v with %v tax, want %v with %v", o.id, o.shipped, o.taxed, o.amount, o.tax)
		}
	}
	if tax != n.tax {
		t.Fatalf("%s has %v tax, its lines %v", n.number, n.tax, tax)
	}
}

// postings of the note; sign -1 for its reversal.
func (n *notePaper) postings(sign business.Money) map[string]business.Money {
	return lines(receivablesOf(n.order.of), sign*n.value,
		"6001/0", -sign*(n.value-n.tax), "2221/0", -sign*n.tax)
}

func receivablesOf(p *payer) string { return fmt.Sprint(finance.Receivables, "/", p.id) }

// lines makes postings of pairs; those of 0 are none.
func lines(pairs ...any) map[string]business.Money {
	out := map[string]business.Money{}
	for i := 0; i < len(pairs); i += 2 {
		if amount, _ := pairs[i+1].(business.Money); amount != 0 {
			out[fmt.Sprint(pairs[i])] += amount
		}
	}
	return out
}

func (m *machine) reverseGoods(t *rapid.T) { m.takeBack(t, pick(t, "note", m.notes)) }

func (m *machine) takeBack(t *rapid.T, n *notePaper) {
	var want error
	switch {
	case n.reversed:
		want = fulfilment.ErrReversed
	case n.item != nil && n.item.open != n.item.amount:
		want = finance.ErrPaidOn
	}
	by := m.keeper()
	_, ok := do(m, t, want, func() (fulfilment.Note, error) {
		return m.Fulfilment.Reverse(m.t.Context(), by, n.id, "the wrong goods")
	})
	if !ok {
		return
	}
	n.reversed = true
	for _, part := range n.parts {
		l := part.line
		l.out, l.shipped, l.taxed = l.out-part.quantity, l.shipped-part.amount, l.taxed-part.tax
		l.reversals++
	}
	if n.item == nil {
		return
	}
	n.item.open = 0
	n.order.of.balance -= n.value
	if n.order.state == ordering.Confirmed {
		n.order.of.committed += n.value
	}
	n.item.amount = 0 // nothing is owed for it any more
	m.expected = append(m.expected, entry{"issue_reversal", n.number, n.postings(-1)})
}

func (m *machine) terms(t *rapid.T) {
	p := pick(t, "customer", m.payers)
	term := rapid.IntRange(0, 60).Draw(t, "days")
	terms := finance.Terms{TermDays: &term}
	if rapid.Bool().Draw(t, "limited") {
		limit := business.Money(rapid.Int64Range(0, 20000).Draw(t, "limit"))
		terms.Limit = &limit
	}
	a, err := m.Finance.SetTerms(m.t.Context(), m.cashier(), p.id, p.version, terms)
	if err != nil {
		t.Fatal(err)
	}
	p.limit, p.term, p.version = terms.Limit, term, a.Version
}

func (m *machine) timePasses(t *rapid.T) {
	hours := rapid.IntRange(1, 60).Draw(t, "hours")
	m.Clock.(*clock.Manual).Advance(time.Duration(hours) * time.Hour)
}

func (m *machine) replay(t *rapid.T) { pick(t, "answer", m.answers)(t) }

// reuseKey sends something else with a key that has had its answer.
func (m *machine) reuseKey(t *rapid.T) {
	by := m.cashier()
	by.Key = pick(t, "key", m.used)
	in := finance.NewReceipt{Customer: m.payers[0].id, Tenders: m.pays(987_654_321)}
	do(m, t, idem.ErrKeyReused, func() (finance.Receipt, error) { return m.Finance.Receive(m.t.Context(), by, in) })
}
