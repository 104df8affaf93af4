package visits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Step is one thing to do during a visit.
type Step struct {
	Name     string // unique; a module's own begin with its name and a dot
	Kind     string // task, shelf, stock, survey, or the module's
	Title    string
	Required bool // no check-out without it
	Fields   []Field
	Done     bool
	Content  json.RawMessage // what was recorded; nil: nothing
	// What a reader needs beside the visit itself to be told of it; "": nothing.
	Needs business.Permission `json:",omitempty"`
}

// Field is one question of a form.
type Field struct {
	Name     string    `json:"name"`
	Label    string    `json:"label"`
	Type     FieldType `json:"type"`
	Required bool      `json:"required"`
	Options  []string  `json:"options,omitempty"` // of a choice
}

// FieldType says what answers a field.
type FieldType string

// The types of fields.
const (
	YesNo  FieldType = "yes_no"
	Number FieldType = "number"
	Text   FieldType = "text"
	Choice FieldType = "choice"
)

// Steps is how another module adds to what is done during a visit.
type Steps interface {
	// Steps lists the module's steps at the customer, done or not.
	Steps(ctx context.Context, q db.Querier, v Visit) ([]Step, error)
}

// Form is a configured step: its questions, and of whom they are asked.
type Form struct {
	Name     string
	Kind     string // task, shelf, stock, survey
	Title    string
	Fields   []Field
	Required bool
	Kinds    []string // of customers, the kinds below included; empty: all
	Place    int      // order on the screen
	Active   bool
}

const (
	sqlForms = `
select name, kind, title, fields, required, kinds, place, active from visits.form
order by place, name`
	sqlFormSave = `
insert into visits.form (name, kind, title, fields, required, kinds, place, active,
	changed_at, changed_by)
values (@name, @kind, @title, @fields, @required, @kinds, @place, @active, @now, @by)
on conflict (name) do update set kind = excluded.kind, title = excluded.title,
	fields = excluded.fields, required = excluded.required, kinds = excluded.kinds,
	place = excluded.place, active = excluded.active, changed_at = excluded.changed_at,
	changed_by = excluded.changed_by`
	sqlStepsOf = `
select name, content from visits.step where visit_id = @visit`
	sqlStepSave = `
insert into visits.step (visit_id, name, content, at) values (@visit, @name, @content, @now)
on conflict (visit_id, name) do update set content = excluded.content, at = excluded.at`

	maxForms  = 50
	maxFields = 40
)

// Forms lists the configured steps, those switched off too.
func (s *Service) Forms(ctx context.Context) ([]Form, error) { return readForms(ctx, s.DB) }

func readForms(ctx context.Context, q db.Querier) ([]Form, error) {
	rows, err := q.Query(ctx, sqlForms)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Form])
	if err != nil {
		return nil, fmt.Errorf("read forms: %w", err)
	}
	return out, nil
}

// SetForm adds a form or replaces the one of its name. Visits keep what was
// answered. It fails with ErrFormInvalid.
func (s *Service) SetForm(ctx context.Context, c Caller, f Form) error {
	if err := checkForm(f); err != nil {
		return err
	}
	fields, err := json.Marshal(f.Fields)
	if err != nil {
		return err
	}
	if f.Kinds == nil {
		f.Kinds = []string{}
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		had, err := readForms(ctx, tx)
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(had, func(g Form) bool { return g.Name == f.Name })
		if !known && len(had) >= maxForms {
			return ErrFormInvalid.WithField("name", "too_many", "At most 50 forms.")
		}
		_, err = tx.Exec(ctx, sqlFormSave, pgx.NamedArgs{
			"name": f.Name, "kind": f.Kind, "title": f.Title, "fields": fields,
			"required": f.Required, "kinds": f.Kinds, "place": f.Place, "active": f.Active,
			"now": s.Clock.Now(), "by": c.Actor.Person,
		})
		if err != nil {
			return fmt.Errorf("write form: %w", err)
		}
		return s.record(ctx, tx, c, business.Change{
			Action: "visits.form.changed", Object: "visit_form", After: f,
		})
	})
}

