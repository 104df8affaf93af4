package osm

import (
	"errors"
	"fmt"
)

// block is the decoded content of one file block. Tags, references and members
// of all its objects share three arenas.
type block struct {
	nodes     []Node
	ways      []Way
	relations []Relation
}

// decoder turns file blocks into blocks; one per goroutine.
type decoder struct {
	*inflater
	wantNodes, wantWays, wantRelations bool

	strings              []string
	granularity          int64 // nanodegrees per unit
	lonOffset, latOffset int64 // nanodegrees
	out                  *block
	tags                 []Tag
	refs                 []int64
	members              []Member
	parts                parts // of the message in hand
}

func newDecoder(h Handler) *decoder {
	return &decoder{
		inflater:      newInflater(),
		wantNodes:     h.Node != nil,
		wantWays:      h.Way != nil,
		wantRelations: h.Relation != nil,
	}
}

// errString is the reason when a tag points outside the block's string table.
var errString = errors.New("damaged block: a tag refers to a string that is not there")

func (d *decoder) decode(b packedBlob) decoded {
	switch b.kind {
	case blobHeader:
		_, err := d.header(b)
		return decoded{end: b.end, err: wrapAt(err, b)}
	case blobData:
	default:
		return decoded{end: b.end} // the format says: skip what you do not know
	}
	data, err := d.unpack(b)
	if err == nil {
		err = d.primitives(data)
	}
	if err != nil {
		return decoded{end: b.offset, err: err}
	}
	return decoded{block: d.out, end: b.end}
}

func wrapAt(err error, b packedBlob) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("header block: %w", err)
}

