package crm

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/datum"
	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

var dover = orb.Point{-75.5244, 39.1582}

func north(m float64) orb.Point { return orb.Point{dover[0], dover[1] + m/111_195} }

func TestCreateKeepsEverythingAndCountsTheVisitClockFromTheAssignment(t *testing.T) {
	c := newCompany(t)
	in := shop("Dover Bakery", dover)
	in.Phone, in.District, in.Tags = "302-555-0100", "Kent", []string{"bread"}
	in.Hours = []Hours{{Days: []int{1, 2, 3}, Open: "08:00", Close: "17:30"}}
	made := c.create(t, c.sells(anna), in)
	got, err := c.Customer(t.Context(), only(anna), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != in.Name || got.Owner != anna || got.OwnerName != "Anna" || got.TeamName != "North" ||
		got.Status != Prospect || got.ServiceMinutes != 20 || got.Version != 1 ||
		len(got.Hours) != 1 || got.Hours[0].Close != "17:30" || *got.Position != dover {
		t.Fatalf("kept %+v", got)
	}
	if want := business.NewDate(2026, 12, 7); got.DueOn != want {
		t.Errorf("due on %v, want %v: 14 days after today", got.DueOn, want)
	}
	if !strings.HasPrefix(got.Number, "C0") {
		t.Errorf("number %q", got.Number)
	}
}

func TestReplayedCreateMakesOneCustomer(t *testing.T) {
	c := newCompany(t)
	by := c.manager()
	first := c.create(t, by, shop("Once", dover))
	for range 20 {
		if again := c.create(t, by, shop("Once", dover)); again.ID != first.ID {
			t.Fatalf("replay made %d beside %d", again.ID, first.ID)
		}
	}
	_, err := c.Create(t.Context(), by, shop("Another", north(5000)))
	refused(t, err, idem.ErrKeyReused)
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); n.Total != 1 {
		t.Fatalf("%d customers", n.Total)
	}
}

// feature: Z5.4.1-d
func TestConcurrentCreatesGetDifferentNumbers(t *testing.T) {
	c := newCompany(t)
	const n = 50
	numbers := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			made, err := c.Create(t.Context(), c.manager(),
				shop("Shop "+strings.Repeat("x", i+1), north(float64(i)*1000)))
			if err != nil {
				t.Error(err)
			}
			numbers[i] = made.Number
		})
	}
	all.Wait()
	slices.Sort(numbers)
	if got := len(slices.Compact(numbers)); got != n {
		t.Fatalf("%d different numbers for %d customers", got, n)
	}
	in := shop("Own number", north(90_000))
	in.Number = "C000007"
	_, err := c.Create(t.Context(), c.manager(), in)
	refused(t, err, ErrNumberReserved)
	in.Number = "K-7"
	first := c.create(t, c.manager(), in)
	if _, err = c.Archive(t.Context(), c.manager(), first.ID, 0); err != nil {
		t.Fatal(err)
	}
	in.Name = "Second with that number"
	_, err = c.Create(t.Context(), c.manager(), in)
	refused(t, err, ErrNumberTaken) // never given twice, not even after archiving
}

