// Package trackapi is the HTTP surface of geo/track: fixes in (our batch call
// and the OsmAnd protocol that Traccar Client speaks), live positions, a
// person's track of a day, and the duty punch.
package trackapi

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/track"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Ports are what the surface needs beside geo/track.
type (
	// People names the people of positions.
	People interface {
		// Names returns who the ids are; unknown ones are left out.
		Names(ctx context.Context, sc scope.Scope, ids []int64) (map[int64]Person, error)
	}
	// Devices knows the tokens that trackers carry.
	Devices interface {
		// Device returns the person whose device carries the token; it fails with
		// a fail.NotFound error for a token that is unknown or revoked.
		Device(ctx context.Context, token string) (person int64, err error)
	}
	// Log tells people who looked at their way.
	Log interface {
		// Readings returns who did what with the person's positions, the newest
		// first, those before an id (0: all).
		Readings(ctx context.Context, person, before int64, limit int) ([]Reading, error)
	}
)

// Person is how a person is shown beside a position.
type Person struct {
	Name       string
	Team       string
	Phone      string
	ColorIndex int
}

// Surface holds what the operations need.
type Surface struct {
	Track   *track.Service
	Live    *track.Live
	Log     Log
	Plans   Plans
	Roads   Shortest
	Places  Places
	People  People
	Devices Devices
	Zone    *time.Location // in which a date begins and ends
	Now     func() time.Time
	Keep    time.Duration // how long positions are kept

	devices  *devices
	requests *quota
}

// ErrDate is the refusal of a date that is none.
var ErrDate = fail.New(fail.Malformed, "track.bad_date", "The date must be like 2026-11-23.")

// Mount registers the operations.
func Mount(a *api.API, s Surface) {
	tags := []string{"Positions"}
	s.devices = newDevices(s.Devices, s.Now)
	s.requests = newQuota(requestsPerSecond, requestsAtOnce, s.Now)
	api.Post(a, "/v1/positions", api.Op{
		ID: "record-positions", Summary: "Record a batch of fixes of one's own",
		Description: "At most 5,000 fixes. The answer comes when they are durable. Fixes of time off duty " +
			"are discarded and counted; a fix that is sent again changes nothing.",
		Tags: tags, Perm: business.PositionsWrite, MaxBody: 4 << 20, ReadTimeout: time.Minute,
		Problems: []*fail.Error{track.ErrBatch, track.ErrFix, track.ErrTooMuch},
	}, s.record)
	api.Get(a, "/v1/positions", api.Op{
		ID: "list-positions", Summary: "List where everybody in scope was last",
		Description: "Every position carries its age and accuracy; one older than ten minutes is not fresh " +
			"and must not be shown as now.",
		Tags: tags, Perm: business.PositionsRead,
	}, s.positions)
	api.Get(a, "/v1/tracks/{person}/{date}", api.Op{
		ID: "get-track", Summary: "Get a person's fixes of one day, by device time",
		Tags: tags, Perm: business.TracksRead, Sensitive: true,
		Problems: []*fail.Error{track.ErrNotFound, track.ErrRange, ErrDate},
	}, s.track)
	api.Get(a, "/v1/me/track/{date}", api.Op{
		ID: "get-own-track", Summary: "Get one's own fixes of one day",
		Tags: tags, Perm: api.SignedIn, Problems: []*fail.Error{ErrDate},
	}, s.ownTrack)
	api.Post(a, "/v1/duty", api.Op{
		ID: "punch-duty", Summary: "Open or close one's duty",
		Description: "Nothing is recorded outside duty. Punching twice the same way changes nothing.",
		Tags:        tags, Perm: business.PositionsWrite, Problems: []*fail.Error{track.ErrFix},
	}, s.punch)
	api.Get(a, "/v1/duty", api.Op{
		ID: "get-duty", Summary: "Say whether one is on duty", Tags: tags, Perm: api.SignedIn,
	}, s.duty)
	s.mountTrackers(a)
	s.mountPrivacy(a)
	s.mountReports(a)
	s.mountDetour(a)
	s.mountCrossings(a)
	s.mountNearest(a)
	s.mountFiles(a)
}

