package osm

import "strings"

// borders finds the country that an extract lies in: the one whose boundary
// (boundary=administrative, admin_level=2) is most completely in the file. The lines of
// a neighbour are listed by its relation too, but most of them lie elsewhere.
type borders struct {
	lines map[int64]bool // ways that are borders
	best  float64
	code  string
	sides map[string]int // driving_side of ways
}

func newBorders() *borders {
	return &borders{lines: map[int64]bool{}, sides: map[string]int{}}
}

// way notes a border and the side of driving that a road names.
func (b *borders) way(w *Way) {
	if w.Tags.Find("boundary") == "administrative" || w.Tags.Find("admin_level") != "" {
		b.lines[w.ID] = true
	}
	if side := w.Tags.Find("driving_side"); side == "left" || side == "right" {
		b.sides[side]++
	}
}

// relation weighs a country. Relations come after ways in every extract.
func (b *borders) relation(r *Relation) {
	if r.Tags.Find("boundary") != "administrative" || r.Tags.Find("admin_level") != "2" {
		return
	}
	code := ""
	for _, key := range []string{"ISO3166-1:alpha2", "ISO3166-1", "country_code_iso3166_1_alpha_2"} {
		if v := r.Tags.Find(key); len(v) == 2 && code == "" {
			code = strings.ToUpper(v)
		}
	}
	all, here := 0, 0
	for _, m := range r.Members {
		if m.Type != WayMember {
			continue
		}
		all++
		if b.lines[m.Ref] {
			here++
		}
	}
	if code == "" || all == 0 {
		return
	}
	if share := float64(here) / float64(all); share > b.best || b.code == "" {
		b.best, b.code = share, code
	}
}

// side is the side of driving that the roads name, "" when they name none.
func (b *borders) side() string {
	switch left, right := b.sides["left"], b.sides["right"]; {
	case left > right:
		return "left"
	case right > left:
		return "right"
	}
	return ""
}
