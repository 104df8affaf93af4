package crm

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// A view is a question that somebody saved: which customers, in which order, with which
// columns. It holds no rows, and whoever opens it asks within their own data scope, so
// that one view shows everybody their own customers.

// Audience is who finds a view in their list.
type Audience string

// The audiences.
const (
	ForMe      Audience = "me"
	ForTeam    Audience = "team" // who stands in the team of whoever saved it
	ForCompany Audience = "company"
)

// View is a saved question.
type View struct {
	ID        int64             `db:"id"`
	Person    business.PersonID `db:"person_id"` // who saved it and may change it
	ByName    string            `db:"by_name"`
	Name      string            `db:"name"`
	Query     string            `db:"query"` // a Filter, as its Values encode it
	Sort      Sort              `db:"sort"`
	Columns   []string          `db:"columns"` // of ViewColumns, in their order
	Shared    Audience          `db:"shared"`
	CreatedAt time.Time         `db:"created_at"`
	UpdatedAt time.Time         `db:"updated_at"`
	Version   int64             `db:"version"`
}

// ViewFields are what somebody gives of a view.
type ViewFields struct {
	Name    string // 1 to 80 characters, once for each person
	Query   string // parameters as ParseFilter reads them
	Sort    Sort   // "": ByName
	Columns []string
	Shared  Audience // "": ForMe
}

const maxViews = 50 // of one person

// ViewColumns are the fields that a list may show beside the name.
func ViewColumns() []string {
	return []string{"number", "kind", "level", "status", "stage", "channel", "owner", "team",
		"district", "address", "contact", "phone", "tags", "visit_count", "last_visit_day", "due_on",
		"overdue_days", "last_order_at", "last_sale_at", "open_receivable_cents", "created_at",
		"updated_at"}
}

// Sorts are the orders of a list, without ByDistance, which needs a place.
func Sorts() []Sort {
	return []Sort{ByName, ByNameDown, ByNumber, ByNumberDown, ByDue, ByDueDown, ByVisit,
		ByVisitDown, ByUpdate, ByUpdateDown, ByDebt, ByDebtDown}
}

const (
	sqlViewRow = `
select v.id, v.person_id, coalesce(o.name, '') as by_name, v.name, v.query, v.sort, v.columns,
	v.shared, v.created_at, v.updated_at, v.version
from crm.view v left join crm.owner o on o.person_id = v.person_id`

	sqlViews = sqlViewRow + `
where v.person_id = @person or v.shared = 'company' or v.shared = 'team' and o.team_id = (
	select r.team_id from crm.owner r where r.person_id = @person)
order by v.person_id <> @person, v.name collate public.names, v.id limit 500`

	sqlOwnView     = sqlViewRow + ` where v.id = @id and v.person_id = @person for update of v`
	sqlViewsOf     = `select count(*) from crm.view where person_id = @person`
	sqlLockViews   = `select pg_advisory_xact_lock(1668442479, @person::integer)`
	sqlForgetView  = `delete from crm.view where id = @id`
	sqlReplaceView = `
update crm.view set name = @name, query = @query, sort = @sort, columns = @columns,
	shared = @shared, updated_at = @now, version = version + 1
where id = @id`

	sqlAddView = `
insert into crm.view (person_id, name, query, sort, columns, shared, created_at, updated_at)
values (@person, @name, @query, @sort, @columns, @shared, @now, @now) returning id`
)

// Views lists the reader's own views and those that others share with them, one's own
// first.
func (s *Service) Views(ctx context.Context, reader business.PersonID) ([]View, error) {
	rows, err := s.db.Query(ctx, sqlViews, pgx.NamedArgs{"person": reader})
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[View])
}

// SaveView keeps a new view of the actor. It fails with ErrInvalid, ErrBadFilter,
// ErrViewName or ErrTooManyViews.
func (s *Service) SaveView(ctx context.Context, by By, in ViewFields) (View, error) {
	v, err := draftView(in)
	if err != nil {
		return v, err
	}
	var made View
	err = s.db.InTx(ctx, func(tx db.Tx) error {
		made, err = once(ctx, tx, by, in, func() (View, error) {
			return s.addView(ctx, tx, by, v)
		})
		return err
	})
	return made, err
}

