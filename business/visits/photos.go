package visits

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Photo is one picture of a visit.
type Photo struct {
	ID         int64
	Visit      business.VisitID
	Person     business.PersonID
	Customer   business.CustomerID
	Step       string // which step it belongs to; "" none
	File       blob.Key
	Picture    blob.Key // what is shown; "" until it is drawn
	State      PhotoState
	TakenAt    time.Time     // by the server's clock
	DeviceAt   time.Time     // by the device's
	Skew       time.Duration // how far the device's clock runs ahead
	ReceivedAt time.Time
	Point      *orb.Point
	Accuracy   geo.Meters
	Distance   *geo.Meters // to the customer
	Grade      Grade
	Flags      []string
	Stamp      []string // the lines that are drawn on it
}

// PhotoState says what became of a photo.
type PhotoState string

// The states of a photo.
const (
	PhotoArrived    PhotoState = "arrived"    // durable, not drawn yet
	PhotoKept       PhotoState = "kept"       // drawn: upright, small, stamped
	PhotoUnreadable PhotoState = "unreadable" // its pixels are damaged
)

// What a photo is flagged with. A flag is evidence; it refuses nothing.
const (
	FlagReused    = "reused"      // the same file was sent with another visit
	FlagSimilar   = "similar"     // looks like a photo of another visit
	FlagEdited    = "edited"      // an editor wrote the file, or wrote it again later
	FlagElsewhere = "elsewhere"   // its camera was more than 500 m away
	FlagFormat    = "not_jpeg"    // no camera writes this; its name may say otherwise
	FlagTime      = "camera_time" // its camera's clock is more than 2 minutes off
	FlagClock     = "clock"       // the phone's clock was set before it was sent
)

// Shot is a photo as the phone sends it.
type Shot struct {
	Visit  business.VisitID
	Step   string
	Camera bool // taken by the app's own camera; else from a gallery
	TakenAt,
	SentAt time.Time // both by the device's clock
	Clock    Clock
	Point    *orb.Point
	Accuracy geo.Meters
	File     io.Reader
}

// Darkroom is where photos are kept.
type Darkroom struct {
	Arrived *blob.Store // as sent, until they are drawn
	Kept    *blob.Store // as shown
	Letters *blob.Letters
}

// PhotoCame is the fact that a photo is to be drawn.
type PhotoCame struct {
	Photo int64 `json:"photo_id"`
}

// FactName is "visits.photo_came".
func (PhotoCame) FactName() string { return "visits.photo_came" }

// Unhurried: a picture costs as much work as dozens of commands, and nobody waits for
// it; a team that comes back from a morning without network is answered first.
func (PhotoCame) Unhurried() {}

const (
	shotSlack   = 2 * time.Minute // before check-in and after check-out
	shotsLate   = 72 * time.Hour  // photos follow a visit this long at most
	maxPhotos   = 60              // of one visit
	cameraClock = 10 * time.Minute
	farCamera   = geo.Meters(500)
	lookedBack  = 400 * 24 * time.Hour // how long a picture is remembered as seen
)

// shotAt decides whether a shot belongs to the visit and when it was taken, by the
// server's clock, and by how much the phone's clock was set before it was sent.
func shotAt(
	c Caller, v Visit, s Shot, f blob.Facts, now time.Time,
) (at time.Time, set time.Duration, err error) {
	if !c.Phone {
		return at, 0, ErrPhotoAtDesk
	}
	if !s.Camera {
		return at, 0, ErrPhotoFromGallery
	}
	if s.TakenAt.IsZero() || s.SentAt.IsZero() ||
		s.SentAt.Before(s.TakenAt) && !s.Clock.knows() {
		return at, 0, ErrPhotoTime.WithField("query.taken_at", "range",
			"The time of taking is not after the time of sending.")
	}
	age, set := s.Clock.ago(s.TakenAt, s.SentAt, now)
	at = now.Add(-age)
	end := now
	if v.Out != nil {
		end = v.Out.At
	}
	// A clock that was set may have put visit and photo apart, by so much and no more.
	slack := shotSlack + max(set, v.ClockSet)
	if at.Before(v.In.At.Add(-slack)) || at.After(end.Add(slack)) {
		return at, 0, ErrPhotoTime.With("taken_at", at.UTC().Format(time.RFC3339))
	}
	// A camera's clock in no named zone is within 14 hours of any other.
	if t := f.TakenAt; t != nil {
		limit := cameraClock
		if !f.Zoned {
			limit += 14 * time.Hour
		}
		if t.Sub(s.TakenAt).Abs() > limit {
			return at, 0, ErrPhotoOld.With("camera_at", t.UTC().Format(time.RFC3339))
		}
	}
	return at, set, nil
}

