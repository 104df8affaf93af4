package crm

import (
	"iter"
	"math/bits"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/internal/scope"
)

// compiled is a filter with its lists as sets, for one business day.
type compiled struct {
	words    []string
	seen     map[business.PersonID]bool // owners within the scope; nil: all
	shares   map[int32]bool             // ranges that somebody of the scope stands in
	owners   map[business.PersonID]bool // by owner and team; nil: all
	sharedTo map[business.PersonID]bool // nil: whoever
	sharesTo map[int32]bool             // ranges that these stand in
	sharedBy map[business.PersonID]bool // nil: whoever
	stages   map[Stage]bool
	channels map[string]bool
	areas    map[string]bool // districts
	from, to int64           // of creation, Unix seconds; 0: open; to is excluded
	levels   map[Level]bool
	statuses map[Status]bool
	due      map[Due]bool
	kinds    []string
	tags     []string
	ids      map[business.CustomerID]bool
	located  *bool
	box      *geo.Box
	polygon  orb.Ring
	facts    facts
	today    business.Date
}

func setOf[T comparable](list []T) map[T]bool {
	if list == nil {
		return nil
	}
	out := make(map[T]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

// byGroup reports whether owner, level and status decide alone, so that tallies
// can be used as they are.
func (f *compiled) byGroup() bool {
	return len(f.words) == 0 && f.due == nil && f.kinds == nil && f.tags == nil &&
		f.ids == nil && f.located == nil && f.box == nil && f.polygon == nil &&
		f.stages == nil && f.channels == nil && f.areas == nil && f.from == 0 && f.to == 0 &&
		!f.facts.any
}

func (f *compiled) matchGroup(g group) bool {
	return (f.seen == nil || f.seen[g.owner()] || f.shares[g.shares()]) &&
		(f.owners == nil || f.owners[g.owner()]) &&
		(f.levels == nil || f.levels[g.level()]) &&
		(f.statuses == nil || f.statuses[g.status()]) &&
		(f.sharedTo == nil || f.sharesTo[g.shares()] && !f.sharedTo[g.owner()]) &&
		(f.sharedBy == nil || f.sharedBy[g.owner()] && g.shares() != 0)
}

func (f *compiled) matchMore(p *MapPin) bool {
	return (f.stages == nil || f.stages[p.Stage]) &&
		(f.channels == nil || f.channels[p.Channel]) &&
		(f.areas == nil || f.areas[p.District]) &&
		(f.from == 0 || p.Created >= f.from) && (f.to == 0 || p.Created < f.to)
}

// match says in Go what sqlMatch says in SQL, scope included.
func (f *compiled) match(p *MapPin) bool {
	if !f.matchGroup(p.group()) || f.due != nil && !f.due[dueState(p.DueOn, f.today)] ||
		f.located != nil && *f.located != (p.Position != nil) || f.ids != nil && !f.ids[p.ID] {
		return false
	}
	for _, w := range f.words {
		if !strings.Contains(p.Search, w) {
			return false
		}
	}
	if f.kinds != nil && !slices.ContainsFunc(f.kinds, func(k string) bool {
		return kindUnder(p.Kind, k)
	}) {
		return false
	}
	if f.tags != nil && !slices.ContainsFunc(f.tags, func(t string) bool {
		return slices.Contains(p.Tags, t)
	}) {
		return false
	}
	return f.matchMore(p) && f.facts.match(p, f.today) && f.matchPlace(p.Position)
}

func (f *compiled) matchPlace(p *orb.Point) bool {
	if f.box == nil && f.polygon == nil {
		return true
	}
	return p != nil && (f.box == nil || f.box.Contains(*p)) &&
		(f.polygon == nil || planar.RingContains(f.polygon, *p))
}

// Selection is what a person sees of the customers under a filter at one moment.
type Selection struct {
	filter  compiled
	tree    *index.Snapshot[*MapPin]
	pyramid *index.Pyramid[group]
	pins    func() []*MapPin
	owners  map[business.PersonID]Owner // never written again
}

// Select applies a resolved filter and scope. The selection reads a snapshot of the single
// customers; clusters are read from tallies that follow changes as they come.
func (x *Index) Select(f Filter, sc scope.Scope) *Selection {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := compiled{
		words: f.words(), levels: setOf(f.Levels), statuses: setOf(f.Statuses),
		due: setOf(f.Due), kinds: f.Kinds, tags: f.Tags, ids: setOf(f.IDs),
		located: f.Located, box: f.Box, polygon: f.Polygon, today: x.today(),
		owners: x.ownersOf(f), stages: setOf(f.Stages), channels: setOf(f.Channels),
		areas: setOf(f.Districts), facts: x.factsOf(f), sharedTo: setOf(f.SharedTo), sharedBy: setOf(f.SharedBy),
	}
	if !sc.All {
		c.seen = map[business.PersonID]bool{}
		for _, p := range sc.People {
			c.seen[business.PersonID(p)] = true
		}
		c.shares = x.ranges.readBy(x.readers(c.seen))
	}
	if c.sharedTo != nil {
		c.sharesTo = x.ranges.readBy(x.readers(c.sharedTo))
	}
	if from := startOf(f.CreatedFrom, x.zone); from != nil {
		c.from = from.Unix()
	}
	if to := endOf(f.CreatedTo, x.zone); to != nil {
		c.to = to.Unix()
	}
	return &Selection{filter: c, tree: x.tree.Snapshot(), pyramid: x.pyramid,
		pins: x.all, owners: x.owners}
}

// readers are the people and, as negative ids, the teams they stand in. The
// caller holds the lock.
func (x *Index) readers(people map[business.PersonID]bool) map[int64]bool {
	out := make(map[int64]bool, 2*len(people))
	for p := range people {
		out[int64(p)] = true
		if team := x.owners[p].Team; team != 0 {
			out[-int64(team)] = true
		}
	}
	return out
}

// ownersOf joins owner and team to one set of owners, nil for all. The caller
// holds the lock.
func (x *Index) ownersOf(f Filter) map[business.PersonID]bool {
	if f.Owners == nil && f.Teams == nil {
		return nil
	}
	teams, named := setOf(f.Teams), setOf(f.Owners)
	out := map[business.PersonID]bool{}
	keep := func(id business.PersonID, team business.TeamID) {
		if (teams == nil || teams[team]) && (named == nil || named[id]) {
			out[id] = true
		}
	}
	for id, o := range x.owners {
		keep(id, o.Team)
	}
	keep(0, 0)
	return out
}

func (x *Index) all() []*MapPin {
	x.mu.RLock()
	defer x.mu.RUnlock()
	out := make([]*MapPin, 0, len(x.pins))
	for _, p := range x.pins {
		out = append(out, p)
	}
	return out
}

// IDs are the selected customers, located or not, in order. O(n): for tests and
// for actions on a selection.
func (s *Selection) IDs() []business.CustomerID {
	var out []business.CustomerID
	for _, p := range s.pins() {
		if s.filter.match(p) {
			out = append(out, p.ID)
		}
	}
	slices.Sort(out)
	return out
}

// Owner is what is known of a customer's owner.
func (s *Selection) Owner(id business.PersonID) Owner { return s.owners[id] }

// Today is the business day by which the selection says what is due.
func (s *Selection) Today() business.Date { return s.filter.today }

// Overdue is how many days p's visit is overdue.
func (s *Selection) Overdue(p *MapPin) int { return overdue(p.DueOn, s.filter.today) }

// Marked is how many marks of p have come due.
func (s *Selection) Marked(p *MapPin) int {
	n := 0
	for _, m := range p.Marks {
		if m.DueOn.Before(s.filter.today) {
			n++
		}
	}
	return n
}

// VisitedAgo is how many days ago p was visited last, -1 when never.
func (s *Selection) VisitedAgo(p *MapPin) int {
	if p.Visited.IsZero() {
		return -1
	}
	return max(0, s.filter.today.Sub(p.Visited))
}

// Points yields the selected customers of one tile, by id. x and y place them on
// the plane of geo/index.
func (s *Selection) Points(z, column, row uint32) iter.Seq[*MapPin] {
	return func(yield func(*MapPin) bool) {
		var found []*MapPin
		for p := range s.inTile(z, column, row) {
			found = append(found, p)
		}
		slices.SortFunc(found, func(a, b *MapPin) int { return int(a.ID - b.ID) })
		for _, p := range found {
			if !yield(p) {
				return
			}
		}
	}
}

// inTile yields the selected customers of a tile in no order. The tree is asked
// for a slightly larger box, and the integer plane decides, so that every
// customer is in exactly one tile of a zoom.
func (s *Selection) inTile(z, column, row uint32) iter.Seq[*MapPin] {
	return func(yield func(*MapPin) bool) {
		for item := range s.tree.Within(tileBox(z, column, row)) {
			x, y := index.Plane(item.Point)
			if uint64(x)>>(32-z) != uint64(column) || uint64(y)>>(32-z) != uint64(row) {
				continue
			}
			if s.filter.match(item.Value) && !yield(item.Value) {
				return
			}
		}
	}
}

// tileBox holds every point of the tile and a little more. The edge rows reach
// to the poles, because the plane brings those points to its edge.
func tileBox(z, column, row uint32) geo.Box {
	side := float64(uint64(1) << (32 - z))
	nw := index.Unplane(float64(column)*side, float64(row)*side)
	se := index.Unplane(float64(column+1)*side, float64(row+1)*side)
	const slack = 1e-6
	box := geo.Box{Min: orb.Point{nw[0] - slack, se[1] - slack}, Max: orb.Point{se[0] + slack, nw[1] + slack}}
	if row == 0 {
		box.Max[1] = 90
	}
	if uint64(row)+1 == 1<<z {
		box.Min[1] = -90
	}
	return box
}

// Breakdown is what a cluster is broken down by.
type Breakdown string

// The breakdowns of clusters.
const (
	ByOwner  Breakdown = "owner"
	ByLevel  Breakdown = "level"
	ByStatus Breakdown = "status"
)

// Part is how many customers of a cluster have one owner, level or status.
type Part struct {
	Owner  business.PersonID // ByOwner
	Level  Level             // ByLevel
	Status Status            // ByStatus
	Count  int64
}

// Cluster stands for the customers of one cell. X and Y are its centre of
// gravity on the plane of geo/index.
type Cluster struct {
	X, Y   uint32
	Count  int64
	Parts  []Part  // by the breakdown, the largest first
	Expand uint32  // the zoom at which it falls apart, at most ClusterZoom+1
	Single *MapPin // the customer, when Count is 1
}

// Clusters returns the clusters of one tile, 0 ≤ z ≤ ClusterZoom, row by row.
// Counts over all tiles of a zoom add up to the located customers selected.
func (s *Selection) Clusters(z, column, row uint32, by Breakdown) []Cluster {
	if !s.filter.byGroup() {
		return s.scan(z, column, row, by)
	}
	var out []Cluster
	var cells [][2]uint32
	var parts []Part // of all clusters, one after the other
	s.pyramid.Cells(int(z)+cellBits, column<<cellBits, row<<cellBits, 1<<cellBits,
		func(x, y uint32, tallies []index.Tally[group]) {
			if c := s.sum(tallies, by, &parts); c.Count > 0 {
				out, cells = append(out, c), append(cells, [2]uint32{x, y})
			}
		})
	for i, cell := range cells {
		s.finish(&out[i], z, cell)
	}
	return out
}

// sum joins the tallies that the filter lets through; the parts come to stand behind
// those that are in store.
func (s *Selection) sum(tallies []index.Tally[group], by Breakdown, store *[]Part) Cluster {
	c := Cluster{Parts: (*store)[len(*store):]}
	var x, y uint64
	for i := range tallies {
		t := &tallies[i]
		if !s.filter.matchGroup(t.Group) {
			continue
		}
		c.Count += t.Count
		x, y = x+t.X, y+t.Y
		// Tallies come by owner: the parts of one stand together.
		part := partOf(t.Group, by)
		if n := len(c.Parts); by == ByOwner && (n == 0 || c.Parts[n-1].Owner != part.Owner) {
			part.Count = t.Count
			c.Parts = append(c.Parts, part)
		} else if by == ByOwner {
			c.Parts[n-1].Count += t.Count
		} else {
			c.Parts = addPart(c.Parts, part, t.Count)
		}
	}
	if c.Count > 0 {
		c.X, c.Y = uint32(x/uint64(c.Count)), uint32(y/uint64(c.Count))
		sortParts(c.Parts)
		*store = c.Parts[len(c.Parts):]
		c.Parts = slices.Clip(c.Parts)
	}
	return c
}

func partOf(g group, by Breakdown) Part {
	switch by {
	case ByLevel:
		return Part{Level: g.level()}
	case ByStatus:
		return Part{Status: g.status()}
	}
	return Part{Owner: g.owner()}
}

func addPart(parts []Part, p Part, n int64) []Part {
	for i := range parts {
		if q := parts[i]; q.Owner == p.Owner && q.Level == p.Level && q.Status == p.Status {
			parts[i].Count += n
			return parts
		}
	}
	p.Count = n
	return append(parts, p)
}

func sortParts(parts []Part) {
	slices.SortFunc(parts, func(a, b Part) int {
		switch {
		case a.Count != b.Count:
			return int(b.Count - a.Count)
		case a.Owner != b.Owner:
			return int(a.Owner - b.Owner)
		}
		return strings.Compare(string(a.Level)+string(a.Status), string(b.Level)+string(b.Status))
	})
}

// finish finds the customer of a cluster of one, or the zoom at which a larger
// one falls apart: the first level whose cells below this one are several.
func (s *Selection) finish(c *Cluster, z uint32, cell [2]uint32) {
	if c.Count == 1 {
		for p := range s.inTile(z+cellBits, cell[0], cell[1]) {
			c.Single = p
			break
		}
		return
	}
	for c.Expand = z + 1; c.Expand <= ClusterZoom; c.Expand++ {
		var filled int
		below := cell
		s.pyramid.Cells(int(c.Expand)+cellBits, cell[0]<<1, cell[1]<<1, 2,
			func(x, y uint32, tallies []index.Tally[group]) {
				if slices.ContainsFunc(tallies, func(t index.Tally[group]) bool {
					return s.filter.matchGroup(t.Group)
				}) {
					filled++
					below = [2]uint32{x, y}
				}
			})
		if filled != 1 {
			return
		}
		cell = below
	}
}

// spread is the box of some points on the plane.
type spread struct {
	any                    bool
	minX, minY, maxX, maxY uint32
}

func (s *spread) add(p *MapPin) {
	x, y := index.Plane(*p.Position)
	if !s.any {
		*s = spread{true, x, y, x, y}
		return
	}
	s.minX, s.maxX = min(s.minX, x), max(s.maxX, x)
	s.minY, s.maxY = min(s.minY, y), max(s.maxY, y)
}

// expand is the first zoom beyond z at which the points lie in different cells.
func (s *spread) expand(z uint32) uint32 {
	differ := (s.minX ^ s.maxX) | (s.minY ^ s.maxY)
	level := uint32(bits.LeadingZeros32(differ)) + 1 // the first cell level that tells them apart
	zoom := max(z+1, level-min(level, cellBits))
	if zoom > ClusterZoom { // no clusters there: everything stands singly
		return ClusterZoom + 1
	}
	return zoom
}

// scan makes the clusters of a tile from its customers, for filters that tallies
// cannot answer.
func (s *Selection) scan(z, column, row uint32, by Breakdown) []Cluster {
	type cell struct {
		sums   [2]uint64
		spread spread
		c      Cluster
	}
	cells := map[uint32]*cell{}
	for p := range s.inTile(z, column, row) {
		x, y := index.Plane(*p.Position)
		at := y>>(32-z-cellBits)<<16 | x>>(32-z-cellBits)&0xffff
		k := cells[at]
		if k == nil {
			k = &cell{}
			cells[at] = k
		}
		k.sums[0], k.sums[1] = k.sums[0]+uint64(x), k.sums[1]+uint64(y)
		k.spread.add(p)
		k.c.Count++
		k.c.Single = p
		k.c.Parts = addPart(k.c.Parts, partOf(p.group(), by), 1)
	}
	order := make([]uint32, 0, len(cells))
	for at := range cells {
		order = append(order, at)
	}
	slices.Sort(order)
	out := make([]Cluster, 0, len(order))
	for _, at := range order {
		k := cells[at]
		k.c.X = uint32(k.sums[0] / uint64(k.c.Count))
		k.c.Y = uint32(k.sums[1] / uint64(k.c.Count))
		sortParts(k.c.Parts)
		if k.c.Count > 1 {
			k.c.Single, k.c.Expand = nil, k.spread.expand(z)
		}
		out = append(out, k.c)
	}
	return out
}
