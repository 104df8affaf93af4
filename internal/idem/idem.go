// Package idem makes commands idempotent: the first answer to a key is kept and
// given again to every replay.
//
// The table is idem.keys (actor, key, request hash, answer, at); rows are kept
// for seven days. The answer is stored in the command's own transaction, so a
// key is known if and only if its effect is. Then the key alone goes to idem.spent for
// a hundred days more: a phone that lay in a drawer does nothing twice.
package idem

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// Key is the caller's Idempotency-Key: 8 to 200 characters, a UUID as a rule.
type Key string

// Kept is how long an answer is remembered, and Spent how long a key is known.
const (
	Kept  = 7 * 24 * time.Hour
	Spent = 107 * 24 * time.Hour
)

// What can be wrong with a key.
var (
	ErrKeyMissing = fail.New(fail.Malformed, "idem.key_missing",
		"This command needs an Idempotency-Key header of 8 to 200 characters.")
	ErrKeyReused = fail.New(fail.Conflict, "idem.key_reused",
		"This Idempotency-Key was used before, for another request or more than seven days ago.")
)

const (
	sqlClaim = `
insert into idem.keys (actor, key, request)
select @actor::bigint, @key::text, @request::text
where not exists (select from idem.spent where actor = @actor and key = @key)
on conflict (actor, key) do nothing`
	sqlRead  = `select request, answer from idem.keys where actor = @actor and key = @key for update`
	sqlKeep  = `update idem.keys set answer = @answer where actor = @actor and key = @key`
	sqlPurge = `
with old as (delete from idem.keys where at < @before returning actor, key, at)
insert into idem.spent (actor, key, at) select actor, key, at from old
on conflict (actor, key) do nothing`
	sqlDrop = `delete from idem.spent where at < @before`

	// A short word tells of somebody only when it is a whole value.
	sqlForget = `
update idem.keys set answer = 'null' where exists (select from unnest(@words::text[]) w
	where strpos(answer::text, case when length(w) < 6 then to_json(w)::text else w end) > 0)`
)

// Once runs fn the first time that the actor sends key and returns the kept
// answer at every replay. Concurrent replays wait for the first. A key that
// comes again with another request, or when its answer is not kept any more, fails
// with [ErrKeyReused]; a key out of bounds with [ErrKeyMissing]. When fn fails nothing
// is kept.
func Once[T any](
	ctx context.Context, tx db.Tx, actor int64, key Key, request any, fn func() (T, error),
) (T, error) {
	var zero T
	if len(key) < 8 || len(key) > 200 {
		return zero, ErrKeyMissing
	}
	sum, err := digest(request)
	if err != nil {
		return zero, err
	}
	args := pgx.NamedArgs{"actor": actor, "key": string(key), "request": sum}
	tag, err := tx.Exec(ctx, sqlClaim, args)
	if err != nil {
		return zero, fmt.Errorf("claim idempotency key: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return replay[T](ctx, tx, args, sum)
	}
	answer, err := fn()
	if err != nil {
		return zero, err
	}
	if args["answer"], err = json.Marshal(answer); err != nil {
		return zero, fmt.Errorf("keep answer: %w", err)
	}
	if err := db.Later(ctx, tx, sqlKeep, args); err != nil {
		return zero, fmt.Errorf("keep answer: %w", err)
	}
	return answer, nil
}

// Purge forgets the answers that are older than [Kept] at now, of which it tells the
// number, and the keys that are older than [Spent].
func Purge(ctx context.Context, q db.Querier, now time.Time) (int64, error) {
	tag, err := q.Exec(ctx, sqlPurge, pgx.NamedArgs{"before": now.Add(-Kept)})
	if err != nil {
		return 0, fmt.Errorf("forget old answers: %w", err)
	}
	if _, err := q.Exec(ctx, sqlDrop, pgx.NamedArgs{"before": now.Add(-Spent)}); err != nil {
		return 0, fmt.Errorf("forget old keys: %w", err)
	}
	return tag.RowsAffected(), nil
}

// Forget empties the remembered answers that hold one of the words: what told of
// somebody who is erased. Their commands stay done; a replay answers the zero value.
func Forget(ctx context.Context, tx db.Tx, words []string) error {
	if _, err := tx.Exec(ctx, sqlForget, pgx.NamedArgs{"words": words}); err != nil {
		return fmt.Errorf("forget kept answers: %w", err)
	}
	return nil
}

func replay[T any](ctx context.Context, tx db.Tx, args pgx.NamedArgs, sum string) (T, error) {
	var answer T
	var request string
	var kept []byte
	err := tx.QueryRow(ctx, sqlRead, args).Scan(&request, &kept)
	if errors.Is(err, pgx.ErrNoRows) {
		return answer, ErrKeyReused // spent: it was done, its answer is gone
	}
	if err != nil {
		return answer, fmt.Errorf("read idempotency key: %w", err)
	}
	if request != sum {
		return answer, ErrKeyReused
	}
	db.Settle(tx) // the first answer is promised once more
	if err := json.Unmarshal(kept, &answer); err != nil {
		return answer, fmt.Errorf("read kept answer: %w", err)
	}
	return answer, nil
}

func digest(request any) (string, error) {
	b, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("digest of request: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
