package district

// Areas that should not be split cost, unit by unit, the chance that another unit of the
// area belongs to somebody else (Gini's impurity): nothing when all are one person's,
// and less with every unit that comes to whom most belong to.

// mind makes split areas cost so much for each unit; without areas nothing does.
func (d *draft) mind(price float64) {
	if d.Area == nil {
		return
	}
	d.tear, d.held, d.heldOf = price, map[Pair]int{}, make([]int, len(d.Units))
	for u, a := range d.Area {
		if a >= 0 {
			d.heldOf[a]++
			d.held[Pair{a, d.area[u]}]++
		}
	}
}

// hold counts a unit of an area in, or out, at a person.
func (d *draft) hold(u, p int32, n int) {
	if d.held != nil && d.Area[u] >= 0 {
		d.held[Pair{d.Area[u], p}] += n
	}
}

// torn is what moving a unit to a person adds to the cost of split areas.
func (d *draft) torn(u, to int32) float64 {
	from := d.area[u]
	if d.held == nil || d.Area[u] < 0 || from == to {
		return 0
	}
	a := d.Area[u]
	more := d.held[Pair{a, from}] - d.held[Pair{a, to}] - 1
	return d.tear * 2 * float64(more) / float64(d.heldOf[a])
}

// tornBy is the same of a swap with v, if any; two units of one area change nothing.
func (d *draft) tornBy(u, to, v int32) float64 {
	if v < 0 {
		return d.torn(u, to)
	}
	if d.held == nil || d.Area[u] == d.Area[v] {
		return 0
	}
	return d.torn(u, to) + d.torn(v, d.area[u])
}

// rent is what all split areas cost.
func (d *draft) rent() float64 {
	if d.held == nil {
		return 0
	}
	return d.tear * d.splits()
}

// splits is the sum, over all units that lie in an area, of Gini's impurity of it.
func (d *draft) splits() (sum float64) {
	for u, a := range d.Area {
		if a >= 0 {
			sum += 1 - float64(d.held[Pair{a, d.area[u]}])/float64(d.heldOf[a])
		}
	}
	return sum
}
