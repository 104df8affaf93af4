package district

import "math"

// match gives the areas to the people so that most of today's value stays where
// it is, then so that homes are near, by an assignment of least cost (Kuhn 1955,
// Munkres 1957). Areas were cut for the share of the person of the same number,
// so that people of unequal shares are kept apart by a cost above all else.
func (d *draft) match() {
	k := len(d.People)
	cost := make([][]float64, k)
	for p := range cost {
		cost[p] = make([]float64, k)
	}
	anchored := false
	var all float64
	for i := range d.Units {
		u := &d.Units[i]
		worth := u.Value + 1e-6
		if u.Locked {
			worth += 1e3
		}
		all += worth
		if u.Current >= 0 {
			cost[d.area[i]][u.Current] -= worth
			anchored = true
		}
	}
	for area := range k {
		for p, person := range d.People {
			if person.Home != nil {
				x, y := d.frame.to(*person.Home)
				mx, my := d.middle(int32(area))
				cost[area][p] += math.Hypot(x-mx, y-my) * 1e-3 * all / float64(k) / 100
				anchored = true
			}
			if d.People[area].Share != person.Share {
				cost[area][p] += 1e3 * (1e3 + all) * math.Abs(d.People[area].Share-person.Share)
			}
		}
	}
	if !anchored {
		return
	}
	person := assign(cost)
	for i, a := range d.area {
		d.area[i] = int32(person[a])
	}
	d.settle()
}

// middle is the middle of an area's units, wherever its person lives.
func (d *draft) middle(area int32) (x, y float64) {
	var m moment
	for u, a := range d.area {
		if a == area {
			m.add(d.x[u], d.y[u], d.weight[u])
		}
	}
	if m.weight == 0 {
		return 0, 0
	}
	return m.centre()
}

// assign returns the column of every row of a square matrix at the least sum, by
// shortest augmenting paths (Jonker & Volgenant, 1987). O(k³).
func assign(cost [][]float64) []int {
	k := len(cost)
	rowPrice, colPrice := make([]float64, k+1), make([]float64, k+1)
	rowOf, from := make([]int, k+1), make([]int, k+1) // of columns; 0 is none
	for row := 1; row <= k; row++ {
		rowOf[0] = row
		least := make([]float64, k+1)
		done := make([]bool, k+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		at := 0
		for rowOf[at] != 0 {
			done[at] = true
			i, step, to := rowOf[at], math.Inf(1), 0
			for j := 1; j <= k; j++ {
				if done[j] {
					continue
				}
				if c := cost[i-1][j-1] - rowPrice[i] - colPrice[j]; c < least[j] {
					least[j], from[j] = c, at
				}
				if least[j] < step {
					step, to = least[j], j
				}
			}
			for j := range done {
				if done[j] {
					rowPrice[rowOf[j]] += step
					colPrice[j] -= step
				} else {
					least[j] -= step
				}
			}
			at = to
		}
		for at != 0 {
			rowOf[at] = rowOf[from[at]]
			at = from[at]
		}
	}
	out := make([]int, k)
	for j := 1; j <= k; j++ {
		out[rowOf[j]-1] = j - 1
	}
	return out
}
