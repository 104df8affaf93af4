package gazetteer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo"
)

// Kind is the sort of thing that a name stands for.
type Kind uint8

// The kinds, by how likely a person means them.
const (
	City Kind = iota + 1
	Town
	Village // villages, suburbs and hamlets
	Landmark
	Business
	Street
	House
)

// String is the kind in one word.
func (k Kind) String() string {
	names := [...]string{City: "city", Town: "town", Village: "village", Landmark: "landmark",
		Business: "business", Street: "street", House: "house"}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// names are local, English and Chinese; empty where unknown or equal to local.
type names [3]string

// in picks a name by language, "en" or "zh"; the local one when there is none.
func (n *names) in(language string) string {
	switch language {
	case "en":
		return cmp.Or(n[1], n[0])
	case "zh":
		return cmp.Or(n[2], n[0])
	}
	return n[0]
}

// entry is one thing with a name.
type entry struct {
	kind   Kind
	names  names
	around uint32 // index into contexts
	at     orb.Point
}

// district is an administrative area.
type district struct {
	level int
	names names
	shape orb.MultiPolygon
	box   geo.Box
}

// street is the course of a named street, for finding what is near.
type street struct {
	entry uint32
	line  orb.LineString
}

// Gazetteer is the names of one region. It is immutable and safe for concurrent
// use.
type Gazetteer struct {
	entries   []entry // the most important first
	contexts  []names // "Dover, Kent County, Delaware" in three languages
	districts []district
	streets   []street
	barriers  []orb.LineString

	folded []names  // words of the names as split, with blanks between
	nearby []string // words of the contexts in all languages
	words  words
	ground grid
}

// Len is the number of names.
func (g *Gazetteer) Len() int { return len(g.entries) }

// index prepares the search of entries that were just read.
func (g *Gazetteer) index() {
	fold := func(text string) string { return strings.Join(split(text), " ") }
	g.folded = make([]names, len(g.entries))
	for i := range g.entries {
		for k, name := range g.entries[i].names {
			if name != "" {
				g.folded[i][k] = fold(name)
			}
		}
	}
	g.nearby = make([]string, len(g.contexts))
	for i := range g.contexts {
		g.nearby[i] = fold(strings.Join(g.contexts[i][:], " "))
	}
	g.words = newWords(g.folded)
	g.ground = newGrid(g)
}

// surroundings are the districts that hold a point, the smallest first, without
// the nation.
func surroundings(districts []district, p orb.Point) []*district {
	var hold []*district
	for i := range districts {
		d := &districts[i]
		if d.level > 2 && d.box.Contains(p) && planar.MultiPolygonContains(d.shape, p) {
			hold = append(hold, d)
		}
	}
	slices.SortStableFunc(hold, func(a, b *district) int { return cmp.Compare(b.level, a.level) })
	return hold
}

// contextOf spells the surroundings in each language; a name that repeats its
// neighbour is left out, and so is the thing's own name.
func contextOf(hold []*district, town *names, own string) names {
	var out names
	for i, language := range [...]string{"", "en", "zh"} {
		var parts []string
		add := func(n *names) {
			text := n.in(language)
			if text != "" && text != own && !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
		}
		if town != nil {
			add(town)
		}
		for _, d := range hold {
			add(&d.names)
		}
		out[i] = strings.Join(parts, ", ")
	}
	for i := 1; i < len(out); i++ {
		if out[i] == out[0] {
			out[i] = ""
		}
	}
	return out
}
