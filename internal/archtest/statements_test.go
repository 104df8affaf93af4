package archtest

import (
	"fmt"
	"go/constant"
	"go/types"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	source "golang.org/x/tools/go/packages"

	"beatplan/internal/pgtest"
)

// elsewhere are statements that cannot be prepared as they stand, with the reason.
var elsewhere = map[string]string{
	"business/crm.sqlList":   "gets its filter and order at run time; crm's own test prepares each",
	"geo/track.sqlPartition": "is a template with the name of a partition",
}

// isStatement tells statements from the fragments that they are built of.
func isStatement(sql string) bool {
	verb, _, _ := strings.Cut(strings.TrimSpace(sql), " ")
	switch verb, _, _ = strings.Cut(verb, "\n"); strings.ToLower(verb) {
	case "select", "insert", "update", "delete", "with", "lock", "create", "notify", "truncate":
		return true
	}
	return false
}

// TestEveryStatementPrepares hands every SQL statement of the program, that is
// every constant named sqlXxx, to a migrated PostgreSQL: misspelt columns, wrong
// types and tables of a neighbour that moved are found without running them.
func TestEveryStatementPrepares(t *testing.T) {
	statements := sqlConstants(t)
	if len(statements) < 100 {
		t.Fatalf("only %d statements found", len(statements))
	}
	conn, err := pgtest.DB(t).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for name := range elsewhere {
		if statements[name] == "" {
			t.Errorf("%s is excused and does not exist", name)
		}
	}
	for name, sql := range statements {
		if !isStatement(sql) || elsewhere[name] != "" {
			continue
		}
		text, _, err := pgx.NamedArgs{}.RewriteQuery(t.Context(), conn.Conn(), sql, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := conn.Conn().Prepare(t.Context(), "", text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryModuleKeepsToItsSchema: a statement names tables of its own package's
// schema only; a neighbour's facts come through a port or a view v_….
func TestEveryModuleKeepsToItsSchema(t *testing.T) {
	schemas := schemaNames(t)
	for name, sql := range sqlConstants(t) {
		pkg, _, _ := strings.Cut(name, ".sql")
		own := pkg[strings.LastIndexByte(pkg, '/')+1:]
		for _, s := range schemas {
			if s == own {
				continue
			}
			for _, verb := range []string{"from ", "join ", "into ", "update ", "table "} {
				if i := strings.Index(strings.ToLower(sql), verb+s+"."); i >= 0 &&
					!strings.HasPrefix(sql[i+len(verb)+len(s)+1:], "v_") {
					t.Errorf("%s reads or writes the schema %s", name, s)
				}
			}
		}
	}
}

func schemaNames(t *testing.T) []string {
	t.Helper()
	rows, err := pgtest.Tx(t).Query(t.Context(), `select nspname from pg_namespace
		where nspname not like 'pg\_%' and nspname not in ('public', 'information_schema', 'river')`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 4 {
		t.Fatalf("only the schemas %v", names)
	}
	return names
}

// sqlConstants evaluates every string constant named sqlXxx, by package and name.
func sqlConstants(t *testing.T) map[string]string {
	t.Helper()
	loaded, err := source.Load(&source.Config{
		Mode: source.NeedName | source.NeedTypes | source.NeedSyntax |
			source.NeedTypesInfo | source.NeedImports | source.NeedFiles,
		Dir: "../..",
	}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Fatalf("%s: %v", p.PkgPath, e)
		}
		for _, name := range p.Types.Scope().Names() {
			c, ok := p.Types.Scope().Lookup(name).(*types.Const)
			if !ok || !strings.HasPrefix(name, "sql") || c.Val().Kind() != constant.String {
				continue
			}
			key := fmt.Sprintf("%s.%s", strings.TrimPrefix(p.PkgPath, module), name)
			found[key] = constant.StringVal(c.Val())
		}
	}
	return found
}
