package osm

import (
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// Place is a settlement or a part of one that carries a label.
type Place struct {
	ID    int64
	Class string // city, town, suburb, village, neighbourhood, hamlet, island, locality
	Names
	Population int // 0 when not said
	Capital    int // administrative level it is the capital of (2 country, 4 state), or 0
	Point      orb.Point
	Outlined   bool // mapped as an area, Point lies within
}

// placeClass keeps the places that a map labels; "" for the rest.
func placeClass(t Tags) string {
	if !t.Has("name") && !t.Has("place_name") {
		return ""
	}
	switch v := t.Find("place"); v {
	case "city", "town", "suburb", "village", "hamlet", "island", "locality":
		return v
	case "neighbourhood", "quarter", "subdivision":
		return "neighbourhood"
	case "borough":
		return "suburb"
	}
	return ""
}

func newPlace(id int64, class string, t Tags) Place {
	p := Place{ID: id, Class: class, Names: NamesOf(t), Population: population(t)}
	if name := t.Find("place_name"); name != "" { // "Seaford" where name is "City of Seaford"
		p.Local = strings.Clone(name)
	}
	switch v := t.Find("capital"); v {
	case "yes":
		p.Capital = 2
	default:
		if level, err := strconv.Atoi(v); err == nil && level >= 2 && level <= 6 {
			p.Capital = level
		}
	}
	return p
}

// population reads "70,851", "70851" and "70 851 (2010)".
func population(t Tags) int {
	text := t.Find("population")
	if text == "" {
		text = t.Find("census:population")
	}
	digits := 0
	n := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9' && digits < 9:
			n, digits = n*10+int(r-'0'), digits+1
		case strings.ContainsRune(",. \u00a0", r) && digits > 0:
		default:
			return n
		}
	}
	return n
}
