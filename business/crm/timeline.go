package crm

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// The timeline of a customer is everything that happened to it, whoever knows of it:
// its own changes and notes, and what the other modules tell. Who may see the
// customer sees its whole timeline, also what happened under an earlier owner.

// EventKind says which module tells of an event.
type EventKind string

// The kinds of events that crm itself tells of.
const (
	ChangeEvent  EventKind = "change"  // a field, the owner, the sharing
	NoteEvent    EventKind = "note"    // what somebody wrote down
	ProblemEvent EventKind = "problem" // a problem report
)

// Teller is a neighbour that tells of what happened to customers.
type Teller struct {
	Kind EventKind
	Tell func(context.Context, db.Querier, business.Stretch) ([]business.Occurrence, error)
}

// Event is one row of a timeline.
type Event struct {
	Kind EventKind
	business.Occurrence
	ByName string        // "" for the system
	Fields []FieldChange // of a change
}

// Bookmark is the place of an event in a timeline; the zero Bookmark is before the newest.
type Bookmark struct {
	At   time.Time `json:"t"`
	Kind EventKind `json:"k"`
	ID   int64     `json:"i"`
}

// stretch is what lies behind the mark, of one kind: events of one instant are
// ordered by kind, and within a kind from the highest id down.
func (m Bookmark) stretch(kind EventKind, ids []business.CustomerID, limit int) business.Stretch {
	s := business.Stretch{Customers: ids, Before: m.At, BeforeID: math.MaxInt64, Limit: limit}
	switch {
	case m.ID == 0:
		s.Before = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	case kind == m.Kind:
		s.BeforeID = m.ID
	case kind < m.Kind:
		s.BeforeID = 0
	}
	return s
}

const (
	// Those that were merged into the customer, at any depth, and itself.
	sqlMergedHere = `
with recursive all_of (id) as (
	select @id::bigint union select c.id from crm.customer c join all_of a on c.merged_into = a.id)
select id from all_of`

	// What other modules tell of better is left out.
	sqlOwnOccurrences = `
select id, at, by, command as title, '' as state, note, null::bigint as cents
from crm.change
where customer_id = any(@customers) and (at, id) < (@before, @before_id)
	and command not in ('noted', 'visited', 'ordered', 'sold', 'accounted', 'recounted')
order by at desc, id desc limit @limit`

	sqlNoteOccurrences = `
select id, at, by, '' as title, '' as state, note, null::bigint as cents
from crm.change
where customer_id = any(@customers) and (at, id) < (@before, @before_id) and command = 'noted'
order by at desc, id desc limit @limit`

	sqlProblemOccurrences = `
select id, created_at as at, created_by as by, kind as title, state,
	case when result = '' then description else description || E'\n→ ' || result end as note,
	null::bigint as cents
from crm.problem
where customer_id = any(@customers) and (created_at, id) < (@before, @before_id)
order by created_at desc, id desc limit @limit`

	sqlEventFields = `select id, fields from crm.change where id = any(@ids)`
	sqlNames       = `select person_id, name from crm.owner where person_id = any(@ids)`
)

// tells asks one of crm's own statements.
func tells(sql string) func(
	context.Context, db.Querier, business.Stretch,
) ([]business.Occurrence, error) {
	return func(ctx context.Context, q db.Querier, s business.Stretch) ([]business.Occurrence, error) {
		return business.Occurrences(q.Query(ctx, sql, s.Args()))
	}
}

// EventKinds are the kinds of events that this company's timelines may hold.
func (s *Service) EventKinds() []EventKind {
	var out []EventKind
	for _, t := range s.allTellers() {
		out = append(out, t.Kind)
	}
	return out
}

func (s *Service) allTellers() []Teller {
	return append([]Teller{
		{ChangeEvent, tells(sqlOwnOccurrences)}, {NoteEvent, tells(sqlNoteOccurrences)},
		{ProblemEvent, tells(sqlProblemOccurrences)},
	}, s.tellers...)
}

