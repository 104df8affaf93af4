package vroom

import (
	"fmt"
	"math"

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
	profile, err := roads(b.points)
	if err != nil {
		return err
	}
	for _, by := range b.speed {
		b.p.Profiles = append(b.p.Profiles, faster(profile, by))
	}
	return nil
}

// supported refuses values that would be ignored.
func (b *builder) supported() error {
	if b.r.Options != nil && b.r.Options.G {
		return &Unsupported{"options.g"}
	}
	for _, v := range b.r.Vehicles {
		if f := v.SpeedFactor; f != nil && (*f < 0.01 || *f > 5) {
			return fmt.Errorf("vehicle %d: speed_factor must be 0.01 … 5", v.ID)
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

// windows turn starts inside [a, b] into visits inside [a, b + service].
func windows(list [][2]int, service int) []vrp.Window {
	var out []vrp.Window
	for _, w := range list {
		out = append(out, vrp.Window{Open: w[0], Close: w[1] + service})
	}
	return out
}

func (b *builder) task(j *Job, kind string, explicit bool) error {
	what := fmt.Sprintf("%s %d", kind, j.ID)
	at, err := b.place(j.Location, j.LocationIndex, explicit, what)
	if err != nil {
		return err
	}
	if j.Priority < 0 || j.Priority > maxPriority {
		return fmt.Errorf("%s: priority must be 0 … 100", what)
	}
	deliver := j.Delivery
	if deliver == nil {
		deliver = j.Amount
	}
	if j.Setup < 0 || j.Setup > vrp.MaxTime || j.Service < 0 || j.Service > vrp.MaxTime {
		return fmt.Errorf("%s: setup and service must be 0 … 2³⁰", what)
	}
	busy := j.Setup + j.Service
	b.p.Visits = append(b.p.Visits, vrp.Visit{ID: j.ID, Location: at, Service: busy,
		Windows: windows(j.TimeWindows, busy), Delivery: deliver, Pickup: j.Pickup,
		Skills: j.Skills, Optional: true, Prize: prizeTask + prizePriority*j.Priority})
	b.n.tasks = append(b.n.tasks,
		name{kind, j.ID, j.Description, j.Location, j.LocationIndex, j.Priority, j.Setup})
	return nil
}

func (b *builder) shipment(s *Shipment, explicit bool) error {
	if s.Pickup.Skills != nil || s.Delivery.Skills != nil || s.Pickup.Priority != 0 ||
		s.Delivery.Priority != 0 || s.Pickup.Pickup != nil || s.Pickup.Delivery != nil ||
		s.Delivery.Pickup != nil || s.Delivery.Delivery != nil {
		return &Unsupported{"shipments: skills, priority and amounts belong to the shipment"}
	}
	first := len(b.p.Visits)
	up, down := s.Pickup, s.Delivery
	up.Skills, up.Priority = s.Skills, s.Priority
	down.Skills, down.Priority = s.Skills, s.Priority
	if err := b.task(&up, pickup, explicit); err != nil {
		return err
	}
	if err := b.task(&down, delivery, explicit); err != nil {
		return err
	}
	b.p.Pairs = append(b.p.Pairs,
		vrp.Pair{Pickup: first, Delivery: first + 1, Amount: s.Amount})
	return nil
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
		durations, err := flat(m.Durations, n)
		if err != nil {
			return err
		}
		distances := make([]int32, n*n)
		if m.Distances != nil {
			if distances, err = flat(m.Distances, n); err != nil {
				return err
			}
		}
		if m.Costs != nil { // ride where the metres would
			if m.Distances != nil || v.MaxDistance > 0 || v.Costs != nil && v.Costs.PerKM > 0 {
				return &Unsupported{"matrices.costs beside distances"}
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
	out := make([]int32, 0, n*n)
	for _, row := range rows {
		if len(row) != n || len(rows) != n {
			return nil, fmt.Errorf("a matrix of %d rows has a row of %d", n, len(row))
		}
		out = append(out, row...)
	}
	return out, nil
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
		x.Shift = vrp.Window{Open: v.TimeWindow[0], Close: v.TimeWindow[1]}
	}
	x.Fixed, x.PerSecond, x.PerMeter = b.prices(v)
	for _, k := range v.Breaks {
		w := windows(k.TimeWindows, k.Service)
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
