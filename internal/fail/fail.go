// Package fail is the one error type that reaches a caller of Beatplan.
//
// A fail.Error has a kind (what sort of refusal), a stable code
// ("module.reason", never reused) and one sentence for a person. Packages
// declare theirs once, as values, and add the particulars with [Error.With]:
//
//	var ErrTooFar = fail.New(fail.Invalid, "visits.too_far", "You are too far from the customer.")
//	return ErrTooFar.With("distance_m", 812)
//
// Only package api turns kinds into HTTP statuses. Errors of any other type are
// faults of ours: the caller sees an incident id and nothing else.
package fail

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Kind says what sort of refusal an error is.
type Kind int

// The kinds, in the order of the HTTP status that package api gives them.
const (
	Malformed       Kind = iota + 1 // the request cannot be read (400)
	Unauthenticated                 // nobody is signed in (401)
	Denied                          // the person may not do this at all (403)
	NotFound                        // there is no such thing, or not for this person (404)
	Conflict                        // the thing is in another state, or exists already (409)
	Precondition                    // somebody else changed it since it was read (412)
	TooLarge                        // the body is larger than the bound (413)
	Unsupported                     // the media type is not one we read (415)
	Invalid                         // readable, but breaks a rule (422)
	TooMany                         // rate limit (429)
	Unavailable                     // a part that is needed is not up; try again (503)
)

// Field is one fault of one input field.
type Field struct {
	Path    string `json:"path"`    // JSON path or column name
	Code    string `json:"code"`    // stable reason, e.g. "required", "range"
	Message string `json:"message"` // one sentence for a person
}

// Error is a refusal that its receiver can act on. The zero value is not valid.
type Error struct {
	Kind    Kind
	Code    string         // "module.reason"
	Message string         // one sentence for a person, English
	Args    map[string]any // particulars, for the client's own wording
	Fields  []Field        // faults by input field
	cause   error
}

// New declares an error; call it once a reason, in a package's errors.go.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Error gives code and sentence, the faulty fields, and the cause, where there
// are any.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Message
	for _, f := range e.Fields {
		text += fmt.Sprintf(" [%s: %s]", f.Path, f.Message)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is a fail.Error of the same code, so that
// errors.Is(err, ErrTooFar) holds for every ErrTooFar.With(…).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// With returns a copy that carries one more particular.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	if c.Args == nil {
		c.Args = map[string]any{}
	}
	c.Args[name] = value
	return &c
}

// WithField returns a copy that names one more faulty input field.
func (e *Error) WithField(path, code, message string) *Error {
	c := *e
	c.Fields = append(slices.Clone(e.Fields), Field{path, code, message})
	return &c
}

// Saying returns a copy with another sentence.
func (e *Error) Saying(format string, args ...any) *Error {
	c := *e
	c.Message = fmt.Sprintf(format, args...)
	return &c
}

// Because returns a copy that wraps a cause; the cause is logged, never shown.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// As returns the fail.Error inside err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is reports whether err carries a fail.Error of this kind.
func Is(err error, kind Kind) bool {
	e := As(err)
	return e != nil && e.Kind == kind
}
