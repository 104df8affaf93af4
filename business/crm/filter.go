package crm

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/fail"
)

// Due says how a customer's next visit stands to today.
type Due string

// The states of a next visit.
const (
	Overdue  Due = "overdue" // should have been before today
	DueToday Due = "today"
	DueSoon  Due = "soon"  // within SoonDays
	DueLater Due = "later" // after that
	NotDue   Due = "none"  // no visits are planned
)

// SoonDays is how many days from now still count as soon.
const SoonDays = 7

// Filter selects customers, the same in list, count, facets, export and map.
// Parts are joined by "and", the values of one part by "or". The zero value
// selects every customer that is not archived.
type Filter struct {
	Q        string              // every word in number, name, address, district or phone
	Owners   []business.PersonID // 0 is nobody
	Teams    []business.TeamID
	Kinds    []string // shop holds shop/bakery, too; =shop does not
	Levels   []Level
	Statuses []Status
	Due      []Due
	Tags     []string
	Box      *geo.Box // edges included
	Polygon  orb.Ring // closed, no holes, edges included; nil: anywhere
	IDs      []business.CustomerID
	Located  *bool // with or without a position

	SharedTo    []business.PersonID // somebody else's, shared with these or with their team
	SharedBy    []business.PersonID // owned by these and shared with anybody
	Stages      []Stage
	Channels    []string
	Districts   []string      // as written; "" for those without
	CreatedFrom business.Date // business days, both included; zero: open
	CreatedTo   business.Date

	VisitedFrom  business.Date // of the last visit; both included; zero: open
	VisitedTo    business.Date
	UnvisitedFor business.Date // no visit on this day or later
	OrderedFrom  business.Date // of the last order
	OrderedTo    business.Date
	UnorderedFor business.Date
	OwesFrom     *int64 // open receivable, minor units, both included
	OwesTo       *int64
	Marks        []string // "warning:customer_visit": facts of neighbours, see [Service.RegisterMarks]
	Areas        []string // "district:17": ground that neighbours know, see [Service.RegisterAreas]

	ground []Area // of Areas, once they are looked up
}

// Bounds of what a filter may hold.
const (
	maxWords    = 8
	maxQ        = 100 // characters
	maxValues   = 200
	maxIDs      = 1000
	maxVertices = 500
)

// ParseFilter reads a filter from the parameters of a request: q, owner ("none"
// for nobody), team, kind, level, status, due, tag, bbox=w,s,e,n,
// polygon=lon,lat;lon,lat;…, ids, located, shared_to, shared_by, stage, channel and
// district ("none" for those without), created_from and created_to, visited_from,
// visited_to, unvisited_since, ordered_from, ordered_to, unordered_since, owes_from,
// owes_to, mark=name:value and area=kind:id. Lists are separated by commas or
// repeated. Parameters of other names are left to others. It fails with
// ErrBadFilter.
func ParseFilter(v url.Values) (Filter, error) {
	p := parser{values: v}
	f := Filter{
		Q:        p.text("q", maxQ),
		Owners:   numbers[business.PersonID](&p, "owner", maxValues),
		Teams:    numbers[business.TeamID](&p, "team", maxValues),
		Kinds:    choices(&p, "kind", validKindFilter),
		Levels:   choices(&p, "level", validLevel),
		Statuses: choices(&p, "status", validStatus),
		Due:      choices(&p, "due", validDue),
		Tags:     choices(&p, "tag", func(t string) bool { return len(t) <= 100 }),
		Box:      p.box("bbox"),
		Polygon:  p.ring("polygon"),
		IDs:      numbers[business.CustomerID](&p, "ids", maxIDs),
		Located:  p.truth("located"),

		SharedTo:    numbers[business.PersonID](&p, "shared_to", maxValues),
		SharedBy:    numbers[business.PersonID](&p, "shared_by", maxValues),
		Stages:      choices(&p, "stage", validStage),
		Channels:    p.texts("channel"),
		Districts:   p.texts("district"),
		CreatedFrom: p.day("created_from"),
		CreatedTo:   p.day("created_to"),

		VisitedFrom: p.day("visited_from"), VisitedTo: p.day("visited_to"),
		UnvisitedFor: p.day("unvisited_since"),
		OrderedFrom:  p.day("ordered_from"), OrderedTo: p.day("ordered_to"),
		UnorderedFor: p.day("unordered_since"),
		OwesFrom:     p.amount("owes_from"), OwesTo: p.amount("owes_to"),
		Marks: choices(&p, "mark", registered), Areas: choices(&p, "area", registered),
	}
	if len(p.faults) > 0 {
		e := *ErrBadFilter
		e.Fields = p.faults
		return Filter{}, &e
	}
	return f, nil
}

// Values is the filter as parameters, in one canonical form: two filters that
// select the same by the same words have the same Values().Encode().
func (f Filter) Values() url.Values {
	v := url.Values{}
	set := func(name string, list []string) {
		if len(list) > 0 {
			slices.Sort(list)
			v.Set(name, strings.Join(slices.Compact(list), ","))
		}
	}
	if words := strings.Fields(fold(f.Q)); len(words) > 0 {
		v.Set("q", strings.Join(words, " "))
	}
	set("owner", spell(f.Owners))
	set("team", spell(f.Teams))
	set("kind", slices.Clone(f.Kinds))
	set("level", spell(f.Levels))
	set("status", spell(f.Statuses))
	set("due", spell(f.Due))
	set("tag", slices.Clone(f.Tags))
	set("ids", spell(f.IDs))
	if f.Box != nil {
		v.Set("bbox", spellPoint(f.Box.Min)+","+spellPoint(f.Box.Max))
	}
	if len(f.Polygon) > 0 {
		corners := make([]string, len(f.Polygon))
		for i, p := range f.Polygon {
			corners[i] = spellPoint(p)
		}
		v.Set("polygon", strings.Join(corners, ";"))
	}
	set("shared_to", spell(f.SharedTo))
	set("shared_by", spell(f.SharedBy))
	set("stage", spell(f.Stages))
	set("channel", orNone(f.Channels))
	set("district", orNone(f.Districts))
	f.spellFacts(v, set)
	if f.Located != nil {
		v.Set("located", strconv.FormatBool(*f.Located))
	}
	return v
}

