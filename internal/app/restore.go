package app

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/config"
	"beatplan/internal/localpg"
	"beatplan/migrations"
)

// Restore makes a data folder, or an empty managed database, what it was at a
// backup, and migrates it to this program. The folder cannot be used before the
// restore is complete; one that was interrupted is removed by hand. It fails
// with [ErrNotEmpty], [ErrDamaged] or [ErrInterrupted].
func Restore(ctx context.Context, c *config.Config, file string, log *slog.Logger) (Manifest, error) {
	f, err := os.Open(file)
	if err != nil {
		return Manifest{}, fmt.Errorf("open backup: %w", err)
	}
	defer f.Close() // only read
	manifest, err := inspect(f)
	if err != nil {
		return Manifest{}, err
	}
	if err := emptyFolder(c.Data); err != nil {
		return Manifest{}, err
	}
	mark := filepath.Join(c.Data, restoring)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return Manifest{}, fmt.Errorf("begin restore: %w", err)
	}
	dump := filepath.Join(c.Data, dumpName)
	if err := unpack(ctx, f, c.Data, dump); err != nil {
		return Manifest{}, err
	}
	if err := restoreDatabase(ctx, c, dump, log); err != nil {
		return Manifest{}, err
	}
	return manifest, errors.Join(removed(dump), removed(mark))
}

// inspect reads the backup to its end before anything is changed.
func inspect(f *os.File) (Manifest, error) {
	var m Manifest
	t := tar.NewReader(f)
	last, dump := "", false
	for first := true; ; first = false {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, ErrDamaged.Because(err)
		}
		if first {
			if h.Name != manifestName || json.NewDecoder(t).Decode(&m) != nil {
				return m, ErrDamaged.With("reason", "no manifest")
			}
		}
		if _, err := io.Copy(io.Discard, t); err != nil {
			return m, ErrDamaged.Because(err)
		}
		last, dump = h.Name, dump || h.Name == dumpName
	}
	if last != endName || !dump {
		return m, ErrDamaged.With("reason", "cut off")
	}
	_, err := f.Seek(0, io.SeekStart)
	return m, err
}

// emptyFolder makes the folder and fails when there is anything of ours in it.
func emptyFolder(data string) error {
	if err := os.MkdirAll(data, 0o755); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if interrupted(data) {
		return ErrInterrupted.With("folder", data)
	}
	there, err := os.ReadDir(data)
	if err != nil {
		return fmt.Errorf("read data folder: %w", err)
	}
	if len(there) > 0 {
		return ErrNotEmpty.With("folder", data).With("found", there[0].Name())
	}
	return nil
}

func interrupted(data string) bool {
	_, err := os.Stat(filepath.Join(data, restoring))
	return !errors.Is(err, fs.ErrNotExist)
}

func unpack(ctx context.Context, f io.Reader, data, dump string) error {
	t := tar.NewReader(f)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return ErrDamaged.Because(err)
		}
		to := dump
		if name, ok := strings.CutPrefix(h.Name, "data/"); ok {
			if !filepath.IsLocal(name) {
				return ErrDamaged.With("reason", "a name that leads outside")
			}
			to = filepath.Join(data, filepath.FromSlash(name))
		} else if h.Name != dumpName {
			continue
		}
		if err := writeFile(to, t, fs.FileMode(h.Mode).Perm()); err != nil { // Perm bounds it
			return fmt.Errorf("restore %s: %w", h.Name, err)
		}
	}
}

func writeFile(name string, r io.Reader, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

func restoreDatabase(
	ctx context.Context, c *config.Config, dump string, log *slog.Logger,
) (err error) {
	url := c.DatabaseURL
	if url == "" {
		s, err := localpg.Start(ctx, localpg.Options{DataDir: c.House(), BinDir: c.PostgresBin, Log: log})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Stop()) }()
		if err := s.EnsureDatabase(ctx, c.Database()); err != nil {
			return err
		}
		url = s.URL(c.Database())
	}
	if err := emptyDatabase(ctx, url); err != nil {
		return err
	}
	err = postgres(ctx, c, "pg_restore", "--exit-on-error", "--single-transaction",
		"--no-owner", "--no-privileges", "--dbname="+url, dump)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx, url)
	return err
}

func emptyDatabase(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to database: %w", err)
	}
	defer conn.Close(ctx) // nothing to lose on this connection
	var used bool
	const sqlUsed = `select to_regclass('public.goose_db_version') is not null`
	if err := conn.QueryRow(ctx, sqlUsed).Scan(&used); err != nil {
		return err
	}
	if used {
		return ErrNotEmpty.With("found", "a database with tables")
	}
	return nil
}
