package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// RiverSchema is the schema that River's tables live in.
const RiverSchema = "river"

// riverVersion is this migration's place among the SQL files. When River's own
// schema grows, add another Go migration that calls the same function: what is
// there already is skipped.
const riverVersion = 20261121100100

func riverMigration(pool *pgxpool.Pool) *goose.Migration {
	up := func(ctx context.Context, _ *sql.DB) error { return riverUp(ctx, pool) }
	down := func(ctx context.Context, _ *sql.DB) error {
		_, err := pool.Exec(ctx, "drop schema if exists "+RiverSchema+" cascade")
		return err
	}
	return goose.NewGoMigration(riverVersion,
		&goose.GoFunc{RunDB: up}, &goose.GoFunc{RunDB: down})
}

func riverUp(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, "create schema if not exists "+RiverSchema); err != nil {
		return fmt.Errorf("create schema for jobs: %w", err)
	}
	m, err := riverMigrator(pool)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate job tables: %w", err)
	}
	return nil
}

func riverMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: RiverSchema, Logger: slog.New(slog.DiscardHandler),
	})
}

func riverTarget() (int, error) {
	m, err := riverMigrator(nil)
	if err != nil {
		return 0, err
	}
	all := m.AllVersions()
	return all[len(all)-1].Version, nil
}
