package tiles

import (
	"bytes"
	"container/list"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb/maptile"
)

const (
	// cacheBytes bounds the tiles that a layer of points keeps.
	cacheBytes = 64 << 20
	// entryBytes is what an entry costs beside its data and key.
	entryBytes = 256
	// gzipFrom is the size in bytes from which compressing a tile pays: what is smaller
	// comes in three packets at the most, and packing it takes a third of its drawing.
	gzipFrom = 4 << 10
)

// cache keeps drawn tiles, the least recently used ones first to go. An entry
// is good as long as the number of its tile's last change is the same.
type cache struct {
	mu      sync.Mutex
	limit   int
	size    int
	entries map[cacheKey]*list.Element
	order   *list.List // front: used last

	compressors sync.Pool // of *gzip.Writer, whose tables are large
}

// cacheKey holds everything that decides what is in a tile, except the content.
type cacheKey struct {
	what string // who sees which of it
	tile maptile.Tile
}

type entry struct {
	key     cacheKey
	changed uint64
	tile    Tile
}

func (e *entry) bytes() int { return len(e.tile.Data) + len(e.key.what) + entryBytes }

func newCache(limit int) *cache {
	c := &cache{limit: limit, entries: map[cacheKey]*list.Element{}, order: list.New()}
	c.compressors.New = func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return w
	}
	return c
}

func (c *cache) get(key cacheKey, changed uint64) (Tile, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.entries[key]
	if at == nil {
		return Tile{}, false
	}
	e, _ := at.Value.(*entry)
	if e.changed != changed {
		return Tile{}, false
	}
	c.order.MoveToFront(at)
	return e.tile, true
}

func (c *cache) put(key cacheKey, changed uint64, t Tile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.entries[key]; at != nil {
		c.drop(at)
	}
	e := &entry{key, changed, t}
	if e.bytes() > c.limit {
		return
	}
	c.entries[key] = c.order.PushFront(e)
	c.size += e.bytes()
	for c.size > c.limit {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(at *list.Element) {
	e, _ := c.order.Remove(at).(*entry)
	delete(c.entries, e.key)
	c.size -= e.bytes()
}

// finish tags a drawn tile and compresses it where that pays. The tag is of the
// uncompressed bytes: the same on every replica.
func (c *cache) finish(data []byte) Tile {
	t := Tile{Data: data}
	if len(data) == 0 {
		return t
	}
	t.ETag = ETag(data)
	if len(data) < gzipFrom {
		return t
	}
	var b bytes.Buffer
	w, _ := c.compressors.Get().(*gzip.Writer)
	defer c.compressors.Put(w)
	w.Reset(&b)
	if _, err := w.Write(data); err != nil { // a bytes.Buffer takes everything
		return t
	}
	if err := w.Close(); err != nil {
		return t
	}
	t.Data, t.Gzip = b.Bytes(), true
	return t
}
