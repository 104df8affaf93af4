package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Two permissions that no role lists.
const (
	Public   business.Permission = "public"    // anybody, signed in or not
	SignedIn business.Permission = "signed-in" // anybody with a live session
)

// Caller is who sent a request.
type Caller struct {
	Actor       business.Actor
	Scope       scope.Scope
	Session     int64                 // id of the session; 0 for a device or a program
	Permissions []business.Permission // sorted
	Disabled    []business.Permission // withheld because their module is switched off
	ProvedAt    time.Time             // when the password was last given
	Fresh       bool                  // the password was given a moment ago
	Limited     bool                  // a device or a program: what is listed, not [SignedIn]
}

// May reports whether the caller has the permission.
func (c Caller) May(p business.Permission) bool {
	switch p {
	case Public:
		return true
	case SignedIn:
		return c.Actor.Person != 0 && !c.Limited
	}
	_, ok := slices.BinarySearch(c.Permissions, p)
	return ok
}

func (c Caller) require(p business.Permission) error {
	if slices.Contains(c.Disabled, p) {
		return ErrNotEnabled.With("module", p.Module())
	}
	if !c.May(p) {
		return ErrDenied.With("permission", p)
	}
	return nil
}

// Require refuses a caller without the permission, for operations whose need shows
// only when they are asked: with ErrDenied or ErrNotEnabled.
func Require(ctx context.Context, p business.Permission) error { return CallerOf(ctx).require(p) }

// Credential is what a request carries to say who sent it.
type Credential struct {
	Token  string
	Bearer bool // from the Authorization header: a device or a program; else the cookie
}

// Sessions is the port to whoever knows sessions and tokens.
type Sessions interface {
	// Caller returns who the credential belongs to. An unknown, expired or
	// revoked one fails with a fail.Unauthenticated error.
	Caller(ctx context.Context, c Credential) (Caller, error)
}

type callerKey struct{}

// CallerOf returns who sent the request; the zero Caller on a public operation
// that was called without a session.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Fresh reports whether the caller has given the password a moment ago.
func Fresh(ctx context.Context) bool { return CallerOf(ctx).Fresh }

// Actor returns the person behind the request.
func Actor(ctx context.Context) business.Actor { return CallerOf(ctx).Actor }

// Scope returns whose rows the caller may see. Nothing, when nobody is signed in.
func Scope(ctx context.Context) scope.Scope { return CallerOf(ctx).Scope }

// WithCaller returns a context in which c is the caller; for tests of handlers.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

type idemKey struct{}

// IdemKey returns the request's Idempotency-Key; "" when it was not sent, which
// idem.Once refuses.
func IdemKey(ctx context.Context) idem.Key {
	k, _ := ctx.Value(idemKey{}).(idem.Key)
	return k
}

// cookieName of the session. The __Host- prefix binds the cookie to this host
// and to TLS, so that neither a sister domain nor plain HTTP can plant one.
func cookieName(secure bool) string {
	if secure {
		return "__Host-beatplan"
	}
	return "beatplan"
}

// SessionCookie makes the cookie that carries a session's token; an empty token
// makes the one that removes it. The browser forgets it when it closes, the
// server when the session expires.
func (a *API) SessionCookie(token string) http.Cookie {
	c := http.Cookie{
		Name: cookieName(a.o.Secure), Value: token, Path: "/",
		HttpOnly: true, Secure: a.o.Secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(cookieLife.Seconds()),
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

func (a *API) credential(r *http.Request) Credential {
	if h := r.Header.Get("Authorization"); len(h) > 7 && strings.EqualFold(h[:7], "Bearer ") {
		return Credential{Token: strings.TrimSpace(h[7:]), Bearer: true}
	}
	if c, err := r.Cookie(cookieName(a.o.Secure)); err == nil {
		return Credential{Token: c.Value}
	}
	return Credential{}
}

// personHeader names the person whose page sends a command.
const personHeader = "X-Person"

// meant reports whether a request that names its person came in that person's session.
// All pages of a browser share one session: what one person left unsent must not go out
// when somebody else has signed in since.
func meant(r *http.Request, c Caller) bool {
	named := r.Header.Get(personHeader)
	return named == "" || named == strconv.FormatInt(int64(c.Actor.Person), 10)
}

// admit returns the request's context with the caller in it, or the refusal.
func (a *API) admit(r *http.Request, p business.Permission) (context.Context, error) {
	return a.admitBy(r, p, a.o.Sessions.Caller)
}

// admitBy is admit with the caller looked up by who.
func (a *API) admitBy(
	r *http.Request, p business.Permission,
	who func(context.Context, Credential) (Caller, error),
) (context.Context, error) {
	ctx := r.Context()
	if k := r.Header.Get("Idempotency-Key"); k != "" {
		ctx = context.WithValue(ctx, idemKey{}, idem.Key(k))
	}
	cred := a.credential(r)
	if cred.Token == "" {
		if p == Public {
			return ctx, nil
		}
		return nil, ErrUnauthenticated
	}
	c, err := who(ctx, cred)
	if p == Public && fail.Is(err, fail.Unauthenticated) {
		return ctx, nil
	}
	if err != nil {
		return nil, err
	}
	// Before the permission: a page that waits for its person keeps what is refused so.
	if p != Public && !meant(r, c) {
		return nil, ErrUnauthenticated
	}
	if err := c.require(p); err != nil {
		return nil, err
	}
	if t := traceOf(ctx); t != nil {
		t.person = int64(c.Actor.Person)
	}
	return context.WithValue(ctx, callerKey{}, c), nil
}
