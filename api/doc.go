// Package api is the HTTP surface of Beatplan: the router, who is calling and
// what they may do, errors as RFC 9457 problems, OpenAPI, live events.
//
// It knows no module. The packages api/<name>api register their operations with
// [Get], [Post], [Put], [Patch] and [Delete] on the [API] that internal/app
// makes; protocols that are not ours (tiles, OSRM, trackers) use [API.Plain] and
// pass the same door.
//
// Promises:
//   - Every operation names one permission; none can be registered without.
//   - A handler runs only for a caller who has it, with the caller's data scope
//     in the context ([Scope]); a missing session answers 401, a missing
//     permission 403.
//   - Every refusal is application/problem+json with a stable code whose type is
//     a real page. A fault of ours shows an incident id and nothing else.
//   - Bodies are bounded (1 MB unless the operation says otherwise) and must
//     arrive within the operation's read timeout.
//   - State never changes on a request that a browser sent from another site.
package api
