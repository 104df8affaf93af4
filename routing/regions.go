package routing

import (
	"context"
	"slices"
	"strings"
	"time"

	"beatplan/geo"
	"beatplan/routing/network"
)

// Region is one imported extract.
type Region struct {
	ID      string    `json:"id"`      // hash of extract and formats, names the folder
	Name    string    `json:"name"`    // of the extract, without its endings
	Source  string    `json:"source"`  // file name of the extract
	Created time.Time `json:"created"` // when the import ended
	Format  int       `json:"format"`  // version of the folder's layout
	Box     geo.Box   `json:"box"`     // of the road network
	Extent  geo.Box   `json:"extent"`  // of the extract, as its header says; zero if it does not
	Report  Report    `json:"report"`  // what was read, left out and repaired
	Files   []File    `json:"files"`   // everything in the folder but region.json
	Dir     string    `json:"-"`       // where the folder is
}

// File is one file of a region.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Profiles are the names of the region's profiles.
func (r Region) Profiles() []string {
	var out []string
	for _, f := range r.Files {
		if name, ok := strings.CutSuffix(f.Name, networkEnd); ok {
			out = append(out, name)
		}
	}
	return out
}

// Has reports whether the region holds a network of that profile.
func (r Region) Has(profile string) bool {
	return slices.ContainsFunc(r.Files, func(f File) bool { return f.Name == networkFile(profile) })
}

// Report is what an import did, in the words of a person who wants to know
// whether the map is complete. Skipped counts what was left out, by reason.
type Report struct {
	Ways         int            `json:"ways"`
	Segments     int            `json:"segments"`
	Turns        int            `json:"turns"`
	Restrictions int            `json:"restrictions"`
	Kilometers   float64        `json:"kilometers"`
	Country      string         `json:"country,omitempty"` // ISO 3166-1, "" when it is not known
	Left         bool           `json:"left,omitempty"`    // one drives on the left
	Skipped      map[string]int `json:"skipped,omitempty"`
}

// Builder writes one more file of a region, for example the basemap, from the
// extract. It must honour ctx and report progress from 0 to 1.
type Builder func(ctx context.Context, extract, out string, progress func(float64)) error

// Import is an order to make a region of an extract.
type Import struct {
	Extract string             // path of the .osm.pbf, .osm, .osm.gz or .osm.bz2
	Name    string             // "" takes it from the file's name
	Country string             // ISO 3166-1, "" takes it from the extract
	More    []string           // profiles beside car: foot, bicycle, motorcycle, own .yaml files
	Builds  map[string]Builder // further files by name, e.g. "basemap.pmtiles"
	// Progress, when set, hears the step in hand and its share done, 0 to 1.
	Progress func(step string, done float64)
	Now      func() time.Time // nil takes time.Now

	profiles map[string]*network.Profile // by file of the network
	own      []byte                      // what the user's profiles say
}
