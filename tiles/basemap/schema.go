package basemap

import "beatplan/tiles"

const (
	// MinZoom is the shallowest zoom that is drawn.
	MinZoom = 4
	// MaxZoom is the deepest; one unit of its tiles is 0.6 m at the equator.
	MaxZoom = 14
)

// version of the drawing: part of the archive's metadata, to be raised when the
// schema or the rules below change.
const version = "1"

// The layers, in the order in which they stand in a tile.
const (
	layerWater = iota
	layerLand
	layerWaterway
	layerBuilding
	layerAeroway
	layerRoad
	layerRail
	layerBoundary
	layerRoadName
	layerWaterName
	layerPlace
	layerPOI
	layerHouse
	layerCount
)

// Schema lists the vector layers of a basemap tile with their attributes.
// Wherever there is a name, name_en and name_zh stand beside it when they
// differ.
func Schema() []tiles.VectorLayer {
	name := func(fields map[string]string) map[string]string {
		fields["name"] = "String. As written on the ground"
		fields["name_en"] = "String. English, when different"
		fields["name_zh"] = "String. Simplified Chinese, when different"
		return fields
	}
	layer := func(id, text string, from int, fields map[string]string) tiles.VectorLayer {
		return tiles.VectorLayer{
			ID: id, Description: text, MinZoom: from, MaxZoom: MaxZoom, Fields: fields,
		}
	}
	return []tiles.VectorLayer{
		layerWater: layer("water", "Sea, lakes, rivers wide enough for an area", MinZoom,
			map[string]string{"class": "sea, lake, river, basin, pool",
				"margin": "Number. Sea beyond the extract, guessed; 1 is nearest"}),
		layerLand: layer("land", "Land use, vegetation and parks", 5,
			map[string]string{"class": "wood, scrub, grass, park, pitch, farmland, residential, " +
				"commercial, industrial, school, hospital, cemetery, wetland, sand, rock, ice, " +
				"parking, plaza, pier, airport, apron, runway"}),
		layerWaterway: layer("waterway", "Rivers and streams as lines", 7,
			name(map[string]string{"class": "river, canal, stream, ditch"})),
		layerBuilding: layer("building", "Roofs", 13, map[string]string{}),
		layerAeroway: layer("aeroway", "Runways and taxiways as lines", 10,
			map[string]string{"class": "runway, taxiway"}),
		layerRoad: layer("road", "Roads, streets and paths", MinZoom, map[string]string{
			"class":  "motorway, trunk, primary, secondary, tertiary, minor, service, plaza, track, path",
			"link":   "Boolean. Ramp or slip road",
			"bridge": "Boolean, from zoom 12", "tunnel": "Boolean, from zoom 12",
			"oneway": "Number. 1 along the line, -1 against it; at zoom 14",
			"minor":  "Boolean. Driveway or parking aisle; at zoom 14",
		}),
		layerRail: layer("rail", "Railways", 8,
			map[string]string{"class": "rail, siding, tram, subway, ferry", "tunnel": "Boolean"}),
		layerBoundary: layer("boundary", "Administrative boundaries below the nation", MinZoom,
			map[string]string{"level": "Number. 3 to 8 as in OpenStreetMap"}),
		layerRoadName: layer("road_name", "Names and numbers along roads", 8,
			name(map[string]string{"class": "as road", "ref": "String. Road number"})),
		layerWaterName: layer("water_name", "Names of lakes and bays", 8,
			name(map[string]string{"class": "lake, bay"})),
		layerPlace: layer("place", "Cities, towns, villages and their parts", MinZoom,
			name(map[string]string{
				"class":   "city, town, village, suburb, neighbourhood, hamlet, locality, island",
				"rank":    "Number. 1 is the most important; for sorting and size",
				"capital": "Number. Administrative level it is the capital of"})),
		layerPOI: layer("poi", "Landmarks by which people find their way", 11,
			name(map[string]string{
				"class": "school, hospital, park, transport, airport, civic, worship, culture, " +
					"shopping, nature, cemetery", "rank": "Number. 1 is the most important"})),
		layerHouse: layer("house", "House numbers", MaxZoom,
			map[string]string{"number": "String"}),
	}
}
