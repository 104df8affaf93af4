package app

import (
	"cmp"
	"path/filepath"
	"slices"

	"beatplan/api/crmapi"
	"beatplan/api/tilesapi"
	"beatplan/routing"
	"beatplan/tiles"
	"beatplan/tiles/archive"
	"beatplan/tiles/basemap"
)

// mountMap registers what the map draws, and the counts that it shows.
func (a *App) mountMap() {
	layers, needs := a.shapeLayers()
	customers := customerTiles{a.CRM, a.Index}
	layers = append(layers, basemap.New(basemaps{a.Roads}, a.Clock, a.Log),
		tiles.NewCustomers(customers), tiles.NewShapes(coverage{customers}))
	taken := func(name string) bool {
		return slices.ContainsFunc(layers, func(l tiles.Layer) bool { return l.Info().Name == name })
	}
	layers = append(layers, archive.Folder(filepath.Join(a.Config.Data, "layers"), taken, a.Log)...)
	tilesapi.Surface{Layers: layers, Needs: needs, Bases: a.Bases, Sites: a.Sites}.Mount(a.API)
	crmapi.Counting{
		Service: a.CRM, Index: a.Index, Districts: districts{a.Atlas},
		Territories: &grounds{territories: a.Territories, db: a.DB, now: a.Clock.Now},
	}.Mount(a.API)
}

// basemaps tells the map where the regions' basemaps are.
type basemaps struct{ roads *routing.Roads }

// Basemaps lists the archives by region.
func (b basemaps) Basemaps() ([]basemap.Archive, error) {
	var all []basemap.Archive
	for _, r := range b.roads.Regions() {
		if !slices.ContainsFunc(r.Files, func(f routing.File) bool { return f.Name == BasemapFile }) {
			continue
		}
		all = append(all, basemap.Archive{ID: r.ID, Path: filepath.Join(r.Dir, BasemapFile)})
	}
	slices.SortFunc(all, func(x, y basemap.Archive) int { return cmp.Compare(x.ID, y.ID) })
	return all, nil
}
