package territoryapi

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// The format: ESRI Shapefile Technical Description (1998), attributes as dBASE III.

const (
	shapePolygon = 5
	shapeCode    = 9994
	shapeVersion = 1000
	nameWidth    = 80 // bytes
	numberWidth  = 18
	// wgs84 is the coordinate system in the words of ESRI.
	wgs84 = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],` +
		`PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
)

// writeShapefile writes a zip with the layer "territories".
func writeShapefile(w io.Writer, e *exported) error {
	var records, index, box bytes.Buffer
	all := orb.Bound{}
	put := func(b *bytes.Buffer, order binary.ByteOrder, values ...any) {
		for _, v := range values {
			_ = binary.Write(b, order, v) // a buffer takes everything
		}
	}
	const head = 100
	for i, g := range e.grounds {
		shape := polygonRecord(g.shape)
		if all = all.Union(g.shape.Bound()); i == 0 {
			all = g.shape.Bound()
		}
		put(&index, binary.BigEndian, int32(head+records.Len())/2, int32(len(shape)/2))
		put(&records, binary.BigEndian, int32(i+1), int32(len(shape)/2))
		records.Write(shape)
	}
	put(&box, binary.LittleEndian, int32(shapeVersion), int32(shapePolygon),
		all.Min[0], all.Min[1], all.Max[0], all.Max[1], [4]float64{})
	file := func(body *bytes.Buffer) []byte {
		var b bytes.Buffer
		put(&b, binary.BigEndian, int32(shapeCode), [5]int32{}, int32(head+body.Len())/2)
		b.Write(box.Bytes())
		b.Write(body.Bytes())
		return b.Bytes()
	}
	out := zip.NewWriter(w)
	for _, f := range []struct {
		name string
		data []byte
	}{
		{"shp", file(&records)}, {"shx", file(&index)}, {"dbf", attributes(e)},
		{"prj", []byte(wgs84)}, {"cpg", []byte("UTF-8")},
	} {
		part, err := out.Create("territories." + f.name)
		if err != nil {
			return err
		}
		if _, err := part.Write(f.data); err != nil {
			return err
		}
	}
	return out.Close()
}

// polygonRecord is one shape: outer rings clockwise, holes counter-clockwise.
func polygonRecord(shape orb.MultiPolygon) []byte {
	var parts []int32
	var points []orb.Point
	for _, polygon := range shape {
		for i, ring := range polygon {
			parts = append(parts, int32(len(points)))
			ring = ring.Clone()
			if outer := i == 0; (ring.Orientation() == orb.CW) != outer {
				ring.Reverse()
			}
			points = append(points, ring...)
		}
	}
	bound := shape.Bound()
	var b bytes.Buffer
	for _, v := range []any{
		int32(shapePolygon), bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1],
		int32(len(parts)), int32(len(points)), parts, points,
	} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

// attributes is the dBASE table: the person's name and every figure.
func attributes(e *exported) []byte {
	names := []string{}
	if len(e.grounds) > 0 {
		names, _ = columns(e.grounds[0].figures)
	}
	width := 1 + nameWidth + numberWidth*len(names)
	var b bytes.Buffer
	for _, v := range []any{
		byte(3), [3]byte{126, 1, 1}, uint32(len(e.grounds)), uint16(32*(len(names)+2) + 1), uint16(width),
		[20]byte{},
	} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	column := func(name string, kind, width, decimals byte) {
		var d [32]byte
		copy(d[:11], name[:min(len(name), 10)])
		d[11], d[16], d[17] = kind, width, decimals
		b.Write(d[:])
	}
	column("person", 'C', nameWidth, 0)
	for _, name := range names {
		column(strings.ReplaceAll(name, "potential_", "pot_"), 'N', numberWidth, 6)
	}
	b.WriteByte('\r')
	for _, g := range e.grounds {
		_, values := columns(g.figures)
		fmt.Fprintf(&b, " %s", padded(e.names[g.person]))
		for _, v := range values {
			fmt.Fprintf(&b, "%*.6f", numberWidth, v)
		}
	}
	b.WriteByte(0x1A)
	return b.Bytes()
}

// padded cuts a text to the width of its column, at a letter, and fills it up.
func padded(text string) string {
	for len(text) > nameWidth {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text + strings.Repeat(" ", nameWidth-len(text))
}
