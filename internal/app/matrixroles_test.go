package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/idem"
)

// member is somebody of the matrix: signed in, with a role of the company.
type member struct {
	name, token string
	role        identity.Role
}

// may reports whether the role opens the operation.
func (m member) may(r api.Route) bool {
	return api.Caller{Actor: business.Actor{Person: 1}, Permissions: m.role.Permissions}.May(r.Perm)
}

// member makes somebody of the team, with the role of this code.
func (h *company) member(code string, team business.TeamID) member {
	h.t.Helper()
	role, err := h.Identity.RoleByCode(h.t.Context(), code)
	if err != nil {
		h.t.Fatal(err)
	}
	login := "m-" + code
	if _, err := h.Identity.CreatePerson(h.t.Context(), business.Actor{Role: business.Admin},
		idem.Key("member-"+code), identity.NewPerson{Name: "M " + code, Login: login,
			Role: business.Role(code), Team: team, Demo: true}); err != nil {
		h.t.Fatal(err)
	}
	token, _, err := h.Identity.SignInDemo(h.t.Context(), login, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return member{code, token, role}
}

// wide are people of every role that sees all rows and is not the administrator, as
// a company finds them.
func (h *company) wide() []member {
	return []member{h.member("keeper", 0), h.member("order-clerk", 0), h.member("finance", 0),
		h.member("dispatcher", 0)}
}

// narrow are people of the own team with every role that a company may narrow to a
// team, and one who may everything within it.
func (h *company) narrow() []member {
	h.t.Helper()
	delivered := func(code string) identity.Role {
		r, err := h.Identity.RoleByCode(h.t.Context(), code)
		if err != nil {
			h.t.Fatal(err)
		}
		return r
	}
	var out []member
	for _, n := range []identity.NewRole{
		{Code: "team-keeper", Base: business.Keeper},
		{Code: "team-desk", Base: business.Dispatcher},
		{Code: "team-clerk", Base: business.Dispatcher, Permissions: delivered("order-clerk").Permissions},
		{Code: "team-finance", Base: business.Dispatcher, Permissions: delivered("finance").Permissions},
		{Code: "team-deputy", Base: business.Manager, Permissions: business.Permissions()},
	} {
		n.Name, n.Reach = n.Code, identity.OwnTeam
		if _, err := h.Identity.CreateRole(h.t.Context(), business.Actor{Role: business.Admin},
			idem.Key("role-"+n.Code), n); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, h.member(n.Code, h.mine.Team))
	}
	return out
}

// Roles that see everybody find whatever their permissions open, whosever it is, and
// nothing else: the warehouse keeper, the order clerk, the cashier, the dispatcher.
//
// feature: Z1.2-2
func TestEveryReadByWideRolesAndRow(t *testing.T) {
	h := newTrade(t)
	rows := h.matrix()
	h.documents(rows)
	members := h.wide()
	found, refused := map[string]int{}, map[string]int{}
	for _, r := range h.API.Routes() {
		n := noun(r.Path)
		foreign, owned := rows.foreign[n], rows.own[n]
		if r.Method != http.MethodGet || foreign == 0 || owned == 0 || n == "approvals" {
			continue
		}
		ask := func(m member, id int64) (int, string) {
			path := matrixPath(r, id)
			return h.ask(m.token, r.Method, path, "")
		}
		for _, m := range members {
			own, _ := ask(m, owned)
			other, body := ask(m, foreign)
			switch {
			case own != other:
				t.Errorf("%s by %s: own team %d, other team %d %.200s", r.Path, m.name, own, other, body)
			case m.may(r) == (other == http.StatusForbidden && strings.Contains(body, "session.denied")):
				t.Errorf("%s (%s) by %s: %d %.200s", r.Path, r.Perm, m.name, other, body)
			case other == http.StatusForbidden:
				refused[m.name]++
			case other == http.StatusOK:
				found[m.name]++
			}
		}
	}
	for _, m := range members {
		if found[m.name] < 5 || refused[m.name] < 1 {
			t.Errorf("%s found %d and was refused %d", m.name, found[m.name], refused[m.name])
		}
	}
}

// Every list, count, export, tile, file and report by every role that sees one team
// shows nothing of the other.
//
// feature: F31
func TestNoNarrowRoleReachesAnotherTeam(t *testing.T) {
	h := newTrade(t)
	h.documents(matrixRows{own: map[string]int64{}, foreign: map[string]int64{}}) // nothing is shared
	members := h.narrow()
	answered := map[string]int{}
	for _, r := range h.API.Routes() {
		if r.Method != http.MethodGet || stays(r) || slices.Contains(nobodysReads(), r.Path) {
			continue
		}
		for _, query := range []string{"", fmt.Sprint("?owner=", h.theirs.ID, "&person=", h.theirs.ID,
			"&customer=", h.foreign.ID, "&date=2026-11-23&month=2026-11")} {
			for _, m := range members {
				path := h.fill(r.Path, true) + query
				status, body := h.ask(m.token, r.Method, path, "")
				if strings.Contains(body, secretName) || strings.Contains(body, "555 7788") ||
					strings.Contains(body, "P theirs") {
					t.Errorf("%s by %s shows the other team: %d %.300s", path, m.name, status, body)
				}
				if status == http.StatusOK {
					answered[m.name]++
				}
				if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
					t.Errorf("%s by %s: %d %s", path, m.name, status, body)
				}
			}
		}
	}
	for _, m := range members {
		if answered[m.name] < 10 {
			t.Errorf("%s was answered %d times", m.name, answered[m.name])
		}
	}
}

// nobodysReads show what is nobody's row: the demo's logins, names to share with,
// the program's own pages and figures.
func nobodysReads() []string {
	return []string{"/v1/demo-logins", "/v1/colleagues", "/docs", "/openapi.json", "/metrics"}
}

// matrixPath fills a route's pattern with the row's number.
func matrixPath(r api.Route, id int64) string {
	return strings.NewReplacer("{id}", fmt.Sprint(id), "{person}", fmt.Sprint(id),
		"{date}", "2026-11-23", "{device}", "1").
		Replace(r.Path + map[string]string{"/v1/customers/{id}/prices": "?products=1"}[r.Path])
}