// feature: Z2-2
func TestOfConcurrentCreatesOfOneNameExactlyOneSucceeds(t *testing.T) {
	c := newCompany(t)
	variants := []string{"永盛有限公司", "永盛 有限责任公司", "永盛", "永盛（有限公司）", "永　盛"}
	var won, lost sync.Map
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			name := variants[i%len(variants)]
			_, err := c.Create(t.Context(), c.manager(), shop(name, north(float64(i))))
			switch {
			case err == nil:
				won.Store(i, name)
			case errors.Is(err, ErrDuplicate):
				lost.Store(i, name)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := func(m *sync.Map) (n int) { m.Range(func(_, _ any) bool { n++; return true }); return n }
	if count(&won) != 1 || count(&lost) != 49 {
		t.Fatalf("%d created, %d refused, want 1 and 49", count(&won), count(&lost))
	}
}

// feature: G58
func TestShopsOfOneNameAreToldApartByPlace(t *testing.T) {
	c := newCompany(t)
	near := c.create(t, c.manager(), shop("永盛", dover))
	far := shop("永盛", north(2000))
	far.Phone = "139 0000 0001"
	other := c.create(t, c.manager(), far)
	if near.ID == other.ID || near.Number == other.Number {
		t.Fatal("two shops of one name share an identity")
	}
	far.Pin.Point, far.Address = north(4000), ""
	_, err := c.Create(t.Context(), c.manager(), far)
	refused(t, err, ErrAddressNeeded)
	found, _, err := c.List(t.Context(), scope.Everything(), List{Filter: Filter{Q: "永盛"},
		Sort: ByDistance, Near: &orb.Point{dover[0], dover[1] + 0.02}})
	if err != nil || len(found) != 2 || found[0].ID != other.ID {
		t.Fatalf("search found %d (%v), want the nearer of two first", len(found), err)
	}
	for _, f := range found {
		if f.Number == "" || f.Address == "" || f.Position == nil {
			t.Errorf("%d cannot be told apart: %+v", f.ID, f)
		}
	}
}

// feature: Z5.4.1-a
func TestDuplicateCheckDisclosesOnlyTheState(t *testing.T) {
	c := newCompany(t)
	c.create(t, c.sells(carla), shop("Secret Shop", dover))
	_, err := c.Create(t.Context(), c.sells(anna), shop("secret shop, Ltd.", north(100)))
	refused(t, err, ErrDuplicate)
	e := fail.As(err)
	if e.Args["state"] != "owned" || len(e.Args) != 2 {
		t.Fatalf("discloses %v", e.Args)
	}
	pool := c.create(t, c.manager(), shop("Pool Shop", north(9000)))
	if pool.Owner != 0 {
		t.Fatal("a manager's customer without owner has one")
	}
	_, err = c.Create(t.Context(), c.sells(anna), shop("POOL SHOP", north(9100)))
	if refused(t, err, ErrDuplicate); fail.As(err).Args["state"] != "pool" {
		t.Fatalf("discloses %v", fail.As(err).Args)
	}
	licensed := shop("Quite another", north(50_000))
	licensed.Licence = "91310000MA1K"
	c.create(t, c.manager(), licensed)
	licensed.Name, licensed.Pin.Point = "Third name", north(80_000)
	_, err = c.Create(t.Context(), c.manager(), licensed)
	refused(t, err, ErrDuplicate)
}

func TestStrictPolicyRefusesANameAnywhere(t *testing.T) {
	c := newCompany(t)
	c.policy = Policy{Strict: true, NearMeters: 300}
	c.create(t, c.manager(), shop("Unique", dover))
	_, err := c.Create(t.Context(), c.manager(), shop("unique", north(100_000)))
	refused(t, err, ErrDuplicate)
}

func TestUpdateNeedsTheVersionThatWasRead(t *testing.T) {
	c := newCompany(t)
	made := c.create(t, c.sells(anna), shop("Versioned", dover))
	level, phone := A, "1"
	got, err := c.Update(t.Context(), c.sells(anna), made.ID, made.Version, Patch{Level: &level})
	if err != nil || got.Level != A || got.Version != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = c.Update(t.Context(), c.sells(anna), made.ID, made.Version, Patch{Phone: &phone})
	if refused(t, err, ErrChanged); fail.As(err).Args["version"] != int64(2) {
		t.Errorf("args %v, want the present version", fail.As(err).Args)
	}
	same, err := c.Update(t.Context(), c.sells(anna), made.ID, 2, Patch{Level: &level})
	if err != nil || same.Version != 2 {
		t.Fatalf("an update that changes nothing made version %d (%v)", same.Version, err)
	}
	_, err = c.Update(t.Context(), c.manager(), made.ID, 0, Patch{Kind: new(string)})
	refused(t, err, ErrInvalid)
}

// feature: Y18
func TestForeignCustomersDoNotExist(t *testing.T) {
	c := newCompany(t)
	mine := c.create(t, c.sells(anna), shop("Mine", dover))
	foreign := c.create(t, c.sells(carla), shop("Foreign", north(1000)))
	pool := c.create(t, c.manager(), shop("Nobody's", north(2000)))
	name := "Stolen"
	for _, id := range []business.CustomerID{foreign.ID, pool.ID, 999_999} {
		_, err := c.Customer(t.Context(), only(anna), id)
		refused(t, err, ErrNoCustomer)
		_, err = c.Update(t.Context(), c.sells(anna), id, 0, Patch{Name: &name})
		refused(t, err, ErrNoCustomer)
		_, err = c.Archive(t.Context(), c.sells(anna), id, 0)
		refused(t, err, ErrNoCustomer)
		_, err = c.History(t.Context(), only(anna), id, 0, 10)
		refused(t, err, ErrNoCustomer)
	}
	f := Filter{IDs: []business.CustomerID{mine.ID, foreign.ID, pool.ID}}
	page, _, err := c.List(t.Context(), only(anna), List{Filter: f})
	if err != nil || len(page) != 1 || page[0].ID != mine.ID {
		t.Fatalf("list shows %d rows (%v)", len(page), err)
	}
	if n, _ := c.Count(t.Context(), only(anna), f); n.Total != 1 {
		t.Errorf("count %d", n.Total)
	}
	facets, err := c.Facets(t.Context(), only(anna), f)
	if err != nil || len(facets) != 5 || facets[3].Count != 1 {
		t.Errorf("facets %+v (%v)", facets, err)
	}
	for row, err := range c.Export(t.Context(), only(anna), f) {
		if err != nil || row.ID != mine.ID {
			t.Errorf("export shows %d (%v)", row.ID, err)
		}
	}
}

func TestOnlyThoseWhoMayAssignDo(t *testing.T) {
	c := newCompany(t)
	mine := c.create(t, c.sells(anna), shop("Mine", dover))
	to := ben
	_, err := c.Update(t.Context(), c.sells(anna), mine.ID, 0, Patch{Owner: &to})
	refused(t, err, ErrMayNotAssign)
	_, err = c.Assign(t.Context(), c.manager(), []business.CustomerID{mine.ID}, gone)
	refused(t, err, ErrNoOwner)
	_, err = c.Assign(t.Context(), c.manager(), []business.CustomerID{mine.ID}, 4711)
	refused(t, err, ErrNoOwner)
	lead := By{Actor: business.Actor{Person: boss, Role: business.Manager}, Scope: only(anna, ben),
		Key: c.key()}
	_, err = c.Assign(t.Context(), lead, []business.CustomerID{mine.ID}, carla)
	refused(t, err, ErrNoOwner) // outside the lead's scope
	c.clock.Advance(72 * time.Hour)
	lead.Key = c.key()
	given, err := c.Assign(t.Context(), lead, []business.CustomerID{mine.ID}, ben)
	if err != nil || given[0].Owner != ben || given[0].AssignedDay != business.NewDate(2026, 11, 26) ||
		given[0].DueOn != business.NewDate(2026, 12, 10) {
		t.Fatalf("%+v, %v", given, err)
	}
	if _, err := c.Customer(t.Context(), only(anna), mine.ID); !errors.Is(err, ErrNoCustomer) {
		t.Errorf("the former owner still sees it: %v", err)
	}
}

func TestAssignmentIsAllOrNone(t *testing.T) {
	c := newCompany(t)
	one := c.create(t, c.sells(anna), shop("One", dover))
	two := c.create(t, c.sells(anna), shop("Two", north(1000)))
	if _, err := c.Archive(t.Context(), c.manager(), two.ID, 0); err != nil {
		t.Fatal(err)
	}
	_, err := c.Assign(t.Context(), c.manager(), []business.CustomerID{one.ID, two.ID}, ben)
	refused(t, err, ErrArchived)
	if got, _ := c.Customer(t.Context(), scope.Everything(), one.ID); got.Owner != anna {
		t.Fatal("half of the assignment was done")
	}
}

func TestArchiveTakesOutOfEveryListAndCanBeUndone(t *testing.T) {
	c := newCompany(t)
	made := c.create(t, c.sells(anna), shop("Undo me", dover))
	if _, err := c.Archive(t.Context(), c.manager(), made.ID, made.Version); err != nil {
		t.Fatal(err)
	}
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); n.Total != 0 {
		t.Fatalf("%d still counted", n.Total)
	}
	name := "x"
	_, err := c.Update(t.Context(), c.manager(), made.ID, 0, Patch{Name: &name})
	refused(t, err, ErrArchived)
	back, err := c.Restore(t.Context(), c.manager(), made.ID)
	if err != nil || back.ArchivedAt != nil || back.Name != made.Name {
		t.Fatalf("%+v, %v", back, err)
	}
	_, err = c.Restore(t.Context(), c.manager(), made.ID)
	refused(t, err, ErrNotArchived)
}

