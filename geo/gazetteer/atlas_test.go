package gazetteer

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

type shelf []File

func (s *shelf) Gazetteers() ([]File, error) { return *s, nil }

func TestAtlasAsksAllRegions(t *testing.T) {
	dir := t.TempDir()
	town := func(id, name string, lon float64) File {
		g := &Gazetteer{
			contexts: []names{{"Town " + id}},
			entries:  []entry{{kind: Street, names: names{name}, at: orb.Point{lon, 0}}},
			streets:  []street{{0, orb.LineString{{lon - 0.001, 0}, {lon + 0.001, 0}}}},
		}
		path := filepath.Join(dir, id)
		if err := write(path, g); err != nil {
			t.Fatal(err)
		}
		return File{id, path}
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	regions := &shelf{town("a", "Long Street", 1), {"gone", filepath.Join(dir, "gone")}}
	atlas := NewAtlas(regions, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if found := atlas.Search(Query{Text: "long st"}); len(found) != 1 || found[0].Subtitle != "Town a" {
		t.Errorf("one region: %v", found)
	}
	*regions = append(*regions, town("b", "Long Street", 2))
	if found := atlas.Search(Query{Text: "long st"}); len(found) != 1 {
		t.Errorf("looked again too early: %v", found)
	}
	now = now.Add(refreshEvery)
	near := orb.Point{2, 0.01}
	if found := atlas.Search(Query{Text: "long st", Near: &near}); len(found) != 2 ||
		found[0].Subtitle != "Town b" {
		t.Errorf("two regions: %v", found)
	}
	if a := atlas.Reverse(orb.Point{2, 0.0001}, ""); a.Street != "Long Street" || a.Off > 20 {
		t.Errorf("reverse: %+v", a)
	}
	if a := atlas.Reverse(orb.Point{50, 50}, ""); a.Known() {
		t.Errorf("nowhere: %+v", a)
	}
}
