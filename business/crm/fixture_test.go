package crm

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// company is a small company on a real database: two teams, four salespeople, a
// manager who sees everything.
type company struct {
	*Service
	db    *db.DB
	bus   *events.Bus
	clock *clock.Manual
	keys  atomic.Int64
}

const (
	boss  business.PersonID = 1
	anna  business.PersonID = 11 // team 1
	ben   business.PersonID = 12 // team 1
	carla business.PersonID = 21 // team 2
	dan   business.PersonID = 22 // team 2
	gone  business.PersonID = 31 // left the company
)

func newCompany(t testing.TB) *company {
	t.Helper()
	d := pgtest.DB(t)
	bus, err := events.New(d, events.Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewManual(time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC)) // 10:30 in New York
	c := &company{db: d, bus: bus, clock: now,
		Service: New(Options{DB: d, Clock: now, Zone: newYork, Bus: bus})}
	c.in(t, func(tx db.Tx) error {
		return c.SaveOwners(t.Context(), tx, []Owner{
			{Person: boss, Name: "Boss", Active: true},
			{Person: anna, Name: "Anna", Team: 1, Of: "North", Color: 1, Active: true},
			{Person: ben, Name: "Ben", Team: 1, Of: "North", Color: 2, Active: true},
			{Person: carla, Name: "Carla", Team: 2, Of: "South", Color: 3, Active: true},
			{Person: dan, Name: "Dan", Team: 2, Of: "South", Color: 4, Active: true},
			{Person: gone, Name: "Gone", Team: 2, Of: "South", Active: false},
		})
	})
	return c
}

// start runs the bus and the index in step with it.
func (c *company) start(t testing.TB) *Index {
	t.Helper()
	x := c.NewIndex(nil)
	if err := c.bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := x.Start(t.Context(), c.bus); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		x.Wait()
		if err := c.bus.Stop(t.Context()); err != nil {
			t.Log("stop bus:", err)
		}
	})
	return x
}

func (c *company) in(t testing.TB, fn func(tx db.Tx) error) {
	t.Helper()
	if err := c.db.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (c *company) key() idem.Key { return idem.Key(fmt.Sprintf("test-key-%06d", c.keys.Add(1))) }

// manager gives commands over everything.
func (c *company) manager() By {
	return By{Actor: business.Actor{Person: boss, Role: business.Manager},
		Scope: scope.Everything(), Key: c.key()}
}

// sells gives commands as a salesperson over their own customers.
func (c *company) sells(p business.PersonID) By {
	return By{Actor: business.Actor{Person: p, Role: business.Salesperson},
		Scope: only(p), Key: c.key()}
}

func only(people ...business.PersonID) scope.Scope {
	s := scope.Scope{Version: fmt.Sprint(people)}
	for _, p := range people {
		s.People = append(s.People, int64(p))
	}
	return s
}

// shop is a valid customer at a place of its own.
func shop(name string, at orb.Point) NewCustomer {
	return NewCustomer{Name: name, Kind: "shop/bakery", Level: B, Address: name + " street 1",
		Pin: &Pin{Point: at, Source: FromMap}, VisitEveryDays: 14}
}

func (c *company) create(t testing.TB, by By, in NewCustomer) Customer {
	t.Helper()
	made, err := c.Create(t.Context(), by, in)
	if err != nil {
		t.Fatalf("create %q: %v", in.Name, err)
	}
	return made
}

// refused fails the test unless err is the refusal want.
func refused(t testing.TB, err error, want *fail.Error) {
	t.Helper()
	if e := fail.As(err); e == nil || e.Code != want.Code {
		t.Fatalf("got %v, want %s", err, want.Code)
	}
}
