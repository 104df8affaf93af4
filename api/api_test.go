package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

var errThing = fail.New(fail.NotFound, "test.no_thing", "There is no such thing.")

// sessions knows three tokens.
type sessions struct{}

func (sessions) Caller(_ context.Context, c api.Credential) (api.Caller, error) {
	switch c.Token {
	case "reader":
		return api.Caller{
			Actor:       business.Actor{Person: 7, Role: business.Salesperson},
			Scope:       scope.Scope{People: []int64{7}, Version: "7"},
			Permissions: []business.Permission{business.CustomersRead},
		}, nil
	case "nobody":
		return api.Caller{Actor: business.Actor{Person: 8}}, nil
	}
	return api.Caller{}, api.ErrUnauthenticated
}

type thing struct {
	Name string     `json:"name" minLength:"2" maxLength:"40"`
	Tags []string   `json:"tags"`
	Home *orb.Point `json:"home"`
	Team *struct {
		ID int64 `json:"id"`
	} `json:"team"`
}

type (
	thingIn struct {
		ID int64 `path:"id" minimum:"1"`
	}
	thingOut struct {
		ETag string `header:"ETag"`
		Body thing
	}
	createIn struct{ Body thing }
)

func newTestAPI(t *testing.T) (*api.API, *httptest.Server) {
	t.Helper()
	a := api.New(api.Options{
		Version: "test", Sessions: sessions{}, Now: time.Now,
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		Problems: fstest.MapFS{"test.no_thing.md": {Data: []byte("# No `thing`\n\nIt <b>is</b> gone.\n\n- look\n- ask")}},
		Web: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "web")
		}),
	})
	mountThings(a)
	s := httptest.NewServer(a.Handler())
	t.Cleanup(func() { a.Close(); s.Close() })
	return a, s
}

func mountThings(a *api.API) {
	tags := []string{"Things"}
	api.Get(a, "/v1/things/{id}", api.Op{
		ID: "get-thing", Summary: "Read one thing", Tags: tags, Perm: business.CustomersRead,
		Problems: []*fail.Error{errThing},
	}, func(ctx context.Context, in *thingIn) (*thingOut, error) {
		switch in.ID {
		case 500:
			return nil, errors.New("secret detail")
		case 501:
			panic("secret panic")
		}
		if !api.Scope(ctx).Has(in.ID) {
			return nil, errThing.With("id", in.ID)
		}
		return &thingOut{ETag: api.ETag(3), Body: thing{Name: "it", Tags: []string{}}}, nil
	})
	api.Post(a, "/v1/things", api.Op{
		ID: "create-thing", Summary: "Create a thing", Tags: tags,
		Perm: business.CustomersRead, Command: true, Status: http.StatusCreated,
	}, func(ctx context.Context, in *createIn) (*thingOut, error) {
		out := thingOut{Body: in.Body}
		out.Body.Name += " " + string(api.IdemKey(ctx))
		return &out, nil
	})
	a.Plain(http.MethodPost, "/tracker", api.Public, func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	})
}

type call struct {
	method, path, token, body string
	header                    map[string]string
}

// reply is an answer whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
}

func do(t *testing.T, s *httptest.Server, c call) (reply, string) {
	t.Helper()
	r, err := http.NewRequest(c.method, s.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.token != "" {
		r.AddCookie(&http.Cookie{Name: "beatplan", Value: c.token})
	}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header}, string(b)
}

// A command that names its person is taken in that person's session, and in no other.
func TestACommandOfItsPerson(t *testing.T) {
	_, s := newTestAPI(t)
	good := `{"name":"shop","tags":[],"home":null,"team":null}`
	for person, want := range map[string]int{"7": 201, "8": 401, "": 201} {
		h := map[string]string{"Idempotency-Key": "12345678", "X-Person": person}
		if res, body := do(t, s, call{"POST", "/v1/things", "reader", good, h}); res.StatusCode != want {
			t.Errorf("person %q: %d %s, want %d", person, res.StatusCode, body, want)
		}
	}
	// Also where whoever has signed in since may not do it at all.
	other := map[string]string{"Idempotency-Key": "12345678", "X-Person": "7"}
	if res, body := do(t, s, call{"POST", "/v1/things", "nobody", good, other}); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("in the session of somebody who may not: %d %s", res.StatusCode, body)
	}
	// Whoever signs in is not signed in yet.
	h := map[string]string{"X-Person": "8"}
	if res, body := do(t, s, call{"POST", "/tracker", "reader", "", h}); res.StatusCode >= 400 {
		t.Errorf("a public operation: %d %s", res.StatusCode, body)
	}
}

