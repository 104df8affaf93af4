package tilesapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/andybalholm/brotli"

	"beatplan/tiles"
)

// tile is some words, so that packing pays.
func tile(t *testing.T, seed uint64, zipped bool) (tiles.Tile, []byte) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	var plain bytes.Buffer
	for range 2000 {
		plain.WriteString([]string{"shop ", "bank ", "road ", "river "}[rng.IntN(4)])
	}
	data := plain.Bytes()
	out := tiles.Tile{Data: data, ETag: tiles.ETag(data)}
	if zipped {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(data)
		_ = z.Close()
		out.Data, out.Gzip = b.Bytes(), true
	}
	return out, data
}

func TestEveryClientGetsTheTileAsItTakesIt(t *testing.T) {
	p := newPacking()
	for _, zipped := range []bool{false, true} {
		tags := map[string]string{} // of plain, zipped and Brotli: never the same for other bytes
		in, want := tile(t, 1, zipped)
		for accept, encoding := range map[string]string{
			"gzip, deflate, br, zstd": "br", "br;q=0, gzip": "gzip", "gzip": "gzip", "": "", "*": "gzip",
			"identity": "", "br": "br",
		} {
			if !zipped && encoding == "gzip" {
				encoding = "" // the layer did not think it worth while
			}
			data, tag, got, err := p.choose(in, accept)
			if err != nil || got != encoding {
				t.Fatalf("%q: %q, %v; want %q", accept, got, err, encoding)
			}
			read := io.Reader(bytes.NewReader(data))
			switch got {
			case "br":
				read = brotli.NewReader(read)
			case "gzip":
				if read, err = gzip.NewReader(read); err != nil {
					t.Fatal(err)
				}
			}
			if plain, err := io.ReadAll(read); err != nil || !bytes.Equal(plain, want) {
				t.Fatalf("%q: other bytes (%v)", accept, err)
			}
			if before, ok := tags[tag]; ok && before != string(data) {
				t.Fatalf("%q: one tag %s for other bytes", accept, tag)
			}
			tags[tag] = string(data)
		}
	}
}

func TestPackedTilesStayWithinTheirBound(t *testing.T) {
	p := newPacking()
	for seed := range uint64(40) {
		in, _ := tile(t, seed, false)
		if _, err := p.brotli(in); err != nil {
			t.Fatal(err)
		}
	}
	p.size = packedBytes
	in, _ := tile(t, 99, false)
	if _, err := p.brotli(in); err != nil {
		t.Fatal(err)
	}
	if len(p.kept) != 1 || p.size > packedBytes {
		t.Fatalf("%d tiles of %d bytes are kept", len(p.kept), p.size)
	}
}
