package demo

import (
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
)

func TestADriveFollowsItsLineInTime(t *testing.T) {
	nine := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	line := orb.LineString{{-75.5, 39}, {-75.5, 39.1}, {-75.4, 39.1}}
	var d drive
	d.add(nine, nine.Add(20*time.Minute), line)
	d.add(nine.Add(50*time.Minute), nine.Add(60*time.Minute), orb.LineString{line[2], line[1]})

	if _, begun := d.at(nine.Add(-time.Second)); begun {
		t.Error("the day began before its first stretch")
	}
	total := float64(geodesic.Length(line))
	for m := range 21 {
		got, _ := d.at(nine.Add(time.Duration(m) * time.Minute))
		went := float64(geodesic.Distance(line[0], got.Point))
		if want := total * float64(m) / 20; want <= float64(geodesic.Distance(line[0], line[1])) {
			if math.Abs(went-want) > 1 {
				t.Errorf("after %d min %.0f m on the way, want %.0f", m, went, want)
			}
		}
		if m > 0 && m < 20 && math.Abs(got.SpeedKmh-total/1200*3.6) > 0.01 {
			t.Errorf("after %d min at %.1f km/h", m, got.SpeedKmh)
		}
	}
	for _, m := range []time.Duration{20, 35, 49} {
		if got, _ := d.at(nine.Add(m * time.Minute)); got.Point != line[2] || got.SpeedKmh != 0 {
			t.Errorf("at %d min %+v, want standing at the end of the first stretch", m, got)
		}
	}
	if got, _ := d.at(nine.Add(55 * time.Minute)); math.Abs(got.Course-270) > 1 {
		t.Errorf("on the way back the course is %.0f°, want about 270°", got.Course)
	}
	if got, _ := d.at(nine.Add(5 * time.Hour)); got.Point != line[1] {
		t.Errorf("after the day at %v", got.Point)
	}
}
