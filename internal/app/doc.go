// Package app composes one company's server: it opens the database and the
// stream, gives every module its neighbours and mounts the API. It is the one
// place that sees everything; it holds thin adapters and decides nothing.
//
//	Database ─ migrations ─ db ─┬─ events ─ jobs
//	                            ├─ stream ─ track
//	regions ─ roads ─ planner ──┼─ identity, crm, visits, warnings …
//	                            └─ api ─ server
//
// What was opened last is closed first.
package app
