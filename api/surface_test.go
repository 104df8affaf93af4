package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/scope"
)

func TestFaultsShowAnIncidentAndNothingElse(t *testing.T) {
	_, s := newTestAPI(t)
	for _, path := range []string{"/v1/things/500", "/v1/things/501"} {
		res, body := do(t, s, call{method: "GET", path: path, token: "reader"})
		if res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") || !strings.Contains(body, `"incident":"`) {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
}

func TestAnswers(t *testing.T) {
	_, s := newTestAPI(t)
	res, body := do(t, s, call{method: "GET", path: "/v1/things/7", token: "reader"})
	if res.StatusCode != http.StatusOK || res.Header.Get("ETag") != `"3"` || !strings.Contains(body, `"tags":[],"home":null`) {
		t.Errorf("%d %s %v", res.StatusCode, body, res.Header)
	}
	res, body = do(t, s, call{"POST", "/v1/things", "reader",
		`{"name":"it","tags":["a"],"home":[1,2],"team":{"id":3}}`, map[string]string{"Idempotency-Key": "k1234567"}})
	if res.StatusCode != http.StatusCreated || !strings.Contains(body, `"name":"it k1234567"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	res, body = do(t, s, call{method: "GET", path: "/customers/7"})
	if res.StatusCode != http.StatusOK || body != "web" {
		t.Errorf("the web app's address: %d %s", res.StatusCode, body)
	}
}

// feature: G33
func TestSecurityHeaders(t *testing.T) {
	_, s := newTestAPI(t)
	for _, path := range []string{"/", "/v1/things/7", "/problems", "/docs", "/nowhere.js"} {
		res, _ := do(t, s, call{method: "GET", path: path, token: "reader"})
		h := res.Header
		csp := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: policy without %s", path, part)
			}
		}
		if strings.Contains(csp, "script-src 'self' 'unsafe-inline'") {
			t.Errorf("%s: inline scripts are allowed", path)
		}
		for k, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(k) != want {
				t.Errorf("%s: %s is %q", path, k, h.Get(k))
			}
		}
		if strings.HasPrefix(path, "/v1/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", path)
		}
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: unwanted headers %v", path, h)
		}
	}
}