// isName reports whether a name fits into an address and a key.
func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// checkForm refuses a form that cannot be shown or answered.
func checkForm(f Form) error {
	e := ErrFormInvalid
	bad := func(path, code, text string) { e = e.WithField(path, code, text) }
	if !isName(f.Name) {
		bad("name", "format", "Small letters, digits and _, at most 40.")
	}
	if !slices.Contains([]string{"task", "shelf", "stock", "survey"}, f.Kind) {
		bad("kind", "enum", "One of task, shelf, stock, survey.")
	}
	if n := utf8.RuneCountInString(f.Title); n < 1 || n > 100 {
		bad("title", "length", "1 to 100 characters.")
	}
	if len(f.Fields) < 1 || len(f.Fields) > maxFields {
		bad("fields", "length", "1 to 40 fields.")
	}
	seen := map[string]bool{}
	for i, fd := range f.Fields {
		path := fmt.Sprintf("fields[%d].", i)
		if !isName(fd.Name) || seen[fd.Name] {
			bad(path+"name", "format", "A name of its own: small letters, digits and _.")
		}
		seen[fd.Name] = true
		if n := utf8.RuneCountInString(fd.Label); n < 1 || n > 200 {
			bad(path+"label", "length", "1 to 200 characters.")
		}
		if !slices.Contains([]FieldType{YesNo, Number, Text, Choice}, fd.Type) {
			bad(path+"type", "enum", "One of yes_no, number, text, choice.")
		}
		if (fd.Type == Choice) != (len(fd.Options) > 0) || len(fd.Options) > 50 {
			bad(path+"options", "length", "A choice has 1 to 50 options, nothing else has.")
		}
		if !distinct(fd.Options) {
			bad(path+"options", "format", "Options of 1 to 200 characters, each once.")
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// distinct reports whether options can be told apart and shown.
func distinct(options []string) bool {
	for n, o := range options {
		if strings.TrimSpace(o) == "" || utf8.RuneCountInString(o) > 200 ||
			slices.Contains(options[:n], o) {
			return false
		}
	}
	return true
}

// asks reports whether the form is for customers of this kind.
func (f Form) asks(kind string) bool {
	return f.Active && (len(f.Kinds) == 0 || slices.ContainsFunc(f.Kinds, func(k string) bool {
		return kind == k || strings.HasPrefix(kind, k+"/")
	}))
}

// checkAnswers refuses answers that do not fit their questions.
func checkAnswers(f Form, answers map[string]any) error {
	e := ErrAnswersInvalid
	bad := func(name, code, text string) { e = e.WithField("answers."+name, code, text) }
	for _, fd := range f.Fields {
		a := answers[fd.Name]
		if t, ok := a.(string); a == nil || ok && strings.TrimSpace(t) == "" {
			if fd.Required {
				bad(fd.Name, "required", "An answer is needed.")
			}
			continue
		}
		fits := false
		switch fd.Type {
		case YesNo:
			_, fits = a.(bool)
		case Number:
			_, fits = a.(float64)
		case Text:
			t, ok := a.(string)
			fits = ok && utf8.RuneCountInString(t) <= 2000 && t == plain(t)
		case Choice:
			t, ok := a.(string)
			fits = ok && slices.Contains(fd.Options, t)
		}
		if !fits {
			bad(fd.Name, "type", "The answer does not fit the question.")
		}
	}
	for name := range answers {
		if !slices.ContainsFunc(f.Fields, func(fd Field) bool { return fd.Name == name }) {
			bad(name, "unknown", "There is no such question.")
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// StepsOf lists what there is to do during a visit that the caller may see: the
// forms for that kind of customer, and what other modules add. It fails with
// ErrNoVisit.
func (s *Service) StepsOf(ctx context.Context, c Caller, id business.VisitID) ([]Step, error) {
	r, err := s.Visit(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return s.steps(ctx, s.DB, r.Visit)
}

func (s *Service) steps(ctx context.Context, q db.Querier, v Visit) ([]Step, error) {
	sites, err := s.sites(ctx, q, scope.Everything(), []business.CustomerID{v.Customer})
	if err != nil {
		return nil, err
	}
	return s.stepsAt(ctx, q, v, sites[v.Customer].Kind)
}

// stepsAt are the steps of a visit at that kind of customer.
func (s *Service) stepsAt(
	ctx context.Context, q db.Querier, v Visit, kind string,
) ([]Step, error) {
	forms, err := readForms(ctx, q)
	if err != nil {
		return nil, err
	}
	given, err := readSteps(ctx, q, v.ID)
	if err != nil {
		return nil, err
	}
	var out []Step
	for _, f := range forms {
		content, done := given[f.Name]
		if !done && !f.asks(kind) {
			continue
		}
		out = append(out, Step{
			Name: f.Name, Kind: f.Kind, Title: f.Title, Required: f.Required,
			Fields: f.Fields, Done: done, Content: content,
		})
	}
	for _, m := range s.Modules {
		more, err := m.Steps(ctx, q, v)
		if err != nil {
			return nil, fmt.Errorf("steps of a module: %w", err)
		}
		out = append(out, more...)
	}
	return out, nil
}

func readSteps(
	ctx context.Context, q db.Querier, id business.VisitID,
) (map[string]json.RawMessage, error) {
	rows, err := q.Query(ctx, sqlStepsOf, pgx.NamedArgs{"visit": id})
	if err != nil {
		return nil, err
	}
	out := map[string]json.RawMessage{}
	var name string
	var content json.RawMessage
	_, err = pgx.ForEachRow(rows, []any{&name, &content}, func() error {
		out[name] = slices.Clone(content)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	return out, nil
}

// missing is the first required step that is not done; "" none.
func missing(steps []Step) string {
	for _, st := range steps {
		if st.Required && !st.Done {
			return st.Name
		}
	}
	return ""
}

// Answer records the answers to a form during the caller's open visit; answering
// again replaces them. It fails with ErrNoVisit, ErrNotOpen, ErrNoForm or
// ErrAnswersInvalid.
func (s *Service) Answer(
	ctx context.Context, c Caller, key idem.Key, in Answers,
) ([]Step, error) {
	request := struct {
		Command string
		In      Answers
	}{"answer", in}
	return once(ctx, s, c, key, request, func(tx db.Tx) ([]Step, error) {
		v, err := s.own(ctx, tx, c, in.Visit)
		if err != nil {
			return nil, err
		}
		if !v.underway() {
			return nil, ErrNotOpen.With("state", string(v.State))
		}
		forms, err := readForms(ctx, tx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(forms, func(f Form) bool { return f.Name == in.Form && f.Active })
		if i < 0 {
			return nil, ErrNoForm.With("name", in.Form)
		}
		if err := checkAnswers(forms[i], in.Answers); err != nil {
			return nil, err
		}
		content, err := json.Marshal(in.Answers)
		if err != nil {
			return nil, errors.New("answers that are not JSON")
		}
		_, err = tx.Exec(ctx, sqlStepSave, pgx.NamedArgs{
			"visit": v.ID, "name": in.Form, "content": content, "now": s.Clock.Now().Truncate(time.Microsecond),
		})
		if err != nil {
			return nil, fmt.Errorf("write step: %w", err)
		}
		if err := s.tellVisit(ctx, tx, c, v, "step_done"); err != nil {
			return nil, err
		}
		return s.steps(ctx, tx, v)
	})
}

// Answers are the answers to one form of one visit.
type Answers struct {
	Visit   business.VisitID
	Form    string
	Answers map[string]any
}
