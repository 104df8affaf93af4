package bench

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunPrintsFigures(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/paulmach/osm").Output()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = Run(t.Context(), Options{
		Delaware: filepath.Join(strings.TrimSpace(string(dir)), "testdata", "delaware-latest.osm.pbf"),
		Quick:    true, Out: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	if !strings.Contains(out.String(), "road_mismatches 0 pairs") {
		t.Error("the hierarchy differs from Dijkstra")
	}
}
