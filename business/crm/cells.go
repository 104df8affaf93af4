package crm

import (
	"fmt"
	"sync/atomic"

	"beatplan/geo"
	"beatplan/geo/hex"
)

// CellResolution is the finest H3 grid in which customers are counted: hexagons of
// about 0.1 km².
const CellResolution = 9

// cellOf is the cell of a pin, kept once it is asked for.
func cellOf(p *MapPin) (hex.Cell, error) {
	if c := atomic.LoadUint64(&p.cell); c != 0 {
		return hex.Cell(c), nil
	}
	c, err := hex.Of(*p.Position, CellResolution)
	if err == nil {
		atomic.StoreUint64(&p.cell, uint64(c))
	}
	return c, err
}

// Cells counts the selected customers inside a box by the H3 cell of a resolution, 0
// to [CellResolution]. Cells nest: a customer counts in the parent of its finest
// cell, so that the counts of every resolution add up to the same. A cell that
// reaches beyond the box counts only what is inside. O(n) in the box.
func (s *Selection) Cells(box geo.Box, resolution int) (map[hex.Cell]int64, error) {
	fine := map[hex.Cell]int64{}
	for item := range s.tree.Within(box) {
		if !s.filter.match(item.Value) {
			continue
		}
		c, err := cellOf(item.Value)
		if err != nil {
			return nil, fmt.Errorf("cell of customer %d: %w", item.Value.ID, err)
		}
		fine[c]++
	}
	if resolution >= CellResolution {
		return fine, nil
	}
	out := make(map[hex.Cell]int64, len(fine))
	for c, n := range fine {
		parent, err := c.Parent(resolution)
		if err != nil {
			return nil, err
		}
		out[parent] += n
	}
	return out, nil
}
