package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"beatplan/routing"
	"beatplan/routing/bench"
)

// BenchRoad measures the road engine and prints "name value unit" lines. City
// may be empty or absent: then the queries run on the demo's extract too.
func BenchRoad(ctx context.Context, extract, city string, quick bool, out io.Writer) error {
	tracks := filepath.Join(filepath.Dir(filepath.Dir(city)), "tracks", "kubicka-dev8.tar.gz")
	if _, err := os.Stat(tracks); err != nil {
		tracks = ""
	}
	if extract == "" {
		return errors.New("name an extract: --osm FILE.osm.pbf, or BEATPLAN_OSM")
	}
	if _, err := os.Stat(city); err != nil {
		city = ""
	}
	var regions []string
	for _, name := range []string{"andorra-2025", "porto-roads", "jinan-roads",
		"shanghai-center-roads", "beijing-zhongguancun-2017"} {
		file := filepath.Join(filepath.Dir(city), name+".osm.pbf")
		if _, err := os.Stat(file); err == nil && city != "" {
			regions = append(regions, file)
		}
	}
	return bench.Run(ctx, bench.Options{
		Delaware: extract, City: city, Regions: regions, Tracks: tracks, Quick: quick, Out: out,
		Handler: func(e *routing.Engine) http.Handler { return oneNetwork(e) },
		Peer:    os.Getenv("BEATPLAN_BENCH_OSRM"),
	})
}
