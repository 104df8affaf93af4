package check

import "beatplan/routing/vrp"

// soft prices the seconds before and after preferred times.
func (c *checker) soft(t *vrp.Timetable) int {
	sum := 0
	for _, s := range t.Stops {
		wish := c.p.Visits[s.Visit].Preferred
		if wish == nil {
			continue
		}
		if early := wish.Open - s.Begin; early > 0 {
			sum += early * wish.PerEarly
		}
		if late := s.End - wish.Close; late > 0 {
			sum += late * wish.PerLate
		}
	}
	return sum
}

// tangles counts crossings and overlaps of every two routes anew.
func (c *checker) tangles(s vrp.Solution) int {
	price := c.p.Compact
	if price.PerCrossing == 0 && price.PerOverlap == 0 {
		return 0
	}
	at := func(i int) vrp.Point { return c.p.Points[c.p.Visits[i].Location] }
	cost := 0
	for v, route := range s.Routes {
		for w, other := range s.Routes {
			if v == w {
				continue
			}
			var around []vrp.Point
			for _, i := range other {
				around = append(around, at(i))
			}
			for _, i := range route {
				if enclosed(at(i), around) {
					cost += price.PerOverlap
				}
			}
			for k := 1; v < w && k < len(route); k++ {
				for m := 1; m < len(other); m++ {
					if crosses(at(route[k-1]), at(route[k]), at(other[m-1]), at(other[m])) {
						cost += price.PerCrossing
					}
				}
			}
		}
	}
	return cost
}

// enclosed reports whether x is an inner point of the hull of the others: no line
// through x and one of them has all on one side. O(points²).
func enclosed(x vrp.Point, around []vrp.Point) bool {
	some := false
	for _, a := range around {
		if a == x {
			continue
		}
		some = true
		left, right := false, false
		for _, b := range around {
			turn := (a.X-x.X)*(b.Y-x.Y) - (a.Y-x.Y)*(b.X-x.X)
			left, right = left || turn > 0, right || turn < 0
		}
		if !left || !right {
			return false
		}
	}
	return some
}

// crosses solves a + t(b−a) = c + u(d−c) and asks for 0 < t, u < 1.
func crosses(a, b, c, d vrp.Point) bool {
	rx, ry, sx, sy := b.X-a.X, b.Y-a.Y, d.X-c.X, d.Y-c.Y
	bottom := rx*sy - ry*sx
	if bottom == 0 {
		return false
	}
	t, u := (c.X-a.X)*sy-(c.Y-a.Y)*sx, (c.X-a.X)*ry-(c.Y-a.Y)*rx
	if bottom < 0 {
		bottom, t, u = -bottom, -t, -u
	}
	return 0 < t && t < bottom && 0 < u && u < bottom
}
