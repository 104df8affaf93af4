package vroom

import (
	"fmt"
	"math"
	"slices"

	"beatplan/routing/vrp"
)

// Prizes make serving a task worth more than any route, by priority first.
const (
	prizeTask     = 5_000_000
	prizePriority = 5_000_000
	maxPriority   = 100
)

// builder states a request as a problem.
type builder struct {
	r       *Request
	p       *vrp.Problem
	n       *Names
	profile map[string]int
	points  []Location
	known   map[Location]int
	speed   []float64 // of each profile
}

// task types in answers.
const (
	job      = "job"
	pickup   = "pickup"
	delivery = "delivery"
)

func (b *builder) build(roads Roads) error {
	if err := b.supported(); err != nil {
		return err
	}
	b.known = map[Location]int{}
	var err error
	if b.n.began, err = b.began(); err != nil {
		return err
	}
	explicit := len(b.r.Matrices) > 0 || b.r.Matrix != nil
	for i := range b.r.Jobs {
		if err := b.task(&b.r.Jobs[i], job, explicit); err != nil {
			return err
		}
	}
	for i := range b.r.Shipments {
		if err := b.shipment(&b.r.Shipments[i], explicit); err != nil {
			return err
		}
	}
	if err := b.distinct(); err != nil {
		return err
	}
	if err := b.matrices(); err != nil {
		return err
	}
	for i := range b.r.Vehicles {
		if err := b.vehicle(&b.r.Vehicles[i], explicit); err != nil {
			return err
		}
	}
	if err := b.economy(); err != nil {
		return err
	}
	if err := b.setups(); err != nil {
		return err
	}
	if err := b.plan(); err != nil {
		return err
	}
	if explicit {
		return nil
	}
	if roads == nil {
		return &Unsupported{"locations without matrices (no roads here)"}
	}
	if len(b.points) == 0 {
		return nil
	}
	if err := room(len(b.speed), len(b.points)); err != nil {
		return err
	}
	profile, err := roads(b.points)
	if err != nil {
		return err
	}
	for _, by := range b.speed {
		b.p.Profiles = append(b.p.Profiles, faster(profile, by))
	}
	return nil
}

// mostCells bounds the entries of all matrices together: each speed of a vehicle is
// a matrix of its own.
const mostCells = 1 << 26

func room(profiles, places int) error {
	if profiles*places*places > mostCells {
		return &Unsupported{"matrices of so many places, profiles and speeds"}
	}
	return nil
}

// supported refuses values that would be ignored, and those out of range.
func (b *builder) supported() error {
	if len(b.r.Jobs)+2*len(b.r.Shipments) > vrp.MaxVisits || len(b.r.Vehicles) > vrp.MaxVehicles {
		return fmt.Errorf("there are more than %d tasks or %d vehicles", vrp.MaxVisits, vrp.MaxVehicles)
	}
	if o := b.r.Options; o != nil {
		b.n.options = *o
		if o.T < 0 || o.T > 64 || o.X != nil && (*o.X < 0 || *o.X > 5) ||
			o.L != nil && (*o.L <= 0 || *o.L > MaxSeconds) {
			return fmt.Errorf("options: t must be 0 … 64, x 0 … 5, l above 0 and at most %d", MaxSeconds)
		}
		if o.G && (len(b.r.Matrices) > 0 || b.r.Matrix != nil) {
			return &Unsupported{"options.g beside matrices"}
		}
	}
	for i := range b.r.Vehicles {
		if err := b.r.Vehicles[i].supported(b.n.options.C); err != nil {
			return err
		}
	}
	return nil
}

// supported is the same for a vehicle; timed says that its steps are to be timed.
func (v *Vehicle) supported(timed bool) error {
	if f := v.SpeedFactor; f != nil && (*f < 0.01 || *f > 5) {
		return fmt.Errorf("vehicle %d: speed_factor must be 0.01 … 5", v.ID)
	}
	for _, k := range v.Breaks {
		if k.MaxLoad != nil {
			return &Unsupported{"vehicles.breaks.max_load"}
		}
	}
	for _, s := range v.Steps {
		switch {
		case timed:
		case s.ServiceAt != nil:
			return &Unsupported{"vehicles.steps.service_at without options.c"}
		case s.ServiceAfter != nil:
			return &Unsupported{"vehicles.steps.service_after without options.c"}
		case s.ServiceBefore != nil:
			return &Unsupported{"vehicles.steps.service_before without options.c"}
		}
	}
	return nil
}

// place is the matrix index of a location.
func (b *builder) place(at *Location, index *int, explicit bool, what string) (int, error) {
	switch {
	case explicit && index != nil:
		return *index, nil
	case explicit:
		return 0, fmt.Errorf("%s: location_index is needed with matrices", what)
	case at == nil:
		return 0, fmt.Errorf("%s: no location", what)
	}
	k, ok := b.known[*at]
	if !ok {
		k = len(b.points)
		b.known[*at] = k
		b.points = append(b.points, *at)
	}
	return k, nil
}

