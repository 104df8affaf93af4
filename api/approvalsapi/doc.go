// Package approvalsapi is the HTTP surface of business/approvals: put a request,
// see what waits, decide it, take it back.
package approvalsapi
