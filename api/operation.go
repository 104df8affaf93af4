package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
)

// Op describes one operation. ID, Summary, Tags and Perm are required.
type Op struct {
	ID          string              // unique, kebab-case: "list-customers"
	Summary     string              // one line, a verb first
	Description string              // Markdown; what the summary leaves out
	Tags        []string            // the section of the document
	Perm        business.Permission // what the caller must have; Public and SignedIn are possible
	Problems    []*fail.Error       // every refusal of its own
	Command     bool                // refuses requests without an Idempotency-Key
	Status      int                 // of success; 0: 200, or 204 without a body
	MaxBody     int64               // bytes; 0: 1 MB
	ReadTimeout time.Duration       // for the body; 0: 5 s
	Sensitive   bool                // the trail keeps who asked for it
}

// Handler answers one operation.
type Handler[In, Out any] func(ctx context.Context, in *In) (*Out, error)

// Get registers a read.
func Get[In, Out any](a *API, path string, op Op, h Handler[In, Out]) {
	register(a, http.MethodGet, path, op, h)
}

// Post registers a command, or a read whose question is too long for an address.
func Post[In, Out any](a *API, path string, op Op, h Handler[In, Out]) {
	register(a, http.MethodPost, path, op, h)
}

// Put registers a replacement.
func Put[In, Out any](a *API, path string, op Op, h Handler[In, Out]) {
	register(a, http.MethodPut, path, op, h)
}

// Patch registers a change of some fields.
func Patch[In, Out any](a *API, path string, op Op, h Handler[In, Out]) {
	register(a, http.MethodPatch, path, op, h)
}

// Delete registers a removal.
func Delete[In, Out any](a *API, path string, op Op, h Handler[In, Out]) {
	register(a, http.MethodDelete, path, op, h)
}

// register panics on an incomplete operation: that is a fault of the program,
// found by the first test that mounts it.
func register[In, Out any](a *API, method, path string, op Op, h Handler[In, Out]) {
	if op.ID == "" || op.Summary == "" || op.Perm == "" || len(op.Tags) == 0 {
		panic(fmt.Sprintf("api: %s %s needs ID, Summary, Tags and Perm", method, path))
	}
	a.routes = append(a.routes, Route{method, path, op.ID, op.Perm, op.Command, op.Sensitive})
	ho := huma.Operation{
		OperationID: op.ID, Method: method, Path: path, Summary: op.Summary,
		Description: op.Description, Tags: op.Tags, DefaultStatus: op.Status,
		MaxBodyBytes: op.MaxBody, BodyReadTimeout: op.ReadTimeout,
		Responses:   a.refusals(op),
		Security:    securityOf(op.Perm),
		Middlewares: huma.Middlewares{a.door(op)},
		Extensions:  map[string]any{"x-permission": string(op.Perm)},
	}
	if op.Command {
		ho.Parameters = append(ho.Parameters, idemParam())
	}
	huma.Register(a.huma, ho, func(ctx context.Context, in *In) (*Out, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// door lets a request through to its operation when the caller may.
func (a *API) door(op Op) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(hc)
		limit := op.MaxBody
		if limit == 0 {
			limit = defaultBody
		}
		if r.ContentLength > limit {
			a.WriteProblem(w, r, ErrTooLarge.With("limit_bytes", limit))
			return
		}
		ctx, err := a.admit(r, op.Perm)
		if err == nil && op.Command && IdemKey(ctx) == "" {
			err = idem.ErrKeyMissing
		}
		if err == nil && op.Sensitive {
			err = a.noteRead(r.WithContext(ctx), op.ID)
		}
		if err != nil {
			a.WriteProblem(w, r, err)
			return
		}
		next(huma.WithContext(hc, ctx))
	}
}

func idemParam() *huma.Param {
	low, high := 8, 200
	return &huma.Param{
		Name: "Idempotency-Key", In: "header", Required: true,
		Description: "Chosen by the client, a UUID as a rule; a replay gets the first answer",
		Schema:      &huma.Schema{Type: "string", MinLength: &low, MaxLength: &high},
		Example:     "0d6f4f1c-6a0e-4b6e-9a53-0f0a3c5f2c11",
	}
}

func securityOf(p business.Permission) []map[string][]string {
	if p == Public {
		return []map[string][]string{}
	}
	return []map[string][]string{{"session": {}}, {"token": {}}}
}

// refusals documents the operation's own problems and those that all have.
func (a *API) refusals(op Op) map[string]*huma.Response {
	codes := map[int][]string{}
	add := func(errs ...*fail.Error) {
		for _, e := range errs {
			s := status(e)
			if !slices.Contains(codes[s], e.Code) {
				codes[s] = append(codes[s], e.Code)
			}
		}
	}
	add(op.Problems...)
	add(ErrMalformed, ErrInvalid, ErrFault)
	if op.Perm != Public {
		add(ErrUnauthenticated)
		add(a.o.Refusals...)
	}
	if op.Perm != Public && op.Perm != SignedIn {
		add(ErrDenied)
		if op.Perm.Module() != "" {
			add(ErrNotEnabled)
		}
	}
	if op.Command {
		add(idem.ErrKeyMissing, idem.ErrKeyReused)
	}
	out := map[string]*huma.Response{}
	for s, list := range codes {
		slices.Sort(list)
		out[statusKey(s)] = &huma.Response{
			Description: "`" + strings.Join(list, "`, `") + "`",
			Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: a.problemSchema()},
			},
		}
	}
	return out
}

