package market

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/hex"
	"beatplan/internal/scope"
	"beatplan/territory/white"
)

// Cells returns the cells under a query that lie in the ground of people whom the
// caller sees: white ones first, by how much is not covered. It fails with ErrInvalid.
func (s *Service) Cells(ctx context.Context, c Caller, q CellQuery) (Cells, error) {
	out := Cells{Resolution: cmp.Or(q.Resolution, baseGrid)}
	w, done, err := s.look(ctx)
	if err != nil {
		return out, err
	}
	defer done()
	r := w.settings.ruleAt(q.Threshold)
	out.Threshold = r.Threshold
	g, err := s.grid(ctx, q.Focus, out.Resolution)
	if err != nil {
		return out, err
	}
	seen, err := s.seen(ctx, s.visible(c.Scope), g, &q.Focus)
	if err != nil {
		return out, err
	}
	for f := range g.All(r) {
		at, err := w.spot(f.Cell)
		if err != nil {
			return out, err
		}
		hidden := !c.Scope.All && !c.Scope.Has(at.owner)
		if hidden || q.Box != nil && !q.Box.Contains(at.middle) ||
			q.Person != 0 && at.owner != q.Person || q.WhiteOnly && !f.White ||
			f.Potential < r.Least && f.Customers == 0 {
			continue
		}
		k := Cell{Figures: f, Owner: at.owner, Gap: f.Gap(r), Seen: f.Customers}
		if seen != nil {
			k.hide(seen)
		}
		out.Totals.add(&k)
		out.List = append(out.List, k)
	}
	slices.SortFunc(out.List, func(a, b Cell) int { return white.Compare(&a.Figures, &b.Figures, r) })
	out.List = out.List[:min(len(out.List), max(1, min(q.Limit, MaxCells)))]
	return out, nil
}

// hide leaves of a cell what concerns customers only as far as the caller sees them.
func (k *Cell) hide(seen map[hex.Cell]int64) {
	k.Seen = seen[k.Cell]
	k.Customers, k.Sales, k.Wallet = k.Seen, 0, -1
}

func (t *Totals) add(k *Cell) {
	t.Cells++
	t.Potential += k.Potential
	if k.White {
		t.White++
		t.Gap += k.Gap
	}
}

// visible are the customers that a scope sees; nil: all.
func (s *Service) visible(sc scope.Scope) map[int64]bool {
	if sc.All {
		return nil
	}
	return setOf(s.Customers.Seen(sc))
}

func setOf(ids []int64) map[int64]bool {
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// seen counts the active customers among the visible by cell; nil: all are.
func (s *Service) seen(
	ctx context.Context, visible map[int64]bool, g *white.Grid, f *Focus,
) (map[hex.Cell]int64, error) {
	if visible == nil {
		return nil, nil
	}
	visited, err := s.visited(ctx, f)
	if err != nil {
		return nil, err
	}
	out := map[hex.Cell]int64{}
	for id := range visible {
		h, ok := s.world.customers[id]
		if !ok || s.world.ofCustomer(h, f, visited).Active == 0 {
			continue
		}
		c, err := g.Cell(h.Point)
		if err != nil {
			return nil, err
		}
		out[c]++
	}
	return out, nil
}

// Detail returns a cell with what stands in it, white below a threshold, 0 the
// company's. It fails with ErrInvalid for a cell of another resolution than 5 to 9, and
// with ErrNoPlace for one that is not in the caller's ground.
func (s *Service) Detail(
	ctx context.Context, c Caller, cell hex.Cell, f Focus, threshold float64,
) (Detail, error) {
	w, done, err := s.look(ctx)
	if err != nil {
		return Detail{}, err
	}
	defer done()
	g, err := s.grid(ctx, f, cell.Resolution())
	if err != nil {
		return Detail{}, err
	}
	at, err := w.spot(cell)
	if err != nil {
		return Detail{}, err
	}
	if !c.Scope.All && !c.Scope.Has(at.owner) {
		return Detail{}, ErrNoPlace.With("cell", cell.String())
	}
	r := w.settings.ruleAt(threshold)
	d := Detail{Cell: Cell{Figures: g.At(cell, r), Owner: at.owner}}
	d.Gap, d.Seen = d.Figures.Gap(r), d.Figures.Customers
	visible := s.visible(c.Scope)
	seen, err := s.seen(ctx, visible, g, &f)
	if err != nil {
		return Detail{}, err
	}
	if seen != nil {
		d.hide(seen)
	}
	d.Drawn = white.Draw(at.middle, w.outlets(at.middle), w.settings.Decay, geo.Meters(w.settings.Reach))
	if d.Sources, err = w.sources(cell, &f, visible); err != nil {
		return Detail{}, err
	}
	d.Customers, err = s.customersOf(visible, cell)
	return d, err
}

// outlets are the shops that draw people at p: all that the map and the company know.
func (w *world) outlets(p orb.Point) []white.Outlet {
	var out []white.Outlet
	reach := geo.Meters(w.settings.Reach)
	box := geodesic.Pad(geo.Box{Min: p, Max: p}, reach)
	for i := range w.places {
		if at := w.places[i].Point; box.Contains(at) && !w.matcher.Twice(i) {
			out = append(out, white.Outlet{Point: at, Pull: w.settings.points(w.places[i].Kind),
				Ours: w.clients[i] > 0})
		}
	}
	for _, h := range w.customers {
		if h.place < 0 && !h.Lead && box.Contains(h.Point) {
			out = append(out, white.Outlet{Point: h.Point, Pull: w.settings.Customer, Ours: h.Active})
		}
	}
	return out
}

// sources are what adds to the potential of a cell itself, the most first; of the
// customers that are not on the map only the visible ones, where given.
func (w *world) sources(cell hex.Cell, f *Focus, visible map[int64]bool) ([]Source, error) {
	sums := map[string]Source{}
	note := func(kind string, count int, points float64) {
		s := sums[kind]
		sums[kind] = Source{kind, s.Count + count, s.Points + points}
	}
	within := func(p orb.Point) bool {
		c, err := hex.Of(p, cell.Resolution())
		return err == nil && c == cell
	}
	for i := range w.places {
		if v := w.ofPlace(i, f); v.Potential > 0 && within(w.places[i].Point) {
			note(w.places[i].Kind, 1, float64(v.Potential)/1000)
		}
	}
	for id, h := range w.customers {
		if visible != nil && !visible[id] {
			continue
		}
		if v := w.ofCustomer(h, f, nil); v.Potential > 0 && within(h.Point) {
			note("customers", 1, float64(v.Potential)/1000)
		}
	}
	for i := range w.layers {
		l := &w.layers[i]
		each := w.perPoint(l)
		if each == 0 || len(f.Kinds) > 0 {
			continue
		}
		err := spread(l, cell.Resolution(), func(c hex.Cell, amount float64) bool {
			if c == cell {
				note(l.Kind, int(amount+0.5), amount*each)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b Source) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), strings.Compare(a.Kind, b.Kind))
	}), nil
}

