package bench_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beatplan/routing/vrp/bench"
)

// instances is a folder with one round trip of five places on a line, out to 4 and
// back.
func instances(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"BKS.json": `{"tsplib":{"line5":8}}`,
		"tsplib/line5.tsp": "NAME : line5\nTYPE : TSP\nDIMENSION : 5\nEDGE_WEIGHT_TYPE : EUC_2D\n" +
			"NODE_COORD_SECTION\n1 0 0\n2 3 0\n3 1 0\n4 4 0\n5 2 0\nEOF\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunPrintsNameValueUnit(t *testing.T) {
	var out strings.Builder
	o := bench.Options{Dir: instances(t), Quick: true, Only: "vrp_tsp_", Out: &out}
	if err := bench.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if want := "vrp_tsp300_gap500ms_pct 0.000 %\nvrp_tsp_gap_pct 0.000 %\n"; out.String() != want {
		t.Fatalf("%q, want %q", out.String(), want)
	}
}

func TestRunOfNothingFails(t *testing.T) {
	var out strings.Builder
	err := bench.Run(t.Context(), bench.Options{Dir: instances(t), Only: "vrp_nosuch", Out: &out})
	if err == nil || !strings.Contains(err.Error(), "vrp_nosuch") || out.Len() > 0 {
		t.Fatalf("%v, %q", err, out.String())
	}
}
