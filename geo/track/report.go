package track

import (
	"context"
	"fmt"
	"time"

	"beatplan/geo"
)

// Report is what a person's fixes say of a stretch of time. Stays and trips belong
// to the stretch in which they begin, with all their length, so that a month's
// report is the union of its days' whatever the days' bounds.
type Report struct {
	Person   int64
	From, To time.Time
	Duties   []Duty
	Stays    []Stay
	Trips    []Trip
	Length   geo.Meters    // of the trips
	Moving   time.Duration // on trips, without the gaps in them
	Standing time.Duration // in stays
	Fixes    int           // before the filter, within the stretch
	Dropped  int           // by the filter, in the duties of the stretch
}

// Report reads stays, trips and distance from the person's duties. Reading
// somebody else's stands in the audit trail. It fails with ErrNotFound when the
// person is outside the scope and with ErrRange.
func (s *Service) Report(
	ctx context.Context, by Reader, person int64, from, to time.Time,
) (Report, error) {
	if err := s.mayRead(ctx, by, person, from, to); err != nil {
		return Report{}, err
	}
	r := Report{Person: person, From: from, To: to}
	var err error
	r.Duties, err = readDuties(ctx, s.DB, []int64{person}, from, to)
	if err != nil {
		return Report{}, err
	}
	for _, d := range r.Duties {
		if d.On.Equal(to) {
			continue
		}
		until := s.Clock.Now().Add(maxAhead)
		if d.Off != nil {
			until = *d.Off
		}
		fixes, err := s.readFixes(ctx, s.DB, person, d.On, until)
		if err != nil {
			return Report{}, fmt.Errorf("report of person %d: %w", person, err)
		}
		r.add(Read(fixes, d.Off == nil))
		r.Fixes += len(between(fixes, true, from, to))
	}
	return r, nil
}

// add takes what begins within the stretch.
func (r *Report) add(w Way) {
	within := func(t time.Time) bool { return !t.Before(r.From) && t.Before(r.To) }
	for _, s := range w.Stays {
		if within(s.Begin) {
			r.Stays = append(r.Stays, s)
			r.Standing += s.End.Sub(s.Begin)
		}
	}
	for _, t := range w.Trips {
		if within(t.Begin) {
			r.Trips = append(r.Trips, t)
			r.Moving += t.Moving()
			r.Length += t.Length
		}
	}
	r.Dropped += w.Dropped
}
