package crm

import (
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

func share(t testing.TB, c *company, by By, id business.CustomerID, with ...int64) Customer {
	t.Helper()
	got, err := c.Update(t.Context(), by, id, 0, Patch{SharedWith: &with})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func names(t testing.TB, c *company, sc scope.Scope, f Filter) []string {
	t.Helper()
	page, _, err := c.List(t.Context(), sc, List{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	n, err := c.Count(t.Context(), sc, f)
	if err != nil || int(n.Total) != len(page) {
		t.Fatalf("%d counted, %d listed: %v", n.Total, len(page), err)
	}
	out := []string{}
	for _, row := range page {
		out = append(out, row.Name)
	}
	return out
}

// feature: Z2-6
func TestOnlyOwnerAndShareesFindTheCustomer(t *testing.T) {
	c := newCompany(t)
	id := c.create(t, c.sells(anna), shop("Shared shop", dover)).ID
	share(t, c, c.sells(anna), id, int64(carla))
	for _, who := range []business.PersonID{anna, carla} {
		if _, err := c.Customer(t.Context(), only(who), id); err != nil {
			t.Errorf("person %d: %v", who, err)
		}
		if got := names(t, c, only(who), Filter{}); !slices.Equal(got, []string{"Shared shop"}) {
			t.Errorf("person %d lists %v", who, got)
		}
	}
	for _, who := range []business.PersonID{ben, dan} {
		_, err := c.Customer(t.Context(), only(who), id)
		refused(t, err, ErrNoCustomer)
		_, err = c.Update(t.Context(), c.sells(who), id, 0, Patch{Phone: new(string)})
		refused(t, err, ErrNoCustomer)
	}
	// Whom it is shared with does business with it and decides nothing about it.
	phone := "1"
	_, err := c.Update(t.Context(), c.sells(carla), id, 0, Patch{Phone: &phone})
	refused(t, err, ErrOnlyShared)
	_, err = c.Release(t.Context(), c.sells(carla), id)
	refused(t, err, ErrOnlyShared)
	_, err = c.Archive(t.Context(), c.sells(carla), id, 0)
	refused(t, err, ErrOnlyShared)
	if rows, err := c.Customers(t.Context(), c.db, only(carla), []business.CustomerID{id}); err != nil || len(rows) != 1 {
		t.Fatalf("a sharee's visit finds %d customers: %v", len(rows), err)
	}
	// The end of it takes effect at once, and so does the pool.
	share(t, c, c.sells(anna), id)
	_, err = c.Customer(t.Context(), only(carla), id)
	refused(t, err, ErrNoCustomer)
	share(t, c, c.sells(anna), id, int64(carla))
	if _, err := c.Release(t.Context(), c.sells(anna), id); err != nil {
		t.Fatal(err)
	}
	_, err = c.Customer(t.Context(), only(carla), id)
	refused(t, err, ErrNoCustomer)
}

// feature: Z5.1.1
// feature: Z5.1.2
// feature: Z5.1.3
func TestMyCustomersAreOwnedAndSharedToMe(t *testing.T) {
	c := newCompany(t)
	c.create(t, c.sells(anna), shop("Annas own", dover))
	lent := c.create(t, c.sells(anna), shop("Annas lent", north(1000))).ID
	share(t, c, c.sells(anna), lent, int64(ben), -2)
	c.create(t, c.sells(carla), shop("Carlas own", north(2000)))
	for _, tt := range []struct {
		who    business.PersonID
		filter Filter
		want   []string
	}{
		{anna, Filter{}, []string{"Annas lent", "Annas own"}},
		{anna, Filter{SharedBy: []business.PersonID{anna}}, []string{"Annas lent"}},
		{anna, Filter{SharedTo: []business.PersonID{anna}}, []string{}},
		{ben, Filter{}, []string{"Annas lent"}},
		{ben, Filter{Owners: []business.PersonID{ben}}, []string{}},
		{carla, Filter{}, []string{"Annas lent", "Carlas own"}}, // by her team
		{carla, Filter{SharedTo: []business.PersonID{carla}}, []string{"Annas lent"}},
		{carla, Filter{SharedBy: []business.PersonID{carla}}, []string{}},
	} {
		if got := names(t, c, only(tt.who), tt.filter); !slices.Equal(got, tt.want) {
			t.Errorf("person %d, %s: %v, want %v", tt.who, tt.filter.Values().Encode(), got, tt.want)
		}
	}
	// Teams that come with the scope are taken as they are.
	for _, tt := range []struct {
		teams []int64
		want  []string
	}{{[]int64{2}, []string{"Annas lent", "Carlas own"}}, {[]int64{}, []string{"Carlas own"}}} {
		sc := only(carla)
		sc.Teams = tt.teams
		if got := names(t, c, sc, Filter{}); !slices.Equal(got, tt.want) {
			t.Errorf("carla of teams %v: %v, want %v", tt.teams, got, tt.want)
		}
	}
	row, err := c.Customer(t.Context(), only(ben), lent)
	if err != nil {
		t.Fatal(err)
	}
	if row.OriginFor(ben, only(ben)) != Shared || row.OriginFor(anna, only(anna)) != Own ||
		row.OriginFor(boss, scope.Everything()) != Ours {
		t.Errorf("origins of %+v", row)
	}
}

// feature: Z5.1.1-d
func TestTheSharingRangeIsSetAndLogged(t *testing.T) {
	c := newCompany(t)
	id := c.create(t, c.sells(anna), shop("Shop", dover)).ID
	for name, with := range map[string][]int64{
		"owner": {int64(anna)}, "unknown": {4711}, "left": {int64(gone)}, "no team": {-9},
	} {
		_, err := c.Update(t.Context(), c.sells(anna), id, 0, Patch{SharedWith: &with})
		if e := fail.As(err); e == nil || e.Code != ErrInvalid.Code || e.Fields[0].Path != "shared_with" {
			t.Errorf("%s: %v", name, err)
		}
	}
	share(t, c, c.sells(anna), id, int64(ben), -2)
	share(t, c, c.sells(anna), id, -2)
	changes, err := c.History(t.Context(), only(anna), id, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	last := changes[0].Fields[0]
	if last.Field != "shared_with" || len(last.Old.([]any)) != 2 || len(last.New.([]any)) != 1 ||
		changes[0].By != anna {
		t.Fatalf("history %+v", changes[0])
	}
	// A transfer to somebody of the range takes them out of it.
	share(t, c, c.sells(anna), id, int64(ben), int64(carla))
	given, err := c.Assign(t.Context(), c.manager(), []business.CustomerID{id}, ben)
	if err != nil || !slices.Equal(given[0].SharedWith, []int64{int64(carla)}) {
		t.Fatalf("shared with %v after the transfer: %v", given[0].SharedWith, err)
	}
}

// feature: Z5.4.1
// feature: Z2-1
func TestAMissingFieldOfANewCustomerIsNamed(t *testing.T) {
	c := newCompany(t)
	full := NewCustomer{Name: "Full", Kind: "shop", Level: B, Address: "1 Main St", District: "Kent",
		Phone: "302", Contacts: []Contact{{Name: "Mr Wu"}}, Entered: true}
	for field, spoil := range map[string]func(in *NewCustomer){
		"name":     func(in *NewCustomer) { in.Name = " " },
		"kind":     func(in *NewCustomer) { in.Kind = "" },
		"address":  func(in *NewCustomer) { in.Address = "  " },
		"district": func(in *NewCustomer) { in.District = "" },
		"phone":    func(in *NewCustomer) { in.Phone = "" },
		"contact":  func(in *NewCustomer) { in.Contacts = nil },
	} {
		in := full
		spoil(&in)
		_, err := c.Create(t.Context(), c.sells(anna), in)
		if e := fail.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Path != field {
			t.Errorf("without %s: %v", field, err)
		}
	}
	if n, _ := c.Count(t.Context(), scope.Everything(), Filter{}); n.Total != 0 {
		t.Fatalf("%d customers were kept", n.Total)
	}
	in := full // the main contact's phone will do
	in.Phone, in.Contacts = "", []Contact{{Name: "Mr Wu", Phone: "302"}}
	c.create(t, c.sells(anna), in)
	if err := c.SetEntryRule(t.Context(), c.manager(), EntryRule{Required: []string{"position"}}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Create(t.Context(), c.sells(anna), NewCustomer{Name: "Other", Kind: "shop", Level: C,
		Entered: true})
	if e := fail.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Path != "position" {
		t.Errorf("after the rule changed: %v", err)
	}
}

// feature: Z5.4.1-c
func TestANewCustomerIsSharedFromTheStart(t *testing.T) {
	c := newCompany(t)
	in := shop("Shop", dover)
	in.SharedWith = []int64{int64(carla), -1}
	made := c.create(t, c.sells(anna), in)
	for _, who := range []business.PersonID{anna, ben, carla} { // ben by his team
		if _, err := c.Customer(t.Context(), only(who), made.ID); err != nil {
			t.Errorf("person %d: %v", who, err)
		}
	}
	_, err := c.Customer(t.Context(), only(dan), made.ID)
	refused(t, err, ErrNoCustomer)
	in = shop("Pooled", north(2000))
	in.SharedWith = []int64{int64(carla)}
	_, err = c.Create(t.Context(), c.manager(), in) // nobody's
	refused(t, err, ErrInvalid)
}

// feature: Z5.1.1-a
func TestATypeHoldsItsSubTypes(t *testing.T) {
	c := newCompany(t)
	for i, kind := range []string{"shop", "shop/bakery", "shop/bakery/cakes", "shopping", "bank"} {
		in := shop("Kind "+kind, north(float64(i)*1000))
		in.Kind, in.Owner = kind, anna
		if i == 1 {
			in.SharedWith = []int64{int64(carla)}
		}
		c.create(t, c.manager(), in)
	}
	in := shop("Pooled bakery", north(9000))
	c.create(t, c.manager(), in)
	tree, err := c.Kinds(t.Context(), only(anna), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]int64{"bank": {1, 1}, "shop": {1, 3}, "shop/bakery": {1, 2},
		"shop/bakery/cakes": {1, 1}, "shopping": {1, 1}}
	if len(tree) != len(want) {
		t.Fatalf("tree %+v", tree)
	}
	for _, n := range tree {
		if want[n.Path] != [2]int64{n.Own, n.Total} {
			t.Errorf("%s: own %d, total %d, want %v", n.Path, n.Own, n.Total, want[n.Path])
		}
		// A click on the node lists exactly its total, in each of the lists.
		if got := names(t, c, only(anna), Filter{Kinds: []string{n.Path}}); len(got) != int(n.Total) {
			t.Errorf("%s lists %v", n.Path, got)
		}
	}
	to := Filter{SharedTo: []business.PersonID{carla}, Kinds: []string{"shop"}}
	if got := names(t, c, only(carla), to); !slices.Equal(got, []string{"Kind shop/bakery"}) {
		t.Errorf("shared to carla: %v", got)
	}
	by := Filter{SharedBy: []business.PersonID{anna}, Kinds: []string{"shop/bakery"}}
	if got := names(t, c, only(anna), by); !slices.Equal(got, []string{"Kind shop/bakery"}) {
		t.Errorf("shared by anna: %v", got)
	}
	pool, err := c.PoolKinds(t.Context(), Filter{})
	if err != nil || len(pool) != 2 || pool[0].Total != 1 {
		t.Fatalf("pool tree %+v: %v", pool, err)
	}
	rows, err := c.Pool(t.Context(), Filter{Kinds: []string{"shop"}}, 0, 10)
	if err != nil || len(rows) != 1 {
		t.Errorf("pool under shop: %d rows, %v", len(rows), err)
	}
}
