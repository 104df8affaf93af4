// Package warnings says which customers and which salespeople wait too long, and
// is the only source of the list of customers that are due for a visit.
//
// # Clocks
//
// For every customer and each of three kinds (not visited, not ordered, not sold)
// a clock runs from the day of the last event, or, when there was none, from the
// day on which its owner got the customer. The clock's threshold is in days. On a
// day as_of the customer is
//
//	due      when as_of ≥ started + threshold
//	overdue  when as_of > started + threshold, by as_of − started − threshold days
//
// so with a threshold of 7 a customer is not listed after 7 days, and overdue by 1
// after 8. Whether a clock is overdue follows from the day on which one looks: a
// warning appears by itself, and disappears with the event that restarts the
// clock, in that event's transaction ([Service.Refresh]).
//
// The visit clock's threshold is the customer's own visit interval where it has
// one. Else, and for the other kinds, the rule's threshold for the customer's
// kind, level, or in general, in this order; without any there is no clock. By the same
// rule a customer's card says when the next visit is due ([Service.VisitEvery]) and a
// day's plan takes who is due ([Service.Due]). Switching a kind off silences its
// warnings; the clock of visits goes on for whoever plans.
//
// # People
//
// A salesperson is warned about when the working days since their own last valid
// visit, order or sale exceed the rule's threshold; who never made one counts from
// the start of their duty. Working days are the rule's days of the week but for what
// the company's calendar, or the person's own, says of a day: a holiday, leave, a
// Saturday that is worked. Each figure stands beside the mean over all active
// salespeople within the caller's scope, zeros included.
//
// # Promises
//
//   - A list's length equals its count, and both equal what the rule says of every
//     single customer.
//   - A caller sees the customers of owners within their scope, those that others share
//     with them, and no others.
//   - [Service.Rebuild] makes of all customers what [Service.Refresh] made of each.
package warnings
