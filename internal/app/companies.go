package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"beatplan/internal/config"
	"beatplan/internal/localpg"
	"beatplan/routing"
)

// house is what several companies on one server share: the private database
// server, in which each has a database of its own, and the road maps. Everything
// else, from sessions to caches, exists once for each company.
type house struct {
	server    *localpg.Server // nil: every company has a managed database
	roads     *routing.Roads
	companies map[string]*App // by host
	apps      []*App
}

// ServeCompanies runs one server for the companies of the configured file; the
// host name of a request says which company it is for. A new company gets an
// administrator, whose password is written to out once.
func ServeCompanies(ctx context.Context, o Options, out io.Writer) error {
	list, err := config.ReadCompanies(o.Config.Companies)
	if err != nil {
		return err
	}
	server, err := o.listen(ctx)
	if err != nil {
		return err
	}
	h := &house{companies: map[string]*App{}}
	if err = h.open(ctx, o, list, out); err == nil {
		server.serve(h)
		fmt.Fprintf(out, "Beatplan answers on %s for %d companies\n", o.place(), len(list))
		err = h.wait(ctx, server)
	}
	stopped := h.stop(context.WithoutCancel(ctx), server, o.Config.Grace)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // somebody stopped us while we were starting
	}
	return errors.Join(err, stopped)
}

func (h *house) open(
	ctx context.Context, o Options, list []config.Company, out io.Writer,
) error {
	var err error
	for _, k := range list {
		if k.DatabaseURL == "" && h.server == nil {
			h.server, err = localpg.Start(ctx, localpg.Options{
				DataDir: o.Config.House(), BinDir: o.Config.PostgresBin, Log: o.Log,
			})
			if err != nil {
				return fmt.Errorf("private database: %w", err)
			}
		}
	}
	if h.roads, err = routing.Open(RegionsDir(o.Config)); err != nil {
		return err
	}
	for _, k := range list {
		if err := h.add(ctx, o, k, len(list), out); err != nil {
			return fmt.Errorf("company %s: %w", k.Code, err)
		}
	}
	go h.roads.Watch(ctx, 5*time.Second)
	return nil
}

func (h *house) add(
	ctx context.Context, o Options, k config.Company, of int, out io.Writer,
) error {
	c, err := o.Config.Of(k)
	if err != nil {
		return err
	}
	o.Config, o.Log = c, o.Log.With("company", k.Code)
	o.shared = &shared{server: h.server, roads: h.roads, connections: int32(max(6, 2*poolSize()/of))}
	a, err := Open(ctx, o)
	if err != nil {
		return err
	}
	h.apps = append(h.apps, a)
	if err := a.Start(ctx); err != nil {
		return err
	}
	if err := a.found(ctx, prefixed{out, k.Code}); err != nil {
		return err
	}
	for _, host := range k.Hosts {
		h.companies[host] = a
	}
	a.Health.SetReady(true)
	return nil
}

// prefixed writes a company's code before each line.
type prefixed struct {
	to   io.Writer
	code string
}

// Write writes one line.
func (p prefixed) Write(b []byte) (int, error) {
	if _, err := fmt.Fprintf(p.to, "%s: %s", p.code, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// ServeHTTP hands the request to the company of its host name. A host that leads
// nowhere is told so, and nothing of any company; what watches over the process
// may ask for its health under any name.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a := h.companies[config.HostName(r.Host)]; a != nil {
		a.API.Handler().ServeHTTP(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.URL.Path {
	case "/healthz":
		h.apps[0].Health.Alive(w, r)
	case "/readyz":
		for _, a := range h.apps[1:] {
			if err := a.DB.Ping(r.Context()); err != nil {
				http.Error(w, "a company's database does not answer", http.StatusServiceUnavailable)
				return
			}
		}
		h.apps[0].Health.Ready(w, r)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, nowherePage) // the reader is gone
	}
}

const nowherePage = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Beatplan</title>
<style>body{font:16px/1.6 system-ui;display:grid;place-content:center;min-height:90vh;padding:0 24px;
color:#1b2229;background:Canvas}p{margin:0;color:#55606b}
@media(prefers-color-scheme:dark){body,p{color:#cfd6da;color-scheme:dark}}</style>
<h1>There is no company at this address</h1>
<p>Check the spelling of the address, or ask whoever sent it to you.</p>
<p lang="zh-CN">此网址下没有公司，请核对网址，或向发送者确认。</p></html>
`

func (h *house) wait(ctx context.Context, s *Server) error {
	var lost <-chan struct{}
	if h.server != nil {
		lost = h.server.Exited()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	case <-lost:
		return errDatabaseLost
	}
}

// stop ends requests first, then the companies, then what they share.
func (h *house) stop(ctx context.Context, s *Server, grace time.Duration) error {
	for _, a := range h.apps {
		a.Health.SetReady(false)
		a.API.Close() // event streams would wait for ever
	}
	within, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	errs := []error{s.stop(within)}
	for _, a := range h.apps {
		rest, cancel := context.WithTimeout(ctx, grace)
		errs = append(errs, a.Close(rest))
		cancel()
	}
	if h.roads != nil {
		errs = append(errs, h.roads.Close())
	}
	if h.server != nil {
		errs = append(errs, h.server.Stop())
	}
	return errors.Join(errs...)
}

// shared is what a company has of the house.
type shared struct {
	server      *localpg.Server
	roads       *routing.Roads
	connections int32
}
