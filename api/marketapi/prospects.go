package marketapi

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo"
	"beatplan/territory/market"
)

type prospectsIn struct {
	api.PageQuery
	ProspectsFilter
}

// ProspectsFilter selects prospects; embed it.
type ProspectsFilter struct {
	Kind   string       `query:"kind" maxLength:"2000" doc:"Paths of kinds, separated by commas"`
	Person int64        `query:"person" minimum:"0" doc:"In this person's ground"`
	Cell   string       `query:"cell" maxLength:"20" doc:"In this H3 cell"`
	BBox   string       `query:"bbox" maxLength:"120" doc:"west,south,east,north"`
	Near   string       `query:"near" maxLength:"60" example:"-75.52,39.15" doc:"Longitude, latitude: the nearest first"`
	Within float64      `query:"within_m" minimum:"0" maximum:"200000" doc:"Metres of near; 0: 20 km"`
	Q      string       `query:"q" maxLength:"100" doc:"Every word in name or address"`
	State  market.State `query:"state" enum:"open,dismissed,taken" default:"open"`
}

func (in *ProspectsFilter) query() (market.ProspectQuery, error) {
	q := market.ProspectQuery{Kinds: listOf(in.Kind), Person: in.Person, Within: geo.Meters(in.Within),
		Q: in.Q, State: in.State}
	var err error
	if q.Cell, err = cellOf(in.Cell); err != nil {
		return q, err
	}
	if q.Box, err = boxOf(in.BBox); err != nil {
		return q, err
	}
	if in.Near != "" {
		v, err := numbers(in.Near, 2)
		if err != nil || !geo.Valid(orb.Point{v[0], v[1]}) {
			return q, api.ErrInvalid.WithField("query.near", "format", "Longitude and latitude.")
		}
		q.Near = &orb.Point{v[0], v[1]}
	}
	return q, nil
}

type prospectsOut struct{ Body api.Page[Prospect] }

func (s Surface) prospects(ctx context.Context, in *prospectsIn) (*prospectsOut, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	q.Limit = in.Limit
	if err := api.DecodeAfter(in.After, &q.After); err != nil {
		return nil, err
	}
	page, next, total, err := s.Service.Prospects(ctx, caller(ctx), q)
	if err != nil {
		return nil, err
	}
	after := ""
	if next != nil {
		if after, err = api.EncodeAfter(next); err != nil {
			return nil, err
		}
	}
	items := make([]Prospect, len(page))
	for i := range page {
		items[i] = prospectView(&page[i])
	}
	return &prospectsOut{api.NewPage(items, after, int64(total))}, nil
}

type (
	leadsIn struct {
		Body struct {
			IDs   []string `json:"ids" minItems:"1" maxItems:"200"`
			Owner int64    `json:"owner_id,omitempty" minimum:"0" doc:"0: whose ground each lies in"`
		}
	}
	outcomesOut struct{ Body []LeadOutcome }
)

func (s Surface) leads(ctx context.Context, in *leadsIn) (*outcomesOut, error) {
	made, err := s.Service.MakeLeads(ctx, caller(ctx), in.Body.IDs, in.Body.Owner)
	if err != nil {
		return nil, err
	}
	return &outcomesOut{outcomeViews(made)}, nil
}

type dismissIn struct {
	Body struct {
		ID     string `json:"id" minLength:"1" maxLength:"60"`
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (s Surface) dismiss(ctx context.Context, in *dismissIn) (*struct{}, error) {
	return nil, s.Service.Dismiss(ctx, caller(ctx), in.Body.ID, in.Body.Reason)
}

type restoreIn struct {
	ID string `path:"id" maxLength:"60"`
}

func (s Surface) restore(ctx context.Context, in *restoreIn) (*struct{}, error) {
	return nil, s.Service.Restore(ctx, caller(ctx), in.ID)
}

type alongIn struct {
	Person int64   `query:"person" required:"true" minimum:"1"`
	Date   string  `query:"date" required:"true" format:"date"`
	Within float64 `query:"within_m" minimum:"50" maximum:"10000" default:"500" doc:"Metres from the way"`
}

type alongOut struct{ Body []Prospect }

func (s Surface) along(ctx context.Context, in *alongIn) (*alongOut, error) {
	day, err := dayOf("query.date", in.Date)
	if err != nil {
		return nil, err
	}
	found, err := s.Service.Along(ctx, caller(ctx), in.Person, day.At(time.UTC, 0), geo.Meters(in.Within))
	if err != nil {
		return nil, err
	}
	out := &alongOut{Body: make([]Prospect, len(found))}
	for i := range found {
		out.Body[i] = prospectView(&found[i])
	}
	return out, nil
}

type offerIn struct {
	Body struct {
		Person int64    `json:"person_id" minimum:"1"`
		Date   string   `json:"date" format:"date"`
		IDs    []string `json:"ids" minItems:"1" maxItems:"50"`
	}
}

func (s Surface) offer(ctx context.Context, in *offerIn) (*outcomesOut, error) {
	day, err := dayOf("body.date", in.Body.Date)
	if err != nil {
		return nil, err
	}
	at := market.PersonDay{Person: in.Body.Person, Day: day.At(time.UTC, 0)}
	made, err := s.Service.OfferStops(ctx, caller(ctx), at, in.Body.IDs)
	if err != nil {
		return nil, err
	}
	return &outcomesOut{outcomeViews(made)}, nil
}

func dayOf(path, text string) (business.Date, error) {
	day, err := api.OptionalDate(path, text)
	if err == nil && day.IsZero() {
		err = api.ErrInvalid.WithField(path, "required", "A date like 2026-11-23.")
	}
	return day, err
}