// PlainHandler answers a route whose protocol is not ours. A returned error is
// answered as a problem; a handler that has its protocol's own errors writes them
// and returns nil.
type PlainHandler func(w http.ResponseWriter, r *http.Request) error

// Plain registers a route with the same door as the operations: credential,
// permission, scope in r.Context(), body bound of 1 MB.
func (a *API) Plain(method, pattern string, p business.Permission, h PlainHandler) {
	a.PlainBody(method, pattern, p, defaultBody, h)
}

// PlainBody is Plain with a body bound of its own, in bytes.
func (a *API) PlainBody(
	method, pattern string, p business.Permission, limit int64, h PlainHandler,
) {
	if p == "" {
		panic(fmt.Sprintf("api: %s %s needs a permission", method, pattern))
	}
	at := len(a.routes)
	a.routes = append(a.routes, Route{Method: method, Path: pattern, Perm: p})
	a.mux.MethodFunc(method, pattern, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > limit {
			a.WriteProblem(w, r, ErrTooLarge.With("limit_bytes", limit))
			return
		}
		ctx, err := a.admit(r, p)
		if route := &a.routes[at]; err == nil && route.Sensitive {
			err = a.noteRead(r.WithContext(ctx), cmp.Or(route.ID, route.Path))
		}
		if err != nil {
			a.WriteProblem(w, r, err)
			return
		}
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if err := h(w, r); err != nil {
			a.WriteProblem(w, r, err)
		}
	})
}

// Sensitive says that the trail keeps who asks for a registered plain route. It
// panics on a route that is not there.
func (a *API) Sensitive(method, path string) {
	i := slices.IndexFunc(a.routes, func(r Route) bool {
		return r.Method == method && r.Path == path
	})
	if i < 0 {
		panic(fmt.Sprintf("api: %s %s is sensitive but not registered", method, path))
	}
	a.routes[i].Sensitive = true
}

// Question is a sensitive read as the trail keeps it.
type Question struct {
	Operation string // id of the operation
	Path      string // with the ids in it
	Query     string // filter and page
}

// Reads is the port to whoever keeps the trail.
type Reads interface {
	// Read records a question before it is answered; when it fails there is no
	// answer.
	Read(ctx context.Context, by business.Actor, q Question) error
}

func (a *API) noteRead(r *http.Request, operation string) error {
	if a.o.Reads == nil {
		return nil
	}
	return a.o.Reads.Read(r.Context(), Actor(r.Context()),
		Question{operation, r.URL.Path, r.URL.RawQuery})
}

// Describe adds a registered plain route to OpenAPI by hand; permission and
// security come from the route table. It panics on a route that is not there.
func (a *API) Describe(op *huma.Operation) {
	i := slices.IndexFunc(a.routes, func(r Route) bool {
		return r.Method == op.Method && r.Path == op.Path
	})
	if i < 0 {
		panic(fmt.Sprintf("api: %s %s is described but not registered", op.Method, op.Path))
	}
	r := &a.routes[i]
	r.ID = op.OperationID
	op.Security = securityOf(r.Perm)
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-permission"] = string(r.Perm)
	a.huma.OpenAPI().AddOperation(op)
}
