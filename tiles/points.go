package tiles

import "encoding/binary"

// Point features are written straight into the wire format of Mapbox Vector
// Tile 2.1 (protocol buffers), because going through a feature tree costs one
// allocation a value. The encoder below allocates once a tile: the result.

// Field numbers and wire types of the specification, as keys of the wire.
const (
	tileLayers      = 3<<3 | 2
	layerName       = 1<<3 | 2
	layerFeatures   = 2<<3 | 2
	layerKeys       = 3<<3 | 2
	layerValues     = 4<<3 | 2
	layerExtent     = 5 << 3
	layerVersion    = 15 << 3
	featureID       = 1 << 3
	featureTags     = 2<<3 | 2
	featureType     = 3 << 3
	featureGeometry = 4<<3 | 2
	valueString     = 1<<3 | 2
	valueInt        = 4 << 3
	typePoint       = 1
	moveToOne       = 1<<3 | 1 // MoveTo, one point
)

// PointWriter writes one layer of points: Begin, then Point and its attributes for
// each feature, then Bytes. It can be used again and again; its buffers stay.
// The zero value is ready.
type PointWriter struct {
	name     string
	keys     []string
	features []byte // encoded features
	values   []byte // encoded values
	count    uint32 // values written
	tags     []byte // of the open feature
	point    [2]int32
	id       uint64
	open     bool
	any      bool
	strings  map[string]uint32 // values written already
	ints     map[int64]uint32
}

// Begin starts a layer whose attributes have these keys, named by their index in
// the calls that follow.
func (w *PointWriter) Begin(name string, keys []string) {
	w.name, w.keys = name, keys
	w.features, w.values, w.tags = w.features[:0], w.values[:0], w.tags[:0]
	w.count, w.open, w.any = 0, false, false
	if w.strings == nil {
		w.strings, w.ints = map[string]uint32{}, map[int64]uint32{}
	}
	clear(w.strings)
	clear(w.ints)
}

// Point begins a feature at x, y in tile units. An id of 0 is left out.
func (w *PointWriter) Point(id uint64, x, y int32) {
	w.close()
	w.id, w.point, w.open, w.any = id, [2]int32{x, y}, true, true
	w.tags = w.tags[:0]
}

// Text adds a text attribute. Equal texts are stored once when shared is set;
// names are as a rule all different.
func (w *PointWriter) Text(key int, s string, shared bool) {
	if shared {
		if at, ok := w.strings[s]; ok {
			w.tag(key, at)
			return
		}
		w.strings[s] = w.count
	}
	w.tag(key, w.count)
	w.count++
	size := 1 + uvarintLen(uint64(len(s))) + len(s)
	w.values = append(w.values, layerValues)
	w.values = binary.AppendUvarint(w.values, uint64(size))
	w.values = append(w.values, valueString)
	w.values = binary.AppendUvarint(w.values, uint64(len(s)))
	w.values = append(w.values, s...)
}

// Int adds a whole number. Equal numbers are stored once.
func (w *PointWriter) Int(key int, n int64) {
	if at, ok := w.ints[n]; ok {
		w.tag(key, at)
		return
	}
	w.ints[n] = w.count
	w.tag(key, w.count)
	w.count++
	w.values = append(w.values, layerValues)
	w.values = binary.AppendUvarint(w.values, uint64(1+uvarintLen(uint64(n))))
	w.values = append(w.values, valueInt)
	w.values = binary.AppendUvarint(w.values, uint64(n))
}

func (w *PointWriter) tag(key int, value uint32) {
	w.tags = binary.AppendUvarint(w.tags, uint64(key))
	w.tags = binary.AppendUvarint(w.tags, uint64(value))
}

// close writes the open feature.
func (w *PointWriter) close() {
	if !w.open {
		return
	}
	w.open = false
	x, y := zigzag(w.point[0]), zigzag(w.point[1])
	geometry := 1 + uvarintLen(x) + uvarintLen(y)
	size := 2 + 2 + geometry // type, geometry
	if w.id != 0 {
		size += 1 + uvarintLen(w.id)
	}
	if len(w.tags) > 0 {
		size += 1 + uvarintLen(uint64(len(w.tags))) + len(w.tags)
	}
	w.features = append(w.features, layerFeatures)
	w.features = binary.AppendUvarint(w.features, uint64(size))
	if w.id != 0 {
		w.features = append(w.features, featureID)
		w.features = binary.AppendUvarint(w.features, w.id)
	}
	if len(w.tags) > 0 {
		w.features = append(w.features, featureTags)
		w.features = binary.AppendUvarint(w.features, uint64(len(w.tags)))
		w.features = append(w.features, w.tags...)
	}
	w.features = append(w.features, featureType, typePoint, featureGeometry)
	w.features = binary.AppendUvarint(w.features, uint64(geometry))
	w.features = append(w.features, moveToOne)
	w.features = binary.AppendUvarint(w.features, x)
	w.features = binary.AppendUvarint(w.features, y)
}

// Bytes returns the finished tile, nil when there is no feature. The bytes are
// the caller's own.
func (w *PointWriter) Bytes() []byte {
	w.close()
	if !w.any {
		return nil
	}
	size := 1 + uvarintLen(uint64(len(w.name))) + len(w.name) + len(w.features) + len(w.values)
	for _, k := range w.keys {
		size += 1 + uvarintLen(uint64(len(k))) + len(k)
	}
	size += 1 + uvarintLen(Extent) + 2
	out := make([]byte, 0, 1+uvarintLen(uint64(size))+size)
	out = append(out, tileLayers)
	out = binary.AppendUvarint(out, uint64(size))
	out = append(out, layerName)
	out = binary.AppendUvarint(out, uint64(len(w.name)))
	out = append(out, w.name...)
	out = append(out, w.features...)
	for _, k := range w.keys {
		out = append(out, layerKeys)
		out = binary.AppendUvarint(out, uint64(len(k)))
		out = append(out, k...)
	}
	out = append(out, w.values...)
	out = append(out, layerExtent)
	out = binary.AppendUvarint(out, Extent)
	return append(out, layerVersion, 2)
}

func zigzag(n int32) uint64 { return uint64(uint32(n<<1) ^ uint32(n>>31)) }

func uvarintLen(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}
