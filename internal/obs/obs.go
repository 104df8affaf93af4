// Package obs makes a running server observable: logs, metrics, health.
package obs

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Logger writes text or JSON lines from a level on: debug, info, warn or error.
func Logger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: %w", level, err)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, fmt.Errorf("log format %q is neither text nor json", format)
}

// Metrics is a Prometheus registry with the process's, the runtime's and the
// HTTP server's metrics. Others register theirs in Registry.
type Metrics struct {
	Registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewMetrics makes an empty registry of its own.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "beatplan_http_requests_total",
			Help: "Requests that were answered, by route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "beatplan_http_request_seconds",
			Help:    "Time from the request to the end of its answer, by route.",
			Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "beatplan_http_requests_in_flight",
			Help: "Requests that are being answered, event streams included.",
		}),
	}
	m.Registry.MustRegister(m.requests, m.seconds, m.inFlight,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Gauge registers a value that is read when the metrics are.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.Registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Counter registers a count that only grows and is read when the metrics are.
func (m *Metrics) Counter(name, help string, read func() float64) {
	m.Registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: name, Help: help}, read))
}

// HTTP counts and times requests. The route is asked for after the answer; it
// must be a pattern and never an address, or the metrics grow without bound.
func (m *Metrics) HTTP(route func(*http.Request) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin := time.Now()
			m.inFlight.Inc()
			status := &statusWriter{ResponseWriter: w}
			defer func() {
				m.inFlight.Dec()
				method, pattern := known(r.Method), route(r)
				m.requests.WithLabelValues(method, pattern, strconv.Itoa(status.code())).Inc()
				m.seconds.WithLabelValues(method, pattern).Observe(time.Since(begin).Seconds())
			}()
			next.ServeHTTP(status, r)
		})
	}
}

// Route returns what counts and times the answers of one route where [Metrics.HTTP]
// is not around it. The counters are found once, not for each answer.
func (m *Metrics) Route(method, route string) func(status int, took time.Duration) {
	seconds := m.seconds.WithLabelValues(method, route)
	counters := map[int]prometheus.Counter{}
	for _, status := range []int{http.StatusOK, http.StatusNoContent, http.StatusNotModified} {
		counters[status] = m.requests.WithLabelValues(method, route, strconv.Itoa(status))
	}
	return func(status int, took time.Duration) {
		counter := counters[status]
		if counter == nil {
			counter = m.requests.WithLabelValues(method, route, strconv.Itoa(status))
		}
		counter.Inc()
		seconds.Observe(took.Seconds())
	}
}

// known keeps made-up methods out of the labels.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// Handler serves the metrics: to "local" callers only, to "all", or ("off") to
// nobody.
func (m *Metrics) Handler(who string) http.Handler {
	h := promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who == "off" || who == "local" && !fromHere(r) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	// A proxy on this machine forwards strangers.
	return err == nil && ip.Unmap().IsLoopback() && r.Header.Get("X-Forwarded-For") == "" &&
		r.Header.Get("Forwarded") == ""
}

// statusWriter remembers the status; Unwrap keeps flushing and deadlines.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the first final status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
