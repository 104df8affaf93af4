package geocode

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// nominatim asks a Nominatim server: /search and /reverse with format=jsonv2
// (nominatim.org/release-docs/latest/api). One question a second at the most.
type nominatim struct{ client }

// parts are the address of a place in Nominatim's words.
type parts struct {
	House   string `json:"house_number"`
	Road    string `json:"road"`
	City    string `json:"city"`
	Town    string `json:"town"`
	Village string `json:"village"`
	County  string `json:"county"`
}

// Find asks /search.
func (n *nominatim) Find(ctx context.Context, q Question) ([]Found, error) {
	var out []struct {
		Lat  string `json:"lat"`
		Lon  string `json:"lon"`
		Name string `json:"display_name"`
		Type string `json:"addresstype"`
	}
	query := url.Values{"q": {q.Text}, "format": {"jsonv2"},
		"limit": {strconv.Itoa(min(cmp.Or(q.Limit, mostAnswers), mostAnswers))}}
	if q.Language != "" {
		query.Set("accept-language", q.Language)
	}
	if err := n.ask(ctx, "/search", query, &out); err != nil {
		return nil, err
	}
	var found []Found
	for _, r := range out {
		lon, errX := strconv.ParseFloat(r.Lon, 64)
		lat, errY := strconv.ParseFloat(r.Lat, 64)
		if p := (orb.Point{lon, lat}); errX == nil && errY == nil && geo.Valid(p) {
			found = append(found, Found{r.Name, nominatimKind(r.Type), p, "nominatim"})
		}
	}
	return found, nil
}

// At asks /reverse.
func (n *nominatim) At(ctx context.Context, p orb.Point, language string) (Address, error) {
	var out struct {
		Error   string `json:"error"`
		Name    string `json:"display_name"`
		Address parts  `json:"address"`
	}
	query := url.Values{"format": {"jsonv2"}, "lon": {fmt.Sprintf("%.7f", p[0])},
		"lat": {fmt.Sprintf("%.7f", p[1])}}
	if language != "" {
		query.Set("accept-language", language)
	}
	if err := n.ask(ctx, "/reverse", query, &out); err != nil {
		return Address{}, err
	}
	if out.Error != "" || out.Name == "" {
		return Address{}, ErrUnknown
	}
	a := out.Address
	return Address{Line: out.Name, House: a.House, Street: a.Road,
		Place: cmp.Or(a.City, a.Town, a.Village, a.County), Source: "nominatim"}, nil
}

// nominatimKind is Nominatim's type of an address in our words.
func nominatimKind(kind string) string {
	switch kind {
	case "city", "town", "village":
		return kind
	case "house", "building", "place":
		return "house"
	case "road":
		return "street"
	case "country", "state", "region", "province", "county", "municipality":
		return "city"
	case "suburb", "hamlet", "neighbourhood", "quarter", "city_district", "district":
		return "village"
	}
	return "landmark"
}