// feature: Z5.1.5-c
func TestHistoryNamesEveryChangedField(t *testing.T) {
	c := newCompany(t)
	made := c.create(t, c.sells(anna), shop("Historic", dover))
	level, phone := A, "302 555 0199"
	if _, err := c.Update(t.Context(), c.sells(anna), made.ID, 1,
		Patch{Level: &level, Phone: &phone}); err != nil {
		t.Fatal(err)
	}
	h, err := c.History(t.Context(), only(anna), made.ID, 0, 10)
	if err != nil || len(h) != 2 || h[0].Command != "updated" || h[1].Command != "created" {
		t.Fatalf("%+v, %v", h, err)
	}
	if h[0].ByName != "Anna" || h[0].Version != 2 || len(h[0].Fields) != 2 ||
		h[0].Fields[0] != (FieldChange{"level", "B", "A"}) ||
		h[0].Fields[1] != (FieldChange{"phone", "", "302 555 0199"}) {
		t.Fatalf("%+v", h[0])
	}
}

// feature: Z5.4.3-c
func TestAnOlderVisitNeverMovesTheLastVisitBack(t *testing.T) {
	c := newCompany(t)
	made := c.create(t, c.sells(anna), shop("Visited", dover))
	visit := func(id business.VisitID, at time.Time) {
		c.in(t, func(tx db.Tx) error {
			return c.VisitBecameValid(t.Context(), tx, ValidVisit{Visit: id, Customer: made.ID,
				Person: anna, At: at, Day: business.DateOf(at, c.zone)})
		})
	}
	late := time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC) // 19 November, 20:00 in New York
	visit(1, late)
	visit(2, late.AddDate(0, 0, -5))
	got, _ := c.Customer(t.Context(), scope.Everything(), made.ID)
	if got.VisitCount != 2 || !got.LastVisitAt.Equal(late) ||
		got.LastVisitDay != business.NewDate(2026, 11, 19) ||
		got.DueOn != business.NewDate(2026, 12, 3) {
		t.Fatalf("%+v", got)
	}
	c.in(t, func(tx db.Tx) error { return c.VisitsWere(t.Context(), tx, made.ID, Visited{}) })
	got, _ = c.Customer(t.Context(), scope.Everything(), made.ID)
	if got.VisitCount != 0 || got.LastVisitAt != nil || got.DueOn != business.NewDate(2026, 12, 7) {
		t.Fatalf("after voiding all: %+v", got)
	}
}

