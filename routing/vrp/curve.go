package vrp

import "slices"

// piece is a cost of v + s·(t − from) at the whole seconds from … to.
type piece struct{ from, to, v, s int }

func (x piece) at(t int) int { return x.v + x.s*(t-x.from) }

// least is the earliest second of the least cost, and that cost.
func (x piece) least() (at, cost int) {
	if x.s < 0 {
		return x.to, x.at(x.to)
	}
	return x.from, x.v
}

// curve is a cost over time: ascending pieces that do not overlap. Where there is
// none, the time is impossible.
type curve []piece

// clipped keeps the times from … to.
func (f curve) clipped(from, to int) curve {
	var out curve
	for _, x := range f {
		if x.to < from || x.from > to {
			continue
		}
		a := max(x.from, from)
		out = append(out, piece{a, min(x.to, to), x.at(a), x.s})
	}
	return out
}

func (f curve) shifted(by int) curve {
	out := slices.Clone(f)
	for k := range out {
		out[k].from += by
		out[k].to += by
	}
	return out
}

func (f curve) raised(by int) curve {
	for k := range f {
		f[k].v += by
	}
	return f
}

// settled is the least cost at that time or before: waiting is free here.
func (f curve) settled() curve {
	var out curve
	flat := func(from, to, v int) {
		if n := len(out); n > 0 && out[n-1].s == 0 && out[n-1].v == v {
			out[n-1].to = max(out[n-1].to, to)
			return
		}
		if from <= to {
			out = append(out, piece{from, to, v, 0})
		}
	}
	for k, x := range f {
		until := endless
		if k+1 < len(f) {
			until = f[k+1].from - 1
		}
		least := x.v
		if n := len(out); n > 0 {
			least = out[n-1].at(out[n-1].to)
		}
		switch at, low := x.least(); {
		case low >= least && len(out) > 0: // never below what was before
			flat(x.from, until, least)
		case x.s >= 0:
			flat(x.from, until, low)
		default:
			from := x.from
			if len(out) > 0 && x.v >= least {
				from += (x.v-least)/(-x.s) + 1
				flat(x.from, from-1, least)
			}
			out = append(out, piece{from, at, x.at(from), x.s})
			if at < until {
				flat(at+1, until, low)
			}
		}
	}
	return out
}

// within keeps the times at which the visit may begin.
func (f curve) within(x *Visit) curve {
	if len(x.Windows) == 0 {
		return f
	}
	var out curve
	free := -endless
	for _, w := range x.Windows {
		latest := w.LatestStart(x.Service)
		out = append(out, f.clipped(max(w.Open, free), latest)...)
		free = max(free, latest+1)
	}
	return out
}

// priced adds the price of beginning the visit then.
func (f curve) priced(x *Visit) curve {
	y := x.Preferred
	if y == nil {
		return f
	}
	open, shut := y.Open, y.LatestStart(x.Service)
	cuts := []int{min(open, shut), max(open, shut)}
	var out curve
	from := -endless
	for k := range 3 {
		to := endless
		if k < 2 {
			to = cuts[k]
		}
		for _, z := range f.clipped(from, to) {
			if z.to <= open {
				z.s -= y.PerEarly
			}
			if z.from >= shut && z.to > shut {
				z.s += y.PerLate
			}
			z.v += x.Soft(z.from)
			out = append(out, z)
		}
		from = to + 1
	}
	return out
}

// latestLeast is the latest time of the least cost.
func (f curve) latestLeast() (at, cost int, ok bool) {
	for _, x := range f {
		when, low := x.least()
		if x.s == 0 {
			when = x.to
		}
		if !ok || low <= cost {
			at, cost, ok = when, low, true
		}
	}
	return at, cost, ok
}

// lower is the lesser of two curves at every second.
func lower(f, g curve) curve {
	if len(f) == 0 {
		return g
	}
	if len(g) == 0 {
		return f
	}
	var ends []int // the seconds at which some piece begins, and those after its end
	for _, h := range []curve{f, g} {
		for _, x := range h {
			ends = append(ends, x.from, x.to+1)
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	var out curve
	i, j := 0, 0
	for k := 0; k+1 < len(ends); k++ {
		from, to := ends[k], ends[k+1]-1
		for i < len(f) && f[i].to < from {
			i++
		}
		for j < len(g) && g[j].to < from {
			j++
		}
		inF, inG := i < len(f) && f[i].from <= from, j < len(g) && g[j].from <= from
		switch {
		case inF && inG:
			out = append(out, lesser(
				piece{from, to, f[i].at(from), f[i].s}, piece{from, to, g[j].at(from), g[j].s})...)
		case inF:
			out = append(out, piece{from, to, f[i].at(from), f[i].s})
		case inG:
			out = append(out, piece{from, to, g[j].at(from), g[j].s})
		}
	}
	return out
}

// lesser is the lesser of two pieces over the same seconds.
func lesser(a, b piece) []piece {
	if a.v > b.v || a.v == b.v && a.s > b.s {
		a, b = b, a
	}
	if a.at(a.to) <= b.at(a.to) {
		return []piece{a}
	}
	// a begins lower and ends higher: b is at least as low from here on.
	cut := a.from + (b.v-a.v)/(a.s-b.s) + 1
	return []piece{{a.from, cut - 1, a.v, a.s}, {cut, a.to, b.at(cut), b.s}}
}
