package crm

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
)

// What the filter asks about the facts that neighbours keep on a customer: the last
// visit and order, what is owed, and marks.

// registered reports whether a word has the form of what neighbours register:
// name:value.
func registered(s string) bool {
	name, value, found := strings.Cut(s, ":")
	return found && name != "" && value != "" && len(s) <= 100
}

// maxAmount bounds an amount of the filter, in minor units.
const maxAmount = 1 << 53

func (p *parser) amount(name string) *int64 {
	s := p.values.Get(name)
	if s == "" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < -maxAmount || n > maxAmount {
		p.fault(name, "format", "Expected an amount in minor units.")
		return nil
	}
	return &n
}

// spellFacts adds days, amounts, marks and areas to the canonical form.
func (f Filter) spellFacts(v url.Values, set func(name string, list []string)) {
	for name, d := range map[string]business.Date{
		"created_from": f.CreatedFrom, "created_to": f.CreatedTo,
		"visited_from": f.VisitedFrom, "visited_to": f.VisitedTo, "unvisited_since": f.UnvisitedFor,
		"ordered_from": f.OrderedFrom, "ordered_to": f.OrderedTo, "unordered_since": f.UnorderedFor,
	} {
		if !d.IsZero() {
			v.Set(name, d.String())
		}
	}
	for name, n := range map[string]*int64{"owes_from": f.OwesFrom, "owes_to": f.OwesTo} {
		if n != nil {
			v.Set(name, strconv.FormatInt(*n, 10))
		}
	}
	set("mark", slices.Clone(f.Marks))
	set("area", slices.Clone(f.Areas))
}

// sqlFacts is the part of the filter that asks for facts; matchFacts says the same.
const sqlFacts = `
	and (@visited_from::date is null or c.last_visit_day >= @visited_from)
	and (@visited_to::date is null or c.last_visit_day <= @visited_to)
	and (@unvisited::date is null or c.last_visit_day is null or c.last_visit_day < @unvisited)
	and (@ordered_from::timestamptz is null or c.last_order_at >= @ordered_from)
	and (@ordered_to::timestamptz is null or c.last_order_at < @ordered_to)
	and (@unordered::timestamptz is null or c.last_order_at is null or c.last_order_at < @unordered)
	and (@owes_from::bigint is null or c.open_receivable >= @owes_from)
	and (@owes_to::bigint is null or c.open_receivable <= @owes_to)
	and (@marks::text[] is null or c.id in (
		select m.customer_id from crm.v_mark m where m.name = any(@marks) and m.due_on < @today))
	and (@grounds::text[] is null or exists (
		select from unnest(@grounds::text[], @others::text[]) g(i, n)
		where ST_Intersects(c.position, g.i::geometry)
			and (g.n is null or not ST_Intersects(c.position, g.n::geometry))))`

// argsOfFacts are the parameters of sqlFacts; the filter's areas are looked up.
func (s *Service) argsOfFacts(a pgx.NamedArgs, f Filter) error {
	day := func(d business.Date) *business.Date {
		if d.IsZero() {
			return nil
		}
		return &d
	}
	a["visited_from"], a["visited_to"] = day(f.VisitedFrom), day(f.VisitedTo)
	a["unvisited"] = day(f.UnvisitedFor)
	a["ordered_from"], a["ordered_to"] = startOf(f.OrderedFrom, s.zone), endOf(f.OrderedTo, s.zone)
	a["unordered"] = startOf(f.UnorderedFor, s.zone)
	a["owes_from"], a["owes_to"], a["marks"] = f.OwesFrom, f.OwesTo, f.Marks
	in, not, err := spellGround(f.ground)
	a["grounds"], a["others"] = in, not
	return err
}

// facts are the filter's questions about a pin's facts, for the memory.
type facts struct {
	any                        bool
	visitedFrom, visitedTo     business.Date
	unvisited                  business.Date
	orderedFrom, orderedBefore int64 // Unix seconds; 0: open
	unordered                  int64
	owesFrom, owesTo           *int64
	marks                      map[string]bool
	ground                     []Area // nil: anywhere
	nowhere                    bool   // areas that were never looked up select nothing
}

func (x *Index) factsOf(f Filter) facts {
	seconds := func(d business.Date, end bool) int64 {
		at := startOf(d, x.zone)
		if end {
			at = endOf(d, x.zone)
		}
		if at == nil {
			return 0
		}
		return at.Unix()
	}
	out := facts{
		visitedFrom: f.VisitedFrom, visitedTo: f.VisitedTo, unvisited: f.UnvisitedFor,
		orderedFrom: seconds(f.OrderedFrom, false), orderedBefore: seconds(f.OrderedTo, true),
		unordered: seconds(f.UnorderedFor, false),
		owesFrom:  f.OwesFrom, owesTo: f.OwesTo, marks: setOf(f.Marks), ground: f.ground,
		nowhere: len(f.Areas) > 0 && f.ground == nil,
	}
	out.any = len(f.Marks) > 0 || len(f.Areas) > 0 || f.OwesFrom != nil || f.OwesTo != nil
	for _, d := range []business.Date{f.VisitedFrom, f.VisitedTo, f.UnvisitedFor, f.OrderedFrom,
		f.OrderedTo, f.UnorderedFor} {
		out.any = out.any || !d.IsZero()
	}
	return out
}

// match says in Go what sqlFacts says in SQL.
func (f *facts) match(p *MapPin, today business.Date) bool {
	switch {
	case !f.any:
		return true
	case f.nowhere,
		!f.visitedFrom.IsZero() && (p.Visited.IsZero() || p.Visited.Before(f.visitedFrom)),
		!f.visitedTo.IsZero() && (p.Visited.IsZero() || p.Visited.After(f.visitedTo)),
		!f.unvisited.IsZero() && !p.Visited.IsZero() && !p.Visited.Before(f.unvisited),
		f.orderedFrom != 0 && (p.Ordered == 0 || p.Ordered < f.orderedFrom),
		f.orderedBefore != 0 && (p.Ordered == 0 || p.Ordered >= f.orderedBefore),
		f.unordered != 0 && p.Ordered != 0 && p.Ordered >= f.unordered,
		f.owesFrom != nil && p.Owes < *f.owesFrom,
		f.owesTo != nil && p.Owes > *f.owesTo:
		return false
	}
	if f.marks != nil && !slices.ContainsFunc(p.Marks, func(m Mark) bool {
		return f.marks[m.Name] && m.DueOn.Before(today)
	}) {
		return false
	}
	return f.ground == nil || p.Position != nil &&
		slices.ContainsFunc(f.ground, func(a Area) bool { return a.Holds(*p.Position) })
}
