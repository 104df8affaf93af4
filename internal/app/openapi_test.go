package app

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"beatplan/api"
	"beatplan/api/identityapi"
	"beatplan/business/crm"
	"beatplan/docs/problems"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/obs"
	"beatplan/routing"
)

var update = flag.Bool("update", false, "record the golden files anew")

const golden = "../../api/openapi.json"

// surface mounts everything on an API without anything behind it: registering
// calls nobody.
func surface(t *testing.T) *api.API {
	t.Helper()
	a := &App{
		Options: Options{
			Config: config.Default(), Clock: clock.System{}, Log: slog.New(slog.DiscardHandler),
		},
		Zone: time.UTC, Metrics: obs.NewMetrics(), Health: &obs.Health{},
	}
	a.API = api.New(api.Options{
		Version: "1", Log: a.Log, Now: a.Clock.Now, Problems: problems.Pages(),
		Refusals: identityapi.Refusals(),
	})
	t.Cleanup(a.API.Close)
	var err error
	if a.Roads, err = routing.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	a.Index = crm.New(crm.Options{Clock: a.Clock, Zone: a.Zone}).NewIndex(a.Log)
	a.mount()
	return a.API
}

// TestGoldenOpenAPI fails when the HTTP surface changes without anybody meaning
// it. "make bless" records a change that is meant.
func TestGoldenOpenAPI(t *testing.T) {
	got, err := surface(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("the HTTP surface is not the one of api/openapi.json any more (%s); "+
			"if that is meant, run make bless", firstDifference(got, want))
	}
}

func firstDifference(got, want []byte) string {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return strings.TrimSpace(b[i]) + " → " + strings.TrimSpace(a[i])
		}
	}
	return "one of them is longer"
}

// operation is what the tests read of an OpenAPI operation.
type operation struct {
	ID         string                     `json:"operationId"`
	Summary    string                     `json:"summary"`
	Tags       []string                   `json:"tags"`
	Permission string                     `json:"x-permission"`
	Responses  map[string]json.RawMessage `json:"responses"`
}

func operations(t *testing.T) map[string]operation {
	t.Helper()
	text, err := surface(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]operation{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			all[strings.ToUpper(method)+" "+path] = op
		}
	}
	return all
}

func TestEveryOperationIsDescribed(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	ops := operations(t)
	if len(ops) < 25 {
		t.Fatalf("only %d operations", len(ops))
	}
	for name, op := range ops {
		if !kebab.MatchString(op.ID) || len(op.Summary) < 6 || len(op.Tags) == 0 || op.Permission == "" {
			t.Errorf("%s is not described: %q %q %q", name, op.ID, op.Summary, op.Permission)
		}
		if strings.HasSuffix(op.Summary, ".") {
			t.Errorf("%s: the summary ends in a full stop", name)
		}
		ok := slices.ContainsFunc([]string{"200", "201", "202", "204"}, func(s string) bool {
			return op.Responses[s] != nil
		})
		if !ok {
			t.Errorf("%s does not say how it succeeds", name)
		}
	}
}

// TestDescribedProblemsHavePages: every code that an operation names has a page.
func TestDescribedProblemsHavePages(t *testing.T) {
	text, err := surface(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile("`([a-z0-9_]+\\.[a-z0-9_]+)`").FindAllSubmatch(text, -1)
	if len(codes) < 50 {
		t.Fatalf("only %d codes", len(codes))
	}
	pages := problems.Pages()
	for _, c := range codes {
		f, err := pages.Open(string(c[1]) + ".md")
		if err != nil {
			t.Errorf("%s has no page", c[1])
			continue
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
