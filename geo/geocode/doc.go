// Package geocode asks services of others where an address is and what stands at a
// place: AMap (高德) and Nominatim, each by its documented HTTP interface. The company's
// own gazetteer (geo/gazetteer) is asked first; these are for what it does not know.
//
// What is asked for leaves the house, so that a service is asked only where the
// operator has named one. Answers are WGS-84: AMap's are GCJ-02 and shifted here.
package geocode