// cameraTime is when the camera says that it took the picture; a clock that names no zone
// is taken to show the company's.
func cameraTime(f blob.Facts, zone *time.Location) time.Time {
	t := *f.TakenAt
	if f.Zoned {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
}

// flagsOf says what is odd about a file.
func flagsOf(s Shot, o blob.Original, zone *time.Location) []string {
	flags := []string{}
	f := o.Facts
	if o.Format != blob.JPEG {
		flags = append(flags, FlagFormat)
	}
	if f.Altered || f.Software != "" && f.Camera == "" {
		flags = append(flags, FlagEdited)
	}
	if f.Place != nil && s.Point != nil &&
		geodesic.Distance(*f.Place, *s.Point)-s.Accuracy > farCamera {
		flags = append(flags, FlagElsewhere)
	}
	if f.TakenAt != nil && cameraTime(f, zone).Sub(s.TakenAt).Abs() > 2*time.Minute {
		flags = append(flags, FlagTime)
	}
	return flags
}

// AddPhoto takes a photo of the caller's visit: it is durable when this returns,
// and drawn soon after. Sending the same file again is the same photo. It fails
// with ErrNoVisit, ErrNotOpen, ErrPhotoAtDesk, ErrPhotoFromGallery, ErrPhotoTime,
// ErrPhotoOld, ErrTooManyPhotos, ErrBadFix, or as blob.ReadOriginal does.
func (s *Service) AddPhoto(
	ctx context.Context, c Caller, key idem.Key, shot Shot,
) (Photo, error) {
	o, err := blob.ReadOriginal(shot.File, blob.Limits{})
	if err != nil {
		return Photo{}, err
	}
	v, err := oneVisit(ctx, s.DB, sqlVisit, pgx.NamedArgs{"id": shot.Visit})
	if err != nil {
		return Photo{}, err
	}
	seen, err := s.shot(v, c, shot, o)
	if err != nil {
		return Photo{}, err
	}
	if seen, err = s.placed(ctx, s.DB, *v, seen); err != nil {
		return Photo{}, err
	}
	if err := keepOriginal(ctx, s.Darkroom.Arrived, o); err != nil {
		return Photo{}, err
	}
	shot.File = nil
	request := struct {
		Command string
		Shot    Shot
		File    blob.Key
	}{"photo", shot, o.Key}
	var fresh bool
	out, err := once(ctx, s, c, key, request, func(tx db.Tx) (Photo, error) {
		v, err := oneVisit(ctx, tx, sqlVisitLock, pgx.NamedArgs{"id": shot.Visit})
		if err != nil {
			return Photo{}, err
		}
		p, err := s.shot(v, c, shot, o)
		if err != nil {
			return Photo{}, err
		}
		p.Distance, p.Grade = seen.Distance, seen.Grade
		p, fresh, err = s.addPhoto(ctx, tx, p, o)
		if err != nil || !fresh {
			return p, err
		}
		return p, s.tellVisit(ctx, tx, c, *v, "photo_added")
	})
	if err == nil && fresh {
		return out, nil
	}
	// It was refused, or is here already, or the phone has hung up.
	return out, cmp.Or(err, s.forgetOriginal(context.WithoutCancel(ctx), o.Key))
}

// shot decides about a photo, without the questions that need the database.
func (s *Service) shot(v *Visit, c Caller, shot Shot, o blob.Original) (Photo, error) {
	if v == nil || v.Person != c.Actor.Person {
		return Photo{}, ErrNoVisit.With("visit_id", shot.Visit)
	}
	now := s.Clock.Now()
	ended := v.State == Abandoned && !v.Forgotten || v.State == Rejected || v.State == Void
	last := v.In.At
	if v.Out != nil {
		last = v.Out.At
	}
	if ended || v.State != Open && now.Sub(last) > shotsLate {
		return Photo{}, ErrNotOpen.With("state", string(v.State))
	}
	if p := shot.Point; p != nil && (!geo.Valid(*p) || !(shot.Accuracy >= 0)) {
		return Photo{}, ErrBadFix
	}
	at, set, err := shotAt(c, *v, shot, o.Facts, now)
	if err != nil {
		return Photo{}, err
	}
	flags := flagsOf(shot, o, s.Zone)
	if set > 0 {
		flags = append(flags, FlagClock)
	}
	return Photo{
		Visit: v.ID, Person: v.Person, Customer: v.Customer, Step: plain(shot.Step), File: o.Key,
		State: PhotoArrived, TakenAt: at, DeviceAt: shot.TakenAt, ReceivedAt: now,
		Skew: bounded(shot.SentAt.Sub(now)), Point: shot.Point, Accuracy: shot.Accuracy,
		Grade: ByBrowser, Flags: flags,
	}, nil
}

// addPhoto writes a photo and has it drawn, unless the visit has that file already; it
// tells whether it is fresh.
func (s *Service) addPhoto(
	ctx context.Context, tx db.Tx, p Photo, o blob.Original,
) (Photo, bool, error) {
	had, err := readPhotos(ctx, tx, sqlPhotosOfVisit, pgx.NamedArgs{"visit": p.Visit})
	if err != nil {
		return Photo{}, false, err
	}
	if i := slices.IndexFunc(had, func(q Photo) bool { return q.File == p.File }); i >= 0 {
		return had[i], false, nil
	}
	if len(had) >= maxPhotos {
		return Photo{}, false, ErrTooManyPhotos.With("limit", maxPhotos)
	}
	if err := lockFile(ctx, tx, p.File); err != nil {
		return Photo{}, false, err
	}
	// It may have been drawn for another visit, and forgotten, since it was kept.
	if err := keepOriginal(ctx, s.Darkroom.Arrived, o); err != nil {
		return Photo{}, false, err
	}
	var reused bool
	err = tx.QueryRow(ctx, sqlFileSeen, pgx.NamedArgs{
		"file": string(p.File), "visit": p.Visit,
	}).Scan(&reused)
	if err != nil {
		return Photo{}, false, fmt.Errorf("look for the same file: %w", err)
	}
	if reused {
		p.Flags = append(p.Flags, FlagReused)
	}
	if p.ID, err = insertPhoto(ctx, tx, p); err != nil {
		return Photo{}, false, err
	}
	return p, true, s.Announcer.Publish(ctx, tx, PhotoCame{p.ID})
}

// placed adds what is known of the place: the distance and the grade.
func (s *Service) placed(
	ctx context.Context, q db.Querier, v Visit, p Photo,
) (Photo, error) {
	if p.Point == nil {
		return p, nil
	}
	sites, err := s.sites(ctx, q, scope.Everything(), []business.CustomerID{v.Customer})
	if err != nil {
		return p, err
	}
	p.Distance = distanceTo(p.Point, sites[v.Customer].Point)
	traces, err := s.traces(ctx, v.Person, p.TakenAt, p.TakenAt)
	if err != nil {
		return p, err
	}
	p.Grade = gradeOf(p.TakenAt, *p.Point, traces)
	return p, nil
}

// keepOriginal keeps the file as it was sent, for drawing, unless it is kept already.
func keepOriginal(ctx context.Context, s *blob.Store, o blob.Original) error {
	if f, err := s.Open(o.Key); err == nil {
		return f.Close()
	}
	key, _, err := s.Put(ctx, newReader(o.Bytes()), int64(len(o.Bytes())))
	if err == nil && key != o.Key {
		err = errors.New("the file changed while it was kept")
	}
	return err
}

// forgetOriginal removes a file as it was sent that no photo waits for: all were drawn,
// or the only one was refused.
func (s *Service) forgetOriginal(ctx context.Context, file blob.Key) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if err := lockFile(ctx, tx, file); err != nil {
			return err
		}
		var waiting bool
		err := tx.QueryRow(ctx, sqlFileWaits, pgx.NamedArgs{"file": string(file)}).Scan(&waiting)
		if err != nil || waiting {
			return err
		}
		return s.Darkroom.Arrived.Remove(file)
	})
}

