// Package vroom speaks VROOM's JSON (github.com/VROOM-Project/vroom, docs/API.md,
// version 1.14): problems in, solutions out, in its field names and units.
//
// Supported: jobs, shipments, vehicles, breaks, skills, priorities, capacities,
// time windows, setup, both by type of vehicle, speed_factor, costs, max_tasks,
// max_travel_time, max_distance, steps as a plan to start from or, with options.c, as
// the plan to be timed, options.g, t, x and l, and matrices by profile, of costs too.
// A field that is not supported is refused by its name, never ignored.
package vroom

import (
	"bytes"
	"encoding/json"
	"fmt"

	"beatplan/routing/vrp"
)

// MaxSeconds bounds options.l.
const MaxSeconds = 30

// Location is longitude and latitude.
type Location [2]float64

// Request is a problem. Times are seconds, distances metres.
type Request struct {
	Jobs      []Job             `json:"jobs"`
	Shipments []Shipment        `json:"shipments"`
	Vehicles  []Vehicle         `json:"vehicles"`
	Matrices  map[string]Matrix `json:"matrices"`
	Matrix    [][]int32         `json:"matrix"` // the older form: durations of profile car
	Options   *Options          `json:"options"`
}

// Options are VROOM's command line, as vroom-express takes it in a request.
type Options struct {
	C bool     `json:"c"` // time the steps as they are, and tell what they break
	G bool     `json:"g"` // answer the ways on the road
	T int      `json:"t"` // threads; 0 is one a processor
	X *int     `json:"x"` // exploration, 0 … 5; 5 when absent
	L *float64 `json:"l"` // seconds to spend, whatever X
}

// Job is a visit.
type Job struct {
	ID            int64     `json:"id"`
	Description   string    `json:"description"`
	Location      *Location `json:"location"`
	LocationIndex *int      `json:"location_index"`
	Service       int       `json:"service"`
	Setup         int       `json:"setup"`

	SetupPerType   map[string]int `json:"setup_per_type"`
	ServicePerType map[string]int `json:"service_per_type"`

	Delivery    []int    `json:"delivery"`
	Pickup      []int    `json:"pickup"`
	Amount      []int    `json:"amount"` // the older name of delivery
	Skills      []int    `json:"skills"`
	Priority    int      `json:"priority"`
	TimeWindows [][2]int `json:"time_windows"`
}

// Shipment is a pickup and a delivery by one vehicle.
type Shipment struct {
	Amount   []int `json:"amount"`
	Skills   []int `json:"skills"`
	Priority int   `json:"priority"`
	Pickup   Job   `json:"pickup"`
	Delivery Job   `json:"delivery"`
}

// Vehicle is a vehicle.
type Vehicle struct {
	ID            int64     `json:"id"`
	Profile       string    `json:"profile"`
	Type          string    `json:"type"`
	Description   string    `json:"description"`
	Start         *Location `json:"start"`
	StartIndex    *int      `json:"start_index"`
	End           *Location `json:"end"`
	EndIndex      *int      `json:"end_index"`
	Capacity      []int     `json:"capacity"`
	Costs         *Costs    `json:"costs"`
	Skills        []int     `json:"skills"`
	TimeWindow    *[2]int   `json:"time_window"`
	Breaks        []Break   `json:"breaks"`
	SpeedFactor   *float64  `json:"speed_factor"`
	MaxTasks      int       `json:"max_tasks"`
	MaxTravelTime int       `json:"max_travel_time"`
	MaxDistance   int       `json:"max_distance"`
	Steps         []Planned `json:"steps"`
}

// Planned is a step of the route to start from: its type and the id of a task or
// break. Start and end need no id. The last three bound the start of the service
// where options.c asks for the times of these very steps.
type Planned struct {
	Type          string `json:"type"`
	ID            *int64 `json:"id"`
	ServiceAt     *int   `json:"service_at"`
	ServiceAfter  *int   `json:"service_after"`
	ServiceBefore *int   `json:"service_before"`
}

// Costs are a vehicle's prices.
type Costs struct {
	Fixed       int  `json:"fixed"`
	PerHour     *int `json:"per_hour"`
	PerTaskHour int  `json:"per_task_hour"`
	PerKM       int  `json:"per_km"`
}

// Break is a pause that must be taken.
type Break struct {
	ID          int64    `json:"id"`
	Description string   `json:"description"`
	Service     int      `json:"service"`
	TimeWindows [][2]int `json:"time_windows"`
	MaxLoad     []int    `json:"max_load"` // refused
}

// Matrix is one profile's tables.
type Matrix struct {
	Durations [][]int32 `json:"durations"`
	Distances [][]int32 `json:"distances"`
	Costs     [][]int32 `json:"costs"` // instead of costs by time and distance
}

// Roads answers travel between points of a request that brings no matrix.
type Roads func(points []Location) (vrp.Profile, error)

// Unsupported is a field that VROOM knows and we do not, or a value of it.
type Unsupported struct{ Field string }

// Error names the field.
func (e *Unsupported) Error() string { return "unsupported: " + e.Field }

// Parse reads a request and states it as a problem. roads may be nil; then the
// request must bring its matrices. It fails with a JSON error that names an
// unknown field, with *Unsupported, or with *vrp.Invalid.
func Parse(data []byte, roads Roads) (*vrp.Problem, *Names, error) {
	var r Request
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return nil, nil, fmt.Errorf("VROOM problem: %w", err)
	}
	b := &builder{r: &r, p: &vrp.Problem{}, n: &Names{}, profile: map[string]int{}}
	if err := b.build(roads); err != nil {
		return nil, nil, err
	}
	if err := b.p.Validate(); err != nil {
		return nil, nil, err
	}
	if b.n.options.C {
		return b.p, b.n, b.timeable()
	}
	return b.p, b.n, possible(b.p, b.n.start)
}
