package warnings

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const periodDays = 30 // what "in the period" means beside the mean

// List returns the overdue customers of one kind, the longest overdue first, and
// the cursor of the next page, nil on the last. A kind that is switched off has
// none. It fails with ErrNoKind or ErrNoPerson.
func (s *Service) List(ctx context.Context, c Caller, q Query) ([]Row, *Cursor, error) {
	on, args, err := s.query(ctx, c, &q)
	if err != nil || !on {
		return nil, nil, err
	}
	args["after_due"], args["after_id"] = nil, nil
	if q.After.Customer != 0 {
		args["after_due"], args["after_id"] = q.After.DueOn, q.After.Customer
	}
	found, more, err := db.Page[clockRow](ctx, s.DB, sqlList, db.PageSize(q.Limit), args)
	if err != nil {
		return nil, nil, err
	}
	var next *Cursor
	if more {
		last := found[len(found)-1]
		next = &Cursor{last.DueOn, last.CustomerID}
	}
	rows, err := s.shown(ctx, found, q.AsOf)
	return rows, next, err
}

// CountLimit is where Count and Counts stop.
const CountLimit = 10_000

// Count counts what List lists; -1 means more than CountLimit.
func (s *Service) Count(ctx context.Context, c Caller, q Query) (int64, error) {
	on, args, err := s.query(ctx, c, &q)
	if err != nil || !on {
		return 0, err
	}
	numbers, err := s.numbers(ctx, []Kind{q.Kind}, args)
	if err != nil {
		return 0, err
	}
	if numbers[q.Kind] > CountLimit {
		return -1, nil
	}
	return numbers[q.Kind], nil
}

// query completes q and says whether its kind is switched on.
func (s *Service) query(
	ctx context.Context, c Caller, q *Query,
) (on bool, args pgx.NamedArgs, err error) {
	if !q.Kind.OfCustomers() {
		return false, nil, ErrNoKind.With("kind", string(q.Kind))
	}
	if err := s.sees(c, q.Person); err != nil {
		return false, nil, err
	}
	rules, err := readRules(ctx, s.DB)
	if err != nil {
		return false, nil, err
	}
	if q.AsOf.IsZero() {
		q.AsOf = s.Today()
	}
	if args, err = s.seen(ctx, c); err != nil {
		return false, nil, err
	}
	args["kind"], args["as_of"], args["person"] = numberOf(q.Kind), q.AsOf, q.Person
	return rules[q.Kind].Enabled, args, nil
}

// seen are the arguments of statements about the customers that a caller sees.
func (s *Service) seen(ctx context.Context, c Caller) (pgx.NamedArgs, error) {
	shared := []business.CustomerID{}
	if !c.Scope.All && len(c.Scope.People) > 0 {
		found, err := s.Customers.Shared(ctx, s.DB, c.Scope)
		if err != nil {
			return nil, fmt.Errorf("customers that others share: %w", err)
		}
		shared = append(shared, found...)
	}
	return pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "shared": shared,
	}, nil
}

func (s *Service) sees(c Caller, p business.PersonID) error {
	if p != 0 && p != c.Actor.Person && !c.Scope.Has(int64(p)) {
		return ErrNoPerson
	}
	return nil
}

// Counts says how many customers and people are overdue, by kind. A customer that
// is overdue in two kinds is counted in each. A kind that is switched off has 0.
// It fails with ErrNoPerson.
func (s *Service) Counts(
	ctx context.Context, c Caller, person business.PersonID, asOf business.Date,
) ([]Count, error) {
	if err := s.sees(c, person); err != nil {
		return nil, err
	}
	if asOf.IsZero() {
		asOf = s.Today()
	}
	rules, err := readRules(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	args, err := s.seen(ctx, c)
	if err != nil {
		return nil, err
	}
	args["as_of"], args["person"] = asOf, person
	var kinds []Kind
	for _, k := range Kinds() {
		if k.OfCustomers() && rules[k].Enabled {
			kinds = append(kinds, k)
		}
	}
	numbers, err := s.numbers(ctx, kinds, args)
	if err != nil {
		return nil, err
	}
	people, err := s.activities(ctx, c, asOf)
	if err != nil {
		return nil, err
	}
	out := make([]Count, 0, len(rules))
	for _, k := range Kinds() {
		count := Count{Kind: k, Enabled: rules[k].Enabled}
		switch {
		case !count.Enabled:
		case k.OfCustomers():
			count.Number = min(numbers[k], CountLimit)
			count.More = numbers[k] > CountLimit
		default:
			for _, r := range judge(k, rules[k], people, asOf) {
				if r.Flagged() && (person == 0 || r.Person == person) {
					count.Number++
				}
			}
		}
		out = append(out, count)
	}
	return out, nil
}

// numbers counts the overdue customers of each of these kinds. Beyond CountLimit it
// only says that there are more.
func (s *Service) numbers(
	ctx context.Context, kinds []Kind, args pgx.NamedArgs,
) (map[Kind]int64, error) {
	numbers := make([]int16, len(kinds))
	for i, k := range kinds {
		numbers[i] = numberOf(k)
	}
	args["kinds"] = numbers
	rows, err := s.DB.Query(ctx, sqlCounts, db.PlanEachTime, args)
	if err != nil {
		return nil, err
	}
	out := map[Kind]int64{}
	var kind int16
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&kind, &n}, func() error {
		out[Kinds()[kind-1]] = n
		return nil
	}); err != nil {
		return nil, fmt.Errorf("count warnings: %w", err)
	}
	return out, nil
}