func spell[T any](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = fmt.Sprint(x)
	}
	return out
}

func spellPoint(p orb.Point) string {
	return strconv.FormatFloat(p[0], 'f', -1, 64) + "," + strconv.FormatFloat(p[1], 'f', -1, 64)
}

// words are the folded words of the search; each must occur.
func (f Filter) words() []string {
	words := strings.Fields(fold(f.Q))
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return words[:min(len(words), maxWords)]
}

// parser reads parameters and collects what is wrong with them.
type parser struct {
	values url.Values
	faults []fail.Field
}

func (p *parser) fault(name, code, format string, args ...any) {
	p.faults = append(p.faults, fail.Field{
		Path: name, Code: code, Message: fmt.Sprintf(format, args...)})
}

// list splits the values of a parameter; empty pieces are left out.
func (p *parser) list(name string, most int) []string {
	var out []string
	for _, value := range p.values[name] {
		for piece := range strings.SplitSeq(value, ",") {
			if piece = strings.TrimSpace(piece); piece != "" {
				out = append(out, piece)
			}
		}
	}
	if len(out) > most {
		p.fault(name, "too_many", "At most %d values are allowed.", most)
		return nil
	}
	return out
}

func (p *parser) text(name string, most int) string {
	s := strings.TrimSpace(p.values.Get(name))
	if len([]rune(s)) > most {
		p.fault(name, "length", "At most %d characters are allowed.", most)
		return ""
	}
	return s
}

// texts reads free words; "none" is the empty one.
func (p *parser) texts(name string) []string {
	out := p.list(name, maxValues)
	for i, s := range out {
		if s == "none" {
			out[i] = ""
		}
	}
	return out
}

func orNone(list []string) []string {
	out := slices.Clone(list)
	for i, s := range out {
		if s == "" {
			out[i] = "none"
		}
	}
	return out
}

func (p *parser) day(name string) business.Date {
	s := p.values.Get(name)
	if s == "" {
		return business.Date{}
	}
	d, err := business.ParseDate(s)
	if err != nil {
		p.fault(name, "format", "Expected a day like 2026-11-23.")
	}
	return d
}

func (p *parser) truth(name string) *bool {
	s := p.values.Get(name)
	if s == "" {
		return nil
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		p.fault(name, "choice", "Expected true or false.")
		return nil
	}
	return &b
}

func (p *parser) box(name string) *geo.Box {
	s := p.values.Get(name)
	if s == "" {
		return nil
	}
	n, ok := floats(s)
	if !ok || len(n) != 4 {
		p.fault(name, "format", "Expected west,south,east,north in degrees.")
		return nil
	}
	box := geo.Box{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}
	if !geo.Valid(box.Min) || !geo.Valid(box.Max) || n[0] > n[2] || n[1] > n[3] {
		p.fault(name, "range", "West, south, east, north must lie on the globe in this order.")
		return nil
	}
	return &box
}

func (p *parser) ring(name string) orb.Ring {
	s := p.values.Get(name)
	if s == "" {
		return nil
	}
	var ring orb.Ring
	for corner := range strings.SplitSeq(s, ";") {
		n, ok := floats(corner)
		if !ok || len(n) != 2 || !geo.Valid(orb.Point{n[0], n[1]}) {
			p.fault(name, "format", "Expected lon,lat;lon,lat;… on the globe.")
			return nil
		}
		ring = append(ring, orb.Point{n[0], n[1]})
		if len(ring) > maxVertices {
			p.fault(name, "too_many", "At most %d corners are allowed.", maxVertices)
			return nil
		}
	}
	if !ring.Closed() {
		ring = append(ring, ring[0])
	}
	if len(ring) < 4 {
		p.fault(name, "format", "An area has at least three corners.")
		return nil
	}
	return ring
}

func floats(s string) ([]float64, bool) {
	var out []float64
	for piece := range strings.SplitSeq(s, ",") {
		f, err := strconv.ParseFloat(strings.TrimSpace(piece), 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, false
		}
		out = append(out, f)
	}
	return out, true
}

// numbers reads ids; "none" is 0.
func numbers[T ~int64](p *parser, name string, most int) []T {
	var out []T
	for _, piece := range p.list(name, most) {
		n, err := strconv.ParseInt(piece, 10, 64)
		if piece == "none" {
			n, err = 0, nil
		}
		if err != nil || n < 0 {
			p.fault(name, "format", "%q is no id.", piece)
			return nil
		}
		out = append(out, T(n))
	}
	return out
}

// choices reads words that valid accepts.
func choices[T ~string](p *parser, name string, valid func(T) bool) []T {
	var out []T
	for _, piece := range p.list(name, maxValues) {
		if !valid(T(piece)) {
			p.fault(name, "choice", "%q is not allowed here.", piece)
			return nil
		}
		out = append(out, T(piece))
	}
	return out
}