// matrices numbers the profiles that vehicles name.
func (b *builder) matrices() error {
	if b.r.Matrix != nil {
		if b.r.Matrices != nil {
			return &Unsupported{"matrix beside matrices"}
		}
		b.r.Matrices = map[string]Matrix{"car": {Durations: b.r.Matrix}}
	}
	for i := range b.r.Vehicles {
		v := &b.r.Vehicles[i]
		if v.Profile == "" {
			v.Profile = "car"
		}
		if _, ok := b.profile[v.table()]; ok {
			continue
		}
		b.profile[v.table()] = len(b.profile)
		b.speed = append(b.speed, v.speed())
		if len(b.r.Matrices) == 0 {
			if v.Profile != "car" {
				return &Unsupported{"vehicles.profile " + v.Profile}
			}
			continue
		}
		m, ok := b.r.Matrices[v.Profile]
		if !ok {
			return fmt.Errorf("vehicle %d: no matrix of profile %q", v.ID, v.Profile)
		}
		n := len(m.Durations)
		if err := room(len(b.profile), n); err != nil {
			return err
		}
		durations, err := flat(m.Durations, n)
		if err != nil {
			return err
		}
		if m.Distances == nil && v.MaxDistance > 0 {
			return &Unsupported{"vehicles.max_distance without matrices.distances"}
		}
		if m.Distances == nil && v.Costs != nil && v.Costs.PerKM > 0 {
			return &Unsupported{"vehicles.costs.per_km without matrices.distances"}
		}
		b.n.unmeasured = b.n.unmeasured || m.Distances == nil
		distances := make([]int32, n*n)
		if m.Distances != nil {
			if distances, err = flat(m.Distances, n); err != nil {
				return err
			}
		}
		if m.Costs != nil { // ride where the metres would
			if m.Distances != nil {
				return &Unsupported{"matrices.costs beside matrices.distances"}
			}
			if v.Costs != nil && v.Costs.PerHour != nil && *v.Costs.PerHour != hourly {
				return fmt.Errorf("vehicle %d: matrices.costs beside costs.per_hour", v.ID)
			}
			if distances, err = flat(m.Costs, n); err != nil {
				return err
			}
		}
		b.p.Profiles = append(b.p.Profiles, v.scaled(vrp.Profile{Locations: n,
			Duration: durations, Distance: distances}))
	}
	return nil
}

// priced says whether the vehicle's matrix brings its own costs.
func (b *builder) priced(v *Vehicle) bool { return b.r.Matrices[v.Profile].Costs != nil }

func (v *Vehicle) speed() float64 {
	if v.SpeedFactor == nil {
		return 1
	}
	return *v.SpeedFactor
}

// table names the matrix of the vehicle's profile at its speed.
func (v *Vehicle) table() string { return fmt.Sprintf("%s/%g", v.Profile, v.speed()) }

// scaled divides the durations by the vehicle's speed.
func (v *Vehicle) scaled(m vrp.Profile) vrp.Profile { return faster(m, v.speed()) }

func faster(m vrp.Profile, by float64) vrp.Profile {
	if by == 1 {
		return m
	}
	out := vrp.Profile{Locations: m.Locations, Distance: m.Distance,
		Duration: make([]int32, len(m.Duration))}
	for k, d := range m.Duration {
		out.Duration[k] = int32(min(math.Round(float64(d)/by), vrp.MaxTime))
		if d < 0 {
			out.Duration[k] = d
		}
	}
	return out
}

func flat(rows [][]int32, n int) ([]int32, error) {
	for _, row := range rows { // before memory is taken
		if len(row) != n || len(rows) != n {
			return nil, fmt.Errorf("a matrix of %d rows has a row of %d", n, len(row))
		}
	}
	return slices.Concat(rows...), nil
}

func (b *builder) vehicle(v *Vehicle, explicit bool) error {
	x := vrp.Vehicle{ID: v.ID, Profile: b.profile[v.table()], Start: vrp.Nowhere, End: vrp.Nowhere,
		Shift: vrp.Window{Close: vrp.MaxTime}, Capacity: v.Capacity, Skills: v.Skills,
		MaxStops: v.MaxTasks, MaxDrive: v.MaxTravelTime, MaxDistance: v.MaxDistance, PerSecond: 1}
	what := fmt.Sprintf("vehicle %d", v.ID)
	var err error
	if v.Start != nil || v.StartIndex != nil {
		if x.Start, err = b.place(v.Start, v.StartIndex, explicit, what); err != nil {
			return err
		}
	}
	if v.End != nil || v.EndIndex != nil {
		if x.End, err = b.place(v.End, v.EndIndex, explicit, what); err != nil {
			return err
		}
	}
	if v.TimeWindow != nil {
		x.Shift = b.window(*v.TimeWindow, 0)
	}
	x.Fixed, x.PerSecond, x.PerMeter = b.prices(v)
	for _, k := range v.Breaks {
		w := b.windows(k.TimeWindows, k.Service)
		if w == nil {
			w = []vrp.Window{{Close: vrp.MaxTime}}
		}
		x.Breaks = append(x.Breaks,
			vrp.Break{ID: k.ID, Duration: k.Service, Windows: w, Always: true})
	}
	b.p.Vehicles = append(b.p.Vehicles, x)
	b.n.vehicles = append(b.n.vehicles, *v)
	return nil
}
