package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"beatplan/business/audit"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/db"
)

// errTrail is the answer of VerifyAudit to a trail that was touched.
var errTrail = errors.New("the audit trail is not what was recorded")

// VerifyAudit recomputes the chain of the audit trail and compares it with the
// heads that were kept outside the database, beside a running server or without
// one. It names the first bad row on out and fails when there is one.
func VerifyAudit(ctx context.Context, c *config.Config, out io.Writer, log *slog.Logger) error {
	url, _, stop, err := databaseForBackup(ctx, c, log)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, url)
	if err != nil {
		return errors.Join(err, stop())
	}
	err = verifyAudit(ctx, pool, auditHeads(c), out)
	pool.Close()
	return errors.Join(err, stop())
}

// auditHeads is where the heads of the chain are kept outside the database.
func auditHeads(c *config.Config) *audit.File {
	return &audit.File{Path: filepath.Join(c.Data, "audit.heads")}
}

func verifyAudit(ctx context.Context, pool *db.DB, heads *audit.File, out io.Writer) error {
	trail := &audit.Log{DB: pool, Clock: clock.System{}, Anchors: heads}
	fault, seen, err := trail.Verify(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read the audit trail: %w", err)
	case fault == nil:
		_, err := fmt.Fprintf(out, "The audit trail is whole: %d entries.\n", seen)
		return err
	case fault.Seq == 0:
		fmt.Fprintf(out, "Entry %d was %s beside the chain of %d entries.\n",
			fault.Entry, fault.Reason, seen)
	case fault.Reason == audit.CutOff:
		fmt.Fprintf(out, "The chain was cut off: row %d, whose head was kept, is missing.\n", fault.Seq)
	default:
		fmt.Fprintf(out, "Row %d of the chain was %s; the %d rows before it are whole.\n",
			fault.Seq, fault.Reason, seen)
	}
	return errTrail
}
