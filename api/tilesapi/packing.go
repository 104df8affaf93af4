package tilesapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"beatplan/tiles"
)

const (
	// plainLimit bounds a tile that is unpacked, in bytes.
	plainLimit = 64 << 20
	// packedBytes bounds the tiles that are kept in Brotli.
	packedBytes = 32 << 20
	// packQuality of Brotli: smaller than gzip's best in the time of its default.
	packQuality = 5
	// packFrom is the size from which a tile is compressed at all, in bytes, as layers
	// of points do.
	packFrom = 4 << 10
)

// packing answers with tiles as each client takes them: Brotli, gzip, or as they
// are. Layers hand tiles out plain or in gzip; what was packed in Brotli is kept by
// its tag, because browsers ask for that first.
type packing struct {
	mu   sync.RWMutex
	kept map[string][]byte
	size int
}

func newPacking() *packing { return &packing{kept: map[string][]byte{}} }

// The values of headers that are always the same, shared by all answers: they are
// handed out without room to append to.
var (
	private    = [...]string{"private, no-cache"}
	vary       = [...]string{"Accept-Encoding, Cookie, Authorization"}
	vectorTile = [...]string{"application/vnd.mapbox-vector-tile"}
)

// write answers with a tile, 204 when it is empty, or 304 when the client has it, and
// returns the status. On an error nothing is written.
func (p *packing) write(w http.ResponseWriter, r *http.Request, t tiles.Tile) (int, error) {
	h := w.Header()
	h["Vary"] = vary[:1:1]
	if t.Empty() {
		w.WriteHeader(http.StatusNoContent)
		return http.StatusNoContent, nil
	}
	data, tag, encoding, err := p.choose(t, r.Header.Get("Accept-Encoding"))
	if err != nil {
		return 0, tiles.ErrUnreadable.Because(err)
	}
	h["Etag"] = []string{tag} // as net/http spells it
	if have := r.Header.Get("If-None-Match"); have != "" && tiles.Matches(have, tag) {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, nil
	}
	if encoding != "" {
		h["Content-Encoding"] = []string{encoding}
	}
	h["Content-Type"] = vectorTile[:1:1]
	h["Content-Length"] = []string{strconv.Itoa(len(data))}
	_, _ = w.Write(data) // a map that has moved on closes its requests: nobody is left to tell
	return http.StatusOK, nil
}

// choose packs a tile for a client. Other bytes have another tag.
func (p *packing) choose(t tiles.Tile, accept string) (data []byte, tag, encoding string, err error) {
	if !t.Gzip && len(t.Data) < packFrom {
		return t.Data, t.ETag, "", nil
	}
	if takes(accept, "br") {
		data, err = p.brotli(t)
		return data, marked(t.ETag, "br"), "br", err
	}
	if !t.Gzip {
		return t.Data, t.ETag, "", nil
	}
	if takes(accept, "gzip") {
		return t.Data, t.ETag, "gzip", nil
	}
	data, err = unpacked(t.Data)
	return data, marked(t.ETag, "plain"), "", err
}

func marked(tag, how string) string { return strings.TrimSuffix(tag, `"`) + "-" + how + `"` }

// brotli packs a tile, or takes it from what was packed.
func (p *packing) brotli(t tiles.Tile) ([]byte, error) {
	p.mu.RLock()
	data, ok := p.kept[t.ETag]
	p.mu.RUnlock()
	if ok {
		return data, nil
	}
	plain := t.Data
	if t.Gzip {
		var err error
		if plain, err = unpacked(plain); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	z := brotli.NewWriterLevel(&b, packQuality)
	_, _ = z.Write(plain) // a bytes.Buffer takes everything
	_ = z.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size+b.Len() > packedBytes {
		clear(p.kept)
		p.size = 0
	}
	p.kept[t.ETag] = b.Bytes()
	p.size += b.Len()
	return b.Bytes(), nil
}

func unpacked(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, plainLimit))
}

// takes reads Accept-Encoding (RFC 9110 §12.5.3). A star stands for gzip only, which
// everybody understands who sends one.
func takes(accept, coding string) bool {
	for item := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		if name != coding && (name != "*" || coding != "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
		if weight, err := strconv.ParseFloat(q, 64); !found || err != nil || weight > 0 {
			return true
		}
		return false
	}
	return false
}
