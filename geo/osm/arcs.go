package osm

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// A bare graph is a pair of text files, as researchers publish road networks:
// NAME.nodes with "longitude latitude" a line and NAME.arcs with "from to" a
// line, node numbers counted from 0. It is read as if it were an extract: node k
// becomes the node k+1, the arc on line k the way k+1. An arc and its opposite
// become one two-way street, any other a one-way one. All are highway=road: the
// files say nothing of kinds and speeds.

// arcsEnd is the ending of a bare graph's name.
const arcsEnd = ".arcs"

// maxArcLine is the longest line of a bare graph in bytes.
const maxArcLine = 1 << 10

func arcsName(path string) bool { return strings.HasSuffix(strings.ToLower(path), arcsEnd) }

// scanArcs reads a bare graph whose arcs are open in src.
func scanArcs(ctx context.Context, src *source, h Handler) error {
	nodes, err := os.Open(src.path[:len(src.path)-len(arcsEnd)] + ".nodes")
	if err != nil {
		return err
	}
	defer nodes.Close()
	count := int64(0)
	err = eachPair(ctx, src.path, nodes, func(lon, lat string) error {
		count++
		x, errX := strconv.ParseFloat(lon, 64)
		y, errY := strconv.ParseFloat(lat, 64)
		if errX != nil || errY != nil || !(math.Abs(x) <= 180) || !(math.Abs(y) <= 90) {
			return fmt.Errorf("node %d lies at %q %q", count-1, lon, lat)
		}
		if h.Node == nil {
			return nil
		}
		return foreign(h.Node(&Node{
			ID:  count,
			Lon: int32(math.Round(x * PerDegree)), Lat: int32(math.Round(y * PerDegree)),
		}))
	})
	if err != nil || h.Way == nil {
		return own(err)
	}
	arcs, err := readArcs(ctx, src, count)
	if err != nil {
		return own(err)
	}
	return streets(arcs, h.Way)
}

// readArcs returns all arcs, by ids of nodes.
func readArcs(ctx context.Context, src *source, nodes int64) ([][2]int64, error) {
	var arcs [][2]int64
	err := eachPair(ctx, src.path, src.r, func(from, to string) error {
		a, errA := strconv.ParseInt(from, 10, 64)
		b, errB := strconv.ParseInt(to, 10, 64)
		if errA != nil || errB != nil || a < 0 || b < 0 || a >= nodes || b >= nodes {
			return fmt.Errorf("arc %d leads from %q to %q; there are %d nodes",
				len(arcs), from, to, nodes)
		}
		arcs = append(arcs, [2]int64{a + 1, b + 1})
		return nil
	})
	src.report(src.total)
	return arcs, err
}

// streets hands arcs over as ways.
func streets(arcs [][2]int64, way func(*Way) error) error {
	left := make(map[[2]int64]int, len(arcs)) // arcs that wait for their opposite
	for _, a := range arcs {
		left[a]++
	}
	for i, a := range arcs {
		if left[a] == 0 {
			continue // it is the other side of a street that was told
		}
		left[a]--
		tags := Tags{{"highway", "road"}}
		if back := [2]int64{a[1], a[0]}; left[back] > 0 {
			left[back]--
		} else {
			tags = append(tags, Tag{"oneway", "yes"})
		}
		if err := way(&Way{ID: int64(i) + 1, Nodes: a[:], Tags: tags}); err != nil {
			return err
		}
	}
	return nil
}

// foreignError is an error of the handler, to be returned as it is.
type foreignError struct{ error }

func foreign(err error) error {
	if err == nil {
		return nil
	}
	return foreignError{err}
}

func own(err error) error {
	var f foreignError
	if errors.As(err, &f) {
		return f.error
	}
	return err
}

// eachPair calls do with the first two words of every line.
func eachPair(
	ctx context.Context, path string, r io.Reader, do func(a, b string) error,
) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxArcLine), maxArcLine)
	offset := int64(0)
	for n := 0; lines.Scan(); n++ {
		if n%reportEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f := strings.Fields(lines.Text())
		if len(f) > 0 {
			err := errors.New("a line has only one word")
			if len(f) > 1 {
				err = do(f[0], f[1])
			}
			var f foreignError
			if err != nil && !errors.As(err, &f) {
				err = &FormatError{path, offset, err}
			}
			if err != nil {
				return err
			}
		}
		offset += int64(len(lines.Bytes())) + 1
	}
	if err := lines.Err(); err != nil {
		return &FormatError{path, offset, err}
	}
	return nil
}
