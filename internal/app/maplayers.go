package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo/gazetteer"
	"beatplan/geo/track"
	"beatplan/internal/db"
	"beatplan/territory"
	"beatplan/tiles"
	"beatplan/tiles/site"
)

// trackKept is how long a map keeps somebody's way: reading it again stands in the
// audit trail again.
const trackKept = time.Minute

// shapeLayers are the layers of places, lines and areas, and what each needs.
func (a *App) shapeLayers() ([]tiles.Layer, map[string]business.Permission) {
	fresh := func(s tiles.ShapeSource, keep time.Duration) tiles.Layer {
		return tiles.NewShapes(tiles.NewMoment(s, keep, a.Clock.Now))
	}
	layers := []tiles.Layer{
		fresh(regionShapes{a.Atlas}, time.Minute),
		fresh(territoryShapes{a.Territories, a.DB}, tiles.Fresh),
		fresh(peopleShapes{a.Live, a.Index}, tiles.Fresh),
		fresh(officeShapes{a.DB, a.Sites}, tiles.Fresh),
		fresh(warehouseShapes{a.Sites}, tiles.Fresh),
		fresh(&routeShapes{visits: a.Visits, index: a.Index, app: a}, tiles.Fresh),
		fresh(trackShapes{trackDay{a}}, trackKept),
		fresh(stayShapes{trackDay{a}}, trackKept),
	}
	return layers, map[string]business.Permission{
		"territories": business.TerritoriesRead, "people": business.PositionsRead,
		"routes": business.DaysRead, "tracks": business.TracksRead, "stays": business.TracksRead,
		"offices": business.PeopleRead, "customers": business.CustomersRead,
		"coverage": business.CustomersRead,
	}
}

// described is a layer with one vector layer of the same name.
func described(name, what string, fields map[string]string) tiles.Info {
	return tiles.Info{
		Name: name, Description: what, MaxZoom: 16, Private: true,
		Layers: []tiles.VectorLayer{{ID: name, Description: what, MaxZoom: 16, Fields: fields}},
	}
}

// regionShapes are the administrative areas of the extracts.
type regionShapes struct{ atlas *gazetteer.Atlas }

func (regionShapes) Info() tiles.Info {
	i := described("regions", "Administrative areas of a level (parameters level, lang)",
		map[string]string{"id": "Id", "name": "Name", "level": "Level in OpenStreetMap"})
	i.Attribution = tiles.Attribution
	return i
}

func (r regionShapes) Shapes(_ context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	level, _ := strconv.Atoi(a.Query.Get("level")) // none: all of them
	var out []tiles.Shape
	for _, d := range r.atlas.Districts(a.Query.Get("lang")) {
		if level == 0 || d.Level == level {
			out = append(out, tiles.Shape{ID: d.ID, Geometry: d.Shape, Fields: map[string]any{
				"id": fmt.Sprintf("district:%d", d.ID), "name": d.Name, "level": d.Level,
			}})
		}
	}
	return out, nil
}

// territoryShapes are the territories in force.
type territoryShapes struct {
	territories *territory.Service
	db          *db.DB
}

func (territoryShapes) Info() tiles.Info {
	return described("territories", "Territories in force", map[string]string{
		"id": "Id", "person_id": "Whose", "name": "Whose name", "color_index": "Colour of the person",
		"customers": "Customers inside"})
}

func (t territoryShapes) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	found, err := everyArea(ctx, t.territories, a.Scope, nil)
	if err != nil {
		return nil, err
	}
	cards, err := identity.Cards(ctx, t.db, nil)
	if err != nil {
		return nil, err
	}
	out := make([]tiles.Shape, len(found))
	for i, x := range found {
		who := cards[business.PersonID(x.Person)]
		out[i] = tiles.Shape{ID: x.ID, Geometry: x.Shape, Fields: map[string]any{
			"id": fmt.Sprintf("territory:%d", x.Person), "person_id": x.Person, "name": who.Name,
			"color_index": who.Color, "customers": x.Customers,
		}}
	}
	return out, nil
}

// peopleShapes are the people who are located now.
type peopleShapes struct {
	live  *track.Live
	index *crm.Index
}

