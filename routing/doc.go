// Package routing says how to get there: on which roads, how long, how far.
//
// # Data flow
//
//	extract.osm.pbf ── geo/osm ──> roads and restrictions
//	                                    │  routing/network: profile, compression,
//	                                    │  turns, segment index
//	                                    v
//	                  states and turns, geometry, names
//	                                    │  routing/path: order, contraction,
//	                                    │  customisation
//	                                    v
//	            regions/<hash>/car.net  (one mapped file)
//	                                    │
//	   points ── Snap ──> snaps ── Route, Matrix ──> legs, seconds and metres
//	   fixes ── routing/match ──> roads that were driven
//
// An [Engine] answers for one region, [Roads] for all regions of a [Store],
// choosing by where the points lie. Both are safe for concurrent use.
//
// Times are exact: the fastest path under the profile's integer costs
// (milliseconds, then centimetres among equals), turn costs and restrictions
// included. There is no traffic in them.
package routing
