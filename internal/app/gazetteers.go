package app

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"beatplan/api/crmapi"
	"beatplan/geo/gazetteer"
	"beatplan/internal/scope"
	"beatplan/routing"
)

// GazetteerFile is the name of the gazetteer in a region's folder.
const GazetteerFile = "gazetteer.bin"

// buildGazetteer writes the names of an extract; nothing at all for one that has
// none, as extracts of roads alone may.
func buildGazetteer(
	ctx context.Context, extract, out string, progress func(float64),
) error {
	err := gazetteer.Build(ctx, extract, out, progress)
	if errors.Is(err, gazetteer.ErrNoNames) {
		return os.WriteFile(out, nil, 0o644)
	}
	return err
}

// gazetteers tells the atlas where the regions' names are.
type gazetteers struct{ roads *routing.Roads }

// Gazetteers lists the files by region.
func (g gazetteers) Gazetteers() ([]gazetteer.File, error) {
	var all []gazetteer.File
	for _, r := range g.roads.Regions() {
		has := func(f routing.File) bool { return f.Name == GazetteerFile && f.Size > 0 }
		if slices.ContainsFunc(r.Files, has) {
			all = append(all, gazetteer.File{ID: r.ID, Path: filepath.Join(r.Dir, GazetteerFile)})
		}
	}
	slices.SortFunc(all, func(x, y gazetteer.File) int { return cmp.Compare(x.ID, y.ID) })
	return all, nil
}

// otherHits finds what the command bar offers beside customers.
type otherHits struct{ atlas *gazetteer.Atlas }

// Search returns places; they are everybody's to see.
func (o otherHits) Search(
	_ context.Context, _ scope.Scope, q string, limit int,
) ([]crmapi.Hit, error) {
	var hits []crmapi.Hit
	for _, m := range o.atlas.Search(gazetteer.Query{Text: q, Limit: limit}) {
		at := m.Point
		hits = append(hits, crmapi.Hit{
			Type: "place", Title: m.Title, Subtitle: m.Subtitle, Position: &at,
		})
	}
	return hits, nil
}
