package finance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	sqlInsertSubmission = `
insert into finance.submission (state, amount_cents, note, day, by, at)
values ('open', @amount, @note, @day, @by, @now) returning id`
	sqlInsertSubmittedTender = `
insert into finance.submitted_tender (submission_id, line, account, amount_cents)
values (@submission, @line, @account, @amount)`
	sqlInsertSubmittedItem = `
insert into finance.submitted_item (submission_id, item_id, amount_cents)
values (@submission, @item, @amount)`
	// What others have submitted of these documents and finance has not looked at.
	sqlSubmittedOf = `
select i.item_id, sum(i.amount_cents)::bigint from finance.submitted_item i
join finance.submission s on s.id = i.submission_id
where s.state = 'open' and i.item_id = any(@ids) group by i.item_id`

	submissionColumns = `
select s.id, s.state, s.amount_cents, s.note, s.day, s.by, s.at, coalesce(s.decided_by, 0) as decided_by,
	s.decided_at, s.reason, coalesce(s.collection_id, 0) as collection_id
from finance.submission s`
	submissionSeen    = ` where (@all or s.by = any(@people))`
	sqlSubmission     = submissionColumns + submissionSeen + ` and s.id = @id`
	sqlLockSubmission = sqlSubmission + ` for update`
	submissionFilter  = submissionSeen + ` and (@state::text = '' or s.state = @state)
	and (@person = 0 or s.by = @person) and (@from::date is null or s.day >= @from)`
	sqlSubmissionCount = `
select count(*), coalesce(sum(cents), 0)::bigint from (
	select s.amount_cents as cents from finance.submission s` + submissionFilter + ` limit @most) bounded`
	sqlSubmissions = submissionColumns + submissionFilter + `
	and (@after_at::timestamptz is null or (s.at, s.id) < (@after_at, @after_id::bigint))
order by s.at desc, s.id desc limit @limit`
	sqlSubmittedTenders = `
select submission_id, account, amount_cents from finance.submitted_tender
where submission_id = any(@ids) order by submission_id, line`
	sqlSubmittedItems = `
select si.submission_id, si.item_id, i.number, i.customer_id, si.amount_cents, i.open_cents
from finance.submitted_item si join finance.item i on i.id = si.item_id
where si.submission_id = any(@ids) order by si.submission_id, i.day, i.id`
	sqlDecideSubmission = `
update finance.submission set state = @state, decided_by = @by, decided_at = @now,
	reason = @reason, collection_id = nullif(@collection::bigint, 0)
where id = @id`
)

// The states of a submission.
const (
	WaitsForFinance SubmissionState = "open"
	Booked          SubmissionState = "approved"
	SentBack        SubmissionState = "rejected"
)

// SubmissionState is where a submission stands.
type SubmissionState string

// Submission is money that somebody collected in the field. It moves no account
// before finance has approved it, which books it as a collection, once.
type Submission struct {
	ID         int64             `db:"id"`
	State      SubmissionState   `db:"state"`
	Amount     business.Money    `db:"amount_cents"`
	Text       string            `db:"note"`
	Day        business.Date     `db:"day"`
	By         business.PersonID `db:"by"`
	At         time.Time         `db:"at"`
	DecidedBy  business.PersonID `db:"decided_by"`
	DecidedAt  *time.Time        `db:"decided_at"`
	Reason     string            `db:"reason"`
	Collection int64             `db:"collection_id"` // 0: nothing was booked
	Tenders    []Tender          `db:"-"`
	Items      []SubmittedItem   `db:"-"`
}

// SubmittedItem is a document and what was collected for it.
type SubmittedItem struct {
	Submission   int64               `db:"submission_id"`
	Item         int64               `db:"item_id"`
	Number       string              `db:"number"`
	Customer     business.CustomerID `db:"customer_id"`
	CustomerName string              `db:"-"`
	Amount       business.Money      `db:"amount_cents"`
	Open         business.Money      `db:"open_cents"` // of the document, now
}

// SubmissionFilter says which submissions to list.
type SubmissionFilter struct {
	State  SubmissionState   // "": any
	Person business.PersonID // who collected it; 0: anybody
	From   business.Date     // collected on this day or later; zero: ever
	Limit  int
	After  SubmissionCursor
}

// SubmissionCursor is the sort key of a row.
type SubmissionCursor struct {
	At time.Time `json:"t"`
	ID int64     `json:"i"`
}