func TestProblems(t *testing.T) {
	_, s := newTestAPI(t)
	key := map[string]string{"Idempotency-Key": "12345678"}
	good := `{"name":"shop","tags":[],"home":null,"team":null}`
	tests := []struct {
		name   string
		call   call
		status int
		code   string
		fields string // path:code, comma between
	}{
		{"no session", call{method: "GET", path: "/v1/things/7"}, 401, "session.missing", ""},
		{"expired session", call{method: "GET", path: "/v1/things/7", token: "old"}, 401, "session.missing", ""},
		{"no permission", call{method: "GET", path: "/v1/things/7", token: "nobody"}, 403, "session.denied", ""},
		{"another person's page", call{"POST", "/v1/things", "reader", good, map[string]string{"Idempotency-Key": "12345678", "X-Person": "8"}}, 401, "session.missing", ""},
		{"foreign row", call{method: "GET", path: "/v1/things/9", token: "reader"}, 404, "test.no_thing", ""},
		{"id of letters", call{method: "GET", path: "/v1/things/x", token: "reader"}, 422, "request.invalid", "path.id:format"},
		{"unknown route", call{method: "GET", path: "/v1/nothing", token: "reader"}, 404, "request.no_such_route", ""},
		{"wrong method", call{method: "PUT", path: "/v1/things/7", token: "reader"}, 405, "request.method_not_allowed", ""},
		{"our fault", call{method: "GET", path: "/v1/things/500", token: "reader"}, 500, "server.fault", ""},
		{"no key", call{method: "POST", path: "/v1/things", token: "reader", body: good}, 400, "idem.key_missing", ""},
		{"broken JSON", call{"POST", "/v1/things", "reader", `{"name":`, key}, 400, "request.malformed", ":syntax"},
		{"missing field", call{"POST", "/v1/things", "reader", `{"tags":[],"home":null,"team":null}`, key}, 422, "request.invalid", "name:required"},
		{"short, null, wrong", call{"POST", "/v1/things", "reader", `{"name":"x","tags":null,"home":[1],"team":null}`, key}, 422, "request.invalid", "home:length,name:length,tags:type"},
		{"bad nested", call{"POST", "/v1/things", "reader", `{"name":"xx","tags":[],"home":null,"team":{"id":"a"}}`, key}, 422, "request.invalid", "team:invalid"},
		{"unknown field", call{"POST", "/v1/things", "reader", `{"name":"xx","tags":[],"home":null,"team":null,"a":1}`, key}, 422, "request.invalid", "a:unknown"},
		{"media type", call{"POST", "/v1/things", "reader", good, map[string]string{"Idempotency-Key": "12345678", "Content-Type": "text/csv"}}, 415, "request.unsupported_type", ":invalid"},
		{"other site", call{"POST", "/v1/things", "reader", good, map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403, "request.cross_site", ""},
		{"other origin", call{"POST", "/v1/things", "reader", good, map[string]string{"Origin": "https://evil.example"}}, 403, "request.cross_site", ""},
		{"long address", call{method: "GET", path: "/v1/things/7?q=" + strings.Repeat("x", 17<<10), token: "reader"}, 413, "request.too_large", ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			res, body := do(t, s, c.call)
			var p api.Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatalf("%d %s: %v", res.StatusCode, body, err)
			}
			if res.StatusCode != c.status || p.Status != c.status || p.Code != c.code {
				t.Fatalf("got %d %s, want %d %s", res.StatusCode, body, c.status, c.code)
			}
			if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
			if p.Type != "/problems/"+c.code || p.Incident == "" || p.Incident != res.Header.Get("X-Request-Id") {
				t.Errorf("type %q incident %q", p.Type, p.Incident)
			}
			if got := fieldList(p.Fields); got != c.fields {
				t.Errorf("fields %q, want %q", got, c.fields)
			}
		})
	}
}

func fieldList(fields []fail.Field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Path+":"+f.Code)
	}
	return strings.Join(sorted(out), ",")
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
