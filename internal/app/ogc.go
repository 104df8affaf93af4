package app

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/paulmach/orb/geojson"

	"beatplan/api/ogcapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// mountOGC registers the collections that desktop GIS reads.
func (a *App) mountOGC() {
	text := func(name, title string, enum ...string) ogcapi.Queryable {
		return ogcapi.Queryable{Name: name, Title: title, Type: "string", Enum: enum}
	}
	ogcapi.Surface{Now: a.Clock.Now, Collections: []ogcapi.Collection{{
		ID: "customers", Title: "Customers",
		Description: "Customers with a position, as far as the caller may see them",
		Perm:        business.CustomersRead, Source: customerFeatures{a.CRM, a.Index},
		Queryables: []ogcapi.Queryable{
			text("q", "Words in number, name, address, district or phone"),
			text("owner", "Ids of owners, separated by commas; none for nobody"),
			text("team", "Ids of teams"), text("kind", "Kinds; one includes those below it"),
			text("level", "Level", "A", "B", "C"),
			text("status", "Status", "prospect", "active", "dormant", "lost"),
			text("due", "When a visit is due", "overdue", "today", "soon", "later", "none"),
			text("tag", "Tags"),
		},
	}}}.Mount(a.API)
}

// customerFeatures shows located customers as features.
type customerFeatures struct {
	crm   *crm.Service
	index *crm.Index
}

// Extent is the box of the located customers in scope.
func (c customerFeatures) Extent(_ context.Context, sc scope.Scope) (geo.Box, error) {
	if sc.All {
		return c.index.Bounds(), nil
	}
	var box geo.Box
	for p := range c.index.Select(crm.Filter{}, sc).Points(0, 0, 0) {
		if box == (geo.Box{}) {
			box = p.Position.Bound()
		}
		box = box.Extend(*p.Position)
	}
	return box, nil
}

// Page reads located customers by id.
func (c customerFeatures) Page(
	ctx context.Context, sc scope.Scope, q ogcapi.Query,
) (ogcapi.Page, error) {
	f, err := crm.ParseFilter(q.Filter)
	if err != nil {
		return ogcapi.Page{}, err
	}
	located := true
	f.Located, f.Box = &located, q.Box
	l := crm.List{Filter: f, Limit: q.Limit}
	if q.After != nil {
		if err := json.Unmarshal(q.After, &l.After); err != nil {
			return ogcapi.Page{}, ogcapi.ErrParameter.Because(err)
		}
	}
	found, next, err := c.crm.List(ctx, sc, l)
	if err != nil {
		return ogcapi.Page{}, err
	}
	count, err := c.crm.Count(ctx, sc, f)
	if err != nil {
		return ogcapi.Page{}, err
	}
	page := ogcapi.Page{Matched: count.Total}
	for i := range found {
		page.Features = append(page.Features, c.feature(&found[i]))
	}
	if next != nil {
		page.Next, err = json.Marshal(next)
	}
	return page, err
}

// Feature reads one customer; one without a position has a null geometry.
func (c customerFeatures) Feature(
	ctx context.Context, sc scope.Scope, id int64,
) (*geojson.Feature, error) {
	customer, err := c.crm.Customer(ctx, sc, business.CustomerID(id))
	if fail.Is(err, fail.NotFound) {
		return nil, ogcapi.ErrNoFeature.With("feature", id)
	}
	if err != nil {
		return nil, err
	}
	return c.feature(&customer), nil
}

func (c customerFeatures) feature(k *crm.Customer) *geojson.Feature {
	f := &geojson.Feature{ID: int64(k.ID), Type: "Feature", Properties: geojson.Properties{
		"number": k.Number, "name": k.Name, "kind": k.Kind, "level": string(k.Level),
		"status": string(k.Status), "owner_id": int64(k.Owner), "owner_name": k.OwnerName,
		"team_name": k.TeamName, "district": k.District, "address": k.Address, "phone": k.Phone,
		"visit_every_days": k.VisitEveryDays, "visit_count": k.VisitCount,
		"overdue_days": k.Overdue(c.crm.Today()), "tags": strings.Join(k.Tags, ", "),
	}}
	for name, day := range map[string]business.Date{
		"last_visit_day": k.LastVisitDay, "due_on": k.DueOn,
	} {
		f.Properties[name] = nil
		if day != (business.Date{}) {
			f.Properties[name] = day.String()
		}
	}
	if k.Position != nil {
		f.Geometry = *k.Position
	}
	return f
}
