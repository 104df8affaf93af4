package gazetteer

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// District is an administrative area (boundary=administrative) whose outline the
// extract holds whole, within 20 m.
type District struct {
	// ID is made of level, local name and box, so that an area that two regions
	// hold has one; below 2⁵³.
	ID    int64
	Level int // 2 nation, 4 state, 6 county, 8 municipality …
	Name  string
	Box   geo.Box
	Shape orb.MultiPolygon // shared, not to be changed
}

// Districts are the areas of the region, named in a language ("zh", "en" or as on
// the ground), in the order of the extract.
func (g *Gazetteer) Districts(language string) []District {
	out := make([]District, len(g.districts))
	for i := range g.districts {
		d := &g.districts[i]
		out[i] = District{d.id(), d.level, d.names.in(language), d.box, d.shape}
	}
	return out
}

func (d *district) id() int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", d.level, d.names[0])
	for _, v := range [...]float64{d.box.Min[0], d.box.Min[1], d.box.Max[0], d.box.Max[1]} {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(int64(math.Round(v*1e3))))
		h.Write(b[:])
	}
	return int64(h.Sum64() >> 11)
}

// Districts are the areas of all regions, each once; see Gazetteer.Districts.
func (a *Atlas) Districts(language string) []District {
	var all []District
	seen := map[int64]bool{}
	for _, g := range a.current() {
		for _, d := range g.Districts(language) {
			if !seen[d.ID] {
				seen[d.ID] = true
				all = append(all, d)
			}
		}
	}
	return all
}

// Levels are the levels of areas that there are, ascending.
func Levels(list []District) []int {
	var out []int
	for _, d := range list {
		out = append(out, d.Level)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Locate says in which area of a level every point lies, as an index into list;
// -1 where there is none. Of areas that overlap it is the first. Points in a cell
// (about a kilometre) that no outline crosses are looked up once.
func Locate(list []District, level int, points []orb.Point) []int {
	var of []district
	var index []int
	for i, d := range list {
		if d.Level == level {
			of = append(of, district{level: max(level, 3), shape: d.Shape, box: d.Box})
			index = append(index, i)
		}
	}
	at := map[*district]int{}
	for i := range of {
		at[&of[i]] = index[i]
	}
	home := newHomes(of)
	out := make([]int, len(points))
	for i, p := range points {
		out[i] = -1
		if hold := home.of(p); len(hold) > 0 {
			out[i] = at[hold[0]]
		}
	}
	return out
}

// Barriers are the rivers, canals, motorways and trunk roads of the region, within
// 20 m and without tunnels; shared, not to be changed. Gazetteers of version 1 have
// none.
func (g *Gazetteer) Barriers() []orb.LineString { return g.barriers }

// Barriers are those of all regions that touch a box.
func (a *Atlas) Barriers(box geo.Box) []orb.LineString {
	var all []orb.LineString
	for _, g := range a.current() {
		for _, line := range g.barriers {
			if line.Bound().Intersects(box) {
				all = append(all, line)
			}
		}
	}
	return all
}
