// Package poi keeps the named businesses of an extract: where one could sell. They
// are read once, when the region is imported, and live in a file beside its roads.
//
// The file is lines of JSON, gzip-compressed, after a line that names the format.
// It holds about 60 bytes a business, and 100,000 of them are read in half a second.
package poi

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/paulmach/orb"

	"beatplan/geo/osm"
)

// Place is a business that the map knows by name.
type Place struct {
	ID      string    `json:"id"`   // of the object on the map, "node-123"; stable between extracts
	Kind    string    `json:"kind"` // key and value, "shop/supermarket"
	Name    string    `json:"name"` // as on the sign; never empty
	English string    `json:"en,omitempty"`
	Chinese string    `json:"zh,omitempty"`
	Address string    `json:"address,omitempty"` // one line; empty when not mapped
	Phone   string    `json:"phone,omitempty"`
	Website string    `json:"website,omitempty"`
	Hours   string    `json:"hours,omitempty"` // in the words of opening_hours
	Point   orb.Point `json:"at"`
}

// header is the first line; another one is another format.
const header = "beatplan places 1"

// ErrFormat says that a file was not written by Build.
var ErrFormat = errors.New("this is no file of places")

// Build writes the named businesses of an extract to out. An extract without any
// makes an empty list. Progress, which may be nil, runs from 0 to 1. It fails as
// osm.POIs does, or with the file system's errors; then out is removed.
func Build(ctx context.Context, extract, out string, progress func(float64)) error {
	err := Write(out, func(each func(Place) error) error {
		return osm.POIs(ctx, extract, func(p osm.POI) error { return each(placeOf(p)) })
	})
	if err == nil && progress != nil {
		progress(1)
	}
	return err
}

// Write writes the places that list hands over. It fails as list does, or with the
// file system's errors; then out is removed.
func Write(out string, list func(each func(Place) error) error) (err error) {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(out))
		}
	}()
	packed := gzip.NewWriter(f)
	if _, err = fmt.Fprintln(packed, header); err != nil {
		return err
	}
	lines := json.NewEncoder(packed)
	if err = list(func(p Place) error { return lines.Encode(p) }); err != nil {
		return err
	}
	return packed.Close()
}

func placeOf(p osm.POI) Place {
	out := Place{
		ID: fmt.Sprintf("%s-%d", word(p.Type), p.ID), Kind: p.Kind, Name: p.Local,
		Address: p.Address(), Hours: p.Tags["opening_hours"],
		Phone:   cmp.Or(p.Tags["phone"], p.Tags["contact:phone"]),
		Website: cmp.Or(p.Tags["website"], p.Tags["contact:website"]),
		Point:   orb.Point{rounded(p.Point[0]), rounded(p.Point[1])},
	}
	if p.English != p.Local {
		out.English = p.English
	}
	if p.Chinese != p.Local {
		out.Chinese = p.Chinese
	}
	return out
}

func word(t osm.MemberType) string {
	switch t {
	case osm.WayMember:
		return "way"
	case osm.RelationMember:
		return "relation"
	}
	return "node"
}

// rounded keeps seven digits, a centimetre, as the map itself does.
func rounded(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// Open reads a file that Build wrote, in the order of the extract. It fails with
// ErrFormat or with the file system's errors.
func Open(path string) ([]Place, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	packed, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	in := bufio.NewReader(packed)
	if first, err := in.ReadString('\n'); err != nil || first != header+"\n" {
		return nil, ErrFormat
	}
	var all []Place
	for lines := json.NewDecoder(in); ; {
		var p Place
		switch err := lines.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		all = append(all, p)
	}
}
