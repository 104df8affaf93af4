package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryExportedNameIsExplained reports packages, types, functions, methods
// and grouped constants without a doc comment, and prints sizes that deserve a
// look (they do not fail: a file that reads well is right).
func TestEveryExportedNameIsExplained(t *testing.T) {
	for _, p := range packages(t) {
		rel := strings.TrimPrefix(p.ImportPath, module)
		if p.Doc == "" {
			t.Errorf("%s: the package has no comment", rel)
		}
		for _, name := range append(p.GoFiles, p.CgoFiles...) {
			checkFile(t, rel, filepath.Join(p.Dir, name))
		}
	}
}

const (
	longFunction = 70
	longFile     = 600
)

func checkFile(t *testing.T, rel, file string) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	base := rel + "/" + filepath.Base(file)
	if n := strings.Count(string(src), "\n"); n > longFile {
		t.Logf("size: %s has %d lines", base, n)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			checkFunc(t, fset, base, d)
		case *ast.GenDecl:
			checkDecl(t, base, d)
		}
	}
}

func checkFunc(t *testing.T, fset *token.FileSet, base string, d *ast.FuncDecl) {
	t.Helper()
	if d.Name.Name == "init" && d.Recv == nil {
		t.Errorf("%s: has an init function", base)
	}
	lines := fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1
	if lines > longFunction {
		t.Logf("size: %s: %s has %d lines", base, d.Name.Name, lines)
	}
	if d.Doc == nil && d.Name.IsExported() && receiverExported(d) {
		t.Errorf("%s: %s has no comment", base, d.Name.Name)
	}
}

func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func checkDecl(t *testing.T, base string, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				t.Errorf("%s: type %s has no comment", base, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					t.Errorf("%s: %s has no comment", base, n.Name)
				}
			}
		}
	}
}
