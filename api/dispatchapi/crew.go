package dispatchapi

import (
	"context"
	"maps"
	"time"

	"beatplan/geo/track"
	"beatplan/internal/scope"
	"beatplan/routing/dispatch"
)

// crew gathers who may be sent, as far as one question asks for people.
type crew struct {
	s         Surface
	sc        scope.Scope
	positions map[int64]track.Position
	people    map[int64]Person
	tasks     map[int64]Task
}

func newCrew(s Surface, sc scope.Scope) *crew {
	return &crew{s, sc, map[int64]track.Position{}, map[int64]Person{}, map[int64]Task{}}
}

// among ranks everybody in scope.
func (c *crew) among(ctx context.Context, q dispatch.Question) (dispatch.Answer, error) {
	all, err := c.s.Positions.Positions(ctx, c.sc)
	if err != nil {
		return dispatch.Answer{}, err
	}
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.Person
	}
	known, err := c.known(ctx, ids)
	if err != nil {
		return dispatch.Answer{}, err
	}
	var candidates []dispatch.Candidate
	for _, p := range all {
		if one, ok := known[p.Person]; ok {
			candidates = append(candidates, one)
		}
	}
	return dispatch.Nearest(ctx, c.s.Roads, q, candidates)
}

// known returns who of the ids is on duty in scope and can be sent.
func (c *crew) known(ctx context.Context, ids []int64) (map[int64]dispatch.Candidate, error) {
	var asked []int64
	for _, id := range ids {
		if p, ok := c.s.Positions.Position(id); ok && p.OnDuty && c.sc.Has(id) {
			c.positions[id] = p
			asked = append(asked, id)
		}
	}
	out := map[int64]dispatch.Candidate{}
	if len(asked) == 0 {
		return out, nil
	}
	people, err := c.s.People.Sendable(ctx, c.sc, asked)
	if err != nil {
		return nil, err
	}
	tasks, err := c.s.Tasks.Tasks(ctx, asked)
	if err != nil {
		return nil, err
	}
	maps.Copy(c.people, people)
	maps.Copy(c.tasks, tasks)
	for _, id := range asked {
		if who, ok := people[id]; ok {
			p := c.positions[id]
			out[id] = dispatch.Candidate{Person: id, Position: p.Position, At: p.At,
				Busy: tasks[id].Rest, Until: c.s.shiftEnd(who)}
		}
	}
	return out, nil
}

// shiftEnd is when the person's shift of today ends; zero when it has: who stays on
// duty longer than that has decided to.
func (s Surface) shiftEnd(p Person) time.Time {
	now := s.Now().In(s.Zone)
	y, m, d := now.Date()
	end := time.Date(y, m, d, 0, p.ShiftEnd, 0, 0, s.Zone)
	if !end.After(now) {
		return time.Time{}
	}
	return end
}
