package track

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const sqlAbsent = `
select p.id, exists (select from track.duty
		where person_id = p.id and off_at is null) as on_duty,
	coalesce((select given and version >= @version from track.consent
		where person_id = p.id order by at desc limit 1), false) as agreed
from unnest(@people::bigint[]) as p(id)`

// Absence is what somebody's position hangs on: without both, none is known.
type Absence struct {
	Person int64 `db:"id"`
	OnDuty bool  // their duty is open
	Agreed bool  // to being located, in the present version
}

// Absent says of people whether they are on duty and agreed to being located, so that
// one can tell why somebody's position is not known.
func (s *Service) Absent(ctx context.Context, people []int64) (map[int64]Absence, error) {
	rows, err := s.DB.Query(ctx, sqlAbsent, pgx.NamedArgs{
		"people": people, "version": ConsentVersion,
	})
	if err != nil {
		return nil, fmt.Errorf("duty and consent of people: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Absence])
	if err != nil {
		return nil, fmt.Errorf("duty and consent of people: %w", err)
	}
	out := make(map[int64]Absence, len(found))
	for _, a := range found {
		out[a.Person] = a
	}
	return out, nil
}
