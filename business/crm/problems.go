package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// A problem report (Z5.6.4) goes through three states, in this order:
//
//	submitted ──▶ processing ──▶ done (with a result)
//
// It is seen by whoever sees the customer, and by the person responsible.

// ProblemState is where a problem stands.
type ProblemState string

// The states of a problem.
const (
	Submitted  ProblemState = "submitted"
	Processing ProblemState = "processing"
	Done       ProblemState = "done"
)

// Problem is what a customer complains about.
type Problem struct {
	ID              int64               `db:"id"`
	Customer        business.CustomerID `db:"customer_id"`
	CustomerNumber  string              `db:"customer_number"` // read from the archive
	CustomerName    string              `db:"customer_name"`
	Kind            string              `db:"kind"` // quality, delivery, service, billing, other
	Description     string              `db:"description"`
	Responsible     business.PersonID   `db:"responsible"`
	ResponsibleName string              `db:"responsible_name"`
	State           ProblemState        `db:"state"`
	Result          string              `db:"result"`
	CreatedAt       time.Time           `db:"created_at"`
	CreatedBy       business.PersonID   `db:"created_by"`
	UpdatedAt       time.Time           `db:"updated_at"`
	Version         int64               `db:"version"`
}

// NewProblem is a problem to be reported.
type NewProblem struct {
	Customer    business.CustomerID
	Kind        string
	Description string            // 1 to 2,000 characters
	Responsible business.PersonID // 0: the customer's owner
}

// ProblemStep moves a problem on to the next state.
type ProblemStep struct {
	ID, Version int64
	State       ProblemState
	Result      string // needed for Done, 1 to 2,000 characters
}

// ProblemKinds are the types of a problem.
func ProblemKinds() []string {
	return []string{"quality", "delivery", "service", "billing", "other"}
}

const (
	sqlProblemRow = `
select p.id, p.customer_id, c.number as customer_number, c.name as customer_name, p.kind,
	p.description, p.responsible, coalesce(r.name, '') as responsible_name, p.state, p.result,
	p.created_at, p.created_by, p.updated_at, p.version
from crm.problem p join crm.customer c on c.id = p.customer_id
	left join crm.owner r on r.person_id = p.responsible
where (p.responsible = @reader or ` + sqlSeen + `)`

	sqlProblem     = sqlProblemRow + ` and p.id = @id`
	sqlProblemLock = sqlProblemRow + ` and p.id = @id for update of p`
	sqlProblems    = sqlProblemRow + `
	and (@customer = 0 or p.customer_id = @customer) and (not @open or p.state <> 'done')
	and (@before::bigint = 0 or p.id < @before)
order by p.id desc limit @limit`

	sqlAddProblem = `
insert into crm.problem (customer_id, kind, description, responsible, created_at, created_by, updated_at)
values (@customer, @kind, @description, @responsible, @now, @by, @now) returning id`

	sqlMoveProblem = `
update crm.problem set state = @state, result = @result, updated_at = @now, version = version + 1
where id = @id`
)

func oneProblem(
	ctx context.Context, q db.Querier, sql string, id int64, by By,
) (Problem, error) {
	rows, err := q.Query(ctx, sql, pgx.NamedArgs{"id": id, "reader": by.Actor.Person,
		"all": by.Scope.All, "people": orEmpty(by.Scope.People)})
	if err != nil {
		return Problem{}, fmt.Errorf("read problem %d: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Problem])
	if errors.Is(err, pgx.ErrNoRows) {
		return Problem{}, ErrNoProblem.With("id", id)
	}
	return p, err
}

// ReportProblem keeps what a customer that the caller sees complains about. It
// fails with ErrInvalid, ErrNoCustomer or ErrNoOwner.
func (s *Service) ReportProblem(ctx context.Context, by By, in NewProblem) (Problem, error) {
	in.Description = strings.TrimSpace(in.Description)
	var f faults
	if !slices.Contains(ProblemKinds(), in.Kind) {
		f.add("kind", "choice", "One of %s.", strings.Join(ProblemKinds(), ", "))
	}
	if n := utf8.RuneCountInString(in.Description); n == 0 || n > 2000 {
		f.add("description", "length", "1 to 2,000 characters.")
	}
	if err := f.err(); err != nil {
		return Problem{}, err
	}
	var made Problem
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		var err error
		made, err = once(ctx, tx, by, in, func() (Problem, error) { return s.addProblem(ctx, tx, by, in) })
		return err
	})
	return made, err
}

