package site

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/pgtest"
)

type trail struct {
	mu   sync.Mutex
	said [][2]Site
}

func (t *trail) SiteSet(_ context.Context, _ db.Tx, _ int64, before, after Site) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, [2]Site{before, after})
	return nil
}

func TestPlacesAreSetChangedAndRemoved(t *testing.T) {
	said := &trail{}
	s := &Service{DB: pgtest.DB(t), Clock: clock.System{}, Audit: said}
	ctx := t.Context()
	north := Site{"WH-1", "North store", Warehouse, orb.Point{-75.5, 39.7}}
	moved := north
	moved.Position = orb.Point{-75.6, 39.8}
	head := Site{"HQ", "总部", Office, orb.Point{117.0, 36.66}}
	for _, place := range []Site{north, head, moved, moved} {
		if err := s.Set(ctx, 7, place); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := s.Sites(ctx); err != nil || !slices.Equal(all, []Site{head, moved}) {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := s.Remove(ctx, 7, "WH-1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, 7, "WH-1"); !fail.Is(err, fail.NotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if all, err := s.Sites(ctx); err != nil || !slices.Equal(all, []Site{head}) {
		t.Errorf("%+v, %v", all, err)
	}
	want := [][2]Site{{{}, north}, {{}, head}, {north, moved}, {moved, {}}}
	if !slices.Equal(said.said, want) {
		t.Errorf("the trail has %+v, want %+v", said.said, want)
	}
	for field, place := range map[string]Site{
		"code":     {"a b", "Store", Warehouse, head.Position},
		"name":     {"A", strings.Repeat("n", 101), Warehouse, head.Position},
		"kind":     {"A", "Store", "castle", head.Position},
		"position": {"A", "Store", Office, orb.Point{200, 0}},
	} {
		if e := fail.As(s.Set(ctx, 7, place)); e == nil || len(e.Fields) != 1 || e.Fields[0].Path != field {
			t.Errorf("%s: %v", field, e)
		}
	}
}

// TestEditorsAtTheSameTimeLoseNoNote: each change in the trail begins with what the one
// before it left, also the first of a code.
func TestEditorsAtTheSameTimeLoseNoNote(t *testing.T) {
	const editors, changes = 4, 8
	said := &trail{}
	s := &Service{DB: pgtest.DB(t), Clock: clock.System{}, Audit: said}
	var all sync.WaitGroup
	for e := range editors {
		all.Go(func() {
			for i := range changes {
				name := strconv.Itoa(e) + " " + strconv.Itoa(i)
				place := Site{"WH-1", name, Warehouse, orb.Point{-75.5, 39.7}}
				if err := s.Set(t.Context(), int64(e), place); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(said.said) != editors*changes {
		t.Fatalf("%d notes of %d changes", len(said.said), editors*changes)
	}
	var was Site
	for i, note := range said.said {
		if note[0] != was {
			t.Fatalf("note %d begins with %+v, the one before ended with %+v", i, note[0], was)
		}
		was = note[1]
	}
}
