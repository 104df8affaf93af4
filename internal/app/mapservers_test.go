package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/config"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/tiles"
)

// second opens another server on the company's database.
func (h *company) second() (*App, *httptest.Server) {
	h.t.Helper()
	c := config.Default()
	c.DatabaseURL, c.Data = h.Config.DatabaseURL, h.t.TempDir()
	a, err := Open(h.t.Context(), Options{
		Config: c, Log: slog.New(slog.DiscardHandler), Clock: h.Clock, Version: "test", Demo: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := a.Close(context.WithoutCancel(h.t.Context())); err != nil {
			h.t.Error(err)
		}
	})
	if err := a.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	s := httptest.NewServer(a.Handler())
	h.t.Cleanup(s.Close)
	return a, s
}

// fetched asks a server for a tile of customers.
func (h *company) fetched(server *httptest.Server, token string, at maptile.Tile) []byte {
	h.t.Helper()
	path := fmt.Sprintf("/tiles/customers/%d/%d/%d.mvt", at.Z, at.X, at.Y)
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "beatplan", Value: token})
	res, err := server.Client().Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err = body.ReadFrom(res.Body); err != nil || res.StatusCode/100 != 2 {
		h.t.Fatalf("%s: %d %s: %v", path, res.StatusCode, body.String(), err)
	}
	return body.Bytes()
}

// rebuilt draws tiles from a fresh reading of the database.
func (h *company) rebuilt() *tiles.Customers {
	h.t.Helper()
	x := h.CRM.NewIndex(nil)
	if err := x.Rebuild(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return tiles.NewCustomers(customerTiles{h.CRM, x})
}

// awaitMap waits until both servers answer these tiles as the database has them, and
// returns how long it took.
func (h *company) awaitMap(servers []*httptest.Server, at []maptile.Tile) time.Duration {
	h.t.Helper()
	begin, fault := time.Now(), ""
	want := h.rebuilt()
	for end := begin.Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		fault = ""
		for i, s := range servers {
			for _, tile := range at {
				w, err := want.Draw(h.t.Context(), tiles.Request{Tile: tile, Scope: scope.Everything(), Query: url.Values{}})
				if err != nil {
					h.t.Fatal(err)
				}
				got := h.fetched(s, h.tokens[business.Admin], tile)
				if unzipped(got) != unzipped(w.Data) {
					fault = fmt.Sprintf("server %d, tile %v: %d bytes for %d", i+1, tile, len(got), len(w.Data))
				}
			}
		}
		if fault == "" {
			return time.Since(begin)
		}
	}
	h.t.Fatal(fault)
	return 0
}

// TestTwoServersDrawTheSameMap leads a random history on two servers of one database:
// after each step the tiles that it touched are on both what a rebuild from PostGIS
// gives, byte by byte, and the others are still the same ones. The time from a change
// to the other server's tile is a figure of the bench (tile_replica_ms).
//
// feature: Y20
func TestTwoServersDrawTheSameMap(t *testing.T) {
	h := newCompany(t)
	other, srv := h.second()
	servers := []*httptest.Server{h.srv, srv}
	m := newHistory(9)
	m.least = 8
	services := []*crm.Service{h.CRM, other.CRM}
	h.settled()                                          // what the company's people tell the map, before anything is counted
	far := h.stand(orb.Point{121.47, 31.23}, "far away") // in no tile of the history
	quiet := maptile.At(far, 14)
	h.awaitMap(servers, []maptile.Tile{quiet})
	untouched := []uint64{changed(h.App, quiet), changed(other, quiet)}
	var slowest time.Duration
	for i := range 24 {
		m.crm = services[i%2]
		var touched []maptile.Tile
		for _, p := range m.step(t, h.mine.ID, h.theirs.ID) {
			for _, z := range []maptile.Zoom{6, 11, 12, 15} {
				touched = append(touched, maptile.At(p, z))
			}
		}
		slowest = max(slowest, h.awaitMap(servers, touched))
	}
	t.Logf("the slowest of 24 changes was on both servers' tiles after %v", slowest)
	if now := []uint64{changed(h.App, quiet), changed(other, quiet)}; now[0] != untouched[0] || now[1] != untouched[1] {
		t.Errorf("a tile that nothing touched was dropped: %v became %v", untouched, now)
	}
	if len(h.fetched(srv, h.tokens[business.Admin], quiet)) == 0 {
		t.Error("the far tile is empty")
	}
	var all []maptile.Tile
	for x := range uint32(4) {
		for y := range uint32(4) {
			corner := maptile.At(orb.Point{-75.6, 39.15}, 13)
			all = append(all, maptile.New(corner.X+x, corner.Y+y, 13))
		}
	}
	h.awaitMap(servers, all)
}

// changed is the number of the last change of a tile that a server knows.
func changed(a *App, at maptile.Tile) uint64 { return a.Index.Changed(uint32(at.Z), at.X, at.Y) }

