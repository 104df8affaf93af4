package territory

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/territory/district"
)

// PersonFigures is what one person of a plan has to do, and how it lies.
type PersonFigures struct {
	Person       int64
	Customers    int
	Visits       float64 // in four weeks
	Hours        float64 // of work in four weeks, travel estimated
	Potential    float64
	Deviation    float64 // of the first activity from the target, signed
	Revenue      float64
	RevenueIn    float64
	RevenueOut   float64
	In, Out      int // customers that come and go against today
	PotentialIn  float64
	PotentialOut float64
	Locked       int
	AreaKm2      float64
	Compact      float64 // Polsby & Popper: 4π × area / perimeter², 1 is a circle
	Reock        float64 // area / area of the smallest circle around it
	Pieces       int     // of its ground's graph; 1 is whole
}

// Figures is how a plan does.
type Figures struct {
	People         []PersonFigures // by id
	Unassigned     int             // customers of nobody
	Deviation      float64         // the worst, over people and activities
	Balance        float64         // index 0 to 100: 100 is even
	CutEdges       int             // neighbours on the ground in different territories
	Inertia        float64         // Σ hours × squared kilometres to the middle, / hours: km²
	Moved          float64         // part of the customers that change hands
	MovedPotential float64         // part of the potential that does
	MovedRevenue   float64         // part of the revenue that does
	Together       int             // pairs of one person that should be kept apart
	Split          int             // territories that are not in one piece
	Overlap        float64         // part of customers whose nearest middle is another's
	Crossed        float64         // part of customers within the hull of another's: routes overlap
	Areas          []AreaFigures   // by level
}

// AreaFigures says how many administrative areas of a level a plan splits.
type AreaFigures struct {
	Level int // 4 state, 6 county, 8 municipality
	Areas int // with customers
	Split int // between several people
}

// figures counts everything of a plan anew; of says whose a unit is.
func figures(
	list []Unit, in []Member, activities []string, of func(*Unit) int64,
) (Figures, error) {
	f := Figures{}
	at := map[int64]int{}
	for _, m := range in {
		at[m.Person] = len(f.People)
		f.People = append(f.People, PersonFigures{Person: m.Person})
	}
	f.count(list, at, of)
	f.balance(list, in, activities, at, of)
	f.spread(list, at, of)
	f.borders(list, at, of)
	f.hulls(list, at, of)
	shapes, err := outlines(list, of)
	if err != nil {
		return f, err
	}
	for i := range f.People {
		p := &f.People[i]
		p.AreaKm2, p.Compact, p.Reock = shapeFigures(shapes[p.Person])
	}
	return f, nil
}

func (f *Figures) count(list []Unit, at map[int64]int, of func(*Unit) int64) {
	var moved int
	var potential, movedPotential, money, movedMoney float64
	for i := range list {
		u := &list[i]
		now := of(u)
		potential += u.Potential
		money += u.Revenue
		if now != u.Was && u.Was != 0 {
			moved++
			movedPotential += u.Potential
			movedMoney += u.Revenue
			if k, ok := at[u.Was]; ok {
				f.People[k].Out++
				f.People[k].PotentialOut += u.Potential
				f.People[k].RevenueOut += u.Revenue
			}
		}
		k, ok := at[now]
		if !ok {
			f.Unassigned++
			continue
		}
		p := &f.People[k]
		p.Customers++
		p.Visits += u.Visits
		p.Hours += u.Minutes / 60
		p.Potential += u.Potential
		p.Revenue += u.Revenue
		if u.Locked {
			p.Locked++
		}
		if now != u.Was {
			p.In++
			p.PotentialIn += u.Potential
			p.RevenueIn += u.Revenue
		}
	}
	f.Moved = float64(moved) / float64(max(1, len(list)))
	if potential > 0 {
		f.MovedPotential = movedPotential / potential
	}
	if money > 0 {
		f.MovedRevenue = movedMoney / money
	}
}

// balance sets deviations; the index is 100 less the mean deviation in percent.
func (f *Figures) balance(
	list []Unit, in []Member, activities []string, at map[int64]int, of func(*Unit) int64,
) {
	var shares, mean float64
	for _, m := range in {
		shares += m.Share
	}
	for a, name := range activities {
		sums, total := make([]float64, len(in)), 0.0
		for i := range list {
			l := list[i].load(name)
			total += l
			if k, ok := at[of(&list[i])]; ok {
				sums[k] += l
			}
		}
		for k, m := range in {
			target := total * m.Share / shares
			if target == 0 {
				continue
			}
			off := (sums[k] - target) / target
			f.Deviation = math.Max(f.Deviation, math.Abs(off))
			if a == 0 {
				f.People[k].Deviation = off
				mean += math.Abs(off) / float64(len(in))
			}
		}
	}
	f.Balance = 100 * math.Max(0, 1-mean)
}

