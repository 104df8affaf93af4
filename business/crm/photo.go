package crm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// The photo of the shop-front is the customer's logo (Z5.1.1-c). It is kept upright
// and small, without what the camera wrote beside the pixels; when and where it was
// taken stands in the row. A new photo replaces the logo, and the old one stays.

// TakenBy says what a photo came from.
type TakenBy string

// What photos come from.
const (
	ByCamera  TakenBy = "camera"  // of the phone app, on the spot
	ByGallery TakenBy = "gallery" // of a phone
	AtDesk    TakenBy = "desk"    // a file
)

// Shot is a photo as it was sent.
type Shot struct {
	File      []byte
	By        TakenBy
	TakenAt   time.Time  // zero: as the file says, else now
	Point     *orb.Point // where the device was, WGS-84; nil: as the file says, else unknown
	AccuracyM float64
}

// Photo is a photo of a shop-front.
type Photo struct {
	ID        int64             `db:"id"`
	Blob      blob.Key          `db:"blob"`
	TakenAt   time.Time         `db:"taken_at"`
	TakenBy   TakenBy           `db:"taken_by"`
	Position  *orb.Point        `db:"position"` // nil: unknown
	AccuracyM *float64          `db:"accuracy_m"`
	AddedAt   time.Time         `db:"added_at"`
	AddedBy   business.PersonID `db:"added_by"`
	AddedName string            `db:"added_name"`
}

const (
	shotAhead = 10 * time.Minute // how far ahead of ours a camera's clock may be
	exifError = 100.0            // metres, of a place that only the file names

	sqlAddPhoto = `
insert into crm.photo (customer_id, blob, taken_at, taken_by, position, accuracy_m, added_at, added_by)
values (@customer, @blob, @taken_at, @taken_by, @position, @accuracy, @now, @by)
returning id`

	sqlPhotos = `
select p.id, p.blob, p.taken_at, p.taken_by, p.position, p.accuracy_m, p.added_at, p.added_by,
	coalesce(o.name, '') as added_name
from crm.photo p left join crm.owner o on o.person_id = p.added_by
where p.customer_id = any(@customers) and (@id::bigint = 0 or p.id = @id)
order by p.id desc limit 100`
)

// photoLimits bound a shop-front: 20 MiB as sent, 1,000 pixels as kept.
func photoLimits() blob.Limits { return blob.Limits{Bytes: 20 << 20, Side: 1000} }

// SetPhoto makes a photo the customer's logo. Where it was taken is proposed as the
// position of a customer that has none. The same picture again changes nothing. It
// fails with ErrNoCustomer, ErrOnlyShared, ErrArchived, ErrInvalid, or with what
// package blob says of a file that is no picture.
func (s *Service) SetPhoto(
	ctx context.Context, by By, id business.CustomerID, shot Shot,
) (Customer, error) {
	// Who may not change the customer gets nothing decoded and nothing kept.
	c, err := s.Customer(ctx, by.Scope, id)
	if err != nil {
		return Customer{}, err
	}
	if !by.Scope.Has(int64(c.Owner)) {
		return Customer{}, ErrOnlyShared
	}
	p, err := s.develop(ctx, by, shot)
	if err != nil {
		return Customer{}, err
	}
	return s.command(ctx, by, map[string]any{"photo": p.Blob, "of": id},
		func(tx db.Tx) (Customer, error) {
			return s.change(ctx, tx, by, "photographed", id, func(c *Customer) error {
				if c.ArchivedAt != nil {
					return ErrArchived
				}
				return s.hang(ctx, tx, c, p)
			})
		})
}

// PhotoRefusals are the refusals of a file that SetPhoto passes on.
func PhotoRefusals() []*fail.Error {
	return []*fail.Error{
		blob.ErrTooLarge, blob.ErrNoPicture, blob.ErrPictureDamaged, blob.ErrPictureBomb,
	}
}

// develop checks a shot and keeps its pixels.
func (s *Service) develop(ctx context.Context, by By, shot Shot) (Photo, error) {
	original, err := blob.ReadOriginal(bytes.NewReader(shot.File), photoLimits())
	if err != nil {
		return Photo{}, err
	}
	p := Photo{TakenAt: shot.TakenAt, TakenBy: shot.By, Position: shot.Point,
		AddedAt: s.clock.Now(), AddedBy: by.Actor.Person}
	if p.Position != nil {
		p.AccuracyM = &shot.AccuracyM
	}
	if err := p.complete(original.Facts); err != nil {
		return Photo{}, err
	}
	picture, err := s.photos.Develop(ctx, original)
	if err != nil {
		return Photo{}, err
	}
	p.Blob, _, err = s.photos.PutPicture(ctx, picture)
	return p, err
}

