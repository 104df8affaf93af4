package tilesapi

import (
	"context"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/tiles/site"
)

// MapSite is a place of the company that its maps show.
type MapSite struct {
	Code     string    `json:"code" example:"WH-1" doc:"The company's own"`
	Name     string    `json:"name" example:"North store"`
	Kind     site.Kind `json:"kind" enum:"warehouse,office"`
	Position orb.Point `json:"position"`
}

type (
	sitesOut struct {
		Body struct {
			Items []MapSite `json:"items"`
		}
	}
	siteIn struct {
		Code string `path:"code" maxLength:"40" example:"WH-1"`
	}
	putSiteIn struct {
		Code string `path:"code" maxLength:"40" example:"WH-1"`
		Body struct {
			Name     string    `json:"name" minLength:"1" maxLength:"100"`
			Kind     site.Kind `json:"kind" enum:"warehouse,office"`
			Position orb.Point `json:"position" doc:"Longitude and latitude, WGS-84"`
		}
	}
)

// sites registers the places of the company.
func (s Surface) sites(a *api.API) {
	tags := []string{"Map"}
	api.Get(a, "/v1/map/sites", api.Op{
		ID: "list-sites", Summary: "List the warehouses and offices of the company", Tags: tags,
		Description: "The layers warehouses and offices draw them.", Perm: api.SignedIn,
	}, s.listSites)
	api.Put(a, "/v1/map/sites/{code}", api.Op{
		ID: "set-site", Summary: "Add or change a warehouse or an office", Tags: tags,
		Perm: business.SettingsWrite, Problems: []*fail.Error{site.ErrInvalid, site.ErrTooMany},
	}, s.setSite)
	api.Delete(a, "/v1/map/sites/{code}", api.Op{
		ID: "remove-site", Summary: "Take a warehouse or an office off the maps", Tags: tags,
		Perm: business.SettingsWrite, Problems: []*fail.Error{site.ErrNoSite},
	}, s.removeSite)
}

func (s Surface) listSites(ctx context.Context, _ *struct{}) (*sitesOut, error) {
	all, err := s.Sites.Sites(ctx)
	if err != nil {
		return nil, err
	}
	out := &sitesOut{}
	out.Body.Items = make([]MapSite, len(all))
	for i, x := range all {
		out.Body.Items[i] = MapSite(x)
	}
	return out, nil
}

func (s Surface) setSite(ctx context.Context, in *putSiteIn) (*sitesOut, error) {
	err := s.Sites.Set(ctx, int64(api.Actor(ctx).Person),
		site.Site{Code: in.Code, Name: in.Body.Name, Kind: in.Body.Kind, Position: in.Body.Position})
	if err != nil {
		return nil, err
	}
	return s.listSites(ctx, nil)
}

func (s Surface) removeSite(ctx context.Context, in *siteIn) (*sitesOut, error) {
	if err := s.Sites.Remove(ctx, int64(api.Actor(ctx).Person), in.Code); err != nil {
		return nil, err
	}
	return s.listSites(ctx, nil)
}
