package visits

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const (
	sqlVisitedCustomers = `
select customer_id, count(*) as visits, max(day) as last_day,
	sum(count(*)) over ()::bigint as total
from visits.visit
where state = 'valid' and kind = 'sales' and ` + withinPeriod + `
	and (@all or person_id = any(@people)) and (@person = 0 or person_id = @person)
group by customer_id order by count(*) desc, customer_id
limit @limit offset @offset`
	sqlCoverage = `
select person_id, day, count(*) as records, count(distinct customer_id) as customers,
	coalesce(sum(extract(epoch from out_at - in_at)), 0)::bigint as on_site_s
from visits.visit
where state = 'valid' and kind = 'sales' and ` + withinPeriod + `
	and (@all or person_id = any(@people)) and (@person = 0 or person_id = @person)
group by person_id, day order by day, person_id`
	sqlHeat = `
select round(ST_X(in_point)::numeric, 3)::float8 as lon,
	round(ST_Y(in_point)::numeric, 3)::float8 as lat, count(*) as visits
from visits.visit
where state = 'valid' and kind = 'sales' and ` + withinPeriod + ` and in_point is not null
	and (@all or person_id = any(@people)) and (@person = 0 or person_id = @person)
group by 1, 2 order by count(*) desc, 1, 2 limit 20000`
)

// Period is a stretch of days, both inclusive, of one person or of everybody
// within the scope.
type Period struct {
	From, To business.Date
	Person   business.PersonID // 0: everybody
}

// days is how many there are.
func (p Period) days() int { return p.To.Sub(p.From) + 1 }

// check refuses a period that ends before it begins, or has more days than most.
func (p Period) check(most int) error {
	if n := p.days(); n < 1 || n > most {
		return ErrPeriod.With("days", most)
	}
	return nil
}

func (p Period) args(c Caller) pgx.NamedArgs {
	return pgx.NamedArgs{
		"from": p.From, "to": p.To, "person": p.Person,
		"all": c.Scope.All, "people": withSelf(c),
	}
}

// Visited is how often a customer was visited in a period, valid visits only.
type Visited struct {
	Customer business.CustomerID
	Name     string
	Region   string
	Visits   int64
	Last     business.Date
}

// Stretch is a part of a list: so many of its rows behind the first so many.
type Stretch struct {
	Offset int
	Limit  int // 0: all
}

// VisitedCustomers says how often each customer was visited in a period, the most
// often first, and how many visits there were of all customers. The counts of all people
// add up to that of everybody. It fails with ErrPeriod.
func (s *Service) VisitedCustomers(
	ctx context.Context, c Caller, p Period, part Stretch,
) (rows []Visited, total int64, err error) {
	if err := p.check(MaxPeriod); err != nil {
		return nil, 0, err
	}
	args := p.args(c)
	args["offset"], args["limit"] = part.Offset, nil
	if part.Limit > 0 {
		args["limit"] = part.Limit
	}
	found, err := s.DB.Query(ctx, sqlVisitedCustomers, db.PlanEachTime, args)
	if err != nil {
		return nil, 0, err
	}
	rows, err = pgx.CollectRows(found, func(r pgx.CollectableRow) (Visited, error) {
		var v Visited
		err := r.Scan(&v.Customer, &v.Visits, &v.Last, &total)
		return v, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("visited customers: %w", err)
	}
	for page := range slices.Chunk(rows, 5000) {
		ids := make([]business.CustomerID, len(page))
		for i, v := range page {
			ids[i] = v.Customer
		}
		sites, err := s.sites(ctx, s.DB, scope.Everything(), ids)
		if err != nil {
			return nil, 0, err
		}
		for i := range page {
			site := sites[page[i].Customer]
			page[i].Name, page[i].Region = site.Name, site.Region
		}
	}
	return rows, total, nil
}

// RegionVisits are the visits of a region in a period, and of its customers.
type RegionVisits struct {
	Region    string // "" the customers whose region nobody wrote down
	Visits    int64
	Customers []Visited // by name
}

// VisitsByRegion is VisitedCustomers by the customers' regions, by name; the
// counts of all regions add up to the total. It fails with ErrPeriod.
func (s *Service) VisitsByRegion(
	ctx context.Context, c Caller, p Period,
) ([]RegionVisits, error) {
	all, _, err := s.VisitedCustomers(ctx, c, p, Stretch{})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Visited) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Customer, b.Customer))
	})
	var out []RegionVisits
	for _, v := range all {
		if len(out) == 0 || out[len(out)-1].Region != v.Region {
			out = append(out, RegionVisits{Region: v.Region})
		}
		r := &out[len(out)-1]
		r.Visits += v.Visits
		r.Customers = append(r.Customers, v)
	}
	return out, nil
}

// CoveredPeriod is over how many days Coverage is told at most.
const CoveredPeriod = 92

// Covered is what a person did on one day.
type Covered struct {
	Person    business.PersonID `db:"person_id"`
	Day       business.Date     `db:"day"`
	Records   int64             `db:"records"`
	Customers int64             `db:"customers"`
	OnSiteS   int64             `db:"on_site_s"` // seconds
}

// Coverage is what everybody did on every day of a period, by day. It fails with
// ErrPeriod.
func (s *Service) Coverage(ctx context.Context, c Caller, p Period) ([]Covered, error) {
	if err := p.check(CoveredPeriod); err != nil {
		return nil, err
	}
	return db.Collect[Covered](ctx, s.DB, sqlCoverage, p.args(c))
}

// HeatSpot is how many visits began at a place, to about a hundred metres: those that
// are records of the workload, so that the spots add up to them.
type HeatSpot struct {
	Lon    float64 `db:"lon"`
	Lat    float64 `db:"lat"`
	Visits int64   `db:"visits"`
}

// Heat is where visits began in a period; at most the 20,000 busiest places. It fails
// with ErrPeriod.
func (s *Service) Heat(ctx context.Context, c Caller, p Period) ([]HeatSpot, error) {
	if err := p.check(MaxPeriod); err != nil {
		return nil, err
	}
	return db.Collect[HeatSpot](ctx, s.DB, sqlHeat, p.args(c))
}
