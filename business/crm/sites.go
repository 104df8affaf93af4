package crm

import (
	"iter"

	"github.com/paulmach/orb"

	"beatplan/business"
)

// Sites yields where every located customer is, in no particular order.
func (x *Index) Sites() iter.Seq2[business.CustomerID, orb.Point] {
	return func(yield func(business.CustomerID, orb.Point) bool) {
		x.mu.RLock()
		all := x.tree.Snapshot()
		x.mu.RUnlock()
		for item := range all.All() {
			if !yield(item.Value.ID, item.Point) {
				return
			}
		}
	}
}