func (s *Service) activities(
	ctx context.Context, c Caller, asOf business.Date,
) ([]Activity, error) {
	people, err := s.People.Activities(ctx, s.DB, c.Scope, asOf.Add(1-periodDays), asOf)
	if err != nil {
		return nil, fmt.Errorf("what people did: %w", err)
	}
	return people, nil
}

// OfPeople returns every active salesperson within the scope beside the mean, the
// longest overdue first; all of them, flagged or not, because the mean is over
// all. A kind that is switched off answers with nobody. It fails with ErrNoKind.
func (s *Service) OfPeople(
	ctx context.Context, c Caller, kind Kind, asOf business.Date,
) ([]PersonRow, error) {
	rules, err := readRules(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	rule, known := rules[kind]
	if !known || kind.OfCustomers() {
		return nil, ErrNoKind.With("kind", string(kind))
	}
	if !rule.Enabled {
		return nil, nil
	}
	if asOf.IsZero() {
		asOf = s.Today()
	}
	people, err := s.activities(ctx, c, asOf)
	if err != nil {
		return nil, err
	}
	rows := judge(kind, rule, people, asOf)
	slices.SortStableFunc(rows, func(a, b PersonRow) int { return b.Elapsed - a.Elapsed })
	return rows, nil
}

// Due returns the customers of a person whose visit is due on a day, on it or
// before, the longest overdue first. limit bounds the list.
func (s *Service) Due(
	ctx context.Context, q db.Querier, p business.PersonID, d business.Date, limit int,
) ([]DueVisit, error) {
	found, err := readClocks(ctx, q, sqlDue, pgx.NamedArgs{
		"person": p, "as_of": d, "limit": limit,
	})
	if err != nil {
		return nil, err
	}
	out := make([]DueVisit, len(found))
	for i, r := range found {
		out[i] = DueVisit{r.CustomerID, overdue(r.DueOn, d), r.Threshold}
	}
	return out, nil
}

// DueRows is Due with what a reader sees of each customer, and whether it is on a
// plan already. It fails with ErrNoPerson.
func (s *Service) DueRows(
	ctx context.Context, c Caller, p business.PersonID, d business.Date, limit int,
) ([]Row, error) {
	if p == 0 || s.sees(c, p) != nil {
		return nil, ErrNoPerson
	}
	found, err := readClocks(ctx, s.DB, sqlDue, pgx.NamedArgs{
		"person": p, "as_of": d, "limit": min(max(limit, 1), db.MaxRows),
	})
	if err != nil {
		return nil, err
	}
	return s.shown(ctx, found, d)
}

// OfCustomer returns in what a customer is overdue on a day, zero for today, for its
// card: kind, last event and days, without the card itself. A kind that is switched
// off is left out. It fails with ErrNoCustomer.
func (s *Service) OfCustomer(
	ctx context.Context, c Caller, id business.CustomerID, asOf business.Date,
) ([]Row, error) {
	seen, err := s.Customers.Sees(ctx, s.DB, c.Scope, id)
	if err != nil {
		return nil, fmt.Errorf("look for customer %d: %w", id, err)
	}
	if !seen {
		return nil, ErrNoCustomer.With("customer_id", id)
	}
	if asOf.IsZero() {
		asOf = s.Today()
	}
	rules, err := readRules(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	found, err := readClocks(ctx, s.DB, sqlOfCustomer, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, err
	}
	var out []Row
	for _, f := range found {
		if r := f.row(asOf); r.Overdue > 0 && rules[r.Warning].Enabled {
			out = append(out, r)
		}
	}
	return out, nil
}

// shown adds what a reader sees to clocks.
func (s *Service) shown(
	ctx context.Context, found []clockRow, asOf business.Date,
) ([]Row, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]business.CustomerID, len(found))
	for i, f := range found {
		ids[i] = f.CustomerID
	}
	cards, err := s.cards(ctx, ids)
	if err != nil {
		return nil, err
	}
	planned, err := s.Plans.Planned(ctx, s.DB, asOf, ids)
	if err != nil {
		return nil, fmt.Errorf("planned customers: %w", err)
	}
	rows := make([]Row, len(found))
	for i, f := range found {
		rows[i] = f.row(asOf)
		rows[i].Card = cards[f.CustomerID]
		rows[i].ID = f.CustomerID
		rows[i].Planned = slices.Contains(planned, f.CustomerID)
	}
	return rows, nil
}

