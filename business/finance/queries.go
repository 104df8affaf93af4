package finance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	maxUnpaid = 2000

	unpaidFilter = `
i.open_cents > 0 and (@all or i.owner_id = any(@people) or i.customer_id = any(@customers))
	and (@person = 0 or i.owner_id = @person) and (@customer = 0 or i.customer_id = @customer)
	and (not @routed or i.customer_id = any(@route))
	and (@from::date is null or i.day >= @from) and (@to::date is null or i.day <= @to)
	and (not @overdue or i.due_on < @today)
	and (@due_from::date is null or i.due_on >= @due_from)`
	sqlUnpaid = itemColumns + ` where ` + unpaidFilter + `
order by i.day, i.id limit @limit`
	sqlUnpaidSum = `
select count(*), coalesce(sum(i.open_cents), 0)::bigint from finance.item i where ` + unpaidFilter

	receiptFilter = receiptSeen + `
	and (@person = 0 or r.owner_id = @person) and (@customer = 0 or r.customer_id = @customer)
	and (@state = '' or r.state = @state)
	and (@from::date is null or r.day >= @from) and (@to::date is null or r.day <= @to)
	and (@number = '' or starts_with(r.number, upper(@number)))
	and (@account = '' or exists (
		select from finance.tender t where t.receipt_id = r.id and t.account = @account))`
	sqlReceipts = receiptColumns + ` where ` + receiptFilter + `
	and (@after_at::timestamptz is null or (r.posted_at, r.id) < (@after_at, @after_id::bigint))
order by r.posted_at desc, r.id desc limit @limit`
	sqlReceiptCount = `
select count(*), coalesce(sum(r.amount_cents) filter (where r.state = 'posted'), 0)::bigint
from finance.receipt r where ` + receiptFilter
	sqlTenderSums = `
select t.account, count(distinct r.id) as receipts, sum(t.amount_cents)::bigint as amount_cents
from finance.receipt r join finance.tender t on t.receipt_id = r.id
where r.state = 'posted' and ` + receiptFilter + `
group by t.account order by t.account`

	sqlOpening = `
select coalesce(sum(p.amount_cents), 0)::bigint
from finance.posting p join finance.journal j on j.id = p.journal_id
where p.customer_id = @customer and (@from::date is not null and j.day < @from)`
	sqlEntries = `
select j.id, j.day, j.kind, j.number, p.amount_cents, 0::bigint as balance
from finance.posting p join finance.journal j on j.id = p.journal_id
where p.customer_id = @customer
	and (@from::date is null or j.day >= @from) and (@to::date is null or j.day <= @to)
order by j.day, j.id`

	// What was open as of a day: documents and allocations up to it.
	sqlOpenAsOf = `
select i.customer_id, i.due_on, (i.amount_cents - coalesce((
	select sum(a.amount_cents) from finance.allocation a
	where a.item_id = i.id and a.day <= @as_of
		and (a.undone_day is null or a.undone_day > @as_of)), 0))::bigint as open_cents
from finance.item i
where i.day <= @as_of and (i.reversed_day is null or i.reversed_day > @as_of)
	and (@customers::bigint[] is null or i.customer_id = any(@customers))`
	sqlUnallocatedAsOf = `
select r.customer_id, (r.amount_cents - coalesce((
	select sum(a.amount_cents) from finance.allocation a
	where a.receipt_id = r.id and a.day <= @as_of
		and (a.undone_day is null or a.undone_day > @as_of)), 0))::bigint as open_cents
from finance.receipt r
where r.day <= @as_of and (r.reversed_day is null or r.reversed_day > @as_of)
	and (@customers::bigint[] is null or r.customer_id = any(@customers))`
	sqlBalanceAsOf = `
select p.customer_id, sum(p.amount_cents)::bigint as open_cents
from finance.posting p join finance.journal j on j.id = p.journal_id
where p.customer_id is not null and j.day <= @as_of
	and (@customers::bigint[] is null or p.customer_id = any(@customers))
group by p.customer_id`

	sqlReceiptSums = `
select owner_id as person_id, customer_id, date_trunc('month', day::timestamp)::date as month,
	count(*) as receipts, sum(amount_cents)::bigint as amount_cents
from finance.receipt
where state = 'posted' and day between @from and @to
	and (@all or owner_id = any(@people)) and (@person = 0 or owner_id = @person)
group by owner_id, customer_id, month order by month, owner_id, customer_id`
)

