package dispatchapi

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"beatplan/geo/track"
	"beatplan/internal/scope"
	"beatplan/routing/dispatch"
)

// crew gathers who may be sent, as far as one question asks for people, and why those
// who were asked for and may not be are left out.
type crew struct {
	s         Surface
	sc        scope.Scope
	skill     string // that whoever goes must have; "" none
	positions map[int64]track.Position
	people    map[int64]Person
	whole     bool // people holds everybody in scope
	tasks     map[int64]Task
	missing   []int64 // whose position may not be used, or is not known
	unskilled []int64
}

// The reasons why somebody is left out before roads are asked.
const (
	offDuty    = "off_duty"
	noConsent  = "no_consent"  // on duty, and did not agree to being located
	noPosition = "no_position" // on duty and agreed; no position came yet
	lacksSkill = "lacks_skill"
)

func newCrew(s Surface, sc scope.Scope, skill string) *crew {
	return &crew{s: s, sc: sc, skill: skill, positions: map[int64]track.Position{},
		people: map[int64]Person{}, tasks: map[int64]Task{}}
}

// among ranks everybody in scope.
func (c *crew) among(ctx context.Context, q dispatch.Question) (dispatch.Answer, error) {
	all, err := c.s.People.Team(ctx, c.sc)
	if err != nil {
		return dispatch.Answer{}, err
	}
	c.people, c.whole = all, true
	ids := slices.Sorted(maps.Keys(all))
	known, err := c.known(ctx, ids)
	if err != nil {
		return dispatch.Answer{}, err
	}
	var candidates []dispatch.Candidate
	for _, id := range ids {
		if one, ok := known[id]; ok {
			candidates = append(candidates, one)
		}
	}
	return dispatch.Nearest(ctx, c.s.Roads, q, candidates)
}

// known returns who of the ids is on duty in scope, can be sent, and has the skill.
func (c *crew) known(ctx context.Context, ids []int64) (map[int64]dispatch.Candidate, error) {
	out := map[int64]dispatch.Candidate{}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return !c.sc.Has(id) })
	if len(ids) == 0 {
		return out, nil
	}
	if !c.whole {
		people, err := c.s.People.Sendable(ctx, c.sc, ids)
		if err != nil {
			return nil, err
		}
		maps.Copy(c.people, people)
	}
	var asked []int64
	for _, id := range ids {
		if _, sendable := c.people[id]; !sendable {
			continue
		}
		if p, ok := c.s.Positions.Position(id); ok && p.OnDuty {
			c.positions[id] = p
			asked = append(asked, id)
		} else {
			c.missing = append(c.missing, id)
		}
	}
	asked, err := c.skilled(ctx, asked)
	if err != nil || len(asked) == 0 {
		return out, err
	}
	tasks, err := c.s.Tasks.Tasks(ctx, asked)
	if err != nil {
		return nil, err
	}
	maps.Copy(c.tasks, tasks)
	for _, id := range asked {
		p := c.positions[id]
		out[id] = dispatch.Candidate{Person: id, Position: p.Position, At: p.At,
			Busy: tasks[id].Rest, Until: c.s.shiftEnd(c.people[id])}
	}
	return out, nil
}

// skilled keeps those who have the skill that is asked for.
func (c *crew) skilled(ctx context.Context, ids []int64) ([]int64, error) {
	if c.skill == "" || len(ids) == 0 {
		return ids, nil
	}
	have, err := c.s.Skills.Skilled(ctx, c.skill, ids)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, id := range ids {
		if have[id] {
			out = append(out, id)
		} else {
			c.unskilled = append(c.unskilled, id)
		}
	}
	return out, nil
}

// leftOut tells of at most so many who were left out before roads were asked why that
// was, by reason. Where somebody is whose position may not be used is not told.
func (c *crew) leftOut(ctx context.Context, most int) ([]NearestPerson, error) {
	missing := c.missing[:min(most, len(c.missing))]
	absent, err := c.s.Absences.Absent(ctx, missing)
	if err != nil {
		return nil, err
	}
	var out []NearestPerson
	add := func(id int64, why string) {
		who := c.people[id]
		out = append(out, NearestPerson{PersonID: id, Name: who.Name, TeamName: who.Team,
			Phone: who.Phone, ColorIndex: who.ColorIndex, Reason: &why})
	}
	for _, id := range c.unskilled {
		add(id, lacksSkill)
		p, row := c.positions[id], &out[len(out)-1]
		age := int(p.Age.Seconds())
		row.Position, row.FixAt, row.FixAgeS = &p.Position, &p.At, &age
		row.AccuracyM, row.Fresh = p.AccuracyM, p.Fresh
	}
	for _, id := range missing {
		switch a := absent[id]; {
		case !a.OnDuty:
			add(id, offDuty)
		case !a.Agreed:
			add(id, noConsent)
		default:
			add(id, noPosition)
		}
	}
	slices.SortStableFunc(out, func(a, b NearestPerson) int {
		return cmp.Or(cmp.Compare(*a.Reason, *b.Reason), cmp.Compare(a.PersonID, b.PersonID))
	})
	return out[:min(most, len(out))], nil
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
