package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"beatplan/api/identityapi"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/geo/track"
	"beatplan/internal/config"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

func deviceToken(bare string) string { return identityapi.DeviceToken(bare) }

// killed is a server process that is killed again and again while a device sends.
type killed struct {
	config   *config.Config
	person   int64
	token    string
	postgres string // data directory of the private PostgreSQL
	begin    time.Time
	sent     int
	acked    map[int64]bool // Unix milliseconds
}

// lost counts acknowledged fixes that are gone after the server with its embedded
// stream, and PostgreSQL, were killed (SIGKILL) in turn under load.
func (b *liveBench) lost(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "beatplan-bench-kill")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)                      //nolint:errcheck // a temporary folder
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the database's own user enters
		return err
	}
	c := config.Default()
	c.Data, c.Listen = dir, freePort(ctx)
	k := &killed{config: c, acked: map[int64]bool{}}
	if err := k.prepare(ctx); err != nil {
		return err
	}
	rounds := 20
	if b.quick {
		rounds = 4
	}
	for i := range rounds {
		if err := k.round(ctx, i%2 == 1); err != nil {
			return fmt.Errorf("kill %d: %w", i+1, err)
		}
	}
	missing, err := k.missing(ctx)
	if err != nil {
		return err
	}
	b.say("live_kills", float64(rounds), "kills")
	b.say("live_acked", float64(len(k.acked)), "fixes")
	b.say("live_lost_acked", float64(missing), "fixes")
	return nil
}

// freePort is an address that nobody listens on.
func freePort(ctx context.Context) string {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:18099"
	}
	defer l.Close() //nolint:errcheck // only its number was wanted
	return l.Addr().String()
}

func (k *killed) open(ctx context.Context) (*App, error) {
	return Open(ctx, Options{Config: k.config, Log: slog.New(slog.DiscardHandler), Version: "bench"})
}

// prepare makes the company, a person on duty and their device.
func (k *killed) prepare(ctx context.Context) error {
	a, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx)) //nolint:errcheck // read to the end
	system := business.Actor{Role: business.Admin}
	p, err := a.Identity.CreatePerson(ctx, system, "bench-killed", identity.NewPerson{
		Name: "Killed", Login: "killed", Role: business.Salesperson,
		Password: "a sentence that nobody else needs"})
	if err != nil {
		return err
	}
	_, token, err := a.Identity.CreateDevice(ctx, system, scope.Everything(),
		idem.Key("bench-killed-device"), identity.NewDevice{Person: p.ID, Name: "Killed"})
	if err != nil {
		return err
	}
	k.person, k.token = int64(p.ID), deviceToken(token)
	k.begin = a.Clock.Now().Add(-20 * time.Hour)
	return errors.Join(
		a.Track.Decide(ctx, k.person, track.ConsentVersion, true),
		a.Track.Punch(ctx, track.Punch{Person: k.person, On: true, At: k.begin.Add(-time.Hour)}),
		a.DB.QueryRow(ctx, "show data_directory").Scan(&k.postgres))
}

// round starts the server, sends, and kills: PostgreSQL first when so asked.
func (k *killed) round(ctx context.Context, database bool) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	//nolint:gosec // this program itself
	server := exec.CommandContext(ctx, program, "serve", "--data", k.config.Data,
		"--listen", k.config.Listen)
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Wait()         //nolint:errcheck // it was killed
	defer server.Process.Kill() //nolint:errcheck // or has ended
	if err := k.await(ctx); err != nil {
		return err
	}
	stop := time.After(time.Second)
	strike := time.After(500 * time.Millisecond)
	for {
		select {
		case <-strike:
			if database {
				if err := k.killPostgres(); err != nil {
					return err
				}
			}
		case <-stop:
			return nil
		default:
			k.send(ctx)
		}
	}
}

func (k *killed) await(ctx context.Context) error {
	for range 600 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+k.config.Listen+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(r); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the server does not come up")
}

func (k *killed) killPostgres() error {
	text, err := os.ReadFile(filepath.Join(k.postgres, "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return fmt.Errorf("postmaster.pid: %q", first)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// send sends twenty fixes and notes them when they are acknowledged.
func (k *killed) send(ctx context.Context) {
	type fix struct {
		At       time.Time  `json:"at"`
		Position [2]float64 `json:"position"`
	}
	var fixes []fix
	for range 20 {
		k.sent++
		at := k.begin.Add(time.Duration(k.sent) * 10 * time.Millisecond).Truncate(time.Millisecond)
		fixes = append(fixes, fix{at, [2]float64{-75.5, 39.1}})
	}
	body, err := json.Marshal(map[string]any{"fixes": fixes})
	if err != nil {
		panic(err) // fixes have a JSON form
	}
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if post(short, "http://"+k.config.Listen+"/v1/fixes", k.token, body) == nil {
		for _, f := range fixes {
			k.acked[f.At.UnixMilli()] = true
		}
	}
}

// missing reads everything back.
func (k *killed) missing(ctx context.Context) (int, error) {
	a, err := k.open(ctx)
	if err != nil {
		return 0, err
	}
	defer a.Close(context.WithoutCancel(ctx)) //nolint:errcheck // read to the end
	if err := a.Start(ctx); err != nil {
		return 0, err
	}
	for n := 1; n > 0; {
		if n, err = a.Stream.Waiting(ctx, consumer); err != nil {
			return 0, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	self := track.Reader{Person: k.person, Scope: scope.Scope{People: []int64{k.person}}}
	t, err := a.Track.Track(ctx, self, k.person, k.begin, k.begin.Add(30*time.Hour))
	if err != nil {
		return 0, err
	}
	left := len(k.acked)
	for _, f := range t.Fixes {
		if k.acked[f.At.UnixMilli()] {
			left--
		}
	}
	return left, nil
}
