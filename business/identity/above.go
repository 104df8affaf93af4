package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Somebody without a team who leads one stands where the team stands.
const sqlAbove = `
with recursive up as (
	select t.id, t.parent_id, t.leader_id, 0 as depth
	from identity.person p join identity.team t on t.id = coalesce(p.team_id,
		(select min(led.id) from identity.team led where led.leader_id = p.id))
	where p.id = @id
	union all
	select t.id, t.parent_id, t.leader_id, up.depth + 1
	from identity.team t join up on t.id = up.parent_id where up.depth < 100
)
select
	coalesce((select l.id from up join identity.person l on l.id = up.leader_id and l.active
		where up.depth = 0), 0),
	coalesce((select l.id from up join identity.person l on l.id = up.leader_id and l.active
		where up.parent_id is null), 0),
	array(select id from identity.person where role = 'admin' and active order by id)`

const sqlNames = `
select id, name from identity.person where @ids::bigint[] is null or id = any(@ids)`

// Superiors is who stands above a person; 0 where nobody active does.
type Superiors struct {
	Leader business.PersonID   // of the person's team, perhaps the person
	Head   business.PersonID   // of the topmost team above, perhaps the person
	Admins []business.PersonID // active administrators
}

// Above returns who stands above the person now.
func Above(ctx context.Context, q db.Querier, id business.PersonID) (Superiors, error) {
	var s Superiors
	err := q.QueryRow(ctx, sqlAbove, pgx.NamedArgs{"id": id}).Scan(&s.Leader, &s.Head, &s.Admins)
	return s, err
}

// Names returns the names of those ids that exist; nil ids means everybody.
func Names(
	ctx context.Context, q db.Querier, ids []int64,
) (map[business.PersonID]string, error) {
	rows, err := q.Query(ctx, sqlNames, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, err
	}
	names := make(map[business.PersonID]string, len(ids))
	var id business.PersonID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		names[id] = name
		return nil
	})
	return names, err
}
