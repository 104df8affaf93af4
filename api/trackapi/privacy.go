package trackapi

import (
	"context"
	"encoding/json"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/track"
	"beatplan/internal/fail"
)

// Reading is one look at somebody's positions, or another thing done with them.
type Reading struct {
	ID     int64           `json:"id"`
	At     time.Time       `json:"at"`
	Person int64           `json:"person_id" doc:"Who did it; 0 is the system"`
	Name   string          `json:"name"`
	Action string          `json:"action" example:"track.track.read"`
	About  json.RawMessage `json:"about" doc:"What it was about, e.g. from and to"`
}

func (s Surface) mountPrivacy(a *api.API) {
	tags := []string{"Positions"}
	api.Get(a, "/v1/me/consent", api.Op{
		ID: "get-own-consent", Summary: "Say whether one agreed to being located", Tags: tags,
		Perm: api.SignedIn,
	}, s.consent)
	api.Put(a, "/v1/me/consent", api.Op{
		ID: "decide-own-consent", Summary: "Agree to being located on duty, or take it back",
		Description: "Without consent no fix is stored. Taking it back acts at once; what was recorded " +
			"before stays until it expires or is erased.",
		Tags: tags, Perm: api.SignedIn, Problems: []*fail.Error{track.ErrVersion},
	}, s.decide)
	api.Get(a, "/v1/me/track-readings", api.Op{
		ID: "list-own-track-readings", Summary: "List who looked at one's positions, the newest first",
		Tags: tags, Perm: api.SignedIn,
	}, s.readings)
	api.Delete(a, "/v1/people/{person}/positions", api.Op{
		ID: "erase-positions", Summary: "Erase everything known of where a person was", Status: 204,
		Description: "Fixes, lines, duties, last position and consent; the audit trail keeps who erased them.",
		Tags:        tags, Perm: business.PeopleWrite, Problems: []*fail.Error{track.ErrNotFound},
	}, s.erase)
}

// ConsentOut is one's decision about being located.
type ConsentOut struct {
	Given   bool       `json:"given"`
	Version int        `json:"version" doc:"Of the words that one decided on last; 0: never"`
	Current int        `json:"current" doc:"Version of the present words"`
	At      *time.Time `json:"at"`
	KeptFor int        `json:"kept_days" doc:"How long positions are kept"`
}

type consentOut struct{ Body ConsentOut }

func (s Surface) consent(ctx context.Context, _ *struct{}) (*consentOut, error) {
	c, err := s.Track.Consent(ctx, int64(api.Actor(ctx).Person))
	if err != nil {
		return nil, err
	}
	return &consentOut{ConsentOut{Given: c.Given, Version: c.Version,
		Current: track.ConsentVersion, At: c.At, KeptFor: int(s.Keep.Hours() / 24)}}, nil
}

type decideIn struct {
	Body struct {
		Given   bool `json:"given"`
		Version int  `json:"version" doc:"Of the words that were shown"`
	}
}

func (s Surface) decide(ctx context.Context, in *decideIn) (*consentOut, error) {
	me := int64(api.Actor(ctx).Person)
	if err := s.Track.Decide(ctx, me, in.Body.Version, in.Body.Given); err != nil {
		return nil, err
	}
	return s.consent(ctx, nil)
}

type readingsIn struct {
	Before int64 `query:"before" doc:"Id of the last reading of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type readingsOut struct{ Body []Reading }

func (s Surface) readings(ctx context.Context, in *readingsIn) (*readingsOut, error) {
	list, err := s.Log.Readings(ctx, int64(api.Actor(ctx).Person), in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	return &readingsOut{list}, nil
}

type eraseIn struct {
	Person int64 `path:"person"`
}

func (s Surface) erase(ctx context.Context, in *eraseIn) (*struct{}, error) {
	if !api.Scope(ctx).Has(in.Person) {
		return nil, track.ErrNotFound
	}
	return nil, s.Track.Erase(ctx, int64(api.Actor(ctx).Person), in.Person)
}