// stampOf are the lines on a photo: when and at whom, who and where.
func (s *Service) stampOf(ctx context.Context, q db.Querier, p Photo) ([]string, error) {
	sites, err := s.sites(ctx, q, scope.Everything(), []business.CustomerID{p.Customer})
	if err != nil {
		return nil, err
	}
	workers, err := s.People.Workers(ctx, q, []business.PersonID{p.Person})
	if err != nil {
		return nil, err
	}
	customer, person := sites[p.Customer].Name, ""
	if len(workers) > 0 {
		person = workers[0].Name
	}
	if l := s.Darkroom.Letters; l != nil {
		if !l.Draws(customer) {
			customer = fmt.Sprintf("customer %d", p.Customer)
		}
		if !l.Draws(person) {
			person = fmt.Sprintf("person %d", p.Person)
		}
	}
	place := "no position"
	if p.Point != nil {
		place = fmt.Sprintf("%.5f, %.5f ±%.0f m", p.Point.Lat(), p.Point.Lon(), float64(p.Accuracy))
	}
	return []string{
		p.TakenAt.In(s.Zone).Format("2006-01-02 15:04:05 MST") + " · " + customer,
		person + " · " + place + " · " + string(p.Grade),
	}, nil
}

// DrawPhoto makes of a photo that came what is shown: upright, small, stamped, and
// without what its camera wrote; then its visit is judged anew, and the file as it was
// sent goes. Drawn already, only what is left of that is done. A listener calls it; it is
// safe to call again after a crash.
func (s *Service) DrawPhoto(ctx context.Context, id int64) error {
	p, err := onePhoto(ctx, s.DB, sqlPhoto, pgx.NamedArgs{"id": id})
	if err != nil || p == nil {
		return err
	}
	if p.State == PhotoArrived {
		if err := s.develop(ctx, *p); err != nil {
			return err
		}
	}
	v, err := oneVisit(ctx, s.DB, sqlVisit, pgx.NamedArgs{"id": p.Visit})
	if err != nil {
		return err
	}
	if v != nil {
		err = s.rejudge(ctx, v)
	}
	return cmp.Or(err, s.forgetOriginal(ctx, p.File))
}

