package identity_test

import (
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/internal/scope"
)

// feature: F31
func TestOwnRolesHoldAtOnce(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	r, err := h.CreateRole(ctx, h.admin, h.key(), identity.NewRole{
		Code: "stockist", Name: "Warehouse keeper", NameZH: "库管", Base: business.Salesperson,
		Reach: identity.Own, Permissions: []business.Permission{business.CustomersRead},
	})
	if err != nil || r.Default || len(r.Permissions) != 1 {
		t.Fatalf("role %+v %v", r, err)
	}
	team := h.team("North", 0, 0)
	colleague := h.person("mate", business.Salesperson, team.ID)
	p := h.person("keep", "stockist", team.ID)
	if p.Role != business.Salesperson || p.RoleCode != "stockist" {
		t.Fatalf("person %+v", p)
	}
	token := h.mustSignIn("keep")
	id := must(h.Identify(ctx, token))(t)
	if !slices.Equal(id.Permissions, []business.Permission{business.CustomersRead}) || id.Scope.Has(int64(colleague.ID)) {
		t.Fatalf("identity %+v", id)
	}
	reach, may := identity.OwnTeam, []business.Permission{business.VisitsRead, business.CustomersRead}
	r, err = h.ChangeRole(ctx, h.admin, "stockist", r.Version, identity.RoleChange{Reach: &reach, Permissions: &may})
	if err != nil || r.People != 1 {
		t.Fatalf("role %+v %v", r, err)
	}
	id = must(h.Identify(ctx, token))(t) // the same session
	if len(id.Permissions) != 2 || !id.Scope.Has(int64(colleague.ID)) || id.Scope.All {
		t.Fatalf("identity %+v", id)
	}
	var none []business.Permission
	if r, err = h.ChangeRole(ctx, h.admin, "stockist", r.Version, identity.RoleChange{Permissions: &none}); err != nil || !r.Default {
		t.Fatalf("back to the base: %+v %v", r, err)
	}
	_, err = h.ChangeRole(ctx, h.admin, "stockist", 1, identity.RoleChange{Reach: &reach})
	want(t, err, identity.ErrChanged)
}

func TestRolesRefused(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	good := identity.NewRole{Code: "stockist", Name: "Keeper", Base: business.Salesperson, Reach: identity.Own}
	for _, spoil := range []func(*identity.NewRole){
		func(r *identity.NewRole) { r.Code = "K" },
		func(r *identity.NewRole) { r.Name = "" },
		func(r *identity.NewRole) { r.Base = business.Admin },
		func(r *identity.NewRole) { r.Base = "king" },
		func(r *identity.NewRole) { r.Reach = "moon" },
		func(r *identity.NewRole) { r.Permissions = []business.Permission{"fly"} },
		func(r *identity.NewRole) {
			r.Permissions = []business.Permission{business.MapRead, business.MapRead}
		},
	} {
		bad := good
		spoil(&bad)
		_, err := h.CreateRole(ctx, h.admin, h.key(), bad)
		want(t, err, identity.ErrRole)
	}
	if _, err := h.CreateRole(ctx, h.admin, h.key(), good); err != nil {
		t.Fatal(err)
	}
	_, err := h.CreateRole(ctx, h.admin, h.key(), good)
	want(t, err, identity.ErrRoleTaken)
	_, err = h.ChangeRole(ctx, h.admin, "admin", 1, identity.RoleChange{})
	want(t, err, identity.ErrRoleFixed)
	_, err = h.ChangeRole(ctx, h.admin, "none", 1, identity.RoleChange{})
	want(t, err, identity.ErrNoRole)
	if list := must(h.Roles(ctx))(t); len(list) != 8 || list[0].Code != "admin" {
		t.Errorf("roles %+v", list)
	}
}

func TestReaches(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	top := h.team("Top", 0, 0)
	below := h.team("Below", top.ID, 0)
	side := h.team("Side", 0, 0)
	in := func(name string, team business.TeamID) identity.Person {
		return h.person(name, business.Salesperson, team)
	}
	mate, child, led, far := in("mate", top.ID), in("child", below.ID), in("ledd", side.ID), in("far", 0)
	for reach, sees := range map[identity.Reach][]identity.Person{
		identity.Own: {}, identity.OwnTeam: {mate}, identity.Led: {led},
		identity.Subtree: {mate, child, led}, identity.All: {mate, child, led, far},
	} {
		code := "r-" + string(reach)
		if _, err := h.CreateRole(ctx, h.admin, h.key(), identity.NewRole{
			Code: code, Name: code, Base: business.Manager, Reach: reach}); err != nil {
			t.Fatal(err)
		}
		p := h.person("p-"+string(reach), business.Role(code), top.ID)
		team := must(h.TeamByID(ctx, side.ID))(t)
		if _, err := h.ChangeTeam(ctx, h.admin, identity.Version{ID: int64(side.ID), Version: team.Version},
			identity.TeamChange{Leader: &p.ID}); err != nil {
			t.Fatal(err)
		}
		_, sc, err := h.ScopeOf(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []identity.Person{mate, child, led, far} {
			want := slices.ContainsFunc(sees, func(s identity.Person) bool { return s.ID == other.ID })
			if sc.Has(int64(other.ID)) != want {
				t.Errorf("%s: sees %s: %v", reach, other.Login, !want)
			}
		}
		if !sc.Has(int64(p.ID)) {
			t.Errorf("%s: does not see themselves", reach)
		}
	}
}

// feature: Z4-8
func TestBatchesAreAtomicAndInTheTrail(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	var ids []business.PersonID
	for _, l := range []string{"aa", "bb", "cc"} {
		ids = append(ids, h.person(l, business.Salesperson, 0).ID)
	}
	manager := "manager"
	batch := identity.Batch{Key: h.key(), People: ids, Role: &manager}
	changed := must(h.ChangePeople(ctx, h.admin, scope.Everything(), batch))(t)
	again := must(h.ChangePeople(ctx, h.admin, scope.Everything(), batch))(t)
	if len(changed) != 3 || again[2].Version != changed[2].Version {
		t.Fatalf("changed %+v again %+v", changed, again)
	}
	for _, p := range changed {
		trail := must(h.log.Entries(ctx, audit.Filter{Object: "person", Target: int64(p.ID)}, 0, 1))(t)
		if p.Role != business.Manager || trail[0].Action != "identity.person.changed" || trail[0].Person != h.admin.Person {
			t.Errorf("person %+v trail %+v", p, trail[0])
		}
	}
	off := false
	for _, b := range []identity.Batch{
		{People: append(slices.Clone(ids), 999_999), Active: &off},        // one unknown
		{People: append(slices.Clone(ids), h.admin.Person), Active: &off}, // the last administrator
		{People: nil, Active: &off},
	} {
		b.Key = h.key()
		if _, err := h.ChangePeople(ctx, h.admin, scope.Everything(), b); err == nil {
			t.Fatal("a batch with a fault was carried out")
		}
	}
	_, err := h.ChangePeople(ctx, h.admin, scope.Scope{People: []int64{int64(ids[0])}},
		identity.Batch{Key: h.key(), People: ids, Active: &off})
	want(t, err, identity.ErrNoPerson)
	yes := true
	if n := must(h.CountPeople(ctx, scope.Everything(), identity.Filter{Active: &yes}))(t); n != 4 {
		t.Errorf("%d active people are left of 4", n)
	}
}
