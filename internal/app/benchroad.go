package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"beatplan/routing"
	"beatplan/routing/bench"
)

// BenchRoad measures the road engine and prints "name value unit" lines. City
// may be empty or absent: then the queries run on the demo's extract too.
func BenchRoad(ctx context.Context, extract, city string, quick bool, out io.Writer) error {
	o, err := roadBench(extract, city)
	if err != nil {
		return err
	}
	o.Quick, o.Out = quick, out
	return bench.Run(ctx, o)
}

// BenchMosaic measures the mosaic of the city alone.
func BenchMosaic(ctx context.Context, extract, city string, out io.Writer) error {
	o, err := roadBench(extract, city)
	if err != nil {
		return err
	}
	o.Out = out
	return bench.RunMosaic(ctx, o)
}

// roadBench finds what is at hand to measure on.
func roadBench(extract, city string) (bench.Options, error) {
	tracks := filepath.Join(filepath.Dir(filepath.Dir(city)), "tracks", "kubicka-dev8.tar.gz")
	if _, err := os.Stat(tracks); err != nil {
		tracks = ""
	}
	if extract == "" {
		return bench.Options{}, errors.New("name an extract: --osm FILE.osm.pbf, or BEATPLAN_OSM")
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
	return bench.Options{
		Delaware: extract, City: city, Regions: regions, Tracks: tracks,
		Handler: func(e *routing.Engine) http.Handler { return oneNetwork(e) },
		Serve:   serveApart,
		Peer:    os.Getenv("BEATPLAN_BENCH_OSRM"),
	}, nil
}

// serveApart runs this program as a server of a network file, a process of its own whose
// memory is nobody else's.
func serveApart(ctx context.Context, file string) (bench.Server, error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Server{}, err
	}
	cmd := exec.CommandContext(ctx, self, "network", "serve", file, "--listen", "127.0.0.1:0")
	said, err := cmd.StdoutPipe()
	if err != nil {
		return bench.Server{}, err
	}
	if err := cmd.Start(); err != nil {
		return bench.Server{}, err
	}
	stop := func() error {
		err := cmd.Process.Signal(os.Interrupt)
		return errors.Join(err, cmd.Wait())
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	at := strings.Index(line, "http://")
	if err != nil || at < 0 {
		return bench.Server{}, errors.Join(errors.New("the server did not start"), err, stop())
	}
	host, _, _ := strings.Cut(line[at+len("http://"):], "/")
	return bench.Server{URL: "http://" + host, PID: cmd.Process.Pid, Stop: stop}, nil
}
