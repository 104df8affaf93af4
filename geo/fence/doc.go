// Package fence says when somebody came into a place and when they left it.
//
// A fence is a circle around a customer's site or the area of a territory. Whoever is
// inside has entered; they have left when they are outside by more than [Margin], so
// that a receiver's noise at the edge makes no event. Events are a function of a
// person's fixes in the order of the device's time and of nothing else: [State] keeps
// where the last of them left off, fixes that are not later than that change nothing,
// and so neither a replay nor a late buffer makes an event.
package fence
