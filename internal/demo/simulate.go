package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"beatplan/api/identityapi"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/geo/geodesic"
	"beatplan/geo/track"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

const (
	beat      = 5 * time.Second // between two fixes of a person
	replan    = time.Minute     // plans change: routes are read again
	deviceTag = "demo simulator"
)

// Simulator drives today's published routes as the tracker on each person's
// phone would: over HTTP, with a device token, in the OsmAnd protocol.
type Simulator struct {
	House
	Client *http.Client
	Base   string // address of the server, as "http://127.0.0.1:8080"

	cars []car
	day  business.Date
	read time.Time // when the routes were read
}

// car is one driven person.
type car struct {
	worker
	token string
	drive drive
	seen  string // what the drive was made of
}

// Run drives until ctx ends. When a new day begins it lets the company begin it
// too. A request that fails is tried again at the next beat.
func (s *Simulator) Run(ctx context.Context) error {
	if err := s.board(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		if err := s.step(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("the simulated drive stumbled", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// board gives every salesperson of the demo a tracker of this run.
func (s *Simulator) board(ctx context.Context) error {
	people, _, err := s.staff(ctx)
	if err != nil {
		return err
	}
	for _, w := range people {
		token, err := s.tracker(ctx, w)
		if err != nil {
			return fmt.Errorf("tracker of %s: %w", w.Login, err)
		}
		s.cars = append(s.cars, car{worker: w, token: token})
	}
	return nil
}

func (s *Simulator) tracker(ctx context.Context, w worker) (string, error) {
	by := business.Actor{Person: w.ID, Role: business.Admin}
	old, err := s.Identity.Devices(ctx, scope.Everything(), w.ID)
	if err != nil {
		return "", err
	}
	for _, d := range old {
		if d.Name == deviceTag && d.RevokedAt == nil {
			err := s.Identity.RevokeDevice(ctx, by, scope.Everything(), w.ID, d.ID)
			if err != nil {
				return "", err
			}
		}
	}
	k := idem.Key(fmt.Sprintf("demo-device-%d-%d", w.ID, time.Now().UnixNano()))
	_, token, err := s.Identity.CreateDevice(ctx, by, scope.Everything(), k,
		identity.NewDevice{Person: w.ID, Name: deviceTag})
	return identityapi.DeviceToken(token), err
}

// step sends one fix for everybody who is on the way or at a customer.
func (s *Simulator) step(ctx context.Context) error {
	now := s.Clock.Now()
	today := business.DateOf(now, s.Zone)
	if s.day != today && !s.day.IsZero() {
		if err := Seed(ctx, s.House); err != nil {
			return err
		}
	}
	over := !now.Before(today.At(s.Zone, shiftEnd))
	if s.day != today || now.Sub(s.read) > replan {
		for i := range s.cars {
			if err := s.follow(ctx, &s.cars[i], now, over); err != nil {
				return fmt.Errorf("day of %s: %w", s.cars[i].Login, err)
			}
		}
		s.day, s.read = today, now
	}
	for _, c := range s.cars {
		if over {
			err := s.Track.Punch(ctx, track.Punch{Person: int64(c.ID), On: false, At: now})
			if err != nil {
				return err
			}
			continue
		}
		if m, begun := c.drive.at(now); begun {
			if err := s.send(ctx, c, now, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow reads the person's day again. The drive is made anew only when the plan
// or a visit changed: a day underway is timed from now, and would never be left.
func (s *Simulator) follow(ctx context.Context, c *car, now time.Time, over bool) error {
	at := visits.PersonDay{Person: c.ID, Date: business.DateOf(now, s.Zone)}
	e, err := s.Visits.Day(ctx, c.caller(), at)
	if err != nil {
		return err
	}
	seen := fmt.Sprint(e.Date, e.PublishedVersion)
	for _, it := range e.Items {
		seen += fmt.Sprint(" ", it.ID, it.State)
	}
	if seen != c.seen {
		c.drive, c.seen = s.drive(ctx, c.worker, e), seen
	}
	if over {
		return nil
	}
	return s.call(ctx, c, now, e)
}

// there is how near a customer the simulated phone checks in, in metres.
const there = 80

// call checks in where the person has arrived and out when the visit is over, as
// the person would. Somebody who is signed in does that by hand.
func (s *Simulator) call(ctx context.Context, c *car, now time.Time, e visits.Evaluated) error {
	hands, err := s.Identity.Sessions(ctx, c.ID)
	if err != nil || len(hands) > 0 {
		return err
	}
	m, begun := c.drive.at(now)
	if !begun {
		return nil
	}
	fix := visits.Fix{Point: m.Point, Accuracy: 6, At: now, SentAt: now}
	for _, it := range e.Items {
		name := fmt.Sprintf("%d-%d", it.ID, it.Visit)
		switch {
		case it.State == visits.CheckedIn && it.Timed != nil && !now.Before(it.Timed.Depart):
			_, err := s.Visits.CheckOut(ctx, c.caller(), key("leave", name),
				visits.CheckOut{Visit: it.Visit, Fix: &fix})
			return err
		case it.State == visits.CheckedIn:
			return nil
		case it.State == visits.Planned && it.Site.Point != nil && it.Customer != 0:
			if geodesic.Distance(m.Point, *it.Site.Point) > there || !openAt(it.Windows, now) {
				return nil
			}
			_, err := s.Visits.CheckIn(ctx, c.caller(), key("arrive", name),
				visits.CheckIn{Customer: it.Customer, Fix: fix})
			return err
		}
	}
	return nil
}

func openAt(windows []visits.Window, t time.Time) bool {
	return len(windows) == 0 || slices.ContainsFunc(windows, func(w visits.Window) bool {
		return !t.Before(w.Open) && t.Before(w.Close)
	})
}

const kmhPerKnot = 1.852

func (s *Simulator) send(ctx context.Context, c car, now time.Time, m motion) error {
	number := func(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }
	query := url.Values{
		"id": {c.token}, "timestamp": {strconv.FormatInt(now.UnixMilli(), 10)},
		"lon": {number(m.Point[0], 7)}, "lat": {number(m.Point[1], 7)},
		"speed": {number(m.SpeedKmh/kmhPerKnot, 2)}, "bearing": {number(m.Course, 1)},
		"accuracy": {"6"},
	}
	if m.SpeedKmh == 0 {
		query.Del("bearing")
	}
	ctx, cancel := context.WithTimeout(ctx, beat)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Base+"/osmand?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	answer, err := s.Client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 500))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("tracker of %s: %s: %s", c.Login, answer.Status, text)
	}
	return nil
}
