package osm

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"beatplan/geo/osm/osmtest"
)

type counts struct{ nodes, ways, relations, refs, members, tags int }

func countAll(ctx context.Context, path string, opts Options) (counts, error) {
	var c counts
	err := Scan(ctx, path, opts, Handler{
		Node: func(n *Node) error {
			c.nodes++
			c.tags += len(n.Tags)
			return nil
		},
		Way: func(w *Way) error {
			c.ways++
			c.refs += len(w.Nodes)
			c.tags += len(w.Tags)
			return nil
		},
		Relation: func(r *Relation) error {
			c.relations++
			c.members += len(r.Members)
			return nil
		},
	})
	return c, err
}

func TestScanReadsAWholeExtract(t *testing.T) {
	var last, total int64
	c, err := countAll(t.Context(), osmtest.Delaware(t), Options{Progress: func(done, all int64) {
		if done < last {
			t.Fatalf("progress went back from %d to %d", last, done)
		}
		last, total = done, all
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", c)
	if c.nodes < 700_000 || c.ways < 60_000 || c.relations < 500 || c.members < c.relations {
		t.Errorf("read %+v", c)
	}
	if last != total || total == 0 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
}

func TestScanRefusesABrokenFile(t *testing.T) {
	whole, err := os.ReadFile(osmtest.Delaware(t))
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), whole[:400_000]...)
	for i := 150_000; i < 150_040; i++ {
		flipped[i] ^= 0x5a
	}
	for name, data := range map[string][]byte{
		"empty":     {},
		"text":      []byte("this is no extract, only a sentence that somebody renamed"),
		"cut off":   whole[:300_000],
		"cut early": whole[:3],
		"damaged":   flipped,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.osm.pbf")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := countAll(t.Context(), path, Options{})
			var format *FormatError
			if !errors.As(err, &format) || format.Path != path {
				t.Fatalf("got %v, want a FormatError", err)
			}
		})
	}
}

func TestScanStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := Scan(ctx, osmtest.Delaware(t), Options{}, Handler{Node: func(*Node) error {
		if seen++; seen == 10_000 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if seen > 100_000 {
		t.Errorf("%d nodes were delivered after the cancel", seen)
	}
}

func TestScanReturnsTheHandlersError(t *testing.T) {
	stop := errors.New("enough")
	err := Scan(t.Context(), osmtest.Delaware(t), Options{}, Handler{Way: func(*Way) error { return stop }})
	if !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
}

func TestScanReadsXML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.osm")
	text := `<osm version="0.6">
	<node id="1" lon="7.5" lat="43.7312345"><tag k="barrier" v="gate"/></node>
	<way id="5"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way>
	<relation id="9"><member type="way" ref="5" role="from"/>
	<tag k="type" v="restriction"/></relation></osm>`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var lat int32
	var role, class string
	err := Scan(t.Context(), path, Options{}, Handler{
		Node:     func(n *Node) error { lat = n.Lat; return nil },
		Way:      func(w *Way) error { class = w.Tags.Find("highway"); return nil },
		Relation: func(r *Relation) error { role = r.Members[0].Role; return nil },
	})
	if err != nil || lat != 437312345 || role != "from" || class != "service" {
		t.Errorf("got %v %v %q %q", err, lat, role, class)
	}
	if err := os.WriteFile(path, []byte(text[:120]), 0o600); err != nil {
		t.Fatal(err)
	}
	var format *FormatError
	if _, err := countAll(t.Context(), path, Options{}); !errors.As(err, &format) {
		t.Errorf("a cut XML file gave %v", err)
	}
}

func TestHeader(t *testing.T) {
	h, err := ReadHeader(osmtest.Delaware(t))
	if err != nil {
		t.Fatal(err)
	}
	if h.Box.Min[0] > -75.3 || h.Box.Max[1] < 39.7 || h.Box.Min[1] < 37 {
		t.Errorf("header %+v", h)
	}
}
