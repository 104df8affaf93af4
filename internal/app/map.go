package app

import (
	"cmp"
	"path/filepath"
	"slices"

	"beatplan/api/tilesapi"
	"beatplan/routing"
	"beatplan/tiles"
	"beatplan/tiles/basemap"
)

// mountMap registers what the map draws: the basemap of all regions and the
// customers.
func (a *App) mountMap() {
	tilesapi.Surface{Layers: []tiles.Layer{
		basemap.New(basemaps{a.Roads}, a.Clock, a.Log),
		tiles.NewCustomers(customerTiles{a.CRM, a.Index}),
	}}.Mount(a.API)
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
