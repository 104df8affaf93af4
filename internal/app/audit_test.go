package app

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"beatplan/business/audit"
)

// feature: G34
func TestVerifyAuditNamesTheFirstBadRow(t *testing.T) {
	h := newCompany(t) // its people and customers are in the trail
	trail := &audit.Log{DB: h.DB, Clock: h.Clock, Anchors: auditHeads(h.Config)}
	if n, err := trail.Seal(t.Context()); err != nil || n == 0 {
		t.Logf("sealed %d, %v: the server's own sealer was faster", n, err)
	}
	verify := func() (string, error) {
		var out bytes.Buffer
		err := VerifyAudit(t.Context(), h.Config, &out, slog.New(slog.DiscardHandler))
		return out.String(), err
	}
	if text, err := verify(); err != nil || text == "" {
		t.Fatalf("a whole trail: %q %v", text, err)
	}
	if _, err := h.DB.Exec(t.Context(), `update audit.entry set person_id = 99
		where id = (select entry_id from audit.link where seq = 3)`); err != nil {
		t.Fatal(err)
	}
	text, err := verify()
	if !errors.Is(err, errTrail) || text != "Row 3 of the chain was edited; the 2 rows before it are whole.\n" {
		t.Fatalf("an edited row: %q %v", text, err)
	}
	if _, err := h.DB.Exec(t.Context(), `truncate audit.pending; delete from audit.link;
		delete from audit.entry`); err != nil {
		t.Fatal(err)
	}
	text, err = verify()
	if !errors.Is(err, errTrail) || text != "The chain was cut off: row 1, whose head was kept, is missing.\n" {
		t.Fatalf("an emptied trail: %q %v", text, err)
	}
}
