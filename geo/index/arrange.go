package index

// spot is a place to be arranged, and of which entry it is.
type spot struct {
	at rough
	of int32
}

// arrange orders places so that those of a node lie close together: what a node of the
// level above holds is cut in two across its longest side, again and again, always
// between two nodes, until each is its own. Source: Bentley, Multidimensional Binary
// Search Trees Used for Associative Searching (doi:10.1145/361002.361007), with the cuts
// where a packed tree has its nodes. O(n log n).
func arrange(all []spot) {
	block := fanout
	for block*fanout < len(all) {
		block *= fanout
	}
	split(all, block)
}

// split arranges the nodes of block places each.
func split(all []spot, block int) {
	for len(all) > fanout {
		for len(all) <= block {
			block /= fanout
		}
		nodes := (len(all) + block - 1) / block
		cut := nodes / 2 * block
		part(all, cut, longest(all))
		split(all[:cut], block)
		all = all[cut:]
	}
}

// longest is the axis along which places lie farthest apart.
func longest(all []spot) int {
	low, high := all[0].at, all[0].at
	for i := range all {
		for a, x := range all[i].at {
			low[a], high[a] = min(low[a], x), max(high[a], x)
		}
	}
	axis := 0
	for a := range low {
		if high[a]-low[a] > high[axis]-low[axis] {
			axis = a
		}
	}
	return axis
}

// part moves the n places that are least along an axis to the front, in no order.
// Source: Hoare, Find (doi:10.1145/366622.366647). O(n) as a rule.
func part(all []spot, n, axis int) {
	for low, high := 0, len(all)-1; low < high; {
		pivot := median(all[low].at[axis], all[(low+high)/2].at[axis], all[high].at[axis])
		i, j := low, high
		for i <= j {
			for all[i].at[axis] < pivot {
				i++
			}
			for all[j].at[axis] > pivot {
				j--
			}
			if i <= j {
				all[i], all[j] = all[j], all[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case n <= j:
			high = j
		case n >= i:
			low = i
		default:
			return
		}
	}
}

func median(a, b, c float32) float32 { return max(min(a, b), min(max(a, b), c)) }