// customersOf are the visible ones of a cell, nil: all: active ones first, by name.
func (s *Service) customersOf(visible map[int64]bool, cell hex.Cell) ([]Customer, error) {
	const most = 200
	var out []Customer
	for id, h := range s.world.customers {
		if visible != nil && !visible[id] {
			continue
		}
		c, err := hex.Of(h.Point, cell.Resolution())
		if err != nil {
			return nil, err
		}
		if c == cell {
			out = append(out, h.Customer)
		}
	}
	slices.SortFunc(out, func(a, b Customer) int {
		if a.Active != b.Active {
			if a.Active {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), most)], nil
}

// People returns what is left to sell in the ground of every person whom the caller
// sees, the most first; with a span, beside the span of the same length before it. White
// is what lies below the threshold, 0 the company's.
func (s *Service) People(
	ctx context.Context, c Caller, f Focus, resolution int, threshold float64,
) ([]PersonSpace, error) {
	w, done, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	resolution = cmp.Or(resolution, baseGrid)
	r := w.settings.ruleAt(threshold)
	now, err := s.byOwner(ctx, f, resolution, r)
	if err != nil {
		return nil, err
	}
	var then map[int64]Totals
	if !f.From.IsZero() {
		days := int(f.To.Sub(f.From).Hours()/24) + 1
		earlier := Focus{f.Kinds, f.From.AddDate(0, 0, -days), f.From.AddDate(0, 0, -1)}
		if then, err = s.byOwner(ctx, earlier, resolution, r); err != nil {
			return nil, err
		}
	}
	sums := map[int64]*PersonSpace{}
	of := func(person int64) *PersonSpace {
		if sums[person] == nil {
			sums[person] = &PersonSpace{Person: person}
		}
		return sums[person]
	}
	for person, t := range now {
		of(person).Totals = t
	}
	for person, t := range then {
		of(person).Before = &t
	}
	for _, h := range w.customers {
		if h.Active && h.Owner != 0 {
			of(h.Owner).Customers++
		}
	}
	open, err := s.list(ctx, Caller{Scope: scope.Everything()}, &ProspectQuery{Kinds: f.Kinds})
	if err != nil {
		return nil, err
	}
	for i := range open {
		of(open[i].Owner).Prospects++
	}
	var out []PersonSpace
	for person, p := range sums {
		if c.Scope.All || c.Scope.Has(person) {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(a, b PersonSpace) int {
		return cmp.Or(cmp.Compare(b.Gap, a.Gap), cmp.Compare(a.Person, b.Person))
	})
	return out, nil
}

func (s *Service) byOwner(
	ctx context.Context, f Focus, resolution int, r white.Rule,
) (map[int64]Totals, error) {
	g, err := s.grid(ctx, f, resolution)
	if err != nil {
		return nil, err
	}
	out := map[int64]Totals{}
	for figures := range g.All(r) {
		if figures.Potential < r.Least && figures.Customers == 0 {
			continue
		}
		at, err := s.world.spot(figures.Cell)
		if err != nil {
			return nil, err
		}
		t := out[at.owner]
		t.add(&Cell{Figures: figures, Gap: figures.Gap(r)})
		out[at.owner] = t
	}
	return out, nil
}

// Prospects returns a page of prospects in the ground of people whom the caller sees:
// the best first, or the nearest where a place is given; next is nil on the last page,
// total counts all pages.
func (s *Service) Prospects(
	ctx context.Context, c Caller, q ProspectQuery,
) (page []Prospect, next *ProspectKey, total int, err error) {
	_, done, err := s.look(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	defer done()
	all, err := s.list(ctx, c, &q)
	if err != nil {
		return nil, nil, 0, err
	}
	near := q.Near != nil
	slices.SortFunc(all, func(a, b Prospect) int { return before(&a, &b, near) })
	total = len(all)
	if from := slices.IndexFunc(all, func(p Prospect) bool { return p.beyond(q.After, near) }); from >= 0 {
		all = all[from:]
	} else {
		all = nil
	}
	if limit := max(1, q.Limit); len(all) > limit {
		all = all[:limit]
		key := all[limit-1].key(near)
		next = &key
	}
	return all, next, total, nil
}

// list are the prospects under a query, in no order. The caller holds the lock.
func (s *Service) list(ctx context.Context, c Caller, q *ProspectQuery) ([]Prospect, error) {
	w := &s.world
	base, err := s.grid(ctx, Focus{}, baseGrid)
	if err != nil {
		return nil, err
	}
	r := w.settings.rule()
	words := strings.Fields(strings.ToLower(q.Q))
	var out []Prospect
	for i := range w.places {
		p := Prospect{Place: w.places[i], Off: -1}
		p.Points, p.Decision = w.settings.points(p.Kind), w.decisions[p.ID]
		// A customer of any other origin makes it none; one that was made of it tells so.
		gone := w.known[i] > 0 && p.Decision.State != Taken
		if w.matcher.Twice(i) || p.Points <= 0 || gone || !q.holds(&p, words) {
			continue
		}
		at, err := base.Cell(p.Point)
		if err != nil {
			return nil, err
		}
		if q.Cell != 0 {
			if within, err := hex.Of(p.Point, q.Cell.Resolution()); err != nil || within != q.Cell {
				continue
			}
		}
		p.Cell, p.Owner = at, w.ownerAt(p.Point)
		if !c.Scope.All && !c.Scope.Has(p.Owner) || q.Person != 0 && p.Owner != q.Person {
			continue
		}
		f := base.At(at, r)
		p.Score = p.Points
		if f.Potential > 0 {
			p.Score *= 1 + f.Gap(r)/f.Potential
		}
		out = append(out, p)
	}
	return out, nil
}

// holds reports whether a query wants a prospect, ground and cell aside; it sets the
// distance.
func (q *ProspectQuery) holds(p *Prospect, words []string) bool {
	f := Focus{Kinds: q.Kinds}
	if p.State() != cmp.Or(q.State, Open) || !f.holds(p.Kind) ||
		q.Box != nil && !q.Box.Contains(p.Point) ||
		len(q.IDs) > 0 && !slices.Contains(q.IDs, p.ID) {
		return false
	}
	if q.Near != nil {
		p.Off = geodesic.Distance(*q.Near, p.Point)
		if p.Off > cmp.Or(q.Within, 20_000) {
			return false
		}
	}
	text := strings.ToLower(strings.Join([]string{p.Name, p.English, p.Chinese, p.Address}, " "))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// Kinds counts the open prospects of the caller's ground by kind, the most first.
func (s *Service) Kinds(ctx context.Context, c Caller) ([]KindCount, error) {
	_, done, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	all, err := s.list(ctx, c, &ProspectQuery{})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for i := range all {
		counts[all[i].Kind]++
	}
	out := make([]KindCount, 0, len(counts))
	for kind, n := range counts {
		out = append(out, KindCount{kind, n})
	}
	slices.SortFunc(out, func(a, b KindCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Kind, b.Kind))
	})
	return out, nil
}

// alongMost bounds the prospects that are offered for one day.
const alongMost = 50

// Along returns the open prospects within reach of the way of a person's day, the
// best for the least detour first: by score over one and the kilometres there and
// back. It fails with ErrNoRoute, and as the person's plan does.
func (s *Service) Along(
	ctx context.Context, c Caller, person int64, day time.Time, reach geo.Meters,
) ([]Prospect, error) {
	line, err := s.Days.Route(ctx, c, person, day)
	if err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, ErrNoRoute
	}
	box := geodesic.Pad(line.Bound(), reach)
	_, done, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	all, err := s.list(ctx, c, &ProspectQuery{Box: &box})
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, p := range all {
		if p.Off = offLine(p.Point, line); p.Off <= reach {
			out = append(out, p)
		}
	}
	worth := func(p *Prospect) float64 { return p.Score / (1 + 2*float64(p.Off)/1000) }
	slices.SortFunc(out, func(a, b Prospect) int {
		return cmp.Or(cmp.Compare(worth(&b), worth(&a)), strings.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), alongMost)], nil
}
