package identity

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

const sqlSetPhoto = `
update identity.person set photo = @photo, version = version + 1, changed_at = @now
where id = @id`

// photoLimits bound a portrait: 8 MiB as sent, 480 pixels as kept.
func photoLimits() blob.Limits { return blob.Limits{Bytes: 8 << 20, Side: 480} }

// SetPhoto gives a person within the scope a portrait; nil takes it away. The
// picture is kept upright and small, without what was sent beside its pixels. It
// fails with [ErrNoPerson], [ErrAboveSelf], or with what package blob says of a
// file that is no picture.
func (s *Service) SetPhoto(
	ctx context.Context, by business.Actor, sc scope.Scope, id business.PersonID, picture []byte,
) (Person, error) {
	if !sc.Has(int64(id)) {
		return Person{}, ErrNoPerson
	}
	key := blob.Key("")
	if picture != nil {
		original, err := blob.ReadOriginal(bytes.NewReader(picture), photoLimits())
		if err != nil {
			return Person{}, err
		}
		p, err := s.Photos.Develop(ctx, original)
		if err != nil {
			return Person{}, err
		}
		if key, _, err = s.Photos.PutPicture(ctx, p); err != nil {
			return Person{}, err
		}
	}
	var after Person
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := lockPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		if before.Erased {
			return ErrErased
		}
		if by.Person != id {
			if err := mayTouch(by, before.Role, before.Role); err != nil {
				return err
			}
		}
		args := pgx.NamedArgs{"id": id, "photo": key, "now": s.Clock.Now()}
		if _, err := tx.Exec(ctx, sqlSetPhoto, args); err != nil {
			return fmt.Errorf("save photo: %w", err)
		}
		if after, err = person(ctx, tx, id); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.person.photo_set", Object: "person", ID: int64(id),
			Before: before, After: after,
		})
	})
	return after, err
}

// Photo opens the portrait of a person within the scope and returns its key; the
// caller closes it. It fails with [ErrNoPerson] or [ErrNoPhoto].
func (s *Service) Photo(
	ctx context.Context, sc scope.Scope, id business.PersonID,
) (io.ReadSeekCloser, blob.Key, error) {
	p, err := s.PersonByID(ctx, sc, id)
	if err != nil {
		return nil, "", err
	}
	if p.Photo == "" || s.Photos == nil {
		return nil, "", ErrNoPhoto
	}
	f, err := s.Photos.Open(p.Photo)
	return f, p.Photo, err
}
