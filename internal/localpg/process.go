package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// attributes detach a child from our terminal, so that Ctrl-C reaches only us,
// and make it the server's user.
func (h home) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true}
	if h.drop {
		a.Credential = &syscall.Credential{Uid: uint32(h.uid), Gid: uint32(h.gid)}
	}
	return a
}

// environment is what the server sees: nothing of PG* and of the user's locale.
func environment() []string {
	return []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
}

func (s *Server) launch(o Options) error {
	out, err := s.home.openLog()
	if err != nil {
		return err
	}
	defer out.Close() // the child has its own copy
	// No context: a server that is to end is shut down, not killed.
	cmd := exec.Command(filepath.Join(s.home.bin, "postgres"), //nolint:noctx // see above
		s.home.arguments(o)...)
	cmd.Dir = s.home.base
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = s.home.attributes()
	if !o.Detached {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGINT // "fast shutdown" when we are killed
	}
	exited, started := make(chan struct{}), make(chan error, 1)
	go func() {
		// The kernel sends the death signal when the thread that made the child
		// ends, so this thread is kept for as long as the server runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(exited)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start database server: %w", err)
	}
	s.pid, s.exited = cmd.Process.Pid, exited
	return nil
}

func (h home) arguments(o Options) []string {
	settings := map[string]string{
		"listen_addresses":                    "",
		"unix_socket_directories":             h.socket,
		"unix_socket_permissions":             "0700",
		"max_connections":                     "120",
		"shared_buffers":                      "256MB",
		"effective_cache_size":                "1GB",
		"work_mem":                            "16MB",
		"maintenance_work_mem":                "256MB",
		"max_wal_size":                        "1GB",
		"random_page_cost":                    "1.1",
		"jit":                                 "off",
		"timezone":                            "UTC",
		"log_timezone":                        "UTC",
		"log_min_duration_statement":          "2s",
		"log_checkpoints":                     "off",
		"shared_preload_libraries":            "",
		"idle_in_transaction_session_timeout": "10min",
	}
	if o.NoSync {
		settings["fsync"] = "off"
		settings["synchronous_commit"] = "off"
		settings["full_page_writes"] = "off"
		settings["max_connections"] = "300"
		settings["autovacuum"] = "off"
	}
	maps.Copy(settings, o.Settings)
	args := []string{"-D", h.data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// maxLog is how large the server's log may be before a start begins a new one.
const maxLog = 10 << 20

func (h home) openLog() (*os.File, error) {
	if info, err := os.Stat(h.log); err == nil && info.Size() > maxLog {
		if err := os.Rename(h.log, h.log+".1"); err != nil {
			return nil, fmt.Errorf("turn over log of database server: %w", err)
		}
	}
	f, err := os.OpenFile(h.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log of database server: %w", err)
	}
	return f, nil
}

func (h home) logTail() string {
	const most = 2000
	f, err := os.Open(h.log)
	if err != nil {
		return err.Error()
	}
	defer f.Close() // only read
	if end, err := f.Seek(0, io.SeekEnd); err == nil {
		_, _ = f.Seek(max(0, end-most), io.SeekStart)
	}
	text, _ := io.ReadAll(f)
	return string(text)
}

// running returns the pid of the server that runs in this cluster, or 0.
// The pid in postmaster.pid may have been given to another program since; a
// server is one of ours when it stands in the cluster's folder.
func (h home) running() int {
	text, err := os.ReadFile(filepath.Join(h.data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid := number(strings.TrimSpace(line))
	if pid > 1 && h.standsHere(pid) {
		return pid
	}
	return 0
}

func (h home) standsHere(pid int) bool {
	cwd, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	return err == nil && cwd == h.data
}

// clearStale waits until no process of a server stands in the cluster and
// removes the postmaster.pid that a crash left, whose number may be another
// program's by now.
func (h home) clearStale(ctx context.Context) error {
	for deadline := time.Now().Add(20 * time.Second); ; {
		pids, err := h.processes()
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v of an earlier database server do not end", pids)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	err := os.Remove(filepath.Join(h.data, "postmaster.pid"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove stale pid file: %w", err)
	}
	return nil
}

func (h home) processes() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int
	for _, e := range entries {
		if pid := number(e.Name()); pid > 1 && h.standsHere(pid) {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// stopProcess ends a server: SIGINT disconnects clients and shuts down, SIGQUIT
// stops without a checkpoint, SIGKILL is the last word.
//
// It is bounded by the patience below and not by a context: a database that is
// cut off in mid-shutdown is worse than a stop that takes some seconds.
func stopProcess(pid int) error {
	for _, step := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{
		{syscall.SIGINT, 15 * time.Second},
		{syscall.SIGQUIT, 5 * time.Second},
		{syscall.SIGKILL, 5 * time.Second},
	} {
		if err := syscall.Kill(pid, step.signal); errors.Is(err, syscall.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("signal database server %d: %w", pid, err)
		}
		if awaitEnd(pid, step.patience) {
			return nil
		}
	}
	return fmt.Errorf("database server %d does not end", pid)
}

func awaitEnd(pid int, patience time.Duration) bool {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if syscall.Kill(pid, 0) != nil || isZombie(pid) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// isZombie reports whether the process has ended and only waits to be collected.
func isZombie(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

// lockFolder takes the folder for this process; the kernel lets go of it when
// the process ends, however it ends.
func lockFolder(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock of data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 20))
		_ = f.Close()
		return nil, ErrInUse.With("pid", strings.TrimSpace(string(holder))).Because(err)
	}
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return f, nil
}
