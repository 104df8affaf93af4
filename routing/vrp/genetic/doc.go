// Package genetic improves plans by a hybrid genetic search (Vidal, 2022, DOI
// 10.1016/j.cor.2021.105643): a small population of feasible and infeasible plans
// is recombined by selective route exchange (Nagata and Kobayashi, 2010), and every
// child is educated by a local search over granular neighbourhoods, in which
// lateness and overload are allowed at a price that adapts.
//
// It knows the plain part of the model only: one means of transport, required
// visits with at most one window, one dimension of deliveries, vehicles with their
// own ends, shifts, capacities, fixed costs and longest duty. Package search decides
// when it applies, and hands over flat arrays.
//
// A [Search] is one population and runs on one thread; same input, seed and number
// of generations give the same plans.
package genetic
