package archtest

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const top = "../../" // of the repository, seen from here

// sources are the texts of the files whose names end so, by path; without what was
// built or brought in.
func sources(t *testing.T, endings ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{"node_modules", "dist", "var", "test-results", ".bin", ".git"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(file, e) }) {
			return nil
		}
		name := filepath.ToSlash(strings.TrimPrefix(file, top))
		out[name] = read(t, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(top + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pages are the documents that people wrote, by their path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := sources(t, ".md")
	delete(out, "docs/FEATURES.md") // written by make features
	if len(out) < 20 {
		t.Fatalf("only %d pages found", len(out))
	}
	return out
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
)

// TestEveryLinkLeadsSomewhere follows the relative links of all pages, to headings too.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	followed := 0
	for page, text := range pages(t) {
		for _, l := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(l[1], "://") || strings.HasPrefix(l[1], "mailto:") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(l[1], "#")
			to := path.Join(path.Dir(page), file)
			if file == "" {
				to = page
			}
			if _, err := os.Stat(top + to); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, l[1])
			} else if anchor != "" && !anchors(read(t, to))[anchor] {
				t.Errorf("%s: %s has no heading for %s", page, to, l[1])
			}
		}
	}
	if followed < 15 {
		t.Fatalf("only %d links found", followed)
	}
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		out[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
				return unicode.ToLower(r)
			}
			return -1
		}, h[1])] = true
	}
	return out
}

// named are what the pages may name, each kind with what there is of it.
var named = []struct {
	what  string
	in    *regexp.Regexp // its first group is the name
	least int            // so many are named at least, or the pattern is wrong
	have  func(t *testing.T) func(name string) bool
}{
	{"test", regexp.MustCompile(`\b((?:Test|Fuzz)[A-Z]\w+)`), 80, tests},
	{"make target", regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z-]*)"), 10, targets},
	{"command", regexp.MustCompile("(?m)(?:^(?:\\.bin/)?|`)beatplan ([a-z]+)"), 10, commands},
	{"setting", regexp.MustCompile(`\b(BEATPLAN_[A-Z_]+)`), 5, settings},
	{"operation", regexp.MustCompile("`(?:[A-Z]+ )?(/v1/[^`?<]+)[`?]"), 20, operations},
	{"file", regexp.MustCompile("`((?:" + rooms + ")/[\\w./-]+)`"), 30, files},
}

const rooms = `api|business|cmd|docs|geo|internal|migrations|routing|territory|tiles|web`

// TestPagesNameWhatIsThere: a page that names a test, a target, a command, a setting,
// an operation or a file names one that exists.
func TestPagesNameWhatIsThere(t *testing.T) {
	all := pages(t)
	for _, kind := range named {
		is, found := kind.have(t), map[string]bool{}
		for page, text := range all {
			for _, m := range kind.in.FindAllStringSubmatch(text, -1) {
				found[m[1]] = true
				if !is(m[1]) {
					t.Errorf("%s names the %s %s, which does not exist", page, kind.what, m[1])
				}
			}
		}
		if len(found) < kind.least {
			t.Errorf("only %d names of the kind %s found", len(found), kind.what)
		}
	}
}

// oneOf reports whether a name is among the first groups of re in text.
func oneOf(re, text string) func(string) bool {
	have := map[string]bool{}
	for _, m := range regexp.MustCompile(re).FindAllStringSubmatch(text, -1) {
		have[m[1]] = true
	}
	return func(name string) bool { return have[name] }
}

// anyOf is what [oneOf] is in several texts.
func anyOf(re string, texts map[string]string) func(string) bool {
	return oneOf(re, strings.Join(slices.Collect(maps.Values(texts)), "\n"))
}

func tests(t *testing.T) func(string) bool {
	t.Helper()
	return anyOf(`(?m)^func ((?:Test|Fuzz)\w+)\(`, sources(t, "_test.go"))
}

func targets(t *testing.T) func(string) bool {
	t.Helper()
	text := read(t, "Makefile")
	own, parts := oneOf(`(?m)^([a-z-]+):`, text), oneOf(`(bench-[a-z]+)`, text)
	return func(name string) bool { return own(name) || parts(name) }
}

func commands(t *testing.T) func(string) bool {
	t.Helper()
	have := sources(t, ".go")
	maps.DeleteFunc(have, func(file, _ string) bool { return path.Dir(file) != "cmd/beatplan" })
	return anyOf(`Use: +"([a-z]+)`, have)
}

// settings are flags too, each named in internal/config; others stand where they are read.
func settings(t *testing.T) func(string) bool {
	t.Helper()
	have := sources(t, ".go", ".mjs", "Makefile")
	words := anyOf(`(BEATPLAN_[A-Z_]+)`, have)
	maps.DeleteFunc(have, func(file, _ string) bool { return path.Dir(file) != "internal/config" })
	flags := anyOf(`"([a-z][a-z-]+)"`, have)
	return func(name string) bool {
		flag := strings.ToLower(strings.TrimPrefix(name, "BEATPLAN_"))
		return words(name) || flags(strings.ReplaceAll(flag, "_", "-"))
	}
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func operations(t *testing.T) func(string) bool {
	t.Helper()
	have := map[string]bool{}
	for _, m := range regexp.MustCompile(`"(/v1/[^"]+)":`).
		FindAllStringSubmatch(read(t, "api/openapi.json"), -1) {
		have[parameter.ReplaceAllString(m[1], "{}")] = true
	}
	return func(name string) bool { return have[parameter.ReplaceAllString(name, "{}")] }
}

// files are paths, or a name of a package behind its folder: geo/index.Live.
func files(t *testing.T) func(string) bool {
	t.Helper()
	return func(name string) bool {
		_, err := os.Stat(top + name)
		if err != nil {
			folder, _, _ := strings.Cut(name, ".")
			if s, err := os.Stat(top + folder); err == nil {
				return s.IsDir() && unicode.IsUpper(rune(name[len(folder)+1]))
			}
		}
		return err == nil
	}
}

// TestTheHouseNamesEveryRoom: each package stands in the tree of docs/ARCHITECTURE.md.
func TestTheHouseNamesEveryRoom(t *testing.T) {
	_, tree, _ := strings.Cut(read(t, "docs/ARCHITECTURE.md"), "\n```\n")
	tree, _, _ = strings.Cut(tree, "\n```\n")
	has := oneOf(`([a-z]\w*)/`, tree)
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if name := path.Base(room); !has(name) && path.Dir(room) != "api" {
			t.Errorf("docs/ARCHITECTURE.md does not name %s", room)
		}
	}
}
