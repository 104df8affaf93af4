package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
	"beatplan/internal/pgtest"
)

// durable opens the test's database as a company's is: commits reach the disk.
func durable(t *testing.T) *db.DB {
	t.Helper()
	c := pgtest.DB(t).Config()
	c.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
	d, err := db.OpenConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if _, err := d.Exec(t.Context(), `create table written (n int, place serial); create table said (word text)`); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestWhatCommitsFirstIsOnTheDiskWhenItReturns: the commit itself does not wait, the
// caller does, for the commit's own place in the log.
func TestWhatCommitsFirstIsOnTheDiskWhenItReturns(t *testing.T) {
	d, ctx := durable(t), t.Context()
	for n := range 20 {
		var at string
		err := d.InTx(ctx, func(tx db.Tx) error {
			if _, err := tx.Exec(ctx, `insert into written values ($1)`, n); err != nil {
				return err
			}
			if err := db.CommitFirst(ctx, tx, `select pg_notify('test', $1)`, "x"); err != nil {
				return err
			}
			if err := db.CommitFirst(ctx, tx, `select pg_notify('test', $1)`, "y"); err != nil {
				return err
			}
			at = here(t, tx)
			return db.Later(ctx, tx, `insert into said select current_setting('synchronous_commit')`)
		})
		if err != nil {
			t.Fatal(err)
		}
		onDisk(t, d, at)
	}
	var how string
	err := d.QueryRow(ctx, `select string_agg(distinct word, ' ') from said`).Scan(&how)
	if err != nil || how != "off" {
		t.Errorf("the commit holds its lock while the disk writes: %q, %v", how, err)
	}
	if err := d.QueryRow(ctx, `show synchronous_commit`).Scan(&how); err != nil || how != "on" {
		t.Errorf("other transactions commit with %s, %v", how, err)
	}
}

// here is how far the log is written at least, in memory.
func here(t *testing.T, q db.Querier) string {
	t.Helper()
	var at string
	err := q.QueryRow(t.Context(), `select pg_current_wal_insert_lsn()::text`).Scan(&at)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// onDisk fails when the log is not flushed that far.
func onDisk(t *testing.T, d *db.DB, at string) {
	t.Helper()
	var all bool
	err := d.QueryRow(t.Context(),
		`select pg_current_wal_flush_lsn() >= $1::text::pg_lsn`, at).Scan(&all)
	if err != nil || !all {
		t.Fatalf("the caller was told before it was on the disk (%v)", err)
	}
}

// TestAPromiseOfAnotherTransactionWaitsForIt: what another transaction committed in
// memory alone is on the disk when somebody promises it again.
func TestAPromiseOfAnotherTransactionWaitsForIt(t *testing.T) {
	d, ctx := durable(t), t.Context()
	for range 20 {
		if _, err := d.Exec(ctx, `begin; set local synchronous_commit = off;
			insert into written values (1); commit`); err != nil {
			t.Fatal(err)
		}
		at := here(t, d)
		if err := d.InTx(ctx, func(tx db.Tx) error { db.Settle(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		onDisk(t, d, at)
	}
}

func TestWhatFailsIsNotThere(t *testing.T) {
	d, ctx := durable(t), t.Context()
	refused := errors.New("refused")
	err := d.InTx(ctx, func(tx db.Tx) error {
		inner, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if err := db.CommitFirst(ctx, inner, `insert into written values (1)`); err != nil {
			return err
		}
		if err := inner.Commit(ctx); err != nil {
			return err
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	var n int
	if err := d.QueryRow(ctx, `select count(*) from written`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows are left, %v", n, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := d.InTx(ended, func(db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a transaction of nobody: %v", err)
	}
}

// TestWhatIsLeftForLaterComesInItsOrder: at the end, or when many wait; what was queued
// in a nested transaction that was taken back does not come.
func TestWhatIsLeftForLaterComesInItsOrder(t *testing.T) {
	d, ctx := durable(t), t.Context()
	var before int
	err := d.InTx(ctx, func(tx db.Tx) error {
		for n := range 100 {
			if err := db.Later(ctx, tx, `insert into written values ($1)`, n); err != nil {
				return err
			}
		}
		for _, keep := range []bool{true, false} {
			inner, err := tx.Begin(ctx)
			if err != nil {
				return err
			}
			if err := db.Later(ctx, inner, `insert into written
				select 1000 + count(*) from written where n < 50 and $1`, keep); err != nil {
				return err
			}
			end := inner.Rollback
			if keep {
				end = inner.Commit
			}
			if err := end(ctx); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, `select count(*) from written where n < 100`).Scan(&before)
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.Query(ctx, `select n from written order by place`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	nested := slices.Index(got, 1050) // when it was queued, and those before it
	if nested < 0 || before == 0 || before >= 100 {
		t.Fatalf("%d while it went on, at the end %v", before, got)
	}
	got = slices.Delete(got, nested, nested+1)
	if len(got) != 100 || !slices.IsSorted(got) {
		t.Errorf("at the end %v", got)
	}
	err = d.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, `insert into written values (-1)`); err != nil {
			return err
		}
		return db.Later(ctx, tx, `insert into written values (1 / 0)`)
	})
	var left int
	if scan := d.QueryRow(ctx, `select count(*) from written where n < 0`).Scan(&left); scan != nil {
		t.Fatal(scan)
	}
	if err == nil || left != 0 {
		t.Errorf("a statement failed at the end: %v, %d rows stay", err, left)
	}
}
