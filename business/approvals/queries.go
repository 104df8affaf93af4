package approvals

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Requests lists what the reader may see, the newest first: at most limit of them
// with ids below before; 0 begins the list.
func (s *Service) Requests(
	ctx context.Context, by By, f Filter, before int64, limit int,
) ([]Request, error) {
	args := reader(by)
	args["before_id"], args["limit"], args["box"] = before, limit, f.Box
	args["state"], args["kind"], args["object"] = f.State, f.Kind, f.Object
	args["subject"], args["search"], args["named"] = f.Subject, "", []int64{}
	if q := strings.TrimSpace(f.Search); q != "" {
		named, err := s.named(ctx, q)
		if err != nil {
			return nil, err
		}
		esc := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
		args["search"], args["named"] = "%"+esc.Replace(q)+"%", named
	}
	rows, err := list(ctx, s.DB, sqlRequests, args, scanRequest)
	if err != nil {
		return nil, err
	}
	return rows, s.name(ctx, rows)
}

// named are the people whose name has the text in it.
func (s *Service) named(ctx context.Context, text string) ([]int64, error) {
	names, err := s.People.Names(ctx, s.DB, nil)
	if err != nil {
		return nil, err
	}
	ids := []int64{}
	for id, name := range names {
		if strings.Contains(strings.ToLower(name), strings.ToLower(text)) {
			ids = append(ids, int64(id))
		}
	}
	return ids, nil
}

// name fills in the names of the people.
func (s *Service) name(ctx context.Context, rows []Request) error {
	ids := make([]int64, 0, 2*len(rows))
	for _, r := range rows {
		ids = append(ids, int64(r.Applicant), int64(r.Approver))
	}
	names, err := s.People.Names(ctx, s.DB, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].ApplicantName = names[rows[i].Applicant]
		rows[i].ApproverName = names[rows[i].Approver]
		rows[i].EndedAt, rows[i].CreatedAt = utc(rows[i].EndedAt), rows[i].CreatedAt.UTC()
	}
	return nil
}

// Request returns a request with its steps and its history. It fails with
// [ErrNoRequest] for whoever may not see it.
func (s *Service) Request(ctx context.Context, by By, id int64) (Detail, error) {
	r, err := request(ctx, s.DB, sqlRequest, by, id)
	if err != nil {
		return Detail{}, err
	}
	one := []Request{r}
	if err := s.name(ctx, one); err != nil {
		return Detail{}, err
	}
	d := Detail{Request: one[0]}
	args := pgx.NamedArgs{"id": id}
	if d.Steps, err = list(ctx, s.DB, sqlSteps, args, scanStep); err != nil {
		return Detail{}, err
	}
	if d.History, err = list(ctx, s.DB, sqlEvents, args, scanEvent); err != nil {
		return Detail{}, err
	}
	if err := s.nameAll(ctx, &d); err != nil {
		return Detail{}, err
	}
	d.MayDecide = mayDecide(r, by.Actor) == nil &&
		!(by.Phone && s.kinds[r.Kind].DeskOnly)
	d.MayWithdraw = r.State == Open && r.Applicant == by.Actor.Person
	return d, nil
}

func (s *Service) nameAll(ctx context.Context, d *Detail) error {
	var ids []int64
	for _, st := range d.Steps {
		ids = append(ids, int64(st.Approver), int64(st.DecidedBy))
	}
	for _, e := range d.History {
		ids = append(ids, int64(e.Person))
	}
	names, err := s.People.Names(ctx, s.DB, append(ids, 0))
	if err != nil {
		return err
	}
	for i := range d.Steps {
		st := &d.Steps[i]
		st.ApproverName, st.DecidedByName = names[st.Approver], names[st.DecidedBy]
		st.DecidedAt = utc(st.DecidedAt)
	}
	for i := range d.History {
		d.History[i].PersonName = names[d.History[i].Person]
		d.History[i].At = d.History[i].At.UTC()
	}
	return nil
}

// Counts says how much waits for the reader and of theirs. O(open requests).
func (s *Service) Counts(ctx context.Context, by By) (Counts, error) {
	var c Counts
	args := pgx.NamedArgs{"me": by.Actor.Person, "admin": by.Actor.Role == business.Admin}
	err := s.DB.QueryRow(ctx, sqlCounts, args).Scan(&c.ToDecide, &c.MineOpen)
	return c, err
}

// CountOpen counts the open requests of these kinds that the person has put, for
// limits that count what is under way.
func CountOpen(
	ctx context.Context, q db.Querier, applicant business.PersonID, kinds ...string,
) (int, error) {
	var n int
	err := q.QueryRow(ctx, sqlCountOpen,
		pgx.NamedArgs{"applicant": applicant, "kinds": kinds}).Scan(&n)
	return n, err
}

// OpenOn returns which of these rows an open request is about; nil ids ask for
// all of the object.
func OpenOn(
	ctx context.Context, q db.Querier, object string, ids []int64,
) (map[int64]bool, error) {
	found, err := list(ctx, q, sqlOpenOn, pgx.NamedArgs{"object": object, "ids": ids},
		pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	open := make(map[int64]bool, len(found))
	for _, id := range found {
		open[id] = true
	}
	return open, nil
}
