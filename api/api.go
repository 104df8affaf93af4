package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"beatplan/business"
	"beatplan/internal/fail"
)

const (
	defaultBody = 1 << 20             // bytes
	cookieLife  = 30 * 24 * time.Hour // the server forgets sessions earlier
)

// Options say what the API is made of. Sessions, Log and Now are required.
type Options struct {
	Version  string           // of the program, shown in OpenAPI
	Sessions Sessions         // who a credential belongs to
	Refusals []*fail.Error    // by which Sessions refuses one, for the description
	Reads    Reads            // where sensitive reads are kept; nil: nowhere
	Notices  Notices          // live events; nil: the stream carries heartbeats only
	Problems fs.FS            // <code>.md, one page for each code; nil: no pages
	Web      http.Handler     // everything that is not the API's; nil: 404
	Log      *slog.Logger     // requests and faults
	Now      func() time.Time // the company's clock
	Proxies  []netip.Prefix   // whose X-Forwarded-For is believed
	Secure   bool             // served over TLS: Secure cookies, HSTS
	// Origins are where pages may load pictures of maps from, besides here; nil: nowhere.
	Origins func(context.Context) []string
	// Local refuses whoever does not sit at this machine and address it by a
	// loopback name: a demo signs people in without a password, and a page of
	// another site could otherwise reach it under a name of its own that resolves
	// to 127.0.0.1.
	Local bool
	// Meter returns what counts and times the answers of a route on its [Lane]; nil:
	// nobody does.
	Meter func(method, route string) func(status int, took time.Duration)
	// Wrap is put around all handlers, outermost first (metrics, tracing).
	Wrap []func(http.Handler) http.Handler
}

// API is the whole HTTP surface of one company. Register everything before the
// first request; from then on it is safe for concurrent use.
type API struct {
	o      Options
	log    *slog.Logger
	mux    *chi.Mux
	huma   huma.API
	routes []Route
	hub    *hub
	hot    *recent
	lanes  []*lane
}

// Route is one row of the route table.
type Route struct {
	Method  string
	Path    string // chi pattern
	ID      string // OpenAPI operation id; "" for a plain route that is not described
	Perm    business.Permission
	Command bool // takes an Idempotency-Key

	Sensitive bool // the trail keeps who asks
}

// New makes an API with its own pages and no operations.
func New(o Options) *API {
	a := &API{o: o, log: o.Log, mux: chi.NewMux()}
	a.hub = newHub(a)
	a.hot = newRecent(o.Sessions, time.Now)
	for _, w := range o.Wrap {
		a.mux.Use(w)
	}
	a.mux.Use(a.trace, a.recover, a.headers, a.local, a.bound, a.sameSite, a.packed)
	a.mux.NotFound(a.elsewhere)
	a.mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		a.WriteProblem(w, r, ErrMethod.With("method", r.Method))
	})
	reg := newRegistry()
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Beatplan", Version: o.Version, Description: description,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{Schemas: reg, SecuritySchemes: security()},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{a.translate},
	}
	a.huma = humachi.New(a.mux, config)
	a.pages()
	a.events()
	return a
}

// Routes returns the route table in the order of registration.
func (a *API) Routes() []Route { return append([]Route(nil), a.routes...) }

// Close ends the event streams, so that a server can shut down.
func (a *API) Close() { a.hub.close() }

// OpenAPI returns the description of every registered operation, indented.
func (a *API) OpenAPI() ([]byte, error) { return a.spec() }

// elsewhere answers what no route matches: the web app's addresses, or 404.
func (a *API) elsewhere(w http.ResponseWriter, r *http.Request) {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	if a.o.Web != nil && read && !ours(r.URL.Path) {
		a.o.Web.ServeHTTP(w, r)
		return
	}
	a.WriteProblem(w, r, ErrNoRoute)
}

const description = `Territories, beats and visits on a real road network.

Every error is an RFC 9457 problem with a stable code. Lists are keyset pages
(limit, after, next). Coordinates are WGS-84, longitude first; times RFC 3339;
durations seconds; distances metres. Commands take an Idempotency-Key, updates
an If-Match with the ETag that was read.`

func security() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName(true),
			Description: "Set by POST /v1/sessions; without TLS its name is " + cookieName(false)},
		"token": {Type: "http", Scheme: "bearer",
			Description: "A device's or a program's token"},
	}
}

// NewServer returns an HTTP server with the bounds that a public port needs. The
// write side has no deadline because event streams stay open.
func NewServer(ctx context.Context, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Minute, // operations set shorter ones
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       baseContext(ctx),
	}
}
