package routing

import (
	"context"
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
)

// Step is a stretch of a leg without a decision in between: one street up to
// the next turn.
type Step struct {
	Street   string
	Duration time.Duration // the turn at its beginning included
	Distance geo.Meters
	Line     orb.LineString
	Turn     int     // degrees at its beginning, right positive; 0 at the departure
	Before   float64 // course on arriving at its beginning
	After    float64 // course on leaving it
}

// sharpTurn is the bend in degrees that is told even where the street keeps its
// name.
const sharpTurn = 50

// Steps divides every leg between snaps into steps. It fails as Through does.
func (e *Engine) Steps(ctx context.Context, snaps []Snap) ([][]Step, error) {
	if len(snaps) < 2 {
		return nil, ErrFewPoints
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	var out [][]Step
	for i, s := range snaps {
		if _, err := e.place(s, i); err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w, ok := e.find(snaps[i-1].place, s.place, true)
		if !ok {
			return nil, ErrUnreachable.With("from", i-1).With("to", i)
		}
		out = append(out, e.steps(snaps[i-1].Point, e.moves(snaps[i-1].place, s.place, w)))
	}
	return out, nil
}

// StepsOf divides the legs of a route that this engine found.
func (e *Engine) StepsOf(r Route) ([][]Step, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	out := make([][]Step, len(r.ways))
	for i, w := range r.ways {
		from, to := r.Snaps[i], r.Snaps[i+1]
		if _, err := e.place(from, i); err != nil {
			return nil, err
		}
		out[i] = e.steps(from.Point, e.moves(from.place, to.place, w))
	}
	return out, nil
}

// steps groups moves.
func (e *Engine) steps(from orb.Point, moves []move) []Step {
	var out []Step
	var sum network.Cost
	at, course := from, 0.0
	for _, m := range moves {
		next := course
		if m.to != at {
			next = geodesic.Bearing(at, m.to)
		}
		turn := int(math.Round(math.Remainder(next-course, 360)))
		cost := m.cost + network.NewCost(m.turn, 0)
		if len(out) == 0 || m.to != at &&
			(m.street != out[len(out)-1].Street || m.bend && max(turn, -turn) >= sharpTurn) {
			if len(out) == 0 {
				turn = 0
			}
			out = append(out, Step{
				Street: m.street, Turn: turn, Before: course, After: next,
				Line: orb.LineString{at},
			})
			sum = 0
		}
		sum += cost
		s := &out[len(out)-1]
		s.Duration, s.Distance = sum.Duration(), sum.Meters()
		if m.to != at {
			s.Line = append(s.Line, m.to)
		}
		at, course = m.to, next
	}
	return out
}
