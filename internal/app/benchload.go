package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"beatplan/api"
	"beatplan/business/identity"
)

// loadConnections is over how many connections a bench asks.
const loadConnections = 16

// load asks a server on loopback for addresses, as fast as it answers, with as
// little work of its own as a client can have: it shares the machine with the
// server. Only answers 200 and 204 count; any other ends the bench.
type load struct {
	server  *http.Server
	address string
	cookie  string
}

// listenForLoad serves the company on a free port and signs its administrator in.
func (a *App) listenForLoad(ctx context.Context) (*load, error) {
	const login, password = "bench", "a sentence that nobody else needs"
	_, err := a.Identity.FirstAdmin(ctx, identity.NewPerson{
		Name: "Bench", Login: login, Password: password,
	})
	if err != nil {
		return nil, err
	}
	token, _, err := a.Identity.SignIn(ctx, identity.SignIn{Login: login, Password: password})
	if err != nil {
		return nil, err
	}
	l, err := listenLocal(ctx)
	if err != nil {
		return nil, err
	}
	cookie := a.API.SessionCookie(token)
	h := &load{
		server:  api.NewServer(ctx, a.Handler(), a.Log),
		address: l.Addr().String(), cookie: cookie.Name + "=" + cookie.Value,
	}
	go h.server.Serve(l) //nolint:errcheck // it ends by Close
	return h, nil
}

// listenEmpty serves bytes for every address with nothing but net/http in between:
// what this machine, these connections and this load can do at all.
func (h *load) listenEmpty(ctx context.Context, a *App, size int) (*load, error) {
	l, err := listenLocal(ctx)
	if err != nil {
		return nil, err
	}
	body := make([]byte, size)
	e := &load{address: l.Addr().String(), cookie: h.cookie}
	e.server = api.NewServer(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = w.Write(body) // the load reads it
	}), a.Log)
	go e.server.Serve(l) //nolint:errcheck // it ends by Close
	return e, nil
}

// listenLocal listens on a free port of this machine.
func listenLocal(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

func (h *load) close() { _ = h.server.Close() } // measured already

// loaded is what a run of requests came to.
type loaded struct {
	requests int
	took     time.Duration
	p50, p99 time.Duration
}

func (r loaded) perSecond() float64 { return float64(r.requests) / r.took.Seconds() }

// once asks for every path one time.
func (h *load) once(ctx context.Context, paths []string) (loaded, error) {
	var next atomic.Int64
	return h.run(ctx, func() (string, bool) {
		i := int(next.Add(1)) - 1
		if i >= len(paths) {
			return "", false
		}
		return paths[i], true
	})
}

// during asks for the paths in turn until the time is over.
func (h *load) during(ctx context.Context, paths []string, span time.Duration) (loaded, error) {
	var next atomic.Int64
	end := time.Now().Add(span)
	return h.run(ctx, func() (string, bool) {
		i := int(next.Add(1)) - 1
		return paths[i%len(paths)], time.Now().Before(end)
	})
}

// paced asks for the paths in turn at so many requests a second until the time is over.
// An answer counts from when its request was due; only a late timer of this side, while
// nothing was asked, is left out.
func (h *load) paced(
	ctx context.Context, paths []string, rate int, span time.Duration,
) (loaded, error) {
	var next atomic.Int64
	begin := time.Now()
	var mu sync.Mutex
	var waits []time.Duration
	var failed error
	var all sync.WaitGroup
	for range loadConnections {
		all.Go(func() {
			var own []time.Duration
			var from time.Time
			_, err := h.connection(ctx, func() (string, bool) {
				now := time.Now()
				if !from.IsZero() {
					own = append(own, now.Sub(from))
				}
				i := int(next.Add(1)) - 1
				due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
				if from = due; due.After(now) {
					time.Sleep(due.Sub(now))
					from = time.Now()
				}
				return paths[i%len(paths)], due.Sub(begin) < span
			})
			mu.Lock()
			defer mu.Unlock()
			waits, failed = append(waits, own...), errors.Join(failed, err)
		})
	}
	all.Wait()
	return summary(waits, time.Since(begin)), failed
}

func (h *load) run(ctx context.Context, next func() (string, bool)) (loaded, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var all sync.WaitGroup
	begin := time.Now()
	for range loadConnections {
		all.Go(func() {
			own, err := h.connection(ctx, next)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
			failed = errors.Join(failed, err)
		})
	}
	all.Wait()
	return summary(took, time.Since(begin)), failed
}

// summary is what answers that took so long in all this time come to.
func summary(took []time.Duration, span time.Duration) loaded {
	r := loaded{requests: len(took), took: span}
	if len(took) > 0 {
		slices.Sort(took)
		r.p50, r.p99 = took[len(took)/2], took[len(took)*99/100]
	}
	return r
}

// connection asks over one connection and returns how long each answer took.
func (h *load) connection(ctx context.Context, next func() (string, bool)) ([]time.Duration, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", h.address)
	if err != nil {
		return nil, err
	}
	defer c.Close() // read to the end
	in := bufio.NewReaderSize(c, 64<<10)
	var took []time.Duration
	var request []byte
	for path, more := next(); more; path, more = next() {
		request = append(request[:0], "GET "...)
		request = append(request, path...)
		request = append(request, " HTTP/1.1\r\nHost: "...)
		request = append(request, h.address...)
		request = append(request, "\r\nAccept-Encoding: gzip\r\nCookie: "...)
		request = append(request, h.cookie...)
		request = append(request, "\r\n\r\n"...)
		begin := time.Now()
		if _, err := c.Write(request); err != nil {
			return took, err
		}
		if err := readAnswer(in); err != nil {
			return took, fmt.Errorf("%s: %w", path, err)
		}
		took = append(took, time.Since(begin))
	}
	return took, nil
}

// readAnswer reads over one answer of HTTP/1.1 that says its length.
func readAnswer(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 12 || line[9] != '2' {
		return fmt.Errorf("answered %s", bytes.TrimSpace(line))
	}
	length := 0
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(rest))); err != nil {
				return err
			}
		}
	}
	_, err = in.Discard(length)
	return err
}
