// Package bench measures the road engine on one machine in one run and prints
// a figure a line as "name value unit".
//
// Method: every figure is a median over repetitions on a fixed random sample
// (same seed, same size in quick mode; only repetitions differ). Points are
// uniform over the network's points and snapped beforehand, as the snaps of
// stored customers are. Mismatches compare with Dijkstra's algorithm on the
// graph of states, without any hierarchy, for a million pairs a region (10,000 in
// quick mode); the comparison with raw ways and restrictions is a test, in
// routing/oracle.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"beatplan/routing"
	"beatplan/routing/path"
)

// Options of a run.
type Options struct {
	Delaware string // extract whose import is measured
	City     string // extract of the queries, Porto where it is at hand; "" takes Delaware
	// Regions are the extracts on which pairs are compared with Dijkstra; Delaware and
	// City are among them anyway.
	Regions []string
	Tracks  string // archive of tracks with truth, "" when absent
	Quick   bool   // fewer repetitions, same size
	Out     io.Writer
	// Handler makes the HTTP surface that speaks OSRM's protocol; nil leaves
	// those figures out.
	Handler func(*routing.Engine) http.Handler
	// Serve starts a server of a network file; nil leaves its memory out.
	Serve func(ctx context.Context, file string) (Server, error)
	Peer  string // base URL of an OSRM with the same city, "" when absent
}

// The sizes of the samples.
const (
	places   = 3000
	tableRow = 500
	seed     = 20261121
)

// RunMosaic measures the mosaic of the city alone.
func RunMosaic(ctx context.Context, o Options) error {
	b := &bench{Options: o, rng: rand.New(rand.NewPCG(seed, 0))}
	return errors.Join(b.mosaic(ctx), b.failed)
}

