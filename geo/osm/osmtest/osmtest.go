// Package osmtest gives tests real extracts. Only tests import it.
package osmtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Delaware returns the path of a whole state of 2016: the extract in the test data of
// the OSM library, which is at hand wherever this module builds.
func Delaware(t testing.TB) string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}",
		"github.com/paulmach/osm").Output()
	if err != nil {
		t.Fatalf("find the OSM library: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "testdata", "delaware-latest.osm.pbf")
}
