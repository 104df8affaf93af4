package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/geo/datum"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/tiles"
)

// TestFiftyUsersSeeTheSameInListCountExportAndTiles asks for fifty random people and
// filters, facts and drawn areas among them.
//
// feature: Y20
func TestFiftyUsersSeeTheSameInListCountExportAndTiles(t *testing.T) {
	m := newCustomerMap(t)
	m.crm.RegisterMarks("warning", "customer_visit", "customer_order", "customer_sale")
	for range 120 {
		m.step(t, 7, 8)
	}
	for _, id := range m.ids {
		m.facts(t, id)
	}
	if err := m.crm.MarksChanged(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for range 50 {
		people := []int64{}
		for _, p := range []int64{7, 8} {
			if m.rng.IntN(2) == 0 {
				people = append(people, p)
			}
		}
		sc := scope.Scope{People: people, Version: fmt.Sprint(people)}
		if m.rng.IntN(3) == 0 {
			sc = scope.Everything()
		}
		seen += m.agree(t, sc, m.filter())
	}
	if seen < 300 {
		t.Fatalf("the fifty saw only %d customers", seen)
	}
	m.warned(t)
}

// warned compares the warnings by which the map colours with those of the list's filter.
func (m *customerMap) warned(t *testing.T) {
	t.Helper()
	kinds := []string{"warning:customer_visit", "warning:customer_order", "warning:customer_sale"}
	want := map[float64]float64{}
	for _, kind := range kinds {
		for c, err := range m.crm.Export(t.Context(), scope.Everything(), crm.Filter{Marks: []string{kind}}) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Position != nil {
				want[float64(c.ID)]++
			}
		}
	}
	got := map[float64]float64{}
	m.everyTile(t, tiles.Request{Scope: scope.Everything(), Query: url.Values{"by": {"warning"}}},
		func(f *geojson.Feature) {
			id, _ := f.ID.(float64)
			if n, _ := f.Properties["warnings"].(float64); n > 0 {
				got[id] = n
			}
		})
	if len(want) == 0 || !maps.Equal(got, want) {
		t.Errorf("tiles warn of %v, the list of %v", got, want)
	}
	m.everyTile(t, tiles.Request{Scope: scope.Everything(), Query: url.Values{}}, func(f *geojson.Feature) {
		if f.Properties["warnings"] != nil {
			t.Fatalf("nobody asked: %v", f.Properties)
		}
	})
}

