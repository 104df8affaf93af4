package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/paulmach/orb"

	"beatplan/geo/osm"
	"beatplan/routing/network"
)

// Server is a process of its own that answers for one network file.
type Server struct {
	URL  string
	PID  int
	Stop func() error
}

// How much a server is asked before its memory is read.
const (
	memoryRoutes = 2000
	memoryTables = 3
)

// memory is what a server of a network takes once it has answered: its resident memory,
// mapped pages included, after routes (every fourth with geometry and steps) between
// points all over the network and tables of 500².
func (b *bench) memory(ctx context.Context, name string, file *network.Sections, at []orb.Point) error {
	if b.Serve == nil {
		return nil
	}
	dir, err := os.MkdirTemp("", "beatplan-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "bench.net")
	if err := file.WriteFile(path); err != nil {
		return err
	}
	server, err := b.Serve(ctx, path)
	if err != nil {
		return err
	}
	err = b.load(ctx, server.URL, at)
	if err == nil {
		b.print(name, residentOf(fmt.Sprint(server.PID)), "MB")
	}
	if stopped := server.Stop(); err == nil {
		err = stopped
	}
	return err
}

// load asks a server.
func (b *bench) load(ctx context.Context, url string, at []orb.Point) error {
	client := &http.Client{}
	for i := range memoryRoutes {
		ends := []orb.Point{at[b.rng.IntN(len(at))], at[b.rng.IntN(len(at))]}
		told := "?overview=false"
		if i%4 == 0 {
			told = "?overview=full&steps=true"
		}
		if err := get(ctx, client, url+"/route/v1/driving/"+pointList(ends)+told); err != nil {
			return err
		}
	}
	for range memoryTables {
		some := make([]orb.Point, tableRow)
		for i := range some {
			some[i] = at[b.rng.IntN(len(at))]
		}
		if err := get(ctx, client, url+"/table/v1/driving/"+pointList(some)); err != nil {
			return err
		}
	}
	return nil
}

// spots are points of a network, spread over it.
func spots(n *network.Network) []orb.Point {
	out := make([]orb.Point, 0, places)
	for i := range places {
		p := i * (len(n.Lon) - 1) / places
		out = append(out, orb.Point{
			float64(n.Lon[p]) / osm.PerDegree, float64(n.Lat[p]) / osm.PerDegree})
	}
	return out
}
