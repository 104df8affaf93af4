package app

import (
	"context"
	"net/url"
	"strconv"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/internal/scope"
	"beatplan/tiles"
)

// customerTiles shows the customers in memory to the map.
type customerTiles struct {
	crm   *crm.Service
	index *crm.Index
}

// Bounds is the box of all located customers.
func (c customerTiles) Bounds() geo.Box { return c.index.Bounds() }

// Version counts the changes of customers.
func (c customerTiles) Version() uint64 { return c.index.Version() }

// Changed is the number of the last change that touched the tile.
func (c customerTiles) Changed(z, column, row uint32) uint64 {
	return c.index.Changed(z, column, row)
}

// Day numbers the company's business day.
func (c customerTiles) Day() int64 { return int64(c.crm.Today().Sub(business.Date{})) }

// Filter reads the parameters of the list.
func (c customerTiles) Filter(
	ctx context.Context, sc scope.Scope, query url.Values,
) (tiles.CustomerFilter, error) {
	f, err := crm.ParseFilter(query)
	if err != nil {
		return nil, err
	}
	if f, err = c.crm.Resolve(ctx, sc, f); err != nil {
		return nil, err
	}
	warned := query.Get("by") == tiles.ByWarning
	if warned {
		if err := mayFilter(ctx, "warning"); err != nil {
			return nil, err
		}
	}
	return customerFilter{c, f, sc, warned}, nil
}

type customerFilter struct {
	customerTiles
	filter crm.Filter
	scope  scope.Scope
	warned bool // tiles tell how many warnings are open
}

// Key names the filter and the business day.
func (f customerFilter) Key() string { return f.crm.Today().String() + "?" + f.filter.Key() }

// Lasting reports whether neither areas nor warnings are asked for, which change with
// the territories, and which not everybody may ask for.
func (f customerFilter) Lasting() bool {
	return len(f.filter.Areas) == 0 && len(f.filter.Marks) == 0 && !f.warned
}

// Select applies filter and scope.
func (f customerFilter) Select() tiles.CustomerSelection {
	return customerSelection{f.index.Select(f.filter, f.scope)}
}

type customerSelection struct{ *crm.Selection }

// Clustered reports whether this zoom is drawn as clusters.
func (s customerSelection) Clustered(z uint32) bool { return z <= crm.ClusterZoom }

// Points visits the customers of the tile.
func (s customerSelection) Points(z, column, row uint32, visit func(tiles.CustomerPoint)) {
	for p := range s.Selection.Points(z, column, row) {
		visit(s.point(p))
	}
}

func (s customerSelection) point(p *crm.MapPin) tiles.CustomerPoint {
	x, y := index.Plane(*p.Position)
	return tiles.CustomerPoint{
		ID: int64(p.ID), X: x, Y: y, Name: p.Name, Kind: p.Kind, Level: string(p.Level),
		Status: string(p.Status), Owner: int64(p.Owner), Color: s.Owner(p.Owner).Color,
		OverdueDays: s.Overdue(p), VisitedDays: s.VisitedAgo(p), Receivable: p.Owes,
		Warnings: s.Marked(p),
	}
}

// Clusters visits the clusters of the tile.
func (s customerSelection) Clusters(
	z, column, row uint32, by string, visit func(tiles.CustomerCluster),
) {
	parts := make([]tiles.Part, 0, tiles.MaxParts)
	for _, k := range s.Selection.Clusters(z, column, row, crm.Breakdown(by)) {
		out := tiles.CustomerCluster{X: k.X, Y: k.Y, Count: k.Count, Expand: k.Expand}
		if k.Single != nil {
			p := s.point(k.Single)
			out.Single = &p
		}
		shown := k.Parts[:min(len(k.Parts), tiles.MaxParts)]
		parts = parts[:0]
		for _, part := range shown {
			parts = append(parts, s.part(part))
		}
		out.Parts = parts
		visit(out)
	}
}

func (s customerSelection) part(p crm.Part) tiles.Part {
	switch {
	case p.Level != "":
		return tiles.Part{Value: string(p.Level), Count: p.Count}
	case p.Status != "":
		return tiles.Part{Value: string(p.Status), Count: p.Count}
	}
	return tiles.Part{
		Value: strconv.FormatInt(int64(p.Owner), 10), Color: s.Owner(p.Owner).Color, Count: p.Count,
	}
}
