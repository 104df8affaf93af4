package osrmapi

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/routing"
	"beatplan/routing/guide"
	"beatplan/routing/network"
)

// The shapes of a step. Instruction is ours, the other fields are OSRM's.
type (
	stepJSON struct {
		Geometry      any                `json:"geometry"`
		Maneuver      maneuverJSON       `json:"maneuver"`
		Mode          string             `json:"mode"`
		DrivingSide   string             `json:"driving_side"`
		Name          string             `json:"name"`
		Ref           string             `json:"ref,omitempty"`
		RotaryName    string             `json:"rotary_name,omitempty"`
		Intersections []intersectionJSON `json:"intersections"`
		Weight        float64            `json:"weight"`
		Duration      float64            `json:"duration"`
		Distance      float64            `json:"distance"`
	}
	maneuverJSON struct {
		Type          guide.Type     `json:"type"`
		Modifier      guide.Modifier `json:"modifier,omitempty"`
		Exit          int            `json:"exit,omitempty"`
		BearingBefore int            `json:"bearing_before"`
		BearingAfter  int            `json:"bearing_after"`
		Location      [2]float64     `json:"location"`
		Instruction   string         `json:"instruction"`
	}
	intersectionJSON struct {
		Location [2]float64 `json:"location"`
		Bearings []int      `json:"bearings"`
		Entry    []bool     `json:"entry"`
		Out      *int       `json:"out,omitempty"`
		In       *int       `json:"in,omitempty"`
	}
)

// mode is how one travels under a profile, as the steps tell it.
func mode(profile string) string {
	switch profile {
	case "foot", "walking":
		return "walking"
	case "bicycle", "bike", "cycling":
		return "cycling"
	default:
		return "driving"
	}
}

// describe writes steps and the arrival, which is a step of no length.
func (v view) describe(steps []routing.Step) []stepJSON {
	var out []stepJSON
	for i := range steps {
		out = append(out, v.step(&steps[i]))
	}
	if len(steps) == 0 {
		return out
	}
	last := &steps[len(steps)-1]
	end := last.Line[len(last.Line)-1]
	course := last.After
	if n := len(last.Line); n > 1 {
		course = geodesic.Bearing(last.Line[n-2], end)
	}
	arrival := guide.Maneuver{Type: guide.Arrive}
	return append(out, stepJSON{
		Geometry: v.of(orb.LineString{end, end}), Mode: v.modeOn(last.Road),
		DrivingSide: drivingSide(last.Road),
		Name:        last.Road.Names.Local, Ref: last.Road.Ref,
		Maneuver: maneuverJSON{
			Type: arrival.Type, BearingBefore: bearing(course), Location: location(end),
			Instruction: v.language.Text(arrival, last.Road, course),
		},
		Intersections: []intersectionJSON{{
			Location: location(end), Bearings: []int{bearing(course + 180)},
			Entry: []bool{true}, In: new(int),
		}},
	})
}

func (v view) step(s *routing.Step) stepJSON {
	x := stepJSON{
		Geometry: v.of(atLeastTwo(s.Line)), Mode: v.modeOn(s.Road),
		DrivingSide: drivingSide(s.Road),
		Name:        s.Road.Names.Local, Ref: s.Road.Ref, RotaryName: s.Maneuver.Ring,
		Weight: s.Duration.Seconds(), Duration: s.Duration.Seconds(), Distance: float64(s.Distance),
		Maneuver: maneuverJSON{
			Type: s.Maneuver.Type, Modifier: s.Maneuver.Modifier, Exit: s.Maneuver.Exit,
			BearingBefore: bearing(s.Before), BearingAfter: bearing(s.After),
			Location: location(s.Line[0]), Instruction: s.Text(v.language),
		},
	}
	for _, c := range s.Crossings {
		x.Intersections = append(x.Intersections, intersection(c))
	}
	return x
}

func (v view) modeOn(r network.Road) string {
	if r.Ferry() {
		return "ferry"
	}
	return v.mode
}

func drivingSide(r network.Road) string {
	if r.Left {
		return "left"
	}
	return "right"
}

// intersection lists the ways on from a junction and the way back, clockwise from
// north. Roads that may only be driven towards the junction are not among them.
func intersection(c routing.Crossing) intersectionJSON {
	type arm struct {
		bearing int
		kind    byte // of the way: o out, i in, x another
	}
	arms := []arm{{bearing(c.Out), 'o'}}
	for _, b := range c.Others {
		arms = append(arms, arm{bearing(b), 'x'})
	}
	if !math.IsNaN(c.Course) {
		arms = append(arms, arm{bearing(c.Course + 180), 'i'})
	}
	slices.SortStableFunc(arms, func(a, b arm) int { return a.bearing - b.bearing })
	out := intersectionJSON{Location: location(c.At)}
	for i, a := range arms {
		out.Bearings = append(out.Bearings, a.bearing)
		out.Entry = append(out.Entry, a.kind != 'i')
		switch a.kind {
		case 'o':
			out.Out = &i
		case 'i':
			out.In = &i
		}
	}
	return out
}

func atLeastTwo(line orb.LineString) orb.LineString {
	if len(line) == 1 {
		return append(slices.Clone(line), line[0])
	}
	return line
}

// bearing is a course in whole degrees, 0 to 359.
func bearing(degrees float64) int { return (int(math.Round(degrees)) + 720) % 360 }
