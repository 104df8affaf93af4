package tiles

import (
	"context"
	"net/url"
	"strconv"
	"sync"

	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/internal/scope"
)

// Customers is the layer of customers: clusters up to zoom ClusterZoom of its
// source, single customers beyond. A cluster of one is drawn as the customer.
// The filter is the one of the customers' list; only what the scope may see is
// in a tile, and in the counts of its clusters.
type Customers struct {
	source  CustomerSource
	cache   *cache
	spoken  spoken
	writers sync.Pool // of *PointWriter
}

// CustomerSource holds the customers in memory and answers for one caller.
type CustomerSource interface {
	// Filter reads the parameters of the customers' list. It fails with a
	// fail.Error when they cannot be read.
	Filter(ctx context.Context, s scope.Scope, query url.Values) (CustomerFilter, error)
	// Day numbers the business day, on which it depends what is due.
	Day() int64
	// Bounds is the box of all customers; the zero box when there are none.
	Bounds() geo.Box
	// Version changes whenever any customer did.
	Version() uint64
	// Changed is the number of the last change that touched the tile. Equal
	// numbers mean that no customer in it changed.
	Changed(z, column, row uint32) uint64
}

// CustomerFilter is a filter that was read.
type CustomerFilter interface {
	// Key names filter and business day: equal keys of one scope select equally.
	Key() string
	// Lasting reports whether the same words read as the same filter, for everybody of
	// the scope, as long as the business day lasts.
	Lasting() bool
	// Select applies the filter, within the scope that it was read for, to the
	// present customers.
	Select() CustomerSelection
}

// CustomerSelection is what one caller sees under one filter.
type CustomerSelection interface {
	// Clustered reports whether this zoom is drawn as clusters.
	Clustered(z uint32) bool
	// Points visits the customers of the tile, each once, in a stable order.
	Points(z, column, row uint32, visit func(CustomerPoint))
	// Clusters visits the clusters of the tile, broken down by "owner", "level"
	// or "status". The largest [MaxParts] parts are enough; they may be written over
	// when visit has returned.
	Clusters(z, column, row uint32, by string, visit func(CustomerCluster))
}

// CustomerPoint is one customer on the map. X and Y are its place on the Web
// Mercator square in units of 2⁻³² of its side, growing east and south.
type CustomerPoint struct {
	ID          int64
	X, Y        uint32
	Name        string
	Kind        string
	Level       string
	Status      string
	Owner       int64 // 0: nobody
	Color       int   // of the owner
	OverdueDays int
	VisitedDays int   // since the last visit; -1: never
	Receivable  int64 // open, in minor units
	Warnings    int   // how many are open; drawn only where the parameter by asks for it
}

// CustomerCluster stands for several customers around X, Y.
type CustomerCluster struct {
	X, Y   uint32
	Count  int64
	Parts  []Part
	Expand uint32         // the zoom at which it falls apart
	Single *CustomerPoint // the customer, when Count is 1
}

// Part is how many of a cluster have one value of the breakdown.
type Part struct {
	Value string // id of an owner, a level or a status
	Color int    // of an owner; the place in the legend otherwise
	Count int64
}

// The attributes of the layer, in the order of their keys.
const (
	keyID = iota
	keyName
	keyKind
	keyLevel
	keyStatus
	keyOwner
	keyColor
	keyOverdue
	keyVisited
	keyReceivable
	keyCount
	keyParts
	keyExpand
	keyWarnings
)

// ByWarning is the value of the parameter by that has customers carry how many warnings
// of them are open. A source refuses it to whoever may not read warnings.
const ByWarning = "warning"

func customerKeys() []string {
	return []string{"id", "name", "kind", "level", "status", "owner_id", "color_index",
		"overdue_days", "visited_days", "receivable", "count", "parts", "expand",
		"warnings"}
}

// NewCustomers makes the layer.
func NewCustomers(source CustomerSource) *Customers {
	c := &Customers{source: source, cache: newCache(cacheBytes)}
	c.writers.New = func() any { return new(PointWriter) }
	return c
}

// Info describes the layer.
func (c *Customers) Info() Info {
	return Info{
		Name: "customers", Description: "Customers that the caller may see",
		MinZoom: 0, MaxZoom: 16, Bounds: c.source.Bounds(), Private: true,
		Version: strconv.FormatUint(c.source.Version(), 10),
		Layers: []VectorLayer{{
			ID: "customers", Description: "Customers and clusters of customers", MaxZoom: 16,
			Fields: map[string]string{
				"id": "Id of a customer", "name": "Name", "kind": "Kind, a path", "level": "A, B or C",
				"status": "prospect, active, dormant or lost", "owner_id": "Id of the owner",
				"color_index": "Colour of the owner", "overdue_days": "Days since a visit was due",
				"visited_days": "Days since the last visit, -1: never", "receivable": "Open, in minor units",
				"count":    "Of a cluster: its customers",
				"parts":    "Of a cluster: value:colour:count;… by the parameter by",
				"expand":   "Of a cluster: the zoom at which it falls apart",
				"warnings": "With by=warning: how many are open",
			},
		}},
	}
}

