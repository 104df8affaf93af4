package crm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

func (c *company) rules(t testing.TB, set func(p *PoolPolicy)) {
	t.Helper()
	p, err := c.PoolPolicy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	set(&p)
	if err := c.SetPoolPolicy(t.Context(), c.manager(), p); err != nil {
		t.Fatal(err)
	}
}

// feature: Z5.4.2
func TestOfFiftyConcurrentClaimsOneWins(t *testing.T) {
	c := newCompany(t)
	prize := c.create(t, c.manager(), shop("Prize", dover))
	people := []business.PersonID{anna, ben, carla, dan}
	var mu sync.Mutex
	var winners []business.PersonID
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			got, err := c.Claim(t.Context(), c.sells(people[i%4]), prize.ID)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				winners = append(winners, got.Owner)
			} else if !errors.Is(err, ErrNotInPool) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, _ := c.Customer(t.Context(), scope.Everything(), prize.ID)
	if len(winners) != 1 || got.Owner != winners[0] || got.Version != 2 ||
		got.AssignedDay != business.NewDate(2026, 11, 23) {
		t.Fatalf("winners %v, owner %d, version %d", winners, got.Owner, got.Version)
	}
	_, err := c.Claim(t.Context(), c.sells(anna), 424242)
	refused(t, err, ErrNotInPool)
	_, err = c.Claim(t.Context(), c.manager(), prize.ID)
	refused(t, err, ErrMayNotClaim)
}

// feature: Z5.4.2-a
func TestTheLimitIsExactUnderConcurrentClaims(t *testing.T) {
	c := newCompany(t)
	c.rules(t, func(p *PoolPolicy) { p.MaxHeld = 5 })
	var ids []business.CustomerID
	for i := range 20 {
		ids = append(ids, c.create(t, c.manager(), shop(fmt.Sprint("Pool ", i), north(float64(i)*900))).ID)
	}
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			_, err := c.Claim(t.Context(), c.sells(anna), id)
			if err != nil && !errors.Is(err, ErrPoolLimit) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n, _ := c.Count(t.Context(), only(anna), Filter{})
	if n.Total != 5 {
		t.Fatalf("anna holds %d, the limit is 5", n.Total)
	}
	_, err := c.Create(t.Context(), c.sells(anna), shop("One more", north(50_000)))
	refused(t, err, ErrPoolLimit)
	// A closed deal does not count.
	page, _, _ := c.List(t.Context(), only(anna), List{})
	at := c.clock.Now()
	c.in(t, func(tx db.Tx) error { return c.OrdersWere(t.Context(), tx, page[0].ID, &at, 100) })
	c.create(t, c.sells(anna), shop("One more", north(50_000)))
	more := 7
	if err := c.SetPoolLimit(t.Context(), c.manager(), PoolLimit{Person: anna, MaxHeld: &more}); err != nil {
		t.Fatal(err)
	}
	c.create(t, c.sells(anna), shop("And another", north(60_000)))
}

// feature: Z5.4.4-a
func TestATransferOverTheLimitIsRefusedAsAWhole(t *testing.T) {
	c := newCompany(t)
	var ids []business.CustomerID
	for i := range 4 {
		ids = append(ids, c.create(t, c.sells(ben), shop(fmt.Sprint("Bens ", i), north(float64(i)*900))).ID)
	}
	c.rules(t, func(p *PoolPolicy) { p.MaxHeld = 3 })
	_, err := c.Assign(t.Context(), c.manager(), ids, anna)
	refused(t, err, ErrPoolLimit)
	if n, _ := c.Count(t.Context(), only(ben), Filter{}); n.Total != 4 {
		t.Fatalf("ben holds %d after a refused transfer", n.Total)
	}
	if _, err := c.Assign(t.Context(), c.manager(), ids[:3], anna); err != nil {
		t.Fatal(err)
	}
	a, _ := c.Count(t.Context(), only(anna), Filter{})
	b, _ := c.Count(t.Context(), only(ben), Filter{})
	if a.Total != 3 || b.Total != 1 {
		t.Fatalf("anna %d, ben %d", a.Total, b.Total)
	}
}

// feature: Z5.4.4-a
func TestTheLimitIsExactUnderConcurrentTransfers(t *testing.T) {
	c := newCompany(t)
	var ids []business.CustomerID
	for i := range 8 {
		ids = append(ids, c.create(t, c.sells(ben), shop(fmt.Sprint("Bens ", i), north(float64(i)*900))).ID)
	}
	c.rules(t, func(p *PoolPolicy) { p.MaxHeld = 3 })
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			_, err := c.Assign(t.Context(), c.manager(), []business.CustomerID{id}, anna)
			if err != nil && !errors.Is(err, ErrPoolLimit) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	a, _ := c.Count(t.Context(), only(anna), Filter{})
	b, _ := c.Count(t.Context(), only(ben), Filter{})
	if a.Total != 3 || b.Total != 5 {
		t.Fatalf("anna holds %d and ben %d, the limit is 3", a.Total, b.Total)
	}
}

