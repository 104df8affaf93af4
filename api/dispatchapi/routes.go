// Package dispatchapi answers who is nearest to a customer or a place by road
// time, so that a dispatcher can send that person.
package dispatchapi

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/track"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
	"beatplan/routing/dispatch"
)

// Ports are what the surface needs of its neighbours.
type (
	// Positions says where people were last.
	Positions interface {
		// Position says where one person was last.
		Position(person int64) (track.Position, bool)
		// Len says of how many people that is known.
		Len() int
	}
	// People says who can be sent: active salespeople by id.
	People interface {
		// Team returns all of them in scope.
		Team(ctx context.Context, sc scope.Scope) (map[int64]Person, error)
		Sendable(ctx context.Context, sc scope.Scope, ids []int64) (map[int64]Person, error)
	}
	// Tasks says what people are doing now and for how long.
	Tasks interface {
		Tasks(ctx context.Context, people []int64) (map[int64]Task, error)
	}
	// Skills says who of some people has a skill.
	Skills interface {
		Skilled(ctx context.Context, skill string, people []int64) (map[int64]bool, error)
	}
	// Absences says why somebody's position is not known.
	Absences interface {
		Absent(ctx context.Context, people []int64) (map[int64]track.Absence, error)
	}
	// Sites says where a customer in scope is; a foreign one is not found.
	Sites interface {
		Place(ctx context.Context, sc scope.Scope, customer int64) (orb.Point, error)
	}
)

// Person is who can be sent.
type Person struct {
	Name, Team, Phone string
	ColorIndex        int
	ShiftEnd          int // minutes after midnight
}

// Task is what somebody is doing.
type Task struct {
	Customer string        // name of the customer that the person is with, or goes to next
	At       bool          // checked in there
	Rest     time.Duration // how long the visit still takes; 0 on the road
	Left     int           // stops of today that are still to come
}

// Surface holds what the operations need.
type Surface struct {
	Roads     dispatch.Roads
	Fleet     *dispatch.Fleet
	Positions Positions
	People    People
	Tasks     Tasks
	Skills    Skills
	Absences  Absences
	Sites     Sites
	Now       func() time.Time
	Zone      *time.Location // of the shifts
}

// ErrPlace is the refusal of a question without a place.
var ErrPlace = fail.New(fail.Malformed, "dispatch.no_place",
	"Say where: a customer, or a longitude and a latitude.")

// Mount registers the operations.
func Mount(a *api.API, s Surface) {
	api.Get(a, "/v1/nearest-people", api.Op{
		ID: "list-nearest-people", Summary: "Rank who can be at a place soonest, by road",
		Description: "Exact over everybody on duty in scope: the rest of the current visit counts, and the " +
			"road time from the position. Whoever is left out stands below with the reason: an old position " +
			"(then with the interval in which they could arrive), no road, a shift that ends before they " +
			"could be there, a skill that they lack, or no position because they are off duty, did not agree " +
			"to being located, or none came yet.",
		Tags: []string{"Dispatch"}, Perm: business.PositionsRead,
		Problems: []*fail.Error{ErrPlace, dispatch.ErrOffRoad},
	}, s.nearest)
}

type nearestIn struct {
	Customer int64   `query:"customer" doc:"Id of a customer with a position"`
	Lon      float64 `query:"lon" minimum:"-180" maximum:"180"`
	Lat      float64 `query:"lat" minimum:"-90" maximum:"90"`
	Skill    string  `query:"skill" maxLength:"60" doc:"That whoever goes must have"`
	Limit    int     `query:"limit" minimum:"1" maximum:"100" default:"5" doc:"Ranked people"`
}

