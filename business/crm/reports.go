package crm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/scope"
)

// Reports count and list customers under the same filter and scope as every
// list, so that a figure of a report is the length of the list behind it: each
// row, and each column of a table over months, carries the parameters of that
// list.

// Segment is one row of a statistic.
type Segment struct {
	Value  string  // a stage, status, kind, source or district; "" for none
	Total  int64   // of the row
	Months []int64 // January to December; nil for a plain count
	Permil int64   // share of the whole; the shares of all rows sum to 1000
}

const (
	sqlStages   = `select c.stage as value, 0 as month, count(*) as n` + sqlWhere + ` group by 1`
	sqlKindsOf  = `select c.kind as value, 0 as month, count(*) as n` + sqlWhere + ` group by 1`
	sqlStates   = `select c.status as value, 0 as month, count(*) as n` + sqlWhere + ` group by 1`
	sqlChannels = `select c.channel as value, 0 as month, count(*) as n` + sqlWhere + ` group by 1`

	sqlMonth       = `extract(month from c.created_at at time zone @zone)::int as month, count(*) as n`
	sqlNewByRegion = `select c.district as value, ` + sqlMonth + sqlWhere + ` group by 1, 2`
	sqlNewByKind   = `select c.kind as value, ` + sqlMonth + sqlWhere + ` group by 1, 2`

	sqlActivity = `
select h.id, h.command, h.at, h.by, coalesce(b.name, '') as by_name, h.note, c.id as customer_id,
	c.number, c.name, c.kind, c.status, c.district, coalesce(o.name, '') as owner_name,
	coalesce(was.name, '') as from_name, coalesce(got.name, '') as to_name
from crm.change h
	join crm.customer c on c.id = h.customer_id
	left join crm.owner o on o.person_id = c.owner_id
	left join crm.owner b on b.person_id = h.by
	left join lateral (select (f->>'old')::bigint as was, (f->>'new')::bigint as got
		from jsonb_array_elements(h.fields) f where f->>'field' = 'owner_id') x on true
	left join crm.owner was on was.person_id = x.was
	left join crm.owner got on got.person_id = x.got
where` + sqlMatch + `
	and h.command in ('claimed', 'assigned', 'transferred', 'updated', 'changed')
	and h.command = any(@commands) and (not @handed or x.was > 0 and x.got > 0)
	and (@at_from::timestamptz is null or h.at >= @at_from)
	and (@at_to::timestamptz is null or h.at < @at_to)
	and (@before::bigint = 0 or h.id < @before)
order by h.id desc limit @limit`
)

// Statistic is what a statistic counts by.
type Statistic string

// The statistics.
const (
	NewByRegion Statistic = "S04" // new customers of a year by region and month
	NewByKind   Statistic = "S05" // the same by kind
	ByStage     Statistic = "S13"
	ByKind      Statistic = "S14"
	ByState     Statistic = "S15"
	ByChannel   Statistic = "S16"
)

func (s Statistic) sql() (text string, months bool, err error) {
	switch s {
	case NewByRegion:
		return sqlNewByRegion, true, nil
	case NewByKind:
		return sqlNewByKind, true, nil
	case ByStage:
		return sqlStages, false, nil
	case ByKind:
		return sqlKindsOf, false, nil
	case ByState:
		return sqlStates, false, nil
	case ByChannel:
		return sqlChannels, false, nil
	}
	return "", false, ErrNoReport.With("id", string(s))
}

