// Package identityapi is the HTTP surface of business/identity and
// business/audit: sessions, the person behind one, people, teams, devices, the
// trail.
package identityapi
