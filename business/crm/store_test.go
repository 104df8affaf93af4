package crm

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/pgtest"
)

// statements are every statement of the package, by the name of its constant.
func statements() map[string]string {
	return map[string]string{
		"sqlGet": sqlGet, "sqlMany": sqlMany, "sqlLock": sqlLock, "sqlOwner": sqlOwner,
		"sqlOwners": sqlOwners, "sqlSaveOwner": sqlSaveOwner, "sqlNextNumber": sqlNextNumber,
		"sqlInsert": sqlInsert, "sqlUpdate": sqlUpdate, "sqlSaveChange": sqlSaveChange,
		"sqlLockName": sqlLockName, "sqlLockLicence": sqlLockLicence, "sqlTwins": sqlTwins,
		"sqlByName": sqlByName, "sqlByNameDown": sqlByNameDown, "sqlByDue": sqlByDue,
		"sqlByDueDown": sqlByDueDown, "sqlByVisit": sqlByVisit, "sqlByVisitDown": sqlByVisitDown,
		"sqlByUpdate": sqlByUpdate, "sqlByUpdateDown": sqlByUpdateDown, "sqlByID": sqlByID,
		"sqlByIDDown": sqlByIDDown, "sqlByDistance": sqlByDistance, "sqlByDebt": sqlByDebt, "sqlByDebtDown": sqlByDebtDown, "sqlCount": sqlCount,
		"sqlFacets": sqlFacets, "sqlExport": sqlExport, "sqlDistricts": sqlDistricts, "sqlHistory": sqlHistory,
		"sqlAfter": sqlAfter, "sqlDue": sqlDue, "sqlPropose": sqlPropose, "sqlProposal": sqlProposal,
		"sqlForgetProposal": sqlForgetProposal, "sqlArea": sqlArea, "sqlPins": sqlPins,
		"sqlLockShared": sqlLockShared, "sqlAddImport": sqlAddImport, "sqlImport": sqlImport,
		"sqlImports": sqlImports, "sqlLockImport": sqlLockImport, "sqlImportBody": sqlImportBody, "sqlImportKept": sqlImportKept,
		"sqlBeginImport": sqlBeginImport, "sqlSetImportJob": sqlSetImportJob,
		"sqlEndImport": sqlEndImport, "sqlForgetFaults": sqlForgetFaults, "sqlFaults": sqlFaults,
		"sqlPurgeImports": sqlPurgeImports, "sqlLockAll": sqlLockAll, "sqlKnown": sqlKnown,
		"sqlNumbersKnown": sqlNumbersKnown, "sqlNumbers": sqlNumbers, "sqlIDs": sqlIDs,
	}
}

// fragments are constants that are no statement of their own.
func fragments() []string {
	return []string{"sqlColumns", "sqlFrom", "sqlMatch", "sqlList", "sqlWhere",
		"sqlImportColumns"}
}

func TestEveryStatementIsValidSQL(t *testing.T) {
	tx := pgtest.Tx(t)
	for name, sql := range statements() {
		text, _, err := pgx.NamedArgs{}.RewriteQuery(t.Context(), tx.Conn(), sql, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Prepare(t.Context(), name, text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestNoStatementEscapesTheTest(t *testing.T) {
	parsed, err := goparser.ParseDir(token.NewFileSet(), ".", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := append(slices.Collect(maps.Keys(statements())), fragments()...)
	for _, file := range parsed["crm"].Files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for _, name := range spec.Names {
				if strings.HasPrefix(name.Name, "sql") && !slices.Contains(known, name.Name) {
					t.Errorf("%s is not in statements()", name.Name)
				}
			}
			return true
		})
	}
}
