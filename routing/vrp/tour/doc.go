// Package tour orders the visits of one vehicle: a salesperson's day.
//
// The search is an iterated local search over Or-opt (segments of up to three
// stops, either way round), 2-opt, exchange, and insert, remove and replace for
// visits that may be left out. Each candidate costs O(1) by joining duration
// segments from prefix, middle and suffix; lateness is penalised by a price that
// adapts, as in Vidal et al. (2013), DOI 10.1016/j.cor.2012.07.018. With several
// windows a visit or with breaks the segments are a relaxation that filters, and
// the exact clock of package vrp decides.
//
// A day that is nothing but a round trip (no windows, no limits, the same both
// ways) is handed to package cycle.
//
// The search never ends on a route worse than the one it was handed.
package tour
