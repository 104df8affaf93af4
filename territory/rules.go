package territory

import (
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/territory/district"
)

const (
	period     = 28.0 // days over which work is counted
	speedKmh   = 30.0 // between neighbouring customers
	detour     = 1.3  // road over air
	longestLeg = 45.0 // minutes: beyond, a customer is reached from another one's round
)

// workloads estimates the minutes of work of every customer in four weeks: visits ×
// (service + marginal travel). The marginal travel is the way from its nearest
// neighbours on the ground, by the median of Delaunay's edges; a routed week tells
// how true it is.
func workloads(list []Customer) (visits, minutes []float64) {
	points := make([]orb.Point, len(list))
	for i, c := range list {
		points[i] = c.Point
	}
	g := district.Around(points, nil)
	for i, c := range list {
		every := float64(c.Every)
		if every <= 0 {
			every = period
		}
		var legs []float64
		for _, v := range g.Of(int32(i)) {
			legs = append(legs, float64(geodesic.Distance(c.Point, points[v]))/1000)
		}
		travel := 0.0
		if len(legs) > 0 {
			slices.Sort(legs)
			travel = math.Min(longestLeg, legs[len(legs)/2]*detour/speedKmh*60)
		}
		n := period / every
		visits, minutes = append(visits, n), append(minutes, n*(c.Service+travel))
	}
	return visits, minutes
}

// checkSettings refuses what a scenario cannot be.
func checkSettings(s Settings) error {
	e := ErrInvalid
	switch {
	case s.Name != nil && (*s.Name == "" || utf8.RuneCountInString(*s.Name) > 200):
		return e.WithField("name", "length", "1 to 200 characters.")
	case s.Tolerance != nil && !(*s.Tolerance >= 0.001 && *s.Tolerance <= 1):
		return e.WithField("tolerance", "range", "0.001 to 1.")
	case s.Budget != nil && !(*s.Budget >= 0 && *s.Budget <= 1):
		return e.WithField("budget", "range", "0 to 1.")
	case len(s.Activities) > district.Activities:
		return e.WithField("activities", "length", "One to three.")
	}
	if s.BaseLevel != nil && (*s.BaseLevel < 0 || *s.BaseLevel > 9) {
		return e.WithField("base_level", "range", "0 to 9.")
	}
	if s.SplitPrice != nil && !(*s.SplitPrice >= 0 && *s.SplitPrice <= 100) {
		return e.WithField("split_price", "range", "0 to 100.")
	}
	if err := checkApart(s.Apart); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range s.Activities {
		known := slices.Contains([]Activity{Workload, Potential, Revenue, Count}, Activity(a))
		if !known || seen[a] {
			return e.WithField("activities", "enum", "workload, potential, revenue and count, each once.")
		}
		seen[a] = true
	}
	people := map[int64]bool{}
	for _, m := range s.Members {
		if !(m.Share > 0 && m.Share <= 10) || m.Most < 0 || m.Person <= 0 || people[m.Person] {
			return e.WithField("members", "range",
				"Each person once, with a share above 0 and at most 10.")
		}
		people[m.Person] = true
	}
	return nil
}

// mostApart bounds the pairs of a scenario.
const mostApart = 500

func checkApart(pairs [][2]int64) error {
	if len(pairs) > mostApart {
		return ErrInvalid.WithField("apart", "length", "At most 500 pairs.")
	}
	for _, p := range pairs {
		if p[0] <= 0 || p[1] <= 0 || p[0] == p[1] {
			return ErrInvalid.WithField("apart", "pair", "Two different customers.")
		}
	}
	return nil
}

// load is what a unit adds to an activity.
func (u *Unit) load(a string) float64 {
	switch Activity(a) {
	case Potential:
		return u.Potential
	case Revenue:
		return u.Revenue
	case Count:
		return 1
	}
	return u.Minutes
}

func pointsOf(units []Unit) []orb.Point {
	out := make([]orb.Point, len(units))
	for i := range units {
		out[i] = units[i].Point
	}
	return out
}

// checkDay refuses a day on which a scenario cannot come into force.
func checkDay(on, today time.Time) error {
	if on.Before(today) || on.After(today.AddDate(1, 0, 0)) {
		return ErrPast.With("today", today.Format(time.DateOnly))
	}
	return nil
}
