// Package track takes GPS fixes in and gives trajectories out.
//
// A fix is recorded only while its person is on duty: a punch opens and closes
// the duty, and what falls outside is discarded and counted, never stored.
// [Service.Record] returns when the fixes are durable in the stream; a consumer
// writes them to PostGIS in batches and keeps the last position of everybody.
// A fix is known by person and device time, so that a replay adds nothing and a
// late fix lands in its place.
//
//	device ── Record ──▶ duty? ──▶ stream (durable) ──▶ Store ──▶ track.fix, track.last
//	                      │no                             └─────▶ live index, notices
//	                      └──▶ discarded, counted
package track
