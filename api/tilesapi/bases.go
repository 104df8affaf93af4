package tilesapi

import (
	"context"
	"html"
	"net/http"
	"net/url"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/tiles/base"
	"beatplan/tiles/style"
)

// Base is a base layer of a map service.
type Base struct {
	Provider base.Provider `json:"provider" enum:"tianditu,amap,tencent,baidu"`
	Datum    string        `json:"datum" enum:"wgs84,gcj02,bd09" doc:"In which its map lies"`
	Enabled  bool          `json:"enabled"`
	Approval string        `json:"approval" doc:"Number of the approved map (审图号); empty: none is known"`
	Key      string        `json:"key,omitempty" doc:"The company's key; only for who may set it"`
	Template string        `json:"template,omitempty" doc:"Own address of the tiles; only for who may set it"`
}

type (
	basesOut struct {
		Body struct {
			Items []Base `json:"items"`
		}
	}
	putBaseIn struct {
		Provider base.Provider `path:"provider" maxLength:"20"`
		Body     struct {
			Enabled  bool   `json:"enabled"`
			Key      string `json:"key" maxLength:"500"`
			Template string `json:"template" maxLength:"500" doc:"With {x}, {y} and {z}, and {s}, {lang} and {key} at will; empty: the service's usual one"`
			Approval string `json:"approval" maxLength:"500"`
		}
	}
)

// bases registers the settings of base layers.
func (s Surface) bases(a *api.API) {
	tags := []string{"Map"}
	api.Get(a, "/v1/map/bases", api.Op{
		ID: "list-map-bases", Summary: "List the base layers of Chinese map services", Tags: tags,
		Perm: api.SignedIn,
		Description: "Who may not change settings sees those that are switched on, without key. A map of " +
			"another datum takes tiles of the company's layers with the parameter datum.",
	}, s.listBases)
	api.Put(a, "/v1/map/bases/{provider}", api.Op{
		ID: "set-map-base", Summary: "Set a base layer: key, address, approval number", Tags: tags,
		Perm: business.SettingsWrite, Problems: []*fail.Error{base.ErrInvalid, base.ErrNoLayer},
	}, s.setBase)
}

func (s Surface) listBases(ctx context.Context, _ *struct{}) (*basesOut, error) {
	all, err := s.Bases.Layers(ctx)
	if err != nil {
		return nil, err
	}
	out := &basesOut{}
	out.Body.Items = []Base{}
	sets := api.CallerOf(ctx).May(business.SettingsWrite)
	for _, l := range all {
		if !l.Enabled && !sets {
			continue
		}
		b := Base{Provider: l.Provider, Datum: string(base.KindOf(l.Provider).Datum),
			Enabled: l.Enabled, Approval: l.Approval}
		if sets {
			b.Key, b.Template = l.Key, l.Template
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

func (s Surface) setBase(ctx context.Context, in *putBaseIn) (*basesOut, error) {
	err := s.Bases.Set(ctx, int64(api.Actor(ctx).Person), base.Layer{
		Provider: in.Provider, Enabled: in.Body.Enabled, Key: in.Body.Key,
		Template: in.Body.Template, Approval: in.Body.Approval,
	})
	if err != nil {
		return nil, err
	}
	return s.listBases(ctx, nil)
}

// bd09m is the protocol under which the web client redraws Baidu's tiles.
const bd09m = "bd09m://"

// raster is the style document over a service's map.
func (s Surface) raster(r *http.Request, theme string, p base.Provider) (any, error) {
	if s.Bases == nil {
		return nil, base.ErrNoLayer.With("provider", p)
	}
	l, err := s.Bases.Layer(r.Context(), p)
	if err != nil {
		return nil, err
	}
	k := base.KindOf(p)
	addresses, labels := l.Addresses(r.URL.Query().Get("lang"))
	scheme := string(k.Scheme)
	if l.Template != "" && k.Scheme == base.TMS {
		scheme = string(base.XYZ) // an own address numbers tiles as everybody does
	}
	if k.Scheme == base.BD09M {
		scheme = string(base.XYZ)
		for i, a := range addresses {
			addresses[i] = bd09m + "{z}/{x}/{y}/" + url.QueryEscape(a)
		}
	}
	credit := html.EscapeString(k.Attribution)
	if l.Approval != "" {
		credit += " · 审图号 " + html.EscapeString(l.Approval)
	}
	return style.RasterDocument(theme, style.Raster{
		Name: string(p), Tiles: addresses, Labels: labels, Scheme: scheme, MaxZoom: k.MaxZoom,
		Attribution: credit, Datum: k.Datum,
	})
}
