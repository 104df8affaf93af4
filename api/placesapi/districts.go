package placesapi

import (
	"context"

	"github.com/paulmach/orb"

	"beatplan/geo/gazetteer"
)

type districtsIn struct {
	Level int    `query:"level" minimum:"0" maximum:"9" doc:"2 nation, 4 state, 6 county …; 0: none"`
	Lang  string `query:"lang" enum:"zh,en" doc:"Language of the names; as on the ground if absent"`
}

type (
	// Districts is a GeoJSON feature collection with the levels that there are.
	Districts struct {
		Type     string     `json:"type" enum:"FeatureCollection"`
		Levels   []int      `json:"levels"`
		Features []District `json:"features"`
	}
	// District is one administrative area.
	District struct {
		Type       string             `json:"type" enum:"Feature"`
		ID         int64              `json:"id"`
		Geometry   DistrictShape      `json:"geometry"`
		Properties DistrictProperties `json:"properties"`
	}
	// DistrictShape is a GeoJSON multipolygon, longitude first.
	DistrictShape struct {
		Type        string           `json:"type" enum:"MultiPolygon"`
		Coordinates orb.MultiPolygon `json:"coordinates"`
	}
	// DistrictProperties name the area.
	DistrictProperties struct {
		Level int    `json:"level"`
		Name  string `json:"name"`
	}
	districtsOut struct{ Body Districts }
)

func (s Surface) districts(_ context.Context, in *districtsIn) (*districtsOut, error) {
	all := s.Atlas.Districts(in.Lang)
	out := Districts{Type: "FeatureCollection", Features: []District{},
		Levels: append([]int{}, gazetteer.Levels(all)...)}
	for _, d := range all {
		if d.Level != in.Level {
			continue
		}
		out.Features = append(out.Features, District{Type: "Feature", ID: d.ID,
			Geometry:   DistrictShape{"MultiPolygon", d.Shape},
			Properties: DistrictProperties{d.Level, d.Name}})
	}
	return &districtsOut{out}, nil
}