func (s *Service) addView(ctx context.Context, tx db.Tx, by By, v View) (View, error) {
	args := s.viewArgs(v, by)
	if _, err := tx.Exec(ctx, sqlLockViews, args); err != nil { // the bound is exact
		return v, fmt.Errorf("lock views: %w", err)
	}
	var n int
	if err := tx.QueryRow(ctx, sqlViewsOf, args).Scan(&n); err != nil {
		return v, fmt.Errorf("count views: %w", err)
	}
	if n >= maxViews {
		return v, ErrTooManyViews.With("limit", maxViews)
	}
	if err := tx.QueryRow(ctx, sqlAddView, args).Scan(&v.ID); err != nil {
		return v, viewFault(err)
	}
	v, err := ownView(ctx, tx, by, v.ID)
	if err != nil {
		return v, err
	}
	return v, s.record(ctx, tx, by,
		business.Change{Action: "crm.view.saved", Object: "view", ID: v.ID, After: v})
}

// ReplaceView changes a view of the actor that still has the version. It fails with
// ErrNoView, ErrChanged, or like SaveView.
func (s *Service) ReplaceView(
	ctx context.Context, by By, id, version int64, in ViewFields,
) (View, error) {
	next, err := draftView(in)
	if err != nil {
		return next, err
	}
	next.ID = id
	var now View
	err = s.db.InTx(ctx, func(tx db.Tx) error {
		before, err := ownView(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return ErrChanged.With("version", before.Version)
		}
		if _, err := tx.Exec(ctx, sqlReplaceView, s.viewArgs(next, by)); err != nil {
			return viewFault(err)
		}
		if now, err = ownView(ctx, tx, by, id); err != nil {
			return err
		}
		return s.record(ctx, tx, by, business.Change{Action: "crm.view.changed", Object: "view",
			ID: id, Before: before, After: now})
	})
	return now, err
}

// ForgetView takes a view of the actor away, from everybody. It fails with ErrNoView.
func (s *Service) ForgetView(ctx context.Context, by By, id int64) error {
	return s.db.InTx(ctx, func(tx db.Tx) error {
		before, err := ownView(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlForgetView, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("forget view %d: %w", id, err)
		}
		return s.record(ctx, tx, by, business.Change{Action: "crm.view.forgotten", Object: "view",
			ID: id, Before: before})
	})
}

func (s *Service) viewArgs(v View, by By) pgx.NamedArgs {
	return pgx.NamedArgs{"id": v.ID, "person": by.Actor.Person, "name": v.Name, "query": v.Query,
		"sort": v.Sort, "columns": v.Columns, "shared": v.Shared, "now": s.clock.Now()}
}

func ownView(ctx context.Context, tx db.Tx, by By, id int64) (View, error) {
	rows, err := tx.Query(ctx, sqlOwnView, pgx.NamedArgs{"id": id, "person": by.Actor.Person})
	if err != nil {
		return View{}, fmt.Errorf("read view %d: %w", id, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[View])
	if errors.Is(err, pgx.ErrNoRows) {
		return v, ErrNoView.With("id", id)
	}
	return v, err
}

func viewFault(err error) error {
	if db.Violates(err, "view_person_id_name_key") {
		return ErrViewName
	}
	return fmt.Errorf("save view: %w", err)
}

// draftView checks a view and brings its query into the one canonical form.
func draftView(in ViewFields) (View, error) {
	v := View{Name: strings.TrimSpace(in.Name), Sort: in.Sort, Columns: orEmpty(in.Columns),
		Shared: in.Shared}
	if v.Sort == "" {
		v.Sort = ByName
	}
	if v.Shared == "" {
		v.Shared = ForMe
	}
	var f faults
	if v.Name == "" {
		f.add("name", "required", "A view has a name.")
	}
	f.text("name", v.Name, 80)
	if !slices.Contains(Sorts(), v.Sort) {
		f.add("sort", "choice", "%q is no order.", v.Sort)
	}
	if !slices.Contains([]Audience{ForMe, ForTeam, ForCompany}, v.Shared) {
		f.add("shared", "choice", "A view is for me, team or company.")
	}
	seen := map[string]bool{}
	for _, c := range v.Columns {
		if seen[c] || !slices.Contains(ViewColumns(), c) {
			f.add("columns", "choice", "%q is no column, or stands there twice.", c)
		}
		seen[c] = true
	}
	if len(v.Columns) > 20 {
		f.add("columns", "too_many", "At most 20 columns.")
	}
	values, err := url.ParseQuery(in.Query)
	if err != nil || len(in.Query) > 8192 || !utf8.ValidString(in.Query) {
		f.add("query", "format", "Parameters of the list of customers, at most 8,192 bytes.")
	}
	if err := f.err(); err != nil {
		return v, err
	}
	filter, err := ParseFilter(values)
	v.Query = filter.Values().Encode()
	return v, err
}
