package idem_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
)

type answer struct {
	ID   int64     `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

func TestTheFirstAnswerIsGivenToEveryReplay(t *testing.T) {
	tx := pgtest.Tx(t)
	runs := 0
	ask := func(actor int64, key idem.Key, request any) (answer, error) {
		return idem.Once(t.Context(), tx, actor, key, request, func() (answer, error) {
			runs++
			return answer{int64(runs), "名", time.Date(2026, 11, 23, 10, 30, 0, 1000, time.UTC)}, nil
		})
	}
	first, err := ask(7, "key-00000001", "request")
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if again, err := ask(7, "key-00000001", "request"); err != nil || again != first {
			t.Fatalf("%+v, %v, want %+v", again, err, first)
		}
	}
	if runs != 1 {
		t.Fatalf("the command ran %d times", runs)
	}
	if _, err := ask(7, "key-00000001", "another request"); !errors.Is(err, idem.ErrKeyReused) {
		t.Errorf("the key of another request: %v", err)
	}
	if other, err := ask(8, "key-00000001", "request"); err != nil || other.ID != 2 {
		t.Errorf("another person's key: %+v, %v", other, err)
	}
}

func TestKeysOutOfBoundsAreRefused(t *testing.T) {
	tx := pgtest.Tx(t)
	for _, key := range []idem.Key{"", "1234567", idem.Key(strings.Repeat("x", 201))} {
		_, err := idem.Once(t.Context(), tx, 1, key, nil, func() (int, error) {
			t.Error("the command ran")
			return 0, nil
		})
		if !errors.Is(err, idem.ErrKeyMissing) {
			t.Errorf("%d characters: %v", len(key), err)
		}
	}
}

// TestAFailureIsNotKept rolls back as a failed command does; the key is free then.
func TestAFailureIsNotKept(t *testing.T) {
	d := pgtest.DB(t)
	broken := errors.New("broken")
	for _, want := range []error{broken, nil} {
		err := d.InTx(t.Context(), func(tx db.Tx) error {
			_, err := idem.Once(t.Context(), tx, 1, "key-00000002", "r", func() (int, error) { return 5, want })
			return err
		})
		if !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
	}
}

func TestConcurrentReplaysWaitForTheFirst(t *testing.T) {
	d := pgtest.DB(t)
	var mu sync.Mutex
	runs := 0
	var all sync.WaitGroup
	answers := make([]int, 30)
	for i := range answers {
		all.Go(func() {
			err := d.InTx(t.Context(), func(tx db.Tx) error {
				n, err := idem.Once(t.Context(), tx, 1, "key-00000003", "r", func() (int, error) {
					mu.Lock()
					defer mu.Unlock()
					runs++
					time.Sleep(20 * time.Millisecond)
					return 40 + runs, nil
				})
				answers[i] = n
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, n := range answers {
		if n != 41 || runs != 1 {
			t.Fatalf("answers %v after %d runs", answers, runs)
		}
	}
}

// An answer goes after seven days; the key stays known, so that what lay on a phone for
// weeks is not done again.
func TestOldAnswersAreForgottenAndTheirKeysKnown(t *testing.T) {
	tx := pgtest.Tx(t)
	once := func() (n int, err error) {
		_, err = idem.Once(t.Context(), tx, 1, "key-00000004", "r", func() (int, error) { n++; return 0, nil })
		return n, err
	}
	if n, err := once(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for _, step := range []struct {
		after     time.Duration
		forgotten int64
		runs      int
		want      error
	}{
		{idem.Kept - time.Minute, 0, 0, nil},
		{idem.Kept + time.Minute, 1, 0, idem.ErrKeyReused},
		{idem.Spent - time.Minute, 0, 0, idem.ErrKeyReused},
		{idem.Spent + time.Minute, 0, 1, nil},
	} {
		n, err := idem.Purge(t.Context(), tx, time.Now().Add(step.after))
		if err != nil || n != step.forgotten {
			t.Fatalf("after %v: %d forgotten, %v", step.after, n, err)
		}
		if runs, err := once(); runs != step.runs || !errors.Is(err, step.want) {
			t.Errorf("after %v: it ran %d times, %v", step.after, runs, err)
		}
	}
	if _, err := idem.Once(t.Context(), tx, 2, "key-00000004", "r", func() (int, error) { return 0, nil }); err != nil {
		t.Errorf("another person's key: %v", err)
	}
}
