package app

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
	"beatplan/tiles"
)

// customerMap is the layer of customers over a real database, kept in step by
// notices as in production.
type customerMap struct {
	*history
	db     *db.DB
	layer  *tiles.Customers
	source customerTiles
}

func newCustomerMap(t *testing.T) *customerMap {
	t.Helper()
	d := pgtest.DB(t)
	bus, err := events.New(d, events.Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	s := crm.New(crm.Options{DB: d, Clock: clock.System{}, Zone: time.UTC, Bus: bus})
	x := s.NewIndex(nil)
	if err := bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := x.Start(t.Context(), bus); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Wait(); _ = bus.Stop(t.Context()) })
	m := &customerMap{history: newHistory(9), db: d, source: customerTiles{s, x}}
	m.crm = s
	m.layer = tiles.NewCustomers(m.source)
	owners := []crm.Owner{{Person: 7, Name: "Seven", Color: 3, Active: true},
		{Person: 8, Name: "Eight", Color: 4, Active: true}}
	if err := d.InTx(t.Context(), func(tx db.Tx) error {
		return s.SaveOwners(t.Context(), tx, owners)
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// history changes customers at random.
type history struct {
	crm  *crm.Service
	rng  *rand.Rand
	ids  []business.CustomerID
	at   map[business.CustomerID]orb.Point
	keys int

	least int // customers before one is changed
}

func newHistory(seed uint64) *history {
	return &history{rng: rand.New(rand.NewPCG(seed, seed)), at: map[business.CustomerID]orb.Point{}, least: 30}
}

func (m *history) by() crm.By {
	m.keys++
	return crm.By{Actor: business.Actor{Person: 1, Role: business.Manager},
		Scope: scope.Everything(), Key: idem.Key(fmt.Sprintf("tile-test-%06d", m.keys))}
}

func (m *history) somewhere() orb.Point {
	return orb.Point{-75.6 + m.rng.Float64()*0.05, 39.1 + m.rng.Float64()*0.05}
}

// step creates, moves, hands over or archives one customer, and returns the places
// where that shows.
func (m *history) step(t *testing.T, first, second business.PersonID) (touched []orb.Point) {
	t.Helper()
	var err error
	if len(m.ids) < m.least || m.rng.IntN(2) == 0 {
		p := m.somewhere()
		var c crm.Customer
		c, err = m.crm.Create(t.Context(), m.by(), crm.NewCustomer{
			Name: fmt.Sprintf("Customer %d", m.keys), Kind: "shop", Level: crm.B, Address: "here",
			Owner: []business.PersonID{0, first, second}[m.rng.IntN(3)],
			Pin:   &crm.Pin{Point: p, Source: crm.FromMap}})
		m.ids, m.at[c.ID] = append(m.ids, c.ID), p
		touched = []orb.Point{p}
	} else {
		i := m.rng.IntN(len(m.ids))
		id := m.ids[i]
		touched = []orb.Point{m.at[id]}
		switch m.rng.IntN(3) {
		case 0:
			p := m.somewhere()
			_, err = m.crm.Update(t.Context(), m.by(), id, 0,
				crm.Patch{Pin: &crm.Pin{Point: p, Source: crm.FromMap}})
			m.at[id], touched = p, append(touched, p)
		case 1:
			_, err = m.crm.Assign(t.Context(), m.by(), []business.CustomerID{id}, first)
		case 2:
			_, err = m.crm.Archive(t.Context(), m.by(), id, 0)
			m.ids = append(m.ids[:i], m.ids[i+1:]...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return touched
}

const sqlPeer = `
with t as (select ST_TileEnvelope($1, $2, $3) as box),
f as (
	select c.id, ST_AsMVTGeom(ST_Transform(c.position, 3857), t.box, 4096, 0, false) as geom
	from crm.customer c, t
	where c.archived_at is null and ($4 or c.owner_id = any($5))
		and c.position && ST_Transform(t.box, 4326))
select coalesce(ST_AsMVT(f, 'customers', 4096, 'geom', 'id'), '') from f
where ST_X(geom) between 0 and 4095 and ST_Y(geom) between 0 and 4095`

// TestTilesEqualPostGIS compares decoded tiles with ST_AsMVT's features (id, x and
// y within one unit) through a random history, for several scopes, with the
// cache in between. A change shows within a second on a machine that is not busy.
//
// feature: Y20
func TestTilesEqualPostGIS(t *testing.T) {
	m := newCustomerMap(t)
	for range 40 {
		m.step(t, 7, 8)
	}
	compared := 0
	scopes := []scope.Scope{scope.Everything(), {People: []int64{7}, Version: "7"},
		{People: []int64{7, 8}, Version: "7,8"}, {Version: "nobody"}}
	for range 30 {
		for range 4 {
			m.step(t, 7, 8)
		}
		for range 8 {
			tile := maptile.At(m.somewhere(), maptile.Zoom(12+m.rng.IntN(4)))
			s := scopes[m.rng.IntN(len(scopes))]
			compared += m.compare(t, tile, s)
		}
	}
	if compared < 1000 {
		t.Fatalf("only %d features were compared", compared)
	}
}

func (m *customerMap) compare(t *testing.T, tile maptile.Tile, s scope.Scope) int {
	t.Helper()
	var peer []byte
	people := s.People
	if people == nil {
		people = []int64{}
	}
	if err := m.db.QueryRow(t.Context(), sqlPeer, tile.Z, tile.X, tile.Y, s.All, people).
		Scan(&peer); err != nil {
		t.Fatal(err)
	}
	want := decode(t, peer, false)
	var fault string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(3 * time.Millisecond) {
		got, err := m.layer.Tile(t.Context(), tiles.Request{Tile: tile, Scope: s, Query: url.Values{}})
		if err != nil {
			t.Fatal(err)
		}
		if fault = unequal(decode(t, got.Data, got.Gzip), want); fault == "" {
			return len(want)
		}
	}
	t.Fatalf("tile %v for %+v: %s", tile, s, fault)
	return 0
}

func decode(t *testing.T, data []byte, zipped bool) map[float64]orb.Point {
	t.Helper()
	out := map[float64]orb.Point{}
	for _, f := range drawnIn(t, data, zipped) {
		id, _ := f.ID.(float64)
		out[id] = f.Geometry.(orb.Point)
	}
	return out
}

// drawnIn is what stands in a tile, in its own units.
func drawnIn(t *testing.T, data []byte, zipped bool) (out []*geojson.Feature) {
	t.Helper()
	if len(data) == 0 {
		return nil
	}
	read := mvt.Unmarshal
	if zipped {
		read = mvt.UnmarshalGzipped
	}
	layers, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		out = append(out, l.Features...)
	}
	return out
}

// unequal says how the features differ; those on the very edge may lie in the
// neighbouring tile of the peer, which rounds where we cut.
func unequal(got, want map[float64]orb.Point) string {
	onEdge := func(p orb.Point) bool {
		return p[0] <= 1 || p[1] <= 1 || p[0] >= 4095 || p[1] >= 4095
	}
	for id, p := range want {
		q, ok := got[id]
		if !ok && !onEdge(p) {
			return fmt.Sprintf("%v is missing", id)
		}
		if ok && (abs(p[0]-q[0]) > 1 || abs(p[1]-q[1]) > 1) {
			return fmt.Sprintf("%v is at %v, want %v", id, q, p)
		}
	}
	for id, q := range got {
		if _, ok := want[id]; !ok && !onEdge(q) {
			return fmt.Sprintf("%v should not be here", id)
		}
	}
	return ""
}

func abs(f float64) float64 { return max(f, -f) }
