package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"beatplan/geo/track"
	"beatplan/internal/config"
	"beatplan/internal/localpg"
	"beatplan/internal/scope"
)

// process is this program, started again as something else.
type process struct {
	args []string
	env  []string
	log  string // file of what it says
	cmd  *exec.Cmd
}

func (p *process) start(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own

	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, p.args...) // itself
	p.cmd.Env = append(os.Environ(), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return p.cmd.Start()
}

// kill kills the process without warning and waits until it is gone.
func (p *process) kill() error {
	if p.cmd == nil {
		return nil
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = p.cmd.Wait() // it was killed: that is its error
	p.cmd = nil
	return nil
}

// server is a server of the bench on a free port.
func (k *killing) server(ctx context.Context, name string, args ...string) (*process, string, error) {
	address := freePort(ctx)
	p := &process{env: k.env, log: filepath.Join(k.dir, name+".log"),
		args: append([]string{"serve", "--listen", address}, args...)}
	k.closers = append(k.closers, p.kill)
	k.servers, k.running = append(k.servers, address), append(k.running, p)
	return p, address, k.serve(ctx, p, address)
}

// serve starts a server and waits until it answers.
func (k *killing) serve(ctx context.Context, p *process, address string) error {
	if err := p.start(ctx); err != nil {
		return err
	}
	err := await(ctx, "the server does not come up", func() (bool, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			return false, err
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return false, err
		}
		_ = res.Body.Close() // nothing in it is wanted
		return res.StatusCode == http.StatusOK, nil
	})
	if err != nil {
		said, _ := os.ReadFile(p.log) // the more the better
		err = fmt.Errorf("%w: %s", err, said[max(0, len(said)-2000):])
	}
	return err
}

// buildAlone is one server with its own stream and its own database: with the server
// its stream is killed, and with the database the server ends.
func buildAlone(ctx context.Context, k *killing) ([]victim, error) {
	c := config.Default()
	c.Data = filepath.Join(k.dir, "alone")
	k.config = c
	if err := k.prepare(ctx); err != nil {
		return nil, err
	}
	p, address, err := k.server(ctx, "alone", "--data", c.Data)
	if err != nil {
		return nil, err
	}
	again := func(ctx context.Context) error { return k.serve(ctx, p, address) }
	database := filepath.Join(c.Data, "postgres", "data")
	return []victim{
		{name: "the server and its stream", kill: p.kill, revive: again},
		{name: "its database", kill: func() error { return killPostgres(database) },
			revive: func(ctx context.Context) error {
				_ = p.cmd.Wait() // it says that its database ended
				p.cmd = nil
				return again(ctx)
			}},
	}, nil
}

// killPostgres kills the server of a folder without warning.
func killPostgres(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
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

// buildCluster is three machines that hold the stream, a database, and two servers.
func buildCluster(ctx context.Context, k *killing) ([]victim, error) {
	nodes, address, err := k.nodes(ctx)
	if err != nil {
		return nil, err
	}
	database, url, err := k.database(ctx)
	if err != nil {
		return nil, err
	}
	k.config = config.Default()
	k.config.Data, k.config.DatabaseURL, k.config.NATSURL = filepath.Join(k.dir, "reader"), url, address
	ready := func() (bool, error) { // the machines agree who leads
		err := k.prepare(ctx)
		return err == nil, err
	}
	if err := await(ctx, "the company cannot be opened", ready); err != nil {
		return nil, err
	}
	var replicas []victim
	for i := range 2 {
		name := fmt.Sprintf("server%d", i)
		p, at, err := k.server(ctx, name, "--data", filepath.Join(k.dir, name),
			"--database-url", url, "--nats-url", address)
		if err != nil {
			return nil, err
		}
		replicas = append(replicas, victim{name: name, kill: p.kill, spared: true,
			revive: func(ctx context.Context) error { return k.serve(ctx, p, at) }})
	}
	return []victim{nodes[0], replicas[0], database, nodes[1], replicas[1], nodes[2]}, nil
}

// nodes starts three machines that hold the stream.
func (k *killing) nodes(ctx context.Context) (all []victim, address string, err error) {
	const token = "bench"
	var routes, addresses []string
	for range 3 {
		routes = append(routes, freePort(ctx))
	}
	for i := range 3 {
		name, at := fmt.Sprintf("node%d", i), freePort(ctx)
		p := &process{env: append(k.env, "BEATPLAN_STREAM_TOKEN="+token),
			log: filepath.Join(k.dir, name+".log"),
			args: []string{"stream", "--data", filepath.Join(k.dir, name), "--name", name,
				"--address", at, "--cluster", routes[i], "--routes", strings.Join(routes, ",")}}
		k.closers = append(k.closers, p.kill)
		revive := func(ctx context.Context) error {
			if err := p.start(ctx); err != nil {
				return err
			}
			return await(ctx, name+" does not come up", func() (bool, error) { return answers(ctx, at) })
		}
		if err := revive(ctx); err != nil {
			return nil, "", err
		}
		all = append(all, victim{name: name, kill: p.kill, revive: revive, spared: true})
		addresses = append(addresses, "nats://"+token+"@"+at)
	}
	return all, strings.Join(addresses, ","), nil
}

// answers reports whether somebody takes connections there.
func answers(ctx context.Context, address string) (bool, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return false, err
	}
	return true, c.Close()
}

// database starts a database server that outlives the servers of the program.
func (k *killing) database(ctx context.Context) (victim, string, error) {
	o := localpg.Options{DataDir: filepath.Join(k.dir, "database")}
	var server *localpg.Server
	start := func(ctx context.Context) (err error) {
		server, err = localpg.Start(context.WithoutCancel(ctx), o)
		return err
	}
	if err := start(ctx); err != nil {
		return victim{}, "", err
	}
	k.closers = append(k.closers, func() error { return server.Stop() })
	if err := server.EnsureDatabase(ctx, "company"); err != nil {
		return victim{}, "", err
	}
	v := victim{name: "the database", revive: start}
	v.kill = func() error {
		if err := syscall.Kill(server.PID(), syscall.SIGKILL); err != nil {
			return err
		}
		<-server.Exited()
		return server.Stop() // lets go of its folder
	}
	return v, server.URL("company"), nil
}

// freePort is an address that nobody listens on.
func freePort(ctx context.Context) string {
	l, err := listenLocal(ctx)
	if err != nil {
		return "127.0.0.1:18099"
	}
	defer l.Close() // only its number was wanted
	return l.Addr().String()
}

// missing reads everything back and counts what was acknowledged and is not there.
func (k *killing) missing(ctx context.Context) (int, error) {
	a, err := k.open(ctx)
	if err != nil {
		return 0, err
	}
	defer a.Close(context.WithoutCancel(ctx)) // read to the end
	if err := a.Start(ctx); err != nil {
		return 0, err
	}
	err = await(ctx, "not everything is stored", func() (bool, error) {
		n, err := a.Stream.Waiting(ctx, consumer)
		return n == 0, err
	})
	if err != nil {
		return 0, err
	}
	left := k.count()
	for person, acked := range k.acked {
		self := track.Reader{Person: person, Scope: scope.Scope{People: []int64{person}}}
		t, err := a.Track.Track(ctx, self, person, k.begin, k.begin.Add(30*time.Hour))
		if err != nil {
			return 0, err
		}
		for _, f := range t.Fixes {
			if acked[f.At.UnixMilli()] {
				left--
			}
		}
	}
	return left, nil
}
