package localpg

import "beatplan/internal/fail"

// What can keep a private server from starting.
var (
	ErrNotInstalled = fail.New(fail.Unavailable, "localpg.not_installed",
		"PostgreSQL with PostGIS is not installed; on Debian: apt-get install postgresql-15-postgis-3")
	ErrInUse = fail.New(fail.Conflict, "localpg.in_use",
		"Another Beatplan is running with this data folder.")
	ErrNotRunning = fail.New(fail.Unavailable, "localpg.not_running",
		"No Beatplan is running with this data folder.")
	ErrNoUser = fail.New(fail.Unavailable, "localpg.no_user",
		"PostgreSQL refuses to run as root and there is no user named postgres.")
	ErrOtherVersion = fail.New(fail.Unavailable, "localpg.other_version",
		"The data folder was made by another version of PostgreSQL.")
)