const (
	cyclePage    = 5000 // customers that are looked at together
	maxCycles    = 2000
	maxTolerance = 10
)

// Cycles returns the customers whose actual mean gap between valid visits in a
// period is off the planned cycle by more than tolerance, a share of the cycle
// (0.5: half of it). Of more than 2,000 they are those that are the farthest off; they
// stand by salesperson, the farthest off first. Customers with fewer than two visit
// days have no gap and are left out. O(customers in scope). It fails with ErrNoPerson.
func (s *Service) Cycles(
	ctx context.Context, c Caller, q CycleQuery,
) ([]Cycle, error) {
	if err := s.sees(c, q.Person); err != nil {
		return nil, err
	}
	q.Tolerance = min(max(q.Tolerance, 0), maxTolerance)
	var out []Cycle
	err := s.eachVisitPage(ctx, c, q.Person, func(page []clockRow) error {
		more, err := s.cyclesOf(ctx, page, q)
		out = farthest(append(out, more...), maxCycles)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b Cycle) int { return cmp.Compare(a.Owner, b.Owner) })
	return out, s.named(ctx, out)
}

// eachVisitPage gives the clocks of visits to the customers of a person, of everybody
// within the scope when it is 0, page by page.
func (s *Service) eachVisitPage(
	ctx context.Context, c Caller, person business.PersonID, take func(page []clockRow) error,
) error {
	args := pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "person": person,
		"after": business.CustomerID(0), "limit": cyclePage,
	}
	for {
		page, err := readClocks(ctx, s.DB, sqlVisitClocks, args)
		if err != nil {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
		if len(page) < cyclePage {
			return nil
		}
		args["after"] = page[len(page)-1].CustomerID
	}
}

// named adds the names of customers and owners to cycles.
func (s *Service) named(ctx context.Context, list []Cycle) error {
	ids := make([]business.CustomerID, len(list))
	for i, c := range list {
		ids[i] = c.Customer
	}
	cards, err := s.cards(ctx, ids)
	for i := range list {
		card := cards[list[i].Customer]
		list[i].Name, list[i].OwnerName = card.Name, card.OwnerName
	}
	return err
}

// cards are what rows show of customers, by id.
func (s *Service) cards(
	ctx context.Context, ids []business.CustomerID,
) (map[business.CustomerID]Card, error) {
	found, err := s.Customers.Cards(ctx, s.DB, ids)
	if err != nil {
		return nil, fmt.Errorf("cards of customers: %w", err)
	}
	byID := make(map[business.CustomerID]Card, len(found))
	for _, c := range found {
		byID[c.ID] = c
	}
	return byID, nil
}

// CycleQuery selects what Cycles compares.
type CycleQuery struct {
	Person    business.PersonID // 0: everybody within the scope
	From, To  business.Date     // inclusive
	Tolerance float64
}

func (s *Service) cyclesOf(
	ctx context.Context, page []clockRow, q CycleQuery,
) ([]Cycle, error) {
	gaps, clocks, err := s.gapsOf(ctx, page, q)
	if err != nil {
		return nil, err
	}
	var out []Cycle
	for _, g := range gaps {
		if g.Days < 2 {
			continue
		}
		r := clocks[g.Customer]
		cycle := Cycle{
			Customer: g.Customer, Owner: r.OwnerID, Every: r.Threshold,
			Mean: float64(g.Last.Sub(g.First)) / float64(g.Days-1), Visits: g.Days,
		}
		if cycle.abnormal(q.Tolerance) {
			out = append(out, cycle)
		}
	}
	return out, nil
}

// gapsOf are the gaps between the visits to the customers of a page, and their clocks.
func (s *Service) gapsOf(
	ctx context.Context, page []clockRow, q CycleQuery,
) ([]Gap, map[business.CustomerID]clockRow, error) {
	ids := make([]business.CustomerID, len(page))
	clocks := make(map[business.CustomerID]clockRow, len(page))
	for i, r := range page {
		ids[i], clocks[r.CustomerID] = r.CustomerID, r
	}
	gaps, err := s.Visits.Gaps(ctx, s.DB, ids, q.From, q.To)
	if err != nil {
		return nil, nil, fmt.Errorf("gaps between visits: %w", err)
	}
	return gaps, clocks, nil
}
