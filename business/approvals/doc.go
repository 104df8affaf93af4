// Package approvals lets somebody above say yes before a request takes effect.
//
// A request is put by an applicant: a kind that a consumer has registered, the
// rows it is about, a payload only the consumer understands, and the changes as a
// person reads them (field, before, after). Two steps decide it, one after the
// other: the manager of the applicant's team, then the head, who leads the topmost
// team above. A step whose approver is missing or is the applicant is left out.
// When none remains, an administrator or the head has asked and the request takes
// effect at once; anybody else, and whoever asks for a sensitive kind
// ([Kind.Second]), needs an administrator. An administrator may always stand in
// for an approver, and nobody ever decides a request of their own.
//
// Promises:
//   - A request takes effect exactly once, in the transaction of the last
//     approval; one that is rejected or withdrawn leaves no effect.
//   - When the consumer refuses at that moment (a limit is reached, a row was
//     changed), nothing has changed: the approver is shown the consumer's own
//     refusal, the request stays open, and its history says so.
//   - Of several who decide at one moment one wins; the others fail with
//     [ErrChanged] or [ErrOver]. Replaying a key is deciding once.
//   - A step keeps who decided, when, from where and with which words. An open
//     step follows the organisation: whoever takes over a team takes over what
//     waits for its manager ([Service.Reroute]).
//   - Seen by the applicant, by whoever is or was asked, and by those whose scope
//     covers the applicant; for everybody else it does not exist.
//
// The states:
//
//	            last step approved, effect applied
//	open ─────┬──────────────────────────────────► approved
//	 │ ▲      │ rejected by any step's approver
//	 └─┘      ├──────────────────────────────────► rejected
//	step      │ taken back by the applicant
//	approved  └──────────────────────────────────► withdrawn
//
// How a module uses it: it declares one [Kind] for each thing that needs approval
// and hands it to [Service.Register] in the composition root. Prepare checks a
// new request as its applicant and fills in title and changes; Apply makes the
// effect. Either the applicant's screen posts the kind and the payload to
// /v1/approvals, or the module puts the request itself with [Service.Submit]
// inside a transaction of its own. [CountOpen] and [OpenOn] tell a module what is
// under way: claims that count towards a limit, customers that a sweep must leave
// alone.
package approvals
