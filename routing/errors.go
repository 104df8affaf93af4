package routing

import "beatplan/internal/fail"

// What a caller of routing can be told. Index, where given, is the place of
// the point among the points that were asked about.
var (
	// ErrBadPoint: not a longitude and latitude. Args: index, lon, lat, and
	// swapped (true when exchanging the two would make a valid point).
	ErrBadPoint = fail.New(fail.Malformed, "routing.bad_point",
		"This is not a longitude and latitude in degrees.")
	// ErrNoRegion: no imported region covers the point. Args: index, lon, lat.
	ErrNoRegion = fail.New(fail.Invalid, "routing.no_region",
		"There is no road map of this place. Import an extract that covers it.")
	// ErrNoRoadNear: the nearest usable road is farther than the limit.
	// Args: index, limit_m, and distance_m when a road is known at all.
	ErrNoRoadNear = fail.New(fail.Invalid, "routing.no_road_near",
		"There is no road near this point.")
	// ErrUnreachable: both ends are on roads, but no permitted way joins them.
	// Args: from and to, the indexes of the points.
	ErrUnreachable = fail.New(fail.Invalid, "routing.unreachable",
		"No road leads from the one point to the other.")
	// ErrTooMany: more points than the bound. Args: given, limit.
	ErrTooMany = fail.New(fail.TooLarge, "routing.too_many_points",
		"Too many points in one question.")
	// ErrFewPoints: a route needs at least two points.
	ErrFewPoints = fail.New(fail.Malformed, "routing.few_points",
		"A route needs at least two points.")
	// ErrUnknownRegion: no region of that id or name.
	ErrUnknownRegion = fail.New(fail.NotFound, "routing.unknown_region",
		"There is no such region.")
	// ErrUnknownProfile: no profile of that name comes with the program, the region was
	// imported without it, or the user's own cannot be read. Args: profile.
	ErrUnknownProfile = fail.New(fail.NotFound, "routing.unknown_profile",
		"There is no such means of travel here. Car, motorcycle, bicycle and foot can be imported.")
	// ErrUnknownCountry: not the form of a country's code. Args: country.
	ErrUnknownCountry = fail.New(fail.Invalid, "routing.unknown_country",
		"A country is named by its two capitals, such as GB.")
	// ErrUnknownVariant: no such hour class, or a class of road that cannot be
	// excluded. Args: hours or exclude.
	ErrUnknownVariant = fail.New(fail.Invalid, "routing.unknown_variant",
		"There are no speeds of that name, or that class of road cannot be excluded.")
	// ErrBrokenRegion: a region's files are damaged or of another version.
	// Args: region, and file where one is to blame.
	ErrBrokenRegion = fail.New(fail.Unavailable, "routing.broken_region",
		"The road map is damaged or was written by another version. Import the extract again.")
	// ErrBrokenExtract: the file that was to be imported cannot be read.
	ErrBrokenExtract = fail.New(fail.Invalid, "routing.broken_extract",
		"This file is not a complete OpenStreetMap extract.")
	// ErrNoRoads: the extract can be read but holds no usable road.
	ErrNoRoads = fail.New(fail.Invalid, "routing.no_roads",
		"The extract holds no road that a car may use.")
	// ErrImporting: another import into the same store is running.
	ErrImporting = fail.New(fail.Conflict, "routing.importing",
		"Another import is running. Try again when it has ended.")
)
