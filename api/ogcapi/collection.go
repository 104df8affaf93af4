package ogcapi

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/paulmach/orb/geojson"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// The errors of this surface.
var (
	// ErrParameter refuses a parameter that is unknown or cannot be read (§7.6).
	ErrParameter = fail.New(fail.Malformed, "ogc.bad_parameter",
		"A parameter is unknown here or cannot be read.")
	// ErrNoCollection refuses a collection that nobody serves.
	ErrNoCollection = fail.New(fail.NotFound, "ogc.no_such_collection",
		"There is no such collection of features.")
	// ErrNoFeature refuses a feature that does not exist for the caller.
	ErrNoFeature = fail.New(fail.NotFound, "ogc.no_such_feature", "There is no such feature.")
)

// Collection is a list of features with geometry.
type Collection struct {
	ID, Title, Description string
	Perm                   business.Permission // what a reader must have
	Source                 Source
	Queryables             []Queryable // parameters that items takes beside the standard ones
}

// Queryable is a property by which items can be filtered.
type Queryable struct {
	Name, Title, Type string // Type as in JSON Schema
	Enum              []string
}

// Source reads the features of a collection for one caller.
type Source interface {
	// Extent is the box of everything in scope; the zero box when that is nothing.
	Extent(ctx context.Context, sc scope.Scope) (geo.Box, error)
	// Page reads a page. It fails with a fail.Error when a filter cannot be read.
	Page(ctx context.Context, sc scope.Scope, q Query) (Page, error)
	// Feature reads one; it fails with a fail.NotFound error.
	Feature(ctx context.Context, sc scope.Scope, id int64) (*geojson.Feature, error)
}

// Query selects a page of features.
type Query struct {
	Box    *geo.Box   // only what intersects it
	To     time.Time  // the end of datetime; zero: open, or not asked
	Filter url.Values // values of queryables
	Limit  int        // 1 to maxLimit
	After  json.RawMessage
}

// Page is some of the features that a query selects.
type Page struct {
	Features []*geojson.Feature
	Matched  int64           // all that the query selects
	Next     json.RawMessage // After of the next page; nil on the last
}
