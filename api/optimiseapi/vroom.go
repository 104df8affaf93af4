package optimiseapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/polyline"
	"beatplan/internal/fail"
	"beatplan/routing/vrp"
	"beatplan/routing/vrp/search"
	"beatplan/routing/vrp/vroom"
)

// vroomTime is what a request of VROOM's protocol may take that says no budget of its
// own.
const vroomTime = time.Second

// VROOM's codes of failure.
const (
	vroomInput   = 2
	vroomRouting = 3
)

// vroomError is a failure in VROOM's form.
type vroomError struct {
	Code  int    `json:"code"`
	Error string `json:"error"`
}

// vroom answers POST /vroom in VROOM's protocol, its errors included.
func (s Surface) vroom(w http.ResponseWriter, r *http.Request) error {
	began := time.Now()
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return writeVROOM(w, http.StatusRequestEntityTooLarge,
			vroomError{vroomInput, "the request is too large"})
	}
	p, names, err := vroom.Parse(data, func(points []vroom.Location) (vrp.Profile, error) {
		return s.profile(r, points)
	})
	if err != nil {
		return writeFault(w, err)
	}
	loaded := time.Now()
	plan, timed := names.Timed(p)
	if !timed {
		threads := min(names.Threads(), runtime.GOMAXPROCS(0)) // more would only keep others waiting
		res, err := search.Solve(r.Context(), p, search.Options{Seed: 1, Threads: threads,
			Time: cmp.Or(names.Budget(vroomTime), vroomTime), Start: names.Start()})
		if err != nil {
			return writeFault(w, err)
		}
		plan = res.Solution
	}
	answer := names.Answer(p, plan)
	if err := names.Trace(&answer, func(places []vroom.Location) (string, error) {
		return s.line(r.Context(), places)
	}); err != nil {
		return writeFault(w, err)
	}
	answer.Summary.ComputingTimes.Loading = int(loaded.Sub(began).Milliseconds())
	answer.Summary.ComputingTimes.Solving = int(time.Since(loaded).Milliseconds())
	return writeVROOM(w, http.StatusOK, answer)
}

// profile asks the roads for the matrix of a request that brings none.
func (s Surface) profile(r *http.Request, points []vroom.Location) (vrp.Profile, error) {
	list := make([]orb.Point, len(points))
	for i, p := range points {
		list[i] = orb.Point(p)
		if !geo.Valid(list[i]) {
			return vrp.Profile{}, errors.New("a location is not a longitude and latitude")
		}
	}
	m, err := s.Roads.Matrix(r.Context(), list, list)
	if err != nil {
		return vrp.Profile{}, err
	}
	for _, fault := range m.SourceFaults {
		if fault != nil {
			return vrp.Profile{}, fault
		}
	}
	return vrp.Profile{Locations: len(list), Duration: m.Seconds, Distance: m.Meters}, nil
}

// line draws the way on the road as an encoded polyline, of five digits.
func (s Surface) line(ctx context.Context, places []vroom.Location) (string, error) {
	points := make([]orb.Point, len(places))
	for i, p := range places {
		points[i] = orb.Point(p)
	}
	line, err := s.Lines.Line(ctx, points)
	return polyline.Encode(line, 1e5), err
}

func writeFault(w http.ResponseWriter, err error) error {
	if refusal := fail.As(err); refusal != nil {
		return writeVROOM(w, http.StatusBadRequest, vroomError{vroomRouting, refusal.Message})
	}
	return writeVROOM(w, http.StatusBadRequest, vroomError{vroomInput, err.Error()})
}

func writeVROOM(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader is gone
	return nil
}
