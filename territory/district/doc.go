// Package district deals units (customers, cells) out to people: territories of
// even load that are compact, in one piece, and near what is so today.
//
// [Solve] goes from the whole to the parts. Straight cuts with loads in
// proportion ([Bisect]) give a start; neighbouring pairs are merged and split
// again along the line between their centres; prices on the people (a power
// diagram, the dual of a transport problem) polish the whole; stray pieces are
// joined to their neighbours, loads are evened along the borders by diffusion,
// and a local search of moves and swaps works in the travel cost of the caller,
// with a price on everything that leaves its person of today. No step breaks a
// lock, a forbidden pair or the disruption budget.
//
// Beside the plan stands a lower bound: the transport relaxation for the plan's
// centres, in which units may be split and pieces may lie apart. It is computed
// from its dual, so it is a bound whatever the prices are; the gap is the most
// that a better plan around the same centres could save.
//
// Everything is deterministic: the same problem and seed give the same bytes.
package district
