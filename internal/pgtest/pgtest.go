// Package pgtest gives tests a real PostgreSQL with PostGIS, migrated.
//
// One private server, with fsync off, is shared by all test processes of a user.
// The first test that needs it starts it and a watchdog, which stops it when no
// test has used it for half a minute. Databases are copied from a template that
// is named by the hash of the migrations, so a changed migration makes a new
// template and nothing has to be cleaned by hand.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
)

// Tx returns a transaction on a migrated database; it is rolled back when the
// test ends. The database is this test process's own; nothing in it is ever
// committed, so tests may run in parallel as long as they do not wait for each
// other's unique keys.
func Tx(t testing.TB) db.Tx {
	t.Helper()
	s := join(t)
	name, err := s.processDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// One connection suffices, and db.Open makes it as the product makes its own.
	pool := open(t, s, name)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Error("roll back:", err)
		}
	})
	return tx
}

// DB returns a fresh migrated database, for tests that commit, race or run jobs.
// It is closed and dropped when the test ends.
func DB(t testing.TB) *db.DB {
	t.Helper()
	s := join(t)
	name := s.freshName()
	if err := s.copyTemplate(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := s.drop(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return open(t, s, name)
}

// URL is the address of the database that DB returned, for tests that open it a
// second time or hand it to a program.
func URL(d *db.DB) string { return d.Config().ConnString() }

func open(t testing.TB, s *server, name string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), s.pg.URL(name))
	if err != nil {
		t.Fatal(fmt.Errorf("open test database: %w", err))
	}
	t.Cleanup(d.Close)
	return d
}
