package market

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/hex"
	"beatplan/geo/index"
	"beatplan/geo/poi"
	"beatplan/territory/white"
)

const (
	regionsEvery            = 2 * time.Second // how long a new region may stay unseen
	groundReach  geo.Meters = 10_000          // of a customer, where no territory is in force
	maxGrids                = 12              // kept in step at a time
	baseGrid                = 8               // the resolution by which prospects are scored
)

// world is everything that white space is made of, in memory.
type world struct {
	marks    marks
	settings Settings
	layers   []Layer

	decisions map[string]Decision

	files   []File
	looked  time.Time // at the regions
	places  []poi.Place
	byID    map[string]int32
	matcher *white.Matcher
	clients []int32 // active customers of each place
	known   []int32 // customers of any status

	version   uint64 // of customers; meaningless while customers is nil
	customers map[int64]held
	owned     *index.Live[int64] // owner by customer

	mark    string // of grounds
	grounds []ground

	grids map[gridKey]*white.Grid
	spots map[hex.Cell]spot
	moved []orb.Point // around which spots are to be forgotten
}

// held is a customer with the place that it is; −1: it is not on the map.
type held struct {
	Customer
	place int32
}

type ground struct {
	Ground
	box orb.Bound
}

// spot is the middle of a cell and whose ground it is.
type spot struct {
	middle orb.Point
	owner  int64
}

// gridKey names a grid: what it counts and how finely.
type gridKey struct {
	resolution int
	kinds      string
}

// refresh brings the world up to date. The caller holds the lock.
func (s *Service) refresh(ctx context.Context) error {
	w := &s.world
	if err := s.refreshSettings(ctx); err != nil {
		return err
	}
	if err := s.refreshPlaces(); err != nil {
		return err
	}
	if err := s.refreshCustomers(); err != nil {
		return err
	}
	mark, err := s.Grounds.Mark(ctx)
	if err != nil {
		return fmt.Errorf("territories in force: %w", err)
	}
	if mark == w.mark && w.grounds != nil {
		return nil
	}
	list, err := s.Grounds.InForce(ctx)
	if err != nil {
		return fmt.Errorf("territories in force: %w", err)
	}
	w.grounds = make([]ground, len(list))
	for i, g := range list {
		w.grounds[i] = ground{g, g.Shape.Bound()}
	}
	w.mark, w.spots = mark, map[hex.Cell]spot{}
	return nil
}

func (s *Service) refreshSettings(ctx context.Context) error {
	w := &s.world
	now, err := readMarks(ctx, s.DB)
	if err != nil {
		return err
	}
	if now.Version != w.marks.Version {
		if w.settings, err = readSettings(ctx, s.DB); err != nil {
			return err
		}
		if w.layers, err = readLayers(ctx, s.DB); err != nil {
			return err
		}
		w.grids = map[gridKey]*white.Grid{}
	}
	if now.Turn != w.marks.Turn {
		if w.decisions, err = readDecisions(ctx, s.DB); err != nil {
			return err
		}
	}
	w.marks = now
	return nil
}

func (s *Service) refreshPlaces() error {
	w := &s.world
	now := s.Clock.Now()
	if w.matcher != nil && now.Sub(w.looked) < regionsEvery && !now.Before(w.looked) {
		return nil
	}
	files, err := s.Regions.Places()
	if err != nil {
		return fmt.Errorf("places of the regions: %w", err)
	}
	w.looked = now
	if w.matcher != nil && slices.Equal(files, w.files) {
		return nil
	}
	w.places, w.byID = nil, map[string]int32{}
	for _, f := range files {
		list, err := poi.Open(f.Path)
		if err != nil {
			s.Log.Error("the places of a region cannot be read", "region", f.ID, "error", err)
			continue
		}
		for _, p := range list {
			if _, twice := w.byID[p.ID]; !twice { // regions overlap
				w.byID[p.ID] = int32(len(w.places))
				w.places = append(w.places, p)
			}
		}
	}
	shops := make([]white.Shop, len(w.places))
	for i, p := range w.places {
		shops[i] = white.Shop{Point: p.Point, Names: []string{p.Name, p.English, p.Chinese}}
	}
	if w.matcher, err = white.NewMatcher(shops); err != nil {
		return err
	}
	w.files, w.grids = files, map[gridKey]*white.Grid{}
	w.customers = nil // they are compared with the new places
	return nil
}