// develop draws a photo that came, and writes what it says.
func (s *Service) develop(ctx context.Context, p Photo) error {
	lines, err := s.stampOf(ctx, s.DB, p)
	if err != nil {
		return err
	}
	drawn, err := s.draw(ctx, p, lines)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if err := s.markSimilar(ctx, tx, &drawn); err != nil {
			return err
		}
		return savePhoto(ctx, tx, drawn)
	})
}

// drawnPhoto is a photo with what its pixels say.
type drawnPhoto struct {
	Photo
	print blob.Print
}

func (s *Service) draw(ctx context.Context, p Photo, lines []string) (drawnPhoto, error) {
	out := drawnPhoto{Photo: p}
	f, err := s.Darkroom.Arrived.Open(p.File)
	if err != nil {
		return out, err
	}
	defer f.Close() // only read
	o, err := blob.ReadOriginal(f, blob.Limits{})
	if err != nil {
		return out, err
	}
	pic, err := s.Darkroom.Kept.Develop(ctx, o)
	if errors.Is(err, blob.ErrPictureDamaged) {
		out.State = PhotoUnreadable
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.print = pic.Print
	if err := s.Darkroom.Letters.Stamp(pic.Image, lines); err != nil {
		return out, err
	}
	if out.Picture, _, err = s.Darkroom.Kept.PutPicture(ctx, pic); err != nil {
		return out, err
	}
	out.State, out.Stamp = PhotoKept, lines
	return out, nil
}

// markSimilar flags a photo that looks like one of another visit of the same
// person or the same customer.
func (s *Service) markSimilar(ctx context.Context, tx db.Tx, p *drawnPhoto) error {
	if p.State != PhotoKept || !p.print.Telling() || slices.Contains(p.Flags, FlagReused) {
		return nil
	}
	var seen bool
	err := tx.QueryRow(ctx, sqlPrintSeen, pgx.NamedArgs{
		"print": int64(p.print), // the same 64 bits
		"visit": p.Visit, "person": p.Person, "customer": p.Customer,
		"since": p.ReceivedAt.Add(-lookedBack), "bits": likePrint, "file": string(p.File),
	}).Scan(&seen)
	if err != nil {
		return fmt.Errorf("look for the same picture: %w", err)
	}
	if seen {
		p.Flags = append(p.Flags, FlagSimilar)
	}
	return nil
}

// Photos lists the photos of a visit that the caller may see, as they were taken.
// It fails with ErrNoVisit.
func (s *Service) Photos(ctx context.Context, c Caller, v business.VisitID) ([]Photo, error) {
	if _, err := s.Visit(ctx, c, v); err != nil {
		return nil, err
	}
	return readPhotos(ctx, s.DB, sqlPhotosOfVisit, pgx.NamedArgs{"visit": v})
}

// Picture opens the picture of a photo for reading; the caller closes it. It fails
// with ErrNoPhoto, also when it is not drawn yet.
func (s *Service) Picture(ctx context.Context, c Caller, id int64) (*os.File, Photo, error) {
	p, err := onePhoto(ctx, s.DB, sqlPhoto, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, Photo{}, err
	}
	if p == nil {
		return nil, Photo{}, ErrNoPhoto.With("photo_id", id)
	}
	if _, err := s.Visit(ctx, c, p.Visit); err != nil {
		return nil, Photo{}, ErrNoPhoto.With("photo_id", id)
	}
	if p.State != PhotoKept {
		return nil, *p, ErrNoPhoto.With("photo_id", id).With("state", string(p.State))
	}
	f, err := s.Darkroom.Kept.Open(p.Picture)
	return f, *p, err
}

// PictureFaults are the refusals of a file that AddPhoto passes on.
func PictureFaults() []*fail.Error {
	return []*fail.Error{
		blob.ErrTooLarge, blob.ErrNoPicture, blob.ErrPictureDamaged, blob.ErrPictureBomb,
	}
}