// Unpaid returns open documents: by day, or along a route. Those are seen of the
// people within the scope. The second figure is how many there are, the third what
// is open of them; both count those beyond the limit too.
func (s *Service) Unpaid(
	ctx context.Context, c Caller, f Unpaid,
) ([]OpenItem, int64, business.Money, error) {
	route, err := s.routeOf(ctx, c, f)
	if err != nil {
		return nil, 0, 0, err
	}
	var seen []business.CustomerID
	if f.Customer != 0 { // whoever sees the customer sees what is owed
		if _, err := s.customer(ctx, s.DB, c, f.Customer); err != nil {
			return nil, 0, 0, err
		}
		seen = append(seen, f.Customer)
	}
	limit := f.Limit
	if limit <= 0 || limit > maxUnpaid {
		limit = maxUnpaid
	}
	person := f.Person
	if !f.Route.IsZero() {
		person = 0 // the customers of the route, whoever sold to them
	}
	a := pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "person": person, "customer": f.Customer,
		"from": f.From, "to": f.To, "overdue": f.Overdue, "today": s.Today(), "limit": limit,
		"due_from": f.DueFrom,
		"routed":   !f.Route.IsZero(), "route": route, "customers": seen,
	}
	items, err := queryItems(ctx, s.DB, a)
	if err != nil {
		return nil, 0, 0, err
	}
	var n int64
	var sum business.Money
	if err := s.DB.QueryRow(ctx, sqlUnpaidSum, db.PlanEachTime, a).Scan(&n, &sum); err != nil {
		return nil, 0, 0, fmt.Errorf("sum up open documents: %w", err)
	}
	out, err := s.namedItems(ctx, items, route)
	return out, n, sum, err
}

func queryItems(ctx context.Context, q db.Querier, a pgx.NamedArgs) ([]Item, error) {
	return db.Collect[Item](ctx, q, sqlUnpaid, a)
}

func (s *Service) routeOf(
	ctx context.Context, c Caller, f Unpaid,
) ([]business.CustomerID, error) {
	if f.Route.IsZero() {
		return nil, nil
	}
	person := f.Person
	if person == 0 {
		person = c.Actor.Person
	}
	if person != c.Actor.Person && !c.Scope.Has(int64(person)) {
		return []business.CustomerID{}, nil
	}
	route, err := s.Routes.Route(ctx, s.DB, person, f.Route)
	if err != nil {
		return nil, fmt.Errorf("route of person %d: %w", person, err)
	}
	return route, nil
}

func (s *Service) namedItems(
	ctx context.Context, items []Item, route []business.CustomerID,
) ([]OpenItem, error) {
	ids, documents := make([]business.CustomerID, len(items)), make([]int64, len(items))
	for i, it := range items {
		ids[i], documents[i] = it.Customer, it.ID
	}
	names, err := s.names(ctx, s.DB, ids)
	if err != nil {
		return nil, err
	}
	waiting, err := submittedOf(ctx, s.DB, documents)
	if err != nil {
		return nil, err
	}
	today := s.Today()
	out := make([]OpenItem, len(items))
	for i, it := range items {
		out[i] = OpenItem{
			Item: it, CustomerName: names[it.Customer].Name,
			OverdueDays: max(0, today.Sub(it.DueOn)),
			Stop:        slices.Index(route, it.Customer) + 1,
			Submitted:   waiting[it.ID],
		}
	}
	if route != nil {
		slices.SortStableFunc(out, func(a, b OpenItem) int { return cmp.Compare(a.Stop, b.Stop) })
	}
	return out, nil
}

func (s *Service) names(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) (map[business.CustomerID]Customer, error) {
	found, err := s.Customers.Customers(ctx, q, scope.Everything(), ids)
	if err != nil {
		return nil, fmt.Errorf("names of customers: %w", err)
	}
	out := make(map[business.CustomerID]Customer, len(found))
	for _, c := range found {
		out[c.ID] = c
	}
	return out, nil
}