// refreshCustomers takes over what changed of the customers: in the grids only their
// cells and rings are touched.
func (s *Service) refreshCustomers() error {
	w := &s.world
	version := s.Customers.Version()
	if w.customers != nil && version == w.version {
		return nil
	}
	if w.customers == nil {
		w.customers, w.owned = map[int64]held{}, index.NewLive[int64](index.Options{})
		w.clients, w.known = make([]int32, len(w.places)), make([]int32, len(w.places))
		w.grids, w.spots = map[gridKey]*white.Grid{}, map[hex.Cell]spot{}
	}
	ids, known := s.Customers.Since(w.version)
	if known && len(w.customers) > 0 {
		for _, id := range ids {
			if err := s.takeOver(id); err != nil {
				return err
			}
		}
	} else if err := s.compare(); err != nil {
		return err
	}
	w.owned.Publish()
	w.forget()
	w.version = version
	return nil
}

// takeOver brings one customer up to date.
func (s *Service) takeOver(id int64) error {
	w := &s.world
	c, there := s.Customers.Customer(id)
	old, was := w.customers[id]
	switch {
	case there && was && old.Customer == c:
		return nil
	case there:
		return w.put(held{c, w.placeOf(c)})
	case was:
		return w.drop(old)
	}
	return nil
}

