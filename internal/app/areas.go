package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/api/crmapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/warnings"
	"beatplan/geo"
	"beatplan/geo/gazetteer"
	"beatplan/internal/db"
	"beatplan/internal/scope"
	"beatplan/routing"
	"beatplan/territory"
)

// openFilters registers what neighbours add to the filter of customers: the
// warnings that have come due, and ground by name.
func (a *App) openFilters() {
	for _, k := range warnings.Kinds() {
		if k.OfCustomers() {
			a.CRM.RegisterMarks("warning", string(k))
		}
	}
	a.CRM.GuardFilters(mayFilter)
	a.CRM.RegisterAreas("district", districts{a.Atlas})
	a.CRM.RegisterAreas("territory", &grounds{territories: a.Territories, db: a.DB, now: a.Clock.Now})
	a.CRM.RegisterAreas("reach", &reaches{roads: a.Roads, now: a.Clock.Now})
}

// mayFilter refuses a filter that would tell what the caller may not read
// otherwise. Whoever sent a request for customers has some permission: without any,
// the program itself asks.
func mayFilter(ctx context.Context, kind string) error {
	need := map[string]business.Permission{
		"territory": business.TerritoriesRead, "reach": business.RoutesRead,
		"warning": business.WarningsRead,
	}[kind]
	if need == "" || len(api.CallerOf(ctx).Permissions) == 0 {
		return nil
	}
	return api.Require(ctx, need)
}

// rebuildWarnings sets all clocks anew, has the days follow on which customers are
// due, and tells the map and the lists that filter by them.
func (a *App) rebuildWarnings(ctx context.Context) error {
	if err := a.Warnings.Rebuild(ctx, nil); err != nil {
		return err
	}
	if err := a.CRM.DueFollows(ctx); err != nil {
		return err
	}
	return a.CRM.MarksChanged(ctx)
}

// districts are the administrative areas of the extracts.
type districts struct{ atlas *gazetteer.Atlas }

// Area is the district of an id, without what districts of its level before it hold.
func (d districts) Area(_ context.Context, _ scope.Scope, id string) (crm.Area, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return crm.Area{}, crm.ErrNoArea.With("area", id)
	}
	list := d.atlas.Districts("")
	at := slices.IndexFunc(list, func(x gazetteer.District) bool { return x.ID == n })
	if at < 0 {
		return crm.Area{}, crm.ErrNoArea.With("area", id)
	}
	var level []crm.Area
	for _, x := range list[:at+1] {
		if x.Level == list[at].Level && x.Box.Intersects(list[at].Box) {
			level = append(level, crm.Area{Name: x.Name, In: x.Shape,
				Version: versionOf(strconv.FormatInt(x.ID, 10), x.Shape)})
		}
	}
	return crm.Partition(level)[len(level)-1], nil
}

// Grounds are the districts of a level in their order: the first that holds a place
// has it, which is what Area leaves to each.
func (d districts) Grounds(
	_ context.Context, _ scope.Scope, level int, language string,
) ([]crmapi.Ground, error) {
	var out []crmapi.Ground
	for _, x := range d.atlas.Districts(language) {
		if x.Level == level {
			out = append(out, crmapi.Ground{
				ID: fmt.Sprintf("district:%d", x.ID), Area: crm.Area{Name: x.Name, In: x.Shape}})
		}
	}
	return out, nil
}

// Levels are the levels of districts that there are.
func (d districts) Levels() []int { return gazetteer.Levels(d.atlas.Districts("")) }

// versionOf tells two shapes of one name apart: corners counted and summed.
func versionOf(id string, shape orb.MultiPolygon) string {
	n, sum := 0, 0.0
	for _, p := range shape {
		for _, r := range p {
			for _, c := range r {
				n++
				sum += c[0] + 2*c[1]
			}
		}
	}
	return fmt.Sprintf("%s/%d/%v", id, n, sum)
}

// grounds are the territories in force, by person.
type grounds struct {
	territories *territory.Service
	db          *db.DB
	now         func() time.Time

	mu    sync.Mutex
	kept  []ground
	until time.Time
}

// ground is the area of a person, without what of those before it is in it.
type ground struct {
	person int64
	area   crm.Area
}