// NearestPerson is one row of the answer.
type NearestPerson struct {
	Rank       *int       `json:"rank" doc:"From 1; null for people who cannot be ranked"`
	Reason     *string    `json:"reason" enum:"stale,unreachable,off_road,shift_over,lacks_skill,off_duty,no_consent,no_position" doc:"Why not ranked"`
	PersonID   int64      `json:"person_id"`
	Name       string     `json:"name"`
	TeamName   string     `json:"team_name"`
	Phone      string     `json:"phone"`
	ColorIndex int        `json:"color_index"`
	Position   *orb.Point `json:"position" doc:"null: not known, or not to be used"`
	FixAt      *time.Time `json:"fix_at"`
	FixAgeS    *int       `json:"fix_age_s"`
	AccuracyM  *float32   `json:"accuracy_m"`
	Fresh      bool       `json:"fresh"`
	DurationS  *int       `json:"duration_s" doc:"Until arrival: rest of the current visit and the drive"`
	DriveS     *int       `json:"drive_s"`
	DistanceM  *int       `json:"distance_m"`
	EarliestS  *int       `json:"earliest_s" doc:"Of the interval of an old position"`
	LatestS    *int       `json:"latest_s"`
	Task       string     `json:"task" doc:"Customer that the person is with, or goes to next"`
	AtCustomer bool       `json:"at_customer"`
	StopsLeft  int        `json:"stops_left"`
}

type nearestOut struct{ Body []NearestPerson }

// Up to everybody people the road time of each is computed, and each stands in the
// answer; of more only those who could come first, and at most leftOut others. Of those
// who were left out before roads were asked, at most absentees are told.
const (
	everybody = 1000
	leftOut   = 40
	absentees = 200
)

func (s Surface) nearest(ctx context.Context, in *nearestIn) (*nearestOut, error) {
	sc := api.Scope(ctx)
	to, err := s.place(ctx, sc, in)
	if err != nil {
		return nil, err
	}
	c := newCrew(s, sc, in.Skill)
	q := dispatch.Question{To: to, Now: s.Now(), Fresh: track.FreshFor, Limit: in.Limit}
	var answer dispatch.Answer
	if s.Positions.Len() <= everybody {
		answer, err = c.among(ctx, q)
	} else if answer, err = s.Fleet.Nearest(ctx, q, c.known); len(answer.Unranked) > leftOut {
		answer.Unranked = answer.Unranked[:leftOut]
	}
	if err != nil {
		return nil, err
	}
	out := &nearestOut{Body: []NearestPerson{}}
	for _, sug := range append(answer.Ranked, answer.Unranked...) {
		row := describe(sug, c.people[sug.Person], c.tasks[sug.Person])
		p := c.positions[sug.Person]
		row.AccuracyM, row.Fresh = p.AccuracyM, p.Fresh
		out.Body = append(out.Body, row)
	}
	others, err := c.leftOut(ctx, absentees)
	if err != nil {
		return nil, err
	}
	out.Body = append(out.Body, others...)
	return out, nil
}

func (s Surface) place(ctx context.Context, sc scope.Scope, in *nearestIn) (orb.Point, error) {
	if in.Customer != 0 {
		return s.Sites.Place(ctx, sc, in.Customer)
	}
	p := orb.Point{in.Lon, in.Lat}
	if p == (orb.Point{}) || !geo.Valid(p) {
		return p, ErrPlace
	}
	return p, nil
}

func describe(s dispatch.Suggestion, who Person, task Task) NearestPerson {
	age := int(s.Age.Seconds())
	row := NearestPerson{PersonID: s.Person, Name: who.Name, TeamName: who.Team, Phone: who.Phone,
		ColorIndex: who.ColorIndex, Position: &s.Position, FixAt: &s.At, FixAgeS: &age,
		Task: task.Customer, AtCustomer: task.At, StopsLeft: task.Left}
	if s.Rank > 0 {
		row.Rank = &s.Rank
	} else {
		row.Reason = &s.Why
	}
	if s.Why == dispatch.Unreachable || s.Why == dispatch.OffRoad {
		return row
	}
	seconds := func(d time.Duration) *int { n := int(d.Seconds()); return &n }
	meters := int(s.Distance)
	row.DriveS, row.DistanceM = seconds(s.Drive), &meters
	if s.Why == dispatch.Stale {
		row.EarliestS, row.LatestS = seconds(s.Earliest), seconds(s.Latest)
		return row
	}
	row.DurationS = seconds(s.ETA)
	return row
}
