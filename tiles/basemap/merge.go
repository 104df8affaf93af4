package basemap

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// merge joins lines end to end, each time with the one that turns least; a line
// is never used twice and, with directed, never turned round. Lines that would
// turn more than sharp radians are not joined. The order of the input decides
// ties. O(n) for n lines with few meeting in a point.
func merge(lines []orb.LineString, directed bool, sharp float64) []orb.LineString {
	m := merger{lines: lines, used: make([]bool, len(lines)), directed: directed, sharp: sharp}
	m.ends = make(map[orb.Point][]int, 2*len(lines))
	for i, l := range lines {
		a, b := l[0], l[len(l)-1]
		m.ends[a] = append(m.ends[a], i)
		if a != b {
			m.ends[b] = append(m.ends[b], i)
		}
	}
	var joined []orb.LineString
	for i := range lines {
		if m.used[i] {
			continue
		}
		m.used[i] = true
		joined = append(joined, m.extend(slices.Clone(lines[i])))
	}
	return joined
}

type merger struct {
	lines    []orb.LineString
	ends     map[orb.Point][]int
	used     []bool
	directed bool
	sharp    float64
}

// extend grows the line at its end, then at its beginning.
func (m *merger) extend(line orb.LineString) orb.LineString {
	line = m.grow(line, false)
	if line[0] == line[len(line)-1] {
		return line
	}
	slices.Reverse(line)
	line = m.grow(line, true)
	slices.Reverse(line)
	return line
}

// grow appends lines at the end; backward says that line runs against its own
// direction at the moment.
func (m *merger) grow(line orb.LineString, backward bool) orb.LineString {
	for line[0] != line[len(line)-1] {
		end := line[len(line)-1]
		best, least, turned := -1, m.sharp, false
		for _, i := range m.ends[end] {
			l := m.lines[i]
			if m.used[i] || l[0] == l[len(l)-1] {
				continue
			}
			from, to, flip := l[0], l[1], false
			if l[0] != end {
				from, to, flip = l[len(l)-1], l[len(l)-2], true
			}
			if m.directed && flip != backward {
				continue
			}
			if t := turn(line[len(line)-2], end, from, to); t < least {
				best, least, turned = i, t, flip
			}
		}
		if best < 0 {
			break
		}
		m.used[best] = true
		next := m.lines[best]
		if turned {
			next = slices.Clone(next)
			slices.Reverse(next)
		}
		line = append(line, next[1:]...)
	}
	return line
}

// turn is the angle in radians between a→b and c→d.
func turn(a, b, c, d orb.Point) float64 {
	t := math.Atan2(d[1]-c[1], d[0]-c[0]) - math.Atan2(b[1]-a[1], b[0]-a[0])
	return math.Abs(math.Remainder(t, 2*math.Pi))
}
