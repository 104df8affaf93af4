package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/tiles"
	"beatplan/tiles/archive"
)

// feature: Y16
func TestDesktopGISReadsCustomersInScope(t *testing.T) {
	h := newCompany(t)
	for i := range 120 { // more than one page
		at := place
		at[0] += float64(i) / 1000
		_, err := h.CRM.Create(t.Context(), crm.By{Actor: business.Actor{Role: business.Admin},
			Scope: scope.Everything(), Key: idem.Key(fmt.Sprintf("ogc-customer-%03d", i))},
			crm.NewCustomer{Name: fmt.Sprintf("Shop %03d", i), Kind: "shop/books", Level: "B",
				Owner: h.mine.ID, Address: fmt.Sprintf("%d Long Road", i), Pin: &crm.Pin{Point: at}})
		if err != nil {
			t.Fatal(err)
		}
	}
	token := h.tokens[business.Salesperson]
	const items = "/ogc/collections/customers/items"
	var page struct {
		NumberMatched, NumberReturned int
		Features                      []struct {
			ID         int64
			Properties map[string]any
			Geometry   struct{ Coordinates []float64 }
		}
	}
	status, body := h.ask(token, http.MethodGet, items+"?limit=500", "")
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	if page.NumberMatched != 121 || page.NumberReturned != 121 || strings.Contains(body, secretName) {
		t.Errorf("%d of %d customers", page.NumberReturned, page.NumberMatched)
	}
	foreign := fmt.Sprint(items, "/", h.foreign.ID)
	if status, body := h.ask(token, http.MethodGet, foreign, ""); status != http.StatusNotFound ||
		strings.Contains(body, secretName) {
		t.Errorf("foreign customer: %d %s", status, body)
	}
	if status, _ := h.ask(token, http.MethodGet, items+"?level=Z", ""); status != http.StatusBadRequest {
		t.Errorf("level Z: %d", status)
	}
	h.ogrinfo(t, token)
	h.packed(t, token)
}

// packed draws layers into archives: the customers need the permission of an export,
// and are those of the scope, which a reader of the file counts.
func (h *company) packed(t *testing.T, token string) {
	t.Helper()
	const customers = "/tiles/customers/export.pmtiles?maxzoom=12"
	if status, body := h.ask(token, http.MethodGet, customers, ""); status != http.StatusForbidden {
		t.Errorf("somebody without the permission to export: %d %.80s", status, body)
	}
	h.grant(business.Manager, append(identity.PermissionsOf(business.Manager), business.CustomersExport))
	lead := h.tokens[business.Manager] // of the team of the 121
	status, body := h.ask(lead, http.MethodGet, customers, "")
	if status != http.StatusOK || !strings.HasPrefix(body, "PMTiles\x03") {
		t.Fatalf("%d %.80s", status, body)
	}
	path := filepath.Join(t.TempDir(), "customers.pmtiles")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	first, last := maptile.At(place, 12), maptile.At(orb.Point{place[0] + 0.12, place[1]}, 12)
	for x := first.X; x <= last.X; x++ {
		tile, err := file.Tile(t.Context(), tiles.Request{Tile: maptile.New(x, first.Y, 12)})
		if err != nil || strings.Contains(unzipped(tile.Data), secretName) {
			t.Fatalf("tile %d of the archive: %v", x, err)
		}
		seen += len(decode(t, tile.Data, tile.Gzip))
	}
	if seen != 121 {
		t.Errorf("%d of 121 customers are in the archive", seen)
	}
	for query, code := range map[string]string{
		"?maxzoom=99": "tiles.bad_parameter", "?bbox=1,2,3": "tiles.bad_parameter",
		"?bbox=10,50,9,51": "tiles.bad_parameter", "?level=Z": "crm.bad_filter",
		"?level=C": "tiles.nothing_to_pack",
	} {
		if _, body := h.ask(lead, http.MethodGet, "/tiles/customers/export.pmtiles"+query, ""); !strings.Contains(body, code) {
			t.Errorf("%s: %.120s", query, body)
		}
	}
}

// ogrinfo lets GDAL, which QGIS reads with, page through the same customers.
func (h *company) ogrinfo(t *testing.T, token string) {
	t.Helper()
	out := ogrinfo(t, "--config", "GDAL_HTTP_COOKIE", "beatplan="+token,
		"OAPIF:"+h.srv.URL+"/ogc", "customers")
	for _, want := range []string{"Geometry: Point", "Feature Count: 121", "name: String",
		"WGS 84"} {
		if !strings.Contains(out, want) {
			t.Errorf("ogrinfo does not say %q:\n%s", want, out)
		}
	}
	at := maptile.At(place, 14)
	status, tile := h.ask(token, http.MethodGet,
		fmt.Sprintf("/tiles/customers/%d/%d/%d.mvt", at.Z, at.X, at.Y), "")
	if status != http.StatusOK {
		t.Fatalf("tile: %d", status)
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("%d", at.Y)+".mvt")
	if err := os.WriteFile(path, []byte(tile), 0o600); err != nil {
		t.Fatal(err)
	}
	out = ogrinfo(t, "-oo", fmt.Sprint("X=", at.X), "-oo", fmt.Sprint("Y=", at.Y),
		"-oo", fmt.Sprint("Z=", uint32(at.Z)), path)
	if !strings.Contains(out, "Layer name: customers") || !strings.Contains(out, "name: String") {
		t.Errorf("GDAL reads the tile as\n%s", out)
	}
}

// ogrinfo runs GDAL's program and returns what it says.
func ogrinfo(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ogrinfo", append([]string{"-ro", "-al", "-so"},
		args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ogrinfo %v: %v\n%s", args, err, out)
	}
	return string(out)
}