func (peopleShapes) Info() tiles.Info {
	return described("people", "Last positions of people", map[string]string{
		"person_id": "Who", "name": "Name", "color_index": "Colour", "age_s": "Age of the fix",
		"fresh": "Young enough to stand for now", "on_duty": "At work"})
}

func (p peopleShapes) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	found, err := p.live.Positions(ctx, a.Scope)
	if err != nil {
		return nil, err
	}
	out := make([]tiles.Shape, len(found))
	for i, x := range found {
		who := p.index.Owner(business.PersonID(x.Person))
		out[i] = tiles.Shape{ID: x.Person, Geometry: x.Position, Fields: map[string]any{
			"person_id": x.Person, "name": who.Name, "color_index": who.Color,
			"age_s": int64(x.Age.Seconds()), "fresh": x.Fresh, "on_duty": x.OnDuty,
		}}
	}
	return out, nil
}

// officeShapes are the company's offices and the other places from which people set out.
type officeShapes struct {
	db    *db.DB
	sites *site.Service
}

func (officeShapes) Info() tiles.Info {
	return described("offices", "Offices, and other places from which people set out",
		map[string]string{"people": "How many set out from here", "name": "Name of the office"})
}

func (o officeShapes) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	cards, err := identity.Cards(ctx, o.db, nil)
	if err != nil {
		return nil, err
	}
	names, err := officeNames(ctx, o.sites)
	if err != nil {
		return nil, err
	}
	people := map[orb.Point]int{}
	for p := range names {
		people[p] = 0
	}
	for id, c := range cards {
		if c.Office != nil && c.Active && a.Scope.Has(int64(id)) {
			people[*c.Office]++
		}
	}
	places := slices.SortedFunc(maps.Keys(people), func(a, b orb.Point) int {
		return slices.Compare(a[:], b[:])
	})
	out := make([]tiles.Shape, len(places))
	for i, p := range places {
		out[i] = tiles.Shape{ID: int64(i + 1), Geometry: p,
			Fields: map[string]any{"people": people[p], "name": names[p]}}
	}
	return out, nil
}

// dayOf reads the parameter date; without, it is today.
func (a *App) dayOf(q tiles.Ask) (business.Date, error) {
	s := q.Query.Get("date")
	if s == "" {
		return business.DateOf(a.Clock.Now(), a.Zone), nil
	}
	d, err := business.ParseDate(s)
	if err != nil {
		return d, tiles.ErrParameter.With("parameter", "date")
	}
	return d, nil
}

// routeShapes are the planned days of a date, along the road.
type routeShapes struct {
	app    *App
	visits *visits.Service
	index  *crm.Index

	mu    sync.Mutex
	lines map[string]orb.LineString // by the regions and the places they lead through
}

func (*routeShapes) Info() tiles.Info {
	return described("routes", "Planned days of a date (parameter date, today without)",
		map[string]string{"person_id": "Whose", "name": "Name", "color_index": "Colour",
			"stops": "How many", "done": "Of them driven", "status": "draft or published"})
}

func (r *routeShapes) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	day, err := r.app.dayOf(a)
	if err != nil {
		return nil, err
	}
	who := visits.Caller{Actor: business.Actor{Person: business.PersonID(a.Person)}, Scope: a.Scope}
	rows, err := r.visits.Days(ctx, who, day)
	if err != nil {
		return nil, err
	}
	var out []tiles.Shape
	for _, row := range rows {
		line, err := r.line(ctx, row)
		if err != nil {
			return nil, err
		}
		if len(line) > 1 {
			out = append(out, tiles.Shape{ID: int64(row.Worker.ID), Geometry: line, Fields: map[string]any{
				"person_id": int64(row.Worker.ID), "name": row.Worker.Name,
				"color_index": r.index.Owner(row.Worker.ID).Color, "stops": len(row.Day.Stops),
				"done": row.Done, "status": string(row.Day.Status),
			}})
		}
	}
	return out, nil
}

