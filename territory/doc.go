// Package territory says who covers what: scenarios of territories, and where
// nobody sells.
//
// A scenario is a copy of today's customers and their people. It is locked,
// weighed, optimised, edited by hand and compared, and touches nothing until the
// day on which it is published comes: then customers change hands, with history;
// open planned visits go along; everything that happened before stays with whom
// it happened to.
//
//	draft → submitted → scheduled → live
//	submitted, scheduled → draft   (sent back, withdrawn)
//
// Every edit can be undone while the scenario is a draft. The solver is in
// district, its independent checker in check, white space in white.
package territory
