// Package ordering takes the orders of customers, at a desk or during a visit.
//
//	          confirm                     ship all
//	draft ───────────────▶ confirmed ───────────────▶ (delivered)
//	  │ ▲   │                ▲   │ │
//	  │ │   └─hold─▶ submitted   │ └──close the rest──▶ closed
//	  │ └───reject──────┘ │      │
//	  └────────┬──────────┴──────┘ nothing delivered
//	           ▼
//	       cancelled
//
// Promises:
//
//   - A number is unique and never given twice, under any concurrency; gaps are
//     left where a transaction fails.
//   - What a customer is charged does not depend on who enters it or where: the
//     price of a line is the last price that this customer paid for the product
//     after its list price last changed, else the list price. Another price is
//     given only by who may review orders.
//   - Only a draft can be edited. A confirmed order never changes: what is not
//     delivered of it can be given up, and all of it as long as nothing is.
//   - Confirming holds an order that the credit, what is overdue, or the company's
//     policy asks somebody to look at first. Who decides gives a reason, and is
//     somebody else than who took it where the policy wants four eyes.
//   - No line is ever delivered beyond its quantity. Partial deliveries share out
//     the line's amount so that they add up to it to the cent.
//   - The customer's last order and deals are set in the transaction that changes
//     them, from the orders that stand: a cancelled one never counts.
package ordering
