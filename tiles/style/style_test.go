package style

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"beatplan/tiles"
	"beatplan/tiles/basemap"
)

func document(t *testing.T, o Options) map[string]any {
	t.Helper()
	doc, err := Document(o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var plain map[string]any
	if err := json.Unmarshal(data, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// drawn is where the tests' basemap is.
func drawn() tiles.TileJSON {
	return tiles.Describe(tiles.Info{Name: "basemap", MinZoom: 4, MaxZoom: 14}, "https://x/tiles", "v=1")
}

// walk visits every expression of a JSON value.
func walk(v any, visit func([]any)) {
	switch v := v.(type) {
	case []any:
		visit(v)
		for _, e := range v {
			walk(e, visit)
		}
	case map[string]any:
		for _, e := range v {
			walk(e, visit)
		}
	}
}

// feature: Y16
func TestStylesFitTheSchema(t *testing.T) {
	fields := map[string]map[string]string{}
	for _, l := range basemap.Schema() {
		fields[l.ID] = l.Fields
	}
	for _, theme := range []string{"light", "dark", "print"} {
		for _, lang := range []string{"zh", "en", ""} {
			doc := document(t, Options{Theme: theme, Language: lang, Basemap: drawn()})
			if doc["glyphs"] != nil || doc["sprite"] != nil {
				t.Errorf("%s wants glyphs or sprites", theme)
			}
			ids := map[string]bool{}
			drawn := map[string]bool{}
			for _, l := range doc["layers"].([]any) {
				layer := l.(map[string]any)
				id, source := layer["id"].(string), layer["source-layer"]
				if ids[id] {
					t.Errorf("layer %s stands twice", id)
				}
				ids[id] = true
				if layer["type"] == "background" {
					continue
				}
				known, ok := fields[source.(string)]
				if !ok || layer["source"] != Source {
					t.Fatalf("layer %s draws %v of %v", id, source, layer["source"])
				}
				drawn[source.(string)] = true
				walk(layer, func(e []any) {
					if len(e) == 2 && (e[0] == "get" || e[0] == "has") {
						if _, ok := known[e[1].(string)]; !ok {
							t.Errorf("layer %s reads %v, which %v does not have", id, e[1], source)
						}
					}
				})
			}
			if !ids[FirstLabel] || len(drawn) != len(fields) {
				t.Errorf("%s draws %d of %d layers", theme, len(drawn), len(fields))
			}
		}
	}
}

func TestLabelsFollowTheLanguage(t *testing.T) {
	for lang, want := range map[string]string{"zh": "name_zh", "en": "name_en", "": ""} {
		found := map[string]bool{}
		walk(document(t, Options{Theme: "light", Language: lang, Basemap: drawn()}), func(e []any) {
			if len(e) == 2 && e[0] == "get" {
				found[e[1].(string)] = true
			}
		})
		for _, key := range []string{"name_zh", "name_en"} {
			if found[key] != (key == want) {
				t.Errorf("language %q: reads %s: %v", lang, key, found[key])
			}
		}
	}
}

func TestAttributionAndUnknownTheme(t *testing.T) {
	doc := document(t, Options{Theme: "dark", Language: "en", Basemap: drawn()})
	source := doc["sources"].(map[string]any)[Source].(map[string]any)
	if !strings.Contains(source["attribution"].(string), "© OpenStreetMap contributors") {
		t.Errorf("source %v", source)
	}
	if at := fmt.Sprint(source["tiles"], source["minzoom"], source["maxzoom"]); source["url"] != nil ||
		at != "[https://x/tiles/basemap/{z}/{x}/{y}.mvt?v=1] 4 14" {
		t.Errorf("tiles at %v without asking again: %v", at, source)
	}
	if _, err := Document(Options{Theme: "neon"}); !errors.Is(err, tiles.ErrNoStyle) {
		t.Errorf("theme neon: %v", err)
	}
}

// Labels must stand out from the ground they are written on (WCAG 2.2 §1.4.3:
// 4.5:1; 3:1 for large text).
func TestLabelContrast(t *testing.T) {
	for name, p := range map[string]palette{
		"light": lightColours(), "dark": darkColours(), "print": printColours(),
	} {
		grounds := []string{p.land, p.residential, p.commercial, p.farmland}
		for label, c := range map[string]struct {
			colour string
			least  float64
		}{
			"city": {p.city, 7}, "village": {p.village, 7}, "suburb": {p.suburb, 4.5},
			"street": {p.street, 4.5}, "ref": {p.ref, 4.5}, "landmark": {p.poi, 4.5},
		} {
			for _, ground := range grounds {
				if got := contrast(t, c.colour, ground); got < c.least {
					t.Errorf("%s: %s %s on %s has %.2f, want %.1f", name, label, c.colour, ground,
						got, c.least)
				}
			}
		}
		if got := contrast(t, p.waterText, p.water); got < 3 {
			t.Errorf("%s: water names have %.2f", name, got)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#")[:6], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}

// Every road class is drawn from the zoom from which the tiles hold it, and no
// width shrinks as one zooms in.
func TestRoadsGrow(t *testing.T) {
	zooms := []int{5, 8, 10, 12, 14, 16, 18}
	for class := range 8 {
		var widths []float64
		for _, z := range zooms {
			table := widthAt(z, 0)[1].(list)
			widths = append(widths, table[3+2*class].(float64))
		}
		if !slices.IsSorted(widths) || widths[len(widths)-1] == 0 {
			t.Errorf("class %d: %s", class, fmt.Sprint(widths))
		}
	}
}
