package app

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"beatplan/api/crmapi"
	"beatplan/business/identity"
	"beatplan/geo/gazetteer"
	"beatplan/geo/geocode"
	"beatplan/internal/db"
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

// openGeocoder opens the service that is asked for addresses beyond the own maps.
func (a *App) openGeocoder() (err error) {
	a.Geocoder, err = geocode.New(geocode.Options{
		Name: a.Config.Geocoder, URL: a.Config.GeocoderURL, Key: a.Config.GeocoderKey,
		Agent: "beatplan/" + a.Version, Now: a.Clock.Now,
	})
	return err
}

// otherHits finds what the command bar offers beside customers.
type otherHits struct {
	atlas *gazetteer.Atlas
	db    *db.DB
}

// Search returns places; they are everybody's to see.
func (o otherHits) Search(
	ctx context.Context, sc scope.Scope, q string, limit int,
) ([]crmapi.Hit, error) {
	hits, err := o.people(ctx, sc, q, limit)
	if err != nil {
		return nil, err
	}
	for _, m := range o.atlas.Search(gazetteer.Query{Text: q, Limit: limit}) {
		at := m.Point
		hits = append(hits, crmapi.Hit{
			Type: "place", Title: m.Title, Subtitle: m.Subtitle, Position: &at,
		})
	}
	return hits, nil
}

// people are the active people within the scope whose name, team and phone hold
// every word.
func (o otherHits) people(
	ctx context.Context, sc scope.Scope, q string, limit int,
) ([]crmapi.Hit, error) {
	cards, err := identity.Cards(ctx, o.db, nil)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(q))
	var hits []crmapi.Hit
	for _, id := range inOrder(cards) {
		c := cards[id]
		text := strings.ToLower(c.Name + " " + c.TeamName + " " + c.Phone)
		lacks := func(w string) bool { return !strings.Contains(text, w) }
		if !c.Active || !sc.Has(int64(id)) || slices.ContainsFunc(words, lacks) {
			continue
		}
		hits = append(hits, crmapi.Hit{Type: "person", ID: int64(id), Title: c.Name,
			Subtitle: strings.Trim(c.TeamName+" · "+c.Phone, " ·"), Position: c.Home})
		if len(hits) == limit {
			break
		}
	}
	return hits, nil
}
