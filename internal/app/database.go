package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/localpg"
	"beatplan/migrations"
)

// Database is the company's database server: a private one or a managed one.
type Database struct {
	URL    string
	server *localpg.Server // nil when managed, or shared with other companies
	ours   bool            // nobody but this process uses it
}

// OpenDatabase starts the private server of the data folder, unless the
// configuration names a managed one, and migrates the database.
func OpenDatabase(ctx context.Context, c *config.Config, log *slog.Logger) (*Database, error) {
	return openDatabase(ctx, c, nil, log)
}

// openDatabase is OpenDatabase, in a private server that runs already when house
// has one.
func openDatabase(
	ctx context.Context, c *config.Config, house *shared, log *slog.Logger,
) (*Database, error) {
	if interrupted(c.Data) {
		return nil, ErrInterrupted.With("folder", c.Data)
	}
	d := &Database{URL: c.DatabaseURL}
	if d.URL == "" {
		var server *localpg.Server
		if house != nil {
			server = house.server
		} else {
			var err error
			server, err = localpg.Start(ctx, localpg.Options{
				DataDir: c.House(), BinDir: c.PostgresBin, Log: log,
			})
			if err != nil {
				return nil, fmt.Errorf("private database: %w", err)
			}
			d.server = server
		}
		d.ours, d.URL = true, server.URL(c.Database())
		if err := server.EnsureDatabase(ctx, c.Database()); err != nil {
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
func (d *Database) Private() bool { return d.ours }

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

// poolSize bounds the connections of one process: as many as keep the processors busy
// while some wait for the disk. More of them only take turns at the processors, and each
// makes its own plans first.
func poolSize() int { return min(max(16, 8*runtime.GOMAXPROCS(0)), 40) }

func openPool(ctx context.Context, url string) (*db.DB, error) {
	return openPoolOf(ctx, url, int32(poolSize()))
}

func openPoolOf(ctx context.Context, url string, connections int32) (*db.DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	cfg.MaxConns = connections
	return db.OpenConfig(ctx, cfg)
}

// RegionsDir is the folder of the imported road maps.
func RegionsDir(c *config.Config) string { return filepath.Join(c.House(), "regions") }