func (s *Service) addProblem(
	ctx context.Context, tx db.Tx, by By, in NewProblem,
) (Problem, error) {
	c, err := fetch(ctx, tx, sqlGet, in.Customer, by.Scope)
	if err != nil {
		return Problem{}, err
	}
	if in.Responsible == 0 {
		in.Responsible = c.Owner
	}
	if o, err := fetchOwner(ctx, tx, in.Responsible); err != nil || !o.Active {
		return Problem{}, errors.Join(ErrNoOwner.With("id", in.Responsible), err)
	}
	var id int64
	err = tx.QueryRow(ctx, sqlAddProblem, pgx.NamedArgs{"customer": in.Customer, "kind": in.Kind,
		"description": in.Description, "responsible": in.Responsible, "now": s.clock.Now(),
		"by": by.Actor.Person}).Scan(&id)
	if err != nil {
		return Problem{}, fmt.Errorf("keep a problem: %w", err)
	}
	p, err := oneProblem(ctx, tx, sqlProblem, id, by)
	if err != nil {
		return p, err
	}
	return p, s.record(ctx, tx, by, business.Change{Action: "crm.problem.submitted",
		Object: "problem", ID: id, After: p})
}

// MoveProblem takes a problem to its next state. It fails with ErrNoProblem,
// ErrChanged, ErrProblemState, or ErrInvalid when the result of a done one is
// missing.
func (s *Service) MoveProblem(ctx context.Context, by By, to ProblemStep) (Problem, error) {
	var moved Problem
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		before, err := oneProblem(ctx, tx, sqlProblemLock, to.ID, by)
		if err != nil {
			return err
		}
		to.Result = strings.TrimSpace(to.Result)
		if err := judgeStep(before, to); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlMoveProblem, pgx.NamedArgs{"id": to.ID, "state": to.State,
			"result": to.Result, "now": s.clock.Now()}); err != nil {
			return fmt.Errorf("move problem %d: %w", to.ID, err)
		}
		if moved, err = oneProblem(ctx, tx, sqlProblem, to.ID, by); err != nil {
			return err
		}
		return s.record(ctx, tx, by, business.Change{Action: "crm.problem." + string(to.State),
			Object: "problem", ID: to.ID, Before: before, After: moved})
	})
	return moved, err
}

// judgeStep decides whether the problem may take the step.
func judgeStep(p Problem, to ProblemStep) error {
	next := map[ProblemState]ProblemState{Submitted: Processing, Processing: Done}
	switch {
	case to.Version != 0 && to.Version != p.Version:
		return ErrChanged.With("version", p.Version)
	case next[p.State] != to.State || to.State == "":
		return ErrProblemState.With("state", p.State)
	case to.State == Done && (to.Result == "" || utf8.RuneCountInString(to.Result) > 2000):
		return ErrInvalid.WithField("result", "required", "A problem is done with a result.")
	case to.State != Done && to.Result != "":
		return ErrInvalid.WithField("result", "early", "The result is given when the problem is done.")
	}
	return nil
}

// Problems lists what the caller sees of the problems of one customer, or of all
// for 0, the newest first, beyond the id before; open leaves out what is done.
func (s *Service) Problems(
	ctx context.Context, by By, customer business.CustomerID, open bool, before int64,
) ([]Problem, error) {
	rows, err := query(ctx, s.db, sqlProblems, pgx.NamedArgs{"reader": by.Actor.Person,
		"all": by.Scope.All, "people": orEmpty(by.Scope.People), "customer": customer,
		"open": open, "before": before, "limit": 100})
	if err != nil {
		return nil, fmt.Errorf("list problems: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Problem])
}
