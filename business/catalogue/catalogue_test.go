package catalogue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
)

type noTrail struct{}

func (noTrail) Record(context.Context, db.Tx, business.Actor, business.Change) error { return nil }

type shop struct {
	*catalogue.Service
	clock *clock.Manual
	mu    sync.Mutex
	keys  int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	now := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	return &shop{
		Service: &catalogue.Service{DB: pgtest.DB(t), Clock: now, Audit: noTrail{}}, clock: now,
	}
}

func (s *shop) by() catalogue.By {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys++
	return catalogue.By{
		Actor: business.Actor{Person: 1}, Key: idem.Key(fmt.Sprintf("catalogue-%d", s.keys)),
	}
}

func water(spec string) catalogue.Fields {
	return catalogue.Fields{Name: "Water", Spec: spec, Unit: "case", Price: 2400, TaxBP: 1300, Active: true}
}

// feature: Z5.7.1
func TestAProductNeedsNameAndUnitAndIsThereOnce(t *testing.T) {
	s := newShop(t)
	for _, f := range []catalogue.Fields{
		{Unit: "case"}, {Name: "  ", Unit: "case"}, {Name: "Water"}, {Name: "Water", Unit: "case", Price: -1},
		{Name: "Water", Unit: "case", Decimals: 4}, {Name: "Water", Unit: "case", TaxBP: 5001},
	} {
		if _, err := s.Create(t.Context(), s.by(), f); !errors.Is(err, catalogue.ErrInvalid) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	first, err := s.Create(t.Context(), s.by(), water("550 ml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), s.by(), water(" 550 ml ")); !errors.Is(err, catalogue.ErrDuplicate) {
		t.Errorf("the same product again: %v", err)
	}
	second, err := s.Create(t.Context(), s.by(), water("1.5 l"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(t.Context(), business.Actor{}, second.ID, 1, water("550 ml")); !errors.Is(err, catalogue.ErrDuplicate) {
		t.Errorf("renamed to an existing one: %v", err)
	}
	if _, err := s.Update(t.Context(), business.Actor{}, second.ID, 7, water("1 l")); !errors.Is(err, catalogue.ErrChanged) {
		t.Errorf("a stale change: %v", err)
	}
	if all, _, err := s.Products(t.Context(), catalogue.Filter{Words: "ｗater 550"}); err != nil ||
		len(all) != 1 || all[0].ID != first.ID {
		t.Errorf("found %+v %v", all, err)
	}
}

// feature: Z5.7.1-a
func TestCodesAreGivenOnceInARace(t *testing.T) {
	s := newShop(t)
	drinks, err := s.CreateCategory(t.Context(), s.by(), catalogue.NewCategory{Name: "Drinks", Prefix: "DR"})
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]string, 30)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() {
			f := water(fmt.Sprint(i))
			f.Category = drinks.ID
			if i == 7 {
				f.Name = "" // a refused product takes no number from the others
			}
			p, err := s.Create(t.Context(), s.by(), f)
			if err != nil && i != 7 {
				t.Error(err)
			}
			codes[i] = p.Code
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for i, c := range codes {
		if i != 7 && (seen[c] || len(c) != 7 || c[:2] != "DR") {
			t.Errorf("code %q", c)
		}
		seen[c] = true
	}
	plain, err := s.Create(t.Context(), s.by(), water("no category"))
	if err != nil || plain.Code != "P00001" {
		t.Errorf("%q %v", plain.Code, err)
	}
	moved := water("no category")
	moved.Category = drinks.ID
	after, err := s.Update(t.Context(), business.Actor{}, plain.ID, 1, moved)
	if err != nil || after.Code != "P00001" {
		t.Errorf("the code changed with the category: %q %v", after.Code, err)
	}
}

// feature: G43
func TestCategoriesAreATreeOfAnyDepth(t *testing.T) {
	s := newShop(t)
	make := func(name string, parent business.CategoryID) catalogue.Category {
		t.Helper()
		c, err := s.CreateCategory(t.Context(), s.by(), catalogue.NewCategory{Parent: parent, Name: name, Prefix: "X"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	top, other := make("top", 0), make("other", 0)
	chain := []catalogue.Category{top}
	for i := range 8 {
		c := make(fmt.Sprint("level ", i), chain[len(chain)-1].ID)
		chain = append(chain, c)
	}
	for i, c := range chain {
		f := water(fmt.Sprint(i))
		f.Category = c.ID
		if _, err := s.Create(t.Context(), s.by(), f); err != nil {
			t.Fatal(err)
		}
	}
	counts := func() map[business.CategoryID]int64 {
		t.Helper()
		tree, err := s.Categories(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[business.CategoryID]int64{}
		below := map[business.CategoryID]int64{}
		for _, c := range tree {
			out[c.ID] = c.Products
			below[c.Parent] += c.Products
		}
		for _, c := range tree { // a parent is its children and its own
			if c.Products != c.Own+below[c.ID] {
				t.Errorf("%s: %d products, %d own, %d below", c.Name, c.Products, c.Own, below[c.ID])
			}
		}
		return out
	}
	if n := counts(); n[top.ID] != 9 || n[chain[3].ID] != 6 || n[other.ID] != 0 {
		t.Fatalf("%v", n)
	}
	move := func(c catalogue.Category, parent business.CategoryID) error {
		_, err := s.ChangeCategory(t.Context(), business.Actor{}, c.ID, c.Version,
			catalogue.NewCategory{Parent: parent, Name: c.Name, Prefix: c.Prefix})
		return err
	}
	if err := move(top, chain[5].ID); !errors.Is(err, catalogue.ErrCycle) {
		t.Errorf("a circle: %v", err)
	}
	if err := move(chain[3], other.ID); err != nil {
		t.Fatal(err)
	}
	if n := counts(); n[top.ID] != 3 || n[other.ID] != 6 {
		t.Errorf("the subtree did not move: %v", n)
	}
	found, _, err := s.Products(t.Context(), catalogue.Filter{Category: other.ID})
	if total, _ := s.Count(t.Context(), catalogue.Filter{Category: other.ID}); err != nil || len(found) != 6 || total != 6 {
		t.Errorf("%d products, %d counted, %v", len(found), total, err)
	}
}

func TestThePriceKnowsSinceWhen(t *testing.T) {
	s := newShop(t)
	p, err := s.Create(t.Context(), s.by(), water("550 ml"))
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Hour)
	f := water("550 ml")
	f.Bin = "A-01"
	same, err := s.Update(t.Context(), business.Actor{}, p.ID, 1, f)
	if err != nil || !same.PricedAt.Equal(p.PricedAt) {
		t.Errorf("another bin moved the price's day: %v %v", same.PricedAt, err)
	}
	f.Price++
	now, err := s.Update(t.Context(), business.Actor{}, p.ID, 2, f)
	if err != nil || !now.PricedAt.Equal(s.clock.Now()) {
		t.Errorf("a new price: %v %v", now.PricedAt, err)
	}
}

func TestAnImportRefusesByLine(t *testing.T) {
	s := newShop(t)
	file := []byte("名称,规格,单位,单价,税率\n矿泉水,550ml,箱,24.00,13%\n,x,箱,1,\n可乐,,箱,abc,\n矿泉水,550ml,箱,25,\n果汁,1L,瓶,9.5,13\n")
	by := s.by()
	first, err := s.Import(t.Context(), by, file)
	if err != nil || first.Rows != 5 || first.Created != 2 || first.Refused != 3 {
		t.Fatalf("%+v %v", first, err)
	}
	for i, want := range []struct {
		line  int
		field string
	}{{3, "name"}, {4, "price"}, {5, ""}} {
		if f := first.Faults[i]; f.Line != want.line || f.Field != want.field {
			t.Errorf("fault %d: %+v, want %+v", i, f, want)
		}
	}
	again, err := s.Import(t.Context(), by, file)
	if err != nil || again.Created != 2 {
		t.Errorf("a replay: %+v %v", again, err)
	}
	all, _, err := s.Products(t.Context(), catalogue.Filter{})
	if err != nil || len(all) != 2 || all[1].Price+all[0].Price != 3350 {
		t.Errorf("%+v %v", all, err)
	}
	if _, err := s.Import(t.Context(), s.by(), []byte("a,b\n1,2\n")); !errors.Is(err, catalogue.ErrColumns) {
		t.Errorf("no headings: %v", err)
	}
}

func TestPagesHoldEveryProductOnce(t *testing.T) {
	s := newShop(t)
	for i := range 23 {
		f := water(fmt.Sprint(i))
		f.Name = fmt.Sprint("Product ", i%5)
		if _, err := s.Create(t.Context(), s.by(), f); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[business.ProductID]bool{}
	for f := (catalogue.Filter{Limit: 4}); ; {
		page, next, err := s.Products(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			if seen[p.ID] {
				t.Errorf("%s stands on two pages", p.Code)
			}
			seen[p.ID] = true
		}
		if next == nil {
			break
		}
		f.After = *next
	}
	if len(seen) != 23 {
		t.Errorf("%d products on the pages", len(seen))
	}
}
