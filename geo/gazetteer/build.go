package gazetteer

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"

	"beatplan/geo"
	"beatplan/geo/osm"
)

// ErrNoNames says that an extract holds nothing with a name.
var ErrNoNames = errors.New("the extract holds no names")

const (
	// streetGrain is the tolerance within which streets are kept, in degrees (5 m).
	streetGrain = 0.00005
	// districtGrain is the tolerance of district outlines, in degrees (20 m).
	districtGrain = 0.0002
	// sameStreet is how far apart, in degrees (about 5 km), pieces of one name are
	// still one street when no municipality tells them apart.
	sameStreet = 0.05
)

// Build writes the gazetteer of an extract to out. Progress, which may be nil, runs
// from 0 to 1. It fails as osm.Map does, with ErrNoNames, or with the file
// system's errors; a half-written file is removed.
func Build(ctx context.Context, extract, out string, progress func(float64)) error {
	if progress == nil {
		progress = func(float64) {}
	}
	b := builder{}
	opts := osm.Options{Progress: func(done, total int64) {
		if total > 0 {
			progress(0.5 * float64(done) / float64(total))
		}
	}}
	_, err := osm.Map(ctx, extract, opts, osm.MapHandler{
		Place: b.place, Road: b.road, Landmark: b.landmark, House: b.house, District: b.district,
		Line: b.water,
	})
	if err != nil {
		return err
	}
	progress(0.5)
	err = osm.POIs(ctx, extract, func(p osm.POI) error {
		return b.add(Business, p.Names, p.Point)
	})
	if err != nil {
		return err
	}
	progress(0.8)
	g, err := b.gazetteer(ctx)
	if err != nil {
		return err
	}
	if err := write(out, g); err != nil {
		return err
	}
	progress(1)
	return nil
}

// builder collects names until all districts are known.
type builder struct {
	found     []raw
	roads     []roadPiece
	districts []district
	barriers  []orb.LineString
	home      *homes
}

// raw is an entry before its surroundings are known.
type raw struct {
	entry
	weight float64
}

type roadPiece struct {
	names names
	line  orb.LineString
}

func toNames(n osm.Names) names {
	out := names{cmp.Or(n.Local, n.English, n.Chinese), n.English, n.Chinese}
	for i := 1; i < len(out); i++ {
		if out[i] == out[0] {
			out[i] = ""
		}
	}
	return out
}

func (b *builder) add(kind Kind, n osm.Names, at orb.Point) error {
	e := entry{kind: kind, names: toNames(n), at: at}
	if e.names[0] != "" {
		b.found = append(b.found, raw{entry: e})
	}
	return nil
}

func (b *builder) place(p *osm.Place) error {
	kind := Village
	switch p.Class {
	case "city":
		kind = City
	case "town":
		kind = Town
	}
	if err := b.add(kind, p.Names, p.Point); err != nil {
		return err
	}
	if n := len(b.found); n > 0 {
		b.found[n-1].weight = math.Log10(float64(1 + p.Population))
	}
	return nil
}

func (b *builder) landmark(p *osm.POI) error { return b.add(Landmark, p.Names, p.Point) }

func (b *builder) house(h *osm.House) error {
	if h.Street == "" {
		return nil
	}
	return b.add(House, osm.Names{Local: h.Number + " " + h.Street}, h.Point)
}

// water keeps the rivers and canals: they part the ground.
func (b *builder) water(l *osm.MapLine) error {
	if (l.Class == "river" || l.Class == "canal") && !l.Tunnel {
		b.part(l.Line)
	}
	return nil
}

func (b *builder) part(line orb.LineString) {
	b.barriers = append(b.barriers, simplify.DouglasPeucker(districtGrain).LineString(line.Clone()))
}

func (b *builder) road(r *osm.MapRoad) error {
	if (r.Class == "motorway" || r.Class == "trunk") && !r.Link && !r.Tunnel {
		b.part(r.Line)
	}
	if n := toNames(r.Names); n[0] != "" && !r.Link {
		line := simplify.DouglasPeucker(streetGrain).LineString(r.Line)
		b.roads = append(b.roads, roadPiece{n, line})
	}
	return nil
}

