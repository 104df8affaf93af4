package crm

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/db"
)

func merge(t *testing.T, c *company, from, into business.CustomerID) Customer {
	t.Helper()
	got, err := c.Merge(t.Context(), c.manager(), from, into, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func again(t *testing.T, c *company, id business.CustomerID) Customer {
	t.Helper()
	got, err := c.Customer(t.Context(), c.manager().Scope, id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What still happens to documents of a customer that was merged, also over two steps,
// reaches the one that goes on, and a recount of that one keeps it.
func TestFiguresOfTheMergedReachTheOneThatGoesOn(t *testing.T) {
	c := newCompany(t)
	first := c.create(t, c.sells(anna), shop("First shop", dover)).ID
	middle := c.create(t, c.sells(anna), shop("Middle shop", orb.Point{-75.4, 39.2})).ID
	last := c.create(t, c.sells(anna), shop("Last shop", orb.Point{-75.6, 39.4})).ID
	at := c.clock.Now()
	c.in(t, func(tx db.Tx) error { return c.OrdersWere(t.Context(), tx, first, &at, 500) })
	merge(t, c, first, middle)
	if got := merge(t, c, middle, last); got.Deals != 500 || got.Status != Active {
		t.Errorf("merged: deals %d, %s", got.Deals, got.Status)
	}
	later := at.Add(time.Hour)
	c.in(t, func(tx db.Tx) error {
		if err := c.OrdersWere(t.Context(), tx, first, &later, 300); err != nil {
			return err
		}
		if err := c.MoneyWas(t.Context(), tx, first, 40, 260); err != nil {
			return err
		}
		return c.VisitBecameValid(t.Context(), tx, ValidVisit{
			Visit: 1, Customer: first, Person: anna, At: later, Day: c.Today()})
	})
	check := func(when string) {
		t.Helper()
		got := again(t, c, last)
		if got.Deals != 300 || got.Receivable != 40 || got.Received != 260 || got.VisitCount != 1 ||
			got.LastOrderAt == nil || !got.LastOrderAt.Equal(later) || got.LastVisitDay != c.Today() {
			t.Errorf("%s: %+v", when, got)
		}
	}
	check("carried on")
	c.in(t, func(tx db.Tx) error {
		if err := c.OrdersWere(t.Context(), tx, last, nil, 0); err != nil {
			return err
		}
		return c.MoneyWas(t.Context(), tx, last, 0, 0)
	})
	check("recounted")
}

// Of merges of the same two customers at the same moment, either way round, one wins;
// those of two customers into a third both count.
func TestConcurrentMergesLoseNothing(t *testing.T) {
	c := newCompany(t)
	at := c.clock.Now()
	deals := func(name string, north float64, sum int64) business.CustomerID {
		id := c.create(t, c.sells(anna), shop(name, orb.Point{-75.4, north})).ID
		c.in(t, func(tx db.Tx) error { return c.OrdersWere(t.Context(), tx, id, &at, sum) })
		return id
	}
	race := func(pairs ...[2]business.CustomerID) (won [][2]business.CustomerID) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, p := range pairs {
			all.Go(func() {
				_, err := c.Merge(t.Context(), c.manager(), p[0], p[1], 0)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, p)
				} else if !errors.Is(err, ErrArchived) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		return won
	}
	type pair = [2]business.CustomerID
	a, b := deals("One shop", 39.2, 500), deals("Other shop", 39.3, 300)
	won := race(pair{a, b}, pair{b, a}, pair{a, b}, pair{b, a})
	if len(won) != 1 {
		t.Fatalf("merged %v", won)
	}
	gone, stays := again(t, c, won[0][0]), again(t, c, won[0][1])
	if gone.MergedInto != stays.ID || gone.ArchivedAt == nil || stays.ArchivedAt != nil || stays.Deals != 800 {
		t.Errorf("into %d, deals of %d: %d", gone.MergedInto, stays.ID, stays.Deals)
	}
	third, last := deals("Third shop", 39.4, 70), deals("Last shop", 39.5, 1)
	won = race(pair{stays.ID, last}, pair{third, last})
	if got := again(t, c, last); len(won) != 2 || got.Deals != 871 {
		t.Errorf("merged %v, deals %d", won, got.Deals)
	}
}

// Who left the company does not keep two customers from being merged, and follows none.
func TestAMergeForgetsWhoLeft(t *testing.T) {
	c := newCompany(t)
	into := c.create(t, c.sells(anna), shop("One shop", dover)).ID
	from := c.create(t, c.sells(ben), shop("Same shop", orb.Point{-75.4, 39.2})).ID
	share(t, c, c.sells(ben), from, int64(carla), int64(dan))
	c.in(t, func(tx db.Tx) error {
		return c.SaveOwners(t.Context(), tx, []Owner{
			{Person: ben, Name: "Ben", Team: 1, Of: "North"},
			{Person: dan, Name: "Dan", Team: 2, Of: "South"},
		})
	})
	if got := merge(t, c, from, into); !slices.Equal(got.SharedWith, []int64{int64(carla)}) {
		t.Errorf("shared with %v", got.SharedWith)
	}
}

// A photo of somebody else's customer is refused before the file is looked at.
func TestAPhotoIsRefusedBeforeItIsRead(t *testing.T) {
	c := newCompany(t)
	id := c.create(t, c.sells(anna), shop("Shared shop", dover)).ID
	share(t, c, c.sells(anna), id, int64(carla))
	shot := Shot{File: bytes.Repeat([]byte("no picture"), 9), By: AtDesk}
	_, err := c.SetPhoto(t.Context(), c.sells(dan), id, shot)
	refused(t, err, ErrNoCustomer)
	_, err = c.SetPhoto(t.Context(), c.sells(carla), id, shot)
	refused(t, err, ErrOnlyShared)
}
