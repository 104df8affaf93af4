package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childDir makes the test binary, started again, behave as a program with a
// private server: it prints the server's pid and waits.
const childDir = "LOCALPG_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

func child(dir string) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	s, err := Start(context.Background(), Options{DataDir: dir, NoSync: true})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("pid", s.PID())
	<-stop
	if err := s.Stop(); err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

func startChild(t *testing.T, dir string) (*exec.Cmd, int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("child said nothing:", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "pid ")))
	if err != nil {
		t.Fatal("child:", line)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, pid
}

// folder is a data folder that the unprivileged user can enter.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "localpg")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	o.NoSync = true
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if strings.HasPrefix(sql, "select") {
		var answer string
		if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return ""
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil && !isZombie(pid) }

func awaitDeath(t *testing.T, pid int) {
	t.Helper()
	if !awaitEnd(pid, 15*time.Second) {
		t.Fatalf("process %d still lives", pid)
	}
}

func TestStartStopStartKeepsData(t *testing.T) {
	dir := folder(t)
	s := start(t, Options{DataDir: dir})
	if err := s.EnsureDatabase(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if err := s.EnsureDatabase(t.Context(), "shop"); err != nil {
		t.Fatal("second time:", err)
	}
	query(t, s.URL("shop"), "create extension postgis; create table kept as select 'yes' as said")
	if got := query(t, s.URL("shop"), "select current_setting('listen_addresses')"); got != "" {
		t.Errorf("server listens on %q", got)
	}
	first := s.PID()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if alive(first) {
		t.Fatal("the server outlived Stop")
	}
	again := start(t, Options{DataDir: dir})
	if got := query(t, again.URL("shop"), "select said from kept"); got != "yes" {
		t.Errorf("kept %q", got)
	}
}

func TestFolderBelongsToOneProgram(t *testing.T) {
	dir := folder(t)
	start(t, Options{DataDir: dir})
	_, err := Start(t.Context(), Options{DataDir: dir})
	if !errors.Is(err, ErrInUse) {
		t.Errorf("second start: %v", err)
	}
}

func TestServerDiesWithKilledProgram(t *testing.T) {
	dir := folder(t)
	cmd, pid := startChild(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitDeath(t, pid)
	start(t, Options{DataDir: dir})
}

func TestInterruptStopsServer(t *testing.T) {
	cmd, pid := startChild(t, folder(t))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if alive(pid) {
		t.Error("the server outlived the program")
	}
}

// A start that follows a kill without a pause meets the old server in whatever
// state it is in.
func TestStartRightAfterKill(t *testing.T) {
	dir := folder(t)
	for range 3 {
		cmd, _ := startChild(t, dir)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	s := start(t, Options{DataDir: dir})
	query(t, s.URL("postgres"), "select 'up'")
}

func TestStartAfterServerWasKilled(t *testing.T) {
	dir := folder(t)
	s := start(t, Options{
		DataDir: dir, Settings: map[string]string{"synchronous_commit": "on"},
	})
	if err := s.EnsureDatabase(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	query(t, s.URL("shop"), "create table kept as select 'yes' as said")
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Exited():
	case <-time.After(time.Minute):
		t.Fatal("the death of the server was not noticed")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, Options{DataDir: dir})
	if got := query(t, again.URL("shop"), "select said from kept"); got != "yes" {
		t.Errorf("kept %q", got)
	}
}

// The pid in postmaster.pid is another program's by now: ours.
func TestStalePidOfAnotherProgram(t *testing.T) {
	dir := folder(t)
	s := start(t, Options{DataDir: dir})
	data := s.Dir()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf("%d\n%s\n1700000000\n5432\n/tmp\n\n\n", os.Getppid(), data)
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, Options{DataDir: dir})
}

func TestInterruptedInitdbIsRedone(t *testing.T) {
	dir := folder(t)
	half := filepath.Join(dir, "postgres", "data.new")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "rubbish"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, Options{DataDir: dir})
}

func TestDetachedServerIsAdopted(t *testing.T) {
	dir := folder(t)
	first := start(t, Options{DataDir: dir, Detached: true})
	second, err := Start(t.Context(), Options{DataDir: dir, Detached: true})
	if err != nil {
		t.Fatal(err)
	}
	if second.PID() != first.PID() {
		t.Errorf("adopted %d, want %d", second.PID(), first.PID())
	}
}

func TestJoinUsesAndLeavesAlone(t *testing.T) {
	dir := folder(t)
	if _, err := Join(t.Context(), Options{DataDir: dir}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("nothing runs: %v", err)
	}
	s := start(t, Options{DataDir: dir})
	joined, err := Join(t.Context(), Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	query(t, joined.URL("postgres"), "select 'up'")
	if err := joined.Stop(); err != nil {
		t.Fatal(err)
	}
	query(t, s.URL("postgres"), "select 'up'")
}

func TestLongPathGetsShortSocket(t *testing.T) {
	dir := filepath.Join(folder(t), strings.Repeat("long-name-", 12))
	s := start(t, Options{DataDir: dir})
	if len(s.home.socket) > maxSocketPath-14 {
		t.Errorf("socket folder %s", s.home.socket)
	}
	query(t, s.URL("postgres"), "select 'up'")
	t.Cleanup(func() { _ = os.RemoveAll(s.home.socket) })
}

// Root's home is closed to others; so is this folder.
func TestFolderClosedToServersUser(t *testing.T) {
	dir := folder(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{DataDir: filepath.Join(dir, "data")})
	query(t, s.URL("postgres"), "select 'up'")
	elsewhere := strings.HasPrefix(s.Dir(), "/var/lib/beatplan/")
	if asRoot := os.Geteuid() == 0; elsewhere != asRoot {
		t.Errorf("as root %v: cluster in %s", asRoot, s.Dir())
	}
	if elsewhere {
		t.Cleanup(func() { _ = os.RemoveAll(s.home.base) })
	}
}

func TestMissingPrograms(t *testing.T) {
	_, err := Start(t.Context(), Options{DataDir: folder(t), BinDir: "/nowhere"})
	if !errors.Is(err, ErrNotInstalled) {
		t.Errorf("got %v", err)
	}
}

func TestOtherVersionIsRefused(t *testing.T) {
	dir := folder(t)
	s := start(t, Options{DataDir: dir})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	version := filepath.Join(s.Dir(), "PG_VERSION")
	if err := os.WriteFile(version, []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{DataDir: dir})
	if !errors.Is(err, ErrOtherVersion) {
		t.Errorf("got %v", err)
	}
}
