// Package territory says who covers what.
package territory
