package app

import (
	"context"
	"slices"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/internal/db"
	"beatplan/tiles"
	"beatplan/tiles/site"
)

// siteTrail keeps who changed which place of the company.
type siteTrail struct{ log *audit.Log }

// SiteSet records a change of a place, inside tx.
func (t siteTrail) SiteSet(ctx context.Context, tx db.Tx, by int64, before, after site.Site) error {
	change := business.Change{Action: "site.place.set", Object: "site", Before: before, After: after}
	switch (site.Site{}) {
	case before:
		change.Before = nil
	case after:
		change.Action, change.After = "site.place.removed", nil
	}
	return t.log.Record(ctx, tx, actor(ctx, by), change)
}

// warehouseShapes are the warehouses that the company has set.
type warehouseShapes struct{ sites *site.Service }

func (warehouseShapes) Info() tiles.Info {
	return described("warehouses", "Warehouses of the company",
		map[string]string{"code": "The company's own", "name": "Name"})
}

func (w warehouseShapes) Shapes(ctx context.Context, _ tiles.Ask) ([]tiles.Shape, error) {
	all, err := w.sites.Sites(ctx)
	if err != nil {
		return nil, err
	}
	var out []tiles.Shape
	for _, x := range all {
		if x.Kind == site.Warehouse {
			out = append(out, tiles.Shape{ID: int64(len(out) + 1), Geometry: x.Position,
				Fields: map[string]any{"code": x.Code, "name": x.Name}})
		}
	}
	return out, nil
}

// officeNames are the offices that the company has set, by place.
func officeNames(ctx context.Context, sites *site.Service) (map[orb.Point]string, error) {
	all, err := sites.Sites(ctx)
	if err != nil {
		return nil, err
	}
	names := map[orb.Point]string{}
	for _, x := range slices.Backward(all) { // of two at a place the first code has it
		if x.Kind == site.Office {
			names[x.Position] = x.Name
		}
	}
	return names, nil
}
