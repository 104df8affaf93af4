// Package fulfilment sends out what was ordered.
//
//	order ──Ship (all or a part)──▶ goods-out note: posted ──Reverse──▶ reversed
//
// Promises:
//
//   - A note never holds more than is left of its order, under any concurrency:
//     the order decides, under its lock.
//   - Posting a note moves the order, the ledger and the customer's last sale in
//     one transaction; when one of them refuses, nothing has happened. The note is
//     a receivable from then on.
//   - A posted note never changes. A mistake is reversed as a whole, once, and only
//     as long as nothing was paid on it.
//   - The customer's last sale is that of the notes that stand: a reversed one
//     brings the one before it back.
package fulfilment
