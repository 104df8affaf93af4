package network

import "testing"

func TestNodesKeepTheirIDs(t *testing.T) {
	n := &Network{}
	ids := []int64{0, 1, -1, 1 << 32, 1<<39 + 7, 1_000_000_026_946, -1_000_000_026_946, 1<<47 - 1, -1 << 47}
	for _, id := range ids {
		n.Nodes.add(id)
	}
	for i, id := range ids {
		if got := n.NodeID(uint32(i)); got != id {
			t.Errorf("%d became %d", id, got)
		}
	}
}