// places are what a day leads through, ends included; none without stops.
func (r *routeShapes) places(row visits.DayRow) orb.LineString {
	var points []orb.Point
	add := func(p *orb.Point) {
		if p != nil {
			points = append(points, *p)
		}
	}
	anchor := func(at visits.Anchor) *orb.Point {
		switch at.Kind {
		case visits.Home:
			return row.Worker.Home
		case visits.Office:
			return row.Worker.Office
		}
		return at.Point
	}
	if len(row.Day.Stops) == 0 {
		return nil
	}
	add(anchor(row.Day.Start))
	for _, s := range row.Day.Stops {
		if s.Customer != 0 {
			add(r.index.Place(s.Customer))
		} else {
			add(s.Point)
		}
	}
	add(anchor(row.Day.End))
	return points
}

// line is the way through the stops of a day; straight where no road leads, and for
// the moment when the roads cannot be asked.
func (r *routeShapes) line(ctx context.Context, row visits.DayRow) (orb.LineString, error) {
	points := r.places(row)
	if len(points) < 2 {
		return nil, nil
	}
	key := fmt.Sprint(points)
	for _, region := range r.app.Roads.Regions() {
		key += " " + region.ID
	}
	r.mu.Lock()
	known, ok := r.lines[key]
	r.mu.Unlock()
	if ok {
		return known, nil
	}
	line, err := roadPlanner{roads: r.app.Roads}.Line(ctx, points)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !errors.Is(err, visits.ErrNoRoads) {
			return points, nil
		}
		line = points
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lines == nil || len(r.lines) > 2000 {
		r.lines = map[string]orb.LineString{}
	}
	r.lines[key] = line
	return line, nil
}

// trackDay reads whose day a layer of ways is asked for.
type trackDay struct{ app *App }

func (t trackDay) read(a tiles.Ask) (by track.Reader, person int64, from, to time.Time, err error) {
	day, err := t.app.dayOf(a)
	if err != nil {
		return by, 0, from, to, err
	}
	person, bad := strconv.ParseInt(a.Query.Get("person"), 10, 64)
	if bad != nil {
		return by, 0, from, to, tiles.ErrParameter.With("parameter", "person")
	}
	return track.Reader{Person: a.Person, Scope: a.Scope}, person,
		day.At(t.app.Zone, 0), day.Add(1).At(t.app.Zone, 0), nil
}

// trackShapes is the way of a person on a day.
type trackShapes struct{ trackDay }

func (trackShapes) Info() tiles.Info {
	return described("tracks", "Way of a person on a day (parameters person, date)",
		map[string]string{"person_id": "Whose", "begin": "First fix", "end": "Last fix",
			"length_m": "Along the fixes"})
}

func (t trackShapes) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	by, person, from, to, err := t.read(a)
	if err != nil {
		return nil, err
	}
	way, err := t.app.Track.Track(ctx, by, person, from, to)
	if err != nil || len(way.Fixes) < 2 {
		return nil, err
	}
	line := make(orb.LineString, len(way.Fixes))
	for i, f := range way.Fixes {
		line[i] = f.Position
	}
	return []tiles.Shape{{ID: person, Geometry: line, Fields: map[string]any{
		"person_id": person, "length_m": int64(way.Length),
		"begin": way.Fixes[0].At.Format(time.RFC3339),
		"end":   way.Fixes[len(way.Fixes)-1].At.Format(time.RFC3339),
	}}}, nil
}

// stayShapes are the places where a person stood on a day.
type stayShapes struct{ trackDay }

func (stayShapes) Info() tiles.Info {
	return described("stays", "Where a person stood on a day (parameters person, date)",
		map[string]string{"person_id": "Whose", "begin": "From", "end": "Until",
			"minutes": "How long", "open": "May still be there"})
}

func (t stayShapes) Shapes(ctx context.Context, a tiles.Ask) ([]tiles.Shape, error) {
	by, person, from, to, err := t.read(a)
	if err != nil {
		return nil, err
	}
	found, err := t.app.Track.Report(ctx, by, person, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]tiles.Shape, len(found.Stays))
	for i, s := range found.Stays {
		out[i] = tiles.Shape{ID: int64(i + 1), Geometry: s.Centre, Fields: map[string]any{
			"person_id": person, "begin": s.Begin.Format(time.RFC3339), "end": s.End.Format(time.RFC3339),
			"minutes": int64(s.End.Sub(s.Begin).Minutes()), "open": s.Open,
		}}
	}
	return out, nil
}
