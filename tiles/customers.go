package tiles

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
	"beatplan/internal/scope"
)

// Customers is the layer of customers: clusters up to zoom ClusterZoom of its
// source, single customers beyond. A cluster of one is drawn as the customer.
// The filter is the one of the customers' list; only what the scope may see is
// in a tile, and in the counts of its clusters.
type Customers struct {
	source  CustomerSource
	cache   *cache
	writers sync.Pool // of *PointWriter
}

// CustomerSource holds the customers in memory and answers for one caller.
type CustomerSource interface {
	// Filter reads the parameters of the customers' list. It fails with a
	// fail.Error when they cannot be read.
	Filter(query url.Values) (CustomerFilter, error)
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
	// Select applies the filter and the caller's scope to the present customers.
	Select(s scope.Scope) CustomerSelection
}

// CustomerSelection is what one caller sees under one filter.
type CustomerSelection interface {
	// Clustered reports whether this zoom is drawn as clusters.
	Clustered(z uint32) bool
	// Points visits the customers of the tile, each once, in a stable order.
	Points(z, column, row uint32, visit func(CustomerPoint))
	// Clusters visits the clusters of the tile, broken down by "owner", "level"
	// or "status".
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
)

func customerKeys() []string {
	return []string{"id", "name", "kind", "level", "status", "owner_id", "color_index",
		"overdue_days", "visited_days", "receivable", "count", "parts", "expand"}
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
				"count":  "Of a cluster: its customers",
				"parts":  "Of a cluster: value:colour:count;… by the parameter by",
				"expand": "Of a cluster: the zoom at which it falls apart",
			},
		}},
	}
}

// Tile draws one tile, or takes it from the cache when no customer in it changed.
// The parameter by chooses what clusters are broken down by (owner, level or
// status; owner by default); the others are the list's filter.
func (c *Customers) Tile(_ context.Context, r Request) (Tile, error) {
	filter, err := c.source.Filter(r.Query)
	if err != nil {
		return Tile{}, err
	}
	by := breakdown(r)
	z, column, row := uint32(r.Tile.Z), r.Tile.X, r.Tile.Y
	if r.Scope.Version == "" && !r.Scope.All { // a scope without a name shares nothing
		return c.cache.finish(c.draw(filter.Select(r.Scope), by, z, column, row)), nil
	}
	key := cacheKey(r.Scope, filter.Key(), by, r.Tile)
	// The number is read before the customers: a change between the two makes
	// the cached tile look older than it is, never newer.
	changed := c.source.Changed(z, column, row)
	if tile, ok := c.cache.get(key, changed); ok {
		return tile, nil
	}
	tile := c.cache.finish(c.draw(filter.Select(r.Scope), by, z, column, row))
	c.cache.put(key, changed, tile)
	return tile, nil
}

// Draw draws one tile from the customers as they are, past the cache.
func (c *Customers) Draw(_ context.Context, r Request) (Tile, error) {
	filter, err := c.source.Filter(r.Query)
	if err != nil {
		return Tile{}, err
	}
	data := c.draw(filter.Select(r.Scope), breakdown(r), uint32(r.Tile.Z), r.Tile.X, r.Tile.Y)
	return c.cache.finish(data), nil
}

func breakdown(r Request) string {
	by := r.Query.Get("by")
	if by != "level" && by != "status" {
		return "owner"
	}
	return by
}

// cacheKey holds everything that decides what is in a tile, except the customers.
func cacheKey(s scope.Scope, filter, by string, t maptile.Tile) string {
	who := "all"
	if !s.All {
		who = "v" + s.Version
	}
	n := func(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
	return strings.Join([]string{who, filter, by, n(uint32(t.Z)), n(t.X), n(t.Y)}, "\x00")
}

func (c *Customers) draw(s CustomerSelection, by string, z, column, row uint32) []byte {
	w, _ := c.writers.Get().(*PointWriter)
	defer c.writers.Put(w)
	w.Begin("customers", customerKeys())
	if !s.Clustered(z) {
		s.Points(z, column, row, func(p CustomerPoint) { writeCustomer(w, p, z) })
		return w.Bytes()
	}
	s.Clusters(z, column, row, by, func(k CustomerCluster) {
		if k.Single != nil {
			writeCustomer(w, *k.Single, z)
			return
		}
		w.Point(0, inTile(k.X, z), inTile(k.Y, z))
		w.Int(keyCount, k.Count)
		w.Int(keyExpand, int64(k.Expand))
		w.Text(keyParts, spellParts(k.Parts), false)
	})
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

// maxParts keeps a cluster small; what is beyond is the rest of its count.
const maxParts = 12

func spellParts(parts []Part) string {
	var b strings.Builder
	for i, p := range parts[:min(len(parts), maxParts)] {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(p.Value)
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(p.Color))
		b.WriteByte(':')
		b.WriteString(strconv.FormatInt(p.Count, 10))
	}
	return b.String()
}
