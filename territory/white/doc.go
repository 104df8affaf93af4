// Package white measures where nobody sells.
//
// The ground is cut into H3 cells. A cell has a potential, in points (one point is
// what an ordinary shop is worth), the number of active customers, and what they
// buy. Each is smoothed: what stands in a cell counts there and, less, in the rings
// around it. White space is where there is potential and too few customers for it:
//
//	P > 0  and  A < threshold × P
//
// Everything that a [Grid] adds up is a whole number that every share divides, so
// that adding and taking away again leaves exactly what was there before, in any
// order, and a change touches its own cell and the rings around it and nothing else.
//
// [Similarity] and [Matcher] say which shop on the map is a customer already;
// [Draw] says what part of a place's demand goes to shops of ours (Huff 1964).
package white
