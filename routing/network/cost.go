package network

import (
	"math"
	"time"

	"beatplan/geo"
)

// Cost is a time and a length: milliseconds above, centimetres in the lower 32
// bits. Costs add with + and compare with < by time, then by length. A path may
// last up to 12 days and measure up to 42,949 km.
type Cost uint64

// Infinite is greater than any path's cost and does not overflow when two of
// it are added.
const Infinite Cost = 1 << 62

// NewCost makes a cost of milliseconds and centimetres.
func NewCost(milliseconds, centimetres uint32) Cost {
	return Cost(milliseconds)<<32 | Cost(centimetres)
}

// Milliseconds is the time.
func (c Cost) Milliseconds() int64 { return int64(c >> 32) }

// Centimetres is the length.
func (c Cost) Centimetres() int64 { return int64(c & math.MaxUint32) }

// Duration is the time.
func (c Cost) Duration() time.Duration { return time.Duration(c>>32) * time.Millisecond }

// Meters is the length.
func (c Cost) Meters() geo.Meters { return geo.Meters(c&math.MaxUint32) / 100 }

// Seconds is the time, rounded to the nearest second.
func (c Cost) Seconds() int32 { return int32((uint64(c>>32) + 500) / 1000) }

// WholeMeters is the length, rounded to the nearest metre.
func (c Cost) WholeMeters() int32 { return int32((uint64(c&math.MaxUint32) + 50) / 100) }

// Part is the share n/of of a cost, time and length each rounded down.
func (c Cost) Part(n, of uint64) Cost {
	return Cost((uint64(c>>32)*n/of)<<32 | uint64(c&math.MaxUint32)*n/of)
}

// Scale is how many parts a piece is divided into by a Place.
const Scale = 1 << 16

// part is the share offset/Scale of a piece's cost, time and length each
// rounded down.
func (c Cost) part(offset uint32) Cost {
	ms := uint64(c>>32) * uint64(offset) / Scale
	cm := uint64(c&math.MaxUint32) * uint64(offset) / Scale
	return Cost(ms<<32 | cm)
}