// FixIn is one fix of a batch.
type FixIn struct {
	At        time.Time `json:"at" doc:"The device's time"`
	Position  orb.Point `json:"position" doc:"Longitude and latitude, WGS-84"`
	AccuracyM *float32  `json:"accuracy_m,omitempty"`
	SpeedKmh  *float32  `json:"speed_kmh,omitempty"`
	CourseDeg *float32  `json:"course_deg,omitempty"`
}

type recordIn struct {
	Body struct {
		Fixes  []FixIn    `json:"fixes" maxItems:"5000"`
		SentAt *time.Time `json:"sent_at,omitempty" doc:"The device's clock when sending: a clock that runs wrong does no harm then"`
	}
}

type receiptOut struct{ Body track.Receipt }

// reader is the caller with whose positions they may read.
func reader(ctx context.Context) track.Reader {
	return track.Reader{Person: int64(api.Actor(ctx).Person), Scope: api.Scope(ctx)}
}

// oneself reads nobody else's positions.
func oneself(me int64) track.Reader {
	return track.Reader{Person: me, Scope: scope.Scope{People: []int64{me}}}
}

// mayRead is the reader of one's own positions, or of others' with the permission;
// without it those of others do not exist, as for any foreign row.
func mayRead(ctx context.Context, person int64) (track.Reader, error) {
	if me := int64(api.Actor(ctx).Person); person == me {
		return oneself(me), nil
	}
	if !api.CallerOf(ctx).May(business.TracksRead) {
		return track.Reader{}, track.ErrNotFound
	}
	return reader(ctx), nil
}

func (s Surface) record(ctx context.Context, in *recordIn) (*receiptOut, error) {
	if err := s.request(ctx); err != nil {
		return nil, err
	}
	me := int64(api.Actor(ctx).Person)
	var ahead time.Duration // of the device's clock before ours
	if in.Body.SentAt != nil {
		ahead = in.Body.SentAt.Sub(s.Now())
	}
	fixes := make([]track.Fix, len(in.Body.Fixes))
	for i, f := range in.Body.Fixes {
		fixes[i] = track.Fix{Person: me, At: f.At.Add(-ahead), Position: f.Position, AccuracyM: f.AccuracyM,
			SpeedKmh: f.SpeedKmh, CourseDeg: f.CourseDeg, Source: "app"}
	}
	r, err := s.Track.Record(ctx, fixes)
	if err != nil {
		return nil, err
	}
	return &receiptOut{r}, nil
}

// PositionOut is where a person was last.
type PositionOut struct {
	PersonID   int64     `json:"person_id"`
	Name       string    `json:"name"`
	TeamName   string    `json:"team_name"`
	ColorIndex int       `json:"color_index"`
	Position   orb.Point `json:"position"`
	At         time.Time `json:"at"`
	AgeS       int       `json:"age_s"`
	AccuracyM  *float32  `json:"accuracy_m"`
	SpeedKmh   *float32  `json:"speed_kmh"`
	CourseDeg  *float32  `json:"course_deg"`
	Fresh      bool      `json:"fresh" doc:"Young enough to stand for now"`
	OnDuty     bool      `json:"on_duty"`
}

type positionsOut struct{ Body []PositionOut }

func (s Surface) positions(ctx context.Context, _ *struct{}) (*positionsOut, error) {
	sc := api.Scope(ctx)
	all, err := s.Live.Positions(ctx, sc)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.Person
	}
	names, err := s.People.Names(ctx, sc, ids)
	if err != nil {
		return nil, err
	}
	out := &positionsOut{Body: []PositionOut{}}
	for _, p := range all {
		who, known := names[p.Person]
		if !known {
			continue
		}
		out.Body = append(out.Body, PositionOut{PersonID: p.Person, Name: who.Name,
			TeamName: who.Team, ColorIndex: who.ColorIndex, Position: p.Position, At: p.At,
			AgeS: int(p.Age.Seconds()), AccuracyM: p.AccuracyM, SpeedKmh: p.SpeedKmh,
			CourseDeg: p.CourseDeg, Fresh: p.Fresh, OnDuty: p.OnDuty})
	}
	return out, nil
}