// feature: Z5.1.4
func TestThePoolMasksContactsAndCoolsDown(t *testing.T) {
	c := newCompany(t)
	in := shop("Masked", dover)
	in.Phone = "302 555 0177"
	made := c.create(t, c.sells(anna), in)
	if _, err := c.Release(t.Context(), c.sells(carla), made.ID); !errors.Is(err, ErrNoCustomer) {
		t.Fatalf("carla released anna's customer: %v", err)
	}
	if _, err := c.Release(t.Context(), c.sells(anna), made.ID); err != nil {
		t.Fatal(err)
	}
	see := func(q string) []Customer {
		found, err := c.Pool(t.Context(), Filter{Q: q}, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := see("masked"); len(found) != 1 || found[0].Phone != "••••••••••77" || found[0].Address != "" {
		t.Fatalf("%+v", found)
	}
	if len(see("0177")) != 0 || len(see("street")) != 0 {
		t.Error("a search finds what the mask hides")
	}
	if _, err := c.Customer(t.Context(), only(carla), made.ID); !errors.Is(err, ErrNoCustomer) {
		t.Errorf("the detail of a pool customer: %v", err)
	}
	_, err := c.Claim(t.Context(), c.sells(anna), made.ID)
	if refused(t, err, ErrCoolDown); fail.As(err).Args["until"] == nil {
		t.Error("nothing says until when")
	}
	c.clock.Advance(24 * time.Hour)
	got, err := c.Claim(t.Context(), c.sells(anna), made.ID)
	if err != nil || got.Phone != in.Phone {
		t.Fatalf("%+v, %v", got, err)
	}
	c.rules(t, func(p *PoolPolicy) { p.MaskContacts = false })
	if _, err := c.Release(t.Context(), c.sells(anna), made.ID); err != nil {
		t.Fatal(err)
	}
	if found := see("0177"); len(found) != 1 || found[0].Phone != in.Phone {
		t.Errorf("unmasked: %+v", found)
	}
}

// model is the pool recomputed from the rules' text, day by day, without SQL.
type model struct {
	owner    business.PersonID
	since    business.Date
	closed   bool
	reminded business.Date
}

// TestThePoolOverAYearEqualsARecomputation runs the daily job through a year of
// claims, orders, transfers and changing rules.
//
// feature: Z5.1.4-c
func TestThePoolOverAYearEqualsARecomputation(t *testing.T) {
	c := newCompany(t)
	follow, remind := 20, 4
	c.rules(t, func(p *PoolPolicy) { p.FollowDays, p.RemindDays, p.CooldownH = follow, remind, 0 })
	rng := rand.New(rand.NewPCG(365, 1))
	people := []business.PersonID{anna, ben, carla, dan}
	state := map[business.CustomerID]*model{}
	var ids []business.CustomerID
	for i := range 40 {
		id := c.create(t, c.manager(), shop(fmt.Sprint("Year ", i), north(float64(i)*900))).ID
		state[id], ids = &model{}, append(ids, id)
	}
	reminders, returned := 0, 0
	for range 365 {
		c.clock.Advance(24 * time.Hour)
		today := c.Today()
		if rng.IntN(60) == 0 {
			follow = 10 + rng.IntN(30)
			c.rules(t, func(p *PoolPolicy) { p.FollowDays = follow })
		}
		for range 3 {
			c.poolDay(t, rng, pick(rng, ids...), people, state)
		}
		swept, err := c.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		back, told := 0, 0
		for _, id := range ids {
			b, r := state[id].pass(today, follow, remind)
			back, told = back+b, told+r
		}
		if swept != (Swept{back, told}) {
			t.Fatalf("%v: %+v, want %d returned and %d reminded", today, swept, back, told)
		}
		reminders, returned = reminders+told, returned+back
		if again, err := c.Sweep(t.Context()); err != nil || again != (Swept{}) {
			t.Fatalf("%v: a second run did %+v (%v)", today, again, err)
		}
		c.equalsModel(t, state)
	}
	if returned < 50 || reminders < 50 {
		t.Fatalf("%d returned, %d reminded: the year proves little", returned, reminders)
	}
}

// pass is one night: the deadline's last day is still the owner's.
func (m *model) pass(today business.Date, follow, remind int) (back, told int) {
	if m.owner == 0 || m.closed {
		return 0, 0
	}
	deadline := m.since.Add(follow)
	switch {
	case deadline.Before(today):
		*m = model{reminded: m.reminded}
		return 1, 0
	case !deadline.After(today.Add(remind)) && m.reminded != deadline:
		m.reminded = deadline
		return 0, 1
	}
	return 0, 0
}

func (c *company) poolDay(
	t *testing.T, rng *rand.Rand, id business.CustomerID, people []business.PersonID,
	state map[business.CustomerID]*model,
) {
	t.Helper()
	m, who, today := state[id], pick(rng, people...), c.Today()
	var err error
	switch {
	case m.owner == 0:
		_, err = c.Claim(t.Context(), c.sells(who), id)
		m.owner, m.since = who, today
	case rng.IntN(8) == 0:
		at := c.clock.Now()
		c.in(t, func(tx db.Tx) error { return c.OrdersWere(t.Context(), tx, id, &at, 100) })
		m.closed = true
	case rng.IntN(4) == 0 && who != m.owner:
		_, err = c.Assign(t.Context(), c.manager(), []business.CustomerID{id}, who)
		m.owner, m.since = who, today
	case m.closed && rng.IntN(3) == 0: // the deal fell through: the owner starts anew
		dormant, nobody := Dormant, business.PersonID(0)
		_, err = c.Update(t.Context(), c.manager(), id, 0, Patch{Status: &dormant, Owner: &nobody})
		*m = model{reminded: m.reminded}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (c *company) equalsModel(t *testing.T, state map[business.CustomerID]*model) {
	t.Helper()
	for got, err := range c.Export(t.Context(), scope.Everything(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if m := state[got.ID]; got.Owner != m.owner || m.owner != 0 && got.AssignedDay != m.since {
			t.Fatalf("%v: customer %d is %d's since %v, want %d's since %v", c.Today(), got.ID, got.Owner,
				got.AssignedDay, m.owner, m.since)
		}
	}
}
