package crm

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/pgtest"
)

// statements are the statements of the package, by the name of their constant;
// archtest finds any that is missing here and prepares it, too.
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
		"sqlStages": sqlStages, "sqlKindsOf": sqlKindsOf, "sqlStates": sqlStates,
		"sqlChannels": sqlChannels, "sqlNewByRegion": sqlNewByRegion, "sqlNewByKind": sqlNewByKind,
		"sqlActivity": sqlActivity, "sqlHoldings": sqlHoldings,
		"sqlLeadRow": sqlLeadRow, "sqlLead": sqlLead, "sqlLockLead": sqlLockLead, "sqlLeads": sqlLeads,
		"sqlAddLead": sqlAddLead, "sqlSaveLead": sqlSaveLead, "sqlViewRow": sqlViewRow,
		"sqlViews": sqlViews, "sqlOwnView": sqlOwnView, "sqlViewsOf": sqlViewsOf,
		"sqlLockViews": sqlLockViews, "sqlForgetView": sqlForgetView,
		"sqlReplaceView": sqlReplaceView, "sqlAddView": sqlAddView,
		"sqlProblem": sqlProblem, "sqlProblemLock": sqlProblemLock, "sqlProblems": sqlProblems,
		"sqlAddProblem": sqlAddProblem, "sqlMoveProblem": sqlMoveProblem, "sqlProblemRow": sqlProblemRow,
		"sqlKinds": sqlKinds, "sqlPoolKinds": sqlPoolKinds,
		"sqlTeamsOf": sqlTeamsOf, "sqlUnknownSharees": sqlUnknownSharees,
		"sqlEntryRule": sqlEntryRule, "sqlSetEntryRule": sqlSetEntryRule,
		"sqlFacets": sqlFacets, "sqlExport": sqlExport, "sqlDistricts": sqlDistricts, "sqlHistory": sqlHistory,
		"sqlClocksOf": sqlClocksOf, "sqlDueApart": sqlDueApart, "sqlDueFollow": sqlDueFollow, "sqlPropose": sqlPropose, "sqlProposal": sqlProposal,
		"sqlForgetProposal": sqlForgetProposal, "sqlArea": sqlArea, "sqlPinsOf": sqlPinsOf, "sqlPinsIn": sqlPinsIn, "sqlMarksOf": sqlMarksOf,
		"sqlMarksIn": sqlMarksIn, "sqlFacts": `select from crm.customer c where true` + sqlFacts,
		"sqlPoolPolicy": sqlPoolPolicy, "sqlSetPoolPolicy": sqlSetPoolPolicy,
		"sqlSetPoolLimit": sqlSetPoolLimit, "sqlLockOwner": sqlLockOwner, "sqlHeld": sqlHeld,
		"sqlDeadlines": sqlDeadlines, "sqlReminded": sqlReminded, "sqlPool": sqlPool,
		"sqlLockShared": sqlLockShared, "sqlAddImport": sqlAddImport, "sqlImport": sqlImport,
		"sqlImports": sqlImports, "sqlLockImport": sqlLockImport, "sqlImportBody": sqlImportBody, "sqlImportKept": sqlImportKept,
		"sqlBeginImport": sqlBeginImport, "sqlSetImportJob": sqlSetImportJob,
		"sqlEndImport": sqlEndImport, "sqlForgetFaults": sqlForgetFaults, "sqlFaults": sqlFaults,
		"sqlPurgeImports": sqlPurgeImports, "sqlLockAll": sqlLockAll, "sqlKnown": sqlKnown,
		"sqlNumbersKnown": sqlNumbersKnown, "sqlNumbers": sqlNumbers, "sqlIDs": sqlIDs,
	}
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
