package district

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
)

// Ensemble is how a plan stands among random legal plans.
type Ensemble struct {
	Plans     int     // random plans that were drawn
	Cost      float64 // part of them that cost less than the plan, 0 is the best
	CutEdges  float64 // part of them with fewer borders between territories
	MeanCost  float64
	BestCost  float64
	MeanEdges float64
}

// Compare draws random legal plans by ReCom (DeFord, Duchin & Solomon, HDSR 2021)
// and tells where the plan stands among them: two neighbours are merged, a random
// tree is spanned over their units, and an edge is cut that leaves both sides
// within the tolerance. The walk starts at the plan; the first fifth of its steps
// is not counted. Costs are squared distances to each plan's own middles. Locks
// and pairs are not heeded: it is the ground that is compared.
func Compare(ctx context.Context, p *Problem, plan Plan, plans int, o Options) (Ensemble, error) {
	if err := p.Check(); err != nil {
		return Ensemble{}, err
	}
	if o.Tolerance <= 0 {
		o.Tolerance = defaultTolerance
	}
	g := p.Graph
	if g.Len() != len(p.Units) {
		g = Around(pointsOf(p), nil)
	}
	d := newDraft(p, g, o)
	copy(d.area, plan.Area)
	d.settle()
	own, edges := d.total(), d.cutEdges()
	// Legal is as even as the plan itself, when that is beyond the tolerance.
	w := walk{draft: d, rng: rand.New(rand.NewPCG(o.Seed, 77)), even: max(o.Tolerance, d.deviation())}
	out := Ensemble{Plans: plans, BestCost: own}
	for step := -plans / 4; step < plans; step++ {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		w.step()
		if step < 0 {
			continue
		}
		cost, cut := d.total(), d.cutEdges()
		out.MeanCost += cost / float64(plans)
		out.MeanEdges += float64(cut) / float64(plans)
		out.BestCost = min(out.BestCost, cost)
		if cost < own {
			out.Cost += 1 / float64(plans)
		}
		if cut < edges {
			out.CutEdges += 1 / float64(plans)
		}
		if o.Progress != nil {
			o.Progress(Progress{Done: float64(step+1) / float64(plans), Step: "ensemble"})
		}
	}
	return out, nil
}

// cutEdges counts the borders between territories.
func (d *draft) cutEdges() int {
	n := 0
	for u, p := range d.area {
		for _, v := range d.graph.Of(int32(u)) {
			if int32(u) < v && d.area[v] != p {
				n++
			}
		}
	}
	return n
}

// walk is a chain of random plans.
type walk struct {
	*draft
	rng  *rand.Rand
	even float64
}

// step recombines one random pair of neighbours.
func (w *walk) step() {
	if borders := w.borders(); len(borders) > 0 {
		w.recombine(borders[w.rng.IntN(len(borders))])
	}
}

// recombine merges two neighbours and cuts them anew; it tries a few trees, and
// leaves the plan as it is and returns false when none can be cut evenly.
func (w *walk) recombine(e Pair) bool {
	var ids []int32
	for u, p := range w.area {
		if p == e.A || p == e.B {
			ids = append(ids, int32(u))
		}
	}
	for range 10 {
		if side := w.cut(ids, e); side != nil {
			for _, u := range ids {
				w.area[u] = e.B
			}
			for _, u := range side {
				w.area[u] = e.A
			}
			w.settle()
			return true
		}
	}
	return false
}

// cut spans a random tree over the units and returns the one side of an edge that
// leaves both within the tolerance, for the person e.A; nil when no edge does.
func (w *walk) cut(ids []int32, e Pair) []int32 {
	parent, order := w.tree(ids)
	if len(order) != len(ids) {
		return nil // the pair is not in one piece
	}
	below := make(map[int32]float64, len(ids))
	var total float64
	for _, u := range ids {
		total += w.weight[u]
	}
	want := total * w.People[e.A].Share / (w.People[e.A].Share + w.People[e.B].Share)
	var fits []int32
	for i := len(order) - 1; i > 0; i-- {
		u := order[i]
		below[u] += w.weight[u]
		below[parent[u]] += below[u]
		if b := below[u]; b > want*(1-w.even) && b < want*(1+w.even) &&
			total-b > (total-want)*(1-w.even) && total-b < (total-want)*(1+w.even) {
			fits = append(fits, u)
		}
	}
	if len(fits) == 0 {
		return nil
	}
	at := fits[w.rng.IntN(len(fits))]
	inside := map[int32]bool{at: true}
	side := []int32{at}
	for _, u := range order[slices.Index(order, at)+1:] {
		if inside[parent[u]] {
			inside[u] = true
			side = append(side, u)
		}
	}
	return side
}

// tree is a spanning tree of least random weights (Kruskal), from parents to
// children in order.
func (w *walk) tree(ids []int32) (parent map[int32]int32, order []int32) {
	within := make(map[int32]bool, len(ids))
	for _, u := range ids {
		within[u] = true
	}
	type edge struct {
		weight   float64
		from, to int32
	}
	var edges []edge
	for _, u := range ids {
		for _, v := range w.graph.Of(u) {
			if u < v && within[v] {
				edges = append(edges, edge{w.rng.Float64(), u, v})
			}
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.weight, b.weight) })
	root := make(map[int32]int32, len(ids))
	find := func(u int32) int32 {
		for {
			r, ok := root[u]
			if !ok || r == u {
				return u
			}
			if rr, ok := root[r]; ok {
				root[u] = rr
			}
			u = r
		}
	}
	tree := make(map[int32][]int32, len(ids))
	for _, e := range edges {
		if a, b := find(e.from), find(e.to); a != b {
			root[a] = b
			tree[e.from] = append(tree[e.from], e.to)
			tree[e.to] = append(tree[e.to], e.from)
		}
	}
	parent = map[int32]int32{}
	order = append(order, ids[0])
	for i := 0; i < len(order); i++ {
		u := order[i]
		for _, v := range tree[u] {
			if v != parent[u] || i == 0 {
				parent[v] = u
				order = append(order, v)
			}
		}
	}
	return parent, order
}
