package track

import (
	"fmt"
)

// A chunk of version 1, as earlier builds wrote them: seven columns of differences,
// each split into bytes of equal weight and compressed on its own with zstd. They are
// read for ever and written no more: melting a day writes it anew.
//
//	version · count · sources · 7 × column
//	column: order of the differences · planes · per plane: length, bytes
func (c *codec) decode1(r *reader, person int64) ([]Fix, error) {
	n := r.count(chunkMax)
	sources := r.sources()
	flat := make([]int64, columns*n)
	for k := range columns {
		if err := c.column(r, flat[k*n:(k+1)*n]); err != nil {
			return nil, err
		}
	}
	if r.bad {
		return nil, errChunk
	}
	return fixesOf(person, sources, flat)
}

func (c *codec) column(r *reader, col []int64) error {
	order, planes := r.byte(), int(r.byte())
	if order < 1 || order > 2 || planes > 8 {
		return errChunk
	}
	for p := range planes {
		plane, err := c.plane(r, len(col))
		if err != nil {
			return err
		}
		for i, b := range plane {
			col[i] |= int64(b) << (8 * p)
		}
	}
	for i, u := range col {
		col[i] = unzigzag(uint64(u))
	}
	for range order {
		for i := 1; i < len(col); i++ {
			col[i] += col[i-1]
		}
	}
	return nil
}

func (c *codec) plane(r *reader, n int) ([]byte, error) {
	head := r.count(2 * len(r.data))
	body := r.bytes(head >> 1)
	if head&1 == 1 {
		var err error
		if body, err = c.dec.DecodeAll(body, r.scratch[:0]); err != nil {
			return nil, fmt.Errorf("%w: %w", errChunk, err)
		}
		r.scratch = body
	}
	if r.bad || len(body) != n {
		return nil, errChunk
	}
	return body, nil
}
