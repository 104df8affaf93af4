// Package placesapi answers where a named place is and what is at a point, from
// the gazetteers of the imported regions (geo/gazetteer), and failing that from a
// geocoding service that the operator has named (geo/geocode).
//
//	GET /v1/places?q=        settlements, streets, houses, landmarks by words
//	GET /v1/places/at?lon&lat  house, street, town and districts of a point
//	GET /v1/districts?level=   administrative areas as GeoJSON
package placesapi

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/geo"
	"beatplan/geo/gazetteer"
	"beatplan/geo/geocode"
	"beatplan/internal/fail"
)

// Surface holds what the operations need. Atlas is required.
type Surface struct {
	Atlas *gazetteer.Atlas
	Other geocode.Service  // asked for what the atlas does not know; nil: nobody
	Log   *slog.Logger     // required with Other
	Now   func() time.Time // required with Other

	turns *turns
}

// ErrNothing is the refusal of a point of which nothing is known.
var ErrNothing = fail.New(fail.NotFound, "places.nothing_known",
	"Nothing is known of this point. Import an extract that covers it.")

// Mount registers the operations.
func Mount(a *api.API, s Surface) {
	s.turns = &turns{now: s.Now}
	api.Get(a, "/v1/places", api.Op{
		ID: "search-places", Summary: "Find settlements, streets, houses and landmarks by words",
		Description: "Every word must begin a word of the name or of its surroundings. With near, " +
			"what is near comes first among equals. What no imported map knows is asked of the service " +
			"that the operator has named, if any (source says whose answer it is).",
		Tags: []string{"Places"}, Perm: api.SignedIn, Problems: []*fail.Error{ErrTooMany},
	}, s.search)
	api.Get(a, "/v1/places/at", api.Op{
		ID: "get-place-at", Summary: "Say what is at a point: house, street, town, districts",
		Tags: []string{"Places"}, Perm: api.SignedIn, Problems: []*fail.Error{ErrNothing, ErrTooMany},
	}, s.at)
	api.Get(a, "/v1/districts", api.Op{
		ID: "list-districts", Summary: "Draw the administrative areas of a level",
		Description: "From boundary=administrative in the imported extracts, outlines within 20 m. " +
			"Without a level, the levels that there are and no areas.",
		Tags: []string{"Places"}, Perm: api.SignedIn,
	}, s.districts)
}

type placesIn struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"100" example:"market st wilm"`
	Near  string `query:"near" maxLength:"42" example:"-75.54,39.74" doc:"Longitude,latitude"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10"`
	Lang  string `query:"lang" enum:"zh,en" doc:"Language of the names; as on the ground if absent"`
}

// FoundPlace is one answer of a search.
type FoundPlace struct {
	Kind     string    `json:"kind" enum:"city,town,village,landmark,business,street,house"`
	Title    string    `json:"title" example:"North Market Street"`
	Subtitle string    `json:"subtitle" example:"Wilmington, New Castle County, Delaware"`
	Position orb.Point `json:"position"`
	Source   string    `json:"source" enum:"map,amap,nominatim" doc:"Whose answer it is: the imported map's, or a service's"`
}

type placesOut struct {
	Body struct {
		Items []FoundPlace `json:"items"`
	}
}

func (s Surface) search(ctx context.Context, in *placesIn) (*placesOut, error) {
	q := gazetteer.Query{Text: in.Q, Language: in.Lang, Limit: in.Limit}
	if in.Near != "" {
		lon, lat, _ := strings.Cut(in.Near, ",")
		x, errX := strconv.ParseFloat(lon, 64)
		y, errY := strconv.ParseFloat(lat, 64)
		if p := (orb.Point{x, y}); errX == nil && errY == nil && geo.Valid(p) {
			q.Near = &p
		} else {
			return nil, api.ErrInvalid.
				WithField("query.near", "position", "Longitude and latitude in degrees.")
		}
	}
	out := &placesOut{}
	out.Body.Items = []FoundPlace{}
	for _, m := range s.Atlas.Search(q) {
		out.Body.Items = append(out.Body.Items,
			FoundPlace{m.Kind.String(), m.Title, m.Subtitle, m.Point, "map"})
	}
	if len(out.Body.Items) == 0 && s.Other != nil {
		if err := s.turns.take(api.Actor(ctx).Person); err != nil {
			return nil, err
		}
		out.Body.Items = s.elsewhere(ctx, in)
	}
	return out, nil
}

// elsewhere asks the service of others; one that does not answer has found nothing.
func (s Surface) elsewhere(ctx context.Context, in *placesIn) []FoundPlace {
	found, err := s.Other.Find(ctx, geocode.Question{Text: in.Q, Language: in.Lang, Limit: in.Limit})
	if err != nil {
		s.Log.WarnContext(ctx, "geocoding", "error", err)
	}
	out := []FoundPlace{}
	for _, f := range found[:min(len(found), in.Limit)] {
		out = append(out, FoundPlace{f.Kind, f.Title, "", f.Point, f.Source})
	}
	return out
}

type placeAtIn struct {
	Lon  float64 `query:"lon" required:"true" minimum:"-180" maximum:"180" example:"-75.5244"`
	Lat  float64 `query:"lat" required:"true" minimum:"-90" maximum:"90" example:"39.1582"`
	Lang string  `query:"lang" enum:"zh,en" doc:"Language of the names; as on the ground if absent"`
}

// PointAddress is what is at a point. Parts that are not known are empty.
type PointAddress struct {
	Line   string `json:"line" doc:"All of it in one line" example:"12 Main Street, Dover, Delaware"`
	House  string `json:"house" doc:"Number, of a house within 40 m"`
	Street string `json:"street" doc:"Name, of a street within 250 m"`
	Place  string `json:"place" doc:"The settlement"`
	Around string `json:"around" doc:"Settlement and districts, the smallest first"`
	OffM   int    `json:"off_m" doc:"Metres from the house or street"`
	Source string `json:"source" enum:"map,amap,nominatim" doc:"Whose answer it is"`
}

type placeAtOut struct{ Body PointAddress }

func (s Surface) at(ctx context.Context, in *placeAtIn) (*placeAtOut, error) {
	a := s.Atlas.Reverse(orb.Point{in.Lon, in.Lat}, in.Lang)
	if a.Known() {
		return &placeAtOut{PointAddress{a.Line(), a.House, a.Street, a.Place, a.Around,
			int(math.Round(float64(a.Off))), "map"}}, nil
	}
	if s.Other != nil {
		if err := s.turns.take(api.Actor(ctx).Person); err != nil {
			return nil, err
		}
		b, err := s.Other.At(ctx, orb.Point{in.Lon, in.Lat}, in.Lang)
		if err == nil {
			return &placeAtOut{PointAddress{Line: b.Line, House: b.House, Street: b.Street,
				Place: b.Place, Source: b.Source}}, nil
		}
		if !errors.Is(err, geocode.ErrUnknown) {
			s.Log.WarnContext(ctx, "geocoding", "error", err)
		}
	}
	return nil, ErrNothing.With("lon", in.Lon).With("lat", in.Lat)
}
