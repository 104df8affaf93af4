package style

import (
	"beatplan/geo/datum"
	"beatplan/tiles"
)

// Raster is a base layer of pictures from elsewhere.
type Raster struct {
	Name        string
	Tiles       []string // addresses with {x}, {y} and {z}
	Labels      []string // of a second layer with names; nil: none
	Scheme      string   // xyz or tms
	MaxZoom     int
	Attribution string
	Datum       datum.Datum // of the pictures
}

// RasterDocument is the style for MapLibre GL that shows pictures instead of the own
// basemap. Its metadata names the datum, in which everything drawn over it must be.
// The dark theme dims them. It fails with tiles.ErrNoStyle for an unknown theme.
func RasterDocument(theme string, r Raster) (map[string]any, error) {
	p, err := colours(theme)
	if err != nil {
		return nil, err
	}
	paint := object{}
	if theme == "dark" {
		paint = object{"raster-brightness-max": 0.62, "raster-saturation": -0.35}
	}
	source := func(addresses []string) object {
		return object{"type": "raster", "tiles": addresses, "tileSize": 256, "scheme": r.Scheme,
			"minzoom": 3, "maxzoom": r.MaxZoom, "attribution": r.Attribution}
	}
	sources := object{Source: source(r.Tiles)}
	layers := list{
		object{"id": "background", "type": "background", "paint": object{"background-color": p.land}},
		object{"id": "base", "type": "raster", "source": Source, "paint": paint},
	}
	if len(r.Labels) > 0 {
		sources["labels"] = source(r.Labels)
		layers = append(layers, object{"id": "base-labels", "type": "raster", "source": "labels", "paint": paint})
	}
	return object{
		"version": 8, "name": r.Name + " " + theme,
		"metadata": object{"beatplan:theme": theme, "beatplan:datum": string(r.Datum),
			"beatplan:attribution": tiles.Attribution},
		"sources": sources, "layers": layers,
	}, nil
}
