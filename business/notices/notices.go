package notices

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// Keep is how many messages an inbox holds.
const Keep = 200

// Topic is that of the notices that an inbox changed.
const Topic = "message"

// ErrNoMessage means that the reader's inbox holds no such message.
var ErrNoMessage = fail.New(fail.NotFound, "notices.no_such_message",
	"There is no such message.")

// New is what somebody is told.
type New struct {
	Person   business.PersonID
	Key      string         // the person is told once under it, at most 120 bytes
	Kind     string         // which sentence: "digest", "money.overdue", …
	Params   map[string]any // of the sentence
	Object   string         // what it is about: "customer", "visit"; "" for nothing
	ObjectID int64
}

// Message is what somebody was told.
type Message struct {
	ID       int64           `db:"id"`
	Kind     string          `db:"kind"`
	Params   json.RawMessage `db:"params"`
	Object   string          `db:"object"`
	ObjectID int64           `db:"object_id"`
	At       time.Time       `db:"at"`
	ReadAt   *time.Time      `db:"read_at"` // nil: unread
}

// Filter selects messages of one's inbox.
type Filter struct {
	Unread bool
	After  int64 // id of the last one of the page before; 0: from the newest
	Limit  int
}

// Announcer tells screens, at commit.
type Announcer interface {
	Notice(ctx context.Context, tx db.Tx, topic string, people []int64, payload any) error
}

// Service keeps the inboxes. It is safe for concurrent use; all fields are required.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Announcer Announcer
}

const (
	sqlPut = `
insert into notices.message (person_id, key, kind, params, object, object_id, at)
values (@person, @key, @kind, @params, @object, @object_id, @now)
on conflict (person_id, key) do nothing`
	sqlTold = `select exists (select from notices.message where key = @key)`
	sqlTrim = `
delete from notices.message where id in (
	select id from (
		select id, row_number() over (partition by person_id order by id desc) as place
		from notices.message where person_id = any(@people)) ranked
	where place > @keep)`
	sqlMessages = `
select id, kind, params, object, object_id, at, read_at from notices.message
where person_id = @person and (not @unread or read_at is null)
	and (@after = 0 or id < @after)
order by id desc limit @limit`
	sqlUnread = `select count(*) from notices.message where person_id = @person and read_at is null`
	sqlRead   = `
update notices.message set read_at = coalesce(read_at, @now)
where person_id = @person and (@id = 0 or id = @id)`
)

// Put tells people, in the transaction of whatever they are told about. Who was
// told under a key is not told again.
func (s *Service) Put(ctx context.Context, tx db.Tx, list []New) error {
	var people []int64
	for _, n := range list {
		params := n.Params
		if params == nil {
			params = map[string]any{}
		}
		done, err := tx.Exec(ctx, sqlPut, pgx.NamedArgs{
			"person": n.Person, "key": n.Key, "kind": n.Kind, "params": params,
			"object": n.Object, "object_id": n.ObjectID, "now": s.Clock.Now(),
		})
		if err != nil {
			return fmt.Errorf("tell person %d: %w", n.Person, err)
		}
		if done.RowsAffected() > 0 {
			people = append(people, int64(n.Person))
		}
	}
	if len(people) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, sqlTrim, pgx.NamedArgs{"people": people, "keep": Keep})
	if err != nil {
		return fmt.Errorf("trim inboxes: %w", err)
	}
	return s.Announcer.Notice(ctx, tx, Topic, people, struct{}{})
}

// Told reports whether anybody was told under the key, and still has the message.
func (s *Service) Told(ctx context.Context, tx db.Tx, key string) (bool, error) {
	var told bool
	if err := tx.QueryRow(ctx, sqlTold, pgx.NamedArgs{"key": key}).Scan(&told); err != nil {
		return false, fmt.Errorf("whether %q was told: %w", key, err)
	}
	return told, nil
}

// Messages returns a page of a person's inbox, the newest first, and whether there
// are more.
func (s *Service) Messages(
	ctx context.Context, p business.PersonID, f Filter,
) ([]Message, bool, error) {
	found, more, err := db.Page[Message](ctx, s.DB, sqlMessages, db.PageSize(f.Limit),
		pgx.NamedArgs{"person": p, "unread": f.Unread, "after": f.After})
	if err != nil {
		return nil, false, fmt.Errorf("inbox of person %d: %w", p, err)
	}
	return found, more, nil
}

// Unread counts what a person has not opened.
func (s *Service) Unread(ctx context.Context, p business.PersonID) (int64, error) {
	var n int64
	err := s.DB.QueryRow(ctx, sqlUnread, pgx.NamedArgs{"person": p}).Scan(&n)
	return n, err
}

// Read marks a message of a person's inbox as read, or all of them when id is 0.
// Who has read it already read it then. It fails with ErrNoMessage.
func (s *Service) Read(ctx context.Context, p business.PersonID, id int64) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		done, err := tx.Exec(ctx, sqlRead, pgx.NamedArgs{"person": p, "id": id, "now": s.Clock.Now()})
		if err != nil {
			return fmt.Errorf("read message %d: %w", id, err)
		}
		if id != 0 && done.RowsAffected() == 0 {
			return ErrNoMessage
		}
		return s.Announcer.Notice(ctx, tx, Topic, []int64{int64(p)}, struct{}{})
	})
}
