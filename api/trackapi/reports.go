package trackapi

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/track"
	"beatplan/internal/fail"
)

func (s Surface) mountReports(a *api.API) {
	tags := []string{"Positions"}
	api.Get(a, "/v1/track-reports/{person}", api.Op{
		ID: "get-track-report", Summary: "Get a person's stays, trips and distance between two dates",
		Description: "After the outlier filter. Stays and trips belong to the day in which they begin, so " +
			"that a month is the union of its days. One's own needs no permission; reading others' " +
			"needs tracks.read and stands in the audit trail.",
		Tags: tags, Perm: api.SignedIn,
		Problems: []*fail.Error{track.ErrNotFound, track.ErrRange, ErrDate, api.ErrDenied},
	}, s.report)
	api.Get(a, "/v1/mileage/{person}", api.Op{
		ID: "get-mileage", Summary: "Get a person's driven distance day by day",
		Tags: tags, Perm: api.SignedIn,
		Problems: []*fail.Error{track.ErrNotFound, track.ErrRange, ErrDate, api.ErrDenied},
	}, s.mileage)
}

type reportIn struct {
	Person int64  `path:"person"`
	From   string `query:"from" required:"true" example:"2026-11-01"`
	To     string `query:"to" doc:"The last date, inclusive; from by default" example:"2026-11-30"`
}

// dates are the bounds of the stretch: the first date, and the one after the last.
func (in *reportIn) dates() (from, after business.Date, err error) {
	if from, err = business.ParseDate(in.From); err != nil {
		return from, after, ErrDate
	}
	if in.To == "" {
		return from, from.Add(1), nil
	}
	last, err := business.ParseDate(in.To)
	if err != nil {
		return from, after, ErrDate
	}
	return from, last.Add(1), nil
}

// reported is what the fixes say of the stretch that is asked for, and its bounds as
// [reportIn.dates] has them.
func (s Surface) reported(
	ctx context.Context, in *reportIn,
) (r track.Report, from, after business.Date, err error) {
	if from, after, err = in.dates(); err != nil {
		return r, from, after, err
	}
	by, err := mayRead(ctx, in.Person)
	if err != nil {
		return r, from, after, err
	}
	r, err = s.Track.Report(ctx, by, in.Person, from.At(s.Zone, 0), after.At(s.Zone, 0))
	return r, from, after, err
}

// StayOut is a stretch of time at one place.
type StayOut struct {
	Begin    time.Time `json:"begin"`
	End      time.Time `json:"end"`
	Position orb.Point `json:"position"`
	Open     bool      `json:"open" doc:"The person may still be there"`
}

// TripOut is the way between two stays.
type TripOut struct {
	Begin     time.Time `json:"begin"`
	End       time.Time `json:"end"`
	From      orb.Point `json:"from"`
	To        orb.Point `json:"to"`
	DistanceM int       `json:"distance_m"`
	Open      bool      `json:"open" doc:"Underway"`
}

// ReportOut is what the fixes say of a stretch of time.
type ReportOut struct {
	PersonID  int64     `json:"person_id"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Stays     []StayOut `json:"stays"`
	Trips     []TripOut `json:"trips"`
	DistanceM int       `json:"distance_m"`
	MovingS   int       `json:"moving_s" doc:"On trips; more than ten minutes without a fix do not count"`
	StandingS int       `json:"standing_s"`
	Fixes     int       `json:"fixes"`
	Dropped   int       `json:"dropped" doc:"Fixes that cannot be true"`
}

type reportOut struct{ Body ReportOut }

func (s Surface) report(ctx context.Context, in *reportIn) (*reportOut, error) {
	r, _, _, err := s.reported(ctx, in)
	if err != nil {
		return nil, err
	}
	out := ReportOut{PersonID: in.Person, From: r.From, To: r.To, DistanceM: int(r.Length),
		MovingS: int(r.Moving.Seconds()), StandingS: int(r.Standing.Seconds()),
		Fixes: r.Fixes, Dropped: r.Dropped, Stays: []StayOut{}, Trips: []TripOut{}}
	for _, v := range r.Stays {
		out.Stays = append(out.Stays, StayOut{v.Begin, v.End, v.Centre, v.Open})
	}
	for _, v := range r.Trips {
		out.Trips = append(out.Trips, TripOut{v.Begin, v.End, v.From, v.To, int(v.Length), v.Open})
	}
	return &reportOut{out}, nil
}

// DayMileage is how far somebody drove on a date.
type DayMileage struct {
	Date      string `json:"date"`
	DistanceM int    `json:"distance_m"`
	Trips     int    `json:"trips"`
	MovingS   int    `json:"moving_s" doc:"On trips; more than ten minutes without a fix do not count"`
	StandingS int    `json:"standing_s"`
}

type mileageOut struct{ Body []DayMileage }

func (s Surface) mileage(ctx context.Context, in *reportIn) (*mileageOut, error) {
	r, from, after, err := s.reported(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &mileageOut{Body: []DayMileage{}}
	for d := from; d.Before(after); d = d.Add(1) {
		one := DayMileage{Date: d.String()}
		within := func(t time.Time) bool {
			return !t.Before(d.At(s.Zone, 0)) && t.Before(d.Add(1).At(s.Zone, 0))
		}
		for _, t := range r.Trips {
			if within(t.Begin) {
				one.Trips++
				one.DistanceM += int(t.Length)
				one.MovingS += int(t.Moving().Seconds())
			}
		}
		for _, v := range r.Stays {
			if within(v.Begin) {
				one.StandingS += int(v.End.Sub(v.Begin).Seconds())
			}
		}
		out.Body = append(out.Body, one)
	}
	return out, nil
}
