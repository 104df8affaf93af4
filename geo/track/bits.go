package track

import (
	"encoding/binary"
	"math/bits"
)

// A number u is written as its lower width bits after as many ones as its upper bits
// count, and a zero. What would take more than mostOnes follows whole. A width of
// nothing says that a block is all zero.
const (
	widthBits = 6
	nothing   = 1<<widthBits - 1
	mostOnes  = 24
)

// narrowest is the width that takes the fewest bits for the errors, and how many.
func narrowest(errors []int64) (width, total int) {
	var all, low uint64
	for _, e := range errors {
		u := zigzag(e)
		all |= u
		low += min(u, 1<<40)
	}
	if all == 0 {
		return nothing, 0
	}
	// Near the mean the best width lies within one.
	mean := low / uint64(len(errors))
	from := max(0, bits.Len64(mean)-2)
	total = 1 << 62
	for w := from; w < from+4; w++ {
		sum := 0
		for _, e := range errors {
			if ones := zigzag(e) >> w; ones < mostOnes {
				sum += int(ones) + 1 + w
			} else {
				sum += mostOnes + 64
			}
		}
		if sum < total {
			width, total = w, sum
		}
	}
	return width, total
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// bitWriter appends bits, the lowest first.
type bitWriter struct {
	out  []byte
	held uint64
	n    int // bits held, below 8 between calls
}

func (w *bitWriter) put(v uint64, n int) {
	for n > 32 {
		w.put(v&(1<<32-1), 32)
		v, n = v>>32, n-32
	}
	w.held |= v << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.held))
		w.held >>= 8
	}
}

func (w *bitWriter) rice(u uint64, width int) {
	if width == nothing {
		return
	}
	ones := u >> width
	if ones >= mostOnes {
		w.put(1<<mostOnes-1, mostOnes)
		w.put(u, 64)
		return
	}
	w.put(1<<ones-1, int(ones)+1)
	w.put(u&(1<<width-1), width)
}

func (w *bitWriter) end() []byte {
	if w.n > 0 {
		w.out = append(w.out, byte(w.held))
	}
	return w.out
}

// bitReader reads what bitWriter wrote; after a step beyond the end bad is set.
type bitReader struct {
	data []byte
	held uint64
	n    int // bits held
	bad  bool
}

// fill has at least 56 bits held, or all that are left.
func (r *bitReader) fill() {
	if len(r.data) >= 8 {
		r.held |= binary.LittleEndian.Uint64(r.data) << r.n
		taken := (63 - r.n) >> 3
		r.data = r.data[taken:]
		r.n += 8 * taken
		return
	}
	for r.n <= 56 && len(r.data) > 0 {
		r.held |= uint64(r.data[0]) << r.n
		r.data, r.n = r.data[1:], r.n+8
	}
}

// take reads n bits, at most 64.
func (r *bitReader) take(n int) uint64 {
	if n > 32 {
		low := r.take(32)
		return low | r.take(n-32)<<32
	}
	if r.n < n {
		r.fill()
	}
	if r.n < n {
		r.bad = true
		return 0
	}
	v := r.held & (1<<n - 1)
	r.held, r.n = r.held>>n, r.n-n
	return v
}

func (r *bitReader) rice(width int) uint64 {
	if r.n < mostOnes+1 {
		r.fill()
	}
	ones := bits.TrailingZeros64(^r.held)
	if ones >= mostOnes {
		r.take(mostOnes)
		return r.take(64)
	}
	r.take(ones + 1)
	return uint64(ones)<<width | r.take(width)
}

// errors reads as many signed numbers as there is room for, in steps.
func (r *bitReader) errors(out []int64, width int, step int64) {
	if width == nothing {
		clear(out)
		return
	}
	mask := uint64(1)<<width - 1
	data, held, n := r.data, r.held, r.n
	for i := range out {
		// What is usual is done here, without a call: bits enough, and not whole.
		if len(data) >= 8 {
			held |= binary.LittleEndian.Uint64(data) << (n & 63)
			taken := (63 - n) >> 3
			data = data[taken:]
			n += 8 * taken
		}
		var u uint64
		if ones := bits.TrailingZeros64(^held); ones < mostOnes && ones+1+width <= n {
			held >>= (ones + 1) & 63
			u = uint64(ones)<<(width&63) | held&mask
			held >>= width & 63
			n -= ones + 1 + width
		} else {
			r.data, r.held, r.n = data, held, n
			u = r.rice(width)
			data, held, n = r.data, r.held, r.n
		}
		out[i] = unzigzag(u) * step
	}
	r.data, r.held, r.n = data, held, n
}
