package app

import (
	"cmp"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"beatplan/business"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
)

const mobileMoney = "1012"

// purse is what was handed over: cash first, then by telephone.
type purse struct{ cash, mobile business.Money }

func (p purse) tenders() []finance.Tender {
	var out []finance.Tender
	if p.cash != 0 {
		out = append(out, finance.Tender{Account: finance.Cash, Amount: p.cash})
	}
	if p.mobile != 0 {
		out = append(out, finance.Tender{Account: mobileMoney, Amount: p.mobile})
	}
	return out
}

func drawPurse(t *rapid.T, sum business.Money) purse {
	if sum <= 1 {
		return purse{cash: sum}
	}
	mobile := business.Money(rapid.Int64Range(0, int64(sum)-1).Draw(t, "by telephone"))
	return purse{sum - mobile, mobile}
}

// openOf lists what a customer owes, the oldest due first.
func (m *machine) openOf(p *payer) []*itemPaper {
	var out []*itemPaper
	for _, it := range m.items {
		if it.of == p && it.open > 0 {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b *itemPaper) int {
		return cmp.Or(a.due.Sub(b.due), cmp.Compare(a.id, b.id))
	})
	return out
}

func (m *machine) receive(t *rapid.T) {
	p := pick(t, "customer", m.payers)
	amount := business.Money(rapid.Int64Range(0, 15000).Draw(t, "amount"))
	money := drawPurse(t, amount)
	in := finance.NewReceipt{Customer: p.id, Tenders: money.tenders()}
	var pays []payment
	var want error
	switch rapid.SampledFrom([]string{"oldest", "oldest", "prepaid", "ticked"}).Draw(t, "pays") {
	case "prepaid":
		in.Prepaid = true
	case "oldest":
		left := amount
		for _, it := range m.openOf(p) {
			if part := min(left, it.open); part > 0 {
				pays, left = append(pays, payment{it, part}), left-part
			}
		}
	default:
		pays, in.Ticks, want = m.drawTick(t, p, amount)
	}
	if amount == 0 {
		want = finance.ErrAmount
	}
	by := m.cashier()
	r, ok := do(m, t, want, func() (finance.Receipt, error) { return m.Finance.Receive(m.t.Context(), by, in) })
	if ok {
		m.used = append(m.used, by.Key)
		m.came(t, r.ID, r.Number, p, money, pays)
	}
}

// drawTick ticks one document of anybody, to be paid with money of p.
func (m *machine) drawTick(
	t *rapid.T, p *payer, amount business.Money,
) ([]payment, []finance.Tick, error) {
	it := pick(t, "document", m.items)
	asked := business.Money(rapid.Int64Range(0, int64(it.open)+1).Draw(t, "asked"))
	ticks := []finance.Tick{{Item: it.id, Amount: asked}}
	if asked == 0 {
		asked = it.open
	}
	var want error
	switch {
	case it.of != p:
		want = finance.ErrOtherCustomer
	case asked == 0 || asked > it.open:
		want = finance.ErrPaid
	case asked > amount:
		want = finance.ErrSum
	}
	return []payment{{it, asked}}, ticks, want
}

// came books a receipt in the model.
func (m *machine) came(
	t *rapid.T, id business.ReceiptID, number string, p *payer, money purse, pays []payment,
) {
	m.number(t, number)
	r := &receiptPaper{id: id, number: number, of: p, amount: money.cash + money.mobile, pays: pays, money: money}
	r.left = r.amount
	for _, paid := range pays {
		r.left -= paid.amount
		paid.item.open -= paid.amount
	}
	p.balance, p.credit, p.received = p.balance-r.amount, p.credit+r.left, p.received+r.amount
	m.receipts = append(m.receipts, r)
	m.expected = append(m.expected, entry{"receipt", number, r.postings(1)})
}

// postings of the receipt; sign -1 for its reversal.
func (r *receiptPaper) postings(sign business.Money) map[string]business.Money {
	return lines(finance.Cash+"/0", sign*r.money.cash, mobileMoney+"/0", sign*r.money.mobile,
		receivablesOf(r.of), -sign*r.amount)
}