// Tile draws one tile, or takes it from the cache when no customer in it changed.
// The parameter by chooses what clusters are broken down by (owner, level or
// status; owner by default), and warning has customers carry how many warnings are
// open; the others are the list's filter.
func (c *Customers) Tile(ctx context.Context, r Request) (Tile, error) {
	day := c.source.Day() // before the filter: what it says at midnight is not kept for longer
	filter, err := c.source.Filter(ctx, r.Scope, r.Query)
	if err != nil {
		return Tile{}, err
	}
	if r.Scope.Version == "" && !r.Scope.All { // a scope without a name shares nothing
		return c.cache.finish(c.draw(filter.Select(), r)), nil
	}
	key := keyOf(r, filter.Key(), breakdown(r))
	if filter.Lasting() {
		c.spoken.keep(r, day, key.what)
	}
	// The number is read before the customers: a change between the two makes
	// the cached tile look older than it is, never newer.
	changed := c.changed(r)
	if tile, ok := c.cache.get(key, changed); ok {
		return tile, nil
	}
	tile := c.cache.finish(c.draw(filter.Select(), r))
	c.cache.put(key, changed, tile)
	return tile, nil
}

// Kept is the tile of a request whose words were read before, when it is at hand and
// no customer in it changed.
func (c *Customers) Kept(r Request) (Tile, bool) {
	what, ok := c.spoken.read(r, c.source.Day())
	if !ok {
		return Tile{}, false
	}
	return c.cache.get(cacheKey{what, r.Tile}, c.changed(r))
}

// changed is the number of the last change that touched what the tile shows.
func (c *Customers) changed(r Request) uint64 {
	if mapDatum(r.Datum) == datum.WGS84 {
		return c.source.Changed(uint32(r.Tile.Z), r.Tile.X, r.Tile.Y)
	}
	var last uint64
	for _, t := range sources(r.Tile, r.Datum) {
		last = max(last, c.source.Changed(uint32(t.Z), t.X, t.Y))
	}
	return last
}

// Draw draws one tile from the customers as they are, past the cache.
func (c *Customers) Draw(ctx context.Context, r Request) (Tile, error) {
	filter, err := c.source.Filter(ctx, r.Scope, r.Query)
	if err != nil {
		return Tile{}, err
	}
	return c.cache.finish(c.draw(filter.Select(), r)), nil
}

func breakdown(r Request) string {
	switch by := r.Query.Get("by"); by {
	case "level", "status", ByWarning:
		return by
	}
	return "owner"
}

// keyOf holds everything that decides what is in a tile, except the content.
func keyOf(r Request, filter, by string) cacheKey {
	b := make([]byte, 0, 64+len(r.Scope.Version)+len(filter))
	b = append(append(b, scopeName(r.Scope)...), 0)
	b = append(append(b, filter...), 0)
	b = append(append(b, by...), 0)
	return cacheKey{string(append(b, mapDatum(r.Datum)...)), r.Tile}
}

// scopeName tells scopes with a version apart.
func scopeName(s scope.Scope) string {
	if s.All {
		return "all"
	}
	return "v" + s.Version
}

// draw draws a tile. On a map in another datum it holds what falls into it after
// the shift, from whatever tiles of WGS-84 that comes.
func (c *Customers) draw(s CustomerSelection, r Request) []byte {
	w, _ := c.writers.Get().(*PointWriter)
	defer c.writers.Put(w)
	w.Begin("customers", customerKeys())
	z, by := uint32(r.Tile.Z), breakdown(r)
	here := mapDatum(r.Datum) == datum.WGS84 // then the tile holds what its source says
	place := func(x, y uint32) (uint32, uint32, bool) {
		if here {
			return x, y, true
		}
		x, y = shifted(x, y, r.Datum)
		return x, y, uint64(x)>>(32-z) == uint64(r.Tile.X) && uint64(y)>>(32-z) == uint64(r.Tile.Y)
	}
	one := func(p CustomerPoint) {
		var in bool
		if p.X, p.Y, in = place(p.X, p.Y); in {
			writeCustomer(w, p, z)
			if by == ByWarning {
				w.Int(keyWarnings, int64(p.Warnings))
			}
		}
	}
	for _, t := range sources(r.Tile, r.Datum) {
		if !s.Clustered(z) {
			s.Points(z, t.X, t.Y, one)
			continue
		}
		s.Clusters(z, t.X, t.Y, by, func(k CustomerCluster) {
			if k.Single != nil {
				one(*k.Single)
				return
			}
			x, y, in := place(k.X, k.Y)
			if !in {
				return
			}
			w.Point(0, inTile(x, z), inTile(y, z))
			w.Int(keyCount, k.Count)
			w.Int(keyExpand, int64(k.Expand))
			w.Text(keyParts, spellParts(k.Parts), false)
		})
	}
	return w.Bytes()
}

func writeCustomer(w *PointWriter, p CustomerPoint, z uint32) {
	w.Point(uint64(p.ID), inTile(p.X, z), inTile(p.Y, z))
	w.Int(keyID, p.ID)
	w.Text(keyName, p.Name, false)
	w.Text(keyKind, p.Kind, true)
	w.Text(keyLevel, p.Level, true)
	w.Text(keyStatus, p.Status, true)
	w.Int(keyOwner, p.Owner)
	w.Int(keyColor, int64(p.Color))
	w.Int(keyOverdue, int64(p.OverdueDays))
	w.Int(keyVisited, int64(p.VisitedDays))
	w.Int(keyReceivable, p.Receivable)
}

// inTile is a coordinate of the plane in units of its tile at zoom z, rounded
// down, so that 0 ≤ result < Extent always.
func inTile(plane, z uint32) int32 {
	return int32(uint64(plane<<z) * Extent >> 32)
}

// MaxParts keeps a cluster small; what is beyond is the rest of its count.
const MaxParts = 12

func spellParts(parts []Part) string {
	b := make([]byte, 0, 16*MaxParts)
	for i, p := range parts[:min(len(parts), MaxParts)] {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(append(b, p.Value...), ':')
		b = append(strconv.AppendInt(b, int64(p.Color), 10), ':')
		b = strconv.AppendInt(b, p.Count, 10)
	}
	return string(b)
}
