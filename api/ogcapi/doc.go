// Package ogcapi serves collections of features to desktop GIS: OGC API –
// Features, Part 1: Core (OGC 17-069r4), with GeoJSON in CRS84, and queryables.
//
//	/ogc                                   landing page
//	/ogc/conformance                       what is promised
//	/ogc/collections[/{id}]                what there is
//	/ogc/collections/{id}/items            features; bbox, datetime, limit, queryables
//	/ogc/collections/{id}/items/{feature}  one feature
//	/ogc/collections/{id}/queryables       what items can be filtered by
//
// Section numbers in comments are those of Part 1. A feature outside the caller's
// scope does not exist. Next pages are reached by links; their parameter is
// opaque. Programs sign in with a token in the Authorization header.
package ogcapi
