package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "beatplan/"

// allowed says which of our packages a package may import. The first rule whose
// pattern matches the importer holds; what no rule lists is forbidden.
// "x/..." is x and all below it; "~" is the importer's own first two segments.
var allowed = []struct {
	who  string
	may  []string
	note string
}{
	{"cmd/...", []string{"internal/app", "internal/config"}, "a command only parses flags"},
	{"internal/app", []string{"..."}, "the composition root sees everything"},
	{"internal/demo", []string{"..."}, "the demo drives what app composes"},
	{"api", []string{"business", "geo/...", "internal/fail", "internal/idem", "internal/obs",
		"internal/scope", "internal/jobs", "internal/sheet", "docs/problems"}, "api never imports its mounts"},
	{"api/...", []string{"api", "geo/...", "routing/...", "territory/...", "tiles/...",
		"business/...", "internal/fail", "internal/idem", "internal/obs", "internal/scope",
		"internal/jobs", "internal/sheet"}, "a mount sees the core and the modules"},
	{"business", []string{"geo/..."}, "vocabulary"},
	{"business/...", []string{"business", "geo/...", "internal/db", "internal/fail",
		"internal/events", "internal/jobs", "internal/idem", "internal/scope",
		"internal/clock", "internal/blob", "internal/sheet"}, "modules meet through ports"},
	{"territory/...", []string{"geo/...", "territory/...", "internal/db", "internal/fail", "internal/idem",
		"internal/events", "internal/jobs", "internal/scope", "internal/clock"}, ""},
	{"tiles/...", []string{"geo/...", "tiles/...", "internal/db", "internal/fail",
		"internal/scope", "internal/clock"}, ""},
	{"routing/vrp/...", []string{"routing/vrp/..."}, "standard library only"},
	{"routing/...", []string{"geo/...", "routing/...", "internal/db", "internal/fail",
		"internal/jobs", "internal/clock"}, ""},
	{"geo/track/...", []string{"geo/...", "internal/db", "internal/stream", "internal/fail",
		"internal/events", "internal/jobs", "internal/scope", "internal/clock"}, ""},
	{"geo/fence/...", []string{"geo/...", "internal/db", "internal/stream", "internal/fail",
		"internal/events", "internal/jobs", "internal/scope", "internal/clock"}, ""},
	{"geo/...", []string{"geo/..."}, "geometry knows no plumbing"},
	{"internal/pgtest", []string{"internal/...", "migrations"}, ""},
	{"internal/db", []string{"geo/postgis"}, ""},
	{"internal/...", []string{"internal/..."}, "plumbing knows no business"},
	{"migrations", nil, ""},
	{"web", nil, ""},
	{"docs/...", nil, ""},
}

// doors says which packages alone may import a library.
var doors = []struct {
	library string
	through []string
}{
	{"github.com/danielgtaylor/huma", []string{"api/..."}},
	{"github.com/go-chi/", []string{"api/..."}},
	{"github.com/riverqueue/", []string{"internal/events", "internal/jobs", "migrations"}},
	{"github.com/nats-io/", []string{"internal/stream"}},
	{"github.com/twpayne/go-geom", []string{"geo/postgis"}},
	{"github.com/uber/h3-go", []string{"geo/hex"}},
	{"github.com/tidwall/rtree", []string{"geo/index"}},
	{"github.com/paulmach/osm", []string{"geo/osm"}},
	{"github.com/pressly/goose", []string{"migrations"}},
	{"github.com/xuri/excelize", []string{"internal/sheet"}},
}

type pkg struct {
	ImportPath   string
	Name         string
	Doc          string
	Dir          string
	GoFiles      []string
	CgoFiles     []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// listed are the module's packages; go list is asked once for all tests.
var listed = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list",
		"-json=ImportPath,Name,Doc,Dir,GoFiles,CgoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = top
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &stderr)
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func TestImportRules(t *testing.T) {
	for _, p := range packages(t) {
		who := strings.TrimPrefix(p.ImportPath, module)
		for _, imp := range p.Imports {
			if fault := judge(who, imp); fault != "" {
				t.Errorf("%s imports %s: %s", who, imp, fault)
			}
		}
	}
}

func TestTheJudgeRefuses(t *testing.T) {
	for _, c := range []struct{ who, imp string }{
		{"business/visits", module + "business/crm"},
		{"business/visits", module + "routing"},
		{"territory", module + "routing"},
		{"routing/vrp/search", module + "geo"},
		{"routing/vrp", "github.com/paulmach/orb"},
		{"geo/datum", module + "internal/db"},
		{"api", module + "api/crmapi"},
		{"cmd/beatplan", module + "business/crm"},
		{"internal/jobs", module + "business"},
		{"business/crm", "github.com/tidwall/rtree"},
		{"unheard/of", module + "geo"},
	} {
		if judge(c.who, c.imp) == "" {
			t.Errorf("%s may import %s", c.who, c.imp)
		}
	}
	for _, c := range []struct{ who, imp string }{
		{"business/visits", module + "geo/geodesic"},
		{"api/crmapi", module + "business/crm"},
		{"geo/index", "github.com/tidwall/rtree"},
		{"internal/db", module + "geo/postgis"},
	} {
		if fault := judge(c.who, c.imp); fault != "" {
			t.Errorf("%s may not import %s: %s", c.who, c.imp, fault)
		}
	}
}

// judge returns what is wrong with who importing imp, or "".
func judge(who, imp string) string {
	if target, ours := strings.CutPrefix(imp, module); ours {
		for _, rule := range allowed {
			if !matches(rule.who, who) {
				continue
			}
			if slices.ContainsFunc(rule.may, func(m string) bool { return matches(m, target) }) {
				return ""
			}
			return "the house does not allow it (" + rule.note + ")"
		}
		return "the importer has no place in the house"
	}
	if matches("routing/vrp/...", who) && strings.Contains(imp, ".") {
		return "routing/vrp lives on the standard library"
	}
	for _, d := range doors {
		if strings.HasPrefix(imp, d.library) &&
			!slices.ContainsFunc(d.through, func(m string) bool { return matches(m, who) }) {
			return "the only door to it is " + strings.Join(d.through, ", ")
		}
	}
	return ""
}

func matches(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == root || strings.HasPrefix(name, root+"/")
	}
	return path.Clean(pattern) == name
}
