package trackapi

import (
	"math"
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
// bearer token. It has a short lane: see [api.Lane].
const nearestPath = "/v1/nearest-positions"

const mostNear = 100

// ErrNoPlace is the refusal of a question without a place.
var ErrNoPlace = fail.New(fail.Malformed, "track.no_place",
	"Say where: a longitude and a latitude, and a limit of at most 100.")

// nearby answers who is near through the air. Safe for concurrent use.
type nearby struct {
	live *track.Live
	now  func() time.Time
	room sync.Pool // of *scratch
}

// scratch is the room of one answer.
type scratch struct {
	near []track.Near
	text []byte
}

var jsonType = []string{"application/json"} // shared by all answers

// wholeAnswer is how long an answer can be for net/http to say its length by itself.
const wholeAnswer = 2000

// answer writes who is near for a caller, and returns the status; 0 having written
// nothing when the question cannot be read.
func (n *nearby) answer(w http.ResponseWriter, r *http.Request, c api.Caller) int {
	p, limit, ok := readNear(r.URL.RawQuery)
	if !ok || r.URL.Path != nearestPath {
		return 0
	}
	s, _ := n.room.Get().(*scratch)
	if s == nil {
		s = &scratch{near: make([]track.Near, 0, mostNear+1)}
	}
	defer n.room.Put(s)
	s.near = n.live.Nearest(s.near[:0], p, track.Search{Limit: limit, OnDuty: true, Only: &c.Scope})
	s.text = appendNear(s.text[:0], s.near, n.now())
	h := w.Header()
	h["Content-Type"] = jsonType
	if len(s.text) > wholeAnswer {
		h["Content-Length"] = []string{strconv.Itoa(len(s.text))}
	}
	_, _ = w.Write(s.text) // the reader is gone
	return http.StatusOK
}

// readNear reads the query without making a map of it.
func readNear(query string) (p orb.Point, limit int, ok bool) {
	limit = 10
	var lon, lat bool
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		var err error
		switch name {
		case "lon":
			p[0], err = strconv.ParseFloat(value, 64)
			lon = true
		case "lat":
			p[1], err = strconv.ParseFloat(value, 64)
			lat = true
		case "limit":
			limit, err = strconv.Atoi(value)
		}
		if err != nil {
			return p, 0, false
		}
	}
	return p, limit, lon && lat && geo.Valid(p) && limit > 0 && limit <= mostNear
}

// appendNear writes the answer: age and accuracy travel with every position.
func appendNear(b []byte, near []track.Near, now time.Time) []byte {
	b = append(b, '[')
	for i := range near {
		one := &near[i].Value
		if i > 0 {
			b = append(b, ',')
		}
		age := max(0, now.Sub(one.At))
		b = append(b, `{"person_id":`...)
		b = strconv.AppendInt(b, one.Person, 10)
		b = append(b, `,"position":[`...)
		b = appendDecimal(b, one.Position[0], 7)
		b = append(b, ',')
		b = appendDecimal(b, one.Position[1], 7)
		b = append(b, `],"distance_m":`...)
		b = strconv.AppendInt(b, int64(near[i].Distance), 10)
		b = append(b, `,"age_s":`...)
		b = strconv.AppendInt(b, int64(age/time.Second), 10)
		b = append(b, `,"fresh":`...)
		b = strconv.AppendBool(b, age <= track.FreshFor)
		b = append(b, `,"accuracy_m":`...)
		if one.AccuracyM == nil {
			b = append(b, "null}"...)
			continue
		}
		b = appendDecimal(b, float64(*one.AccuracyM), 1)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendDecimal writes a number of at most 1e9 to so many places, without zeros at the
// end: positions are kept to 1e-7 degrees, and the general way takes ten times as long.
func appendDecimal(b []byte, v float64, places int) []byte {
	scale := int64(1)
	for range places {
		scale *= 10
	}
	n := int64(math.Round(v * float64(scale)))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/scale, 10)
	rest := n % scale
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for rest > 0 {
		scale /= 10
		b = append(b, '0'+byte(rest/scale))
		rest %= scale
	}
	return b
}

// mountNearest registers the route and its lane.
func (s Surface) mountNearest(a *api.API) {
	n := &nearby{live: s.Live, now: s.Now}
	a.Hot(http.MethodGet, nearestPath, business.PositionsRead,
		func(w http.ResponseWriter, r *http.Request) error {
			if n.answer(w, r, api.CallerOf(r.Context())) == 0 {
				return ErrNoPlace
			}
			return nil
		})
	a.Short(api.Lane{Pattern: nearestPath, Prefix: nearestPath,
		Permission: business.PositionsRead, Answer: n.answer})
	a.Describe(&huma.Operation{
		OperationID: "list-nearest-positions", Method: http.MethodGet, Path: nearestPath,
		Tags: []string{"Positions"}, Summary: "List who is near through the air, fast",
		Description: "Parameters: lon, lat, limit (1 to 100, 10 by default). People on duty within the scope, " +
			"the nearest first; age and accuracy say how old and how sure a position is. By road: " +
			"GET /v1/nearest-people.",
		Responses: map[string]*huma.Response{"200": {Description: "The people"}},
	})
}
