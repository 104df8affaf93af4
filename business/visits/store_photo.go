package visits

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/blob"
	"beatplan/internal/db"
)

const (
	photoColumns = `
id, visit_id, person_id, customer_id, step, sha256, coalesce(picture, '') as picture, state,
taken_at, device_at, skew_s, received_at, point, accuracy_m, distance_m, grade, flags, stamp`
	sqlPhoto         = `select ` + photoColumns + ` from visits.photo where id = @id`
	sqlPhotosOfVisit = `
select ` + photoColumns + ` from visits.photo where visit_id = @visit order by taken_at, id`
	sqlLockFile = `select pg_advisory_xact_lock(hashtextextended(@file, 0))`
	sqlFileSeen = `
select exists (select from visits.photo where sha256 = @file and visit_id <> @visit)`
	sqlFileWaits = `
select exists (select from visits.photo where sha256 = @file and state = 'arrived')`
	sqlPrintSeen = `
select exists (select from visits.photo
	where (person_id = @person or customer_id = @customer) and visit_id <> @visit
		and received_at > @since and sha256 <> @file
		and bit_count((print # @print::bigint)::bit(64)) <= @bits)`
	sqlPhotoInsert = `
insert into visits.photo (visit_id, person_id, customer_id, step, sha256, taken_at, device_at,
	skew_s, received_at, point, accuracy_m, distance_m, grade, flags)
values (@visit, @person, @customer, @step, @file, @taken_at, @device_at, @skew, @received_at,
	@point, @accuracy, @distance, @grade, @flags)
returning id`
	sqlPhotoSave = `
update visits.photo set state = @state, picture = nullif(@picture, ''), print = @print,
	flags = @flags, stamp = @stamp
where id = @id`
)

type photoRow struct {
	ID         int64               `db:"id"`
	VisitID    business.VisitID    `db:"visit_id"`
	PersonID   business.PersonID   `db:"person_id"`
	CustomerID business.CustomerID `db:"customer_id"`
	Step       string              `db:"step"`
	File       string              `db:"sha256"`
	Picture    string              `db:"picture"`
	State      string              `db:"state"`
	TakenAt    time.Time           `db:"taken_at"`
	DeviceAt   time.Time           `db:"device_at"`
	SkewS      int                 `db:"skew_s"`
	ReceivedAt time.Time           `db:"received_at"`
	Point      *orb.Point          `db:"point"`
	AccuracyM  *float64            `db:"accuracy_m"`
	DistanceM  *float64            `db:"distance_m"`
	Grade      string              `db:"grade"`
	Flags      []string            `db:"flags"`
	Stamp      []string            `db:"stamp"`
}

func (r photoRow) domain() Photo {
	return Photo{
		ID: r.ID, Visit: r.VisitID, Person: r.PersonID, Customer: r.CustomerID, Step: r.Step,
		File: blob.Key(r.File), Picture: blob.Key(r.Picture), State: PhotoState(r.State),
		TakenAt: r.TakenAt.UTC(), DeviceAt: r.DeviceAt.UTC(),
		Skew: time.Duration(r.SkewS) * time.Second, ReceivedAt: r.ReceivedAt.UTC(),
		Point: r.Point, Accuracy: length(r.AccuracyM), Distance: distance(r.DistanceM),
		Grade: Grade(r.Grade), Flags: r.Flags, Stamp: r.Stamp,
	}
}

func readPhotos(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) ([]Photo, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[photoRow])
	if err != nil {
		return nil, fmt.Errorf("read photos: %w", err)
	}
	out := make([]Photo, len(found))
	for i, r := range found {
		out[i] = r.domain()
	}
	return out, nil
}

// onePhoto returns the photo that sql finds, or nil.
func onePhoto(
	ctx context.Context, q db.Querier, sql string, args pgx.NamedArgs,
) (*Photo, error) {
	found, err := readPhotos(ctx, q, sql, args)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func insertPhoto(ctx context.Context, tx db.Tx, p Photo) (int64, error) {
	args := pgx.NamedArgs{
		"visit": p.Visit, "person": p.Person, "customer": p.Customer, "step": p.Step,
		"file": string(p.File), "taken_at": p.TakenAt, "device_at": p.DeviceAt,
		"skew": int(p.Skew.Seconds()), "received_at": p.ReceivedAt, "point": p.Point,
		"accuracy": nil, "distance": number(p.Distance), "grade": string(p.Grade),
		"flags": p.Flags,
	}
	if p.Point != nil {
		args["accuracy"] = float64(min(p.Accuracy, geo.Meters(1e7)))
	}
	var id int64
	if err := tx.QueryRow(ctx, sqlPhotoInsert, args).Scan(&id); err != nil {
		return 0, fmt.Errorf("write photo: %w", err)
	}
	return id, nil
}

func savePhoto(ctx context.Context, tx db.Tx, p drawnPhoto) error {
	args := pgx.NamedArgs{
		"id": p.ID, "state": string(p.State), "picture": string(p.Picture), "print": nil,
		"flags": p.Flags, "stamp": p.Stamp,
	}
	if p.Stamp == nil {
		args["stamp"] = []string{}
	}
	if p.State == PhotoKept && p.print.Telling() {
		args["print"] = int64(p.print) // the same 64 bits
	}
	if _, err := tx.Exec(ctx, sqlPhotoSave, args); err != nil {
		return fmt.Errorf("write photo: %w", err)
	}
	return nil
}

// lockFile makes what keeps a file as it was sent, and what forgets it, wait for each
// other until the transaction ends.
func lockFile(ctx context.Context, tx db.Tx, file blob.Key) error {
	if _, err := tx.Exec(ctx, sqlLockFile, pgx.NamedArgs{"file": string(file)}); err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	return nil
}

func newReader(b []byte) io.Reader { return bytes.NewReader(b) }
