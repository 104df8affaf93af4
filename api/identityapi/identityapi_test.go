package identityapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"beatplan/api"
	"beatplan/api/identityapi"
	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/internal/clock"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

const password = "correct horse 42"

type house struct {
	t     *testing.T
	api   *api.API
	svc   *identity.Service
	clock *clock.Manual
	srv   *httptest.Server
	admin business.Actor
	n     int
}

func newHouse(t *testing.T, demo bool) *house {
	t.Helper()
	d := pgtest.DB(t)
	c := clock.NewManual(time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC))
	log := &audit.Log{DB: d, Clock: c}
	p := identity.DefaultPolicy()
	p.Cost, p.Demo = identity.Cost{MemoryKiB: 64, Iterations: 1}, demo
	svc := identity.New(d, c, log, p)
	svc.Vault = box{}
	a := api.New(api.Options{
		Version: "test", Sessions: identityapi.Sessions{Service: svc}, Now: c.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	identityapi.Mount(a, identityapi.Surface{Service: svc, Duty: everybody{}})
	api.Post(a, "/v1/ping", api.Op{ID: "ping", Summary: "Send a position", Tags: []string{"Test"},
		Perm: business.PositionsWrite}, func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	srv := httptest.NewServer(a.Handler())
	t.Cleanup(func() { a.Close(); srv.Close() })
	boss, err := svc.FirstAdmin(t.Context(), identity.NewPerson{
		Name: "Ada", Login: "ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return &house{t: t, api: a, svc: svc, clock: c, srv: srv,
		admin: business.Actor{Person: boss.ID, Role: business.Admin}}
}

// box keeps what it is given as it is.
type box struct{}

func (box) Seal(plain []byte, _ string) ([]byte, error)  { return plain, nil }
func (box) Open(sealed []byte, _ string) ([]byte, error) { return sealed, nil }

// everybody is on duty.
type everybody struct{}

func (everybody) OnDuty(_ context.Context, sc scope.Scope) (map[business.PersonID]bool, error) {
	on := map[business.PersonID]bool{}
	for _, p := range sc.People {
		on[business.PersonID(p)] = true
	}
	return on, nil
}

func (h *house) person(login string, role business.Role, team business.TeamID) identity.Person {
	h.t.Helper()
	h.n++
	p, err := h.svc.CreatePerson(h.t.Context(), h.admin, idem.Key(fmt.Sprint("key-", 1000+h.n)),
		identity.NewPerson{Name: login, Login: login, Role: role, Team: team, Password: password, Demo: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// browser keeps the session cookie.
type browser struct {
	h      *house
	cookie string
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) code() string {
	var p api.Problem
	_ = json.Unmarshal([]byte(a.body), &p)
	return p.Code
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

func (b *browser) do(method, path, body string, header ...string) answer {
	b.h.t.Helper()
	req, err := http.NewRequest(method, b.h.srv.URL+path, strings.NewReader(body))
	if err != nil {
		b.h.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		b.h.n++
		req.Header.Set("Idempotency-Key", "test-key-"+strconv.Itoa(b.h.n))
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if b.cookie != "" {
		req.AddCookie(&http.Cookie{Name: "beatplan", Value: b.cookie})
	}
	res, err := b.h.srv.Client().Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		b.cookie = c.Value
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			b.h.t.Errorf("cookie %+v", c)
		}
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (h *house) signIn(login string) *browser {
	h.t.Helper()
	b := &browser{h: h}
	a := b.do("POST", "/v1/sessions", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password))
	if a.status != http.StatusCreated || b.cookie == "" {
		h.t.Fatalf("sign in as %s: %d %s", login, a.status, a.body)
	}
	return b
}

func expect(t *testing.T, a answer, status int, code string) {
	t.Helper()
	if a.status != status || code != "" && a.code() != code {
		t.Fatalf("got %d %s, want %d %s", a.status, a.body, status, code)
	}
}

func TestSignInMeSignOut(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	first := b.cookie
	a := b.do("GET", "/v1/me", "")
	expect(t, a, 200, "")
	var me identityapi.Me
	a.into(t, &me)
	if me.Login != "ada" || me.BusinessDay.String() != "2026-11-23" || me.Language != "zh" ||
		me.Demo || me.Team != nil || len(me.Permissions) != len(business.Permissions()) {
		t.Errorf("me %+v", me)
	}
	expect(t, b.do("PATCH", "/v1/me", `{"language":"en","theme":"dark"}`), 200, "")
	b.do("GET", "/v1/me", "").into(t, &me)
	if me.Language != "en" || me.Theme != "dark" {
		t.Errorf("taste %+v", me)
	}
	expect(t, b.do("PATCH", "/v1/me", `{"language":"fr"}`), 422, "request.invalid")
	expect(t, b.do("DELETE", "/v1/sessions/current", ""), 204, "")
	expect(t, b.do("GET", "/v1/me", ""), 401, "session.missing") // the cookie is gone
	b.cookie = first
	expect(t, b.do("GET", "/v1/me", ""), 401, "identity.session_over") // and worthless
}

// feature: G33
func TestSignInRefusals(t *testing.T) {
	h := newHouse(t, false)
	b := &browser{h: h}
	for _, body := range []string{`{"login":"ada","password":"x"}`, `{"login":"bob","password":"x"}`} {
		expect(t, b.do("POST", "/v1/sessions", body), 401, "identity.wrong_credentials")
	}
	for range 4 {
		b.do("POST", "/v1/sessions", `{"login":"ada","password":"x"}`)
	}
	a := b.do("POST", "/v1/sessions", `{"login":"ada","password":"x"}`)
	expect(t, a, 429, "identity.locked")
	if s, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || s < 25 || s > 31 {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	expect(t, b.do("POST", "/v1/sessions", `{"login":"ada"`), 400, "request.malformed")
	expect(t, b.do("POST", "/v1/sessions", `{"login":"ada"}`), 422, "request.invalid")
	expect(t, b.do("POST", "/v1/sessions", `{"login":"ada","password":"x"}`, "Sec-Fetch-Site", "cross-site"),
		403, "request.cross_site")
	expect(t, b.do("POST", "/v1/sessions/demo", `{"login":"ada"}`), 403, "identity.demo_off")
	if b.cookie != "" {
		t.Error("a refused sign-in set a cookie")
	}
	a = b.do("POST", "/v1/sessions", `{"login":"`+strings.Repeat("x", 50<<20)+`"}`)
	expect(t, a, 413, "request.too_large")
}

func TestSessionFixation(t *testing.T) {
	h := newHouse(t, false)
	attacker := h.signIn("ada")
	victim := &browser{h: h, cookie: attacker.cookie} // planted
	a := victim.do("POST", "/v1/sessions", fmt.Sprintf(`{"login":"ada","password":%q}`, password))
	expect(t, a, 201, "")
	if victim.cookie == attacker.cookie {
		t.Fatal("the planted token was kept")
	}
	expect(t, attacker.do("GET", "/v1/me", ""), 401, "identity.session_over")
}

func TestARevokedPhoneIsToldApartFromAnExpiredOne(t *testing.T) {
	h := newHouse(t, false)
	phone, desk := h.signIn("ada"), h.signIn("ada")
	var list struct {
		Items []struct {
			ID      int64
			Current bool
		}
	}
	desk.do("GET", "/v1/sessions", "").into(t, &list)
	for _, s := range list.Items {
		if !s.Current {
			expect(t, desk.do("DELETE", fmt.Sprintf("/v1/sessions/%d", s.ID), ""), 204, "")
		}
	}
	expect(t, phone.do("GET", "/v1/me", ""), 401, "identity.device_revoked")
	expect(t, desk.do("GET", "/v1/me", ""), 200, "")
}

func TestAnExpiredSession(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	h.clock.Advance(73 * time.Hour)
	expect(t, b.do("GET", "/v1/people", ""), 401, "identity.session_over")
	expect(t, b.do("GET", "/v1/demo-logins", ""), 200, "") // a public page works with a dead cookie
}

func TestDemoLogins(t *testing.T) {
	h := newHouse(t, true)
	h.person("boss", business.Manager, 0)
	h.person("seller", business.Salesperson, 0)
	b := &browser{h: h}
	var list struct {
		Items []struct{ Login, Role string }
	}
	b.do("GET", "/v1/demo-logins", "").into(t, &list)
	if len(list.Items) != 2 || list.Items[0].Login != "boss" {
		t.Fatalf("logins %+v", list)
	}
	expect(t, b.do("POST", "/v1/sessions/demo", `{"login":"ada"}`), 404, "identity.no_person")
	expect(t, b.do("POST", "/v1/sessions/demo", `{"login":"seller"}`), 201, "")
	var me identityapi.Me
	b.do("GET", "/v1/me", "").into(t, &me)
	if me.Login != "seller" || !me.Demo {
		t.Errorf("me %+v", me)
	}
}

// feature: F31
func TestPeopleWithinTheScope(t *testing.T) {
	h := newHouse(t, false)
	admin := h.signIn("ada")
	a := admin.do("POST", "/v1/teams", `{"name":"North"}`)
	expect(t, a, 201, "")
	var team identityapi.Team
	a.into(t, &team)
	boss := h.person("boss", business.Manager, 0)
	mine := h.person("mine", business.Salesperson, team.ID)
	other := h.person("other", business.Salesperson, 0)
	a = admin.do("PATCH", fmt.Sprint("/v1/teams/", team.ID), fmt.Sprintf(`{"leader_id":%d}`, boss.ID),
		"If-Match", a.header.Get("ETag"))
	expect(t, a, 200, "")
	expect(t, admin.do("PATCH", fmt.Sprint("/v1/teams/", team.ID), `{"name":"X"}`, "If-Match", `"1"`),
		412, "identity.changed")
	expect(t, admin.do("PATCH", fmt.Sprint("/v1/teams/", team.ID), `{"name":"X"}`), 400, "request.if_match")

	m := h.signIn("boss")
	var page api.Page[identityapi.Person]
	m.do("GET", "/v1/people?limit=1", "").into(t, &page)
	if len(page.Items) != 1 || *page.Total != 2 || page.Next == nil {
		t.Fatalf("page %+v", page)
	}
	var rest api.Page[identityapi.Person]
	m.do("GET", "/v1/people?limit=1&after="+*page.Next, "").into(t, &rest)
	if len(rest.Items) != 1 || rest.Items[0].ID == page.Items[0].ID || rest.Next != nil {
		t.Fatalf("rest %+v", rest)
	}
	expect(t, m.do("GET", "/v1/people?after=%21", ""), 400, "request.after")
	expect(t, m.do("GET", fmt.Sprint("/v1/people/", mine.ID), ""), 200, "")
	foreign := m.do("GET", fmt.Sprint("/v1/people/", other.ID), "")
	unknown := m.do("GET", "/v1/people/999999", "")
	expect(t, foreign, 404, "identity.no_person")
	expect(t, unknown, 404, "identity.no_person")
	expect(t, m.do("PATCH", fmt.Sprint("/v1/people/", mine.ID), `{"name":"x"}`, "If-Match", `"1"`),
		403, "session.denied")
	expect(t, admin.do("PATCH", "/v1/people/999999", `{"name":"x"}`, "If-Match", `"1"`), 404, "identity.no_person")
}

func TestChangeAPerson(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	a := b.do("POST", "/v1/people", `{"name":"Li","login":"Li.Wei","role":"salesperson",
		"home":[-75.5,39.7],"shift":{"start":"09:00","end":"18:15"}}`)
	expect(t, a, 201, "")
	var p identityapi.Person
	a.into(t, &p)
	if p.Login != "li.wei" || p.Shift.End != "18:15" || p.Home[0] != -75.5 || p.TeamID != nil {
		t.Fatalf("person %+v", p)
	}
	path := fmt.Sprint("/v1/people/", p.ID)
	a = b.do("PATCH", path, `{"home":null,"phone":"1"}`, "If-Match", a.header.Get("ETag"))
	expect(t, a, 200, "")
	a.into(t, &p)
	if p.Home != nil || p.Phone != "1" || p.Name != "Li" || p.Shift.Start != "09:00" {
		t.Fatalf("changed %+v", p)
	}
	tag := a.header.Get("ETag")
	for body, want := range map[string]string{
		`{"home":[200,39]}`: "identity.person_invalid",
		`{"home":[39]}`:     "request.invalid",
		`{"shift":{"start":"18:00","end":"09:00"}}`: "identity.person_invalid",
		`{"shift":{"start":"25:00","end":"26:00"}}`: "request.invalid",
		`{"password":"short"}`:                      "identity.weak_password",
	} {
		expect(t, b.do("PATCH", path, body, "If-Match", tag), 422, want)
	}
	expect(t, b.do("POST", "/v1/people", `{"name":"Li","login":"li.wei","role":"salesperson"}`),
		409, "identity.login_taken")
	expect(t, b.do("POST", "/v1/people", `{"name":"Li","login":"li2","role":"king"}`), 422, "identity.unknown_role")
	if now := b.do("GET", path, ""); now.header.Get("ETag") != tag {
		t.Error("a refused change changed something")
	}
}

func TestDeviceTokens(t *testing.T) {
	h := newHouse(t, false)
	p := h.person("seller", business.Salesperson, 0)
	b := h.signIn("ada")
	path := fmt.Sprintf("/v1/people/%d/devices", p.ID)
	body := `{"name":"tracker"}`
	a := b.do("POST", path, body, "Idempotency-Key", "one-device-once")
	expect(t, a, 201, "")
	var d identityapi.Device
	a.into(t, &d)
	if !strings.HasPrefix(d.Token, "bpd_") {
		t.Fatalf("device %+v", d)
	}
	again := b.do("POST", path, body, "Idempotency-Key", "one-device-once")
	var same identityapi.Device
	again.into(t, &same)
	if same.ID != d.ID || same.Token != "" {
		t.Errorf("replay gave %+v", same)
	}
	tracker := &browser{h: h}
	bearer := []string{"Authorization", "Bearer " + d.Token}
	expect(t, tracker.do("GET", "/v1/people", "", bearer...), 403, "session.denied")
	expect(t, tracker.do("GET", "/v1/me", "", bearer...), 403, "session.denied")
	sessions := identityapi.Sessions{Service: h.svc}
	if who, err := sessions.Device(t.Context(), d.Token); err != nil || who != int64(p.ID) {
		t.Errorf("device of %d: %v", who, err)
	}
	if _, err := sessions.Device(t.Context(), "bpd_x"); !errors.Is(err, identity.ErrNoDevice) {
		t.Errorf("unknown token: %v", err)
	}
	expect(t, tracker.do("POST", "/v1/ping", "", bearer...), 204, "")
	expect(t, b.do("DELETE", fmt.Sprintf("%s/%d", path, d.ID), ""), 204, "")
	expect(t, tracker.do("POST", "/v1/ping", "", bearer...), 401, "identity.session_over")
	expect(t, b.do("DELETE", fmt.Sprintf("%s/%d", path, d.ID), ""), 404, "identity.no_device")
}

// Every operation of the route table, by every role and by nobody.
func TestEveryOperationByEveryRole(t *testing.T) {
	h := newHouse(t, false)
	roles := []business.Role{business.Admin, business.Manager, business.Dispatcher, business.Salesperson}
	for _, r := range roles {
		h.person("role-"+string(r), r, 0)
	}
	for _, route := range h.api.Routes() {
		path := strings.NewReplacer("{id}", "999999", "{device}", "999999", "{code}", "x").Replace(route.Path)
		if route.Path == "/v1/events" {
			continue // stays open; its door is the same and tested in package api
		}
		anyone := &browser{h: h}
		status := anyone.do(route.Method, path, "{}", "If-Match", `"1"`).status
		if public := route.Perm == api.Public; public == (status == 401) && !strings.HasPrefix(route.Path, "/v1/sessions") {
			t.Errorf("%s %s (%s): nobody got %d", route.Method, route.Path, route.Perm, status)
		}
		for _, r := range roles {
			b := h.signIn("role-" + string(r))
			a := b.do(route.Method, path, "{}", "If-Match", `"1"`)
			c := api.Caller{Actor: business.Actor{Person: 1}, Permissions: identity.PermissionsOf(r)}
			if denied := a.status == 403; denied == c.May(route.Perm) && a.code() != "identity.demo_off" {
				t.Errorf("%s %s (%s): %s got %d %s", route.Method, route.Path, route.Perm, r, a.status, a.body)
			}
			if a.status >= 500 {
				t.Errorf("%s %s: %d %s", route.Method, route.Path, a.status, a.body)
			}
		}
	}
}

func TestRolesOverHTTP(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	a := b.do("POST", "/v1/roles", `{"code":"stockist","name":"Keeper","base":"salesperson","reach":"own","permissions":["people.read"]}`)
	expect(t, a, 201, "")
	tag := a.header.Get("ETag")
	expect(t, b.do("POST", "/v1/people", `{"name":"K","login":"keep","role":"stockist","password":"`+password+`"}`), 201, "")
	k := h.signIn("keep")
	var me identityapi.Me
	k.do("GET", "/v1/me", "").into(t, &me)
	if me.Role != business.Salesperson || len(me.Permissions) != 1 {
		t.Fatalf("me %+v", me)
	}
	a = b.do("PATCH", "/v1/roles/stockist", `{"permissions":[]}`, "If-Match", tag)
	expect(t, a, 200, "")
	expect(t, k.do("GET", "/v1/people", ""), 403, "session.denied")
	expect(t, b.do("PATCH", "/v1/roles/stockist", `{"permissions":null}`, "If-Match", a.header.Get("ETag")), 200, "")
	expect(t, k.do("GET", "/v1/people", ""), 200, "")
	expect(t, b.do("PATCH", "/v1/roles/admin", `{"permissions":[]}`, "If-Match", `"1"`), 409, "identity.role_fixed")
	expect(t, b.do("PATCH", "/v1/roles/none", `{}`, "If-Match", `"1"`), 404, "identity.no_role")
	expect(t, k.do("POST", "/v1/people/batch", `{"people":[1],"active":false}`), 403, "session.denied")
	expect(t, b.do("POST", "/v1/people/batch", `{"people":[1],"active":false}`), 409, "identity.last_admin")
	expect(t, b.do("POST", "/v1/people/batch", `{"people":[2],"team_id":null,"role":"dispatcher"}`), 200, "")
}

func TestTokensAndFactorsOverHTTP(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	body := `{"name":"export","permissions":["people.read"],"days":30}`
	a := b.do("POST", "/v1/me/tokens", body)
	expect(t, a, 201, "")
	var token identityapi.Token
	a.into(t, &token)
	program := &browser{h: h}
	bearer := []string{"Authorization", "Bearer " + token.Token}
	expect(t, program.do("GET", "/v1/people", "", bearer...), 200, "")
	expect(t, program.do("GET", "/v1/me", "", bearer...), 403, "session.denied")
	expect(t, program.do("POST", "/v1/teams", `{"name":"X"}`, bearer...), 403, "session.denied")
	expect(t, program.do("POST", "/v1/me/tokens", body, bearer...), 403, "session.denied")
	h.clock.Advance(time.Hour)
	expect(t, b.do("POST", "/v1/me/tokens", body), 403, "identity.proof_needed")
	expect(t, b.do("POST", "/v1/me/totp", ""), 403, "identity.proof_needed")
	expect(t, b.do("POST", "/v1/sessions/current/proof", `{"password":"no"}`), 403, "identity.wrong_password")
	expect(t, b.do("POST", "/v1/sessions/current/proof", `{"password":"`+password+`"}`), 204, "")
	a = b.do("POST", "/v1/me/totp", "")
	expect(t, a, 201, "")
	if !strings.Contains(a.body, "otpauth://totp/") {
		t.Errorf("address %s", a.body)
	}
	expect(t, b.do("POST", "/v1/me/totp/confirm", `{"code":"000000"}`), 422, "identity.first_code")
	expect(t, b.do("DELETE", fmt.Sprint("/v1/me/tokens/", token.ID), ""), 204, "")
	expect(t, program.do("GET", "/v1/people", "", bearer...), 401, "identity.session_over")
}

func TestTheTemplateImports(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	file := b.do("GET", "/v1/people/import/template.xlsx", "")
	expect(t, file, 200, "")
	var out struct {
		Created, Teams int
		Invitations    []struct{ Login, Password string }
	}
	a := b.do("POST", "/v1/people/import?dry_run=true", file.body, "Content-Type", "application/octet-stream")
	expect(t, a, 200, "")
	a = b.do("POST", "/v1/people/import", file.body, "Content-Type", "application/octet-stream")
	expect(t, a, 200, "")
	a.into(t, &out)
	if out.Created != 2 || out.Teams != 2 || len(out.Invitations) != 2 {
		t.Fatalf("import %+v", out)
	}
	n := &browser{h: h}
	expect(t, n.do("POST", "/v1/sessions", fmt.Sprintf(`{"login":%q,"password":%q}`,
		out.Invitations[0].Login, out.Invitations[0].Password)), 201, "")
	expect(t, b.do("POST", "/v1/people/import", "PK\x03\x04 broken", "Content-Type", "application/octet-stream"),
		422, "sheet.unreadable")
	expect(t, b.do("POST", "/v1/people/import", strings.Repeat("x", 6<<20), "Content-Type", "application/octet-stream"),
		413, "request.too_large")
}

func TestCompanyAndCalendar(t *testing.T) {
	h := newHouse(t, false)
	b := h.signIn("ada")
	var c identityapi.Company
	a := b.do("PATCH", "/v1/company", `{"name":"First State","language":"en","center":[-75.5,39.1],"bounds":[-76,38,-75,40]}`)
	expect(t, a, 200, "")
	a.into(t, &c)
	if c.Name != "First State" || c.Timezone != "UTC" || c.Bounds[3] != 40 || c.Center[0] != -75.5 {
		t.Errorf("company %+v", c)
	}
	expect(t, b.do("PATCH", "/v1/company", `{"bounds":[-75,38,-76,40]}`), 422, "identity.company_invalid")
	expect(t, b.do("PATCH", "/v1/company", `{"timezone":"Mars"}`), 422, "request.invalid")
	p := h.person("seller", business.Salesperson, 0)
	expect(t, b.do("PUT", "/v1/calendar/2026-11-26", `{"working":false,"note":"Thanksgiving"}`), 204, "")
	expect(t, b.do("PUT", "/v1/calendar/2026-11-26", fmt.Sprintf(`{"working":true,"person_id":%d}`, p.ID)), 204, "")
	expect(t, b.do("PUT", "/v1/calendar/2026-13-26", `{"working":false}`), 422, "request.invalid")
	expect(t, b.do("PUT", "/v1/calendar/2026-11-26", `{"working":true,"person_id":999999}`), 404, "identity.no_person")
	var list struct{ Items []identityapi.CalendarDay }
	s := h.signIn("seller")
	s.do("GET", "/v1/calendar?from=2026-11-01&to=2026-11-30", "").into(t, &list)
	if len(list.Items) != 1 || list.Items[0].Note != "Thanksgiving" || list.Items[0].PersonID != nil {
		t.Errorf("calendar %+v", list)
	}
	s.do("GET", fmt.Sprintf("/v1/calendar?from=2026-11-01&to=2026-11-30&person=%d", p.ID), "").into(t, &list)
	if len(list.Items) != 2 || !list.Items[1].Working {
		t.Errorf("calendar %+v", list)
	}
	expect(t, s.do("GET", "/v1/calendar?from=2026-11-01&to=2026-11-30&person=1", ""), 404, "identity.no_person")
	expect(t, s.do("PUT", "/v1/calendar/2026-11-26", `{"working":false}`), 403, "session.denied")
	expect(t, b.do("DELETE", fmt.Sprintf("/v1/calendar/2026-11-26?person=%d", p.ID), ""), 204, "")
	b.do("GET", fmt.Sprintf("/v1/calendar?from=2026-11-01&to=2026-11-30&person=%d", p.ID), "").into(t, &list)
	if len(list.Items) != 1 {
		t.Errorf("calendar after clearing %+v", list)
	}
}