// compare brings all customers up to date.
func (s *Service) compare() error {
	w := &s.world
	found := make(map[int64]bool, len(w.customers))
	var news []held
	for c := range s.Customers.Located() {
		found[c.ID] = true
		if w.customers[c.ID].Customer != c {
			news = append(news, held{Customer: c})
		}
	}
	white.Each(len(news), func(i int) { news[i].place = w.placeOf(news[i].Customer) })
	for _, h := range news {
		if err := w.put(h); err != nil {
			return err
		}
	}
	for id, old := range w.customers {
		if !found[id] {
			if err := w.drop(old); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) drop(old held) error {
	delete(w.customers, old.ID)
	w.owned.Delete(old.ID)
	w.moved = append(w.moved, old.Point)
	return w.change(old, -1)
}

// placeOf is the shop on the map that a customer is; −1: none. It changes nothing.
func (w *world) placeOf(c Customer) int32 {
	if old, was := w.customers[c.ID]; was && old.Name == c.Name && old.Point == c.Point {
		return old.place
	}
	return int32(w.matcher.Find(white.Shop{Point: c.Point, Names: []string{c.Name}}))
}

// put adds a customer or replaces it.
func (w *world) put(c held) error {
	old, was := w.customers[c.ID]
	if was {
		if err := w.change(old, -1); err != nil {
			return err
		}
	}
	w.customers[c.ID] = c
	if !was || old.Owner != c.Owner || old.Point != c.Point {
		if was {
			w.moved = append(w.moved, old.Point)
		}
		w.moved = append(w.moved, c.Point)
		if c.Owner == 0 {
			w.owned.Delete(c.ID)
		} else {
			w.owned.Put(c.ID, c.Point, c.Owner)
		}
	}
	return w.change(c, 1)
}

// change adds a customer to every grid, or takes it away.
func (w *world) change(h held, sign int32) error {
	if h.place >= 0 {
		w.known[h.place] += sign
		if h.Active {
			w.clients[h.place] += sign
		}
	}
	for key, g := range w.grids {
		f := key.focus()
		v := w.ofCustomer(h, &f, nil)
		if sign < 0 {
			v = v.Negated()
		}
		c, err := g.Cell(h.Point)
		if err != nil {
			return err
		}
		if err := g.Add(c, v); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what was known of whose ground it is around the places where owners
// came, went or changed; of many places it drops everything.
func (w *world) forget() {
	const many = 64
	if len(w.moved) > many {
		clear(w.spots)
	} else {
		maps.DeleteFunc(w.spots, func(_ hex.Cell, s spot) bool {
			return slices.ContainsFunc(w.moved, func(p orb.Point) bool {
				return geodesic.Distance(p, s.middle) <= groundReach
			})
		})
	}
	w.moved = w.moved[:0]
}

func (k gridKey) focus() Focus {
	if k.kinds == "" {
		return Focus{}
	}
	return Focus{Kinds: strings.Split(k.kinds, "\x00")}
}

// ofPlace is what a shop on the map adds.
func (w *world) ofPlace(i int, f *Focus) white.Values {
	p := &w.places[i]
	if w.matcher.Twice(i) || !f.holds(p.Kind) {
		return white.Values{}
	}
	return white.Values{Potential: milli(w.settings.points(p.Kind))}
}

// ofCustomer is what a customer adds: its shop is potential whatever became of it,
// unless the map has it already; only an active one covers. visited, where given,
// are the customers that count.
func (w *world) ofCustomer(h held, f *Focus, visited map[int64]bool) (v white.Values) {
	onMap := h.place >= 0 && w.settings.points(w.places[h.place].Kind) > 0
	if !f.holds(h.Kind) && (h.place < 0 || !f.holds(w.places[h.place].Kind)) {
		return v
	}
	switch {
	case onMap && f.holds(w.places[h.place].Kind):
	case h.Lead:
		v.Potential = milli(w.settings.Prospect)
	default:
		v.Potential = milli(w.settings.Customer)
	}
	if h.Active && (visited == nil || visited[h.ID]) {
		v.Active, v.Sales = 1, h.Sales
	}
	return v
}

// visited are the customers with a visit in a focus's span; nil: it has none.
func (s *Service) visited(ctx context.Context, f *Focus) (map[int64]bool, error) {
	if f.From.IsZero() {
		return nil, nil
	}
	ids, err := s.Visits.Visited(ctx, f.From, f.To)
	if err != nil {
		return nil, fmt.Errorf("visited customers: %w", err)
	}
	return setOf(ids), nil
}

// grid returns the grid of a focus, making it when there is none. One of a span is not
// kept: visits come without a version.
func (s *Service) grid(ctx context.Context, f Focus, resolution int) (*white.Grid, error) {
	w := &s.world
	kinds := slices.Clone(f.Kinds)
	slices.Sort(kinds)
	key := gridKey{resolution: resolution, kinds: strings.Join(slices.Compact(kinds), "\x00")}
	visited, err := s.visited(ctx, &f)
	if err != nil {
		return nil, err
	}
	if g := w.grids[key]; g != nil && visited == nil {
		return g, nil
	}
	g, err := white.NewGrid(resolution, w.settings.Rings)
	if err != nil {
		return nil, ErrInvalid.WithField("resolution", "range", "5 to 9.").Because(err)
	}
	if err := w.fill(g, &f, visited); err != nil {
		return nil, err
	}
	if visited != nil {
		return g, nil
	}
	if len(w.grids) >= maxGrids {
		clear(w.grids)
	}
	w.grids[key] = g
	return g, nil
}

func (w *world) fill(g *white.Grid, f *Focus, visited map[int64]bool) error {
	var fault error
	err := g.Fill(func(yield func(hex.Cell, white.Values) bool) {
		at := func(p orb.Point, v white.Values) bool {
			if v == (white.Values{}) {
				return true
			}
			c, err := g.Cell(p)
			if err != nil {
				fault = err
				return false
			}
			return yield(c, v)
		}
		for i := range w.places {
			if !at(w.places[i].Point, w.ofPlace(i, f)) {
				return
			}
		}
		for _, h := range w.customers {
			if !at(h.Point, w.ofCustomer(h, f, visited)) {
				return
			}
		}
		if len(f.Kinds) > 0 {
			return // files are not about shops
		}
		for i := range w.layers {
			each := w.perPoint(&w.layers[i])
			if each == 0 {
				continue
			}
			err := spread(&w.layers[i], g.Resolution(), func(c hex.Cell, amount float64) bool {
				return yield(c, white.Values{Potential: milli(amount * each)})
			})
			if err != nil {
				fault = err
				return
			}
		}
	})
	if fault != nil {
		return fault
	}
	return err
}

// perPoint is the points of one unit of a file.
func (w *world) perPoint(l *Layer) float64 {
	switch {
	case l.Kind == "potential":
		return 1
	case w.settings.Persons > 0:
		return 1 / w.settings.Persons
	}
	return 0
}

// spot says whose ground the middle of a cell is.
func (w *world) spot(c hex.Cell) (spot, error) {
	if s, ok := w.spots[c]; ok {
		return s, nil
	}
	middle, err := c.Center()
	if err != nil {
		return spot{}, err
	}
	s := spot{middle, w.ownerAt(middle)}
	w.spots[c] = s
	return s, nil
}

// ownerAt is whose territory in force a place lies in, or else the owner of the
// nearest customer within 10 km; 0: nobody's.
func (w *world) ownerAt(p orb.Point) int64 {
	for i := range w.grounds {
		if g := &w.grounds[i]; g.box.Contains(p) && planar.MultiPolygonContains(g.Shape, p) {
			return g.Person
		}
	}
	for _, n := range w.owned.Snapshot().Near(nil, p, 1, groundReach, nil) {
		return n.Item.Value
	}
	return 0
}
