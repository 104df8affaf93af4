package osm

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// field writes one protocol-buffer field of bytes.
func field(number int, data []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(number)<<3|wireBytes)
	out = binary.AppendUvarint(out, uint64(len(data)))
	return append(out, data...)
}

func varint(number int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number)<<3|wireVarint), v)
}

// fileBlock wraps a block in an uncompressed blob with its header.
func fileBlock(kind string, data []byte) []byte {
	blob := field(1, data)
	head := append(field(1, []byte(kind)), varint(3, uint64(len(blob)))...)
	out := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
	return append(append(out, head...), blob...)
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// smallBlock holds a string table, a plain node, a way and a relation.
func smallBlock() []byte {
	table := join(field(1, nil), field(1, []byte("highway")), field(1, []byte("service")))
	node := join(varint(1, 2), field(2, []byte{1}), field(3, []byte{2}), varint(8, 20), varint(9, 40))
	dense := join(field(1, []byte{2, 2}), field(8, []byte{2, 2}), field(9, []byte{2, 2}),
		field(10, []byte{1, 2, 0, 0}))
	way := join(varint(1, 7), field(2, []byte{1}), field(3, []byte{2}), field(8, []byte{2, 2}))
	relation := join(varint(1, 9), field(8, []byte{1}), field(9, []byte{2}), field(10, []byte{1}))
	return join(field(1, table), field(2, join(field(1, node), field(2, dense),
		field(3, way), field(4, relation))), varint(17, 100))
}

func TestScanReadsPlainNodes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.osm.pbf")
	data := join(fileBlock("OSMHeader", field(4, []byte("OsmSchema-V0.6"))),
		fileBlock("Something", []byte("else")), fileBlock("OSMData", smallBlock()))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := countAll(t.Context(), path, Options{})
	if want := (counts{nodes: 3, ways: 1, relations: 1, refs: 2, members: 1, tags: 3}); err != nil ||
		c != want {
		t.Errorf("%v %+v, want %+v", err, c, want)
	}
}

func TestScanRefusesUnknownFeatures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.osm.pbf")
	data := fileBlock("OSMHeader", field(4, []byte("HistoricalInformation")))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var format *FormatError
	if _, err := countAll(t.Context(), path, Options{}); !errors.As(err, &format) {
		t.Errorf("got %v", err)
	}
}

// FuzzBlock feeds the decoder damaged blocks: no panic, and objects bounded by
// the bytes that are there.
func FuzzBlock(f *testing.F) {
	f.Add(smallBlock())
	f.Add(smallBlock()[:40])
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newDecoder(allKinds())
		if err := d.primitives(data); err != nil {
			return
		}
		n := len(d.out.nodes) + len(d.out.ways) + len(d.out.relations)
		if n+len(d.refs)+len(d.members)+len(d.tags) > 4*len(data)+8 {
			t.Errorf("%d bytes became %d objects", len(data), n)
		}
	})
}

// FuzzScan feeds whole damaged files.
func FuzzScan(f *testing.F) {
	good := join(fileBlock("OSMHeader", field(4, []byte("OsmSchema-V0.6"))),
		fileBlock("OSMData", smallBlock()))
	f.Add(good)
	f.Add(good[:len(good)-9])
	f.Add([]byte{0, 0, 0, 5, 1, 2, 3, 4, 5})
	path := filepath.Join(f.TempDir(), "x.osm.pbf")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := countAll(t.Context(), path, Options{})
		var format *FormatError
		if err != nil && !errors.As(err, &format) {
			t.Errorf("not a FormatError: %v", err)
		}
		if _, err := ReadHeader(path); err != nil && !errors.As(err, &format) {
			t.Errorf("not a FormatError: %v", err)
		}
	})
}

func allKinds() Handler {
	return Handler{
		Node:     func(*Node) error { return nil },
		Way:      func(*Way) error { return nil },
		Relation: func(*Relation) error { return nil },
	}
}

// FuzzXML feeds whole damaged files of text to whoever makes roads of them: no panic, a
// FormatError, and no more nodes and ways than the text has room for.
func FuzzXML(f *testing.F) {
	good := `<osm version="0.6"><bounds minlat="1" minlon="2" maxlat="3" maxlon="4"/>
<node id="1" lat="1.5" lon="2.5"/><node id="2" lat="1.6" lon="2.6"><tag k="barrier" v="gate"/></node>
<way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="driving_side" v="left"/></way>
<way id="4"><nd ref="1"/><nd ref="2"/><tag k="boundary" v="administrative"/></way>
<relation id="5"><member type="way" ref="4" role="outer"/><tag k="boundary" v="administrative"/>
<tag k="admin_level" v="2"/><tag k="ISO3166-1" v="gb"/></relation>
<relation id="6"><member type="way" ref="3" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="3" role="to"/><tag k="type" v="restriction"/></relation></osm>`
	f.Add([]byte(good))
	f.Add([]byte(good[:300]))
	f.Add([]byte(`<osm><node id="9223372036854775807" lat="NaN" lon="1e400"/><way id="-1"><nd ref="x"/></way>`))
	path := filepath.Join(f.TempDir(), "x.osm")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		roads, err := ReadRoads(t.Context(), path, Options{}, func(*Way) bool { return true })
		var format *FormatError
		if err != nil {
			if !errors.As(err, &format) {
				t.Errorf("not a FormatError: %v", err)
			}
			return
		}
		if n := roads.Nodes.Len() + len(roads.Ways); n > len(data) {
			t.Errorf("%d bytes became %d nodes and ways", len(data), n)
		}
	})
}
