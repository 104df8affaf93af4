// Package territory says who covers what.
//
// It holds the first step of a territory plan: [Bisect] deals units (customers
// with a workload) out to areas of equal load, compact and without overlap. The
// demo company's areas are made by it. Scenarios, contiguity, locks and white
// space build on this start and are not here yet.
package territory
