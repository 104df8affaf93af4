package visits

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// MaxPeriod is how many days a report sums up at most: a year, and the day before.
const MaxPeriod = 367

// RoadPeriod is over how many days the time on the road is told at most.
const RoadPeriod = 31

const sqlWorkload = `
select person_id, count(*) filter (where kind = 'sales') as records,
	count(distinct customer_id) filter (where kind = 'sales') as customers,
	count(distinct (day, customer_id)) filter (where kind = 'sales') as daily_customers,
	count(distinct day) filter (where kind = 'sales') as days,
	coalesce(sum(extract(epoch from out_at - in_at))
		filter (where kind = 'sales'), 0)::bigint as on_site_s,
	count(*) filter (where kind = 'inspection') as inspections,
	coalesce(sum(extract(epoch from out_at - in_at))
		filter (where kind = 'inspection'), 0)::bigint as inspected_s
from visits.visit
where state = 'valid' and ` + withinPeriod + `
	and (@all or person_id = any(@people)) and (@person = 0 or person_id = @person)
group by person_id order by person_id`

// Roads is how long people were on the road, as their devices recorded it.
type Roads interface {
	// OnRoad sums up the trips of everybody within the scope that began in the stretch;
	// who was not located is missing. whole is false when more is to be worked out than
	// one call does: asking again goes on.
	OnRoad(
		ctx context.Context, sc scope.Scope, from, to time.Time,
	) (roads []Road, whole bool, err error)
}

// Road is what somebody's trips come to.
type Road struct {
	Person business.PersonID
	Moving time.Duration // on the road, as far as positions tell
	Silent time.Duration // of trips, without a position: gaps are gaps
	Length geo.Meters
}

// Work is what a person did in a period, valid visits only. Customers counts each
// customer once in the period, DailyCustomers once on each day; Records counts
// every visit. Store inspections are a manager's own and stand apart.
type Work struct {
	Person         business.PersonID `db:"person_id"`
	Records        int64             `db:"records"`
	Customers      int64             `db:"customers"`
	DailyCustomers int64             `db:"daily_customers"`
	Days           int64             `db:"days"`
	OnSiteS        int64             `db:"on_site_s"` // seconds between check-in and check-out
	Inspections    int64             `db:"inspections"`
	InspectedS     int64             `db:"inspected_s"`

	Name   string `db:"-"`
	Active bool   `db:"-"` // works here still
	// Road is nil when it is not told: of a longer period than RoadPeriod, of others to
	// who may not read their tracks, and until it is worked out.
	Road *Road `db:"-"`
}

// Workload sums up the visits and the way of the people within the scope, by person;
// whoever neither visited nor drove is not in the answer. tracks says that the caller may
// read what others drove; one's own is told always. It fails with ErrPeriod.
func (s *Service) Workload(
	ctx context.Context, c Caller, p Period, tracks bool,
) ([]Work, error) {
	if err := p.check(MaxPeriod); err != nil {
		return nil, err
	}
	found, err := db.Collect[Work](ctx, s.DB, sqlWorkload, p.args(c))
	if err != nil {
		return nil, err
	}
	roads, whole, err := s.roads(ctx, c, p, tracks)
	if err != nil {
		return nil, fmt.Errorf("time on the road: %w", err)
	}
	by := make(map[business.PersonID]*Work, len(found))
	for i := range found {
		by[found[i].Person] = &found[i]
	}
	for _, r := range roads {
		if by[r.Person] == nil {
			by[r.Person] = &Work{Person: r.Person}
		}
		by[r.Person].Road = &r
	}
	ids := slices.Sorted(maps.Keys(by))
	if len(ids) == 0 {
		return nil, nil
	}
	workers, err := s.People.Workers(ctx, s.DB, ids)
	if err != nil {
		return nil, fmt.Errorf("names of people: %w", err)
	}
	for _, w := range workers {
		by[w.ID].Name, by[w.ID].Active = w.Name, w.Active
	}
	out := make([]Work, len(ids))
	for i, id := range ids {
		out[i] = *by[id]
		mine := tracks || id == c.Actor.Person
		if out[i].Road == nil && whole && mine {
			out[i].Road = &Road{Person: id} // not located: nothing is known of any way
		}
	}
	return out, nil
}

// roads is the time on the road of those whose tracks the caller may read; none, and not
// whole, when it is not told.
func (s *Service) roads(
	ctx context.Context, c Caller, p Period, tracks bool,
) (roads []Road, whole bool, err error) {
	if s.Roads == nil || p.days() > RoadPeriod {
		return nil, false, nil
	}
	sc := scope.Scope{People: []int64{int64(c.Actor.Person)}}
	if tracks {
		sc = scope.Scope{All: c.Scope.All, People: withSelf(c)}
		slices.Sort(sc.People) // as a scope has them
	}
	if p.Person != 0 {
		if !sc.Has(int64(p.Person)) {
			return nil, false, nil
		}
		sc = scope.Scope{People: []int64{int64(p.Person)}}
	}
	roads, whole, err = s.Roads.OnRoad(ctx, sc, p.From.At(s.Zone, 0), p.To.Add(1).At(s.Zone, 0))
	if !whole {
		roads = nil // a part of a sum is no sum
	}
	return roads, whole, err
}
