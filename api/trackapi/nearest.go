package trackapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/track"
	"beatplan/internal/fail"
)

// nearestPath answers who is near through the air, for programs that ask
// thousands of times a second: GET ?lon=&lat=&limit=, with a session's cookie or a
// bearer token. [Lean] goes past the router and its bookkeeping; permission and scope hold
// as everywhere, looked up once in callerFor.
const nearestPath = "/v1/nearest-positions"

const (
	callerFor   = 2 * time.Second // that a token need not be looked up again
	manyCallers = 10_000
	mostNear    = 100
)

// ErrNoPlace is the refusal of a question without a place.
var ErrNoPlace = fail.New(fail.Malformed, "track.no_place",
	"Say where: a longitude and a latitude, and a limit of at most 100.")

// Lean answers who is near through the air before the router sees the request.
// Safe for concurrent use.
type Lean struct {
	live     *track.Live
	sessions api.Sessions
	now      func() time.Time
	rest     http.Handler // answers everything else, and every refusal

	mu      sync.RWMutex
	callers map[api.Credential]seen
	found   sync.Pool // of *scratch
}

type seen struct {
	caller api.Caller
	until  time.Time
}

type scratch struct {
	near []track.Near
	text []byte
}

// NewLean returns the handler in front of rest.
func NewLean(s Surface, sessions api.Sessions, rest http.Handler) *Lean {
	n := &Lean{live: s.Live, sessions: sessions, now: s.Now, rest: rest,
		callers: map[api.Credential]seen{}}
	n.found.New = func() any { return &scratch{} }
	return n
}

// ServeHTTP answers who is near, or hands the request on.
func (n *Lean) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != nearestPath || r.Method != http.MethodGet {
		n.rest.ServeHTTP(w, r)
		return
	}
	cred, ok := credential(r)
	caller, known := n.caller(r.Context(), cred)
	p, limit, good := readNear(r.URL.RawQuery)
	if !ok || !known || !good || !caller.May(business.PositionsRead) {
		n.rest.ServeHTTP(w, r) // which says in full what is wrong
		return
	}
	s := n.found.Get().(*scratch)
	s.near = n.live.Nearest(s.near[:0], p, track.Search{
		Limit: limit, OnDuty: true, Only: &caller.Scope})
	s.text = appendNear(s.text[:0], s.near, n.now())
	w.Header()["Content-Type"] = []string{"application/json"}
	_, _ = w.Write(s.text) // the reader is gone
	n.found.Put(s)
}

// credential is the request's token, of whichever kind.
func credential(r *http.Request) (api.Credential, bool) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return api.Credential{Token: token, Bearer: true}, true
	}
	for _, name := range []string{"beatplan", "__Host-beatplan"} {
		if c, err := r.Cookie(name); err == nil {
			return api.Credential{Token: c.Value}, true
		}
	}
	return api.Credential{}, false
}

// caller is who carries the token, if anybody.
func (n *Lean) caller(ctx context.Context, cred api.Credential) (api.Caller, bool) {
	now := time.Now()
	n.mu.RLock()
	c, ok := n.callers[cred]
	n.mu.RUnlock()
	if ok && now.Before(c.until) {
		return c.caller, true
	}
	caller, err := n.sessions.Caller(ctx, cred)
	if err != nil {
		return caller, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.callers) >= manyCallers {
		clear(n.callers)
	}
	n.callers[cred] = seen{caller, now.Add(callerFor)}
	return caller, true
}

// readNear reads the query without making a map of it.
func readNear(query string) (p orb.Point, limit int, ok bool) {
	limit = 10
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		var err error
		switch name {
		case "lon":
			p[0], err = strconv.ParseFloat(value, 64)
		case "lat":
			p[1], err = strconv.ParseFloat(value, 64)
		case "limit":
			limit, err = strconv.Atoi(value)
		}
		if err != nil {
			return p, 0, false
		}
	}
	return p, limit, geo.Valid(p) && p != (orb.Point{}) && limit > 0 && limit <= mostNear
}

// appendNear writes the answer: age and accuracy travel with every position.
func appendNear(b []byte, near []track.Near, now time.Time) []byte {
	b = append(b, '[')
	for i, one := range near {
		if i > 0 {
			b = append(b, ',')
		}
		age := max(0, now.Sub(one.Value.At))
		b = append(b, `{"person_id":`...)
		b = strconv.AppendInt(b, one.Value.Person, 10)
		b = append(b, `,"position":[`...)
		b = strconv.AppendFloat(b, one.Value.Position[0], 'f', -1, 64)
		b = append(b, ',')
		b = strconv.AppendFloat(b, one.Value.Position[1], 'f', -1, 64)
		b = append(b, `],"distance_m":`...)
		b = strconv.AppendInt(b, int64(one.Distance), 10)
		b = append(b, `,"age_s":`...)
		b = strconv.AppendInt(b, int64(age.Seconds()), 10)
		b = append(b, `,"fresh":`...)
		b = strconv.AppendBool(b, age <= track.FreshFor)
		b = append(b, `,"accuracy_m":`...)
		if one.Value.AccuracyM == nil {
			b = append(b, "null}"...)
			continue
		}
		b = strconv.AppendFloat(b, float64(*one.Value.AccuracyM), 'f', 1, 32)
		b = append(b, '}')
	}
	return append(b, ']')
}

// mountNearest registers the route that answers what the lean handler does not:
// cookies, refusals, the description.
func (s Surface) mountNearest(a *api.API) {
	a.Plain(http.MethodGet, nearestPath, business.PositionsRead,
		func(w http.ResponseWriter, r *http.Request) error {
			p, limit, ok := readNear(r.URL.RawQuery)
			if !ok {
				return ErrNoPlace
			}
			sc := api.Scope(r.Context())
			near := s.Live.Nearest(nil, p, track.Search{Limit: limit, OnDuty: true, Only: &sc})
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(appendNear(nil, near, s.Now())) // the reader is gone
			return nil
		})
	a.Describe(&huma.Operation{
		OperationID: "list-nearest-positions", Method: http.MethodGet, Path: nearestPath,
		Tags: []string{"Positions"}, Summary: "List who is near through the air, fast",
		Description: "Parameters: lon, lat, limit (1 to 100, 10 by default). People on duty within the scope, " +
			"the nearest first; age and accuracy say how old and how sure a position is. By road: " +
			"GET /v1/nearest-people.",
		Responses: map[string]*huma.Response{"200": {Description: "The people"}},
	})
}