// stand places a customer and returns where.
func (h *company) stand(p orb.Point, name string) orb.Point {
	h.t.Helper()
	_, err := h.CRM.Create(h.t.Context(), crm.By{Actor: business.Actor{Role: business.Admin},
		Scope: scope.Everything(), Key: idem.Key("stand-" + strings.ReplaceAll(name, " ", "-"))}, crm.NewCustomer{
		Name: name, Kind: "shop/bakery", Level: "A", Owner: h.mine.ID, Address: "1 " + name,
		Pin: &crm.Pin{Point: p, Source: crm.FromMap}})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// TestWarmTilesNeverCross asks as those who see everything until the tile is at hand,
// and then as others: another scope, another company, nobody; and for what is no tile.
//
// feature: Y20
func TestWarmTilesNeverCross(t *testing.T) {
	h, neighbour := newCompany(t), newCompany(t)
	at := maptile.At(place, 14)
	path := fmt.Sprintf("/tiles/customers/%d/%d/%d.mvt", at.Z, at.X, at.Y)
	admin, mine := h.tokens[business.Admin], h.tokens[business.Salesperson]
	warm := func() {
		t.Helper()
		for range 3 {
			if status, body := h.ask(admin, http.MethodGet, path, ""); status != http.StatusOK ||
				!strings.Contains(body, secretName) {
				t.Fatalf("%d: the one who sees everything does not see the customer", status)
			}
		}
	}
	warm()
	for range 3 { // the third comes from what is at hand
		status, body := h.ask(mine, http.MethodGet, path, "")
		if status != http.StatusOK || strings.Contains(body, secretName) || !strings.Contains(body, "Own Bakery") {
			t.Fatalf("another scope is answered %d %q", status, body)
		}
		warm()
	}
	for range 2 {
		status, body := h.ask(mine, http.MethodGet, path+"?owner="+fmt.Sprint(h.theirs.ID), "")
		if status != http.StatusNoContent || body != "" {
			t.Errorf("the other's customers: %d %q", status, body)
		}
	}
	for _, token := range []string{"", "nobody's", neighbour.tokens[business.Admin]} {
		if status, body := h.ask(token, http.MethodGet, path, ""); status != http.StatusUnauthorized ||
			strings.Contains(body, secretName) {
			t.Errorf("token %q is answered %d %s", token, status, body)
		}
	}
	neighbour.stand(place, "Only Next Door")
	for range 3 {
		if _, body := h.ask(admin, http.MethodGet, path, ""); strings.Contains(body, "Only Next Door") {
			t.Error("a tile of another company")
		}
	}
	h.refusals(admin, path)
	if status, body := h.ask(admin, http.MethodDelete, "/v1/sessions/current", ""); status/100 != 2 {
		t.Fatalf("sign out: %d %s", status, body)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, _ := h.ask(admin, http.MethodGet, path, "")
		if status == http.StatusUnauthorized {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("whoever signed out is answered %d", status)
		}
	}
}

// refusals asks for what is no tile.
func (h *company) refusals(token, path string) {
	h.t.Helper()
	long := strings.Repeat("1234567,", 2100)
	for _, v := range []struct {
		path   string
		status int
		code   string
	}{
		{"/tiles/customers/30/1/1.mvt", 400, "tiles.bad_tile"},
		{"/tiles/customers/14/99999/1.mvt", 400, "tiles.bad_tile"},
		{"/tiles/customers/14/-1/1.mvt", 400, "tiles.bad_tile"},
		{"/tiles/customers/x/1/1.mvt", 400, "tiles.bad_tile"},
		{path + "?level=Z", 400, "crm.bad_filter"},
		{path + "?polygon=1,2;3", 400, "crm.bad_filter"},
		{path + "?area=territory:1;drop", 400, "crm.bad_filter"},
		{path + "?level=%zz", 400, "request.malformed"},
		{path + "?ids=" + strings.TrimSuffix(long, ","), 413, "request.too_large"},
		{path + "?datum=mars", 400, "tiles.bad_datum"},
		{"/tiles/secrets/1/1/1.mvt", 404, "tiles.no_layer"},
	} {
		status, body := h.ask(token, http.MethodGet, v.path, "")
		if status != v.status || !strings.Contains(body, v.code) {
			h.t.Errorf("%.60s: %d %s, want %d %s", v.path, status, body, v.status, v.code)
		}
	}
}

// TestOwnersAreToldAboutTheirCustomers sends a note to the owners of a selection: each
// is told once, of their own, also when it is sent again; nobody outside the scope.
func TestOwnersAreToldAboutTheirCustomers(t *testing.T) {
	h := newCompany(t)
	body := func(ids ...business.CustomerID) string {
		list := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(ids), "[]")), ",")
		return `{"customer_ids":[` + list + `],"text":"Prices rise on Monday"}`
	}
	const path = "/v1/messages/owners"
	for range 2 { // the second is the same command
		if status, answer := h.ask(h.tokens[business.Admin], http.MethodPost, path,
			body(h.own.ID, h.foreign.ID)); status != http.StatusOK || !strings.Contains(answer, `"people":2`) {
			t.Fatalf("%d %s", status, answer)
		}
	}
	_, inbox := h.ask(h.tokens[business.Salesperson], http.MethodGet, "/v1/messages", "")
	if strings.Count(inbox, "customers.note") != 1 || !strings.Contains(inbox, "Prices rise on Monday") ||
		!strings.Contains(inbox, fmt.Sprintf(`"customers":[%d]`, h.own.ID)) {
		t.Errorf("the owner's inbox: %s", inbox)
	}
	lead := h.tokens[business.Manager] // of the other team
	if status, answer := h.ask(lead, http.MethodPost, path, body(h.foreign.ID)); status != http.StatusNotFound {
		t.Errorf("customers of another team: %d %s", status, answer)
	}
}