// Segments counts the customers under the filter, the largest row first. Stages
// and statuses without customers are rows, too; for the statistics over months
// the filter's creation days are one calendar year. It fails with ErrNoReport.
func (s *Service) Segments(
	ctx context.Context, sc scope.Scope, stat Statistic, f Filter,
) ([]Segment, error) {
	sql, months, err := stat.sql()
	if err != nil {
		return nil, err
	}
	args, err := s.args(ctx, sc, f)
	if err != nil {
		return nil, err
	}
	args["zone"] = s.zone.String()
	rows, err := query(ctx, s.db, sql, args)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", stat, err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		Value string `db:"value"`
		Month int    `db:"month"`
		N     int64  `db:"n"`
	}])
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", stat, err)
	}
	found := map[string]*Segment{}
	at := func(value string) *Segment {
		if found[value] == nil {
			found[value] = &Segment{Value: value}
			if months {
				found[value].Months = make([]int64, 12)
			}
		}
		return found[value]
	}
	for _, value := range alwaysShown(stat) {
		at(value)
	}
	for _, c := range counts {
		row := at(c.Value)
		row.Total += c.N
		if months {
			row.Months[c.Month-1] += c.N
		}
	}
	out := make([]Segment, 0, len(found))
	for _, row := range found {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b Segment) int {
		if a.Total != b.Total {
			return int(b.Total - a.Total)
		}
		return compareText(a.Value, b.Value)
	})
	apportion(out)
	return out, nil
}

// alwaysShown are the values that a statistic shows even without customers.
func alwaysShown(stat Statistic) []string {
	switch stat {
	case ByStage:
		return spell(Stages())
	case ByState:
		return []string{string(Prospect), string(Active), string(Dormant), string(Lost)}
	}
	return nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// apportion gives every row its part of 1000; what rounding leaves goes to the rows
// that lost most (largest remainder).
func apportion(rows []Segment) {
	var total int64
	for _, r := range rows {
		total += r.Total
	}
	if total == 0 {
		return
	}
	left := int64(1000)
	order := make([]int, len(rows))
	for i := range rows {
		rows[i].Permil = rows[i].Total * 1000 / total
		left -= rows[i].Permil
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return int(rows[b].Total*1000%total - rows[a].Total*1000%total)
	})
	for _, i := range order[:left] {
		rows[i].Permil++
	}
}

// Activity is one command on a customer as the queries over commands list it.
type Activity struct {
	ID        int64               `db:"id"`
	Command   string              `db:"command"`
	At        time.Time           `db:"at"`
	By        business.PersonID   `db:"by"`
	ByName    string              `db:"by_name"`
	Note      string              `db:"note"`
	Customer  business.CustomerID `db:"customer_id"`
	Number    string              `db:"number"`
	Name      string              `db:"name"`
	Kind      string              `db:"kind"`
	Status    Status              `db:"status"`
	District  string              `db:"district"`
	OwnerName string              `db:"owner_name"` // now
	FromName  string              `db:"from_name"`  // of a change of hands
	ToName    string              `db:"to_name"`
}

// Activities asks for commands on the customers of a filter.
type Activities struct {
	Filter   Filter
	What     ActivityKind
	From, To business.Date // business days, both included; zero: open
	Before   int64         // the last id of the page before; 0: from the newest
	Limit    int           // 1 to 1,000
}

// ActivityKind is what the commands did.
type ActivityKind string

// The kinds of activity.
const (
	Claims    ActivityKind = "claims"    // from the pool (Q02)
	Transfers ActivityKind = "transfers" // from one owner to another (Q09)
	Changes   ActivityKind = "changes"   // of what is kept of a customer (Q12)
)

func (k ActivityKind) commands() []string {
	switch k {
	case Claims:
		return []string{"claimed"}
	case Transfers:
		return []string{"assigned", "transferred", "changed", "updated"}
	}
	return []string{"updated", "changed"}
}

// ActivityPage lists what was done to the customers of the filter, the newest
// first.
func (s *Service) ActivityPage(
	ctx context.Context, sc scope.Scope, a Activities,
) ([]Activity, error) {
	args, err := s.args(ctx, sc, a.Filter)
	if err != nil {
		return nil, err
	}
	args["commands"], args["handed"] = a.What.commands(), a.What == Transfers
	args["at_from"], args["at_to"] = startOf(a.From, s.zone), endOf(a.To, s.zone)
	args["before"], args["limit"] = a.Before, min(max(a.Limit, 1), 1001)
	rows, err := query(ctx, s.db, sqlActivity, args)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", a.What, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Activity])
}

// DayOf is the company's business day of an instant.
func (s *Service) DayOf(at time.Time) business.Date { return business.DateOf(at, s.zone) }
