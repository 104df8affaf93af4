// Package vrp states vehicle routing problems with time windows as field sales
// meets them, and their solutions.
//
// A [Problem] has people ([Vehicle]) with a shift, breaks and limits, and
// visits ([Visit]) with service times and windows in which they must start and
// end. Times are whole seconds from an origin that the caller chooses,
// distances whole metres, costs whole units; sums stay below 2⁵³.
//
// [Schedule] times one route exactly: among all choices of departure, windows
// and places of the breaks it takes the shortest duty, then the earliest.
//
// Sub-packages solve: tour a single person's day, search a fleet. Package check
// recomputes a solution without sharing any code with either.
package vrp
