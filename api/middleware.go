package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"beatplan/business"
)

// trace is what the request's log line needs from deeper layers.
type trace struct {
	id     string
	person int64
}

type traceKey struct{}

func traceOf(ctx context.Context) *trace {
	t, _ := ctx.Value(traceKey{}).(*trace)
	return t
}

// RequestID returns the id of the request, which is also the incident id of its
// problem: 16 hexadecimal digits.
func RequestID(ctx context.Context) string {
	if t := traceOf(ctx); t != nil {
		return t.id
	}
	return ""
}

func baseContext(ctx context.Context) func(net.Listener) context.Context {
	return func(net.Listener) context.Context { return ctx }
}

// trace gives the request an id and an origin, and logs its end.
func (a *API) trace(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		var raw [8]byte
		_, _ = rand.Read(raw[:]) // never fails since Go 1.24
		t := &trace{id: hex.EncodeToString(raw[:])}
		w.Header().Set("X-Request-Id", t.id)
		ctx := context.WithValue(r.Context(), traceKey{}, t)
		ctx = business.WithOrigin(ctx, business.Origin{
			Address: a.sender(r), Request: t.id, Agent: clip(r.UserAgent(), 300),
		})
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(ctx)
		next.ServeHTTP(ww, r)
		level := slog.LevelInfo
		if ww.Status() < 400 && (strings.HasPrefix(r.URL.Path, "/tiles/") || a.laneOf(r.URL.Path) != nil) {
			level = slog.LevelDebug // asked for by the dozen, and not logged on the lane
		}
		if !a.log.Enabled(ctx, level) {
			return
		}
		a.log.Log(ctx, level, "request", "id", t.id, "method", r.Method,
			"route", route(r), "status", ww.Status(), "bytes", ww.BytesWritten(),
			"ms", time.Since(begin).Milliseconds(), "person", t.person)
	})
}

// Pattern is the route that answered a request, for metrics; "-" when none did.
func Pattern(r *http.Request) string { return route(r) }

// route is the pattern, not the address: addresses hold search words and tokens.
func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		return c.RoutePattern()
	}
	return "-"
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// sender is the address of whoever sent the request: that of the connection, or,
// behind proxies of ours, the last one in X-Forwarded-For that is none of ours.
// What stands before it was written by the sender and is not believed.
func (a *API) sender(r *http.Request) string {
	at := address(r)
	if !a.trusts(at) {
		return at
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		next, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(list[i]), "[]"))
		if err != nil {
			return at
		}
		at = next.Unmap().String()
		if !a.trusts(at) {
			break
		}
	}
	return at
}

// trusts reports whether the address is a proxy's that the operator trusts.
func (a *API) trusts(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(a.o.Proxies, func(p netip.Prefix) bool {
		return p.Contains(ip.Unmap())
	})
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

// recover turns a panic into a 500 with an incident id.
func (a *API) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // compared by identity, as net/http does
				panic(v)
			}
			a.log.ErrorContext(r.Context(), "panic", "incident", RequestID(r.Context()),
				"value", fmt.Sprint(v), "stack", string(debug.Stack()))
			a.WriteProblem(w, r, fmt.Errorf("panic: %v", v))
		}()
		next.ServeHTTP(w, r)
	})
}

// policy is the Content-Security-Policy of every answer. Styles may be inline
// because the component library writes them; the map draws in a worker and from
// blobs; nothing else comes from anywhere but here, except pictures of the map
// services that the company has switched on, which take the place of pictures.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:" + pictures + "; font-src 'self' data:; connect-src 'self'" + pictures + "; " +
	"worker-src 'self' blob:; child-src 'self' blob:; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'"

// pictures stands in the policy for where pictures of maps come from.
const pictures = " @pictures"

// policyFor is the policy with the origins of pictures.
func (a *API) policyFor(ctx context.Context) string {
	var allowed string
	if a.o.Origins != nil {
		for _, o := range a.o.Origins(ctx) {
			allowed += " " + o
		}
	}
	return strings.ReplaceAll(policy, pictures, allowed)
}

// operations is how the addresses of operations begin: what they answer is not kept.
const operations = "/v1/"

// nowHeader tells a phone the company's time, which is not the one of Date in a demo: what
// it keeps without a network must not depend on its own clock alone.
const nowHeader = "X-Now"

// dataHeaders are those of tiles and of what else has a [Lane], which is no document:
// what only documents obey is left out of answers that are asked for by the thousand.
func (a *API) dataHeaders() http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if a.o.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

func (a *API) headers(next http.Handler) http.Handler {
	fixed := http.Header{}
	fixed.Set("X-Content-Type-Options", "nosniff")
	fixed.Set("X-Frame-Options", "DENY")
	fixed.Set("Referrer-Policy", "same-origin")
	fixed.Set("Cross-Origin-Opener-Policy", "same-origin")
	fixed.Set("Cross-Origin-Resource-Policy", "same-origin")
	fixed.Set("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(), payment=()")
	if a.o.Secure {
		fixed.Set("Strict-Transport-Security", "max-age=31536000")
	}
	data := a.dataHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		fixed := fixed
		if a.laneOf(r.URL.Path) != nil || strings.HasSuffix(r.URL.Path, ".mvt") {
			fixed = data
		} else {
			h.Set("Content-Security-Policy", a.policyFor(r.Context()))
		}
		for name, value := range fixed { // shared by all answers, so nobody may append to them
			h[name] = value[:1:1]
		}
		if strings.HasPrefix(r.URL.Path, operations) {
			h.Set("Cache-Control", "no-store")
			if r.Header.Get("X-Client") == "phone" {
				h.Set(nowHeader, a.o.Now().UTC().Format("2006-01-02T15:04:05.000Z"))
			}
		}
		next.ServeHTTP(w, r)
	})
}

const longestQuery = 16 << 10 // bytes; a polygon filter fits

// bound refuses addresses that no client of ours would send, and those whose query
// cannot be read: Go drops what it cannot read, and a filter that is dropped shows
// everything. A semicolon stands for itself, as in the polygons of filters.
func (a *API) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := len(r.URL.RawQuery); n > longestQuery {
			a.WriteProblem(w, r, ErrTooLarge.With("query_bytes", n))
			return
		}
		if strings.ContainsAny(r.URL.RawQuery, "%;") {
			r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")
			if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
				a.WriteProblem(w, r, ErrMalformed.With("query", "escape").Because(err))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// local refuses strangers where the server is for this machine alone.
func (a *API) local(next http.Handler) http.Handler {
	if !a.o.Local {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r) {
			a.WriteProblem(w, r, ErrHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLocal reports whether somebody at this machine asks by a loopback name.
func isLocal(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return loopback(host) && loopback(address(r))
}

func loopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sameSite refuses state-changing requests that a browser sent from elsewhere.
func (a *API) sameSite(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.WriteProblem(w, r, ErrCrossSite)
	}))
	return p.Handler(next)
}

// ours are the addresses that the web app never answers.
func ours(path string) bool {
	for _, p := range []string{"/v1/", "/tiles/", "/problems/", "/osrm/", "/ogc/", "/vroom/"} {
		if strings.HasPrefix(path, p) || path == strings.TrimSuffix(p, "/") {
			return true
		}
	}
	return false
}
