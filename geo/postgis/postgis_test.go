package postgis_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo/postgis"
	"beatplan/internal/pgtest"
)

var shapes = []orb.Geometry{
	orb.Point{-75.55, 39.74},
	orb.MultiPoint{{1, 2}, {3, 4}},
	orb.LineString{{1, 2}, {3, 4}, {5, 6}},
	orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
	orb.Polygon{{{0, 0}, {4, 0}, {4, 4}, {0, 0}}, {{1, 1}, {2, 1}, {2, 2}, {1, 1}}},
	orb.MultiPolygon{{{{0, 0}, {4, 0}, {4, 4}, {0, 0}}}, {{{8, 8}, {9, 8}, {9, 9}, {8, 8}}}},
}

func TestGeometriesSurvivePostGIS(t *testing.T) {
	tx := pgtest.Tx(t)
	ctx := context.Background()
	for _, want := range shapes {
		var got orb.Geometry
		var wkt string
		var srid int
		err := tx.QueryRow(ctx, "select $1::geometry, st_astext($1), st_srid($1)", want).
			Scan(&got, &wkt, &srid)
		if err != nil {
			t.Fatalf("%s: %v", want.GeoJSONType(), err)
		}
		if !reflect.DeepEqual(got, want) || srid != postgis.SRID {
			t.Errorf("%s: got %v (%s, SRID %d), want %v", want.GeoJSONType(), got, wkt, srid, want)
		}
		raw, err := postgis.EWKB(want)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := postgis.Decode(raw); err != nil || !reflect.DeepEqual(back, want) {
			t.Errorf("%s: decoded %v, %v", want.GeoJSONType(), back, err)
		}
	}
}

func TestNullAndForeignGeometries(t *testing.T) {
	tx := pgtest.Tx(t)
	ctx := context.Background()
	var p *orb.Point
	if err := tx.QueryRow(ctx, "select null::geometry").Scan(&p); err != nil || p != nil {
		t.Errorf("null: %v, %v", p, err)
	}
	if err := tx.QueryRow(ctx, "select $1::geometry", p).Scan(&p); err != nil || p != nil {
		t.Errorf("null argument: %v, %v", p, err)
	}
	here := &orb.Point{1, 2}
	if err := tx.QueryRow(ctx, "select $1::geometry", here).Scan(&p); err != nil || *p != *here {
		t.Errorf("pointer argument: %v, %v", p, err)
	}
	var point orb.Point
	err := tx.QueryRow(ctx, "select st_geomfromtext('LINESTRING(0 0,1 1)', 4326)").Scan(&point)
	if err == nil {
		t.Error("a line was scanned into a point")
	}
	if err := tx.QueryRow(ctx, "select st_setsrid(st_makepoint(1,2), 3857)").Scan(&point); err == nil {
		t.Error("SRID 3857 was read as degrees")
	}
	if err := tx.QueryRow(ctx, "select st_makepoint(1,2)::geography").Scan(&point); err != nil ||
		point != (orb.Point{1, 2}) {
		t.Errorf("geography: %v, %v", point, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range shapes {
		raw, err := postgis.EWKB(g)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if g, err := postgis.Decode(raw); err == nil {
			if _, err := postgis.EWKB(g); err != nil && g.GeoJSONType() != "GeometryCollection" {
				t.Errorf("decoded %v cannot be encoded: %v", g, err)
			}
		}
	})
}