func TestSecureCookie(t *testing.T) {
	for _, secure := range []bool{false, true} {
		a := api.New(api.Options{Sessions: sessions{}, Now: time.Now, Secure: secure, Log: slog.New(slog.DiscardHandler)})
		c := a.SessionCookie("t")
		if c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure || !c.HttpOnly ||
			c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.Path != "/" {
			t.Errorf("secure %v: %+v", secure, c)
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/problems", nil))
		if (w.Header().Get("Strict-Transport-Security") != "") != secure {
			t.Error("HSTS")
		}
		a.Close()
	}
}

func TestALocalDemoAnswersOnlyLocally(t *testing.T) {
	a := api.New(api.Options{Sessions: sessions{}, Now: time.Now, Local: true, Log: slog.New(slog.DiscardHandler)})
	defer a.Close()
	for _, c := range []struct {
		host, from string
		ok         bool
	}{
		{"127.0.0.1:8080", "127.0.0.1:5000", true}, {"localhost:8080", "[::1]:5000", true},
		{"[::1]:8080", "[::1]:5000", true}, {"localhost", "127.0.0.1:5000", true},
		{"evil.example:8080", "127.0.0.1:5000", false}, // a name that resolves to loopback
		{"127.0.0.1:8080", "192.168.1.7:5000", false}, {"localhost.evil.example", "127.0.0.1:1", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/demo", nil)
		r.Host, r.RemoteAddr = c.host, c.from
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if refused := strings.Contains(w.Body.String(), "request.not_local"); refused == c.ok {
			t.Errorf("host %s from %s: %d %s", c.host, c.from, w.Code, w.Body)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	_, s := newTestAPI(t)
	big := strings.Repeat("x", 50<<20)
	for _, path := range []string{"/v1/things", "/tracker"} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = strings.NewReader(big)
			if chunked {
				body = io.MultiReader(body) // hides the length
			}
			req, err := http.NewRequest(http.MethodPost, s.URL+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.AddCookie(&http.Cookie{Name: "beatplan", Value: "reader"})
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", "k1234567")
			res, err := s.Client().Do(req)
			if err != nil {
				t.Fatalf("%s chunked %v: %v", path, chunked, err)
			}
			text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
			res.Body.Close()
			if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "request.too_large") {
				t.Errorf("%s chunked %v: %d %s", path, chunked, res.StatusCode, text)
			}
		}
	}
}

func TestProblemPages(t *testing.T) {
	_, s := newTestAPI(t)
	res, body := do(t, s, call{method: "GET", path: "/problems/test.no_thing"})
	for _, want := range []string{"<h1>No <code>thing</code></h1>", "<p>It &lt;b&gt;is&lt;/b&gt; gone.</p>", "<li>look</li>\n<li>ask</li>"} {
		if !strings.Contains(body, want) {
			t.Errorf("%d: no %s in %s", res.StatusCode, want, body)
		}
	}
	for _, path := range []string{"/problems/none.such", "/problems/..%2f..%2fgo.mod", "/problems/x"} {
		if res, _ := do(t, s, call{method: "GET", path: path}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if _, body := do(t, s, call{method: "GET", path: "/problems"}); !strings.Contains(body, "test.no_thing") {
		t.Error("the index lacks a code")
	}
}

func TestOpenAPI(t *testing.T) {
	a, s := newTestAPI(t)
	_, body := do(t, s, call{method: "GET", path: "/openapi.json"})
	direct, err := a.OpenAPI()
	if err != nil || string(direct) != body {
		t.Fatal("the served description differs from the golden one", err)
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]map[string]any
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("version %s", doc.OpenAPI)
	}
	get := doc.Paths["/v1/things/{id}"]["get"]
	if get["x-permission"] != "customers.read" || get["summary"] == "" {
		t.Errorf("operation %v", get)
	}
	text := string(direct)
	for _, want := range []string{
		"`test.no_thing`", "`request.malformed`", "Idempotency-Key", `"application/problem+json"`,
		"#/components/schemas/Problem", `"name": "__Host-beatplan"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the description lacks %s", want)
		}
	}
	if strings.Contains(text, "ErrorModel") || strings.Contains(text, "$schema") {
		t.Error("the framework shows through")
	}
	thing, err := json.Marshal(doc.Components.Schemas["Thing"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"home":{"items":{"format":"double","type":"number"},"maxItems":2,"minItems":2,"type":["array","null"]}`,
		`"tags":{"items":{"type":"string"},"type":"array"}`, `"anyOf":[{"$ref":`,
	} {
		if !strings.Contains(string(thing), want) {
			t.Errorf("the schema of thing lacks %s: %s", want, thing)
		}
	}
}

func TestIncompleteOperationsPanic(t *testing.T) {
	a, _ := newTestAPI(t)
	defer func() {
		if recover() == nil {
			t.Error("an operation without a permission was registered")
		}
	}()
	api.Get(a, "/v1/open", api.Op{ID: "open", Summary: "Open", Tags: []string{"X"}},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
}

func TestRouteTable(t *testing.T) {
	a, _ := newTestAPI(t)
	found := false
	for _, r := range a.Routes() {
		if r.Perm == "" {
			t.Errorf("%s %s has no permission", r.Method, r.Path)
		}
		found = found || r.ID == "create-thing" && r.Command && r.Method == http.MethodPost
	}
	if !found {
		t.Error("the table lacks an operation")
	}
}

// bus is a notice bus of one process.
type bus struct {
	mu  sync.Mutex
	fns map[string]func(api.Notice)
}

func (b *bus) Watch(topic string, fn func(api.Notice)) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fns == nil {
		b.fns = map[string]func(api.Notice){}
	}
	b.fns[topic] = fn
	return func() {}
}

func (b *bus) tell(n api.Notice) {
	b.mu.Lock()
	fn := b.fns[n.Topic]
	b.mu.Unlock()
	fn(n)
}

func stream(t *testing.T, s *httptest.Server, token string) *bufio.Scanner {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "beatplan", Value: token})
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != "" { // the retry hint
	}
	return lines
}

func event(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	var out []string
	for lines.Scan() {
		if lines.Text() == "" {
			return strings.Join(out, " ")
		}
		out = append(out, lines.Text())
	}
	return "end"
}

func TestEventsWithinTheScope(t *testing.T) {
	b := &bus{}
	a := api.New(api.Options{Sessions: sessions{}, Notices: b, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(a.Handler())
	t.Cleanup(s.Close)
	t.Cleanup(a.Close)
	if res, _ := do(t, s, call{method: "GET", path: "/v1/events"}); res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("without a session: %d", res.StatusCode)
	}
	lines := stream(t, s, "reader") // person 7, customers.read, sees 7
	b.tell(api.Notice{Topic: "customer", People: []int64{9}, Payload: json.RawMessage(`{"id":9}`)})
	b.tell(api.Notice{Topic: "day", People: []int64{7}, Payload: json.RawMessage(`{"id":1}`)}) // no permission
	b.tell(api.Notice{Topic: "job", People: []int64{9}, Payload: json.RawMessage(`{"id":2}`)})
	b.tell(api.Notice{Topic: "job", People: nil, Payload: json.RawMessage(`{"id":3}`)})
	b.tell(api.Notice{Topic: "customer", People: []int64{9, 7}, Payload: json.RawMessage(`{"id":7}`)})
	if got := event(t, lines); got != `event: customer data: {"id":7}` {
		t.Fatalf("first event: %s", got)
	}
	b.tell(api.Notice{Topic: "job", People: []int64{7}})
	if got := event(t, lines); got != `event: job data: {}` {
		t.Fatalf("second event: %s", got)
	}
	b.tell(api.Notice{Topic: "customer", Resync: true})
	if got := event(t, lines); got != `event: resync data: {}` {
		t.Fatalf("third event: %s", got)
	}
	a.Close()
	if got := event(t, lines); got != "end" {
		t.Fatalf("after close: %s", got)
	}
}

// moving is a session whose scope changes.
type moving struct{ sees atomic.Int64 }

func (m *moving) Caller(context.Context, api.Credential) (api.Caller, error) {
	sees := m.sees.Load()
	if sees == 0 {
		return api.Caller{}, api.ErrUnauthenticated
	}
	return api.Caller{Actor: business.Actor{Person: 7}, Scope: scope.Scope{People: []int64{sees}},
		Permissions: []business.Permission{business.CustomersRead}}, nil
}

// A stream that is open for long tells what its caller may see now, and ends with the
// session.
func TestAnOpenStreamFollowsTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, m := &bus{}, &moving{}
		m.sees.Store(8)
		a := api.New(api.Options{Sessions: m, Notices: b, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		defer a.Close()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/events", nil)
		r.AddCookie(&http.Cookie{Name: "beatplan", Value: "token"})
		w, over := httptest.NewRecorder(), false
		go func() { a.Handler().ServeHTTP(w, r); over = true }()
		tell := func() {
			for _, p := range []int64{8, 9} {
				b.tell(api.Notice{Topic: "customer", People: []int64{p},
					Payload: json.RawMessage(fmt.Sprintf(`{"of":%d}`, p))})
			}
			synctest.Wait()
		}
		synctest.Wait()
		tell()
		m.sees.Store(9)
		time.Sleep(90 * time.Second)
		tell()
		if got := strings.Count(w.Body.String(), `{"of":8}`); got != 1 {
			t.Errorf("%d notices of 8", got)
		}
		if got := strings.Count(w.Body.String(), `{"of":9}`); got != 1 {
			t.Errorf("%d notices of 9", got)
		}
		m.sees.Store(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !over {
			t.Error("the stream outlives its session")
		}
	})
}

func TestStreamsAreBounded(t *testing.T) {
	a := api.New(api.Options{Sessions: sessions{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(a.Handler())
	t.Cleanup(s.Close)
	t.Cleanup(a.Close)
	for range 12 {
		stream(t, s, "reader")
	}
	res, body := do(t, s, call{method: "GET", path: "/v1/events", token: "reader"})
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	stream(t, s, "nobody") // another person may still
}

func TestCallersMay(t *testing.T) {
	c := api.Caller{Actor: business.Actor{Person: 1}, Permissions: []business.Permission{"a", "c"}}
	for p, want := range map[business.Permission]bool{
		"a": true, "b": false, "c": true, api.Public: true, api.SignedIn: true,
	} {
		if c.May(p) != want {
			t.Errorf("May(%s) is %v", p, !want)
		}
	}
	if (api.Caller{}).May(api.SignedIn) {
		t.Error("nobody is signed in")
	}
}

// Behind a proxy of ours the sender is the last address that is none of ours;
// whatever a sender writes before it, and every header of a stranger, is ignored.
func TestForwardedAddressesAreBelievedFromOurProxiesOnly(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ from, header, want string }{
		{"10.1.2.3:80", "203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:80", "1.1.1.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"},
		{"10.1.2.3:80", "", "10.1.2.3"},
		{"10.1.2.3:80", "nonsense", "10.1.2.3"},
		{"203.0.113.9:80", "1.1.1.1", "203.0.113.9"},
		{"[2001:db8::1]:80", "1.1.1.1", "2001:db8::1"},
	} {
		got := ""
		a := api.New(api.Options{Sessions: sessions{}, Now: time.Now, Proxies: ours,
			Log: slog.New(slog.DiscardHandler)})
		a.Plain(http.MethodGet, "/who", api.Public, func(_ http.ResponseWriter, r *http.Request) error {
			got = business.OriginOf(r.Context()).Address
			return nil
		})
		r := httptest.NewRequest(http.MethodGet, "/who", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-For", c.header)
		a.Handler().ServeHTTP(httptest.NewRecorder(), r)
		a.Close()
		if got != c.want {
			t.Errorf("%s with %q is %s, want %s", c.from, c.header, got, c.want)
		}
	}
}

// A demo's clock stands elsewhere than the machine's, which Date follows.
func TestAPhoneIsToldTheCompanysTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 30, 0, 250e6, time.UTC)
	a := api.New(api.Options{
		Sessions: sessions{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	defer a.Close()
	for _, c := range []struct{ path, client, want string }{
		{"/v1/me", "phone", "2026-11-23T10:30:00.250Z"}, {"/v1/me", "desk", ""}, {"/m", "phone", ""},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("X-Client", c.client)
		a.Handler().ServeHTTP(w, r)
		if got := w.Header().Get("X-Now"); got != c.want {
			t.Errorf("%s of a %s: %q, want %q", c.path, c.client, got, c.want)
		}
	}
}
