package identity

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	// The row stays, because documents name it; nothing in it tells who it was.
	sqlErasePerson = `
update identity.person set name = @name, login = @login, phone = '', post = '', sex = '',
	photo = '', home = null, office = null, demo = false, erased_at = @now, changed_at = @now,
	version = version + 1
where id = @id`

	sqlEraseSecrets = `
with gone as (delete from identity.password where person_id = @id),
	code as (delete from identity.recovery_code where person_id = @id),
	factor as (delete from identity.totp where person_id = @id),
	device as (update identity.device set name = 'erased' where person_id = @id),
	token as (update identity.token set name = 'erased' where person_id = @id),
	note as (update identity.calendar_day set note = '' where person_id = @id)
delete from identity.session where person_id = @id`

	sqlForgetLogin = `delete from identity.attempt where key = 'login:' || @login`
)

// CheckErasable says whether a person within the actor's power can be erased. It
// fails with [ErrNoPerson], [ErrErased], [ErrStillActive] or [ErrAboveSelf].
func CheckErasable(
	ctx context.Context, q db.Querier, by business.Actor, id business.PersonID,
) (Person, error) {
	p, err := person(ctx, q, id)
	switch {
	case err != nil:
		return Person{}, err
	case p.Erased:
		return Person{}, ErrErased
	case p.Active:
		return Person{}, ErrStillActive
	}
	return p, mayTouch(by, p.Role, p.Role)
}

// Erase takes away everything that tells who an inactive person was: name, login,
// phone, positions, photo, secrets, sign-ins, and the key under which the trail
// holds their personal values, for good. Documents go on naming the person by
// number, and the trail's chain still verifies. It runs inside the caller's
// transaction, as the effect of an approval or of an operator's command; it fails
// like [CheckErasable].
func (s *Service) Erase(
	ctx context.Context, tx db.Tx, by business.Actor, id business.PersonID,
) error {
	if _, err := lockPerson(ctx, tx, id); err != nil {
		return err
	}
	before, err := CheckErasable(ctx, tx, by, id)
	if err != nil {
		return err
	}
	args := pgx.NamedArgs{"id": id, "now": s.Clock.Now(),
		"name": fmt.Sprintf("#%d", id), "login": fmt.Sprintf("erased-%d", id)}
	if _, err := tx.Exec(ctx, sqlErasePerson, args); err != nil {
		return fmt.Errorf("erase person %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, sqlEraseSecrets, args); err != nil {
		return fmt.Errorf("erase secrets of person %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, sqlForgetLogin, pgx.NamedArgs{"login": before.Login}); err != nil {
		return err
	}
	if err := s.Audit.Forget(ctx, tx, id); err != nil {
		return fmt.Errorf("destroy key of person %d: %w", id, err)
	}
	return s.Audit.Record(ctx, tx, by, business.Change{
		Action: "identity.person.erased", Object: "person", ID: int64(id),
	})
}
