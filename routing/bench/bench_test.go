package bench

import (
	"bytes"
	"strings"
	"testing"

	"beatplan/geo/osm/osmtest"
)

func TestRunPrintsFigures(t *testing.T) {
	var out bytes.Buffer
	err := Run(t.Context(), Options{Delaware: osmtest.Delaware(t), Quick: true, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	if !strings.Contains(out.String(), "road_mismatches 0 pairs") {
		t.Error("the hierarchy differs from Dijkstra")
	}
}
