package geocode

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/datum"
)

// amap asks the web service of AMap: /v3/geocode/geo and /v3/geocode/regeo
// (lbs.amap.com/api/webservice/guide/api/georegeo).
type amap struct {
	client
	key string
}

// text is a word of AMap, which writes an empty one as an empty list.
type text string

// UnmarshalJSON reads a word, or nothing.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	}
	return nil
}

// verdict begins every answer of AMap.
type verdict struct {
	Status   text `json:"status"` // "1": well
	Info     text `json:"info"`
	Infocode text `json:"infocode"`
}

func (v verdict) err() error {
	if v.Status == "1" {
		return nil
	}
	return fmt.Errorf("%w: %s %s", ErrRefused, v.Infocode, v.Info)
}

// Find asks /v3/geocode/geo.
func (a *amap) Find(ctx context.Context, q Question) ([]Found, error) {
	var out struct {
		verdict
		Geocodes []struct {
			Address  text `json:"formatted_address"`
			Location text `json:"location"`
			Level    text `json:"level"`
		} `json:"geocodes"`
	}
	err := a.ask(ctx, "/v3/geocode/geo", url.Values{
		"key": {a.key}, "address": {q.Text}, "output": {"JSON"},
	}, &out)
	if err != nil {
		return nil, err
	}
	if out.Infocode == "30001" { // ENGINE_RESPONSE_DATA_ERROR: no such address
		return nil, nil
	}
	if err := out.err(); err != nil {
		return nil, err
	}
	var found []Found
	for _, g := range out.Geocodes {
		p, ok := amapPoint(string(g.Location))
		if ok && len(found) < mostAnswers {
			found = append(found, Found{string(g.Address), amapKind(string(g.Level)), p, "amap"})
		}
	}
	return found, nil
}

// At asks /v3/geocode/regeo.
func (a *amap) At(ctx context.Context, p orb.Point, _ string) (Address, error) {
	var out struct {
		verdict
		Regeocode struct {
			Address   text `json:"formatted_address"`
			Component struct {
				Province     text `json:"province"`
				City         text `json:"city"` // empty in the four municipalities
				District     text `json:"district"`
				StreetNumber struct {
					Street text `json:"street"`
					Number text `json:"number"`
				} `json:"streetNumber"`
			} `json:"addressComponent"`
		} `json:"regeocode"`
	}
	g := datum.Convert(p, datum.WGS84, datum.GCJ02)
	err := a.ask(ctx, "/v3/geocode/regeo", url.Values{
		"key": {a.key}, "output": {"JSON"}, "extensions": {"base"},
		"location": {fmt.Sprintf("%.6f,%.6f", g[0], g[1])},
	}, &out)
	if err == nil {
		err = out.err()
	}
	if err != nil {
		return Address{}, err
	}
	r, c := out.Regeocode, out.Regeocode.Component
	if r.Address == "" {
		return Address{}, ErrUnknown
	}
	place := c.District
	for _, name := range []text{c.City, c.Province} {
		if place == "" {
			place = name
		}
	}
	return Address{Line: string(r.Address), House: string(c.StreetNumber.Number),
		Street: string(c.StreetNumber.Street), Place: string(place), Source: "amap"}, nil
}

// amapPoint reads "longitude,latitude" in GCJ-02.
func amapPoint(location string) (orb.Point, bool) {
	lon, lat, _ := strings.Cut(location, ",")
	x, errX := strconv.ParseFloat(lon, 64)
	y, errY := strconv.ParseFloat(lat, 64)
	p := orb.Point{x, y}
	if errX != nil || errY != nil || !geo.Valid(p) {
		return p, false
	}
	return datum.Convert(p, datum.GCJ02, datum.WGS84), true
}

// amapKind is AMap's level in our words.
func amapKind(level string) string {
	switch level {
	case "门牌号", "单元号", "楼栋号":
		return "house"
	case "道路", "道路交叉路口":
		return "street"
	case "国家", "省", "市":
		return "city"
	case "区县", "开发区":
		return "town"
	case "乡镇", "村庄", "热点商圈":
		return "village"
	}
	return "landmark"
}
