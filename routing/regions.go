package routing

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
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

// Report is what an import did, in the words of a person who wants to know
// whether the map is complete. Skipped counts what was left out, by reason.
type Report struct {
	Ways         int            `json:"ways"`
	Segments     int            `json:"segments"`
	Turns        int            `json:"turns"`
	Restrictions int            `json:"restrictions"`
	Kilometers   float64        `json:"kilometers"`
	Skipped      map[string]int `json:"skipped,omitempty"`
}

// Builder writes one more file of a region, for example the basemap, from the
// extract. It must honour ctx and report progress from 0 to 1.
type Builder func(ctx context.Context, extract, out string, progress func(float64)) error

// Import is an order to make a region of an extract.
type Import struct {
	Extract string             // path of the .osm.pbf, .osm, .osm.gz or .osm.bz2
	Name    string             // "" takes it from the file's name
	Builds  map[string]Builder // further files by name, e.g. "basemap.pmtiles"
	// Progress, when set, hears the step in hand and its share done, 0 to 1.
	Progress func(step string, done float64)
	Now      func() time.Time // nil takes time.Now
}

// Store is the folder of regions on one machine, shared by all companies.
type Store struct{ dir string }

// NewStore names the folder; it is created by the first import.
func NewStore(dir string) *Store { return &Store{dir: dir} }

// List returns the complete regions, newest first.
func (s *Store) List() ([]Region, error) { return nil, nil }

// Import makes a region and publishes it in one step: until then, and after
// any failure or kill, the store is as it was before. An extract that is
// already there is returned at once. A region of the same name is replaced.
// It fails with ErrBrokenExtract, ErrNoRoads or ErrImporting.
func (s *Store) Import(ctx context.Context, order Import) (Region, error) {
	return Region{}, ErrImporting
}

// Drop removes a region, given by id (or its beginning) or name.
func (s *Store) Drop(idOrName string) (Region, error) { return Region{}, ErrUnknownRegion }

// Check reads every file of a region and compares it with its checksum. It
// fails with ErrUnknownRegion or ErrBrokenRegion.
func (s *Store) Check(ctx context.Context, idOrName string) error { return ErrUnknownRegion }

// Roads answers for all regions of a store.
type Roads struct{ store *Store }

// Open opens every complete region under dir. Regions that are damaged are
// left out and told by Faults. An empty or absent folder is fine.
func Open(dir string) (*Roads, error) { return &Roads{store: NewStore(dir)}, nil }

// Refresh opens regions that were added and lets go of those dropped since.
func (r *Roads) Refresh() error { return nil }

// Watch calls Refresh at this interval until ctx ends.
func (r *Roads) Watch(ctx context.Context, every time.Duration) { <-ctx.Done() }

// Regions returns the open regions, newest first.
func (r *Roads) Regions() []Region { return nil }

// Faults returns why regions could not be opened, by id.
func (r *Roads) Faults() map[string]error { return nil }

// Close lets go of all regions; running questions end first.
func (r *Roads) Close() error { return nil }

// Snap brings p to the nearest usable road of any region within limit
// (SnapLimit when 0). It fails with ErrBadPoint, ErrNoRegion or ErrNoRoadNear.
func (r *Roads) Snap(p orb.Point, limit geo.Meters) (Snap, error) { return Snap{}, ErrNoRegion }

// Route finds the fastest way through pts, which must lie in one region. It
// fails as Engine.Route does, or with ErrNoRegion.
func (r *Roads) Route(ctx context.Context, pts []orb.Point) (Route, error) {
	return Route{}, ErrNoRegion
}

// Matrix is Engine.Matrix over all regions; from one region to another there
// is no way.
func (r *Roads) Matrix(ctx context.Context, sources, targets []orb.Point) (Matrix, error) {
	return Matrix{}, ErrNoRegion
}
