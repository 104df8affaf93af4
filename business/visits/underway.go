package visits

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
)

// Stay is when a driven stop was really begun and left.
type Stay struct{ In, Out time.Time }

const sqlStays = `
select stop_id, in_at, out_at from visits.visit
where stop_id = any(@stops) and state in ('open', 'pending', 'valid')
order by in_at`

// stays returns how long the person was at each driven stop, by stop. A visit
// that is still open ends after its planned time, at the earliest now.
func (s *Service) stays(ctx context.Context, items []Item) (map[int64]Stay, error) {
	service := map[int64]time.Duration{}
	var ids []int64
	for _, it := range items {
		if it.Driven() && it.ID != 0 {
			ids, service[it.ID] = append(ids, it.ID), it.Site.Service
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.DB.Query(ctx, sqlStays, pgx.NamedArgs{"stops": ids})
	if err != nil {
		return nil, fmt.Errorf("read stays: %w", err)
	}
	found := map[int64]Stay{}
	var stop int64
	var in time.Time
	var out *time.Time
	_, err = pgx.ForEachRow(rows, []any{&stop, &in, &out}, func() error {
		stay := Stay{In: in}
		if out != nil {
			stay.Out = *out
		} else {
			stay.Out = later(in.Add(service[stop]), s.minute())
		}
		found[stop] = stay
		return nil
	})
	return found, err
}

// minute is now to the minute, so that a plan made of it can be remembered.
func (s *Service) minute() time.Time { return s.Clock.Now().Truncate(time.Minute) }

// startNow is the instant before which nothing of the day can happen any more:
// now for today, nothing for other days.
func (s *Service) startNow(d business.Date) time.Time {
	if d != s.Today() {
		return time.Time{}
	}
	return s.minute()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// solver times or orders the tasks of a problem.
type solver func(ctx context.Context, p Problem) (Plan, error)

// underway plans a day that has begun: the driven stops keep the times at which
// they were really made, and the rest is planned from where and when the last
// of them was left, never in the past. On a day that has not begun it only keeps
// the start from lying before now.
func (s *Service) underway(ctx context.Context, p Problem, solve solver) (Plan, error) {
	if p.Driven == 0 || len(p.Stays) < p.Driven {
		if !p.Now.IsZero() && p.Now.After(p.Shift.Open) && p.Now.Before(p.Shift.Close) {
			p.Shift.Open = p.Now
		}
		return solve(ctx, p)
	}
	head, err := s.Planner.Evaluate(ctx, p.driven())
	if err != nil {
		return Plan{}, err
	}
	if p.Driven == len(p.Tasks) {
		solve = s.Planner.Evaluate // nothing is left to be ordered, only the way to the end
	}
	rest, err := solve(ctx, p.remaining())
	if err != nil {
		return Plan{}, err
	}
	return joined(p, head, rest), nil
}

// driven is the part of the problem that is over, in three days of time: only its
// ways are asked for.
func (p Problem) driven() Problem {
	h := Problem{Start: p.Start, Shift: Window{
		p.Shift.Open.AddDate(0, 0, -1), p.Shift.Open.AddDate(0, 0, 2),
	}}
	for _, t := range p.Tasks[:p.Driven] {
		h.Tasks = append(h.Tasks, Task{ID: t.ID, Point: t.Point, Service: t.Service})
	}
	return h
}

// remaining is the part that is still to come.
func (p Problem) remaining() Problem {
	last := p.Tasks[p.Driven-1].Point
	r := Problem{Start: &last, End: p.End, Shift: p.Shift}
	r.Shift.Open = p.Stays[p.Driven-1].Out
	r.Shift.Close = later(r.Shift.Close, r.Shift.Open.Add(time.Minute))
	for _, t := range p.Tasks[p.Driven:] {
		if t.Position != nil {
			at := *t.Position - p.Driven
			t.Position = &at
		}
		if !p.Now.IsZero() {
			t.Windows = notBefore(t.Windows, p.Now, r.Shift.Close)
		}
		r.Tasks = append(r.Tasks, t)
	}
	return r
}

// notBefore cuts off what of the windows is past. A window that is past entirely
// stays as an instant, so that missing it shows.
func notBefore(windows []Window, now, end time.Time) []Window {
	if len(windows) == 0 {
		return []Window{{now, later(end, now).AddDate(0, 0, 1)}}
	}
	out := slices.Clone(windows)
	for i, w := range out {
		if out[i].Open = later(w.Open, now); out[i].Open.After(w.Close) {
			out[i].Open = w.Close
		}
	}
	return out
}

// joined puts the two parts together again.
func joined(p Problem, head, rest Plan) Plan {
	out := rest
	out.Stops = make([]Timed, 0, len(head.Stops)+len(rest.Stops))
	on := time.Duration(0)
	for i, t := range head.Stops {
		stay := p.Stays[i]
		t.Arrive, t.Begin, t.Depart, t.Wait = stay.In, stay.In, stay.Out, 0
		on += stay.Out.Sub(stay.In)
		out.Stops = append(out.Stops, t)
	}
	for _, t := range rest.Stops {
		if t.Arrive.Before(p.Now) { // still on the way: not there before now
			t.Arrive, t.Wait = t.Begin, 0
		}
		out.Stops = append(out.Stops, t)
	}
	out.Totals.Drive += head.Totals.Drive
	out.Totals.Distance += head.Totals.Distance
	out.Totals.Service += on
	out.Totals.Start = out.Stops[0].Arrive.Add(-out.Stops[0].Leg.Duration)
	return out
}
