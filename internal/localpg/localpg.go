// Package localpg runs a private PostgreSQL with PostGIS from the system's
// packages, so that Beatplan needs no database to be set up.
//
// The server lives under the data folder and belongs to one program at a time.
// It listens on a Unix socket in a folder that only its own user may enter, never
// on a port. PostgreSQL refuses to run as root; started by root, it runs as the
// user "postgres" that the package created.
//
// The server dies with its program: [Server.Stop] shuts it down, and when the
// program is killed the kernel tells the server to stop. Whatever a crash left
// behind (a server still running, a stale postmaster.pid, half of an initdb) is
// cleared at the next [Start]; PostgreSQL's own recovery does the rest.
package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// Superuser is the database role that owns everything in a private server.
const Superuser = "beatplan"

// Options says where and how the server runs.
type Options struct {
	DataDir string       // the program's data folder; made when absent
	BinDir  string       // PostgreSQL's programs; found when empty
	Log     *slog.Logger // nil: silent

	// NoSync trades the safety of data against power loss for speed: for tests.
	NoSync bool
	// Detached lets the server outlive this program and adopts one that runs
	// already in the folder. The caller keeps others away while Start runs.
	Detached bool
	// Settings are further "-c name=value" settings of the server.
	Settings map[string]string
}

// Server is a running private PostgreSQL.
type Server struct {
	home   home
	log    *slog.Logger
	lock   *os.File // held while the server is ours; nil when detached
	pid    int
	exited chan struct{} // closed when our child has ended; nil when adopted
}

// Start starts the server of a data folder, making the folder and the cluster
// when they are not there, and returns when it answers. It fails with
// [ErrNotInstalled] when PostgreSQL or PostGIS is missing and with [ErrInUse]
// when another live program holds the folder. A first start takes about two
// seconds, a later one a third of one.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := find(o)
	if err != nil {
		return nil, err
	}
	if !o.Detached {
		if s.lock, err = lockFolder(s.home.lock); err != nil {
			return nil, err
		}
	}
	if err := s.start(ctx, o); err != nil {
		s.unlock()
		return nil, err
	}
	return s, nil
}

// find returns the server of a data folder as it is, neither started nor asked.
func find(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	bin, err := findPrograms(o.BinDir)
	if err != nil {
		return nil, err
	}
	h, err := settle(o, bin)
	if err != nil {
		return nil, err
	}
	return &Server{home: h, log: o.Log}, nil
}

// Join returns the server that another program runs in the data folder, to be
// used beside it; Stop leaves it alone. It fails with [ErrNotRunning] when none
// answers.
func Join(ctx context.Context, o Options) (*Server, error) {
	s, err := find(o)
	if err != nil {
		return nil, err
	}
	if s.home.running() == 0 {
		return nil, ErrNotRunning
	}
	if err := s.answers(ctx); err != nil {
		return nil, ErrNotRunning.Because(err)
	}
	return s, nil
}

// Programs finds the folder of PostgreSQL's programs (pg_dump, psql …), the
// newest with PostGIS when given is empty. It fails with [ErrNotInstalled].
func Programs(given string) (string, error) { return findPrograms(given) }

func (s *Server) start(ctx context.Context, o Options) error {
	if err := s.home.initialise(ctx, s.log); err != nil {
		return err
	}
	if pid := s.home.running(); pid != 0 {
		if o.Detached && s.answers(ctx) == nil {
			s.pid = pid
			return nil
		}
		s.log.Info("stopping a database server that an earlier run left", "pid", pid)
		if err := stopProcess(pid); err != nil {
			return err
		}
	}
	if err := s.home.clearStale(ctx); err != nil {
		return err
	}
	if err := s.launch(o); err != nil {
		return err
	}
	if err := s.awaitReady(ctx); err != nil {
		return errors.Join(err, s.Stop())
	}
	return nil
}

// URL is the address of a database in the server, for pgx and for psql.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(Superuser), Path: "/" + database,
		RawQuery: url.Values{"host": {s.home.socket}}.Encode(),
	}
	return u.String()
}

// PID is the process id of the server.
func (s *Server) PID() int { return s.pid }

// Dir is the folder of the cluster, which is not always under the data folder.
func (s *Server) Dir() string { return s.home.data }

// Exited is closed when the server has ended, for whatever reason. It is nil for
// an adopted server.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// EnsureDatabase makes the database when it is not there. The name must be a
// plain lower-case identifier.
func (s *Server) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to private database server: %w", err)
	}
	defer conn.Close(ctx) // nothing to lose on this connection
	var there bool
	const sqlThere = `select exists (select from pg_database where datname = $1)`
	if err := conn.QueryRow(ctx, sqlThere, name).Scan(&there); err != nil || there {
		return err
	}
	if _, err := conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Stop shuts the server down: politely, then by a crash that PostgreSQL recovers
// from, then by force. It returns when the process is gone, within 25 seconds.
func (s *Server) Stop() error {
	defer s.unlock()
	if s.pid == 0 {
		return nil
	}
	if err := stopProcess(s.pid); err != nil {
		return err
	}
	if s.exited != nil {
		<-s.exited
	}
	s.pid = 0
	return nil
}

func (s *Server) unlock() {
	if s.lock != nil {
		_ = s.lock.Close() // closing releases the lock
		s.lock = nil
	}
}

func (s *Server) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (s *Server) awaitReady(ctx context.Context) error {
	nextWord := time.Now().Add(5 * time.Second)
	for {
		err := s.answers(ctx)
		if err == nil {
			return nil
		}
		if time.Now().After(nextWord) {
			s.log.Info("waiting for the database server to recover")
			nextWord = time.Now().Add(10 * time.Second)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("database server did not become ready: %w (%w)", ctx.Err(), err)
		case <-s.exited:
			return fmt.Errorf("database server ended at once; its log says:\n%s", s.home.logTail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// run executes one of PostgreSQL's programs as the server's user.
func (h home) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(h.bin, program), args...)
	cmd.Dir = h.base
	cmd.Env = environment()
	cmd.SysProcAttr = h.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", program, ctx.Err()) // we killed it
		}
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}