// complete takes from the file what was not sent beside it.
func (p *Photo) complete(f blob.Facts) error {
	if p.TakenAt.IsZero() && f.TakenAt != nil && f.TakenAt.Before(p.AddedAt) {
		p.TakenAt = *f.TakenAt
	}
	if p.TakenAt.IsZero() {
		p.TakenAt = p.AddedAt
	}
	if p.TakenAt.After(p.AddedAt.Add(shotAhead)) {
		return ErrInvalid.WithField("taken_at", "range", "The photo was taken in the future.")
	}
	if p.Position == nil && f.Place != nil && geo.Valid(*f.Place) {
		accuracy := exifError
		p.Position, p.AccuracyM = f.Place, &accuracy
	}
	if p.Position != nil && !geo.Valid(*p.Position) {
		return ErrInvalid.WithField("position", "range",
			"Longitude ±180 and latitude ±90, in this order.")
	}
	return nil
}

// hang makes p the customer's logo, unless it is already.
func (s *Service) hang(ctx context.Context, tx db.Tx, c *Customer, p Photo) error {
	if c.Photo != 0 {
		now, err := photo(ctx, tx, c.ID, c.Photo)
		if err != nil || now.Blob == p.Blob {
			return err
		}
	}
	if err := tx.QueryRow(ctx, sqlAddPhoto, pgx.NamedArgs{
		"customer": c.ID, "blob": p.Blob, "taken_at": p.TakenAt, "taken_by": p.TakenBy,
		"position": p.Position, "accuracy": p.AccuracyM, "now": p.AddedAt, "by": p.AddedBy,
	}).Scan(&c.Photo); err != nil {
		return fmt.Errorf("photo of customer %d: %w", c.ID, err)
	}
	if c.Position != nil || p.Position == nil {
		return nil
	}
	return s.ProposePin(ctx, tx, c.ID, Proposal{
		Position: *p.Position, AccuracyM: *p.AccuracyM, By: p.AddedBy, At: p.TakenAt,
	})
}

// RemovePhoto takes the logo away; the photo stays in the customer's history. It
// fails with ErrNoCustomer, ErrOnlyShared or ErrArchived.
func (s *Service) RemovePhoto(
	ctx context.Context, by By, id business.CustomerID,
) (Customer, error) {
	return s.command(ctx, by, map[string]any{"no_photo": id}, func(tx db.Tx) (Customer, error) {
		return s.change(ctx, tx, by, "photographed", id, func(c *Customer) error {
			if c.ArchivedAt != nil {
				return ErrArchived
			}
			c.Photo = 0
			return nil
		})
	})
}

// Photos reads the customer's photos, the newest first, at most a hundred. It fails
// with ErrNoCustomer.
func (s *Service) Photos(
	ctx context.Context, sc scope.Scope, id business.CustomerID,
) ([]Photo, error) {
	if _, err := s.Customer(ctx, sc, id); err != nil {
		return nil, err
	}
	return photos(ctx, s.db, id, 0)
}

func photos(
	ctx context.Context, q db.Querier, customer business.CustomerID, id int64,
) ([]Photo, error) {
	ids, err := merged(ctx, q, customer)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, sqlPhotos, pgx.NamedArgs{"customers": ids, "id": id})
	if err != nil {
		return nil, fmt.Errorf("photos of customer %d: %w", customer, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Photo])
}

func photo(
	ctx context.Context, q db.Querier, customer business.CustomerID, id int64,
) (Photo, error) {
	found, err := photos(ctx, q, customer, id)
	if err == nil && (id == 0 || len(found) == 0) {
		err = ErrNoPhoto.With("id", id)
	}
	if err != nil {
		return Photo{}, err
	}
	return found[0], nil
}

// Picture opens the customer's logo, or with id another of its photos, and returns
// its key; the caller closes it. It fails with ErrNoCustomer or ErrNoPhoto.
func (s *Service) Picture(
	ctx context.Context, sc scope.Scope, customer business.CustomerID, id int64,
) (io.ReadSeekCloser, blob.Key, error) {
	c, err := s.Customer(ctx, sc, customer)
	if err != nil {
		return nil, "", err
	}
	if id == 0 {
		id = c.Photo
	}
	p, err := photo(ctx, s.db, customer, id)
	if err != nil {
		return nil, "", err
	}
	if s.photos == nil {
		return nil, "", errors.New("no photos are kept here")
	}
	f, err := s.photos.Open(p.Blob)
	return f, p.Blob, err
}
