package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"beatplan/internal/config"
	"beatplan/internal/localpg"
)

// folder is a data folder that the database's user can enter.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := tempFolder("/tmp", "beatplan-app")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func options(t *testing.T) Options {
	t.Helper()
	c := config.Default()
	c.Data, c.Listen = folder(t), freeAddress(t)
	c.Grace = 5 * time.Second
	return Options{Config: c, Log: slog.New(slog.DiscardHandler), Version: "test"}
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

// running is a server in this process.
type running struct {
	cancel context.CancelFunc
	ended  chan error
	out    *output
}

type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func serve(t *testing.T, o Options) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{cancel: cancel, ended: make(chan error, 1), out: &output{}}
	go func() { r.ended <- Serve(ctx, o, r.out) }()
	t.Cleanup(cancel)
	return r
}

func (r *running) stop(t *testing.T) {
	t.Helper()
	r.cancel()
	select {
	case err := <-r.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the server does not stop")
	}
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body.String()
}

func awaitReady(t *testing.T, client *http.Client, address string) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		status, body := get(t, client, address+"/readyz")
		if status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %d %s", status, body)
		}
	}
}

func TestServeStopServe(t *testing.T) {
	o := options(t)
	address := "http://" + o.Config.Listen
	first := serve(t, o)
	awaitReady(t, http.DefaultClient, address)
	if !strings.Contains(first.out.String(), "First sign-in: admin / ") {
		t.Errorf("a new company says %q", first.out)
	}
	for path, want := range map[string]int{
		"/healthz": 200, "/metrics": 200, "/openapi.json": 200, "/v1/me": 401, "/v1/none": 404,
		"/ca.crt": 404,
	} {
		if status, body := get(t, http.DefaultClient, address+path); status != want {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	_, metrics := get(t, http.DefaultClient, address+"/metrics")
	for _, want := range []string{"beatplan_events_pending 0", "beatplan_positions_waiting 0",
		"beatplan_customers 0", `route="/v1/me",status="401"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	first.stop(t)

	again := serve(t, o)
	awaitReady(t, http.DefaultClient, address)
	if strings.Contains(again.out.String(), "First sign-in") {
		t.Error("a second administrator was made")
	}
	again.stop(t)
	http.DefaultClient.CloseIdleConnections()
}

// From the first moment there is an answer, and it says that it is not ready.
func TestAnswersWhileStarting(t *testing.T) {
	o := options(t)
	hold := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, o, func(context.Context, *App) error { <-hold; return nil })
	}()
	address := "http://" + o.Config.Listen
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if status, _ := get(t, http.DefaultClient, address+"/readyz"); status == 503 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no answer while starting")
		}
	}
	if status, body := get(t, http.DefaultClient, address+"/"); status != 503 || !strings.Contains(body, "starting") {
		t.Errorf("page: %d %s", status, body)
	}
	if status, _ := get(t, http.DefaultClient, address+"/healthz"); status != 200 {
		t.Errorf("healthz: %d", status)
	}
	close(hold)
	awaitReady(t, http.DefaultClient, address)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStopWhileStartingIsNoError(t *testing.T) {
	o := options(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := Run(ctx, o, func(ctx context.Context, _ *App) error { return ctx.Err() })
	if err != nil {
		t.Error(err)
	}
	// Nothing holds the folder.
	r := serve(t, o)
	awaitReady(t, http.DefaultClient, "http://"+o.Config.Listen)
	r.stop(t)
}

func TestAddressInUse(t *testing.T) {
	o := options(t)
	l, err := net.Listen("tcp", o.Config.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = Serve(t.Context(), o, &output{})
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(o.Config.Data, "postgres")); err == nil {
		t.Error("a database was made for nothing")
	}
}

func TestSecondServerOnTheSameFolder(t *testing.T) {
	o := options(t)
	r := serve(t, o)
	awaitReady(t, http.DefaultClient, "http://"+o.Config.Listen)
	other := o
	c := *o.Config
	c.Listen = freeAddress(t)
	other.Config = &c
	if err := Serve(t.Context(), other, &output{}); !errors.Is(err, localpg.ErrInUse) {
		t.Errorf("got %v", err)
	}
	r.stop(t)
}

func TestLostDatabaseEndsTheServer(t *testing.T) {
	o := options(t)
	opened := make(chan *App, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- Run(context.WithoutCancel(t.Context()), o, func(_ context.Context, a *App) error {
			opened <- a
			return nil
		})
	}()
	a := <-opened
	awaitReady(t, http.DefaultClient, "http://"+o.Config.Listen)
	if err := syscall.Kill(a.Database.server.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, errDatabaseLost) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the server goes on without a database")
	}
}

func TestOwnCertificate(t *testing.T) {
	o := options(t)
	o.Config.TLS = "self"
	r := serve(t, o)
	pool := x509.NewCertPool()
	address := "https://" + o.Config.Listen
	var client *http.Client
	for deadline := time.Now().Add(time.Minute); client == nil; time.Sleep(20 * time.Millisecond) {
		ca, err := os.ReadFile(filepath.Join(o.Config.Data, "tls", "ca.crt"))
		if err == nil && pool.AppendCertsFromPEM(ca) {
			client = &http.Client{Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
			}}
		}
		if time.Now().After(deadline) {
			t.Fatal("no authority:", err)
		}
	}
	awaitReady(t, client, address)
	res, err := client.Get(address + "/ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		t.Errorf("authority: %d over %s", res.StatusCode, res.Proto)
	}
	if info, err := os.Stat(filepath.Join(o.Config.Data, "tls", "ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info, err)
	}
	client.CloseIdleConnections()
	r.stop(t)
}

func TestCertificateIsKeptAndRenewed(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	make1 := func(names []string, at time.Time) *x509.Certificate {
		t.Helper()
		c, err := ownCertificate(dir, names, at)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf
	}
	here := []string{"127.0.0.1", "shop.local"}
	first := make1(here, now)
	if same := make1(here, now.Add(24*time.Hour)); !same.Equal(first) {
		t.Error("another certificate a day later")
	}
	late := make1(here, now.Add(380*24*time.Hour))
	if late.Equal(first) {
		t.Error("not renewed before its end")
	}
	moved := make1([]string{"10.0.0.7"}, now.Add(380*24*time.Hour))
	if moved.VerifyHostname("10.0.0.7") != nil {
		t.Error("does not cover the new address")
	}
	if !bytes.Equal(moved.AuthorityKeyId, first.AuthorityKeyId) {
		t.Error("the authority changed: phones would have to trust again")
	}
}

func TestBar(t *testing.T) {
	out := new(output)
	bar := NewBar(out, false)
	for i := range 101 {
		bar.Set("roads", float64(i)/100)
	}
	bar.Set("basemap", 0.5)
	bar.End()
	want := []string{"roads 25 %", "roads 50 %", "roads 75 %", "roads done", "basemap 50 %", "basemap done"}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("printed %q", lines)
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("line %d is %q", i, lines[i])
		}
	}
	out = new(output)
	bar = NewBar(out, true)
	bar.Set("roads", 0.5)
	bar.End()
	if !strings.Contains(out.String(), "░  50 %") || !strings.Contains(out.String(), "100 %") {
		t.Errorf("drew %q", out.String())
	}
}
