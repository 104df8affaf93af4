// Package postgis lets pgx read and write PostGIS geometry as orb values.
//
// After [Register], orb.Point, orb.LineString, orb.Polygon, orb.MultiPolygon and
// the other orb geometries can be passed as query arguments and scanned from
// geometry and geography columns; a nullable column takes a pointer
// (**orb.Point is what pgx sees for a *orb.Point field). SRID 4326 is always
// written; on reading any other SRID is refused. The bytes are EWKB (the PostGIS
// extension of OGC well-known binary), encoded by go-geom.
package postgis

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
)

// SRID is the spatial reference of everything that Beatplan stores: WGS-84,
// longitude first.
const SRID = 4326

const sqlTypes = `
select 'geometry'::regtype::oid, 'geography'::regtype::oid`

// Register teaches conn the types geometry and geography. It fails when the
// database lacks the postgis extension.
func Register(ctx context.Context, conn *pgx.Conn) error {
	var geometry, geography uint32
	if err := conn.QueryRow(ctx, sqlTypes).Scan(&geometry, &geography); err != nil {
		return fmt.Errorf("the database has no PostGIS: %w", err)
	}
	m := conn.TypeMap()
	for name, oid := range map[string]uint32{"geometry": geometry, "geography": geography} {
		m.RegisterType(&pgtype.Type{Name: name, OID: oid, Codec: codec{}})
		array := &pgtype.ArrayCodec{ElementType: &pgtype.Type{Name: name, OID: oid, Codec: codec{}}}
		var arrayOID uint32
		err := conn.QueryRow(ctx, "select typarray from pg_type where oid = $1", oid).Scan(&arrayOID)
		if err != nil {
			return fmt.Errorf("array type of %s: %w", name, err)
		}
		m.RegisterType(&pgtype.Type{Name: "_" + name, OID: arrayOID, Codec: array})
	}
	m.RegisterDefaultPgType(orb.Point{}, "geometry")
	m.RegisterDefaultPgType(orb.LineString{}, "geometry")
	m.RegisterDefaultPgType(orb.Polygon{}, "geometry")
	m.RegisterDefaultPgType(orb.MultiPolygon{}, "geometry")
	return nil
}

// EWKB encodes g with SRID 4326, little-endian, as PostGIS stores it.
// It fails on geometries that are not one of orb's seven OGC types.
func EWKB(g orb.Geometry) ([]byte, error) {
	t, err := toGeom(g)
	if err != nil {
		return nil, err
	}
	return ewkb.Marshal(t, binary.LittleEndian)
}

// Decode reads EWKB. It refuses any SRID but 4326 (0 counts as unsaid).
func Decode(b []byte) (orb.Geometry, error) {
	t, err := ewkb.Read(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("geometry: %w", err)
	}
	if s := t.SRID(); s != SRID && s != 0 {
		return nil, fmt.Errorf("geometry has SRID %d, want %d", s, SRID)
	}
	return fromGeom(t)
}

type codec struct{}

// FormatSupported reports that both wire formats are read and written.
func (codec) FormatSupported(format int16) bool {
	return format == pgtype.BinaryFormatCode || format == pgtype.TextFormatCode
}

// PreferredFormat is binary.
func (codec) PreferredFormat() int16 { return pgtype.BinaryFormatCode }

// PlanEncode accepts every orb geometry and raw EWKB bytes.
func (codec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	// The concrete types, not orb.Geometry: a *orb.Point has its methods too, and
	// pgx must be left to follow that pointer or to write its null.
	switch value.(type) {
	case []byte, orb.Point, orb.MultiPoint, orb.LineString, orb.MultiLineString, orb.Ring,
		orb.Polygon, orb.MultiPolygon, orb.Bound:
		return encodePlan{format}
	}
	return nil
}

type encodePlan struct{ format int16 }

// Encode appends the EWKB of value, in hexadecimal for the text format.
func (p encodePlan) Encode(value any, buf []byte) ([]byte, error) {
	raw, ok := value.([]byte)
	if !ok {
		var err error
		if raw, err = EWKB(value.(orb.Geometry)); err != nil {
			return nil, err
		}
	} else if raw == nil {
		return nil, nil
	}
	if p.format == pgtype.TextFormatCode {
		return hex.AppendEncode(buf, raw), nil
	}
	return append(buf, raw...), nil
}

// PlanScan accepts pointers to the orb types and to orb.Geometry.
func (codec) PlanScan(_ *pgtype.Map, _ uint32, format int16, target any) pgtype.ScanPlan {
	switch target.(type) {
	case *orb.Point, *orb.LineString, *orb.Polygon, *orb.MultiPoint,
		*orb.MultiLineString, *orb.MultiPolygon, *orb.Collection, *orb.Geometry:
		return scanPlan{format}
	}
	return nil
}

type scanPlan struct{ format int16 }

// Scan decodes src into the orb value that target points to.
func (p scanPlan) Scan(src []byte, target any) error {
	if src == nil {
		return errors.New("geometry is null: scan into a pointer")
	}
	g, err := decodeWire(src, p.format)
	if err != nil {
		return err
	}
	return assign(g, target)
}