// all are the areas of everybody, a second old at most: a view asks thirty times.
func (g *grounds) all(ctx context.Context) ([]ground, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now().Before(g.until) {
		return g.kept, nil
	}
	found, err := everyArea(ctx, g.territories, scope.Everything(), nil)
	if err != nil {
		return nil, err
	}
	areas := make([]crm.Area, len(found))
	for i, a := range found {
		areas[i] = crm.Area{In: a.Shape, Version: fmt.Sprintf("%d/%d", a.ID, a.Scenario)}
	}
	g.kept = make([]ground, len(found))
	for i, a := range crm.Partition(areas) {
		g.kept[i] = ground{found[i].Person, a}
	}
	g.until = g.now().Add(time.Second)
	return g.kept, nil
}

func everyArea(
	ctx context.Context, s *territory.Service, sc scope.Scope, box *geo.Box,
) ([]territory.Area, error) {
	var out []territory.Area
	for after := int64(0); ; {
		page, err := s.Areas(ctx, sc, territory.Seek{Box: box, After: after, Limit: 500})
		out = append(out, page...)
		if err != nil || len(page) < 500 {
			return out, err
		}
		after = page[len(page)-1].ID
	}
}

// Area is the ground of a person within the scope.
func (g *grounds) Area(ctx context.Context, sc scope.Scope, id string) (crm.Area, error) {
	person, err := strconv.ParseInt(id, 10, 64)
	if err != nil || !sc.Has(person) {
		return crm.Area{}, crm.ErrNoArea.With("area", id)
	}
	all, err := g.all(ctx)
	if err != nil {
		return crm.Area{}, err
	}
	at := slices.IndexFunc(all, func(x ground) bool { return x.person == person })
	if at < 0 {
		return crm.Area{}, crm.ErrNoArea.With("area", id)
	}
	return all[at].area, nil
}

// Grounds are the territories of the people within the scope. Which of two that
// meet has an edge does not depend on who asks.
func (g *grounds) Grounds(ctx context.Context, sc scope.Scope) ([]crmapi.Ground, error) {
	all, err := g.all(ctx)
	if err != nil {
		return nil, err
	}
	cards, err := identity.Cards(ctx, g.db, nil)
	if err != nil {
		return nil, err
	}
	var out []crmapi.Ground
	for _, x := range all {
		if sc.Has(x.person) {
			x.area.Name = cards[business.PersonID(x.person)].Name
			out = append(out, crmapi.Ground{ID: fmt.Sprintf("territory:%d", x.person), Area: x.area})
		}
	}
	return out, nil
}

// reaches are what can be reached by car: "lon~lat~minutes".
type reaches struct {
	roads *routing.Roads
	now   func() time.Time

	mu   sync.Mutex
	kept map[string]keptReach
}

type keptReach struct {
	area  crm.Area
	until time.Time
}

const (
	// reachKept is how long an isochrone is kept: it changes with the roads only.
	reachKept = time.Minute
	maxReach  = 60.0 // minutes
)

// Area is what can be reached from a place within so many minutes.
func (r *reaches) Area(ctx context.Context, _ scope.Scope, id string) (crm.Area, error) {
	r.mu.Lock()
	k, ok := r.kept[id]
	r.mu.Unlock()
	if ok && r.now().Before(k.until) {
		return k.area, nil
	}
	var v [3]float64
	parts := strings.Split(id, "~")
	for i, p := range parts {
		f, err := strconv.ParseFloat(p, 64)
		if err != nil || len(parts) != len(v) {
			return crm.Area{}, crm.ErrNoArea.With("area", id)
		}
		v[i] = f
	}
	from := orb.Point{v[0], v[1]}
	if !geo.Valid(from) || !(v[2] > 0 && v[2] <= maxReach) {
		return crm.Area{}, crm.ErrNoArea.With("area", id)
	}
	found, err := r.roads.Isochrone(ctx, from, time.Duration(v[2]*float64(time.Minute)))
	if err != nil {
		return crm.Area{}, err
	}
	area := crm.Area{In: found.Area, Version: versionOf(id, found.Area)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil || len(r.kept) >= 1000 {
		r.kept = map[string]keptReach{}
	}
	r.kept[id] = keptReach{area, r.now().Add(reachKept)}
	return area, nil
}
