package bench

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/routing/match"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// Truth is how much of tracks with known routes was matched right, in metres.
//
// Method, that of the authors of the tracks (Kubička et al., A dataset for testing
// and training map-matching algorithms, doi:10.1109/IVS.2015.7225813) and of Newson
// and Krumm: Right is the length of the arcs of the true route that the match
// drives too, as often as it does; Wrong that of arcs it drives beyond the truth.
// Right/Length is the accuracy in length; (Length-Right+Wrong)/Length the route
// mismatch fraction. An arc counts as a whole, also where a track begins or ends.
type Truth struct {
	Name                 string
	Fixes                int
	Length, Right, Wrong float64
}

// Share is the part of the true length that was matched right.
func (t Truth) Share() float64 { return t.Right / t.Length }

// Mismatch is the route mismatch fraction.
func (t Truth) Mismatch() float64 { return (t.Length - t.Right + t.Wrong) / t.Length }

// Tracks matches every track of an archive (.tar.gz of NAME.nodes, .arcs, .route
// and .track) on its own network.
func Tracks(ctx context.Context, archive string, o match.Options) ([]Truth, error) {
	dir, err := os.MkdirTemp("", "beatplan-tracks-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := unpack(archive, dir); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.arcs"))
	if err != nil {
		return nil, err
	}
	var out []Truth
	for _, name := range names {
		truth, err := track(ctx, strings.TrimSuffix(name, ".arcs"), o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, truth)
	}
	return out, nil
}

// unpack writes the files of an archive side by side.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o600); err != nil {
			return err
		}
	}
}

// street is one direction between two nodes.
type street [2]int64

// track matches one track. Name is the path without its ending.
func track(ctx context.Context, name string, o match.Options) (Truth, error) {
	profile, err := network.Car()
	if err != nil {
		return Truth{}, err
	}
	draft, err := network.Read(ctx, name+".arcs", profile, nil)
	if err != nil {
		return Truth{}, err
	}
	net := draft.Finish(path.Dissect(draft.Outline()))
	fixes, err := fixesOf(name + ".track")
	if err != nil {
		return Truth{}, err
	}
	out := Truth{Name: filepath.Base(name), Fixes: len(fixes)}
	route, length, err := routeOf(name)
	if err != nil {
		return Truth{}, err
	}
	stretches, err := match.NewMatcher(net).Match(ctx, fixes, o)
	if err != nil {
		return Truth{}, err
	}
	for s, n := range route {
		out.Length += float64(n) * length[s]
	}
	for s, n := range driven(net, stretches) {
		right := min(n, route[s])
		out.Right += float64(right) * length[s]
		out.Wrong += float64(n-right) * length[s]
	}
	return out, nil
}

// driven counts the streets that stretches drive, each once a passage.
func driven(net *network.Network, stretches []match.Stretch) map[street]int {
	out := map[street]int{}
	for _, s := range stretches {
		var last street
		count := func(now street) {
			if now != last {
				out[now]++
				last = now
			}
		}
		for i, p := range s.Points {
			if i == 0 {
				count(pieceOf(net, p.Arc, p.Place.Piece))
				continue
			}
			before := s.Points[i-1].Place.Piece
			for k, state := range p.Way {
				arc := net.StateArc[state]
				first, end := net.FirstPoint[arc>>1], net.FirstPoint[arc>>1+1]-1
				if arc&1 == 0 {
					from, to := first, end
					if k == 0 {
						from = before
					}
					if k == len(p.Way)-1 {
						to = p.Place.Piece + 1
					}
					for piece := from; piece < to; piece++ {
						count(pieceOf(net, arc, piece))
					}
					continue
				}
				from, to := end, first
				if k == 0 {
					from = before + 1
				}
				if k == len(p.Way)-1 {
					to = p.Place.Piece
				}
				for piece := from; piece > to; piece-- {
					count(pieceOf(net, arc, piece-1))
				}
			}
		}
	}
	return out
}

func pieceOf(net *network.Network, arc, piece uint32) street {
	if arc&1 == 0 {
		return street{net.NodeID(piece), net.NodeID(piece + 1)}
	}
	return street{net.NodeID(piece + 1), net.NodeID(piece)}
}

// numbers reads the lines of a file.
func numbers(file string, columns int, each func(x []float64)) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	x := make([]float64, columns)
	into := make([]any, columns)
	for i := range x {
		into[i] = &x[i]
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		if _, err := fmt.Sscan(lines.Text(), into...); err != nil {
			return fmt.Errorf("%s: %q: %w", file, lines.Text(), err)
		}
		each(x)
	}
	return nil
}

func fixesOf(file string) ([]match.Fix, error) {
	var out []match.Fix
	err := numbers(file, 3, func(x []float64) {
		out = append(out, match.Fix{
			Point: orb.Point{x[0], x[1]},
			At:    time.Unix(0, 0).Add(time.Duration(x[2] * float64(time.Second))),
		})
	})
	return out, err
}

// routeOf reads how often the true route drives each street, and how long every
// street is.
func routeOf(name string) (route map[street]int, length map[street]float64, err error) {
	var points []orb.Point
	err = numbers(name+".nodes", 2, func(x []float64) { points = append(points, orb.Point{x[0], x[1]}) })
	if err != nil {
		return nil, nil, err
	}
	var arcs []street
	length = map[street]float64{}
	err = numbers(name+".arcs", 2, func(x []float64) {
		s := street{int64(x[0]) + 1, int64(x[1]) + 1}
		arcs = append(arcs, s)
		length[s] = float64(geodesic.Distance(points[s[0]-1], points[s[1]-1]))
	})
	if err != nil {
		return nil, nil, err
	}
	route = map[street]int{}
	err = numbers(name+".route", 1, func(x []float64) { route[arcs[int(x[0])]]++ })
	return route, length, err
}
