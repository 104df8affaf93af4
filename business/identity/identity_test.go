package identity_test

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

const password = "correct horse 42"

type house struct {
	*identity.Service
	t     *testing.T
	db    *db.DB
	clock *clock.Manual
	log   *audit.Log
	admin business.Actor
	keys  atomic.Int64
}

// box seals so that a test can tell.
type box struct{}

func (box) Seal(plain []byte, use string) ([]byte, error) {
	return []byte(use + "|" + hex.EncodeToString(plain)), nil
}

func (box) Open(sealed []byte, use string) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), use+"|")
	if !ok {
		return nil, errors.New("sealed for another use")
	}
	return hex.DecodeString(plain)
}

func newHouse(t *testing.T, change func(*identity.Policy)) *house {
	t.Helper()
	h := &house{t: t, db: pgtest.DB(t),
		clock: clock.NewManual(time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC))}
	h.log = &audit.Log{DB: h.db, Clock: h.clock}
	p := identity.DefaultPolicy()
	p.Cost = identity.Cost{MemoryKiB: 64, Iterations: 1}
	if change != nil {
		change(&p)
	}
	h.Service = identity.New(h.db, h.clock, h.log, p)
	h.Vault = box{}
	boss, err := h.FirstAdmin(t.Context(), identity.NewPerson{
		Name: "Ada", Login: "Ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	h.admin = actor(boss)
	return h
}

func actor(p identity.Person) business.Actor {
	return business.Actor{Person: p.ID, Role: p.Role, Team: p.Team}
}

func (h *house) key() idem.Key {
	return idem.Key("key-" + strconv.FormatInt(10000+h.keys.Add(1), 10))
}

func (h *house) person(login string, role business.Role, team business.TeamID) identity.Person {
	h.t.Helper()
	p, err := h.CreatePerson(h.t.Context(), h.admin, h.key(), identity.NewPerson{
		Name: "P " + login, Login: login, Role: role, Team: team, Password: password})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) team(name string, parent business.TeamID, leader business.PersonID) identity.Team {
	h.t.Helper()
	team, err := h.CreateTeam(h.t.Context(), h.admin, h.key(),
		identity.NewTeam{Name: name, Parent: parent, Leader: leader})
	if err != nil {
		h.t.Fatal(err)
	}
	return team
}

func (h *house) signIn(login, pass string) (string, error) {
	token, _, err := h.SignIn(h.t.Context(), identity.SignIn{Login: login, Password: pass})
	return token, err
}

func (h *house) mustSignIn(login string) string {
	h.t.Helper()
	token, err := h.signIn(login, password)
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got %v, want %v", err, target)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func change(p identity.Person, c identity.PersonChange) (identity.Version, identity.PersonChange) {
	return identity.Version{ID: int64(p.ID), Version: p.Version}, c
}

func (h *house) change(by business.Actor, p identity.Person, c identity.PersonChange) (identity.Person, error) {
	at, c := change(p, c)
	return h.ChangePerson(h.t.Context(), by, scope.Everything(), at, c)
}

// feature: Z1.2-1
func TestManagersSeeTheSubtreeTheyLead(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	north := h.team("North", 0, 0)
	city := h.team("City", north.ID, 0)
	south := h.team("South", 0, 0)
	boss := h.person("boss", business.Manager, 0)
	a := h.person("aa", business.Salesperson, north.ID)
	b := h.person("bb", business.Salesperson, city.ID)
	c := h.person("cc", business.Salesperson, south.ID)
	_, before, err := h.ScopeOf(ctx, boss.ID)
	if err != nil || len(before.People) != 1 {
		t.Fatalf("a manager of nothing sees %v %v", before, err)
	}
	leader := boss.ID
	if _, err = h.ChangeTeam(ctx, h.admin, identity.Version{ID: int64(north.ID), Version: 1},
		identity.TeamChange{Leader: &leader}); err != nil {
		t.Fatal(err)
	}
	_, sc, err := h.ScopeOf(ctx, boss.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []identity.Person{boss, a, b} {
		if !sc.Has(int64(p.ID)) {
			t.Errorf("%s is not seen", p.Login)
		}
	}
	if sc.Has(int64(c.ID)) || sc.All || sc.Version == before.Version {
		t.Errorf("scope %+v, before %+v", sc, before)
	}
	if want := []int64{int64(north.ID), int64(city.ID)}; before.Teams == nil || len(before.Teams) != 0 ||
		!slices.Equal(sc.Teams, want) {
		t.Errorf("teams %v, before %v, want %v", sc.Teams, before.Teams, want)
	}
	list := must(h.People(ctx, sc, identity.Filter{}, identity.Seek{}, 100))(t)
	n := must(h.CountPeople(ctx, sc, identity.Filter{}))(t)
	if len(list) != 3 || n != 3 {
		t.Errorf("list of %d, count %d", len(list), n)
	}
	_, err = h.PersonByID(ctx, sc, c.ID)
	want(t, err, identity.ErrNoPerson)
	for _, role := range []business.Role{business.Admin, business.Dispatcher} {
		p := h.person(string(role), role, 0)
		if _, sc, err := h.ScopeOf(ctx, p.ID); err != nil || !sc.All {
			t.Errorf("%s sees %+v %v", role, sc, err)
		}
	}
}

// feature: Z1.2-2
func TestSalespeopleSeeThemselves(t *testing.T) {
	h := newHouse(t, nil)
	team := h.team("North", 0, 0)
	a := h.person("aa", business.Salesperson, team.ID)
	b := h.person("bb", business.Salesperson, team.ID)
	_, sc, err := h.ScopeOf(t.Context(), a.ID)
	if err != nil || !sc.Has(int64(a.ID)) || sc.Has(int64(b.ID)) ||
		!slices.Equal(sc.Teams, []int64{int64(team.ID)}) {
		t.Fatalf("scope %+v %v", sc, err)
	}
}

func TestPeopleArePagedByName(t *testing.T) {
	h := newHouse(t, nil)
	for _, n := range []string{"周敏", "安娜", "Zed", "bob", "李伟", "bob"} {
		_, err := h.CreatePerson(t.Context(), h.admin, h.key(), identity.NewPerson{
			Name: n, Login: "u" + strconv.Itoa(int(h.keys.Load())), Role: business.Salesperson})
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	var seek identity.Seek
	for {
		page := must(h.People(t.Context(), scope.Everything(), identity.Filter{}, seek, 2))(t)
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			all = append(all, p.Name)
			seek = identity.Seek{Name: p.Name, ID: p.ID}
		}
	}
	if got := strings.Join(all, " "); got != "Ada bob bob Zed 安娜 李伟 周敏" && got != "安娜 李伟 周敏 Ada bob bob Zed" {
		t.Fatalf("order: %s", got)
	}
	f := identity.Filter{Search: "%"}
	if n := must(h.CountPeople(t.Context(), scope.Everything(), f))(t); n != 0 {
		t.Errorf("a percent sign matched %d people", n)
	}
}

func TestChangePersonRules(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	p := h.person("li", business.Salesperson, 0)
	name, bad, other := "Li Wei", "", "ada"
	out := orb.Point{200, 0}
	pOut, manager, inactive := &out, "manager", false
	adminRole, noRole, nobodysTeam := "admin", "king", business.TeamID(999)

	changed := must(h.change(h.admin, p, identity.PersonChange{Name: &name}))(t)
	if changed.Name != name || changed.Version != p.Version+1 {
		t.Fatalf("changed %+v", changed)
	}
	_, err := h.change(h.admin, p, identity.PersonChange{Name: &name})
	want(t, err, identity.ErrChanged)
	p = changed
	_, err = h.change(h.admin, p, identity.PersonChange{Name: &bad, Home: &pOut})
	want(t, err, identity.ErrPerson)
	_, err = h.change(h.admin, p, identity.PersonChange{Login: &other})
	want(t, err, identity.ErrLoginTaken)
	_, err = h.change(h.admin, p, identity.PersonChange{Team: &nobodysTeam})
	want(t, err, identity.ErrNoTeam)
	_, err = h.change(h.admin, p, identity.PersonChange{Role: &noRole})
	want(t, err, identity.ErrUnknownRole)
	boss := business.Actor{Person: p.ID, Role: business.Manager}
	_, err = h.change(boss, p, identity.PersonChange{Role: &adminRole})
	want(t, err, identity.ErrAboveSelf)
	ada := must(h.PersonByID(ctx, scope.Everything(), h.admin.Person))(t)
	_, err = h.change(h.admin, ada, identity.PersonChange{Role: &manager})
	want(t, err, identity.ErrLastAdmin)
	_, err = h.change(h.admin, ada, identity.PersonChange{Active: &inactive})
	want(t, err, identity.ErrLastAdmin)
	_, err = h.ChangePerson(ctx, boss, scope.Scope{People: []int64{1}}, identity.Version{ID: 99}, identity.PersonChange{})
	want(t, err, identity.ErrNoPerson)
	if got := must(h.PersonByID(ctx, scope.Everything(), p.ID))(t); got.Version != p.Version {
		t.Errorf("a refused change changed something: %+v", got)
	}
}

// feature: Z4-1
func TestDeactivationEndsSessionsAndKeepsHistory(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	p := h.person("li", business.Salesperson, 0)
	token := h.mustSignIn("li")
	_, device, err := h.CreateDevice(ctx, h.admin, scope.Everything(), h.key(),
		identity.NewDevice{Person: p.ID, Name: "tracker"})
	if err != nil {
		t.Fatal(err)
	}
	id := must(h.IdentifyDevice(ctx, device))(t)
	if len(id.Permissions) != 1 || id.Permissions[0] != business.PositionsWrite {
		t.Fatalf("a device may %v", id.Permissions)
	}
	off := false
	if _, err := h.change(h.admin, p, identity.PersonChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Identify(ctx, token)
	want(t, err, identity.ErrRevoked) // what the phone kept is the company's
	_, err = h.IdentifyDevice(ctx, device)
	want(t, err, identity.ErrSession)
	_, err = h.signIn("li", password)
	want(t, err, identity.ErrCredentials)
	if got := must(h.PersonByID(ctx, scope.Everything(), p.ID))(t); got.Active || got.Login != "li" {
		t.Errorf("history lost: %+v", got)
	}
	_, err = h.CreatePerson(ctx, h.admin, h.key(), identity.NewPerson{
		Name: "Second", Login: "li", Role: business.Salesperson})
	want(t, err, identity.ErrLoginTaken) // an account is never shared or reused
}

func TestRoleAndPasswordChangesEndSessions(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	p := h.person("li", business.Salesperson, 0)
	token := h.mustSignIn("li")
	manager, next := "manager", "another long pass"
	p = must(h.change(h.admin, p, identity.PersonChange{Role: &manager}))(t)
	_, err := h.Identify(ctx, token)
	want(t, err, identity.ErrSession)
	token = h.mustSignIn("li")
	if _, err = h.change(h.admin, p, identity.PersonChange{Password: &next}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Identify(ctx, token)
	want(t, err, identity.ErrSession)
	_, err = h.signIn("li", password)
	want(t, err, identity.ErrCredentials)
	if _, err := h.signIn("li", next); err != nil {
		t.Fatal(err)
	}
}

// feature: G38
func TestSensitiveActionsAskForThePasswordAgain(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	kept, other := h.mustSignIn("ada"), h.mustSignIn("ada")
	id := must(h.Identify(ctx, kept))(t)
	h.clock.Advance(time.Hour)
	want(t, h.Prove(ctx, h.admin, id.Session, "wrong"), identity.ErrWrongPassword)
	if err := h.Prove(ctx, h.admin, id.Session, password); err != nil {
		t.Fatal(err)
	}
	if got := must(h.Identify(ctx, kept))(t); !got.ProvedAt.Equal(h.clock.Now()) {
		t.Errorf("proved at %v", got.ProvedAt)
	}
	want(t, h.ChangePassword(ctx, h.admin, id.Session, "wrong", "a brand new one"), identity.ErrWrongPassword)
	want(t, h.ChangePassword(ctx, h.admin, id.Session, password, "short"), identity.ErrWeakPassword)
	if err := h.ChangePassword(ctx, h.admin, id.Session, password, "a brand new one"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Identify(ctx, kept); err != nil {
		t.Error("the session that changed the password ended")
	}
	_, err := h.Identify(ctx, other)
	want(t, err, identity.ErrSession)
}

func TestTeamsFormATree(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	a := h.team("A", 0, 0)
	b := h.team("B", a.ID, 0)
	c := h.team("C", b.ID, 0)
	_, err := h.ChangeTeam(ctx, h.admin, identity.Version{ID: int64(a.ID), Version: 1},
		identity.TeamChange{Parent: &c.ID})
	want(t, err, identity.ErrTeamCycle)
	_, err = h.CreateTeam(ctx, h.admin, h.key(), identity.NewTeam{Name: "B", Parent: a.ID})
	want(t, err, identity.ErrTeamTaken)
	_, err = h.CreateTeam(ctx, h.admin, h.key(), identity.NewTeam{Name: "X", Parent: 999})
	want(t, err, identity.ErrNoTeam)
	_, err = h.CreateTeam(ctx, h.admin, h.key(), identity.NewTeam{Name: "X", Leader: 999})
	want(t, err, identity.ErrNoPerson)
	_, err = h.CreateTeam(ctx, h.admin, h.key(), identity.NewTeam{Name: " "})
	want(t, err, identity.ErrTeam)
	if list := must(h.Teams(ctx))(t); len(list) != 3 {
		t.Fatalf("teams %+v", list)
	}
}

// Two moves that are harmless alone and a cycle together.
func TestConcurrentMovesCannotMakeACycle(t *testing.T) {
	h := newHouse(t, nil)
	for i := range 5 {
		a := h.team("A"+strconv.Itoa(i), 0, 0)
		b := h.team("B"+strconv.Itoa(i), 0, 0)
		var wg sync.WaitGroup
		var ok atomic.Int64
		move := func(x, under identity.Team) {
			_, err := h.ChangeTeam(t.Context(), h.admin,
				identity.Version{ID: int64(x.ID), Version: 1}, identity.TeamChange{Parent: &under.ID})
			if err == nil {
				ok.Add(1)
			} else if !errors.Is(err, identity.ErrTeamCycle) {
				t.Error(err)
			}
		}
		wg.Go(func() { move(a, b) })
		wg.Go(func() { move(b, a) })
		wg.Wait()
		if ok.Load() != 1 {
			t.Fatalf("%d moves succeeded", ok.Load())
		}
	}
}

func TestTwoAdminsCannotUnmakeEachOther(t *testing.T) {
	h := newHouse(t, nil)
	second := h.person("second", business.Admin, 0)
	ada := must(h.PersonByID(t.Context(), scope.Everything(), h.admin.Person))(t)
	manager := "manager"
	var wg sync.WaitGroup
	var ok atomic.Int64
	unmake := func(by, p identity.Person) {
		_, err := h.change(actor(by), p, identity.PersonChange{Role: &manager})
		if err == nil {
			ok.Add(1)
		} else if !errors.Is(err, identity.ErrLastAdmin) {
			t.Error(err)
		}
	}
	wg.Go(func() { unmake(ada, second) })
	wg.Go(func() { unmake(second, ada) })
	wg.Wait()
	if ok.Load() != 1 {
		t.Fatalf("%d succeeded", ok.Load())
	}
}

func TestReplayedCommandsMakeOnePerson(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	in := identity.NewPerson{Name: "Li", Login: "li", Role: business.Salesperson, Password: password,
		Home: &orb.Point{-75.5, 39.7}}
	key := h.key()
	first := must(h.CreatePerson(ctx, h.admin, key, in))(t)
	for range 20 {
		again := must(h.CreatePerson(ctx, h.admin, key, in))(t)
		if again.ID != first.ID || *again.Home != *first.Home {
			t.Fatalf("replay gave %+v, first %+v", again, first)
		}
	}
	in.Name = "Other"
	_, err := h.CreatePerson(ctx, h.admin, key, in)
	want(t, err, idem.ErrKeyReused)
}

func TestWorkday(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	if err := h.SetCompany(ctx, h.admin, identity.Company{
		Name: "First State", Zone: "America/New_York", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	want(t, h.SetCompany(ctx, h.admin, identity.Company{Zone: "Mars"}), identity.ErrCompany)
	p := h.person("li", business.Salesperson, 0)
	day := func(s string) identity.Workday {
		d, err := business.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return must(identity.WorkdayOf(ctx, h.db, p.ID, d))(t)
	}
	monday := day("2026-11-23")
	if !monday.Works || monday.Start.UTC().Hour() != 13 || monday.End.Sub(monday.Start) != 9*time.Hour {
		t.Fatalf("monday %+v", monday)
	}
	if summer := day("2026-07-06"); summer.Start.UTC().Hour() != 12 {
		t.Errorf("summer time ignored: %v", summer.Start)
	}
	if day("2026-11-22").Works {
		t.Error("works on a Sunday")
	}
	if _, err := h.db.Exec(ctx, `insert into identity.calendar_day values (null, '2026-11-26', false),
		($1, '2026-11-26', true), (null, '2026-11-28', true)`, p.ID); err != nil {
		t.Fatal(err)
	}
	if !day("2026-11-26").Works || !day("2026-11-28").Works {
		t.Error("the calendar's exceptions are ignored")
	}
}

// feature: G40
func TestEveryCommandIsInTheTrail(t *testing.T) {
	h := newHouse(t, nil)
	ctx := business.WithOrigin(t.Context(), business.Origin{Address: "203.0.113.5", Request: "abc"})
	p, err := h.CreatePerson(ctx, h.admin, h.key(), identity.NewPerson{
		Name: "Li", Login: "li", Role: business.Salesperson})
	if err != nil {
		t.Fatal(err)
	}
	phone := "555"
	if _, err := h.change(h.admin, p, identity.PersonChange{Phone: &phone}); err != nil {
		t.Fatal(err)
	}
	entries := must(h.log.Entries(ctx, audit.Filter{Object: "person", Target: int64(p.ID)}, 0, 10))(t)
	if len(entries) != 2 {
		t.Fatalf("entries %+v", entries)
	}
	made := entries[1]
	if made.Action != "identity.person.created" || made.Person != h.admin.Person ||
		made.Address != "203.0.113.5" || made.Request != "abc" || !made.At.Equal(h.clock.Now()) {
		t.Errorf("entry %+v", made)
	}
	if !strings.Contains(string(entries[0].After), "555") || strings.Contains(string(entries[0].Before), "555") {
		t.Errorf("before %s after %s", entries[0].Before, entries[0].After)
	}
	if _, err := h.signIn("li", "wrong"); err == nil {
		t.Fatal("signed in")
	}
	entries = must(h.log.Entries(ctx, audit.Filter{Object: "person", Target: int64(p.ID)}, 0, 1))(t)
	if entries[0].Action != "identity.session.refused" {
		t.Errorf("a refused sign-in is not in the trail: %+v", entries[0])
	}
	if n := must(h.log.Seal(context.Background()))(t); n < 4 {
		t.Errorf("sealed %d", n)
	}
	if f, _, err := h.log.Verify(ctx); f != nil || err != nil {
		t.Errorf("verify: %+v %v", f, err)
	}
}