func decodeWire(src []byte, format int16) (orb.Geometry, error) {
	if format == pgtype.TextFormatCode {
		raw := make([]byte, hex.DecodedLen(len(src)))
		if _, err := hex.Decode(raw, src); err != nil {
			return nil, fmt.Errorf("geometry: %w", err)
		}
		src = raw
	}
	return Decode(src)
}

func assign(g orb.Geometry, target any) error {
	ok := false
	switch t := target.(type) {
	case *orb.Geometry:
		*t, ok = g, true
	case *orb.Point:
		*t, ok = g.(orb.Point)
	case *orb.LineString:
		*t, ok = g.(orb.LineString)
	case *orb.Polygon:
		*t, ok = g.(orb.Polygon)
	case *orb.MultiPoint:
		*t, ok = g.(orb.MultiPoint)
	case *orb.MultiLineString:
		*t, ok = g.(orb.MultiLineString)
	case *orb.MultiPolygon:
		*t, ok = g.(orb.MultiPolygon)
	case *orb.Collection:
		*t, ok = g.(orb.Collection)
	}
	if !ok {
		return fmt.Errorf("a %s does not fit %T", g.GeoJSONType(), target)
	}
	return nil
}

// DecodeDatabaseSQLValue serves database/sql, which goose uses.
func (codec) DecodeDatabaseSQLValue(
	_ *pgtype.Map, _ uint32, _ int16, src []byte,
) (driver.Value, error) {
	return src, nil
}

// DecodeValue decodes src into an orb.Geometry, nil for null.
func (codec) DecodeValue(_ *pgtype.Map, _ uint32, format int16, src []byte) (any, error) {
	if src == nil {
		return nil, nil
	}
	return decodeWire(src, format)
}

func toGeom(g orb.Geometry) (geom.T, error) {
	switch v := g.(type) {
	case orb.Point:
		return geom.NewPointFlat(geom.XY, v[:]).SetSRID(SRID), nil
	case orb.MultiPoint:
		return geom.NewMultiPointFlat(geom.XY, flat(v)).SetSRID(SRID), nil
	case orb.LineString:
		return geom.NewLineStringFlat(geom.XY, flat(v)).SetSRID(SRID), nil
	case orb.Ring:
		return toGeom(orb.Polygon{v})
	case orb.MultiLineString:
		m := geom.NewMultiLineString(geom.XY).SetSRID(SRID)
		for _, l := range v {
			if err := m.Push(geom.NewLineStringFlat(geom.XY, flat(l))); err != nil {
				return nil, err
			}
		}
		return m, nil
	case orb.Polygon:
		return polygon(v).SetSRID(SRID), nil
	case orb.MultiPolygon:
		m := geom.NewMultiPolygon(geom.XY).SetSRID(SRID)
		for _, p := range v {
			if err := m.Push(polygon(p)); err != nil {
				return nil, err
			}
		}
		return m, nil
	case orb.Bound:
		return toGeom(v.ToPolygon())
	}
	return nil, fmt.Errorf("cannot store a %T as geometry", g)
}

func flat[P ~[]orb.Point](pts P) []float64 {
	out := make([]float64, 0, 2*len(pts))
	for _, p := range pts {
		out = append(out, p[0], p[1])
	}
	return out
}

func polygon(p orb.Polygon) *geom.Polygon {
	var coords []float64
	ends := make([]int, 0, len(p))
	for _, r := range p {
		coords = append(coords, flat(r)...)
		ends = append(ends, len(coords))
	}
	return geom.NewPolygonFlat(geom.XY, coords, ends)
}

func fromGeom(t geom.T) (orb.Geometry, error) {
	if t.Layout() != geom.XY && t.Layout() != geom.NoLayout {
		return nil, fmt.Errorf("geometry has layout %v, want XY", t.Layout())
	}
	switch v := t.(type) {
	case *geom.Point:
		if v.Empty() {
			return nil, errors.New("geometry is an empty point")
		}
		return orb.Point{v.X(), v.Y()}, nil
	case *geom.MultiPoint:
		return orb.MultiPoint(points(v.FlatCoords())), nil
	case *geom.LineString:
		return orb.LineString(points(v.FlatCoords())), nil
	case *geom.MultiLineString:
		m := orb.MultiLineString{}
		for i := range v.NumLineStrings() {
			m = append(m, points(v.LineString(i).FlatCoords()))
		}
		return m, nil
	case *geom.Polygon:
		return rings(v), nil
	case *geom.MultiPolygon:
		m := orb.MultiPolygon{}
		for i := range v.NumPolygons() {
			m = append(m, rings(v.Polygon(i)))
		}
		return m, nil
	case *geom.GeometryCollection:
		c := orb.Collection{}
		for _, g := range v.Geoms() {
			o, err := fromGeom(g)
			if err != nil {
				return nil, err
			}
			c = append(c, o)
		}
		return c, nil
	}
	return nil, fmt.Errorf("geometry type %T is not read", t)
}

func points(flat []float64) []orb.Point {
	out := make([]orb.Point, 0, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		out = append(out, orb.Point{flat[i], flat[i+1]})
	}
	return out
}

func rings(p *geom.Polygon) orb.Polygon {
	out := orb.Polygon{}
	for i := range p.NumLinearRings() {
		out = append(out, points(p.LinearRing(i).FlatCoords()))
	}
	return out
}
