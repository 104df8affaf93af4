package app

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing"
	"beatplan/territory"
	"beatplan/territory/check"
	"beatplan/territory/district"
)

// kmeans is what plans are compared with: the best of ten runs of Lloyd's
// algorithm from k-means++ seeds, and everybody to the nearest middle.
func kmeans(points []orb.Point, k int) []int32 {
	var lat float64
	for _, p := range points {
		lat += p[1] / float64(len(points))
	}
	squeeze := math.Cos(lat * math.Pi / 180)
	flat := make([]orb.Point, len(points))
	for i, p := range points {
		flat[i] = orb.Point{p[0] * squeeze, p[1]}
	}
	rng := rand.New(rand.NewPCG(3, 14))
	var best []int32
	least := math.Inf(1)
	for range 10 {
		middles := seeds(flat, k, rng)
		area, cost := lloyd(flat, middles)
		if cost < least {
			best, least = area, cost
		}
	}
	return best
}

func apart(a, b orb.Point) float64 {
	return (a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1])
}

// seeds are k-means++: each far from those before, by chance.
func seeds(points []orb.Point, k int, rng *rand.Rand) []orb.Point {
	out := []orb.Point{points[rng.IntN(len(points))]}
	near := make([]float64, len(points))
	for i := range near {
		near[i] = math.Inf(1)
	}
	for len(out) < k {
		var sum float64
		for i, p := range points {
			near[i] = math.Min(near[i], apart(p, out[len(out)-1]))
			sum += near[i]
		}
		at, i := rng.Float64()*sum, 0
		for ; i < len(points)-1 && at > near[i]; i++ {
			at -= near[i]
		}
		out = append(out, points[i])
	}
	return out
}

func lloyd(points, middles []orb.Point) (area []int32, cost float64) {
	area = make([]int32, len(points))
	for range 100 {
		cost = 0
		sums := make([][3]float64, len(middles))
		changed := false
		for i, p := range points {
			best, least := 0, math.Inf(1)
			for m := range middles {
				if d := apart(p, middles[m]); d < least {
					best, least = m, d
				}
			}
			changed = changed || area[i] != int32(best)
			area[i] = int32(best)
			cost += least
			s := &sums[best]
			s[0], s[1], s[2] = s[0]+p[0], s[1]+p[1], s[2]+1
		}
		for m, s := range sums {
			if s[2] > 0 {
				middles[m] = orb.Point{s[0] / s[2], s[1] / s[2]}
			}
		}
		if !changed {
			break
		}
	}
	return area, cost
}

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
	var out week
	for person := range p.People {
		var stops []territory.Stop
		home := homeOf(p, area, int32(person))
		for i, u := range p.Units {
			if area[i] != int32(person) {
				continue
			}
			for range territory.InSampleWeek(u.Loads[1], int64(i)) {
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
// deviation, and the driving of a routed sample week. There are two plans of ours: the
// even one, and "least", the one of least travel that is still more even than k-means.
func benchAgainstMeans(ctx context.Context, extract, shared string, out io.Writer) error {
	grounds, err := benchGrounds(ctx, extract, shared)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "beatplan-grounds")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // best effort
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
	plain := kmeans(g.points, g.persons)
	theirs, err := drivenWeek(ctx, p, plain, roads)
	if err != nil {
		return err
	}
	head := "terr_vs_kmeans_" + g.name
	uneven := check.Deviation(checked(p, district.Plan{Area: plain}))
	fmt.Fprintf(out, "%s_dev_kmeans_pct %.2f %%\n", head, 100*uneven)
	fmt.Fprintf(out, "%s_drive_kmeans_h %.2f h\n", head, theirs.drive.Hours())
	for _, plan := range []struct {
		name      string
		tolerance float64
	}{{"", 0.05}, {"_least", leastTravel * uneven}} {
		solved, err := district.Solve(ctx, p, district.Options{Tolerance: plan.tolerance,
			Travel: fromCentres{roadTimes{roads}, g.points}, Rounds: g.rounds(p, roads)})
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

// leastTravel is how uneven the plan of least travel may be, beside k-means.
const leastTravel = 0.95

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
