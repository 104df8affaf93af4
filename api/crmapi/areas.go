package crmapi

import (
	"context"
	"strings"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Ground is an area by which customers are counted, and the word of the filter that
// selects exactly those customers: area=<ID>.
type Ground struct {
	ID   string
	Area crm.Area
}

// Districts knows administrative areas.
type Districts interface {
	Levels() []int
	// Grounds returns the districts of a level; a place in two of them is in the first.
	Grounds(ctx context.Context, sc scope.Scope, level int, language string) ([]Ground, error)
}

// Territories knows the ground of people.
type Territories interface {
	// Grounds returns the territories in scope, each without what of those before it
	// is in it, in scope or not; no place is in two of them.
	Grounds(ctx context.Context, sc scope.Scope) ([]Ground, error)
}

// Counting counts customers by area. All fields are required.
type Counting struct {
	Service     *crm.Service
	Index       *crm.Index
	Districts   Districts
	Territories Territories
}

// Mount registers the count on a.
func (c Counting) Mount(a *api.API) {
	api.Get(a, "/v1/customers/areas", api.Op{
		ID: "count-customer-areas", Tags: tags(), Perm: business.CustomersRead,
		Summary: "Count by administrative area or territory under a filter",
		Description: "Every located customer is counted in one area at most: those on a common edge in the " +
			"first. The parameter area of the list selects exactly the customers of a row. By territory " +
			"the permission territories.read is needed, too.",
		Problems: []*fail.Error{crm.ErrBadFilter},
	}, c.count)
}

type areasIn struct {
	Filter
	By       string `query:"by" enum:"district,territory" default:"district"`
	Coarse   int    `query:"admin_level" minimum:"0" maximum:"12" doc:"Of districts, as in OpenStreetMap; 0: the coarsest below the state that there is"`
	Language string `query:"language" enum:"zh,en" doc:"Of the names; as on the ground without"`
}

// AreaCount is one row of the count.
type AreaCount struct {
	ID     string     `json:"id" example:"district:17" doc:"As the filter's parameter area takes it"`
	Name   string     `json:"name"`
	Count  int64      `json:"count"`
	Center [2]float64 `json:"center" doc:"Middle of the area's box"`
}

// AreaCounts is the whole count: areas, outside and unlocated add up to total.
type AreaCounts struct {
	Level     int         `json:"level" doc:"Of the districts; 0 for territories"`
	Levels    []int       `json:"levels" doc:"Levels of districts that there are"`
	Areas     []AreaCount `json:"areas"`
	Outside   int64       `json:"outside" doc:"Located in none of the areas"`
	Unlocated int64       `json:"unlocated"`
	Total     int64       `json:"total"`
}

type areasOut struct{ Body AreaCounts }

func (c Counting) count(ctx context.Context, in *areasIn) (*areasOut, error) {
	f, err := in.parse()
	if err != nil {
		return nil, err
	}
	if in.By == "territory" {
		if err := api.Require(ctx, business.TerritoriesRead); err != nil {
			return nil, err
		}
	}
	sc := api.Scope(ctx)
	if f, err = c.Service.Resolve(ctx, sc, f); err != nil {
		return nil, err
	}
	out := AreaCounts{Levels: c.Districts.Levels(), Level: in.Coarse}
	var found []Ground
	if in.By == "territory" {
		out.Level = 0
		found, err = c.Territories.Grounds(ctx, sc)
	} else {
		if out.Level == 0 {
			out.Level = usual(out.Levels)
		}
		found, err = c.Districts.Grounds(ctx, sc, out.Level, strings.ToLower(in.Language))
	}
	if err != nil {
		return nil, err
	}
	areas := make([]crm.Area, len(found))
	for i, g := range found {
		areas[i] = g.Area
	}
	var counts []int64
	counts, out.Outside, out.Unlocated = c.Index.Select(f, sc).CountIn(areas)
	out.Areas, out.Total = make([]AreaCount, len(found)), out.Outside+out.Unlocated
	for i, g := range found {
		out.Areas[i] = AreaCount{g.ID, g.Area.Name, counts[i], g.Area.In.Bound().Center()}
		out.Total += counts[i]
	}
	return &areasOut{out}, nil
}

// usual is the level that says most at first sight: the first below the state.
func usual(levels []int) int {
	for _, l := range levels {
		if l > 4 {
			return l
		}
	}
	if len(levels) > 0 {
		return levels[len(levels)-1]
	}
	return 0
}
