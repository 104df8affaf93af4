package territory

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/internal/db"
	"beatplan/internal/jobs"
)

// Duty is the longest day of a sample week, from leaving home to coming back.
const Duty = 9 * time.Hour

// Stop is a visit of a sample week.
type Stop struct {
	Point   orb.Point
	Service time.Duration
}

// Week is a sample week as it was driven.
type Week struct {
	Days    int // rounds that it took
	Drive   time.Duration
	Service time.Duration
	Left    int // stops that no day of nine hours reaches
}

// InSampleWeek is how often a customer with so many visits in four weeks is seen
// in the sample week, the first of the four.
func InSampleWeek(visits float64, turn int64) int { return inWeek(visits, turn, 0) }

// inWeek is how often a customer with so many visits in four weeks is seen in one of
// them, 0 to 3: the whole part always, the rest by its turn, so that a quarter of those
// who are seen monthly are due. turn is any number that stays, the customer's id as a
// rule.
func inWeek(visits float64, turn int64, week int) int {
	n := visits / 4
	// The golden ratio deals turns evenly, whatever ids there are.
	const golden = 0.6180339887498949
	place := float64(turn) * golden
	place -= math.Floor(place)
	until := func(w int) float64 { return math.Ceil(n*float64(w) - place) }
	return int(min(until(week+1)-until(week), 5))
}

// DueWeeks are the weeks of four in which a customer is seen, as bits from the lowest.
func DueWeeks(visits float64, turn int64) uint8 {
	var due uint8
	for week := range 4 {
		if inWeek(visits, turn, week) > 0 {
			due |= 1 << week
		}
	}
	return due
}

// Routed is a sample week on the roads, of a plan and of today.
type Routed struct {
	Plan  []RoutedPerson `json:"plan"`
	Today []RoutedPerson `json:"today"`
}

// RoutedPerson is the sample week of one person.
type RoutedPerson struct {
	Person    int64   `json:"person_id"`
	Visits    int     `json:"visits"`
	Days      int     `json:"days"` // rounds of at most nine hours
	Drive     float64 `json:"drive_hours"`
	Hours     float64 `json:"hours"`           // driving and visits
	Estimated float64 `json:"estimated_hours"` // of the same visits, as the plan counts work
	Left      int     `json:"left"`            // visits that no day reaches
	// Inertia is the mean of the squared minutes from the middle of the territory
	// to a visit, by road.
	Inertia float64 `json:"inertia_min2"`
}

// Route begins to drive a sample week of the plan and of today, in the background;
// the result stands in the scenario until an edit. It fails with ErrNoScenario and
// ErrChanged.
func (s *Service) Route(ctx context.Context, c Caller, at At) (jobs.Job, error) {
	d, err := scenario(ctx, s.DB, sqlScenario, c, at.ID)
	if err != nil {
		return jobs.Job{}, err
	}
	if at.Version != 0 && at.Version != d.Version {
		return jobs.Job{}, ErrChanged.With("version", d.Version)
	}
	spec := jobs.Spec{Kind: "territory.route", Owner: c.Person, Title: d.Name}
	return s.Jobs.Start(ctx, spec, func(ctx context.Context, p *jobs.Progress) (any, error) {
		list, err := units(ctx, s.DB, d.ID)
		if err != nil {
			return nil, err
		}
		people, err := s.People.Salespeople(ctx, s.DB, c.Scope)
		if err != nil {
			return nil, fmt.Errorf("salespeople: %w", err)
		}
		out := &Routed{}
		p.Total(2)
		if out.Plan, err = s.weeks(ctx, list, people, planned); err != nil {
			return nil, err
		}
		p.Set(1)
		if out.Today, err = s.weeks(ctx, list, people, today); err != nil {
			return nil, err
		}
		_, err = s.step(ctx, c, At{d.ID, d.Version}, "routed", func(_ db.Tx, d *Scenario) error {
			d.Routed = out
			return nil
		})
		return out, err
	})
}

// weeks drives everybody's sample week. A person without a home starts from the
// customer that is nearest to the middle of the territory.
func (s *Service) weeks(
	ctx context.Context, list []Unit, people []Salesperson, of func(*Unit) int64,
) ([]RoutedPerson, error) {
	mine := map[int64][]*Unit{}
	for i := range list {
		if u := &list[i]; of(u) != 0 {
			mine[of(u)] = append(mine[of(u)], u)
		}
	}
	var out []RoutedPerson
	for _, p := range people {
		if len(mine[p.ID]) == 0 {
			continue
		}
		w, err := s.week(ctx, p, mine[p.ID])
		if err != nil {
			return nil, fmt.Errorf("week of person %d: %w", p.ID, err)
		}
		out = append(out, w)
	}
	return out, nil
}

func (s *Service) week(ctx context.Context, p Salesperson, mine []*Unit) (RoutedPerson, error) {
	out := RoutedPerson{Person: p.ID}
	w, seen, err := s.driven(ctx, p.Home, mine, 0)
	if err != nil || len(seen) == 0 {
		return out, err
	}
	points := make([]orb.Point, len(seen))
	for i, u := range seen {
		points[i] = u.Point
		out.Estimated += u.Minutes / u.Visits / 60
	}
	out.Visits, out.Days, out.Left = len(seen), w.Days, w.Left
	out.Drive, out.Hours = w.Drive.Hours(), (w.Drive + w.Service).Hours()
	if s.Roads == nil {
		return out, nil
	}
	times, err := s.Roads.Times(ctx, []orb.Point{nearestToMiddle(mine)}, points)
	for _, t := range times {
		out.Inertia += float64(t) / 60 * float64(t) / 60 / float64(len(times))
	}
	return out, err
}

// driven drives the visits of a person in one of the four weeks, from home or from the
// customer nearest to the middle of the work. It returns whom they see too.
func (s *Service) driven(
	ctx context.Context, home *orb.Point, mine []*Unit, which int,
) (w Week, seen []*Unit, err error) {
	var stops []Stop
	for _, u := range mine {
		for range inWeek(u.Visits, u.Customer, which) {
			stops = append(stops, Stop{u.Point, time.Duration(u.Service * float64(time.Minute))})
			seen = append(seen, u)
		}
	}
	if len(stops) == 0 {
		return w, nil, nil
	}
	from := nearestToMiddle(mine)
	if home != nil {
		from = *home
	}
	w, err = s.Rounds.Week(ctx, from, stops)
	return w, seen, err
}

// nearestToMiddle is where the customer is who is nearest to the middle of the work.
func nearestToMiddle(mine []*Unit) orb.Point {
	var x, y, sum float64
	for _, u := range mine {
		w := u.Minutes + 1e-9
		x, y, sum = x+w*u.Point[0], y+w*u.Point[1], sum+w
	}
	best, least := mine[0].Point, math.Inf(1)
	for _, u := range mine {
		if d := float64(geodesic.Distance(u.Point, orb.Point{x / sum, y / sum})); d < least {
			best, least = u.Point, d
		}
	}
	return best
}
