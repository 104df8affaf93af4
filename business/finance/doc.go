// Package finance keeps what customers owe and what they paid, in an append-only
// double-entry ledger of integer minor units.
//
//	goods-out note ──Issued──▶ item: open ──receipts──▶ paid
//	                              └──Reversed (nothing paid)──▶ reversed
//	receipt: posted ──Reverse──▶ reversed       (what it paid is open again)
//
// What is posted, debit first:
//
//	issue     receivables of the customer   /  sales, output tax
//	receipt   cash, bank, mobile payment    /  receivables of the customer
//	reversal  the same lines with the opposite sign, linked to the original
//
// Promises:
//
//   - Every journal has two lines or more, none of 0, and adds up to 0. Rows of
//     the journal are never changed or deleted; a correction is a reversal, and
//     nothing is reversed twice.
//   - A customer's balance is the receivables account of that customer: the open
//     amounts of the items less what receipts have left unallocated. A negative
//     balance is a prepayment and shown as such.
//   - Paying an item allocates and posts nothing: an item's allocations never
//     exceed its amount, a receipt's never its own. Taking one back restores both.
//   - A collection settles several documents, perhaps of several customers, all or
//     none: what was received is exactly what is ticked, each document up to what
//     is open, one receipt for each customer.
//   - The exposure of a customer is the balance plus what was confirmed and has not
//     gone out; an amount is in exactly one of the two. Both move under one lock,
//     so that of two orders that compete for the last credit one is held.
//   - Nothing is posted in a closed period, by whatever path.
//   - A report as of a day counts documents and allocations up to that day.
//   - Prove recomputes every figure that is kept from the journal.
package finance
