package demo

import (
	"math"
	"sort"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
)

// stretch is one piece of a simulated day: driving along Line from From to To,
// or standing at its only point.
type stretch struct {
	From, To time.Time
	Line     orb.LineString
	reach    []float64 // metres from the start to each point of Line
}

// drive is where one simulated person is at any time of a day.
type drive []stretch

// add appends a stretch. Stretches are added in order of time and do not overlap;
// between two of them the person stands where the last one ended.
func (d *drive) add(from, to time.Time, line orb.LineString) {
	if len(line) == 0 || to.Before(from) {
		return
	}
	s := stretch{From: from, To: to, Line: line, reach: make([]float64, len(line))}
	for i := 1; i < len(line); i++ {
		s.reach[i] = s.reach[i-1] + float64(geodesic.Distance(line[i-1], line[i]))
	}
	*d = append(*d, s)
}

// motion is a simulated instant.
type motion struct {
	Point    orb.Point
	SpeedKmh float64
	Course   float64 // degrees from north; 0 when standing
}

// at returns where the person is at t and whether the day has begun.
// O(log of the stretches and of their points).
func (d drive) at(t time.Time) (motion, bool) {
	i := sort.Search(len(d), func(i int) bool { return d[i].From.After(t) }) - 1
	if i < 0 {
		return motion{}, false
	}
	return d[i].at(t), true
}

func (s stretch) at(t time.Time) motion {
	last := len(s.Line) - 1
	length, lasts := s.reach[last], s.To.Sub(s.From)
	if !t.Before(s.To) || lasts <= 0 || length == 0 {
		return motion{Point: s.Line[last]}
	}
	want := length * float64(t.Sub(s.From)) / float64(lasts)
	j := sort.SearchFloat64s(s.reach, want)
	j = max(1, min(j, last))
	a, b := s.Line[j-1], s.Line[j]
	f := 0.0
	if span := s.reach[j] - s.reach[j-1]; span > 0 {
		f = math.Max(0, math.Min(1, (want-s.reach[j-1])/span))
	}
	return motion{
		Point:    orb.Point{a[0] + f*(b[0]-a[0]), a[1] + f*(b[1]-a[1])},
		SpeedKmh: length / lasts.Seconds() * 3.6,
		Course:   geodesic.Bearing(a, b),
	}
}
