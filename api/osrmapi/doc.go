// Package osrmapi speaks the HTTP protocol of OSRM, version 1: route, table,
// nearest, match and trip, so that programs written for OSRM work unchanged. Errors
// are OSRM's codes and sentences, never problem documents; an unknown parameter is
// InvalidQuery.
//
// What differs:
//
//   - Hints are texts of our own. One of another map or profile is passed over, and
//     the coordinate is snapped anew, as OSRM does.
//   - exclude knows motorway, trunk and ferry, alone or together.
//   - trip answers all combinations of roundtrip, source and destination.
//   - Manoeuvres have OSRM's types and modifiers, but for use lane and roundabout turn;
//     lanes, destinations, exits and pronunciations are not told. Intersections list
//     the ways on, not the roads by which one may only come.
//   - language (a code, or else the header Accept-Language) is ours: it chooses the
//     language of maneuver.instruction, a sentence in English or Chinese.
//   - departure_time (RFC 3339) is ours: it chooses the speeds of that hour.
//
// Source: https://project-osrm.org/docs/v5.24.0/api/
package osrmapi