// judged is a collection whose documents are locked and known to be open.
func (s *Service) judged(
	ctx context.Context, tx db.Tx, c Caller, in NewCollection,
) (map[business.CustomerID]Customer, batchOf, error) {
	amount, err := sumOf(in.Tenders)
	if err != nil {
		return nil, batchOf{}, err
	}
	who, err := s.payers(ctx, tx, c, in.Ticks)
	if err != nil {
		return nil, batchOf{}, err
	}
	if err := checkTenders(ctx, tx, in.Tenders); err != nil {
		return nil, batchOf{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(who)) {
		if _, err := lock(ctx, tx, id); err != nil {
			return nil, batchOf{}, err
		}
	}
	items, err := lockItems(ctx, tx, in.Ticks)
	if err != nil {
		return nil, batchOf{}, err
	}
	if c.Submits { // what waits already is not collected a second time
		waiting, err := submittedOf(ctx, tx, slices.Collect(maps.Keys(items)))
		if err != nil {
			return nil, batchOf{}, err
		}
		for id, it := range items {
			it.Open -= min(it.Open, waiting[id])
			items[id] = it
		}
	}
	ticks, sum, err := pay(in.Ticks, items)
	if err != nil {
		return nil, batchOf{}, err
	}
	if sum != amount {
		return nil, batchOf{}, ErrSum.With("ticked_cents", int64(sum)).
			With("received_cents", int64(amount))
	}
	return who, batchOf{in, amount, ticks, items}, nil
}

func submittedOf(
	ctx context.Context, q db.Querier, ids []int64,
) (map[int64]business.Money, error) {
	rows, err := q.Query(ctx, sqlSubmittedOf, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, err
	}
	out := map[int64]business.Money{}
	var id int64
	var sum business.Money
	_, err = pgx.ForEachRow(rows, []any{&id, &sum}, func() error { out[id] = sum; return nil })
	if err != nil {
		return nil, fmt.Errorf("submitted money: %w", err)
	}
	return out, nil
}

// submit keeps a collection for finance.
func (s *Service) submit(
	ctx context.Context, tx db.Tx, c Caller, in batchOf,
) (Collected, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertSubmission, pgx.NamedArgs{
		"amount": in.amount, "note": strings.TrimSpace(in.Text), "day": s.Today(),
		"by": c.Actor.Person, "now": s.Clock.Now(),
	}).Scan(&id)
	if err != nil {
		return Collected{}, fmt.Errorf("save submission: %w", err)
	}
	batch := &pgx.Batch{}
	for i, t := range in.Tenders {
		batch.Queue(sqlInsertSubmittedTender, pgx.NamedArgs{
			"submission": id, "line": i, "account": t.Account, "amount": t.Amount,
		})
	}
	for _, t := range in.ticks {
		batch.Queue(sqlInsertSubmittedItem, pgx.NamedArgs{
			"submission": id, "item": t.Item, "amount": t.Amount,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return Collected{}, fmt.Errorf("save submission: %w", err)
	}
	return Collected{Submission: id, Amount: in.amount},
		s.tellSubmission(ctx, tx, c, "submitted", id)
}

// Approve books a submission as the collection that it is. It fails with
// ErrNoSubmission, ErrDecided, ErrOwnSubmission, ErrPaid or ErrClosed; the
// submission stays open then.
func (s *Service) Approve(ctx context.Context, c Caller, id int64) (Submission, error) {
	return s.decide(ctx, c, id, "", func(tx db.Tx, sub Submission) (int64, error) {
		in := NewCollection{Tenders: sub.Tenders, Text: sub.Text}
		for _, it := range sub.Items {
			in.Ticks = append(in.Ticks, Tick{it.Item, it.Amount})
		}
		c := everythingBy(c)
		who, batch, err := s.judged(ctx, tx, c, in)
		if err != nil {
			return 0, err
		}
		done, err := s.collect(ctx, tx, c, who, batch)
		return done.ID, err
	})
}

func everythingBy(c Caller) Caller {
	all := everything()
	all.Actor = c.Actor
	return all
}

// Reject sends a submission back with a reason; the documents stay open. It fails
// with ErrNoSubmission, ErrDecided, ErrOwnSubmission or ErrReason.
func (s *Service) Reject(
	ctx context.Context, c Caller, id int64, reason string,
) (Submission, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxText {
		return Submission{}, ErrReason
	}
	return s.decide(ctx, c, id, reason, nil)
}

// decide ends a submission: with what book returns, or as sent back without it.
func (s *Service) decide(
	ctx context.Context, c Caller, id int64, reason string,
	book func(tx db.Tx, sub Submission) (int64, error),
) (Submission, error) {
	request := map[string]any{"decide": id, "reason": reason, "book": book != nil}
	return once(ctx, s, c, request, func(tx db.Tx) (Submission, error) {
		sub, err := s.submission(ctx, tx, sqlLockSubmission, c, id)
		if err != nil {
			return sub, err
		}
		if sub.State != WaitsForFinance {
			return sub, ErrDecided
		}
		if sub.By == c.Actor.Person {
			return sub, ErrOwnSubmission
		}
		state, collection, action := SentBack, int64(0), "rejected"
		if book != nil {
			state, action = Booked, "approved"
			if collection, err = book(tx, sub); err != nil {
				return sub, err
			}
		}
		_, err = tx.Exec(ctx, sqlDecideSubmission, pgx.NamedArgs{
			"id": id, "state": state, "by": c.Actor.Person, "now": s.Clock.Now(),
			"reason": reason, "collection": collection,
		})
		if err != nil {
			return sub, fmt.Errorf("decide submission %d: %w", id, err)
		}
		if err := s.tellSubmission(ctx, tx, c, action, id); err != nil {
			return sub, err
		}
		if sub, err = s.submission(ctx, tx, sqlSubmission, c, id); err != nil {
			return sub, err
		}
		if s.Collectors != nil && sub.State == SentBack {
			err = s.Collectors.SentBack(ctx, tx, sub)
		}
		return sub, err
	})
}

// tellSubmission writes the trail and tells screens, the collector's too.
func (s *Service) tellSubmission(
	ctx context.Context, tx db.Tx, c Caller, what string, id int64,
) error {
	sub, err := s.submission(ctx, tx, sqlSubmission, everything(), id)
	if err != nil {
		return err
	}
	action := "finance.submission." + what
	if err := s.Audit.Record(ctx, tx, c.Actor, business.Change{
		Action: action, Object: "submission", ID: id, After: sub,
	}); err != nil {
		return err
	}
	n := Notice{What: action, By: c.Actor.Person}
	for _, it := range sub.Items {
		n.Customers = append(n.Customers, it.Customer)
	}
	return s.Announcer.Notice(ctx, tx, TopicMoney, []int64{int64(c.Actor.Person), int64(sub.By)}, n)
}

// Submission returns one with its documents. It fails with ErrNoSubmission.
func (s *Service) Submission(ctx context.Context, c Caller, id int64) (Submission, error) {
	return s.submission(ctx, s.DB, sqlSubmission, c, id)
}

func (s *Service) submission(
	ctx context.Context, q db.Querier, sql string, c Caller, id int64,
) (Submission, error) {
	found, err := one[Submission](ctx, q, sql, pgx.NamedArgs{
		"id": id, "all": c.Scope.All, "people": c.Scope.People,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return found, ErrNoSubmission
	}
	if err != nil {
		return found, fmt.Errorf("read submission %d: %w", id, err)
	}
	list := []Submission{found}
	err = s.complete(ctx, q, list)
	return list[0], err
}

// Submissions lists what the people within the scope collected, the newest first,
// and the cursor of the next page, nil on the last.
func (s *Service) Submissions(
	ctx context.Context, c Caller, f SubmissionFilter,
) ([]Submission, *SubmissionCursor, error) {
	a := f.args(c)
	db.After(a, f.After.At, f.After.ID)
	found, more, err := db.Page[Submission](ctx, s.DB, sqlSubmissions, db.PageSize(f.Limit), a)
	if err != nil {
		return nil, nil, fmt.Errorf("list submissions: %w", err)
	}
	var next *SubmissionCursor
	if more {
		last := found[len(found)-1]
		next = &SubmissionCursor{last.At, last.ID}
	}
	return found, next, s.complete(ctx, s.DB, found)
}

func (f SubmissionFilter) args(c Caller) pgx.NamedArgs {
	return pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People, "state": f.State,
		"person": f.Person, "from": f.From,
	}
}

// CountSubmissions counts what Submissions lists, and sums it up, one beyond
// [business.SumLimit] of them at most.
func (s *Service) CountSubmissions(
	ctx context.Context, c Caller, f SubmissionFilter,
) (n int64, sum business.Money, err error) {
	a := f.args(c)
	a["most"] = business.SumLimit + 1
	err = s.DB.QueryRow(ctx, sqlSubmissionCount, db.PlanEachTime, a).Scan(&n, &sum)
	return n, sum, err
}

// complete adds the money and the documents of submissions.
func (s *Service) complete(ctx context.Context, q db.Querier, list []Submission) error {
	at := map[int64]*Submission{}
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	ids := pgx.NamedArgs{"ids": slices.Collect(maps.Keys(at))}
	type tender struct {
		Submission int64 `db:"submission_id"`
		Tender
	}
	tenders, err := many[tender](ctx, q, sqlSubmittedTenders, ids)
	if err != nil {
		return fmt.Errorf("money of submissions: %w", err)
	}
	for _, t := range tenders {
		at[t.Submission].Tenders = append(at[t.Submission].Tenders, t.Tender)
	}
	items, err := many[SubmittedItem](ctx, q, sqlSubmittedItems, ids)
	if err != nil {
		return fmt.Errorf("documents of submissions: %w", err)
	}
	var customers []business.CustomerID
	for _, it := range items {
		customers = append(customers, it.Customer)
	}
	names, err := s.names(ctx, q, customers)
	if err != nil {
		return err
	}
	for _, it := range items {
		it.CustomerName = names[it.Customer].Name
		at[it.Submission].Items = append(at[it.Submission].Items, it)
	}
	return nil
}
