package territory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/internal/db"
	"beatplan/internal/jobs"
	"beatplan/territory/district"
)

// roadLimit is the most units for which travel is asked of the roads: beyond, the
// table of times is larger than what it gains.
const roadLimit = 20_000

// ensemble is how many random legal plans a plan is held against, at most.
const ensemble = 200

// Optimise begins to deal the customers of a draft anew, in the background; its
// result is one edit. The job fails with ErrChanged when the scenario is edited
// meanwhile. It fails with ErrNoScenario, ErrChanged and ErrState.
func (s *Service) Optimise(ctx context.Context, c Caller, at At) (jobs.Job, error) {
	d, err := scenario(ctx, s.DB, sqlScenario, c, at.ID)
	switch {
	case err != nil:
		return jobs.Job{}, err
	case d.State != Draft:
		return jobs.Job{}, ErrState.With("state", d.State)
	case at.Version != 0 && at.Version != d.Version:
		return jobs.Job{}, ErrChanged.With("version", d.Version)
	}
	spec := jobs.Spec{Kind: "territory.optimise", Owner: c.Person, Title: d.Name}
	return s.Jobs.Start(ctx, spec, func(ctx context.Context, p *jobs.Progress) (any, error) {
		p.Total(1000)
		proof, err := s.optimise(ctx, c, d, func(q district.Progress) {
			p.Set(int64(1000 * q.Done))
			p.Note(fmt.Sprintf("%s %.1f", q.Step, 100*q.Deviation))
		})
		return proof, err
	})
}

func (s *Service) optimise(
	ctx context.Context, c Caller, d Scenario, tell func(district.Progress),
) (*Proof, error) {
	list, err := units(ctx, s.DB, d.ID)
	if err != nil {
		return nil, err
	}
	in, err := members(ctx, s.DB, d.ID)
	if err != nil {
		return nil, err
	}
	homes, err := s.homes(ctx, c)
	if err != nil {
		return nil, err
	}
	p := s.model(d, list, in)
	if d.FromHome {
		for i, m := range in {
			p.People[i].Home = homes[m.Person]
		}
	}
	if len(p.Units) < len(list) && slices.ContainsFunc(in, func(m Member) bool { return m.Most > 0 }) {
		return nil, ErrInvalid.WithField("base_level", "capacity",
			"Whole areas and a limit of customers cannot be kept together.")
	}
	o := district.Options{Tolerance: d.Tolerance, Budget: d.Budget, SplitPrice: d.SplitPrice,
		Progress: func(q district.Progress) {
			q.Done *= 0.8
			tell(q)
		}}
	if d.ByRoad && s.Roads != nil && len(list) <= roadLimit {
		o.Travel = &byRoad{s.Roads, p.points()}
		if len(p.Units) == len(list) {
			o.Rounds = s.rounds(list)
			if d.Spare && s.Rounds != nil {
				o.Rounds.Drive = s.driver(list, in, homes)
			}
		}
	}
	began := time.Now()
	plan, err := district.Solve(ctx, p.Problem, o)
	road := o.Travel != nil
	if err != nil && road && ctx.Err() == nil {
		// The ground may be off every imported map; by air there is always a plan.
		o.Travel, o.Rounds, road = nil, nil, false
		plan, err = district.Solve(ctx, p.Problem, o)
	}
	if err != nil {
		return nil, err
	}
	proof := &Proof{Cost: plan.Cost, Bound: plan.Bound, Gap: plan.Gap(), Deviation: plan.Deviation,
		Moved: plan.Moved, Binding: plan.Binding, ByRoad: road, Seconds: time.Since(began).Seconds()}
	if n := min(ensemble, 400_000/len(list)); n >= 20 {
		e, err := district.Compare(ctx, p.Problem, plan, n, district.Options{
			Tolerance: d.Tolerance, Progress: func(q district.Progress) {
				q.Done, q.Deviation = 0.8+0.2*q.Done, plan.Deviation
				tell(q)
			}})
		if err != nil {
			return nil, err
		}
		proof.Better, proof.Plans = e.Cost, e.Plans
	}
	_, err = s.change(ctx, c, At{d.ID, d.Version}, "optimised", func(tx db.Tx, d *Scenario) error {
		d.Proof = proof
		return s.edit(ctx, tx, c, d, "optimise", func(list []Unit, in []Member) ([]Member, error) {
			for i := range list {
				if !list[i].Locked {
					list[i].Person = in[plan.Area[p.of[i]]].Person
				}
			}
			return in, nil
		})
	})
	return proof, err
}

// rounds are what the solver shortens: the four weeks of which the sample week is the
// first.
func (s *Service) rounds(list []Unit) *district.Rounds {
	r := &district.Rounds{Longest: Duty.Seconds(),
		Legs: func(ctx context.Context) ([]float32, error) {
			points := pointsOf(list)
			return s.Roads.Times(ctx, points, points)
		}}
	for i := range list {
		r.Due = append(r.Due, DueWeeks(list[i].Visits, list[i].Customer))
		r.Service = append(r.Service, list[i].Service*60)
	}
	return r
}

// homes are where the people whom the caller sees live, if that is known.
func (s *Service) homes(ctx context.Context, c Caller) (map[int64]*orb.Point, error) {
	people, err := s.People.Salespeople(ctx, s.DB, c.Scope)
	if err != nil {
		return nil, fmt.Errorf("salespeople: %w", err)
	}
	out := make(map[int64]*orb.Point, len(people))
	for _, p := range people {
		out[p.ID] = p.Home
	}
	return out, nil
}

// driver drives the weeks of a plan, as the sample week is driven; it returns seconds.
func (s *Service) driver(
	list []Unit, in []Member, homes map[int64]*orb.Point,
) func(ctx context.Context, area []int32, week int) (float64, error) {
	return func(ctx context.Context, area []int32, week int) (took float64, err error) {
		mine := make([][]*Unit, len(in))
		for i := range list {
			mine[area[i]] = append(mine[area[i]], &list[i])
		}
		for k, units := range mine {
			w, _, err := s.driven(ctx, homes[in[k].Person], units, week)
			if err != nil {
				return 0, err
			}
			took += w.Drive.Seconds()
		}
		return took, nil
	}
}

// byRoad asks the roads what centres cost units.
type byRoad struct {
	roads  Roads
	points []orb.Point
}

// Costs returns seconds, unit after unit.
func (b *byRoad) Costs(ctx context.Context, centres []orb.Point) ([]float32, error) {
	rows, err := b.roads.Times(ctx, centres, b.points)
	if err != nil {
		return nil, err
	}
	out := make([]float32, len(rows))
	for i, v := range rows {
		out[i%len(b.points)*len(centres)+i/len(b.points)] = v
	}
	return out, nil
}
