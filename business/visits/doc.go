// Package visits plans whom a salesperson calls on, and records what happens
// between check-in and check-out.
//
// # Days
//
// A day is one person's plan for one business date: where it starts and ends and
// an ordered list of stops. It is edited as a draft and published to the phone,
// which shows the published order until the next publishing. Every change makes
// a new version; the contents of all versions are kept. A customer stands at
// most once on a person's day: planning it again is a no-op. What somebody adds
// (plan, assignment) is on the phone at once when the day is published already;
// what somebody reorders or removes is not, until published again.
//
//	                 save, fill, optimise              save, fill
//	(none) ───plan──▶ draft ───────publish──────▶ published ───▶ draft of the next version
//	                                                  ▲               │  (phone keeps the old)
//	                                                  └────publish────┘
//
// A stop is planned until somebody drives there:
//
//	planned ──check-in──▶ checked_in ──check-out──▶ done
//	   │  ▲                   │
//	 skip  resume             └──abandoned──▶ planned
//	   ▼  │
//	 skipped
//
// # Calls
//
// A call is what somebody asked for and nobody planned. It waits on the dispatchers'
// board; whoever is sent has it as a stop, and the board follows that stop:
//
//	        send                check-out there, close
//	open ───────────▶ assigned ────────────────────────▶ done
//	 │ ▲                │  │  ▲
//	 │ └──off the day───┘  │  └──send to another
//	 └──────withdraw───────┴───────────────────────────▶ withdrawn
//
// An open call is closed in the same way. Of two who send at once one wins.
//
// # Visits
//
//	           check-in           check-out
//	(nothing) ─────────▶ open ─────────────────▶ valid ───void───▶ void
//	                      │ │                      ▲                 │
//	                      │ └──needs approval──▶ pending ──reject──▶ rejected
//	                      │                        └────approve──▶ valid
//	                      └──cancelled, or still open when the next day begins──▶ abandoned
//
// A visit is valid when it was checked in and out by the same person and, where
// the company asks for it, approved. No check-out, no valid visit. A person has
// at most one open visit. Visiting the same customer again on the same business
// day is refused unless the policy allows it, and then counts as another record
// of the same customer. What hangs on a valid visit (the customer's last visit)
// changes in the transaction that makes it valid, by the visit's own date: an
// older visit that is uploaded or approved late never moves it back.
//
// A visit by somebody who is not a salesperson is an inspection: recorded as
// that person's own, credited to nobody's visits and no effect on the customer.
//
// Where a person was is what their device said: fix, accuracy and the device's
// clock are kept beside the server's time, together with the distance to the
// customer and the fence that applied. A check-in outside the fence needs a
// reason; it is never refused for being far away when one is given.
package visits
