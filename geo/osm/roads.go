package osm

import (
	"context"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Restriction is a turn restriction as the file tells it. Members that are
// missing from the file are named all the same.
type Restriction struct {
	ID       int64
	Tags     Tags
	From, To []int64 // way ids
	ViaNodes []int64
	ViaWays  []int64 // in the order of the members
}

// Roads is what a road network is built from.
type Roads struct {
	Header       Header
	Ways         []Way // that were kept, by ascending id
	Restrictions []Restriction
	Nodes        *Positions     // of the ways' nodes
	NodeTags     map[int64]Tags // of those among them that have any
	Box          geo.Box        // of the ways' nodes
	Read         RoadCounts
	// Country is the ISO 3166-1 code of the country whose boundary the file has, ""
	// when it has none; Side is the driving_side that its roads name, "" when none does.
	Country, Side string
}

// RoadCounts says how much of the file was looked at.
type RoadCounts struct {
	Ways, Kept, Restrictions int
	MissingNodes             int // referred to by kept ways but not in the file
}

// ReadRoads reads the ways that keep accepts, the turn restrictions, and the
// nodes of those ways, in two passes over the file. Progress runs from 0 to
// twice the size of the file.
func ReadRoads(
	ctx context.Context, path string, opts Options, keep func(*Way) bool,
) (*Roads, error) {
	header, err := ReadHeader(path)
	if err != nil {
		return nil, err
	}
	r := &Roads{Header: header, NodeTags: map[int64]Tags{}}
	if err := r.readWays(ctx, path, passOf(opts, 0), keep); err != nil {
		return nil, err
	}
	if err := r.readNodes(ctx, path, passOf(opts, 1)); err != nil {
		return nil, err
	}
	r.measure()
	return r, nil
}

// passOf makes one of two passes report its half of the work.
func passOf(opts Options, pass int64) Options {
	if opts.Progress == nil {
		return opts
	}
	return Options{Progress: func(done, total int64) {
		opts.Progress(done+pass*total, 2*total)
	}}
}

func (r *Roads) readWays(
	ctx context.Context, path string, opts Options, keep func(*Way) bool,
) error {
	words := map[string]string{} // tag strings repeat: keep one copy of each
	around := newBorders()
	err := Scan(ctx, path, opts, Handler{
		Way: func(w *Way) error {
			r.Read.Ways++
			around.way(w)
			if keep(w) {
				r.Ways = append(r.Ways, Way{w.ID, slices.Clone(w.Nodes), intern(w.Tags, words)})
			}
			return nil
		},
		Relation: func(rel *Relation) error {
			around.relation(rel)
			if isRestriction(rel.Tags) {
				r.Restrictions = append(r.Restrictions, restriction(rel))
			}
			return nil
		},
	})
	r.Country, r.Side = around.code, around.side()
	slices.SortFunc(r.Ways, func(a, b Way) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	r.Ways = slices.CompactFunc(r.Ways, func(a, b Way) bool { return a.ID == b.ID })
	r.Read.Kept, r.Read.Restrictions = len(r.Ways), len(r.Restrictions)
	return err
}

// isRestriction knows type=restriction and the older type=restriction:hgv.
func isRestriction(t Tags) bool {
	kind := t.Find("type")
	return kind == "restriction" || strings.HasPrefix(kind, "restriction:")
}

func restriction(rel *Relation) Restriction {
	out := Restriction{ID: rel.ID, Tags: rel.Tags.Clone()}
	for _, m := range rel.Members {
		switch {
		case m.Role == "from" && m.Type == WayMember:
			out.From = append(out.From, m.Ref)
		case m.Role == "to" && m.Type == WayMember:
			out.To = append(out.To, m.Ref)
		case m.Role == "via" && m.Type == WayMember:
			out.ViaWays = append(out.ViaWays, m.Ref)
		case m.Role == "via" && m.Type == NodeMember:
			out.ViaNodes = append(out.ViaNodes, m.Ref)
		}
	}
	return out
}

func (r *Roads) readNodes(ctx context.Context, path string, opts Options) error {
	var ids []int64
	for i := range r.Ways {
		ids = append(ids, r.Ways[i].Nodes...)
	}
	r.Nodes = NewPositions(ids)
	words := map[string]string{}
	return Scan(ctx, path, opts, Handler{Node: func(n *Node) error {
		if r.Nodes.Set(n) && len(n.Tags) > 0 {
			r.NodeTags[n.ID] = intern(n.Tags, words)
		}
		return nil
	}})
}

func (r *Roads) measure() {
	for i := range r.Nodes.Len() {
		_, lon, lat, ok := r.Nodes.At(i)
		if !ok {
			r.Read.MissingNodes++
			continue
		}
		p := orb.Point{float64(lon) / PerDegree, float64(lat) / PerDegree}
		if r.Box == (geo.Box{}) {
			r.Box = p.Bound()
		}
		r.Box = r.Box.Extend(p)
	}
}

// intern copies tags, sharing equal strings.
func intern(t Tags, words map[string]string) Tags {
	if len(t) == 0 {
		return nil
	}
	word := func(s string) string {
		w, ok := words[s]
		if !ok {
			w = strings.Clone(s)
			words[w] = w
		}
		return w
	}
	c := make(Tags, len(t))
	for i, tag := range t {
		c[i] = Tag{word(tag.Key), word(tag.Value)}
	}
	return c
}