// facts lets neighbours say something about a customer.
func (m *customerMap) facts(t *testing.T, id business.CustomerID) {
	t.Helper()
	err := m.db.InTx(t.Context(), func(tx db.Tx) error {
		last := time.Now().AddDate(0, 0, -m.rng.IntN(60))
		if m.rng.IntN(2) == 0 {
			if err := m.crm.OrdersWere(t.Context(), tx, id, &last, 1); err != nil {
				return err
			}
		}
		if m.rng.IntN(2) == 0 {
			v := crm.ValidVisit{Visit: 1, Customer: id, Person: 7, At: last, Day: business.DateOf(last, time.UTC)}
			if err := m.crm.VisitBecameValid(t.Context(), tx, v); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `
insert into warnings.clock (customer_id, owner_id, started_on, due_on, threshold, kind)
values ($1, 0, $2::date - 7, $2, 7, $3)`, id, m.crm.Today().Add(m.rng.IntN(9)-4).String(), 1+m.rng.IntN(3))
		if err != nil {
			return err
		}
		return m.crm.MoneyWas(t.Context(), tx, id, int64(m.rng.IntN(4))*500, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *customerMap) filter() url.Values {
	q := url.Values{}
	some := func(name string, values ...string) {
		if m.rng.IntN(5) == 0 {
			q.Set(name, values[m.rng.IntN(len(values))])
		}
	}
	today := m.crm.Today()
	some("owner", "7", "8,none")
	some("unvisited_since", today.Add(-20).String(), today.String())
	some("visited_from", today.Add(-30).String())
	some("ordered_to", today.Add(-10).String())
	some("unordered_since", today.Add(-30).String())
	some("owes_from", "1", "1000")
	some("mark", "warning:customer_visit", "warning:customer_order,warning:customer_sale")
	some("polygon", "-75.61,39.09;-75.57,39.09;-75.57,39.16;-75.61,39.13")
	some("q", "customer 1", "customer")
	return q
}

// agree compares the ids of list, count, export and tiles, on a map of any datum.
func (m *customerMap) agree(t *testing.T, sc scope.Scope, q url.Values) int {
	t.Helper()
	f, err := crm.ParseFilter(q)
	if err != nil {
		t.Fatal(err)
	}
	var exported, listed []int64
	for c, err := range m.crm.Export(t.Context(), sc, f) {
		if err != nil {
			t.Fatal(err)
		}
		exported = append(exported, int64(c.ID))
	}
	for l := (crm.List{Filter: f, Sort: crm.ByNumber, Limit: 13}); ; {
		page, next, err := m.crm.List(t.Context(), sc, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			listed = append(listed, int64(c.ID))
		}
		if next == nil {
			break
		}
		l.After = *next
	}
	count, err := m.crm.Count(t.Context(), sc, f)
	if err != nil || !slices.Equal(listed, exported) || count.Total != int64(len(exported)) {
		t.Fatalf("%v: list %v, export %v, count %d (%v)", q, listed, exported, count.Total, err)
	}
	shift := []datum.Datum{"", datum.GCJ02}[m.rng.IntN(2)]
	var drawn []int64
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(3 * time.Millisecond) {
		if drawn = m.drawn(t, sc, q, shift); slices.Equal(drawn, exported) {
			return len(drawn)
		}
	}
	t.Fatalf("%v for %+v: tiles %v, export %v", q, sc, drawn, exported)
	return 0
}

// drawn are the customers in the tiles that cover where customers are.
func (m *customerMap) drawn(t *testing.T, sc scope.Scope, q url.Values, shift datum.Datum) []int64 {
	t.Helper()
	var out []int64
	m.everyTile(t, tiles.Request{Scope: sc, Query: q, Datum: shift}, func(f *geojson.Feature) {
		id, _ := f.ID.(float64)
		out = append(out, int64(id))
	})
	slices.Sort(out)
	return out
}

// everyTile visits what stands in the tiles that cover where customers are.
func (m *customerMap) everyTile(t *testing.T, ask tiles.Request, visit func(*geojson.Feature)) {
	t.Helper()
	const z = 14
	low, high := maptile.At(orb.Point{-75.62, 39.17}, z), maptile.At(orb.Point{-75.53, 39.08}, z)
	for x := low.X; x <= high.X; x++ {
		for y := low.Y; y <= high.Y; y++ {
			ask.Tile = maptile.New(x, y, z)
			got, err := m.layer.Tile(t.Context(), ask)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range drawnIn(t, got.Data, got.Gzip) {
				visit(f)
			}
		}
	}
}

// TestLayersObeyPermissionAndScope asks for every layer as everybody, with the cache
// warm from somebody who sees more.
//
// feature: Y18
func TestLayersObeyPermissionAndScope(t *testing.T) {
	h := newCompany(t)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 40 {
		at := place
		at[0], at[1] = at[0]+rng.Float64()/50, at[1]+rng.Float64()/50
		owner := []business.PersonID{h.mine.ID, h.theirs.ID}[i%2]
		_, err := h.CRM.Create(t.Context(), crm.By{Actor: business.Actor{Role: business.Admin},
			Scope: scope.Everything(), Key: idem.Key(fmt.Sprintf("layer-shop-%03d", i))}, crm.NewCustomer{Name: fmt.Sprintf("Shop %d", i),
			Kind: "shop", Level: "B", Owner: owner, Address: "here", Pin: &crm.Pin{Point: at}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Index.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := maptile.At(place, 9)
	tile := func(role business.Role, layer, query string) (int, string) {
		return h.ask(h.tokens[role], http.MethodGet,
			fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt%s", layer, at.Z, at.X, at.Y, query), "")
	}
	counted := func(role business.Role) (n int64) {
		status, body := tile(role, "coverage", "")
		if status == http.StatusNoContent {
			return 0
		}
		if status != http.StatusOK {
			t.Fatalf("coverage for %s: %d %s", role, status, body)
		}
		layers, err := mvt.Unmarshal([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range layers[0].Features {
			v, _ := f.Properties["count"].(float64)
			n += int64(v)
		}
		return n
	}
	if all, mine := counted(business.Admin), counted(business.Salesperson); all != 42 || mine != 21 {
		t.Errorf("coverage: %d for everybody, %d for one", all, mine)
	}
	for _, layer := range []string{"regions", "territories", "people", "offices", "routes"} {
		status, body := tile(business.Manager, layer, "?datum=gcj02")
		if status != http.StatusOK && status != http.StatusNoContent || strings.Contains(body, secretName) {
			t.Errorf("%s for a manager: %d %s", layer, status, body)
		}
	}
	for _, c := range []struct {
		role         business.Role
		layer, query string
		want         int
	}{
		{business.Manager, "tracks", "", http.StatusBadRequest},
		{business.Manager, "stays", "?person=x", http.StatusBadRequest},
		{business.Manager, "routes", "?date=tomorrow", http.StatusBadRequest},
		{business.Manager, "basemap", "?datum=gcj02", http.StatusBadRequest},
		{business.Manager, "customers", "?datum=moon", http.StatusBadRequest},
		{business.Manager, "customers", "?area=district:1", http.StatusBadRequest},
		{business.Salesperson, "tracks", fmt.Sprint("?person=", h.theirs.ID), http.StatusNotFound},
	} {
		if status, body := tile(c.role, c.layer, c.query); status != c.want {
			t.Errorf("%s%s for %s: %d %s, want %d", c.layer, c.query, c.role, status, body, c.want)
		}
	}
	status, body := h.ask(h.tokens[business.Manager], http.MethodGet,
		"/tiles/customers/17/0/0.mvt?datum=bd09", "")
	if status != http.StatusBadRequest {
		t.Errorf("a tile of a datum beyond the deepest zoom: %d %s", status, body)
	}
	set := fmt.Sprintf(`{"name":"North store","kind":"warehouse","position":[%g,%g]}`, place[0], place[1])
	for role, want := range map[business.Role]int{business.Salesperson: 403, business.Admin: 200} {
		if status, body := h.ask(h.tokens[role], http.MethodPut, "/v1/map/sites/WH-1", set); status != want {
			t.Errorf("a warehouse by %s: %d %s", role, status, body)
		}
	}
	if status, body := tile(business.Salesperson, "warehouses", ""); status != http.StatusOK ||
		!strings.Contains(body, "North store") {
		t.Errorf("warehouses: %d %q", status, body)
	}
	status, body = h.ask(h.tokens[business.Manager], http.MethodGet, "/tiles/coverage.json?level=B", "")
	var doc tiles.TileJSON
	if err := json.Unmarshal([]byte(body), &doc); err != nil || status != http.StatusOK ||
		doc.VectorLayers[0].ID != "coverage" || !strings.HasSuffix(doc.Tiles[0], "?level=B") {
		t.Errorf("TileJSON: %d %s", status, body)
	}
}

// TestFiltersNeedWhatTheyTell filters by territory, by warnings and by what can be
// reached, as somebody who may read customers alone.
//
// feature: Y18
func TestFiltersNeedWhatTheyTell(t *testing.T) {
	h := newCompany(t)
	if _, err := h.Identity.CreateRole(t.Context(), business.Actor{Role: business.Admin}, "role-reader",
		identity.NewRole{Code: "reader", Name: "Reader", Base: business.Keeper, Reach: identity.All,
			Permissions: []business.Permission{
				business.CustomersRead, business.CustomersExport, business.MapRead}}); err != nil {
		t.Fatal(err)
	}
	reader, keeper := h.member("reader", 0), h.member("keeper", 0)
	asks := []string{
		"/v1/customers?", "/v1/customers/count?", "/v1/customers/export.csv?", "/v1/customers/areas?",
		"/tiles/customers/9/0/0.mvt?", "/tiles/coverage/9/0/0.mvt?",
	}
	for _, filter := range []string{
		"area=territory:1", "area=reach:-75.5~39.1~5", "mark=warning:customer_visit", "by=warning",
	} {
		for _, path := range asks {
			if filter == "by=warning" && path != "/tiles/customers/9/0/0.mvt?" {
				continue // a colour of the map
			}
			if status, body := h.ask(reader.token, http.MethodGet, path+filter, ""); status != http.StatusForbidden {
				t.Errorf("%s%s: %d %s", path, filter, status, body)
			}
		}
	}
	for token, want := range map[string]int{
		keeper.token: http.StatusForbidden, h.tokens[business.Manager]: http.StatusOK,
	} {
		status, body := h.ask(token, http.MethodGet, "/v1/customers/areas?by=territory", "")
		if status != want {
			t.Errorf("count by territory: %d %s, want %d", status, body, want)
		}
	}
	if status, body := h.ask(h.tokens[business.Manager], http.MethodGet,
		"/v1/customers?mark=warning:customer_visit", ""); status != http.StatusOK {
		t.Errorf("a manager filters by warnings: %d %s", status, body)
	}
}
