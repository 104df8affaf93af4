package poi

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

const extract = `<?xml version="1.0"?>
<osm version="0.6">
 <bounds minlat="39" minlon="-76" maxlat="40" maxlon="-75"/>
 <node id="1" lat="39.5" lon="-75.5" version="1"><tag k="shop" v="bakery"/><tag k="name" v="Pain"/>
  <tag k="name:zh" v="面包"/><tag k="phone" v="+1 302 555 0101"/><tag k="addr:street" v="High Street"/>
  <tag k="addr:housenumber" v="7"/></node>
 <node id="2" lat="39.6" lon="-75.6" version="1"><tag k="shop" v="bakery"/></node>
 <node id="3" lat="39.7" lon="-75.7" version="1"><tag k="amenity" v="bench"/><tag k="name" v="Bench"/></node>
</osm>`

func TestAPlaceSurvivesTheFile(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "in.osm"), filepath.Join(dir, "places.gz")
	if err := os.WriteFile(from, []byte(extract), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Build(t.Context(), from, to, nil); err != nil {
		t.Fatal(err)
	}
	all, err := Open(to)
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v: only the named shop is a place", all, err)
	}
	want := Place{ID: "node-1", Kind: "shop/bakery", Name: "Pain", Chinese: "面包",
		Address: "7 High Street", Phone: "+1 302 555 0101", Point: all[0].Point}
	if all[0] != want || all[0].Point[0] != -75.5 || all[0].Point[1] != 39.5 {
		t.Errorf("%+v, want %+v", all[0], want)
	}
	if err := os.WriteFile(to, []byte("not it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(to); !errors.Is(err, ErrFormat) {
		t.Errorf("nonsense: %v", err)
	}
	if err := Build(t.Context(), filepath.Join(dir, "gone.osm"), to, nil); err == nil {
		t.Error("an extract that is not there was read")
	}
	if _, err := os.Stat(to); !os.IsNotExist(err) {
		t.Errorf("a half-written file remains: %v", err)
	}
}