// primitives decodes a PrimitiveBlock. The groups may stand before the
// granularity, so they are visited last.
func (d *decoder) primitives(data []byte) error {
	d.out = &block{}
	d.tags, d.refs, d.members = nil, nil, nil
	d.strings = d.strings[:0]
	d.granularity, d.lonOffset, d.latOffset = 100, 0, 0
	var groups []wire
	w := wire{b: data}
	for w.more() {
		switch number, kind := w.field(); {
		case number == 1 && kind == wireBytes:
			table := w.message()
			if err := d.stringTable(table); err != nil {
				return err
			}
		case number == 2 && kind == wireBytes:
			groups = append(groups, w.message())
		case number == 17 && kind == wireVarint:
			d.granularity = int64(w.varint())
		case number == 19 && kind == wireVarint:
			d.latOffset = int64(w.varint())
		case number == 20 && kind == wireVarint:
			d.lonOffset = int64(w.varint())
		default:
			w.skip(kind)
		}
	}
	if w.err != nil {
		return w.err
	}
	for _, g := range groups {
		if err := d.group(g); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) stringTable(w wire) error {
	all := string(w.b) // one copy for the table, substrings for the entries
	size := len(w.b)
	for w.more() {
		number, kind := w.field()
		if number != 1 || kind != wireBytes {
			w.skip(kind)
			continue
		}
		s := w.bytes()
		end := size - len(w.b)
		if w.err == nil {
			d.strings = append(d.strings, all[end-len(s):end])
		}
	}
	return w.err
}

func (d *decoder) group(w wire) error {
	for w.more() {
		number, kind := w.field()
		var err error
		switch {
		case number == 1 && kind == wireBytes && d.wantNodes:
			err = d.node(w.message())
		case number == 2 && kind == wireBytes && d.wantNodes:
			err = d.dense(w.message())
		case number == 3 && kind == wireBytes && d.wantWays:
			err = d.way(w.message())
		case number == 4 && kind == wireBytes && d.wantRelations:
			err = d.relation(w.message())
		default:
			w.skip(kind)
		}
		if err != nil {
			return err
		}
	}
	return w.err
}

// coordinate turns raw units into 1e-7 degrees, or fails outside the world.
func (d *decoder) position(id, lon, lat int64) (int32, int32, error) {
	x := (d.lonOffset + d.granularity*lon) / 100
	y := (d.latOffset + d.granularity*lat) / 100
	if x < -180*PerDegree || x > 180*PerDegree || y < -90*PerDegree || y > 90*PerDegree {
		return 0, 0, fmt.Errorf("node %d lies outside the world", id)
	}
	return int32(x), int32(y), nil
}

func (d *decoder) string(i uint64) (string, error) {
	if i >= uint64(len(d.strings)) {
		return "", errString
	}
	return d.strings[i], nil
}

// node decodes a plain (not dense) node.
func (d *decoder) node(w wire) error {
	p := &d.parts
	if err := p.read(w); err != nil {
		return err
	}
	id, lat, lon := unzigzag(p.number[1]), unzigzag(p.number[8]), unzigzag(p.number[9])
	tags, err := d.tagLists(p.list[2], p.list[3])
	if err != nil {
		return err
	}
	x, y, err := d.position(id, lon, lat)
	d.out.nodes = append(d.out.nodes, Node{ID: id, Lon: x, Lat: y, Tags: tags})
	return err
}

// dense decodes a DenseNodes group: parallel delta-coded arrays.
func (d *decoder) dense(w wire) error {
	p := &d.parts
	if err := p.read(w); err != nil {
		return err
	}
	ids, lats, lons := &p.list[1], &p.list[8], &p.list[9]
	n := ids.count()
	if lats.count() != n || lons.count() != n {
		return errWire
	}
	if d.out.nodes == nil {
		d.out.nodes = make([]Node, 0, n)
	}
	var id, lon, lat int64
	for ids.more() {
		id += ids.signed()
		lat += lats.signed()
		lon += lons.signed()
		tags, err := d.denseTags()
		if err != nil {
			return err
		}
		x, y, err := d.position(id, lon, lat)
		if err != nil {
			return err
		}
		d.out.nodes = append(d.out.nodes, Node{ID: id, Lon: x, Lat: y, Tags: tags})
	}
	return errors.Join(ids.err, lats.err, lons.err)
}

// denseTags reads one node's tags from the zero-terminated key–value stream.
func (d *decoder) denseTags() (Tags, error) {
	first := len(d.tags)
	pairs := &d.parts.list[10]
	for pairs.more() {
		k := pairs.varint()
		if k == 0 {
			break
		}
		if err := d.tag(k, pairs.varint()); err != nil {
			return nil, err
		}
	}
	return d.tags[first:len(d.tags):len(d.tags)], pairs.err
}

func (d *decoder) tag(k, v uint64) error {
	key, err := d.string(k)
	if err != nil {
		return err
	}
	value, err := d.string(v)
	if err != nil {
		return err
	}
	d.tags = append(d.tags, Tag{key, value})
	return nil
}

func (d *decoder) tagLists(keys, vals wire) (Tags, error) {
	first := len(d.tags)
	for keys.more() {
		if err := d.tag(keys.varint(), vals.varint()); err != nil {
			return nil, err
		}
	}
	return d.tags[first:len(d.tags):len(d.tags)], errors.Join(keys.err, vals.err)
}

func (d *decoder) way(w wire) error {
	p := &d.parts
	if err := p.read(w); err != nil {
		return err
	}
	tags, err := d.tagLists(p.list[2], p.list[3])
	if err != nil {
		return err
	}
	refs := p.list[8]
	first := len(d.refs)
	for ref := int64(0); refs.more(); {
		ref += refs.signed()
		d.refs = append(d.refs, ref)
	}
	nodes := d.refs[first:len(d.refs):len(d.refs)]
	d.out.ways = append(d.out.ways, Way{ID: int64(p.number[1]), Nodes: nodes, Tags: tags})
	return refs.err
}

func (d *decoder) relation(w wire) error {
	p := &d.parts
	if err := p.read(w); err != nil {
		return err
	}
	tags, err := d.tagLists(p.list[2], p.list[3])
	if err != nil {
		return err
	}
	roles, refs, types := p.list[8], p.list[9], p.list[10]
	first := len(d.members)
	for ref := int64(0); refs.more(); {
		ref += refs.signed()
		role, err := d.string(roles.varint())
		if err != nil {
			return err
		}
		kind := types.varint()
		if kind > uint64(RelationMember) {
			return errWire
		}
		d.members = append(d.members, Member{MemberType(kind), ref, role})
	}
	members := d.members[first:len(d.members):len(d.members)]
	d.out.relations = append(d.out.relations,
		Relation{ID: int64(p.number[1]), Members: members, Tags: tags})
	return errors.Join(refs.err, roles.err, types.err)
}
