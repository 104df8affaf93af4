package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func leftovers(t *testing.T, s *Store) int {
	t.Helper()
	left, err := os.ReadDir(s.incoming())
	if err != nil {
		t.Fatal(err)
	}
	return len(left)
}

func TestPutAndRead(t *testing.T) {
	s := open(t)
	want := bytes.Repeat([]byte("photo "), 100_000)
	var wait sync.WaitGroup
	keys := make([]Key, 8)
	for i := range keys {
		wait.Go(func() {
			key, n, err := s.Put(t.Context(), bytes.NewReader(want), 1<<20)
			if err != nil || n != int64(len(want)) {
				t.Errorf("put: %d bytes, %v", n, err)
			}
			keys[i] = key
		})
	}
	wait.Wait()
	for _, k := range keys[1:] {
		if k != keys[0] {
			t.Errorf("the same file is %s and %s", k, keys[0])
		}
	}
	f, err := s.Open(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if n := leftovers(t, s); n != 0 {
		t.Errorf("%d half files are left", n)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the phone is gone") }

func TestWhatFailsLeavesNothing(t *testing.T) {
	s := open(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.Put(t.Context(), strings.NewReader("12345"), 4)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, _, err := s.Put(t.Context(), strings.NewReader("1234"), 4); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	half := io.MultiReader(strings.NewReader("half"), broken{})
	if _, _, err := s.Put(t.Context(), half, 100); err == nil {
		t.Error("half a file was kept")
	}
	if _, _, err := s.Put(ended, strings.NewReader("x"), 100); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if n := leftovers(t, s); n != 0 {
		t.Errorf("%d half files are left", n)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	s := open(t)
	secret := filepath.Join(filepath.Dir(s.dir), "secret")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range []Key{"", "x", "../../secret", Key(strings.Repeat("AB", 32)),
		Key(strings.Repeat("0g", 32)), Key(strings.Repeat("00", 32))} {
		if _, err := s.Open(k); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", k, err)
		}
		if err := s.Remove(k); err != nil {
			t.Errorf("remove %q: %v", k, err)
		}
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error("a key reached outside the store")
	}
}

func TestDamageIsFound(t *testing.T) {
	s := open(t)
	key, _, err := s.Put(t.Context(), strings.NewReader("contract"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(key); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(s.path(key), []byte("contrast"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(key); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if err := s.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(key); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}

func TestLeftoversOfKilledRunsGo(t *testing.T) {
	s := open(t)
	old, fresh := filepath.Join(s.incoming(), "put-old"), filepath.Join(s.incoming(), "put-fresh")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if n := leftovers(t, s); n != 1 {
		t.Errorf("%d are left, want the one that another process may be writing", n)
	}
}
