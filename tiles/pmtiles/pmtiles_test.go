package pmtiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/geo"
)

// The vectors of the specification and of its reference implementation's tests.
func TestIDVectors(t *testing.T) {
	for want, tile := range map[uint64]maptile.Tile{
		0: maptile.New(0, 0, 0), 1: maptile.New(0, 0, 1), 2: maptile.New(0, 1, 1),
		3: maptile.New(1, 1, 1), 4: maptile.New(1, 0, 1), 5: maptile.New(0, 0, 2),
		19078479: maptile.New(3423, 1763, 12),
	} {
		if id, ok := ID(tile); !ok || id != want {
			t.Errorf("ID(%v) = %d, %v; want %d", tile, id, ok, want)
		}
	}
}

func TestIDRoundTrip(t *testing.T) {
	next := uint64(0)
	for z := maptile.Zoom(0); z <= 6; z++ {
		for range 1 << (2 * z) {
			tile, err := Tile(next)
			if err != nil {
				t.Fatal(err)
			}
			if id, ok := ID(tile); !ok || id != next || tile.Z != z {
				t.Fatalf("%v has id %d, %v; want %d", tile, id, ok, next)
			}
			next++
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		z := maptile.Zoom(rng.IntN(maxZoom + 1))
		tile := maptile.New(rng.Uint32N(1<<z), rng.Uint32N(1<<z), z)
		id, ok := ID(tile)
		back, err := Tile(id)
		if !ok || err != nil || back != tile {
			t.Fatalf("%v → %d → %v, %v", tile, id, back, err)
		}
	}
	for _, bad := range []maptile.Tile{{X: 1}, {Y: 4, Z: 2}, {Z: 27}} {
		if _, ok := ID(bad); ok {
			t.Errorf("%v has an id", bad)
		}
	}
	if _, err := Tile(1 << 62); err == nil {
		t.Error("id 2^62 has a tile")
	}
}

type stored struct {
	tile maptile.Tile
	data []byte
}

// pyramid draws n different tiles in order; a third of them share their bytes.
func pyramid(n int, seed uint64) []stored {
	rng := rand.New(rand.NewPCG(seed, 7))
	ids := map[uint64]bool{}
	for len(ids) < n {
		z := maptile.Zoom(rng.IntN(15))
		id, _ := ID(maptile.New(rng.Uint32N(1<<z), rng.Uint32N(1<<z), z))
		ids[id] = true
		if rng.IntN(3) == 0 { // neighbours along the curve make runs
			ids[id+1] = true
		}
	}
	var tiles []stored
	for id := range ids {
		tile, _ := Tile(id)
		data := fmt.Appendf(nil, "tile %d", id)
		if id%3 == 0 {
			data = []byte("sea")
		}
		tiles = append(tiles, stored{tile, data})
	}
	slices.SortFunc(tiles, func(a, b stored) int {
		ia, _ := ID(a.tile)
		ib, _ := ID(b.tile)
		return int(int64(ia) - int64(ib))
	})
	return tiles
}

func write(t testing.TB, path string, tiles []stored) {
	t.Helper()
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tiles {
		if err := w.Add(s.tile, s.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(Description{
		Bounds: geo.Box{Min: orb.Point{-75.5, 38.25}, Max: orb.Point{-75, 39.75}},
		Centre: orb.Point{-75.25, 39}, CentreZoom: 9, Metadata: map[string]any{"name": "test"},
	}); err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []int{1, 50, 30_000} { // the last needs leaf directories
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		tiles := pyramid(n, uint64(n))
		write(t, path, tiles)
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if (r.Header.LeafLength > 0) != (n > 10_000) {
			t.Errorf("%d tiles: %d bytes of leaves", n, r.Header.LeafLength)
		}
		if r.Header.Addressed != uint64(len(tiles)) || r.Header.Contents > r.Header.Addressed {
			t.Errorf("%d tiles: header %+v", n, r.Header)
		}
		there := map[maptile.Tile]bool{}
		for _, s := range tiles {
			there[s.tile] = true
			if got, err := r.Tile(s.tile); err != nil || !bytes.Equal(got, s.data) {
				t.Fatalf("%v = %q, %v; want %q", s.tile, got, err, s.data)
			}
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for range 2000 {
			z := maptile.Zoom(rng.IntN(16))
			tile := maptile.New(rng.Uint32N(1<<z), rng.Uint32N(1<<z), z)
			if got, err := r.Tile(tile); err != nil || (got != nil) != there[tile] {
				t.Fatalf("%v = %q, %v; stored %v", tile, got, err, there[tile])
			}
		}
		meta, err := r.Metadata()
		if err != nil || string(meta) != `{"name":"test"}` {
			t.Errorf("metadata %s, %v", meta, err)
		}
		if r.Header.Bounds.Max != (orb.Point{-75, 39.75}) || r.Header.CentreZoom != 9 {
			t.Errorf("header %+v", r.Header)
		}
	}
}

func TestSameTilesSameBytes(t *testing.T) {
	dir := t.TempDir()
	tiles := pyramid(500, 9)
	write(t, filepath.Join(dir, "a"), tiles)
	write(t, filepath.Join(dir, "b"), tiles)
	a, _ := os.ReadFile(filepath.Join(dir, "a"))
	b, _ := os.ReadFile(filepath.Join(dir, "b"))
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("archives of %d and %d bytes differ", len(a), len(b))
	}
}

func TestWriterRefuses(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(maptile.New(1, 1, 1), []byte("x")); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]stored{
		"again":       {maptile.New(1, 1, 1), []byte("y")},
		"before":      {maptile.New(0, 0, 0), []byte("y")},
		"no content":  {maptile.New(1, 1, 2), nil},
		"not a tile":  {maptile.New(9, 9, 2), []byte("y")},
		"beyond zoom": {maptile.New(0, 0, 27), []byte("y")},
	} {
		if err := w.Add(s.tile, s.data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	empty, err := Create(filepath.Join(t.TempDir(), "b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.Close(Description{}); err == nil {
		t.Error("an empty archive was closed without error")
	}
}

// Cutting the file short or damaging its header must end in ErrFormat or in
// tiles that are missing, never in a panic or a huge allocation.
func TestDamagedArchives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	tiles := pyramid(300, 5)
	write(t, path, tiles)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 6, 126, 127, 130, rootLimit, rootLimit + 1} {
		short := whole[:min(cut, len(whole))]
		r, err := NewReader(bytes.NewReader(short), int64(len(short)))
		if err == nil {
			_, err = r.Metadata()
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	for _, at := range []int{8, 16, 24, 32, 56, 64} {
		bad := bytes.Clone(whole)
		binary.LittleEndian.PutUint64(bad[at:], 1<<63)
		r, err := NewReader(bytes.NewReader(bad), int64(len(bad)))
		for _, s := range tiles {
			if err != nil {
				break
			}
			_, err = r.Tile(s.tile)
		}
		if at == 24 || at == 32 {
			_, err = r.Metadata()
		}
		if at == 64 { // a longer section than there is does no harm by itself
			continue
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("header field at %d damaged: %v", at, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, n := range []int{1, 40} {
		path := filepath.Join(f.TempDir(), fmt.Sprint(n))
		write(f, path, pyramid(n, 3))
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint32(1), uint32(1), uint8(1))
		h, _ := decodeHeader(b)
		h.InternalCompression = None // lets the fuzzer reach the directories' columns
		root, _ := decompress(b[headerSize:headerSize+h.RootLength], Gzip, dirLimit)
		h.RootLength, h.DataOffset = uint64(len(root)), headerSize+uint64(len(root))
		f.Add(append(append(h.encode(), root...), "tiles"...), uint32(0), uint32(0), uint8(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, x, y uint32, z uint8) {
		r, err := NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		tile := maptile.New(x, y, maptile.Zoom(z%30))
		data, err := r.Tile(tile)
		if err == nil && len(data) > len(b) {
			t.Errorf("%v has %d bytes in a file of %d", tile, len(data), len(b))
		}
		_, _ = r.Metadata()
	})
}
