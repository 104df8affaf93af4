// Package postgis lets pgx read and write PostGIS geometry as orb values.
//
// After [Register], orb.Point, orb.LineString, orb.Polygon, orb.MultiPolygon and
// the other orb geometries can be passed as query arguments and scanned from
// geometry and geography columns. SRID 4326 is written always; on reading, any
// other SRID is refused. The bytes are EWKB, encoded by go-geom.
package postgis