// Receipts returns the receipts under a filter, newest first and without tenders
// and allocations, and the cursor of the next page, nil on the last.
func (s *Service) Receipts(
	ctx context.Context, c Caller, f ReceiptFilter,
) ([]ReceiptRow, *Cursor, error) {
	a := f.args(c)
	db.After(a, f.After.At, f.After.ID)
	found, more, err := db.Page[Receipt](ctx, s.DB, sqlReceipts, db.PageSize(f.Limit), a)
	if err != nil {
		return nil, nil, fmt.Errorf("list receipts: %w", err)
	}
	var next *Cursor
	if more {
		last := found[len(found)-1]
		next = &Cursor{last.PostedAt, last.ID}
	}
	ids := make([]business.CustomerID, len(found))
	for i, r := range found {
		ids[i] = r.Customer
	}
	names, err := s.names(ctx, s.DB, ids)
	if err != nil {
		return nil, nil, err
	}
	out := make([]ReceiptRow, len(found))
	for i, r := range found {
		out[i] = ReceiptRow{r, names[r.Customer].Name}
	}
	return out, next, nil
}

func (f ReceiptFilter) args(c Caller) pgx.NamedArgs {
	return pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "self": c.Actor.Person, "person": f.Person,
		"customer": f.Customer, "state": string(f.State), "from": f.From, "to": f.To,
		"number": f.Number, "account": f.Account,
	}
}

// CountReceipts counts the receipts under a filter and sums up those that stand.
func (s *Service) CountReceipts(
	ctx context.Context, c Caller, f ReceiptFilter,
) (int64, business.Money, error) {
	var n int64
	var sum business.Money
	err := s.DB.QueryRow(ctx, sqlReceiptCount, db.PlanEachTime, f.args(c)).Scan(&n, &sum)
	if err != nil {
		return 0, 0, fmt.Errorf("count receipts: %w", err)
	}
	return n, sum, nil
}

// Tenders sums up the receipts under a filter that stand by the account on which
// money was received, for comparing with the till and the bank.
func (s *Service) Tenders(
	ctx context.Context, c Caller, f ReceiptFilter,
) ([]TenderSum, error) {
	return db.Collect[TenderSum](ctx, s.DB, sqlTenderSums, f.args(c))
}

// Receipt returns one receipt whole. It fails with ErrNoReceipt.
func (s *Service) Receipt(
	ctx context.Context, c Caller, id business.ReceiptID,
) (ReceiptRow, error) {
	r, err := fetchReceipt(ctx, s.DB, sqlReceipt, c, id)
	if err != nil {
		return ReceiptRow{}, err
	}
	names, err := s.names(ctx, s.DB, []business.CustomerID{r.Customer})
	return ReceiptRow{r, names[r.Customer].Name}, err
}

// Account returns the money of a customer within the scope; a version of 0 says
// that nothing has moved yet. It fails with ErrNoCustomer.
func (s *Service) Account(
	ctx context.Context, c Caller, id business.CustomerID,
) (Account, error) {
	if _, err := s.customer(ctx, s.DB, c, id); err != nil {
		return Account{}, err
	}
	acc, err := one[Account](ctx, s.DB, sqlAccount, pgx.NamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{Customer: id}, nil
	}
	return acc, err
}

// Statement returns a customer's account, from and to inclusive; zero dates are no
// bounds. The closing balance is the ledger's. It fails with ErrNoCustomer.
func (s *Service) Statement(
	ctx context.Context, c Caller, id business.CustomerID, from, to business.Date,
) (Statement, error) {
	who, err := s.customer(ctx, s.DB, c, id)
	if err != nil {
		return Statement{}, err
	}
	st := Statement{Customer: who}
	a := pgx.NamedArgs{"customer": id, "from": from, "to": to}
	err = s.DB.QueryRow(ctx, sqlOpening, db.PlanEachTime, a).Scan(&st.Opening)
	if err != nil {
		return st, fmt.Errorf("opening balance of customer %d: %w", id, err)
	}
	rows, err := s.DB.Query(ctx, sqlEntries, db.PlanEachTime, a)
	if err != nil {
		return st, fmt.Errorf("statement of customer %d: %w", id, err)
	}
	if st.Entries, err = pgx.CollectRows(rows, pgx.RowToStructByName[Entry]); err != nil {
		return st, fmt.Errorf("statement of customer %d: %w", id, err)
	}
	st.Closing = st.Opening
	for i := range st.Entries {
		st.Closing += st.Entries[i].Amount
		st.Entries[i].Balance = st.Closing
	}
	return st, nil
}