// spread measures inertia and overlap around the middles of work.
func (f *Figures) spread(list []Unit, at map[int64]int, of func(*Unit) int64) {
	type middle struct{ w, x, y float64 }
	sums := make([]middle, len(f.People))
	for i := range list {
		if k, ok := at[of(&list[i])]; ok {
			w, p := list[i].Minutes+1e-9, list[i].Point
			sums[k] = middle{sums[k].w + w, sums[k].x + w*p[0], sums[k].y + w*p[1]}
		}
	}
	var total, work float64
	far, n := 0, 0
	for i := range list {
		k, ok := at[of(&list[i])]
		if !ok {
			continue
		}
		own, nearest := 0.0, math.Inf(1)
		for j, m := range sums {
			if m.w == 0 {
				continue
			}
			d := float64(geodesic.Distance(list[i].Point, orb.Point{m.x / m.w, m.y / m.w})) / 1000
			nearest = math.Min(nearest, d)
			if j == k {
				own = d
			}
		}
		total += list[i].Minutes * own * own
		work += list[i].Minutes
		n++
		if own > nearest {
			far++
		}
	}
	if work > 0 {
		f.Inertia = total / work
	}
	f.Overlap = float64(far) / float64(max(1, n))
}

// borders counts cut edges and pieces on the Delaunay graph of the customers.
// Pieces of locked customers alone do not count.
func (f *Figures) borders(list []Unit, at map[int64]int, of func(*Unit) int64) {
	g := district.Around(pointsOf(list), nil)
	var same []district.Pair
	for _, e := range g.Pairs() {
		if of(&list[e.A]) == of(&list[e.B]) {
			same = append(same, e)
		} else {
			f.CutEdges++
		}
	}
	part, _ := district.NewGraph(len(list), same).Components()
	seen := map[int32]bool{}
	for i := range list {
		k, ok := at[of(&list[i])]
		if ok && !list[i].Locked && !seen[part[i]] {
			seen[part[i]] = true
			f.People[k].Pieces++
		}
	}
	for i := range f.People {
		if f.People[i].Pieces > 1 {
			f.Split++
		}
	}
}

// shapeFigures are area in km², Polsby–Popper and Reock of an outline.
func shapeFigures(shape orb.MultiPolygon) (km2, compact, reock float64) {
	area := geodesic.Area(shape)
	if area == 0 {
		return 0, 0, 0
	}
	var perimeter float64
	var corners []orb.Point
	for _, p := range shape {
		for i, ring := range p {
			perimeter += float64(geodesic.Length(orb.LineString(ring)))
			if i == 0 {
				corners = append(corners, ring...)
			}
		}
	}
	radius := enclosing(corners)
	return area / 1e6, 4 * math.Pi * area / (perimeter * perimeter),
		math.Min(1, area/(math.Pi*radius*radius))
}

// enclosing is the radius in metres of the smallest circle around points, within
// one percent, by stepping towards the farthest (Badoiu & Clarkson, 2003).
func enclosing(points []orb.Point) float64 {
	var lat float64
	for _, p := range points {
		lat += p[1] / float64(len(points))
	}
	squeeze := math.Cos(lat * math.Pi / 180)
	c := points[0]
	far := func() (orb.Point, float64) {
		at := slices.MaxFunc(points, func(a, b orb.Point) int {
			da := math.Hypot((a[0]-c[0])*squeeze, a[1]-c[1])
			db := math.Hypot((b[0]-c[0])*squeeze, b[1]-c[1])
			switch {
			case da < db:
				return -1
			case da > db:
				return 1
			}
			return 0
		})
		return at, float64(geodesic.Distance(c, at))
	}
	best := math.Inf(1)
	for i := range 200 {
		p, d := far()
		best = math.Min(best, d)
		step := 1 / float64(i+2)
		c = orb.Point{c[0] + (p[0]-c[0])*step, c[1] + (p[1]-c[1])*step}
	}
	return best
}