// drawPays ticks up to four documents of the customers. waits is what of each is
// not to be collected a second time.
func (m *machine) drawPays(
	t *rapid.T, waits map[*itemPaper]business.Money,
) (pays []payment, in finance.NewCollection, want error) {
	var sum business.Money
	var waiting []*itemPaper
	for _, it := range m.items {
		if waits[it] > 0 {
			waiting = append(waiting, it)
		}
	}
	for range rapid.IntRange(1, 4).Draw(t, "documents") {
		from := m.items
		if len(waiting) > 0 && rapid.Bool().Draw(t, "one that waits") {
			from = waiting
		}
		it := pick(t, "document", from)
		left := it.open - min(it.open, waits[it])
		asked := business.Money(rapid.OneOf(rapid.Just(int64(0)),
			rapid.Int64Range(1, int64(left)+1)).Draw(t, "asked"))
		in.Ticks = append(in.Ticks, finance.Tick{Item: it.id, Amount: asked})
		if asked == 0 {
			asked = left
		}
		twice := slices.ContainsFunc(pays, func(p payment) bool { return p.item == it })
		if twice || asked == 0 || asked > left {
			want = finance.ErrPaid
		}
		pays, sum = append(pays, payment{it, asked}), sum+asked
	}
	off := business.Money(rapid.SampledFrom([]int64{0, 0, 0, 0, 1, -1}).Draw(t, "off by"))
	if want == nil && off != 0 {
		want = finance.ErrSum
	}
	if sum += off; sum <= 0 {
		sum, want = 0, finance.ErrAmount
	}
	in.Tenders = drawPurse(t, sum).tenders()
	return pays, in, want
}

func (m *machine) collect(t *rapid.T) {
	pays, in, want := m.drawPays(t, nil)
	by := m.cashier()
	got, ok := do(m, t, want, func() (finance.Collected, error) { return m.Finance.Collect(m.t.Context(), by, in) })
	if ok {
		m.booked(t, got.ID, pays, in.Tenders)
	}
}

// booked is a collection: a receipt for each customer, who pay one after the other
// out of the same purse.
func (m *machine) booked(t *rapid.T, collection int64, pays []payment, tenders []finance.Tender) {
	type made struct {
		ID       business.ReceiptID
		Number   string
		Customer business.CustomerID
	}
	rows, err := m.DB.Query(m.t.Context(), `
select id, number, customer_id as customer from finance.receipt where collection_id = $1 order by id`, collection)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[made])
	if err != nil {
		t.Fatal(err)
	}
	var money purse
	for _, one := range tenders {
		if one.Account == finance.Cash {
			money.cash = one.Amount
		} else {
			money.mobile = one.Amount
		}
	}
	for _, p := range m.payers { // by rising id
		var own []payment
		var sum business.Money
		for _, paid := range pays {
			if paid.item.of == p {
				own, sum = append(own, paid), sum+paid.amount
			}
		}
		if len(own) == 0 {
			continue
		}
		if len(found) == 0 || found[0].Customer != p.id {
			t.Fatalf("collection %d has no receipt of customer %d", collection, p.id)
		}
		cash := min(sum, money.cash)
		part := purse{cash, sum - cash}
		money.cash, money.mobile = money.cash-part.cash, money.mobile-part.mobile
		m.came(t, found[0].ID, found[0].Number, p, part, own)
		found = found[1:]
	}
	if len(found) != 0 || money != (purse{}) {
		t.Fatalf("collection %d: %d receipts and %+v too many", collection, len(found), money)
	}
}

// submit collects on the phone: nothing is booked before finance has seen it.
func (m *machine) submit(t *rapid.T) {
	waits := map[*itemPaper]business.Money{}
	for _, s := range m.submissions {
		for _, paid := range s.pays {
			if s.state == finance.WaitsForFinance {
				waits[paid.item] += paid.amount
			}
		}
	}
	pays, in, want := m.drawPays(t, waits)
	m.send(t, pays, in, want)
}

func (m *machine) send(t *rapid.T, pays []payment, in finance.NewCollection, want error) {
	by := m.collector()
	got, ok := do(m, t, want, func() (finance.Collected, error) { return m.Finance.Collect(m.t.Context(), by, in) })
	if ok {
		m.submissions = append(m.submissions,
			&submissionPaper{got.Submission, pays, in.Tenders, finance.WaitsForFinance})
	}
}

// begin gives a history what it would seldom draw by itself: documents of both
// customers, money that waits for finance, and a closed order with goods out or back.
func (m *machine) begin(t *rapid.T) {
	order := func(p *payer, grams business.Quantity) *orderPaper {
		return m.place(t, p, ordering.NewOrder{Customer: p.id, Confirm: true,
			Lines: []ordering.NewLine{{Product: m.nuts.ID, Quantity: grams}}})
	}
	m.shipRest(t, order(m.payers[0], 3000))
	m.shipRest(t, order(m.payers[1], 2000))
	given := order(m.payers[1], 1000)
	line := given.lines[0]
	m.goOut(t, given, []notePart{{line: line, quantity: 400}}, fulfilment.Shipment{
		Order: given.id, Parts: []fulfilment.Part{{Line: line.id, Quantity: 400}}})
	m.closeRest(t, given)
	if rapid.Bool().Draw(t, "goods come back") {
		m.takeBack(t, m.notes[len(m.notes)-1])
	}
	it := m.items[0]
	collect := func(sum business.Money, want error) {
		m.send(t, []payment{{it, sum}}, finance.NewCollection{
			Ticks: []finance.Tick{{Item: it.id, Amount: sum}}, Tenders: purse{cash: sum}.tenders()}, want)
	}
	collect(1000, nil)
	m.check(t)
	collect(it.open, finance.ErrPaid) // a part of it waits
}

