package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"beatplan/business"
)

// TestPlacesOfTheCompanyAreSetAndRemoved over HTTP, by who may, and the trail tells it.
func TestPlacesOfTheCompanyAreSetAndRemoved(t *testing.T) {
	h := newCompany(t)
	admin, seller := h.tokens[business.Admin], h.tokens[business.Salesperson]
	const store = "/v1/map/sites/WH-1"
	for _, c := range []struct {
		token, method, path, body string
		want                      int
		says                      string
	}{
		{admin, "PUT", store, `{"name":"North store","kind":"warehouse","position":[-75.5,39.7]}`, 200, "North store"},
		{admin, "PUT", "/v1/map/sites/HQ", `{"name":"Head office","kind":"office","position":[-75.6,39.7]}`, 200,
			"Head office"},
		{seller, "DELETE", store, "", 403, "denied"},
		{seller, "GET", "/v1/map/sites", "", 200, "North store"},
		{admin, "DELETE", store, "", 200, "Head office"},
		{admin, "DELETE", store, "", 404, `"code":"site.no_such_site"`},
		{admin, "DELETE", "/v1/map/sites/a%20b", "", 404, `"code":"site.no_such_site"`},
		{admin, "GET", "/v1/audit?limit=500", "", 200, "site.place.removed"},
	} {
		status, body := h.ask(c.token, c.method, c.path, c.body)
		if status != c.want || !strings.Contains(body, c.says) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
		if c.method == "DELETE" && c.want == 200 && strings.Contains(body, "North store") {
			t.Errorf("it is still there: %s", body)
		}
	}
}

// TestAModuleSwitchedOffTakesItsLayersAlong: they are neither listed nor styled.
func TestAModuleSwitchedOffTakesItsLayersAlong(t *testing.T) {
	h := newCompany(t)
	admin := h.tokens[business.Admin]
	const listed, styled = "/v1/map/layers", "/tiles/style/light.json?layers=warehouses,tracks"
	for _, on := range []bool{false, true} {
		want := map[bool]int{false: http.StatusForbidden, true: http.StatusOK}[on]
		change := fmt.Sprintf(`{"on":%v}`, on)
		if status, body := h.ask(admin, "PATCH", "/v1/modules/live", change); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		status, body := h.ask(admin, "GET", styled, "")
		if status != want || !on && code(body) != "module.not_enabled" {
			t.Errorf("live is on: %v, its style: %d %s", on, status, body)
		}
		_, body = h.ask(admin, "GET", listed, "")
		if strings.Contains(body, `"name":"tracks"`) != on ||
			!strings.Contains(body, `"name":"warehouses"`) {
			t.Errorf("live is on: %v, the layers: %s", on, body)
		}
	}
}