// owed is an amount of a customer in a report as of a day.
type owed struct {
	Customer business.CustomerID `db:"customer_id"`
	DueOn    business.Date       `db:"due_on"`
	Open     business.Money      `db:"open_cents"`
}

// Aging returns every balance as of a day by how long it is overdue, of the
// customers within the scope, the most overdue first, and the sum of all. person
// other than 0 names the customers' salesperson. The buckets add up to the ledger.
func (s *Service) Aging(
	ctx context.Context, c Caller, asOf business.Date, person business.PersonID,
) ([]Aged, Buckets, error) {
	byCustomer, err := s.aged(ctx, asOf)
	if err != nil {
		return nil, Buckets{}, err
	}
	ids := make([]business.CustomerID, 0, len(byCustomer))
	for id := range byCustomer {
		ids = append(ids, id)
	}
	who, err := s.Customers.Customers(ctx, s.DB, c.Scope, ids)
	if err != nil {
		return nil, Buckets{}, fmt.Errorf("customers: %w", err)
	}
	var out []Aged
	var all Buckets
	for _, one := range who {
		row := byCustomer[one.ID]
		if person != 0 && one.Owner != person || row.Buckets == (Buckets{}) {
			continue
		}
		row.Customer = one
		out = append(out, *row)
		all = all.plus(row.Buckets)
	}
	slices.SortFunc(out, func(a, b Aged) int {
		return cmp.Or(cmp.Compare(b.Older, a.Older), cmp.Compare(b.Days90, a.Days90),
			cmp.Compare(b.Days60, a.Days60), cmp.Compare(b.Days30, a.Days30),
			cmp.Compare(b.Balance, a.Balance), cmp.Compare(a.Customer.ID, b.Customer.ID))
	})
	return out, all, nil
}

func (b Buckets) plus(o Buckets) Buckets {
	b.NotDue += o.NotDue
	b.Days30 += o.Days30
	b.Days60 += o.Days60
	b.Days90 += o.Days90
	b.Older += o.Older
	b.Unallocated += o.Unallocated
	b.Balance += o.Balance
	return b
}

func (s *Service) aged(
	ctx context.Context, asOf business.Date,
) (map[business.CustomerID]*Aged, error) {
	out := map[business.CustomerID]*Aged{}
	of := func(id business.CustomerID) *Aged {
		if out[id] == nil {
			out[id] = &Aged{}
		}
		return out[id]
	}
	a := pgx.NamedArgs{"as_of": asOf, "customers": nil}
	err := each(ctx, s.DB, sqlOpenAsOf, a, func(o owed) {
		row := of(o.Customer)
		row.age(o.Open, o.DueOn, asOf)
		if o.Open > 0 && (row.OldestDue.IsZero() || o.DueOn.Before(row.OldestDue)) {
			row.OldestDue = o.DueOn
		}
	})
	if err == nil {
		err = each(ctx, s.DB, sqlUnallocatedAsOf, a, func(o owed) { of(o.Customer).Unallocated -= o.Open })
	}
	if err == nil {
		err = each(ctx, s.DB, sqlBalanceAsOf, a, func(o owed) { of(o.Customer).Balance += o.Open })
	}
	return out, err
}

func each(
	ctx context.Context, q db.Querier, sql string, a pgx.NamedArgs, fn func(owed),
) error {
	rows, err := q.Query(ctx, sql, db.PlanEachTime, a)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[owed])
	for _, o := range found {
		fn(o)
	}
	return err
}

// ReceiptSum is what one customer of one person paid in one month.
type ReceiptSum struct {
	Person   business.PersonID   `db:"person_id"`
	Customer business.CustomerID `db:"customer_id"`
	Month    business.Date       `db:"month"` // its first day
	Receipts int64               `db:"receipts"`
	Amount   business.Money      `db:"amount_cents"`
}

// ReceiptSums sums up the receipts of the people within the scope, from and to
// inclusive; person 0 is everybody.
func (s *Service) ReceiptSums(
	ctx context.Context, c Caller, person business.PersonID, from, to business.Date,
) ([]ReceiptSum, error) {
	return db.Collect[ReceiptSum](ctx, s.DB, sqlReceiptSums, pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "person": person, "from": from, "to": to,
	})
}
