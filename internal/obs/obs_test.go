package obs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"beatplan/internal/obs"
)

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := obs.Logger(&out, "warn", "json")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("small")
	log.Warn("big", "n", 1)
	var line struct {
		Msg string
		N   int
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Msg != "big" || line.N != 1 {
		t.Errorf("%s: %v", out.String(), err)
	}
	if _, err := obs.Logger(&out, "loud", "json"); err == nil {
		t.Error("level loud was accepted")
	}
	if _, err := obs.Logger(&out, "info", "xml"); err == nil {
		t.Error("format xml was accepted")
	}
}

func get(h http.Handler, method, path, from string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = from
	for k, v := range header {
		r.Header[k] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMetricsOfRequests(t *testing.T) {
	m := obs.NewMetrics()
	m.Gauge("beatplan_test_people", "People.", func() float64 { return 12 })
	h := m.HTTP(func(*http.Request) string { return "/things/{id}" })(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/things/2" {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusTeapot)
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error("streams cannot flush:", err)
			}
		}))
	get(h, "GET", "/things/1", "9.9.9.9:1", nil)
	get(h, "GET", "/things/2", "9.9.9.9:1", nil)
	get(h, "BREW", "/things/1", "9.9.9.9:1", nil)
	text := get(m.Handler("local"), "GET", "/metrics", "127.0.0.1:1", nil).Body.String()
	for _, want := range []string{
		`beatplan_http_requests_total{method="GET",route="/things/{id}",status="200"} 1`,
		`beatplan_http_requests_total{method="GET",route="/things/{id}",status="418"} 1`,
		`beatplan_http_requests_total{method="other",route="/things/{id}",status="200"} 1`,
		`beatplan_test_people 12`, `go_goroutines`, `process_open_fds`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestWhoMayReadMetrics(t *testing.T) {
	m := obs.NewMetrics()
	forwarded := http.Header{"X-Forwarded-For": {"9.9.9.9"}}
	for _, c := range []struct {
		who, from string
		header    http.Header
		want      int
	}{
		{"local", "127.0.0.1:5", nil, 200}, {"local", "[::1]:5", nil, 200},
		{"local", "192.168.0.9:5", nil, 404}, {"local", "127.0.0.1:5", forwarded, 404},
		{"all", "192.168.0.9:5", nil, 200}, {"off", "127.0.0.1:5", nil, 404},
	} {
		if got := get(m.Handler(c.who), "GET", "/metrics", c.from, c.header).Code; got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestHealth(t *testing.T) {
	h := &obs.Health{Log: slog.New(slog.DiscardHandler)}
	var broken error
	h.Check("database", func(context.Context) error { return broken })
	ready := func() *httptest.ResponseRecorder {
		return get(http.HandlerFunc(h.Ready), "GET", "/readyz", "127.0.0.1:1", nil)
	}
	if w := ready(); w.Code != 503 {
		t.Errorf("before the start: %d", w.Code)
	}
	h.SetReady(true)
	if w := ready(); w.Code != 200 || !strings.Contains(w.Body.String(), `"database":"ok"`) {
		t.Errorf("well: %d %s", w.Code, w.Body)
	}
	broken = errors.New("secret address refused")
	w := ready()
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"database":"down"`) ||
		strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") == "" {
		t.Errorf("broken: %d %s", w.Code, w.Body)
	}
	if w := get(http.HandlerFunc(h.Alive), "GET", "/healthz", "127.0.0.1:1", nil); w.Code != 200 {
		t.Errorf("alive: %d", w.Code)
	}
}