// collector is the salesperson with a phone.
func (m *machine) collector() finance.Caller {
	by := m.cashier()
	by.Actor.Person, by.Submits = m.mine.ID, true
	return by
}

// judge draws a submission and who decides about it.
func (m *machine) judge(t *rapid.T) (*submissionPaper, finance.Caller, error) {
	s := pick(t, "submission", m.submissions)
	if rapid.IntRange(0, 4).Draw(t, "judge") == 0 {
		if s.state == finance.WaitsForFinance {
			return s, m.collector(), finance.ErrOwnSubmission
		}
		return s, m.collector(), finance.ErrDecided
	}
	if s.state != finance.WaitsForFinance {
		return s, m.cashier(), finance.ErrDecided
	}
	return s, m.cashier(), nil
}

func (m *machine) approve(t *rapid.T) {
	s, by, want := m.judge(t)
	for _, paid := range s.pays {
		if want == nil && paid.amount > paid.item.open {
			want = finance.ErrPaid
		}
	}
	got, ok := do(m, t, want, func() (finance.Submission, error) { return m.Finance.Approve(m.t.Context(), by, s.id) })
	if ok {
		s.state = finance.Booked
		m.booked(t, got.Collection, s.pays, s.tenders)
	}
}

func (m *machine) reject(t *rapid.T) {
	s, by, want := m.judge(t)
	_, ok := do(m, t, want, func() (finance.Submission, error) {
		return m.Finance.Reject(m.t.Context(), by, s.id, "the money is not there")
	})
	if ok {
		s.state = finance.SentBack
	}
}

func (m *machine) allocate(t *rapid.T) {
	r := pick(t, "receipt", m.receipts)
	pays, ticks, want := m.drawTick(t, r.of, r.left)
	if r.reversed {
		want = finance.ErrReversed
	}
	by := m.cashier()
	_, ok := do(m, t, want, func() (finance.Receipt, error) {
		return m.Finance.Allocate(m.t.Context(), by, r.id, ticks)
	})
	if ok {
		paid := pays[0]
		r.pays, r.left = append(r.pays, paid), r.left-paid.amount
		r.of.credit -= paid.amount
		paid.item.open -= paid.amount
	}
}

func (m *machine) release(t *rapid.T) {
	r := pick(t, "receipt", m.receipts)
	var want error
	if r.reversed {
		want = finance.ErrReversed
	}
	by := m.cashier()
	_, ok := do(m, t, want, func() (finance.Receipt, error) { return m.Finance.Release(m.t.Context(), by, r.id) })
	if ok {
		r.of.credit += r.amount - r.left
		r.free()
	}
}

// free opens again what the receipt paid.
func (r *receiptPaper) free() {
	for _, paid := range r.pays {
		paid.item.open += paid.amount
	}
	r.pays, r.left = nil, r.amount
}

func (m *machine) reverseReceipt(t *rapid.T) {
	r := pick(t, "receipt", m.receipts)
	var want error
	if r.reversed {
		want = finance.ErrReversed
	}
	by := m.cashier()
	_, ok := do(m, t, want, func() (finance.Receipt, error) {
		return m.Finance.Reverse(m.t.Context(), by, r.id, "it bounced")
	})
	if !ok {
		return
	}
	p := r.of
	p.balance, p.credit, p.received = p.balance+r.amount, p.credit-r.left, p.received-r.amount
	r.free()
	r.reversed, r.left = true, 0
	m.expected = append(m.expected, entry{"receipt_reversal", r.number, r.postings(-1)})
}

// check looks at the rules after each command.
func (m *machine) check(t *rapid.T) {
	if sum := m.fingerprint(t); sum != m.sum {
		t.Fatal("what was posted has changed")
	}
	found := m.posted(t)
	if len(found) != len(m.expected) {
		t.Fatalf("posted %+v, want %+v", found, m.expected)
	}
	for i, e := range found {
		var sum business.Money
		for _, amount := range e.lines {
			sum += amount
		}
		want := m.expected[i]
		if sum != 0 || e.kind != want.kind || e.number != want.number || !maps.Equal(e.lines, want.lines) {
			t.Fatalf("posted %+v, want %+v", e, want)
		}
	}
	m.expected, m.sum = nil, m.fingerprint(t)
	for _, p := range m.payers {
		m.checkPayer(t, p)
	}
	m.checkDocuments(t)
	if faults := m.faults(); len(faults) > 0 {
		t.Fatalf("out of order: %q", faults)
	}
	m.rows = m.all(t)
}

