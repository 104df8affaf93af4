// Package migrations brings a company's database to the shape that this binary
// needs.
//
// Every module writes its own files, YYYYMMDDHHMMSS_<schema>_<what>.sql, for its
// own schema. Files that were written in parallel may be applied out of order;
// none is ever applied twice. River's tables live in the schema "river" and are
// brought up by a migration in Go. An advisory lock lets one replica migrate
// while the others wait.
package migrations

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Up applies every migration that the database at url has not seen and returns
// how many there were. The role must be allowed to create the extensions
// postgis, btree_gist and pg_trgm, or they must exist.
func Up(ctx context.Context, url string) (int, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("open database to migrate: %w", err)
	}
	defer pool.Close()
	provider, err := newProvider(pool)
	if err != nil {
		return 0, err
	}
	defer provider.Close() // the pool below is closed with it
	done, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	return len(done), nil
}

// Pending reports whether the database at url lacks a migration.
func Pending(ctx context.Context, url string) (bool, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return false, fmt.Errorf("open database: %w", err)
	}
	defer pool.Close()
	provider, err := newProvider(pool)
	if err != nil {
		return false, err
	}
	defer provider.Close() // the pool below is closed with it
	return provider.HasPending(ctx)
}

// Hash names the sum of all migrations: two binaries with the same hash make the
// same database. It is 16 hexadecimal digits.
func Hash() (string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(text))
		sum.Write(text)
	}
	last, err := riverTarget()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "river %d", last)
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func newProvider(pool *pgxpool.Pool) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockTimeout(1, 600), // once a second for ten minutes
	)
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(
		goose.DialectPostgres, stdlib.OpenDBFromPool(pool), files,
		goose.WithGoMigrations(riverMigration(pool)),
		goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true),
		goose.WithSessionLocker(locker),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}
