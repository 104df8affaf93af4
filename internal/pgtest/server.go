package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"

	"beatplan/internal/localpg"
	"beatplan/migrations"
)

// server is a test's hold on the shared server.
type server struct {
	dir      string
	pg       *localpg.Server
	template string
}

// join returns the shared server, started and with its template made. The test
// holds a shared lock on the file "users" until it ends; the watchdog stops the
// server when it gets that lock for itself.
func join(t testing.TB) *server {
	t.Helper()
	s, release, err := enter(t.Context())
	if err != nil {
		t.Fatal("database for tests:", err)
	}
	t.Cleanup(release)
	return s
}

func enter(ctx context.Context) (*server, func(), error) {
	hash, err := migrations.Hash()
	if err != nil {
		return nil, nil, err
	}
	s := &server{
		dir:      filepath.Join("/tmp", "beatplan-pgtest-"+strconv.Itoa(os.Geteuid())),
		template: "template_" + hash,
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, nil, err
	}
	users, err := lock(filepath.Join(s.dir, "users"), unix.LOCK_SH)
	if err != nil {
		return nil, nil, err
	}
	release := func() { _ = users.Close() }
	if err := s.ensure(ctx); err != nil {
		release()
		return nil, nil, err
	}
	return s, release, nil
}

// ensure starts the server and makes the template, one process at a time.
func (s *server) ensure(ctx context.Context) error {
	starting, err := lock(filepath.Join(s.dir, "starting"), unix.LOCK_EX)
	if err != nil {
		return err
	}
	defer starting.Close() // closing releases the lock
	s.pg, err = localpg.Start(ctx, localpg.Options{DataDir: s.dir, NoSync: true, Detached: true})
	if err != nil {
		return err
	}
	if s.pg.Exited() != nil { // started just now, not adopted
		if err := s.watch(); err != nil {
			return errors.Join(err, s.pg.Stop())
		}
		if err := s.sweep(ctx); err != nil {
			return err
		}
	}
	return s.ensureTemplate(ctx)
}

// watchdog stops server $2 when nobody has held lock $1 for half a minute.
const watchdog = `
exec 9>"$1"
while kill -0 "$2" 2>/dev/null; do
	sleep 30
	if flock -n -x 9; then
		kill -INT "$2" 2>/dev/null
		while kill -0 "$2" 2>/dev/null; do sleep 0.1; done
	fi
done`

func (s *server) watch() error {
	cmd := exec.Command("/bin/sh", "-c", watchdog, "pgtest-watchdog", //nolint:noctx // outlives the test
		filepath.Join(s.dir, "users"), strconv.Itoa(s.pg.PID()))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start watchdog of test database: %w", err)
	}
	go func() { _ = cmd.Wait() }() // collected, should it end before us
	return nil
}

func (s *server) ensureTemplate(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.pg.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // nothing to lose on this connection
	var there bool
	const sqlThere = `select exists (select from pg_database where datname = $1)`
	if err := conn.QueryRow(ctx, sqlThere, s.template).Scan(&there); err != nil || there {
		return err
	}
	half := s.template + "_half"
	if _, err := conn.Exec(ctx, "drop database if exists "+half); err != nil {
		return err
	}
	if err := s.pg.EnsureDatabase(ctx, half); err != nil {
		return err
	}
	if _, err := migrations.Up(ctx, s.pg.URL(half)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "alter database "+half+" rename to "+s.template)
	return err
}

// freshName carries the process id, by which leftovers are known.
func (s *server) freshName() string {
	return fmt.Sprintf("test_%d_%s", os.Getpid(), strings.ReplaceAll(uuid.NewString(), "-", "")[:12])
}

func (s *server) copyTemplate(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.pg.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // nothing to lose on this connection
	_, err = conn.Exec(ctx,
		"create database "+name+" template "+s.template+" strategy file_copy")
	if err != nil {
		return fmt.Errorf("copy template database: %w", err)
	}
	return nil
}

// processDatabase is the one database in which this process's transactions live.
func (s *server) processDatabase(ctx context.Context) (string, error) {
	name := fmt.Sprintf("test_%d_%s", os.Getpid(), s.template)
	conn, err := pgx.Connect(ctx, s.pg.URL(name))
	if err == nil {
		return name, conn.Close(ctx)
	}
	if err := s.sweep(ctx); err != nil {
		return "", err
	}
	err = s.copyTemplate(ctx, name)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P04" || pg.Code == "23505") {
		return name, nil // a parallel test was faster
	}
	return name, err
}

// sweep drops the databases of test processes that are no more.
func (s *server) sweep(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.pg.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // nothing to lose on this connection
	rows, err := conn.Query(ctx, `select datname from pg_database where datname like 'test\_%'`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		pid, err := strconv.Atoi(strings.Split(name, "_")[1])
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		if err := s.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) drop(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.pg.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // nothing to lose on this connection
	if _, err := conn.Exec(ctx, "drop database if exists "+name+" with (force)"); err != nil {
		return fmt.Errorf("drop test database: %w", err)
	}
	return nil
}

// lock opens and locks a file, waiting at most a minute; closing it lets go.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if time.Now().After(deadline) {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}
