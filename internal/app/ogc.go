package app

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/paulmach/orb/geojson"

	"beatplan/api/ogcapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
	"beatplan/territory"
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
	}, {
		ID: "territories", Title: "Territories",
		Description: "Whose ground is where, as it is in force, of the people whom the caller may see",
		Perm:        business.TerritoriesRead, Source: territoryFeatures{a},
	}}}.Mount(a.API)
}

// territoryFeatures shows the territories in force as features.
type territoryFeatures struct{ app *App }

// Extent is the box of the territories in scope.
func (t territoryFeatures) Extent(ctx context.Context, sc scope.Scope) (geo.Box, error) {
	_, box, err := t.app.Territories.SumAreas(ctx, sc, territory.Seek{})
	return box, err
}

// Page reads territories by id.
func (t territoryFeatures) Page(
	ctx context.Context, sc scope.Scope, q ogcapi.Query,
) (ogcapi.Page, error) {
	k := territory.Seek{Box: q.Box, By: q.To, Limit: q.Limit}
	if q.After != nil {
		if err := json.Unmarshal(q.After, &k.After); err != nil {
			return ogcapi.Page{}, ogcapi.ErrParameter.Because(err)
		}
	}
	found, err := t.app.Territories.Areas(ctx, sc, k)
	if err != nil {
		return ogcapi.Page{}, err
	}
	var page ogcapi.Page
	if page.Matched, _, err = t.app.Territories.SumAreas(ctx, sc, k); err != nil {
		return ogcapi.Page{}, err
	}
	if page.Features, err = t.features(ctx, found); err != nil {
		return ogcapi.Page{}, err
	}
	if len(found) == q.Limit {
		page.Next, err = json.Marshal(found[len(found)-1].ID)
	}
	return page, err
}

// Feature reads one territory.
func (t territoryFeatures) Feature(
	ctx context.Context, sc scope.Scope, id int64,
) (*geojson.Feature, error) {
	found, err := t.app.Territories.Area(ctx, sc, id)
	if fail.Is(err, fail.NotFound) {
		return nil, ogcapi.ErrNoFeature.With("feature", id)
	}
	if err != nil {
		return nil, err
	}
	one, err := t.features(ctx, []territory.Area{found})
	if err != nil {
		return nil, err
	}
	return one[0], nil
}

func (t territoryFeatures) features(
	ctx context.Context, areas []territory.Area,
) ([]*geojson.Feature, error) {
	ids := make([]int64, len(areas))
	for i, a := range areas {
		ids[i] = a.Person
	}
	names, err := identity.Names(ctx, t.app.DB, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*geojson.Feature, len(areas))
	for i, a := range areas {
		out[i] = &geojson.Feature{ID: a.ID, Type: "Feature", Geometry: a.Shape,
			Properties: geojson.Properties{
				"person_id": a.Person, "person_name": names[business.PersonID(a.Person)],
				"since": a.Since.Format(time.DateOnly), "customers": a.Customers,
			}}
	}
	return out, nil
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