func (b *builder) district(d *osm.District) error {
	shape := simplify.DouglasPeucker(districtGrain).MultiPolygon(d.Shape)
	shape = slices.DeleteFunc(shape, func(p orb.Polygon) bool { return len(p) == 0 || len(p[0]) < 4 })
	if len(shape) == 0 {
		return nil
	}
	n := toNames(d.Names)
	n[0], _, _ = strings.Cut(n[0], ", ") // "Bear, Delaware"
	b.districts = append(b.districts, district{d.Level, n, shape, shape.Bound()})
	return nil
}

// gazetteer gives every name its surroundings and its rank.
func (b *builder) gazetteer(ctx context.Context) (*Gazetteer, error) {
	g := &Gazetteer{districts: b.districts, barriers: b.barriers}
	b.home = newHomes(b.districts)
	lines := b.streets()
	slices.SortStableFunc(b.found, func(x, y raw) int {
		return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(y.weight, x.weight))
	})
	if len(b.found) == 0 {
		return nil, ErrNoNames
	}
	towns := Gazetteer{}
	for _, r := range b.found {
		if r.kind <= Village {
			towns.entries = append(towns.entries, r.entry)
		}
	}
	towns.ground = newGrid(&towns)
	index := map[names]uint32{}
	for i, r := range b.found {
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		hold := b.home.of(r.at)
		var town *names
		if r.kind > Village && (len(hold) == 0 || hold[0].level < 7) {
			town = towns.ground.nearestTown(&towns, r.at)
		}
		c := contextOf(hold, town, r.names[0])
		if _, ok := index[c]; !ok {
			index[c] = uint32(len(g.contexts))
			g.contexts = append(g.contexts, c)
		}
		r.around = index[c]
		g.entries = append(g.entries, r.entry)
		if r.kind == Street {
			for _, line := range lines[streetKey{r.names[0], r.at}] {
				g.streets = append(g.streets, street{uint32(i), line})
			}
		}
	}
	return g, nil
}

// streetKey tells streets of one name apart.
type streetKey struct {
	name string
	at   orb.Point
}

// streets puts pieces of one name that lie in one municipality, or near each other,
// together as one street, labelled in the middle of its longest piece.
func (b *builder) streets() map[streetKey][]orb.LineString {
	type group struct {
		names   names
		home    *district
		box     geo.Box
		pieces  []orb.LineString
		longest int
	}
	byName := map[string][]*group{}
	var order []*group
	for _, r := range b.roads {
		var home *district
		middle := r.line[len(r.line)/2]
		if hold := b.home.of(middle); len(hold) > 0 && hold[0].level >= 7 {
			home = hold[0]
		}
		var into *group
		for _, g := range byName[r.names[0]] {
			if g.home == home && (home != nil || g.box.Pad(sameStreet).Contains(middle)) {
				into = g
				break
			}
		}
		if into == nil {
			into = &group{names: r.names, home: home, box: r.line.Bound()}
			byName[r.names[0]] = append(byName[r.names[0]], into)
			order = append(order, into)
		}
		into.box = into.box.Union(r.line.Bound())
		into.pieces = append(into.pieces, r.line)
		last := len(into.pieces) - 1
		if planar.Length(r.line) > planar.Length(into.pieces[into.longest]) {
			into.longest = last
		}
	}
	lines := map[streetKey][]orb.LineString{}
	for _, g := range order {
		long := g.pieces[g.longest]
		at := long[len(long)/2]
		key := streetKey{g.names[0], at}
		if _, taken := lines[key]; !taken {
			b.found = append(b.found, raw{entry: entry{kind: Street, names: g.names, at: at},
				weight: float64(len(g.pieces))})
		}
		lines[key] = append(lines[key], g.pieces...)
	}
	return lines
}
