// Package db opens PostgreSQL and runs transactions.
//
// Statements are hand-written constants in the packages that own the rows;
// package db knows no table.
package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"beatplan/geo/postgis"
)

// Tx is an open transaction. Ports receive one and never end it.
type Tx = pgx.Tx

// Querier is what a read needs: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// DB is one company's database. It is safe for concurrent use.
type DB struct {
	*pgxpool.Pool
}

// Open connects to url, registers the PostGIS types on every connection and
// checks that the server answers. The database must have the postgis extension.
func Open(ctx context.Context, url string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	return OpenConfig(ctx, cfg)
}

// OpenConfig is Open for a parsed configuration.
func OpenConfig(ctx context.Context, cfg *pgxpool.Config) (*DB, error) {
	cfg.AfterConnect = postgis.Register
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database does not answer: %w", err)
	}
	return &DB{pool}, nil
}

// Among is the end of a condition that holds for the ids of the parameter @ids, by a
// plan that is made once: the array comes by a sub-select, so that the planner never
// knows its length and takes no plan for these values to be cheaper. For single rows
// that are asked for all day, of which planning takes longer than reading.
const Among = ` = any(array(select unnest(@ids::bigint[])))`

const maxTries = 3

// InTx runs fn in one READ COMMITTED transaction and commits when fn returns
// nil. A serialization failure (40001) or deadlock (40P01) is tried again, at
// most three times in all, so fn must have no effect outside the transaction. When
// it returns nil the transaction is durable.
func (d *DB) InTx(ctx context.Context, fn func(tx Tx) error) error {
	var err error
	for try := range maxTries {
		if try > 0 {
			pause := time.Duration(10+rand.IntN(40)) * time.Millisecond
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
		}
		err = d.inTx(ctx, fn)
		if !retryable(err) {
			return err
		}
	}
	return err
}

func (d *DB) inTx(ctx context.Context, fn func(tx Tx) error) error {
	conn, err := d.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var late bool
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		t := &transaction{Tx: tx, late: &late}
		if err := fn(t); err != nil {
			return err
		}
		return t.flush(ctx)
	})
	if err != nil || !late {
		return err
	}
	if _, err := conn.Exec(ctx, sqlFlush); err != nil {
		return fmt.Errorf("wait until it is on the disk: %w", err)
	}
	return nil
}

const (
	sqlLate = `select set_config('synchronous_commit', 'off', true)`
	// The log is written in order: whoever waits for this record waits for all before.
	sqlFlush = `select pg_logical_emit_message(true, 'beatplan', '')`
)

// transaction is one of [DB.InTx].
type transaction struct {
	pgx.Tx
	late   *bool      // durable only after sqlFlush
	queued *pgx.Batch // by Later; nil: nothing
}

// Begin starts a nested transaction, which shares the fate of the outer one.
func (t *transaction) Begin(ctx context.Context) (pgx.Tx, error) {
	inner, err := t.Tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &transaction{Tx: inner, late: t.late}, nil
}

// Commit ends a nested transaction.
func (t *transaction) Commit(ctx context.Context) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.Tx.Commit(ctx)
}

// flush runs what was queued, in one message.
func (t *transaction) flush(ctx context.Context) error {
	if t.queued == nil {
		return nil
	}
	batch := t.queued
	t.queued = nil
	return t.SendBatch(ctx, batch).Close()
}

// maxQueued is how many statements wait at most.
const maxQueued = 64

// Later runs a statement of which nobody waits for the result before the transaction
// commits, in one message with the others of its kind and in their order: what many
// commands write last, such as the trail, costs no round trip each. Nothing later in the
// transaction may read what it writes. It fails as that statement when the transaction
// ends, or now, when many wait. In a transaction that is not of [DB.InTx] it is a plain
// Exec.
func Later(ctx context.Context, tx Tx, sql string, args ...any) error {
	t, ok := tx.(*transaction)
	if !ok {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}
	if t.queued == nil {
		t.queued = &pgx.Batch{}
	}
	t.queued.Queue(sql, args...)
	if t.queued.Len() < maxQueued {
		return nil
	}
	return t.flush(ctx)
}

// CommitFirst is [Later] for a statement that holds a lock of the whole database while
// its transaction commits, as NOTIFY does. The transaction, one of [DB.InTx], commits in
// memory and goes to the disk right afterwards, still before InTx returns: so many
// share one write to the disk, where otherwise each would wait for the write of the one
// before. Others may see the rows for some milliseconds before they are durable;
// whatever they commit is durable after them. In another transaction it is a plain Exec.
func CommitFirst(ctx context.Context, tx Tx, sql string, args ...any) error {
	if t, ok := tx.(*transaction); ok && !*t.late {
		*t.late = true
		if err := Later(ctx, tx, sqlLate); err != nil {
			return err
		}
	}
	return Later(ctx, tx, sql, args...)
}

// Settle has [DB.InTx] wait until everything that the transaction has read is durable:
// for answers that promise what another transaction did a moment ago.
func Settle(tx Tx) {
	if t, ok := tx.(*transaction); ok {
		*t.late = true
	}
}

func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Violates reports whether err is a breach of the named constraint.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}
