package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary, started again, the program itself.
const asProgram = "BEATPLAN_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "beatplan-cmd")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func serve(t *testing.T, data, listen string) *exec.Cmd {
	t.Helper()
	cmd := program(t, "serve", "--data", data, "--listen", listen, "--grace", "3s")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if res, err := http.Get("http://" + listen + "/readyz"); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return cmd
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the server is not ready")
		}
	}
}

func databasePID(t *testing.T, data string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "postgres", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func awaitDeath(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && bytes.Contains(stat, []byte(") Z ")) {
			return // ended; whoever inherited it has not collected it yet
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d was left behind", pid)
		}
	}
}

// Killed thrice without warning, then started: the server is there again, and a
// polite stop leaves no process behind.
func TestKillAndStart(t *testing.T) {
	data, listen := folder(t), freeAddress(t)
	for range 3 {
		cmd := serve(t, data, listen)
		pid := databasePID(t, data)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		awaitDeath(t, pid)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := serve(t, data, listen)
		pid := databasePID(t, data)
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("after %v: %v", signal, err)
		}
		awaitDeath(t, pid)
	}
}

func TestMistakesExitWithOne(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--listen", "8080"}, "listen"},
		{[]string{"serve", "--colour", "red"}, "colour"},
		{[]string{"serve", "--config", "/no/such/file"}, "/no/such/file"},
		{[]string{"serve", "--sync-always=perhaps"}, "sync-always"},
		{[]string{"dance"}, "dance"},
	} {
		out, err := program(t, c.args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: %v: %s", c.args, err, out)
		}
	}
}

func TestConfigPrintsWhatHolds(t *testing.T) {
	cmd := program(t, "config", "--listen", "127.0.0.1:9", "--sync-always")
	cmd.Env = append(cmd.Env, "BEATPLAN_COMPANY=Sonne & Mond")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	for _, want := range []string{
		"listen: 127.0.0.1:9", "company: Sonne & Mond", `sync-always: "true"`,
		"(flag; --listen, BEATPLAN_LISTEN)", "(environment; --company, BEATPLAN_COMPANY)",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestDemoNeedsAMap(t *testing.T) {
	out, err := program(t, "demo", "--data", folder(t), "--listen", freeAddress(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--osm") {
		t.Errorf("%v: %s", err, out)
	}
}
