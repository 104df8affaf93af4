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
	"os/exec"
	"path/filepath"
	"time"

	"beatplan/internal/config"
	"beatplan/internal/fail"
	"beatplan/internal/localpg"
	"beatplan/migrations"
)

// What can be wrong with a backup.
var (
	ErrNotEmpty = fail.New(fail.Conflict, "backup.not_empty",
		"There is data already; a backup is restored into an empty folder and database only.")
	ErrDamaged = fail.New(fail.Invalid, "backup.damaged",
		"This file is not a complete backup.")
	ErrInterrupted = fail.New(fail.Conflict, "backup.interrupted",
		"A restore into this data folder was interrupted, so the folder cannot be used.")
)

// A backup is a tar file: the manifest first, the database in PostgreSQL's
// custom format, then folders of the data folder, and an empty file "end" by
// which a copy that was cut off is known.
const (
	manifestName = "beatplan.json"
	dumpName     = "database.dump"
	endName      = "end"
	restoring    = "restoring" // stands in a data folder until its restore is complete
)

// kept are the parts of the data folder beside the database that a backup
// holds. Positions that a stopped server has acknowledged and not yet stored are
// in the stream; a running one stores them within a second.
func kept(running, regions bool) []string {
	parts := []string{"audit.heads", "blobs", "photos", "tls"}
	if !running {
		parts = append(parts, "stream")
	}
	if regions {
		parts = append(parts, "regions")
	}
	return parts
}

// Manifest says what a backup is.
type Manifest struct {
	At         time.Time `json:"at"`
	Version    string    `json:"version"`    // of the program
	Migrations string    `json:"migrations"` // hash of the database's shape
	Regions    bool      `json:"regions"`    // road maps are inside
}

// BackupOptions say what goes into a backup.
type BackupOptions struct {
	File    string // is replaced only by a complete backup
	Regions bool   // road maps too, which can also be imported again
	Version string
}

// Backup writes everything that cannot be made again into one file, beside a
// running server or without one.
func Backup(ctx context.Context, c *config.Config, o BackupOptions, log *slog.Logger) error {
	url, running, stop, err := databaseForBackup(ctx, c, log)
	if err != nil {
		return err
	}
	part := o.File + ".part"
	err = writeBackup(ctx, c, o, source{url, running, part})
	if err := errors.Join(err, stop()); err != nil {
		return errors.Join(err, removed(part), removed(part+".dump"))
	}
	return os.Rename(part, o.File)
}

type source struct {
	url     string
	running bool
	part    string
}

// databaseForBackup is the managed database, that of the running server, or one
// that is started for the backup.
func databaseForBackup(
	ctx context.Context, c *config.Config, log *slog.Logger,
) (url string, running bool, stop func() error, err error) {
	if c.DatabaseURL != "" {
		return c.DatabaseURL, true, func() error { return nil }, nil
	}
	o := localpg.Options{DataDir: c.House(), BinDir: c.PostgresBin, Log: log}
	s, err := localpg.Start(ctx, o)
	if errors.Is(err, localpg.ErrInUse) {
		running = true
		s, err = localpg.Join(ctx, o)
	}
	if err != nil {
		return "", false, nil, err
	}
	return s.URL(c.Database()), running, s.Stop, nil
}

func writeBackup(ctx context.Context, c *config.Config, o BackupOptions, s source) (err error) {
	dump := s.part + ".dump"
	if err := postgres(ctx, c, "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
		"--file="+dump, s.url); err != nil {
		return err
	}
	f, err := os.OpenFile(s.part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close(), removed(dump)) }()
	hash, err := migrations.Hash()
	if err != nil {
		return err
	}
	manifest, err := json.MarshalIndent(Manifest{
		At: time.Now().UTC(), Version: o.Version, Migrations: hash, Regions: o.Regions,
	}, "", "  ")
	if err != nil {
		return err
	}
	t := tar.NewWriter(f)
	if err := putText(t, manifestName, manifest); err != nil {
		return err
	}
	if err := putFile(ctx, t, dumpName, dump); err != nil {
		return err
	}
	for _, part := range kept(s.running, o.Regions) {
		if err := putTree(ctx, t, c.Data, part); err != nil {
			return err
		}
	}
	return errors.Join(putText(t, endName, nil), t.Close())
}

func putText(t *tar.Writer, name string, text []byte) error {
	h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), ModTime: time.Now()}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err := t.Write(text)
	return err
}

// putTree writes the regular files of a part of the data folder.
func putTree(ctx context.Context, t *tar.Writer, data, part string) error {
	root := filepath.Join(data, part)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the part, or a file that went while we read
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		return putFile(ctx, t, "data/"+filepath.ToSlash(name), path)
	})
	if err != nil {
		return fmt.Errorf("back up %s: %w", part, err)
	}
	return nil
}

func putFile(ctx context.Context, t *tar.Writer, name, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && name != dumpName {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{
		Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size(), ModTime: info.ModTime(),
	}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.CopyN(t, f, info.Size())
	return err
}

// postgres runs one of PostgreSQL's own programs.
func postgres(ctx context.Context, c *config.Config, program string, args ...string) error {
	bin, err := localpg.Programs(c.PostgresBin)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, program), args...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
