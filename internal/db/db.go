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

const maxTries = 3

// InTx runs fn in one READ COMMITTED transaction and commits when fn returns
// nil. A serialization failure (40001) or deadlock (40P01) is tried again, at
// most three times in all, so fn must have no effect outside the transaction.
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
		err = pgx.BeginFunc(ctx, d.Pool, fn)
		if !retryable(err) {
			return err
		}
	}
	return err
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