// Run measures everything and prints as it goes.
func Run(ctx context.Context, o Options) error {
	dir, err := os.MkdirTemp("", "beatplan-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{Options: o, rng: rand.New(rand.NewPCG(seed, 0))}
	if err := b.imports(ctx, dir); err != nil {
		return err
	}
	if err := b.hierarchy(ctx); err != nil {
		return err
	}
	if err := b.queries(ctx); err != nil {
		return err
	}
	b.print("road_rss_mb", residentMB(), "MB")
	if err := b.truth(ctx); err != nil {
		return err
	}
	if !b.Quick { // building it takes a minute
		if err := b.mosaic(ctx); err != nil {
			return err
		}
	}
	return errors.Join(b.failed, b.engine.Close())
}

type bench struct {
	Options
	rng    *rand.Rand
	engine *routing.Engine
	failed error
}

func (b *bench) print(name string, value float64, unit string) {
	if _, err := fmt.Fprintf(b.Out, "%s %.4g %s\n", name, value, unit); err != nil && b.failed == nil {
		b.failed = err
	}
}

// median runs f n times and returns the median duration.
func median(n int, f func() error) (time.Duration, error) {
	var times []time.Duration
	for range n {
		begin := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func (b *bench) repeats(full, quick int) int {
	if b.Quick {
		return quick
	}
	return full
}

// imports measures whole imports, from file to published region.
func (b *bench) imports(ctx context.Context, dir string) error {
	extracts := []string{b.Delaware}
	if b.City != "" {
		extracts = append(extracts, b.City)
	}
	for _, extract := range extracts {
		var region routing.Region
		n := 0
		d, err := median(b.repeats(3, 1), func() error {
			n++
			store := routing.NewStore(filepath.Join(dir, fmt.Sprintf("%s-%d", filepath.Base(extract), n)))
			var err error
			region, err = store.Import(ctx, routing.Import{Extract: extract})
			return err
		})
		if err != nil {
			return err
		}
		b.print("road_import_"+region.Name+"_s", d.Seconds(), "s")
		if b.engine, err = routing.OpenEngine(region); err != nil {
			return err
		}
	}
	open, err := median(b.repeats(20, 5), func() error {
		e, err := routing.OpenEngine(b.engine.Region())
		if err != nil {
			return err
		}
		return e.Close()
	})
	b.print("road_open_ms", milliseconds(open), "ms")
	return err
}

// hierarchy measures customising, then compares random pairs with Dijkstra.
func (b *bench) hierarchy(ctx context.Context) error {
	graph, err := read(ctx, b.city())
	if err != nil {
		return err
	}
	topology := path.NewTopology(graph)
	d, err := median(b.repeats(9, 3), func() error {
		topology.Customise(graph.Cost)
		return nil
	})
	if err != nil {
		return err
	}
	b.print("road_customise_ms", milliseconds(d), "ms")
	return b.exactness(ctx)
}

// city is the extract of the queries.
func (b *bench) city() string {
	if b.City == "" {
		return b.Delaware
	}
	return b.City
}

// queries measures routes and tables between stored snaps.
func (b *bench) queries(ctx context.Context) error {
	snaps, err := b.snaps()
	if err != nil {
		return err
	}
	var times []time.Duration
	for range b.repeats(20_000, 5_000) {
		from, to := snaps[b.rng.IntN(len(snaps))], snaps[b.rng.IntN(len(snaps))]
		begin := time.Now()
		b.engine.Duration(from, to)
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	b.print("road_query_p50_us", microseconds(times[len(times)/2]), "us")
	b.print("road_query_p99_us", microseconds(times[len(times)*99/100]), "us")
	route, err := median(b.repeats(5000, 1000), func() error {
		i := b.rng.IntN(len(snaps) - 1)
		_, err := b.engine.Through(ctx, snaps[i:i+2])
		if err != nil && ctx.Err() == nil {
			return nil // a random pair may be unreachable
		}
		return err
	})
	if err != nil {
		return err
	}
	b.print("road_route_geometry_p50_us", microseconds(route), "us")
	for _, t := range []struct {
		name     string
		from, to int
		n        int
	}{
		{"road_table500_inproc_ms", tableRow, tableRow, b.repeats(31, 7)},
		{"road_table1000_inproc_ms", 1000, 1000, b.repeats(11, 3)},
		{"road_table3000_inproc_ms", 3000, 3000, b.repeats(5, 1)},
		{"road_one_to_500_ms", 1, tableRow, b.repeats(101, 31)},
		{"road_500_to_one_ms", tableRow, 1, b.repeats(101, 31)},
	} {
		d, err := median(t.n, func() error {
			_, err := b.engine.Table(ctx, snaps[:t.from], snaps[len(snaps)-t.to:])
			return err
		})
		if err != nil {
			return err
		}
		b.print(t.name, milliseconds(d), "ms")
	}
	if err := b.overHTTP(ctx, snaps); err != nil {
		return err
	}
	return b.failed
}

// snaps takes random points of the network's box until enough lie by a road.
func (b *bench) snaps() ([]routing.Snap, error) {
	box := b.engine.Region().Box
	var out []routing.Snap
	var times []time.Duration
	for tries := 0; len(out) < places; tries++ {
		if tries > 1000*places {
			return nil, fmt.Errorf("only %d of %d random points lie by a road", len(out), tries)
		}
		p := box.Min
		for i := range p {
			p[i] += b.rng.Float64() * (box.Max[i] - box.Min[i])
		}
		begin := time.Now()
		s, err := b.engine.Snap(p, 300)
		if err != nil {
			continue
		}
		times = append(times, time.Since(begin))
		out = append(out, s)
	}
	slices.Sort(times)
	b.print("road_snap_p50_us", microseconds(times[len(times)/2]), "us")
	return out, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// residentMB is the memory in use by the program, mapped files included where
// the system tells; else the Go heap.
func residentMB() float64 {
	if mb := residentOf("self"); mb > 0 {
		return mb
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse) / 1e6
}

// residentOf is the memory of a process, 0 where the system does not tell.
func residentOf(pid string) float64 {
	var size, resident float64
	text, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * float64(os.Getpagesize()) / 1e6
}
