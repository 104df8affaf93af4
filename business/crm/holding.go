package crm

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/scope"
)

// Holding is how many customers a person looks after and may look after. It is counted
// when it is asked for, so that no transfer, claim or return can leave it behind.
type Holding struct {
	Person     business.PersonID `db:"person_id"`
	Name       string            `db:"name"`
	Held       int               `db:"held"`        // owned, not closed; shared ones do not count
	MaxHeld    int               `db:"max_held"`    // 0: any number
	FollowDays int               `db:"follow_days"` // longest follow-up without a deal; 0: for ever
	OwnMax     *int              `db:"own_max"`     // the person's own limit; nil: the company's
	OwnDays    *int              `db:"own_days"`    // likewise
}

const sqlHoldings = `
select o.person_id, o.name,
	(select count(*) from crm.customer c
		where c.owner_id = o.person_id and c.archived_at is null and c.status <> 'active') as held,
	coalesce(l.max_held, p.max_held) as max_held,
	coalesce(l.follow_days, p.follow_days) as follow_days,
	l.max_held as own_max, l.follow_days as own_days
from crm.owner o left join crm.pool_limit l using (person_id), crm.pool_policy p
where o.active and (@all or o.person_id = any(@people))
order by o.name collate public.names, o.person_id limit 5000`

// Holdings lists everybody active within the scope by name, with what they hold against
// their limits, at most 5,000.
func (s *Service) Holdings(ctx context.Context, sc scope.Scope) ([]Holding, error) {
	rows, err := s.db.Query(ctx, sqlHoldings,
		pgx.NamedArgs{"all": sc.All, "people": orEmpty(sc.People)})
	if err != nil {
		return nil, fmt.Errorf("list holdings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Holding])
}

// Holding reads how many customers one active person holds. It fails with ErrNoOwner.
func (s *Service) Holding(ctx context.Context, person business.PersonID) (Holding, error) {
	all, err := s.Holdings(ctx, scope.Scope{People: []int64{int64(person)}})
	if err != nil {
		return Holding{}, err
	}
	if len(all) == 0 {
		return Holding{}, ErrNoOwner.With("id", person)
	}
	return all[0], nil
}
