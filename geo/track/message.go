package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// ErrMessage is the answer to a message of the stream that cannot be read;
// trying again will not help.
var ErrMessage = errors.New("track: a message that cannot be read")

const day = 24 * time.Hour

// segment is what one person recorded on one UTC day, as one message brought it.
type segment struct {
	person      int64
	day         int64 // since 1970
	fixes       int
	first, last time.Time
	data        []byte // a chunk
}

// messageVersion begins every message: version · segments, each as person · day ·
// fixes · first · last − first in milliseconds · length · chunk.
const messageVersion = 'F'

// pack compresses fixes into segments, ordered by person and day.
func (c *codec) pack(fixes []Fix) []segment {
	fixes = slices.Clone(fixes)
	slices.SortStableFunc(fixes, byPersonAndTime)
	var out []segment
	for len(fixes) > 0 {
		person, d := fixes[0].Person, dayOf(fixes[0].At)
		n := 1
		for n < len(fixes) && fixes[n].Person == person && dayOf(fixes[n].At) == d {
			n++
		}
		some := slices.CompactFunc(fixes[:n:n], sameInstant)
		out = append(out, c.segment(person, some))
		fixes = fixes[n:]
	}
	return out
}

// segment packs fixes of one person and day, ordered by time.
func (c *codec) segment(person int64, fixes []Fix) segment {
	return segment{
		person: person, day: dayOf(fixes[0].At), fixes: len(fixes),
		first: fixes[0].At, last: fixes[len(fixes)-1].At, data: c.encode(fixes),
	}
}

func byPersonAndTime(a, b Fix) int {
	if a.Person != b.Person {
		if a.Person < b.Person {
			return -1
		}
		return 1
	}
	return a.At.Compare(b.At)
}

func sameInstant(a, b Fix) bool { return a.At.Equal(b.At) }

// dayOf counts UTC days since 1970.
func dayOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= 86399
	}
	return s / 86400
}

// hash tells chunks of one person and day apart.
func (s segment) hash() int64 {
	h := fnv.New64a()
	h.Write(s.data)
	return int64(h.Sum64())
}

func (s segment) date() time.Time { return time.Unix(s.day*86400, 0).UTC() }

func encodeMessage(received time.Time, segments []segment) []byte {
	size := 16
	for _, s := range segments {
		size += 40 + len(s.data)
	}
	out := append(make([]byte, 0, size), messageVersion)
	out = binary.AppendVarint(out, received.UnixMilli())
	for _, s := range segments {
		out = binary.AppendVarint(out, s.person)
		out = binary.AppendVarint(out, s.day)
		out = binary.AppendUvarint(out, uint64(s.fixes))
		out = binary.AppendVarint(out, s.first.UnixMilli())
		out = binary.AppendUvarint(out, uint64(s.last.Sub(s.first).Milliseconds()))
		out = binary.AppendUvarint(out, uint64(len(s.data)))
		out = append(out, s.data...)
	}
	return out
}

// decodeMessage reads a message. The segments share its memory.
func decodeMessage(data []byte) (received time.Time, segments []segment, err error) {
	r := &reader{data: data}
	if r.byte() != messageVersion {
		return received, nil, fmt.Errorf("%w: its version is unknown", ErrMessage)
	}
	received = time.UnixMilli(r.number()).UTC()
	for len(r.data) > 0 && !r.bad {
		s := segment{person: r.number(), day: r.number(), fixes: r.count(chunkMax)}
		s.first = time.UnixMilli(r.number()).UTC()
		s.last = s.first.Add(time.Duration(r.count(int(day.Milliseconds()))) * time.Millisecond)
		s.data = r.bytes(r.count(len(r.data)))
		segments = append(segments, s)
	}
	if r.bad || len(segments) == 0 {
		return received, nil, ErrMessage
	}
	return received, segments, nil
}

func (r *reader) number() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.data = r.data[n:]
	return v
}
