package audit_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/pgtest"
)

func newLog(t *testing.T) *audit.Log {
	t.Helper()
	return &audit.Log{
		DB: pgtest.DB(t), Clock: clock.NewManual(time.Date(2026, 11, 23, 10, 0, 0, 123456789, time.UTC)),
		Anchors: &audit.File{Path: filepath.Join(t.TempDir(), "heads")},
	}
}

func record(t *testing.T, l *audit.Log, n int) {
	t.Helper()
	for i := range n {
		err := l.DB.InTx(t.Context(), func(tx db.Tx) error {
			return l.Record(t.Context(), tx, business.Actor{Person: 7, Role: business.Admin}, business.Change{
				Action: "test.thing.changed", Object: "thing", ID: int64(i + 1),
				Before: map[string]any{"name": "旧", "n": i}, After: map[string]any{"name": "新", "z": 1.5, "a": nil},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func seal(t *testing.T, l *audit.Log) int {
	t.Helper()
	n, err := l.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func verify(t *testing.T, l *audit.Log) *audit.Fault {
	t.Helper()
	f, _, err := l.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// feature: G34
func TestVerifyNamesTheFirstBadRow(t *testing.T) {
	tests := []struct {
		name, sql string
		seq       int64
		reason    audit.Reason
	}{
		{"edit", `update audit.entry set after = '{"name":"x"}' where id = 4`, 4, audit.Edited},
		{"edit of time", `update audit.entry set at = at + interval '1 microsecond' where id = 9`, 9, audit.Edited},
		{"edit of person", `update audit.entry set person_id = 8 where id = 2`, 2, audit.Edited},
		{"null before", `update audit.entry set before = null where id = 3`, 3, audit.Edited},
		{"edit of hash", `update audit.link set hash = sha256('x') where seq = 5`, 5, audit.Edited},
		{"deletion", `delete from audit.entry where id = 6`, 6, audit.Deleted},
		{"deletion with link", `with e as (delete from audit.link where seq = 6 returning entry_id)
			delete from audit.entry where id in (select entry_id from e)`, 6, audit.Deleted},
		{"insertion", `insert into audit.entry (at, person_id, role, action, object, object_id, address, request, agent)
			values (now(), 1, 'admin', 'x', 'y', 1, '', '', '')`, 0, audit.Inserted},
		{"truncation", `with e as (delete from audit.link where seq > 8 returning entry_id)
			delete from audit.entry where id in (select entry_id from e)`, 9, audit.CutOff},
		{"everything gone", `truncate audit.link; truncate audit.entry cascade`, 1, audit.CutOff},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			l := newLog(t)
			record(t, l, 6)
			seal(t, l)
			record(t, l, 6)
			seal(t, l)
			if f := verify(t, l); f != nil {
				t.Fatalf("a whole chain has a fault: %+v", f)
			}
			if _, err := l.DB.Exec(t.Context(), c.sql); err != nil {
				t.Fatal(err)
			}
			f := verify(t, l)
			if f == nil || f.Seq != c.seq || f.Reason != c.reason {
				t.Fatalf("fault %+v, want %d %s", f, c.seq, c.reason)
			}
		})
	}
}

func TestAChainThatWasRebuiltIsFound(t *testing.T) {
	l := newLog(t)
	record(t, l, 5)
	seal(t, l)
	_, err := l.DB.Exec(t.Context(), `update audit.entry set action = 'forged' where id = 3;
		delete from audit.link; insert into audit.pending select id from audit.entry`)
	if err != nil {
		t.Fatal(err)
	}
	forger := &audit.Log{DB: l.DB, Clock: l.Clock} // has the code, not the kept heads
	seal(t, forger)
	f := verify(t, l)
	if f == nil || f.Seq != 5 || f.Reason != audit.Replaced {
		t.Fatalf("fault %+v", f)
	}
}

func TestNoEntryWithoutItsEffect(t *testing.T) {
	l := newLog(t)
	gone := context.Canceled
	err := l.DB.InTx(t.Context(), func(tx db.Tx) error {
		if err := l.Record(t.Context(), tx, business.Actor{}, business.Change{Action: "x", Object: "y"}); err != nil {
			return err
		}
		return gone
	})
	if !errors.Is(err, gone) {
		t.Fatal(err)
	}
	if n := seal(t, l); n != 0 {
		t.Fatalf("%d entries of a command that failed", n)
	}
}

func TestCommandsAndSealersTogetherMakeOneChain(t *testing.T) {
	l := newLog(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				err := l.DB.InTx(t.Context(), func(tx db.Tx) error {
					return l.Record(t.Context(), tx, business.Actor{Person: business.PersonID(i)},
						business.Change{Action: "a", Object: strconv.Itoa(j)})
				})
				if err != nil {
					t.Error(err)
				}
				if j%5 == 0 {
					if _, err := l.Seal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	seal(t, l)
	f, n, err := l.Verify(t.Context())
	if f != nil || err != nil || n != 160 {
		t.Fatalf("fault %+v after %d: %v", f, n, err)
	}
}

func TestEntriesArePaged(t *testing.T) {
	l := newLog(t)
	record(t, l, 5)
	page, err := l.Entries(t.Context(), audit.Filter{Person: 7, Object: "thing"}, 0, 2)
	if err != nil || len(page) != 2 || page[0].ID != 5 {
		t.Fatalf("page %+v %v", page, err)
	}
	page, err = l.Entries(t.Context(), audit.Filter{}, page[1].ID, 10)
	if err != nil || len(page) != 3 || page[0].ID != 3 {
		t.Fatalf("page %+v %v", page, err)
	}
}
