package trackapi

import (
	"context"
	"time"

	"beatplan/api"
	"beatplan/geo/fence"
	"beatplan/geo/track"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Places names what fences stand for: customers within the scope, and the people whose
// territories they are.
type Places interface {
	Names(ctx context.Context, sc scope.Scope, fences []fence.Key) (map[fence.Key]string, error)
}

func (s Surface) mountCrossings(a *api.API) {
	api.Get(a, "/v1/crossings/{person}/{date}", api.Op{
		ID: "list-crossings", Summary: "List when a person came to customers' sites and territories and left",
		Description: "In the order of the device's time. Who is inside has entered; who is outside by more " +
			"than 40 m has left. Fixes that come late, or again, make no event. One's own need no " +
			"permission; reading others' needs tracks.read and stands in the audit trail.",
		Tags: []string{"Positions"}, Perm: api.SignedIn, Sensitive: true,
		Problems: []*fail.Error{track.ErrNotFound, ErrDate, api.ErrDenied},
	}, s.crossings)
}

// CrossingOut is one coming or leaving.
type CrossingOut struct {
	At      time.Time `json:"at" doc:"The device's time"`
	Entered bool      `json:"entered" doc:"False: left"`
	Kind    string    `json:"kind" enum:"site,territory"`
	ID      int64     `json:"id" doc:"Of the customer, or of the area"`
	Name    string    `json:"name" doc:"Empty when the caller may not know"`
}

type crossingsOut struct{ Body []CrossingOut }

func (s Surface) crossings(ctx context.Context, in *trackIn) (*crossingsOut, error) {
	on, by, err := in.asked(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Track.Crossings(ctx, by, in.Person, on.At(s.Zone, 0), on.Add(1).At(s.Zone, 0))
	if err != nil {
		return nil, err
	}
	keys := make([]fence.Key, len(all))
	for i, c := range all {
		keys[i] = c.Fence
	}
	names, err := s.Places.Names(ctx, api.Scope(ctx), keys)
	if err != nil {
		return nil, err
	}
	out := &crossingsOut{Body: []CrossingOut{}}
	for _, c := range all {
		kind := "site"
		if c.Fence.Kind() == fence.Territory {
			kind = "territory"
		}
		out.Body = append(out.Body, CrossingOut{c.At.UTC(), c.Entered, kind, c.Fence.ID(), names[c.Fence]})
	}
	return out, nil
}
