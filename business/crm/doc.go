// Package crm keeps the customers: who they are, where they are, who looks after
// them, when somebody last called and when somebody is due to call again.
//
// Promises:
//
//   - A customer's number is unique and never given twice, under any concurrency.
//   - No two customers of one name stand at one place ([Policy]); of concurrent
//     creates exactly one succeeds.
//   - Every command is one transaction that changes the customer, writes the
//     field-by-field history, and publishes a fact and a notice, or does nothing.
//     Replaying a command's key returns its first answer. An update names the
//     version it was made from; a stale one changes nothing.
//   - The owner's team is read through the owner. A customer without owner is
//     seen only by who sees everything. A row outside the scope does not exist.
//   - Last visit, last order and receivable belong to neighbours. They set them
//     through ports ([Service.VisitBecameValid]) inside their own transactions;
//     a late-coming older visit never moves the last visit back.
//   - The next visit is due VisitEveryDays, or without them as many days as the rule
//     for the customer's kind and level says ([Clocks]), after the last visit, or after
//     the day on which the owner got a customer that nobody has visited yet.
//   - One [Filter] serves list, count, facets, export and map. [Index] is the
//     same rows in memory, for the map: after a change is committed and its notice
//     has arrived it equals the database.
//
// Customers are never deleted. Archiving takes one out of every list and can be
// undone:
//
//	prospect ⇄ active ⇄ dormant ⇄ lost      (any order, by people or rules)
//	   any of them ──Archive──▶ archived ──Restore──▶ as before
package crm