type trackIn struct {
	Person int64  `path:"person"`
	Date   string `path:"date" example:"2026-11-23"`
}

// asked is which day is asked for, and who reads it.
func (in *trackIn) asked(ctx context.Context) (business.Date, track.Reader, error) {
	on, err := business.ParseDate(in.Date)
	if err != nil {
		return on, track.Reader{}, ErrDate
	}
	by, err := mayRead(ctx, in.Person)
	return on, by, err
}

// TrackFix is one fix of a track.
type TrackFix struct {
	At        time.Time `json:"at"`
	Position  orb.Point `json:"position"`
	AccuracyM *float32  `json:"accuracy_m"`
	SpeedKmh  *float32  `json:"speed_kmh"`
}

// TrackOut is a person's day as the device saw it.
type TrackOut struct {
	PersonID  int64      `json:"person_id"`
	Date      string     `json:"date"`
	DistanceM int        `json:"distance_m"`
	Fixes     []TrackFix `json:"fixes" doc:"In the order of the device's time"`
}

type trackOut struct{ Body TrackOut }

func (s Surface) track(ctx context.Context, in *trackIn) (*trackOut, error) {
	return s.day(ctx, reader(ctx), in.Person, in.Date)
}

type ownTrackIn struct {
	Date string `path:"date" example:"2026-11-23"`
}

func (s Surface) ownTrack(ctx context.Context, in *ownTrackIn) (*trackOut, error) {
	me := int64(api.Actor(ctx).Person)
	return s.day(ctx, oneself(me), me, in.Date)
}

func (s Surface) day(
	ctx context.Context, by track.Reader, person int64, date string,
) (*trackOut, error) {
	d, err := business.ParseDate(date)
	if err != nil {
		return nil, ErrDate
	}
	t, err := s.Track.Track(ctx, by, person, d.At(s.Zone, 0), d.Add(1).At(s.Zone, 0))
	if err != nil {
		return nil, err
	}
	out := TrackOut{PersonID: person, Date: d.String(), DistanceM: int(t.Length),
		Fixes: make([]TrackFix, len(t.Fixes))}
	for i, f := range t.Fixes {
		out.Fixes[i] = TrackFix{f.At, f.Position, f.AccuracyM, f.SpeedKmh}
	}
	return &trackOut{out}, nil
}

type punchIn struct {
	Body struct {
		On        bool       `json:"on"`
		At        *time.Time `json:"at,omitempty" doc:"When it was, for a punch sent later; now by default"`
		Position  *orb.Point `json:"position,omitempty"`
		AccuracyM *float32   `json:"accuracy_m,omitempty"`
	}
}

// DutyOut says whether the caller is on duty.
type DutyOut struct {
	On    bool       `json:"on"`
	Since *time.Time `json:"since"`
}

type dutyOut struct{ Body DutyOut }

func (s Surface) punch(ctx context.Context, in *punchIn) (*dutyOut, error) {
	p := track.Punch{Person: int64(api.Actor(ctx).Person), On: in.Body.On,
		Position: in.Body.Position, AccuracyM: in.Body.AccuracyM}
	if in.Body.At != nil {
		p.At = *in.Body.At
	}
	if err := s.Track.Punch(ctx, p); err != nil {
		return nil, err
	}
	return s.duty(ctx, nil)
}

func (s Surface) duty(ctx context.Context, _ *struct{}) (*dutyOut, error) {
	me := int64(api.Actor(ctx).Person)
	open, err := s.Track.OnDuty(ctx, scope.Scope{People: []int64{me}})
	if err != nil {
		return nil, err
	}
	out := &dutyOut{}
	if len(open) > 0 {
		out.Body = DutyOut{On: true, Since: &open[0].On}
	}
	return out, nil
}
