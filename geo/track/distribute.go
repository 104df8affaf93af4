package track

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const (
	// Unique keys without the person, and keys that point to another table.
	sqlUndistributable = `
select format('%s: the key %s does not hold the person', i.indrelid::regclass, x.relname)
from pg_index i
join pg_class x on x.oid = i.indexrelid
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'track' and i.indisunique and not c.relispartition and not exists (
	select from pg_attribute a
	where a.attrelid = i.indrelid and a.attname = 'person_id' and a.attnum = any(i.indkey))
union all
select format('%s: the constraint %s points to %s', k.conrelid::regclass, k.conname,
	k.confrelid::regclass)
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'track' and k.contype = 'f' and not c.relispartition
order by 1`

	sqlTables = `
select c.relname from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'track' and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname`

	citusTable = `select create_distributed_table('track.%s', 'person_id')`
)

// Undistributable lists what stands in the way of spreading the schema over
// machines by person; nothing does in a migrated database.
func (s *Service) Undistributable(ctx context.Context) ([]string, error) {
	rows, err := s.DB.Query(ctx, sqlUndistributable)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Distribution lists the statements that spread the schema over a Citus cluster,
// every table by person, so that a person's rows lie together.
func (s *Service) Distribution(ctx context.Context) ([]string, error) {
	rows, err := s.DB.Query(ctx, sqlTables)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (string, error) {
		var name string
		err := r.Scan(&name)
		return fmt.Sprintf(citusTable, name), err
	})
}
