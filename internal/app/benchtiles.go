package app

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo/postgis"
	"beatplan/internal/scope"
	"beatplan/tiles"
)

// benchMap is a company with a million customers, and its layer of them.
type benchMap struct {
	*App
	layer     *tiles.Customers
	random    *rand.Rand
	places    []orb.Point // of some customers, to choose tiles where there is something
	times     int
	customers int
	out       io.Writer
}

const benchTowns = 300

// BenchTiles measures the map of so many customers, clustered around 300 towns of
// China, on a private database in a temporary folder, and writes a figure a line as
// "name value unit", PostGIS's own tiles beside ours. quick asks fewer times.
func BenchTiles(ctx context.Context, customers int, quick bool, out io.Writer) error {
	a, end, err := benchOpen(ctx, func(o *Options) {
		o.Demo, o.Config.Listen = true, "127.0.0.1:0"
	})
	if err != nil {
		return err
	}
	defer end()
	b := &benchMap{
		App: a, layer: tiles.NewCustomers(customerTiles{a.CRM, a.Index}),
		random: rand.New(rand.NewPCG(300, 1)), times: 2000, out: out,
		customers: customers,
	}
	if quick {
		b.times = 300
	}
	if err := b.fill(ctx); err != nil {
		return err
	}
	for _, measure := range []func(context.Context) error{
		b.build, b.drawn, b.changes, b.compared, b.served, b.replica,
	} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *benchMap) print(name string, value float64, unit string) {
	fmt.Fprintf(b.out, "%s %.4g %s\n", name, value, unit)
}

// fill writes the customers. The words are not indexed: no figure here searches.
func (b *benchMap) fill(ctx context.Context) error {
	if _, err := b.DB.Exec(ctx, `drop index crm.customer_by_words;
insert into crm.owner (person_id, name, color_index)
select i, 'Person ' || i, i % 8 from generate_series(1, 1000) i`); err != nil {
		return fmt.Errorf("fill the company: %w", err)
	}
	towns := make([]orb.Point, benchTowns)
	for i := range towns {
		towns[i] = orb.Point{100 + b.random.Float64()*21, 22 + b.random.Float64()*20}
	}
	now, n := time.Now().UTC(), 0
	_, err := b.DB.CopyFrom(ctx, pgx.Identifier{"crm", "customer"}, []string{
		"number", "name", "name_key", "kind", "level", "status", "owner_id", "assigned_at",
		"assigned_day", "position", "position_source", "due_on", "search", "created_at",
		"created_by", "updated_at", "updated_by",
	}, pgx.CopyFromFunc(func() ([]any, error) {
		if n == b.customers {
			return nil, nil
		}
		n++
		row, err := b.customer(n, towns, now)
		return row, err
	}))
	if err != nil {
		return fmt.Errorf("fill the company: %w", err)
	}
	_, err = b.DB.Exec(ctx, `analyze crm.customer`)
	return err
}

func (b *benchMap) customer(n int, towns []orb.Point, now time.Time) ([]any, error) {
	town := b.random.IntN(len(towns))
	at := orb.Point{towns[town][0] + b.random.NormFloat64()*0.12,
		towns[town][1] + b.random.NormFloat64()*0.1}
	if n%97 == 0 {
		b.places = append(b.places, at)
	}
	position, err := postgis.EWKB(at)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("客户 %d", n)
	due := now.AddDate(0, 0, n%40-1)
	return []any{
		fmt.Sprintf("B%07d", n), name, name, "shop/convenience", string("ABC"[n%3]),
		[]string{"prospect", "active", "active", "dormant"}[n%4],
		int64(town*3 + b.random.IntN(3) + 1), now, now, position, "seed", due, name,
		now, int64(1), now, int64(1),
	}, nil
}

// build measures how the customers come into memory: from their rows, and from rows
// that are read already.
func (b *benchMap) build(ctx context.Context) error {
	begin := time.Now()
	if err := b.Index.Rebuild(ctx); err != nil {
		return err
	}
	b.print("tile_customers", float64(b.Index.Len()), "customers")
	b.print("tile_read_and_build_s", time.Since(begin).Seconds(), "s")
	pins, owners, err := b.Index.Rows(ctx)
	if err != nil {
		return err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fresh := b.CRM.NewIndex(nil)
	begin = time.Now()
	fresh.Fill(pins, owners)
	b.print("tile_cluster_build_s", time.Since(begin).Seconds(), "s")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.print("tile_cluster_mb", float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(fresh)
	runtime.KeepAlive(pins)
	return nil
}

// tile is a tile of a zoom that holds customers.
func (b *benchMap) tile(z maptile.Zoom) maptile.Tile {
	return maptile.At(b.places[b.random.IntN(len(b.places))], z)
}

// drawn measures cold tiles in process.
func (b *benchMap) drawn(ctx context.Context) error {
	draw := func(z maptile.Zoom, query url.Values) ([]time.Duration, int, error) {
		largest := 0
		took, err := sample(b.times, func() error {
			t, err := b.layer.Draw(ctx, tiles.Request{
				Tile: b.tile(z), Scope: scope.Everything(), Query: query,
			})
			largest = max(largest, len(t.Data))
			return err
		})
		return took, largest, err
	}
	for _, m := range []struct {
		name string
		zoom maptile.Zoom
	}{{"tile_z14", 14}, {"tile_z12", 12}, {"tile_z11", 11}, {"tile_z8", 8}, {"tile_z5", 5}} {
		took, largest, err := draw(m.zoom, nil)
		if err != nil {
			return err
		}
		b.print(m.name+"_ms", ms3(took[len(took)/2]), "ms")
		b.print(m.name+"_p99_ms", ms3(took[len(took)*99/100]), "ms")
		b.print(m.name+"_largest_kb", float64(largest)/1000, "kB")
	}
	var all []time.Duration
	for z := maptile.Zoom(3); z <= crm.ClusterZoom; z++ {
		took, _, err := draw(z, nil)
		if err != nil {
			return err
		}
		all = append(all, took...)
	}
	slices.Sort(all)
	b.print("tile_cluster_ms", ms3(all[len(all)/2]), "ms")
	b.print("tile_cluster_p99_ms", ms3(all[len(all)*99/100]), "ms")
	took, _, err := draw(8, url.Values{"due": {"today"}})
	if err != nil {
		return err
	}
	b.print("tile_filter_z8_ms", ms3(took[len(took)/2]), "ms")
	b.print("tile_filter_z8_p99_ms", ms3(took[len(took)*99/100]), "ms")
	return nil
}

func ms3(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// changes measures how long one change of a customer takes to be on the map.
func (b *benchMap) changes(ctx context.Context) error {
	took, err := sample(min(b.times, 500), func() error {
		id := business.CustomerID(1 + b.random.IntN(b.customers))
		return b.Index.Apply(ctx, crm.Notice{IDs: []business.CustomerID{id}})
	})
	if err != nil {
		return err
	}
	b.print("tile_change_ms", ms3(took[len(took)/2]), "ms")
	b.print("tile_change_p99_ms", ms3(took[len(took)*99/100]), "ms")
	return nil
}
