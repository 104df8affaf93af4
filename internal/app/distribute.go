package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"beatplan/geo/track"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// ErrUndistributable is the refusal to spread a database whose keys do not allow it.
var ErrUndistributable = fail.New(fail.Conflict, "db.undistributable",
	"Some keys of the tables of positions stand in the way of spreading them by person.")

// Distribute returns the statements that spread the tables of positions over a Citus
// cluster, and executes them, all or none, when run is set. It fails with ErrUndistributable, and
// with what the database says when it has no citus extension.
func Distribute(
	ctx context.Context, c *config.Config, run bool, log *slog.Logger,
) (statements []string, err error) {
	url, _, stop, err := databaseForBackup(ctx, c, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	defer d.Close()
	positions := track.New(d, nil, nil, nil, clock.System{})
	faults, err := positions.Undistributable(ctx)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, ErrUndistributable.Saying("These stand in the way: %s.", strings.Join(faults, "; "))
	}
	if statements, err = positions.Distribution(ctx); err != nil || !run {
		return statements, err
	}
	return statements, d.InTx(ctx, func(tx db.Tx) error {
		for _, sql := range statements {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
}
