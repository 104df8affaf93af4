// Package identity knows the company's people: who they are, which team they
// belong to, what they may do, whose rows they see, and how they prove it.
//
// Promises:
//   - A password is kept as an argon2id hash, a session or device token as a
//     SHA-256 of 256 random bits. None of them ever appears in a log, in the audit
//     trail or in an answer, except a new token once.
//   - Whatever is wrong with a sign-in, the answer and the work behind it are the
//     same, so that nobody learns which logins exist.
//   - Permissions and scope are read with every request: taking a role, a team or
//     an account away works at once. Deactivation, another role and another
//     password end the person's sessions.
//   - There is always an active administrator, and the team tree has no cycle.
//
// A session:
//
//	             idle too long, or past its end
//	sign in ──► live ──────────────────────────► expired
//	             │ sign out, revoked, password or role changed
//	             └──────────────────────────────► revoked
//
// A session that was ended on another device, or whose account was closed, is barred:
// the phone that holds it learns that it has to wipe what it keeps. After any other
// end its person signs in again and finds everything as it was.
package identity
