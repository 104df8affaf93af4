package market

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/poi"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

// neighbours stand in for everybody that market asks.
type neighbours struct {
	file      string
	version   uint64
	from      uint64  // versions until this one are not remembered
	journal   []int64 // one customer a version
	customers map[int64]Customer
	grounds   []Ground
	visited   map[string][]int64 // by first day
	route     orb.LineString
	made      []Lead
	offered   []int64
}

func (n *neighbours) Places() ([]File, error) { return []File{{"made-up", n.file}}, nil }
func (n *neighbours) Version() uint64         { return n.version }
func (n *neighbours) Located() iter.Seq[Customer] {
	return maps.Values(n.customers)
}

func (n *neighbours) Customer(id int64) (Customer, bool) {
	c, ok := n.customers[id]
	return c, ok
}

// Since remembers changes for a service that asks from time to time, as the index does.
func (n *neighbours) Since(version uint64) (ids []int64, known bool) {
	for i, id := range n.journal {
		if n.from+uint64(i)+1 > version {
			ids = append(ids, id)
		}
	}
	return ids, version >= n.from
}

func (n *neighbours) Seen(sc scope.Scope) []int64 {
	var out []int64
	for id, c := range n.customers {
		if sc.Has(c.Owner) {
			out = append(out, id)
		}
	}
	return out
}
func (n *neighbours) Mark(context.Context) (string, error)      { return fmt.Sprint(n.grounds), nil }
func (n *neighbours) InForce(context.Context) ([]Ground, error) { return n.grounds, nil }
func (n *neighbours) Visited(_ context.Context, from, _ time.Time) ([]int64, error) {
	return n.visited[from.Format(time.DateOnly)], nil
}

func (n *neighbours) Make(_ context.Context, _ db.Tx, _ Caller, lead Lead) (int64, error) {
	n.made = append(n.made, lead)
	return int64(len(n.made)), nil
}

func (n *neighbours) Route(context.Context, Caller, int64, time.Time) (orb.LineString, error) {
	return n.route, nil
}

func (n *neighbours) Offer(_ context.Context, _ db.Tx, _ Caller, _ PersonDay, c []int64) error {
	n.offered = append(n.offered, c...)
	return nil
}
func (n *neighbours) Notice(context.Context, db.Tx, string, []int64, any) error { return nil }

func (n *neighbours) set(c Customer) {
	n.version++
	n.journal = append(n.journal, c.ID)
	n.customers[c.ID] = c
}

// open makes a service on a database of its own, with shops at these points.
func open(t testing.TB, points ...orb.Point) (*Service, *neighbours) {
	t.Helper()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "in.osm"), filepath.Join(dir, "places.gz")
	var text strings.Builder
	text.WriteString(`<osm version="0.6"><bounds minlat="38" minlon="-76" maxlat="40" maxlon="-75"/>`)
	for i, p := range points {
		fmt.Fprintf(&text, `<node id="%d" lat="%f" lon="%f" version="1"><tag k="shop" v="%s"/>`+
			`<tag k="name" v="%s"/></node>`, i+1, p[1], p[0],
			[]string{"bakery", "supermarket"}[i%2], spelt(i))
	}
	text.WriteString(`</osm>`)
	if err := os.WriteFile(from, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := poi.Build(t.Context(), from, to, nil); err != nil {
		t.Fatal(err)
	}
	n := &neighbours{file: to, customers: map[int64]Customer{}, visited: map[string][]int64{}}
	now := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	return New(Options{DB: pgtest.DB(t), Clock: now, Log: slog.New(slog.DiscardHandler), Regions: n,
		Customers: n, Grounds: n, Visits: n, Leads: n, Days: n, Announcer: n}), n
}

// spelt is a name that is like no other.
func spelt(i int) string {
	words := []string{"Amber", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Grove", "Helix", "Iris", "Jade"}
	return words[i%10] + " " + words[i/10%10] + " " + words[i/100%10]
}

func boss() Caller { return Caller{Person: 1, Role: "manager", Scope: scope.Everything()} }

func seller(id int64) Caller {
	return Caller{Person: id, Role: "salesperson", Scope: scope.Scope{People: []int64{id}, Version: "s"}}
}