// feature: Z5.1.1-b
func TestPositionsComeInAnyDatumAndAreKeptInWGS84(t *testing.T) {
	c := newCompany(t)
	beijing := orb.Point{116.3913, 39.9075}
	in := shop("北京店", datum.Convert(beijing, datum.WGS84, datum.BD09))
	accuracy := 12.5
	in.Pin = &Pin{Point: in.Pin.Point, Datum: datum.BD09, Source: FromDevice, AccuracyM: &accuracy}
	made := c.create(t, c.manager(), in)
	if d := geodesic.Distance(*made.Position, beijing); d > 0.5 {
		t.Errorf("stored %v away", d)
	}
	if made.Datum != datum.BD09 || made.Source != FromDevice || *made.AccuracyM != 12.5 {
		t.Errorf("%+v", made)
	}
	in = shop("Swapped", orb.Point{39.9075, 116.3913})
	_, err := c.Create(t.Context(), c.manager(), in)
	if refused(t, err, ErrInvalid); !strings.Contains(fail.As(err).Message, "swapped") {
		t.Errorf("message %q does not hint at swapped axes", fail.As(err).Message)
	}
}

func TestTheFirstCheckInProposesThePin(t *testing.T) {
	c := newCompany(t)
	in := shop("Somewhere", dover)
	in.Pin = nil
	made := c.create(t, c.sells(anna), in)
	_, err := c.Proposal(t.Context(), only(anna), made.ID)
	refused(t, err, ErrNoProposal)
	for i, accuracy := range []float64{80, 9, 30} {
		c.in(t, func(tx db.Tx) error {
			return c.ProposePin(t.Context(), tx, made.ID, Proposal{Position: north(accuracy),
				AccuracyM: accuracy, Visit: business.VisitID(i + 1), By: anna})
		})
	}
	p, err := c.Proposal(t.Context(), only(anna), made.ID)
	if err != nil || p.AccuracyM != 9 || p.Visit != 2 {
		t.Fatalf("%+v, %v: the most accurate should stay", p, err)
	}
	pin := Pin{Point: p.Position, Source: FromCheckIn, AccuracyM: &p.AccuracyM}
	got, err := c.Update(t.Context(), c.sells(anna), made.ID, 0, Patch{Pin: &pin})
	if err != nil || got.Source != FromCheckIn || *got.Position != p.Position {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = c.Proposal(t.Context(), only(anna), made.ID)
	refused(t, err, ErrNoProposal)
}

func TestChangingAFieldTakesItOffTheMadeUpOnes(t *testing.T) {
	c := newCompany(t)
	in := shop("Demo", dover)
	in.DemoFields = []string{"phone", "opening_hours"}
	made := c.create(t, c.manager(), in)
	phone := "302 555 0100"
	got, err := c.Update(t.Context(), c.manager(), made.ID, 0, Patch{Phone: &phone})
	if err != nil || !slices.Equal(got.DemoFields, []string{"opening_hours"}) {
		t.Fatalf("%v, %v", got.DemoFields, err)
	}
}
