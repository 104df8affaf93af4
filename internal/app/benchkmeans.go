package app

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing"
	"beatplan/territory"
	"beatplan/territory/check"
	"beatplan/territory/district"
)

// week is a plan's sample week, everybody's together.
type week struct {
	drive, longest time.Duration // all driving; the busiest person's driving and visits
	days           int
}

// drivenWeek drives the sample week of a plan, everybody from the customer that is
// nearest to the middle of their work.
func drivenWeek(
	ctx context.Context, p *district.Problem, area []int32, roads routing.Matrices,
) (week, error) {
	return drivenIn(ctx, p, area, roads, 0)
}

// drivenIn drives one of the four weeks.
func drivenIn(
	ctx context.Context, p *district.Problem, area []int32, roads routing.Matrices, which int,
) (week, error) {
	var out week
	for person := range p.People {
		var stops []territory.Stop
		home := homeOf(p, area, int32(person))
		for i, u := range p.Units {
			if area[i] != int32(person) {
				continue
			}
			if territory.DueWeeks(u.Loads[1], int64(i))&(1<<which) != 0 {
				service := time.Duration(u.Loads[0] / u.Loads[1] * float64(time.Minute))
				stops = append(stops, territory.Stop{Point: u.Point, Service: service})
			}
		}
		w, err := rounds{roads}.Week(ctx, home, stops)
		if err != nil {
			return out, err
		}
		out.drive += w.Drive
		out.days += w.Days
		out.longest = max(out.longest, w.Drive+w.Service)
	}
	return out, nil
}

func homeOf(p *district.Problem, area []int32, person int32) orb.Point {
	var x, y, sum float64
	for i, u := range p.Units {
		if area[i] == person {
			w := u.Loads[0]
			x, y, sum = x+w*u.Point[0], y+w*u.Point[1], sum+w
		}
	}
	middle := orb.Point{x / sum, y / sum}
	squeeze := math.Cos(middle[1] * math.Pi / 180)
	best, least := orb.Point{}, math.Inf(1)
	for i, u := range p.Units {
		dx, dy := (u.Point[0]-middle[0])*squeeze, u.Point[1]-middle[1]
		if d := dx*dx + dy*dy; area[i] == person && d < least {
			best, least = u.Point, d
		}
	}
	return best
}

// fromCentres is the travel of the solver over a table of times.
type fromCentres struct {
	roads  roadTimes
	points []orb.Point
}

// Costs returns seconds, unit after unit.
func (t fromCentres) Costs(ctx context.Context, centres []orb.Point) ([]float32, error) {
	return t.roads.Times(ctx, t.points, centres)
}

// benchAgainstMeans compares our plans with k-means and nearest on real ground:
// deviation, and the driving of a routed sample week. There are two plans of ours, both
// with a tolerance of 5 %: the even one, and "sparing", whose tolerance gives way where
// evenness costs more driving than k-means.
func benchAgainstMeans(ctx context.Context, extract, shared string, out io.Writer) error {
	grounds, err := benchGrounds(ctx, extract, shared)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "beatplan-grounds")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // best effort
	for i := range grounds {
		if err := benchGroundAgainst(ctx, &grounds[i], dir, out); err != nil {
			return fmt.Errorf("%s: %w", grounds[i].name, err)
		}
	}
	return nil
}

func benchGroundAgainst(ctx context.Context, g *benchGround, dir string, out io.Writer) error {
	roads, done, err := g.matrices(ctx, dir)
	if err != nil {
		return err
	}
	defer done()
	p := g.problem()
	plain := district.Nearest(g.points, g.persons)
	theirs, err := drivenWeek(ctx, p, plain, roads)
	if err != nil {
		return err
	}
	head := "terr_vs_kmeans_" + g.name
	uneven := check.Deviation(checked(p, district.Plan{Area: plain}))
	fmt.Fprintf(out, "%s_dev_kmeans_pct %.2f %%\n", head, 100*uneven)
	fmt.Fprintf(out, "%s_drive_kmeans_h %.2f h\n", head, theirs.drive.Hours())
	for _, plan := range []struct {
		name   string
		rounds *district.Rounds
	}{{"", g.rounds(p, roads)}, {"_sparing", g.sparing(p, roads)}} {
		solved, err := district.Solve(ctx, p, district.Options{Tolerance: 0.05,
			Travel: fromCentres{roadTimes{roads}, g.points}, Rounds: plan.rounds})
		if err != nil {
			return err
		}
		ours, err := drivenWeek(ctx, p, solved.Area, roads)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s%s_dev_pct %.2f %%\n", head, plan.name,
			100*check.Deviation(checked(p, solved)))
		fmt.Fprintf(out, "%s%s_drive_h %.2f h\n", head, plan.name, ours.drive.Hours())
		fmt.Fprintf(out, "%s%s_drive_ratio %.3f of_kmeans\n", head, plan.name,
			float64(ours.drive)/float64(theirs.drive))
		fmt.Fprintf(out, "%s%s_longest_week_ratio %.3f of_kmeans\n", head, plan.name,
			float64(ours.longest)/float64(theirs.longest))
	}
	return nil
}

// rounds are the four weeks that a plan shortens; the first is driven.
func (g *benchGround) rounds(p *district.Problem, roads routing.Matrices) *district.Rounds {
	r := &district.Rounds{Longest: territory.Duty.Seconds(),
		Legs: func(ctx context.Context) ([]float32, error) {
			return roadTimes{roads}.Times(ctx, g.points, g.points)
		}}
	for i, u := range p.Units {
		r.Due = append(r.Due, territory.DueWeeks(u.Loads[1], int64(i)))
		r.Service = append(r.Service, 60*u.Loads[0]/u.Loads[1])
	}
	return r
}

// sparing are the rounds of plans that drive no more than everybody to the nearest.
func (g *benchGround) sparing(p *district.Problem, roads routing.Matrices) *district.Rounds {
	r := g.rounds(p, roads)
	r.Drive = func(ctx context.Context, area []int32, week int) (float64, error) {
		w, err := drivenIn(ctx, p, area, roads, week)
		return w.drive.Seconds(), err
	}
	return r
}
