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
	and (@after_day::date is null or (i.day, i.id) > (@after_day, @after_id::bigint))
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
select count(*), coalesce(sum(cents), 0)::bigint from (
	select case when r.state = 'posted' then r.amount_cents end as cents
	from finance.receipt r where ` + receiptFilter + ` limit @most) bounded`
	sqlTenderSums = `
select t.account, count(distinct r.id) as receipts, sum(t.amount_cents)::bigint as amount_cents
from finance.receipt r join finance.tender t on t.receipt_id = r.id
where r.state = 'posted' and ` + receiptFilter + `
group by t.account order by t.account`

	sqlReceiptSums = `
select owner_id as person_id, customer_id, date_trunc('month', day::timestamp)::date as month,
	count(*) as receipts, sum(amount_cents)::bigint as amount_cents
from finance.receipt
where state = 'posted' and day between @from and @to
	and (@all or owner_id = any(@people)) and (@person = 0 or owner_id = @person)
	and (@after_month::date is null
		or (date_trunc('month', day::timestamp)::date, owner_id, customer_id)
			> (@after_month, @after_person, @after_customer))
group by owner_id, customer_id, month order by month, owner_id, customer_id limit @limit`
)

// Unpaid returns open documents: by day, or along a route. Those are seen of the
// people within the scope; of a customer, and along a route, also what others sold to
// the customers within it. The second figure is how many there are, the third what is
// open of them; both count those beyond the limit too, and are left out behind After.
func (s *Service) Unpaid(
	ctx context.Context, c Caller, f Unpaid,
) ([]OpenItem, int64, business.Money, error) {
	route, err := s.routeOf(ctx, c, f)
	if err != nil {
		return nil, 0, 0, err
	}
	seen, err := s.whoseDebts(ctx, c, f, route)
	if err != nil {
		return nil, 0, 0, err
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
		"after_day": f.After.Day, "after_id": f.After.ID,
	}
	items, err := queryItems(ctx, s.DB, a)
	if err != nil {
		return nil, 0, 0, err
	}
	var n int64
	var sum business.Money
	if f.After == (ItemCursor{}) {
		err := s.DB.QueryRow(ctx, sqlUnpaidSum, db.PlanEachTime, a).Scan(&n, &sum)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("sum up open documents: %w", err)
		}
	}
	out, err := s.namedItems(ctx, items, route)
	return out, n, sum, err
}

// whoseDebts are the customers of whom everything that is owed is seen: the one that
// was asked for, and those of the route that lie within the scope. Whoever looks after
// a customer now collects what was sold before.
func (s *Service) whoseDebts(
	ctx context.Context, c Caller, f Unpaid, route []business.CustomerID,
) ([]business.CustomerID, error) {
	if f.Customer != 0 {
		if _, err := s.customer(ctx, s.DB, c, f.Customer); err != nil {
			return nil, err
		}
		return []business.CustomerID{f.Customer}, nil
	}
	if len(route) == 0 {
		return nil, nil
	}
	found, err := s.Customers.Customers(ctx, s.DB, c.Scope, route)
	if err != nil {
		return nil, fmt.Errorf("customers of the route: %w", err)
	}
	seen := make([]business.CustomerID, len(found))
	for i, one := range found {
		seen[i] = one.ID
	}
	return seen, nil
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

// CountReceipts counts the receipts under a filter and sums up those that stand, one
// beyond [business.SumLimit] of them at most.
func (s *Service) CountReceipts(
	ctx context.Context, c Caller, f ReceiptFilter,
) (int64, business.Money, error) {
	var n int64
	var sum business.Money
	a := f.args(c)
	a["most"] = business.SumLimit + 1
	err := s.DB.QueryRow(ctx, sqlReceiptCount, db.PlanEachTime, a).Scan(&n, &sum)
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

// ReceiptSum is what one customer of one person paid in one month.
type ReceiptSum struct {
	Person   business.PersonID   `db:"person_id"`
	Customer business.CustomerID `db:"customer_id"`
	Month    business.Date       `db:"month"` // its first day
	Receipts int64               `db:"receipts"`
	Amount   business.Money      `db:"amount_cents"`
}

// SumFilter says which receipts to sum up.
type SumFilter struct {
	Person   business.PersonID // 0: everybody
	From, To business.Date     // of the receipt, inclusive
	Limit    int
	After    SumCursor
}

// SumCursor is the sort key of a sum of receipts.
type SumCursor struct {
	Month    business.Date       `json:"m"`
	Person   business.PersonID   `json:"p"`
	Customer business.CustomerID `json:"c"`
}

// ReceiptSums sums up the receipts of the people within the scope by month, person
// and customer, and gives the cursor of the next page, nil on the last.
func (s *Service) ReceiptSums(
	ctx context.Context, c Caller, f SumFilter,
) ([]ReceiptSum, *SumCursor, error) {
	a := pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "person": f.Person, "from": f.From, "to": f.To,
		"after_month": f.After.Month, "after_person": f.After.Person, "after_customer": f.After.Customer,
	}
	found, more, err := db.Page[ReceiptSum](ctx, s.DB, sqlReceiptSums, db.PageSize(f.Limit), a)
	if err != nil {
		return nil, nil, fmt.Errorf("sum up receipts: %w", err)
	}
	var next *SumCursor
	if more {
		last := found[len(found)-1]
		next = &SumCursor{last.Month, last.Person, last.Customer}
	}
	return found, next, nil
}
