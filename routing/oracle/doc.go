// Package oracle checks the road engine against Dijkstra over the raw ways and
// restrictions of an extract. It shares no graph and no cost code with what it
// checks, and holds tests only.
package oracle
