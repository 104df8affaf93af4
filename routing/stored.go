package routing

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
)

// Compact is the snap as 28 letters, digits, - and _, to be kept in a database or
// handed to a client. It is good for the region, profile and import that it came
// from: [Engine.Restore] tells when that is gone.
//
// The layout, little-endian, in base64 for URLs: key of the network uint64, piece
// uint32, offset<<2 | shut uint32, distance in centimetres uint32, check uint8 (the
// sum of the bytes before it).
func (s Snap) Compact() string {
	var b [compactBytes]byte
	binary.LittleEndian.PutUint64(b[:], s.key)
	binary.LittleEndian.PutUint32(b[8:], s.place.Piece)
	binary.LittleEndian.PutUint32(b[12:], s.place.Offset<<2|uint32(s.place.Shut))
	binary.LittleEndian.PutUint32(b[16:], uint32(min(float64(s.Distance)*100+0.5, 1<<31)))
	b[20] = checksum(b[:20])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

const compactBytes = 21

func checksum(b []byte) (sum byte) {
	for _, x := range b {
		sum = sum*31 + x
	}
	return sum
}

// networkKey identifies a network: region, profile and content.
func networkKey(region Region, profile string, content uint32) uint64 {
	h := fnv.New64a()
	for _, part := range []string{region.ID, "\x00", profile, "\x00"} {
		_, _ = h.Write([]byte(part)) // a hash takes everything
	}
	_, _ = h.Write(binary.LittleEndian.AppendUint32(nil, content))
	return h.Sum64()
}

// Key identifies the engine's network among all others: it changes with the region,
// the profile and every import that reads other roads. Stored snaps are good while
// it stays.
func (e *Engine) Key() uint64 { return e.key }

// Restore returns the snap of a compact form, without a search. It fails with
// ErrUnknownRegion when the form is damaged or of another network: snap again.
func (e *Engine) Restore(compact string) (Snap, error) {
	if err := e.enter(); err != nil {
		return Snap{}, err
	}
	defer e.lease.RUnlock()
	b, err := base64.RawURLEncoding.DecodeString(compact)
	stale := ErrUnknownRegion.Saying("The point was snapped to another road map; snap it again.")
	if err != nil || len(b) != compactBytes || b[20] != checksum(b[:20]) ||
		binary.LittleEndian.Uint64(b) != e.key {
		return Snap{}, stale
	}
	packed := binary.LittleEndian.Uint32(b[12:])
	at := network.Place{
		Piece: binary.LittleEndian.Uint32(b[8:]), Offset: packed >> 2, Shut: uint8(packed & 3),
	}
	at.Segment = e.net.SegmentOf(at.Piece)
	if !e.net.Valid(at) {
		return Snap{}, stale
	}
	return e.newSnap(network.Found{
		Place: at, Point: e.net.At(at), Distance: geo.Meters(binary.LittleEndian.Uint32(b[16:])) / 100,
	}), nil
}

// From is the snap as seen from p: its Distance measured from there.
func (s Snap) From(p orb.Point) Snap {
	s.Distance = geodesic.Distance(p, s.Point)
	return s
}

// Restore is Engine.Restore in the region that the form is of.
func (r *Roads) Restore(compact string) (Snap, error) {
	for _, e := range r.open.Load().engines {
		if s, err := e.Restore(compact); err == nil {
			return s, nil
		}
	}
	return Snap{}, ErrUnknownRegion.Saying(
		"The point was snapped to another road map; snap it again.")
}
