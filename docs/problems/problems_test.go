package problems_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"beatplan/docs/problems"
)

// declared is one fail.New(kind, code, sentence) of the source.
type declared struct{ kind, sentence, place string }

// TestEveryCodeHasItsPage reads the source: each declared error has a page with
// its sentence and status, no page is left of an error that is gone, and no code
// is declared twice.
func TestEveryCodeHasItsPage(t *testing.T) {
	codes := declaredCodes(t, "../..")
	if len(codes) < 80 {
		t.Fatalf("only %d codes found in the source", len(codes))
	}
	for code, d := range codes {
		text, err := fs.ReadFile(problems.Pages(), code+".md")
		if err != nil {
			t.Errorf("%s: %s has no page docs/problems/%s.md", d.place, code, code)
			continue
		}
		checkPage(t, code, d, string(text))
	}
	pages, err := fs.Glob(problems.Pages(), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if _, ok := codes[strings.TrimSuffix(p, ".md")]; !ok {
			t.Errorf("%s explains a code that is not declared", p)
		}
	}
}

func checkPage(t *testing.T, code string, d declared, text string) {
	t.Helper()
	begin := fmt.Sprintf("# %s\n\n`%s`, HTTP status %d\n\n## What to do\n\n", d.sentence, code, statusOf(code, d.kind))
	rest, ok := strings.CutPrefix(text, begin)
	if !ok {
		t.Errorf("docs/problems/%s.md does not begin with\n%s", code, begin)
		return
	}
	english, chinese, ok := strings.Cut(rest, "\n## 中文\n\n")
	if !ok || len(strings.Fields(english)) < 4 || len([]rune(strings.TrimSpace(chinese))) < 6 {
		t.Errorf("docs/problems/%s.md does not say what to do in both languages", code)
	}
}

func statusOf(code, kind string) int {
	switch code {
	case "request.method_not_allowed":
		return 405
	case "request.not_acceptable":
		return 406
	case "request.timeout":
		return 408
	case "server.fault":
		return 500
	}
	return map[string]int{
		"Malformed": 400, "Unauthenticated": 401, "Denied": 403, "NotFound": 404,
		"Conflict": 409, "Precondition": 412, "TooLarge": 413, "Unsupported": 415,
		"Invalid": 422, "TooMany": 429, "Unavailable": 503,
	}[kind]
}

func declaredCodes(t *testing.T, root string) map[string]declared {
	t.Helper()
	codes := map[string]declared{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() && (name == "web" || name == "var" || name == "node_modules" || name != ".." && strings.HasPrefix(name, ".") && path != root) {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		return readFile(t, path, codes)
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func readFile(t *testing.T, path string, codes map[string]declared) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || fun.Sel.Name != "New" || !isIdent(fun.X, "fail") {
			return true
		}
		place := fset.Position(call.Pos()).String()
		kind, isKind := call.Args[0].(*ast.SelectorExpr)
		code, isText := constant(call.Args[1])
		sentence, isSentence := constant(call.Args[2])
		if !isKind || !isText || !isSentence {
			t.Errorf("%s: a declared error needs a kind, a code and a sentence written out", place)
			return true
		}
		if other, taken := codes[code]; taken {
			t.Errorf("%s: %s is declared at %s too", place, code, other.place)
		}
		codes[code] = declared{kind.Sel.Name, sentence, place}
		return true
	})
	return nil
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// constant evaluates a string literal or a sum of them.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok1 := constant(e.X)
		b, ok2 := constant(e.Y)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}
