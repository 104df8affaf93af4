package territory

import (
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/gazetteer"
	"beatplan/territory/check"
	"beatplan/territory/district"
)

// blocks are areas of 0.02° by 0.02° over the whole ground; nothing parts it.
type blocks struct{}

func (blocks) Districts(string) (out []gazetteer.District) {
	for i := range int64(25) {
		w, s := 117+0.02*float64(i%5), 36+0.02*float64(i/5)
		box := geo.Box{Min: orb.Point{w, s}, Max: orb.Point{w + 0.02, s + 0.02}}
		out = append(out, gazetteer.District{ID: i + 1, Level: 6, Name: "block", Box: box,
			Shape: orb.MultiPolygon{box.ToPolygon()}})
	}
	return out
}

func (blocks) Barriers(geo.Box) []orb.LineString { return nil }

// grid is twenty by twenty customers on the ground of blocks; the first are two
// people's, some with rules of their own.
func grid() (list []Unit, in []Member) {
	for i := range 400 {
		u := Unit{Customer: int64(i + 1), Minutes: 60 + float64(i%7), Visits: 2, Was: 1 + int64(i/20)%2,
			Point: orb.Point{117.0025 + 0.005*float64(i%20), 36.0025 + 0.005*float64(i/20)}}
		u.Person = u.Was
		u.Locked = i%97 == 5
		if i%89 == 7 {
			u.NotFor = []int64{3}
		}
		list = append(list, u)
	}
	for person := range int64(4) {
		in = append(in, Member{Person: person + 1, Share: 1})
	}
	return list, in
}

// What a scenario asks for is promised to its customers one by one, whatever the units
// of the problem are: areas that stay whole are whole, but for who has a rule of their
// own; a price on splitting keeps more of them together than none.
func TestAreasOfAScenarioByTheChecker(t *testing.T) {
	list, in := grid()
	s := &Service{Ground: blocks{}}
	solved := func(price float64, level int) check.Plan {
		t.Helper()
		d := Scenario{Tolerance: 0.1, Activities: []string{string(Workload)}, BaseLevel: level,
			SplitPrice: price, Apart: [][2]int64{{150, 151}}}
		m := s.model(d, list, in)
		o := district.Options{Tolerance: d.Tolerance, SplitPrice: price}
		plan, err := district.Solve(t.Context(), m.Problem, o)
		if err != nil {
			t.Fatal(err)
		}
		c := asPromised(d, list, in, func(i int) int { return int(plan.Area[m.of[i]]) })
		c.Cost, c.Bound, c.Binding = plan.Cost, plan.Bound, plan.Binding
		c.Whole = level > 0 && price == 0
		if c.Split = plan.Split; c.Whole || level == 0 {
			c.Split = check.SplitOf(c) // the problem knows of no areas
		}
		for _, f := range check.Faults(c) {
			t.Errorf("level %d, price %.0f: %s", level, price, f)
		}
		return c
	}
	free, dear, whole := solved(0, 0).Split, solved(4, 6).Split, solved(0, 6).Split
	if !(whole <= dear && dear < free) {
		t.Errorf("areas are split by %.1f, at a price by %.1f, as wholes by %.1f", free, dear, whole)
	}
}

// asPromised is a plan of customers as the checker reads it.
func asPromised(d Scenario, list []Unit, in []Member, person func(i int) int) check.Plan {
	p := problem(d, list, in)
	c := check.Plan{People: len(in), Tolerance: d.Tolerance, Loads: make([][]float64, 1),
		Region: gazetteer.Locate(blocks{}.Districts(""), 6, pointsOf(list))}
	for i, u := range p.Units {
		c.Area = append(c.Area, person(i))
		c.Current, c.Locked = append(c.Current, int(u.Current)), append(c.Locked, u.Locked)
		c.Value, c.Loads[0] = append(c.Value, u.Value), append(c.Loads[0], u.Loads[0])
	}
	for range in {
		c.Shares = append(c.Shares, 1)
	}
	for _, e := range district.Around(pointsOf(list), nil).Pairs() {
		c.Borders = append(c.Borders, [2]int{int(e.A), int(e.B)})
	}
	for _, f := range p.Forbidden {
		c.Forbidden = append(c.Forbidden, [2]int{int(f.A), int(f.B)})
	}
	c.Apart = apart(list, d.Apart)
	return c
}
