package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"beatplan/internal/fail"
)

// Problem is the body of every refusal: RFC 9457 with a stable code.
type Problem struct {
	Type     string         `json:"type" doc:"Address of the page that explains the code" example:"/problems/request.invalid"`
	Title    string         `json:"title" doc:"Name of the status" example:"Unprocessable Entity"`
	Status   int            `json:"status" doc:"HTTP status" example:"422"`
	Code     string         `json:"code" doc:"Stable reason, module.reason" example:"request.invalid"`
	Detail   string         `json:"detail" doc:"One sentence for a person, English" example:"Some fields of the request are not valid."`
	Args     map[string]any `json:"args,omitempty" doc:"Particulars, for the client's own wording"`
	Fields   []fail.Field   `json:"fields,omitempty" doc:"Faults by input field"`
	Incident string         `json:"incident" doc:"Request id; quote it when asking for help" example:"8c1f2a90d3b4e5f6"`
	cause    error
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// Unwrap returns what the problem was made from.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns Retry-After where the problem passes by waiting.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if s, ok := p.Args["retry_after_s"]; ok {
		if n, err := json.Marshal(s); err == nil {
			h.Set("Retry-After", string(n))
		}
	} else if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", "5")
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Cookie realm="beatplan"`)
	}
	return h
}

// RetryAfter adds to e how long to wait; it becomes the Retry-After header.
func RetryAfter(e *fail.Error, d time.Duration) *fail.Error {
	return e.With("retry_after_s", int(max(d.Round(time.Second), time.Second)/time.Second))
}

// status of a refusal. Two codes of ours have a status that no kind has.
func status(e *fail.Error) int {
	switch e.Code {
	case ErrMethod.Code:
		return http.StatusMethodNotAllowed
	case ErrTimeout.Code:
		return http.StatusRequestTimeout
	case ErrNotAcceptable.Code:
		return http.StatusNotAcceptable
	case ErrFault.Code:
		return http.StatusInternalServerError
	}
	return statusOfKind(e.Kind)
}

func statusOfKind(k fail.Kind) int {
	switch k {
	case fail.Malformed:
		return http.StatusBadRequest
	case fail.Unauthenticated:
		return http.StatusUnauthorized
	case fail.Denied:
		return http.StatusForbidden
	case fail.NotFound:
		return http.StatusNotFound
	case fail.Conflict:
		return http.StatusConflict
	case fail.Precondition:
		return http.StatusPreconditionFailed
	case fail.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fail.Unsupported:
		return http.StatusUnsupportedMediaType
	case fail.Invalid:
		return http.StatusUnprocessableEntity
	case fail.TooMany:
		return http.StatusTooManyRequests
	case fail.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem turns any error into what the caller sees, and logs what they do not.
func (a *API) problem(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	e := fail.As(err)
	switch {
	case e != nil:
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		e = ErrTimeout // the caller left; nobody reads this
	case errors.As(err, new(*http.MaxBytesError)):
		e = ErrTooLarge
	default:
		e = ErrFault
	}
	p := &Problem{
		Type: "/problems/" + e.Code, Status: status(e), Code: e.Code, Detail: e.Message,
		Args: e.Args, Fields: e.Fields, Incident: RequestID(ctx), cause: err,
	}
	p.Title = http.StatusText(p.Status)
	if p.Status >= 500 {
		a.log.ErrorContext(ctx, "request failed",
			"incident", p.Incident, "code", p.Code, "err", err)
	}
	return p
}

// WriteProblem answers a plain request with the problem of err.
func (a *API) WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	if p.Code == ErrTooLarge.Code || p.Code == ErrTimeout.Code {
		w.Header().Set("Connection", "close")
	}
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		a.log.DebugContext(r.Context(), "problem not delivered", "err", err)
	}
}

// translate is the huma transformer that gives huma's own refusals our shape.
func (a *API) translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	e := ofStatus(m.Status)
	for _, d := range m.Errors {
		if d != nil {
			f := field(d)
			e = e.WithField(f.Path, f.Code, f.Message)
		}
	}
	p := a.problem(ctx.Context(), e)
	p.Status, p.Title = m.Status, http.StatusText(m.Status)
	return p, nil
}

func ofStatus(s int) *fail.Error {
	switch s {
	case http.StatusBadRequest:
		return ErrMalformed
	case http.StatusNotAcceptable:
		return ErrNotAcceptable
	case http.StatusRequestTimeout:
		return ErrTimeout
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusUnsupportedMediaType:
		return ErrUnsupported
	case http.StatusUnprocessableEntity:
		return ErrInvalid
	}
	return ErrFault
}

// field names what huma found wrong. The value is never echoed: it may be a
// password.
func field(d *huma.ErrorDetail) fail.Field {
	path := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
	f := fail.Field{Path: path, Code: "invalid", Message: d.Message}
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name, _, _ = strings.Cut(name, " ")
		f.Code, f.Path = "required", strings.TrimPrefix(path+"."+name, ".")
		return f
	}
	for _, c := range fieldCodes() {
		if strings.HasPrefix(d.Message, c[0]) {
			f.Code = c[1]
			break
		}
	}
	return f
}

// fieldCodes maps the beginnings of huma's sentences to stable codes.
func fieldCodes() [][2]string {
	return [][2]string{
		{"required ", "required"}, {"unexpected property", "unknown"},
		{"unknown query", "unknown"},
		{"expected number", "range"}, {"expected length", "length"},
		{"expected array length", "length"}, {"expected value to be one of", "choice"},
		{"expected string to match", "pattern"}, {"expected string to be", "format"},
		{"expected boolean", "type"}, {"expected integer", "type"},
		{"expected string", "type"}, {"expected array", "type"}, {"expected object", "type"},
		{"invalid character", "syntax"}, {"unexpected end of JSON", "syntax"},
		{"invalid ", "format"},
	}
}

func statusKey(s int) string { return strconv.Itoa(s) }
