package tiles

import "beatplan/internal/fail"

// The errors of this package. Package api/tilesapi answers them to map clients
// as plain HTTP statuses.
var (
	// ErrBadTile refuses an address outside the pyramid: zoom above [MaxZoom],
	// column or row beyond 2^zoom−1, or not a number.
	ErrBadTile = fail.New(fail.Malformed, "tiles.bad_tile",
		"There is no tile with this zoom, column and row.")
	// ErrNoLayer refuses a layer that nobody serves.
	ErrNoLayer = fail.New(fail.NotFound, "tiles.no_layer", "There is no such map layer.")
	// ErrNoArchive refuses the export of a layer or region without an archive. Args:
	// regions, those that there are.
	ErrNoArchive = fail.New(fail.NotFound, "tiles.no_archive",
		"There is no such map archive to export.")
	// ErrParameter refuses a parameter that the layer needs or cannot read. Args:
	// parameter.
	ErrParameter = fail.New(fail.Malformed, "tiles.bad_parameter",
		"The layer needs another value of this parameter.")
	// ErrDatum refuses a datum that is not known, or that the layer is not drawn in.
	ErrDatum = fail.New(fail.Malformed, "tiles.bad_datum",
		"The layer is not drawn in this datum: ask for wgs84, gcj02 or bd09.")
	// ErrNoStyle refuses a style other than light, dark and print.
	ErrNoStyle = fail.New(fail.NotFound, "tiles.no_style", "There is no such map style.")
	// ErrNothingToPack refuses an archive in which there would be nothing.
	ErrNothingToPack = fail.New(fail.NotFound, "tiles.nothing_to_pack",
		"Nothing of this layer lies there.")
	// ErrTooManyTiles refuses an archive that would be too large. Args: most.
	ErrTooManyTiles = fail.New(fail.Invalid, "tiles.too_many_tiles",
		"The archive would hold too many tiles: choose a smaller box or a smaller zoom.")
	// ErrUnreadable says that a map archive on disk is broken or unreadable.
	ErrUnreadable = fail.New(fail.Unavailable, "tiles.unreadable",
		"The map archive cannot be read. Import the region again.")
)
