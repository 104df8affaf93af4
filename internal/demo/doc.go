// Package demo founds the demo company and makes it move.
//
// The company stands on real ground: its customers are the named points of
// interest of the extract that was imported. Everything goes through the services
// that everybody uses, with the clock of the day it happened; what is invented
// (opening hours, visit frequencies, missing addresses) is named in each
// customer's demo fields. The same extract and the same seed found the same
// company. Founding can be killed at any moment: it goes on where it stopped,
// because every command carries a key of its own.
package demo
