package osm

import "errors"

// errWire is the reason when protocol-buffer bytes make no sense.
var errWire = errors.New("damaged block: malformed protocol buffer")

// wire walks the fields of one protocol-buffer message without copying. The
// first error sticks, ends every loop and is read from err.
type wire struct {
	b   []byte
	err error
}

// The wire types of protocol buffers.
const (
	wireVarint = 0
	wireFixed8 = 1
	wireBytes  = 2
	wireFixed4 = 5
)

func (w *wire) fail() {
	w.err = errWire
	w.b = nil
}

// more reports whether bytes are left.
func (w *wire) more() bool { return len(w.b) > 0 }

// field reads the number and type of the next field.
func (w *wire) field() (number int, kind int) {
	v := w.varint()
	return int(v >> 3), int(v & 7)
}

func (w *wire) varint() uint64 {
	if len(w.b) > 0 && w.b[0] < 0x80 {
		v := uint64(w.b[0])
		w.b = w.b[1:]
		return v
	}
	var v uint64
	for i, c := range w.b {
		if i == 10 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			w.b = w.b[i+1:]
			return v
		}
	}
	w.fail()
	return 0
}

// signed reads a zigzag varint.
func (w *wire) signed() int64 {
	return unzigzag(w.varint())
}

// unzigzag is the signed number that was written as v.
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// bytes reads a length-delimited field.
func (w *wire) bytes() []byte {
	n := w.varint()
	if n > uint64(len(w.b)) {
		w.fail()
		return nil
	}
	out := w.b[:n]
	w.b = w.b[n:]
	return out
}

// message reads an embedded message or a packed array.
func (w *wire) message() wire { return wire{b: w.bytes()} }

func (w *wire) skip(kind int) {
	n := 0
	switch kind {
	case wireVarint:
		w.varint()
		return
	case wireBytes:
		w.bytes()
		return
	case wireFixed8:
		n = 8
	case wireFixed4:
		n = 4
	default:
		w.fail()
		return
	}
	if n > len(w.b) {
		w.fail()
		return
	}
	w.b = w.b[n:]
}

// count returns how many varints a packed array holds: an exact size for
// allocations, bounded by the bytes that are really there.
func (w *wire) count() int {
	n := 0
	for _, c := range w.b {
		if c < 0x80 {
			n++
		}
	}
	return n
}

// parts are the first fields of a message by their numbers in osmformat.proto: a node, a way
// or a relation. A field that comes twice counts as it came last.
type parts struct {
	number [11]uint64 // plain numbers
	list   [11]wire   // messages and packed lists
}

// read takes a message apart; what it lacks is zero.
func (p *parts) read(w wire) error {
	*p = parts{}
	for w.more() {
		switch field, kind := w.field(); {
		case field < len(p.number) && kind == wireVarint:
			p.number[field] = w.varint()
		case field < len(p.list) && kind == wireBytes:
			p.list[field] = w.message()
		default:
			w.skip(kind)
		}
	}
	return w.err
}
