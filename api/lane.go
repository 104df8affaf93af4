package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"beatplan/business"
)

// Lane is the short way to a hot route: past the router and the bookkeeping of
// requests, which cost more than an answer that is at hand. Who asks, what they may,
// the metrics and the headers of an answer are as on the long way; only the request
// id is not, because nothing is logged here. Whatever the lane does not answer takes
// the long way, refusals above all.
type Lane struct {
	Pattern        string // of the hot route, for metrics
	Prefix, Suffix string // of the addresses; Answer leaves others of them alone
	Permission     business.Permission
	// Answer writes the answer and returns its status, or 0 having written nothing.
	Answer func(w http.ResponseWriter, r *http.Request, c Caller) int
}

// lane is a registered Lane.
type lane struct {
	Lane
	cookie  string // name and sign of equality
	headers http.Header
	count   func(status int, took time.Duration)
}

// Short registers the lane of a hot route.
func (a *API) Short(l Lane) {
	count := func(int, time.Duration) {}
	if a.o.Meter != nil {
		count = a.o.Meter(http.MethodGet, l.Pattern)
	}
	headers := a.dataHeaders()
	if strings.HasPrefix(l.Prefix, operations) {
		headers.Set("Cache-Control", "no-store")
	}
	a.lanes = append(a.lanes, &lane{l, cookieName(a.o.Secure) + "=", headers, count})
}

// laneOf is the lane of an address, nil when there is none.
func (a *API) laneOf(path string) *lane {
	for _, l := range a.lanes {
		if strings.HasPrefix(path, l.Prefix) && strings.HasSuffix(path, l.Suffix) {
			return l
		}
	}
	return nil
}

// Handler serves the API.
func (a *API) Handler() http.Handler {
	if len(a.lanes) == 0 {
		return a.mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.short(w, r) {
			a.mux.ServeHTTP(w, r)
		}
	})
}

// short answers on the lane, if it can.
func (a *API) short(w http.ResponseWriter, r *http.Request) bool {
	l := a.laneOf(r.URL.Path)
	if l == nil || r.Method != http.MethodGet || len(r.URL.RawQuery) > longestQuery ||
		strings.ContainsAny(r.URL.RawQuery, "%;") || // see bound
		a.log.Enabled(r.Context(), slog.LevelDebug) || // then the long way writes its line
		a.o.Local && !isLocal(r) {
		return false
	}
	begin := time.Now()
	caller, known := a.hot.remembered(l.credential(a, r))
	if !known || caller.require(l.Permission) != nil {
		return false
	}
	h := w.Header()
	for name, value := range l.headers { // shared by all answers, so nobody may append to them
		h[name] = value[:1:1]
	}
	status := a.answer(l, w, r, caller)
	if status == 0 {
		return false
	}
	l.count(status, time.Since(begin))
	return true
}

// answer is the lane's answer. A panic is logged and counts as none, so that the long
// way answers, with an incident if it fails as well.
func (a *API) answer(l *lane, w http.ResponseWriter, r *http.Request, c Caller) (status int) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // compared by identity, as net/http does
			panic(v)
		}
		a.log.ErrorContext(r.Context(), "panic on a lane", "route", l.Pattern,
			"value", fmt.Sprint(v), "stack", string(debug.Stack()))
		status = 0
	}()
	return l.Answer(w, r, c)
}

// credential is [API.credential] for the usual request, which carries our cookie
// alone.
func (l *lane) credential(a *API, r *http.Request) Credential {
	cookies := r.Header["Cookie"]
	if len(cookies) == 1 && len(r.Header["Authorization"]) == 0 {
		token, ours := strings.CutPrefix(cookies[0], l.cookie)
		if ours && !strings.ContainsAny(token, "; \"") {
			return Credential{Token: token}
		}
	}
	return a.credential(r)
}

// remembered is the caller of a credential that was looked up within [HotAge].
func (m *recent) remembered(c Credential) (Caller, bool) {
	m.mu.RLock()
	k, ok := m.known[c]
	m.mu.RUnlock()
	return k.caller, ok && m.now().Before(k.until)
}

// Allows reports whether the caller has the permission and its module is on.
func (c Caller) Allows(p business.Permission) bool { return c.require(p) == nil }
