package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing"
)

// overHTTP measures OSRM's protocol over the loopback: routes with a fresh
// connection each, tables on one connection. Peer, when set, is asked the same.
func (b *bench) overHTTP(ctx context.Context, snaps []routing.Snap) error {
	if b.Handler == nil {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: b.Handler(b.engine), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	url := "http://" + listener.Addr().String()
	tracks, err := b.drive(ctx, snaps)
	if err == nil {
		err = b.askHTTP(ctx, url, "road", snaps)
	}
	if err == nil {
		err = b.matching(ctx, url, "road", tracks)
	}
	if err == nil && b.Peer != "" {
		err = errors.Join(b.askHTTP(ctx, b.Peer, "osrm", snaps),
			b.matching(ctx, b.Peer, "osrm", tracks), b.compare(ctx, snaps))
	} else if err == nil {
		_, err = fmt.Fprintln(b.Out, "peer absent")
	}
	err = errors.Join(err, server.Close())
	if stopped := <-served; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	return err
}

func (b *bench) askHTTP(ctx context.Context, url, name string, snaps []routing.Snap) error {
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	route, err := median(b.repeats(2000, 500), func() error {
		i := b.rng.IntN(len(snaps) - 1)
		return get(ctx, fresh, url+"/route/v1/driving/"+coordinates(snaps[i:i+2])+"?overview=false")
	})
	if err != nil {
		return err
	}
	b.print(name+"_route_http_p50_ms", milliseconds(route), "ms")
	kept := &http.Client{}
	table, err := median(b.repeats(21, 5), func() error {
		return get(ctx, kept, url+"/table/v1/driving/"+coordinates(snaps[:tableRow]))
	})
	if err != nil {
		return err
	}
	b.print(name+"_table500_http_ms", milliseconds(table), "ms")
	one, err := median(b.repeats(21, 5), func() error {
		return get(ctx, kept,
			url+"/table/v1/driving/"+coordinates(snaps[:tableRow+1])+"?sources=0")
	})
	if err != nil {
		return err
	}
	b.print(name+"_one_to_500_http_ms", milliseconds(one), "ms")
	return nil
}

// compare prints how far our durations are from the peer's, pair by pair.
func (b *bench) compare(ctx context.Context, snaps []routing.Snap) error {
	const n = 80
	ours, err := b.engine.Table(ctx, snaps[:n], snaps[:n])
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		b.Peer+"/table/v1/driving/"+coordinates(snaps[:n]), nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var theirs struct{ Durations [][]*float64 }
	if err := json.NewDecoder(answer.Body).Decode(&theirs); err != nil {
		return err
	}
	var off []float64
	for i, row := range theirs.Durations {
		for j, d := range row {
			if s, _ := ours.At(i, j); i != j && d != nil && *d > 60 && s != routing.Unreachable {
				off = append(off, 100*math.Abs(float64(s)-*d)/(*d))
			}
		}
	}
	if len(off) == 0 {
		return errors.New("the peer answers no pair: does it have the same city?")
	}
	slices.Sort(off)
	b.print("road_durations_off_p50_pct", off[len(off)/2], "%")
	b.print("road_durations_off_p95_pct", off[len(off)*95/100], "%")
	return nil
}

// get reads an answer to its end. A random pair without a way is an answer too.
func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && !strings.Contains(string(body[:min(len(body), 4096)]), `"code":`) &&
		answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", url[:min(len(url), 80)], answer.StatusCode)
	}
	return err
}

func coordinates(snaps []routing.Snap) string {
	points := make([]orb.Point, len(snaps))
	for i, s := range snaps {
		points[i] = s.Point
	}
	return pointList(points)
}

// pointList is a list of points as the protocol has it.
func pointList(points []orb.Point) string {
	var out strings.Builder
	for i, p := range points {
		if i > 0 {
			out.WriteByte(';')
		}
		fmt.Fprintf(&out, "%.6f,%.6f", p[0], p[1])
	}
	return out.String()
}
