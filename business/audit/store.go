package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// jsonb gives its text back in one canonical form, which is what gets hashed.
const entryColumns = `
e.id, e.at, e.person_id, e.role, e.action, e.object, e.object_id,
e.before::text, e.after::text, e.address, e.request, e.agent`

const (
	sqlInsertEntry = `
with e as (
	insert into audit.entry (at, person_id, role, action, object, object_id, before, after,
		address, request, agent)
	values (@at, @person, @role, @action, @object, @target, @before, @after,
		@address, @request, @agent)
	returning id
)
insert into audit.pending (entry_id) select id from e`

	sqlLockChain = `select pg_advisory_xact_lock(hashtextextended('audit.link', 0))`

	sqlHead = `select seq, hash from audit.link order by seq desc limit 1`

	// Which entries is decided first: the few that wait are found by their key among the
	// many that are sealed.
	sqlPending = `select ` + entryColumns + `
from (select entry_id from audit.pending order by entry_id limit @limit) p
join audit.entry e on e.id = p.entry_id order by e.id`

	sqlInsertLink = `insert into audit.link (seq, entry_id, hash) values (@seq, @entry, @hash)`

	sqlSealed = `delete from audit.pending where entry_id = any(@ids)`

	sqlChain = `select l.seq, l.entry_id, l.hash, ` + entryColumns + `
from audit.link l left join audit.entry e on e.id = l.entry_id
where l.seq > @after order by l.seq limit @limit`

	sqlStray = `
select e.id from audit.entry e
where not exists (select from audit.link l where l.entry_id = e.id)
	and not exists (select from audit.pending p where p.entry_id = e.id)
order by e.id limit 1`

	sqlEntries = `select ` + entryColumns + `
from audit.entry e
where (@before_id = 0 or e.id < @before_id)
	and (@person = 0 or e.person_id = @person)
	and (@people::bigint[] is null or e.person_id = any(@people))
	and (@object = '' or e.object = @object)
	and (@target = 0 or e.object_id = @target)
	and (@action = '' or starts_with(e.action, @action))
	and (@from::timestamptz is null or e.at >= @from) and (@to::timestamptz is null or e.at < @to)
order by e.id desc limit @limit`
)

// row is an entry as it is read; all of it may be missing beside a link.
type row struct {
	id, person, target                            *int64
	at                                            *time.Time
	role, action, object, address, request, agent *string
	before, after                                 *string
}

func (r *row) into() []any {
	return []any{&r.id, &r.at, &r.person, &r.role, &r.action, &r.object, &r.target,
		&r.before, &r.after, &r.address, &r.request, &r.agent}
}

// entry is the row as a value; call it only when id is there.
func (r *row) entry() Entry {
	e := Entry{
		ID: *r.id, At: r.at.UTC(), Person: business.PersonID(*r.person),
		Role: business.Role(*r.role), Action: *r.action, Object: *r.object, Target: *r.target,
		Address: *r.address, Request: *r.request, Agent: *r.agent,
	}
	if r.before != nil {
		e.Before = json.RawMessage(*r.before)
	}
	if r.after != nil {
		e.After = json.RawMessage(*r.after)
	}
	return e
}

func scanEntry(cr pgx.CollectableRow) (Entry, error) {
	var r row
	if err := cr.Scan(r.into()...); err != nil {
		return Entry{}, err
	}
	return r.entry(), nil
}

type link struct {
	seq   int64
	id    int64
	hash  [32]byte
	entry *Entry // nil: gone
}

func scanLink(cr pgx.CollectableRow) (link, error) {
	var l link
	var r row
	var hash []byte
	if err := cr.Scan(append([]any{&l.seq, &l.id, &hash}, r.into()...)...); err != nil {
		return link{}, err
	}
	copy(l.hash[:], hash)
	if r.id != nil {
		e := r.entry()
		l.entry = &e
	}
	return l, nil
}

func head(ctx context.Context, q db.Querier) (Head, error) {
	rows, err := q.Query(ctx, sqlHead)
	if err != nil {
		return Head{}, err
	}
	heads, err := pgx.CollectRows(rows, func(cr pgx.CollectableRow) (Head, error) {
		var h Head
		var hash []byte
		err := cr.Scan(&h.Seq, &hash)
		copy(h.Hash[:], hash)
		return h, err
	})
	if err != nil || len(heads) == 0 {
		return Head{}, err
	}
	return heads[0], nil
}