// fingerprint is of all journals that were looked at, in every column.
func (m *machine) fingerprint(t *rapid.T) string {
	var sum string
	err := m.DB.QueryRow(m.t.Context(), `
select (select coalesce(sum(hashtextextended(j::text, 0)), 0) from finance.journal j where id <= $1) || '/' ||
	(select coalesce(sum(hashtextextended(p::text, 0)), 0) from finance.posting p where journal_id <= $1) || '/' ||
	(select count(*) from finance.journal r left join finance.journal o on o.id = r.reverses
		where (r.kind like '%reversal') <> (o.id is not null) or r.source_id <> o.source_id
			or r.number <> o.number or r.kind <> o.kind || '_reversal' or r.id <= o.id)`, m.last).Scan(&sum)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// checkPayer compares a customer's account, the control account and the card with
// the model, and the model with its own documents.
func (m *machine) checkPayer(t *rapid.T, p *payer) {
	sums := payer{id: p.id, received: p.received, limit: p.limit, term: p.term, version: p.version}
	for _, it := range m.items {
		if it.of == p {
			sums.balance += it.open
		}
	}
	for _, r := range m.receipts {
		if r.of == p {
			sums.balance, sums.credit = sums.balance-r.left, sums.credit+r.left
		}
	}
	for _, o := range m.orders {
		if o.of == p && o.state == "confirmed" {
			sums.committed += o.rest()
		}
	}
	if sums != *p {
		t.Fatalf("the documents of customer %d give %+v, the account is %+v", p.id, sums, *p)
	}
	var balance, committed, credit, received, control, card business.Money
	err := m.DB.QueryRow(m.t.Context(), `
select coalesce(c.balance_cents, 0), coalesce(c.committed_cents, 0), coalesce(c.unallocated_cents, 0),
	coalesce(c.received_cents, 0), k.open_receivable,
	(select coalesce(sum(amount_cents), 0)::bigint from finance.posting where account = '1122' and customer_id = k.id)
from crm.customer k left join finance.customer c on c.customer_id = k.id where k.id = $1`, p.id).
		Scan(&balance, &committed, &credit, &received, &card, &control)
	if err != nil {
		t.Fatal(err)
	}
	if balance != p.balance || control != p.balance || card != p.balance ||
		committed != p.committed || credit != p.credit || received != p.received {
		t.Fatalf("customer %d: balance %v, control %v, card %v, committed %v, credit %v, received %v; want %+v",
			p.id, balance, control, card, committed, credit, received, *p)
	}
}

// checkDocuments compares what is open of every document and left of every receipt.
func (m *machine) checkDocuments(t *rapid.T) {
	var ids []int64
	for _, p := range m.payers {
		ids = append(ids, int64(p.id))
	}
	read := func(sql string) map[int64]business.Money {
		rows, err := m.DB.Query(m.t.Context(), sql, ids)
		if err != nil {
			t.Fatal(err)
		}
		got := map[int64]business.Money{}
		var id int64
		var amount business.Money
		_, err = pgx.ForEachRow(rows, []any{&id, &amount}, func() error { got[id] = amount; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	open, left, waits := map[int64]business.Money{}, map[int64]business.Money{}, map[int64]business.Money{}
	for _, it := range m.items {
		open[it.id] = it.open
		if it.open < 0 {
			t.Fatalf("%v is open of document %d", it.open, it.id)
		}
	}
	for _, r := range m.receipts {
		left[int64(r.id)] = r.left
	}
	for _, s := range m.submissions {
		for _, paid := range s.pays {
			if s.state == finance.WaitsForFinance {
				waits[paid.item.id] += paid.amount
			}
		}
	}
	for what, pair := range map[string][2]map[int64]business.Money{
		"open": {open, read(`select id, open_cents from finance.item where customer_id = any($1)`)},
		"left": {left, read(`select id, unallocated_cents from finance.receipt where customer_id = any($1)`)},
		"waiting": {waits, read(`select si.item_id, sum(si.amount_cents)::bigint from finance.submitted_item si
			join finance.submission s on s.id = si.submission_id join finance.item i on i.id = si.item_id
			where s.state = 'open' and i.customer_id = any($1) group by 1`)},
	} {
		if !maps.Equal(pair[0], pair[1]) {
			t.Fatalf("%s: %v, want %v", what, pair[1], pair[0])
		}
	}
}
