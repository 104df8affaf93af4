// Package track takes GPS fixes in and gives trajectories out.
//
// A fix is recorded only while its person is on duty and agrees to being located:
// a punch opens and closes the duty, [Service.Decide] gives the consent and takes
// it back. What falls outside is discarded and counted, never stored.
// [Service.Record] returns when the fixes are durable in the stream. From there
// every replica's [Live] index takes them, and one shared consumer writes them to
// PostGIS as compressed chunks. A fix is known by person and device time, so that
// a replay adds nothing and a late fix lands in its place.
//
//	device ── Record ──▶ duty and consent? ──▶ stream (durable) ──▶ Consume ──▶ track.chunk, track.last
//	                      │no                             └───────▶ Live, on every replica
//	                      └──▶ discarded, counted
package track
