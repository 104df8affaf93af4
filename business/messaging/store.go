package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	sqlChannelColumns = `
select id, name, kind, endpoint, login, sender, secret is not null as has_secret, active, version,
	updated_at
from messaging.channel `

	sqlChannels    = sqlChannelColumns + `order by name, id`
	sqlChannel     = sqlChannelColumns + `where id = @id`
	sqlLockChannel = sqlChannelColumns + `where id = @id for update`
	sqlSecret      = `select coalesce(secret, ''::bytea) from messaging.channel where id = @id`

	sqlInsertChannel = `
insert into messaging.channel (name, kind, endpoint, login, sender, active, created_at, updated_at)
values (@name, @kind, @endpoint, @login, @sender, @active, @now, @now) returning id`

	sqlUpdateChannel = `
update messaging.channel set name = @name, kind = @kind, endpoint = @endpoint, login = @login,
	sender = @sender, active = @active, updated_at = @now, version = version + 1
where id = @id`

	sqlSetSecret = `update messaging.channel set secret = @secret where id = @id`

	sqlAuthorisationColumns = `
select id, channel_id, person_id, document, from_day, until_day, granted_by, granted_at,
	withdrawn_by, withdrawn_at
from messaging.authorisation `

	sqlAuthorisations    = sqlAuthorisationColumns + `order by id desc limit 1000`
	sqlAuthorisation     = sqlAuthorisationColumns + `where id = @id`
	sqlLockAuthorisation = sqlAuthorisationColumns + `where id = @id and channel_id = @channel for update`

	// The share lock has a withdrawal wait for the messages that are being taken.
	sqlValid = sqlAuthorisationColumns + `
where channel_id = @channel and person_id in (0, @person) and withdrawn_at is null
	and from_day <= @today and until_day >= @today
order by person_id desc, id limit 1 for share`

	sqlUsable = sqlChannelColumns + `
where active and exists (select from messaging.authorisation a
	where a.channel_id = channel.id and a.person_id in (0, @person) and a.withdrawn_at is null
		and a.from_day <= @today and a.until_day >= @today)
order by name, id`

	sqlGrant = `
insert into messaging.authorisation (channel_id, person_id, document, from_day, until_day,
	granted_by, granted_at)
values (@channel, @person, @document, @from, @until, @by, @now) returning id`

	sqlWithdraw = `
update messaging.authorisation set withdrawn_by = @by, withdrawn_at = @now
where id = @id and withdrawn_at is null`

	sqlInsertMessage = `
insert into messaging.message (channel_id, authorisation_id, customer_id, recipient, address,
	subject, body, sent_by, created_at, next_at)
values (@channel, @authorisation, @customer, @recipient, @address, @subject, @body, @by, @now, @now)
returning id`

	sqlInsertAttempt = `
insert into messaging.attempt (at, channel_id, message_id, customer_id, person_id, outcome, code,
	detail)
values (@now, @channel, nullif(@message::bigint, 0), @customer, @person, @outcome, @code, @detail)`

	// Whoever takes a message has it for the time of the lease.
	sqlTake = `
update messaging.message set tries = tries + 1, next_at = @lease
where id = (select id from messaging.message where state = 'waiting' and next_at <= @now
	order by next_at, id limit 1 for update skip locked)
returning id, key::text as key, channel_id, authorisation_id, customer_id, recipient, address, subject,
	body, sent_by, created_at, tries`

	sqlSettle = `
update messaging.message set state = @state, next_at = @next
where id = @id and state = 'waiting' and tries = @tries`

	sqlLog = `
select a.id, a.at, a.channel_id, coalesce(a.message_id, 0) as message_id, a.customer_id,
	a.person_id, a.outcome, a.code, a.detail, coalesce(m.address, '') as address,
	coalesce(m.subject, '') as subject, coalesce(m.body, '') as body
from messaging.attempt a left join messaging.message m on m.id = a.message_id
where (@customer = 0 or a.customer_id = @customer)
	and (@all or a.person_id = any(@people)) and (@after = 0 or a.id < @after)
order by a.id desc limit @limit`

	sqlOccurrences = `
select m.id, m.created_at as at, m.sent_by as by, c.name as title, m.state,
	case when m.subject = '' then m.body else m.subject || E'\n' || m.body end as note,
	null::bigint as cents
from messaging.message m join messaging.channel c on c.id = m.channel_id
where m.customer_id = any(@customers) and (m.created_at, m.id) < (@before, @before_id)
order by m.created_at desc, m.id desc limit @limit`
)

// message is one on its way.
type message struct {
	ID            int64               `db:"id"`
	Key           string              `db:"key"` // the same at every try, and of no other message
	Channel       int64               `db:"channel_id"`
	Authorisation int64               `db:"authorisation_id"`
	Customer      business.CustomerID `db:"customer_id"`
	Recipient     string              `db:"recipient"`
	Address       string              `db:"address"`
	Subject       string              `db:"subject"`
	Text          string              `db:"body"`
	By            business.PersonID   `db:"sent_by"`
	CreatedAt     time.Time           `db:"created_at"`
	Tries         int                 `db:"tries"`
}

// one reads the single row of a statement, or fails with missing.
func one[T any](
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs, missing error,
) (T, error) {
	var zero T
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return zero, fmt.Errorf("query: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return zero, missing
	}
	return found, err
}

// note adds a line to the log.
func note(ctx context.Context, tx db.Tx, a Attempt) error {
	_, err := tx.Exec(ctx, sqlInsertAttempt, pgx.NamedArgs{
		"now": a.At, "channel": a.Channel, "message": a.Message, "customer": a.Customer,
		"person": a.Person, "outcome": a.Outcome, "code": a.Code, "detail": cut(a.Detail, 300),
	})
	if err != nil {
		return fmt.Errorf("note a try: %w", err)
	}
	return nil
}

// cut keeps the first n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Occurrences returns the messages to customers, the newest first, for the customer's
// timeline. Whoever calls has made sure that the customer may be seen.
func Occurrences(
	ctx context.Context, q db.Querier, s business.Stretch,
) ([]business.Occurrence, error) {
	return business.Occurrences(q.Query(ctx, sqlOccurrences, s.Args()))
}