// Timeline reads what happened to the customer and to those that were merged into
// it, the newest first: limit (1 to 200) events of the given kinds behind a mark,
// and the mark of the next page, nil on the last. It fails with ErrNoCustomer. Each
// module is asked for one page at most.
func (s *Service) Timeline(
	ctx context.Context, sc scope.Scope, id business.CustomerID, kinds []EventKind,
	after Bookmark, limit int,
) ([]Event, *Bookmark, error) {
	if _, err := s.Customer(ctx, sc, id); err != nil {
		return nil, nil, err
	}
	ids, err := merged(ctx, s.db, id)
	if err != nil {
		return nil, nil, err
	}
	limit = min(max(limit, 1), 200)
	var events []Event
	for _, t := range s.allTellers() {
		if !slices.Contains(kinds, t.Kind) {
			continue
		}
		told, err := t.Tell(ctx, s.db, after.stretch(t.Kind, ids, limit+1))
		if err != nil {
			return nil, nil, fmt.Errorf("timeline of customer %d: %w", id, err)
		}
		for _, o := range told {
			events = append(events, Event{Kind: t.Kind, Occurrence: o})
		}
	}
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(string(a.Kind), string(b.Kind)),
			cmp.Compare(b.ID, a.ID))
	})
	var next *Bookmark
	if len(events) > limit {
		events = events[:limit]
		last := events[limit-1]
		next = &Bookmark{last.At, last.Kind, last.ID}
	}
	return events, next, s.complete(ctx, events)
}

func merged(
	ctx context.Context, q db.Querier, id business.CustomerID,
) ([]business.CustomerID, error) {
	rows, err := q.Query(ctx, sqlMergedHere, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("customers merged into %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
}

// complete adds people's names, and of changes what was changed.
func (s *Service) complete(ctx context.Context, events []Event) error {
	var changes, people []int64
	for _, e := range events {
		if e.Kind == ChangeEvent {
			changes = append(changes, e.ID)
		}
		if e.By != 0 {
			people = append(people, int64(e.By))
		}
	}
	fields, err := lookUp[[]FieldChange](ctx, s.db, sqlEventFields, changes)
	if err != nil {
		return fmt.Errorf("fields of %d changes: %w", len(changes), err)
	}
	slices.Sort(people)
	names, err := lookUp[string](ctx, s.db, sqlNames, slices.Compact(people))
	if err != nil {
		return fmt.Errorf("names in a timeline: %w", err)
	}
	for i, e := range events {
		events[i].ByName = names[int64(e.By)]
		if e.Kind == ChangeEvent {
			events[i].Fields = fields[e.ID]
		}
	}
	return nil
}

// lookUp reads a value for each of the ids, and asks nothing for none.
func lookUp[T any](
	ctx context.Context, q db.Querier, sql string, ids []int64,
) (map[int64]T, error) {
	if len(ids) == 0 {
		return nil, nil // an empty map to read from
	}
	rows, err := q.Query(ctx, sql, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, err
	}
	type pair struct {
		ID    int64
		Value T
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pair])
	out := make(map[int64]T, len(found))
	for _, p := range found {
		out[p.ID] = p.Value
	}
	return out, err
}

// Note writes something down about a customer that the actor sees, also one that is
// only shared with them. It fails with ErrNoCustomer, ErrArchived or ErrInvalid.
func (s *Service) Note(
	ctx context.Context, by By, id business.CustomerID, text string,
) error {
	text = strings.TrimSpace(text)
	var f faults
	f.text("text", text, 2000)
	if text == "" {
		f.add("text", "required", "A note says something.")
	}
	if err := f.err(); err != nil {
		return err
	}
	_, err := s.command(ctx, by, map[string]any{"note": text, "of": id},
		func(tx db.Tx) (Customer, error) {
			c, err := fetch(ctx, tx, sqlGet, id, by.Scope)
			if err != nil {
				return c, err
			}
			if c.ArchivedAt != nil {
				return c, ErrArchived
			}
			return c, s.note(ctx, tx, by, c, text)
		})
	return err
}

func (s *Service) note(ctx context.Context, tx db.Tx, by By, c Customer, text string) error {
	if _, err := tx.Exec(ctx, sqlSaveChange, pgx.NamedArgs{
		"id": c.ID, "command": "noted", "now": s.clock.Now(), "by": by.Actor.Person,
		"version": c.Version, "fields": []FieldChange{}, "request": 0, "note": text,
	}); err != nil {
		return fmt.Errorf("note on customer %d: %w", c.ID, err)
	}
	err := s.record(ctx, tx, by, business.Change{Action: "crm.customer.noted",
		Object: "customer", ID: int64(c.ID), After: map[string]string{"text": text}})
	if err != nil {
		return err
	}
	return s.bus.Notice(ctx, tx, TopicCustomer, concerned(c, c),
		Notice{IDs: []business.CustomerID{c.ID}, Command: "noted"})
}
