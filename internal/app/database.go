package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/localpg"
	"beatplan/migrations"
)

// databaseName is the database in a private server.
const databaseName = "beatplan"

// Database is the company's database server: a private one or a managed one.
type Database struct {
	URL    string
	server *localpg.Server // nil when managed
}

// OpenDatabase starts the private server of the data folder, unless the
// configuration names a managed one, and migrates the database.
func OpenDatabase(ctx context.Context, c *config.Config, log *slog.Logger) (*Database, error) {
	if interrupted(c.Data) {
		return nil, ErrInterrupted.With("folder", c.Data)
	}
	d := &Database{URL: c.DatabaseURL}
	if d.URL == "" {
		server, err := localpg.Start(ctx, localpg.Options{
			DataDir: c.Data, BinDir: c.PostgresBin, Log: log,
		})
		if err != nil {
			return nil, fmt.Errorf("private database: %w", err)
		}
		d.server, d.URL = server, server.URL(databaseName)
		if err := server.EnsureDatabase(ctx, databaseName); err != nil {
			return nil, closeAfter(err, d)
		}
	}
	begin := time.Now()
	done, err := migrations.Up(ctx, d.URL)
	if err != nil {
		return nil, closeAfter(err, d)
	}
	if done > 0 {
		log.Info("migrated the database", "migrations", done,
			"seconds", time.Since(begin).Seconds())
	}
	return d, nil
}

func closeAfter(err error, d *Database) error {
	if stop := d.Close(); stop != nil {
		return fmt.Errorf("%w (and %w)", err, stop)
	}
	return err
}

// Private reports whether the server is ours alone.
func (d *Database) Private() bool { return d.server != nil }

// Lost is closed when a private server ended by itself; nil for a managed one.
func (d *Database) Lost() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Exited()
}

// Close stops a private server.
func (d *Database) Close() error {
	if d.server == nil {
		return nil
	}
	return d.server.Stop()
}

// poolSize bounds the connections of one process.
const poolSize = 40

func openPool(ctx context.Context, url string) (*db.DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	cfg.MaxConns = poolSize
	return db.OpenConfig(ctx, cfg)
}

// RegionsDir is the folder of the imported road maps.
func RegionsDir(c *config.Config) string { return filepath.Join(c.Data, "regions") }
