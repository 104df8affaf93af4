package visits

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/blob"
	"beatplan/internal/db"
)

const (
	// The second line is the person, the place and the grade; neither of the last two has
	// a dot of that kind in it.
	sqlForgetName = `
update visits.photo set renamed = state = 'kept', stamp[2] =
	regexp_replace(stamp[2], '^.* · ([^·]*· [^·]*)$', 'person ' || person_id || ' · \1')
where person_id = @person and cardinality(stamp) = 2`
	sqlRenamed = `
select ` + photoColumns + ` from visits.photo
where renamed and id > @after order by id limit 100`
	sqlRedrawn = `
update visits.photo set renamed = false, picture = @picture where id = @id`
	sqlPictureUsed = `select exists (select from visits.photo
	where picture = @picture and person_id = @person)`
)

// ForgetName takes an erased person's name off the stamps of their photos. Their pictures
// still show it until [Service.Redraw] has drawn them anew.
func ForgetName(ctx context.Context, tx db.Tx, p business.PersonID) error {
	if _, err := tx.Exec(ctx, sqlForgetName, pgx.NamedArgs{"person": p}); err != nil {
		return fmt.Errorf("forget name of person %d: %w", p, err)
	}
	return nil
}

// Redraw draws the pictures anew whose stamps have changed, and returns how many; what
// they showed before is deleted. One that fails keeps back no other. A job calls it; it
// goes on where it was stopped.
func (s *Service) Redraw(ctx context.Context) (int, error) {
	drawn, failed := 0, error(nil)
	for after := int64(0); ; {
		found, err := readPhotos(ctx, s.DB, sqlRenamed, pgx.NamedArgs{"after": after})
		if err != nil || len(found) == 0 {
			return drawn, cmp.Or(err, failed)
		}
		for _, p := range found {
			after = p.ID
			if err := s.redraw(ctx, p); err != nil {
				failed = fmt.Errorf("draw photo %d anew: %w", p.ID, err)
				continue
			}
			drawn++
		}
	}
}

func (s *Service) redraw(ctx context.Context, p Photo) error {
	now, err := s.restamped(ctx, p)
	if err != nil {
		return err
	}
	var used bool
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		_, err := tx.Exec(ctx, sqlRedrawn, pgx.NamedArgs{"id": p.ID, "picture": string(now)})
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, sqlPictureUsed, pgx.NamedArgs{
			"picture": string(p.Picture), "person": p.Person,
		}).Scan(&used)
	})
	if err != nil || used {
		return err
	}
	return s.Darkroom.Kept.Remove(p.Picture)
}

// restamped keeps the photo's picture with its stamp as it is now, and returns its key; a
// picture that is gone stays as it is.
func (s *Service) restamped(ctx context.Context, p Photo) (blob.Key, error) {
	f, err := s.Darkroom.Kept.Open(p.Picture)
	if errors.Is(err, blob.ErrNotFound) {
		return p.Picture, nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close() // only read
	o, err := blob.ReadOriginal(f, blob.Limits{})
	if err != nil {
		return "", err
	}
	pic, err := s.Darkroom.Kept.Develop(ctx, o)
	if err != nil {
		return "", err
	}
	if err := s.Darkroom.Letters.Restamp(pic.Image, p.Stamp); err != nil {
		return "", err
	}
	key, _, err := s.Darkroom.Kept.PutPicture(ctx, pic)
	return key, err
}
