package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// village is a street of Britain: the lines of the country's boundary are in the file.
const village = `<osm version="0.6">
<node id="1" lat="51.500" lon="-0.100"/><node id="2" lat="51.501" lon="-0.100"/>
<node id="3" lat="51.502" lon="-0.100"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="11"><nd ref="1"/><nd ref="3"/><tag k="boundary" v="administrative"/></way>
<relation id="12"><member type="way" ref="11" role="outer"/><tag k="type" v="boundary"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="2"/><tag k="ISO3166-1" v="GB"/></relation>
</osm>`

func TestRegionsAreImportedListedCheckedAndDropped(t *testing.T) {
	dir := t.TempDir()
	extract := filepath.Join(dir, "village.osm")
	if err := os.WriteFile(extract, []byte(village), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	// say runs the program and returns what it says, whether it fails or not.
	say := func(fails bool, args ...string) string {
		t.Helper()
		cmd := program(t, args...)
		cmd.Env = append(cmd.Env, "BEATPLAN_DATA="+data)
		said, err := cmd.CombinedOutput()
		if (err != nil) != fails {
			t.Fatalf("%v: %v\n%s", args, err, said)
		}
		return string(said)
	}
	holds := func(said string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("%q is missing in:\n%s", w, said)
			}
		}
	}
	holds(say(true, "import", "osm", extract, "--country", "Britain"), "two capitals")
	holds(say(false, "import", "osm", extract), "village", "country GB, driving on the left")
	list := say(false, "region", "list")
	holds(list, "ID", "NAME", "COUNTRY", "PROFILES", "village", "GB", "car")
	holds(say(false, "region", "check"), "complete and undamaged")
	files, err := filepath.Glob(filepath.Join(data, "**", "*", "car.net"))
	if err != nil || len(files) != 1 {
		t.Fatalf("networks %v, %v", files, err)
	}
	if err := os.Truncate(files[0], 100); err != nil {
		t.Fatal(err)
	}
	holds(say(true, "region", "check", "village"), "village", "mport the extract again")
	holds(say(false, "region", "drop", "village"), "village", "is gone")
	if said := say(false, "region", "list"); strings.Contains(said, "village") {
		t.Errorf("still listed:\n%s", said)
	}
	holds(say(true, "region", "drop", "village"), "no such region")
}
