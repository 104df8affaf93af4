package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"beatplan/api"
	"beatplan/internal/config"
)

// Server answers on the configured address from the first moment: until the
// company is open with "starting", then with its API.
type Server struct {
	config  *config.Config
	secure  bool
	http    *http.Server
	address string
	handler atomic.Value // http.Handler in a box
	failed  chan error
}

type box struct{ http.Handler }

// Listen takes the address and begins to answer. It fails at once when the
// address is taken.
func (o Options) listen(ctx context.Context) (*Server, error) {
	c := o.Config
	tlsc, err := tlsConfig(c, time.Now())
	if err != nil {
		return nil, err
	}
	l, err := take(ctx, c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	s := &Server{config: c, secure: tlsc != nil, failed: make(chan error, 1)}
	s.address = address(l.Addr(), c.Listen, s.secure)
	s.handler.Store(box{http.HandlerFunc(starting)})
	s.http = api.NewServer(context.WithoutCancel(ctx), http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			s.handler.Load().(box).ServeHTTP(w, r)
		}), o.Log)
	if tlsc != nil {
		s.http.TLSConfig = tlsc
		l = tls.NewListener(l, tlsc)
	}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("server: %w", err)
		}
	}()
	return s, nil
}

// take takes the address. A run that was killed a moment ago may still be dying
// with it, so a taken one is tried for two seconds.
func take(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	for deadline := time.Now().Add(2 * time.Second); ; {
		l, err := lc.Listen(ctx, "tcp", address)
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Address is where a person on this machine finds the server.
func (s *Server) Address() string { return s.address }

func (s *Server) serve(h http.Handler) { s.handler.Store(box{h}) }

// stop takes no new requests and waits for the open ones until ctx ends.
func (s *Server) stop(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off: %w", err), s.http.Close())
	}
	return nil
}

func address(a net.Addr, listen string, secure bool) string {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	host, _, _ := net.SplitHostPort(listen)
	_, port, _ := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}

const startingPage = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="2"><title>Beatplan</title>
<style>body{font:16px system-ui;display:grid;place-items:center;height:90vh;color:#555;
background:Canvas}@media(prefers-color-scheme:dark){body{color:#aaa;color-scheme:dark}}</style>
<p>Beatplan is starting … 正在启动 …</p></html>
`

// starting answers while the company is being opened.
func starting(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/healthz" {
		_, _ = w.Write([]byte("{\"status\":\"starting\"}\n"))
		return
	}
	w.Header().Set("Retry-After", "2")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(startingPage))
}
