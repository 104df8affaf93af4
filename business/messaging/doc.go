// Package messaging sends messages to the company's customers through the company's
// own channels, and through nothing else.
//
// A channel is an account of the company: the HTTP gateway of a provider of short
// messages or of an official account, or a mail server. It sends for nobody until an
// administrator has authorised somebody to use it, for a time, on a paper that is named.
//
// Promises:
//
//   - Nothing goes out without a valid authorisation of this very company: not before
//     its first day, not after its last, not after it was withdrawn, not for anybody
//     else. It is looked at when the message is taken and again when it goes out.
//   - Messages go to customers within the sender's data scope only; others are answered
//     like customers that do not exist.
//   - Every try is kept, refused ones too, in a log that only grows and in the trail. Of
//     somebody who is erased the lines stay without names, numbers and texts.
//   - No transaction waits for a receiver: a message is taken under a lease, sent, and
//     settled in transactions of their own.
//   - A message is taken once under an idempotency key. It goes out after the commit
//     and is tried again with growing pauses for a day; the receiver can tell a second
//     delivery by its key (at least once).
//   - The secret of a channel lies in the database sealed, and is in no answer, log or
//     trail.
//
// A message's states:
//
//	waiting ──▶ sent
//	   ├─────▶ failed   the receiver refused it for good, or all tries are used up
//	   └─────▶ refused  the authorisation ended before it went out
package messaging
