package format

import (
	"fmt"
	"strconv"
	"strings"

	"beatplan/routing/vrp"
)

// lib is a TSPLIB or CVRPLIB file: keywords and sections of numbers.
type lib struct {
	words    map[string]string
	sections map[string][][]float64
}

// readLib reads TSPLIB (Reinelt, 1991, DOI 10.1287/ijoc.3.4.376), CVRPLIB and
// their dialects with TIME_WINDOW, SERVICE_TIME, PRIZE and VEHICLES_DEPOT
// sections. Distances: rounded for TSP and CVRP; in truncated tenths for VRPTW and
// PCVRPTW with coordinates; in rounded thousandths for MDVRPTW; matrices as given.
func readLib(data []byte) (*Instance, error) {
	f, err := parseLib(data)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(f.words["DIMENSION"])
	if err != nil || n < 2 || n > maxNodes {
		return nil, fmt.Errorf("DIMENSION %q is not in 2 … %d", f.words["DIMENSION"], maxNodes)
	}
	out := &Instance{Name: f.words["NAME"], Kind: f.words["TYPE"], Scale: 1}
	profile, err := f.profile(n, out)
	if err != nil {
		return nil, err
	}
	out.Problem = &vrp.Problem{Profiles: []vrp.Profile{profile}}
	return out, f.fill(out, n)
}

func parseLib(data []byte) (*lib, error) {
	f := &lib{map[string]string{}, map[string][][]float64{}}
	section := ""
	for _, row := range lines(data) {
		text := strings.Join(row, " ")
		if x, ok := numbers(row); ok {
			if section == "" {
				return nil, fmt.Errorf("numbers outside any section: %.40q", text)
			}
			f.sections[section] = append(f.sections[section], x)
			continue
		}
		word, value, _ := strings.Cut(text, ":")
		word = strings.TrimSpace(word)
		switch {
		case strings.HasSuffix(word, "_SECTION"):
			section = strings.TrimSuffix(word, "_SECTION")
		case word == "EOF":
			return f, nil
		default:
			f.words[word] = strings.TrimSpace(value)
		}
	}
	return f, nil
}

// profile is the matrix by the convention of the set.
func (f *lib) profile(n int, out *Instance) (vrp.Profile, error) {
	if kind := f.words["EDGE_WEIGHT_TYPE"]; kind == "EXPLICIT" {
		return f.explicit(n)
	} else if kind != "EUC_2D" {
		return vrp.Profile{}, fmt.Errorf("EDGE_WEIGHT_TYPE %q is not supported", kind)
	}
	rows := f.sections["NODE_COORD"]
	if len(rows) != n {
		return vrp.Profile{}, fmt.Errorf("%d coordinates for %d nodes", len(rows), n)
	}
	var xs, ys []float64
	for _, r := range rows {
		if len(r) != 3 {
			return vrp.Profile{}, fmt.Errorf("NODE_COORD_SECTION: %d numbers in a row", len(r))
		}
		xs, ys = append(xs, r[1]), append(ys, r[2])
	}
	round := rounded
	switch out.Kind {
	case "VRPTW", "PCVRPTW":
		round, out.Scale = truncated10, 10
	case "MDVRPTW", "MDVRP":
		round, out.Scale = rounded1000, 1000
	}
	return euclidean(xs, ys, round), nil
}

// explicit reads FULL_MATRIX, LOWER_DIAG_ROW, LOWER_ROW, UPPER_ROW and
// UPPER_DIAG_ROW.
func (f *lib) explicit(n int) (vrp.Profile, error) {
	var all []float64
	for _, r := range f.sections["EDGE_WEIGHT"] {
		all = append(all, r...)
	}
	format := f.words["EDGE_WEIGHT_FORMAT"]
	var expected int
	switch format {
	case "FULL_MATRIX":
		expected = n * n
	case "LOWER_DIAG_ROW", "UPPER_DIAG_ROW":
		expected = n * (n + 1) / 2
	case "LOWER_ROW", "UPPER_ROW":
		expected = n * (n - 1) / 2
	default:
		return vrp.Profile{}, fmt.Errorf("EDGE_WEIGHT_FORMAT %q is not supported", format)
	}
	if len(all) != expected { // before a table is made for it
		return vrp.Profile{}, fmt.Errorf("%d matrix entries, %d expected", len(all), expected)
	}
	table := make([]int32, n*n)
	k := 0
	set := func(i, j int, both bool) {
		table[i*n+j] = int32(all[k])
		if both {
			table[j*n+i] = int32(all[k])
		}
		k++
	}
	for i := range n {
		low, high := 0, n
		switch format {
		case "LOWER_DIAG_ROW":
			high = i + 1
		case "LOWER_ROW":
			high = i
		case "UPPER_ROW":
			low = i + 1
		case "UPPER_DIAG_ROW":
			low = i
		}
		for j := low; j < high; j++ {
			set(i, j, format != "FULL_MATRIX")
		}
	}
	return vrp.Profile{Locations: n, Duration: table, Distance: table}, nil
}

// column is a per-node section as scaled whole numbers, or nil.
func (f *lib) column(name string, n, at, scale int) []int {
	rows := f.sections[name]
	if len(rows) == 0 {
		return nil
	}
	out := make([]int, n)
	for _, r := range rows {
		if k := int(r[0]) - 1; len(r) > at && k >= 0 && k < n {
			out[k] = int(r[at]*float64(scale) + 0.5)
		}
	}
	return out
}

func (f *lib) number(word string, missing int) int {
	x, err := strconv.Atoi(f.words[word])
	if err != nil {
		return missing
	}
	return x
}

// fill makes vehicles and visits.
func (f *lib) fill(out *Instance, n int) error {
	p, s := out.Problem, out.Scale
	depot := make([]bool, n)
	var depots []int
	for _, r := range f.sections["DEPOT"] {
		for _, x := range r {
			if k := int(x) - 1; k >= 0 && k < n && !depot[k] {
				depot[k] = true
				depots = append(depots, k)
			}
		}
	}
	if len(depots) == 0 {
		depot[0], depots = true, []int{0}
	}
	open, shut := f.column("TIME_WINDOW", n, 1, s), f.column("TIME_WINDOW", n, 2, s)
	demand, prize := f.column("DEMAND", n, 1, 1), f.column("PRIZE", n, 1, s)
	service := f.column("SERVICE_TIME", n, 1, s)
	fixed := f.number("SERVICE_TIME", 0) * s
	for i := range n {
		if depot[i] {
			continue
		}
		x := vrp.Visit{ID: int64(i + 1), Location: i, Service: fixed}
		if service != nil {
			x.Service = service[i]
		}
		if demand != nil {
			x.Delivery = []int{demand[i]}
		}
		if prize != nil {
			x.Optional, x.Prize = true, prize[i]
		}
		if open != nil {
			x.Windows = []vrp.Window{{Open: open[i], Close: shut[i] + x.Service}}
		}
		p.Visits = append(p.Visits, x)
		out.Nodes = append(out.Nodes, i)
	}
	return f.fleet(p, n, depots, func(k int) vrp.Window {
		if open == nil {
			return vrp.Window{Close: vrp.MaxTime}
		}
		return vrp.Window{Open: open[k], Close: shut[k]}
	}, s)
}

func (f *lib) fleet(p *vrp.Problem, n int, depots []int, shift func(int) vrp.Window, s int) error {
	count := f.number("VEHICLES", 0)
	if count == 0 {
		count = len(p.Visits) // no bound is stated
		if f.words["CAPACITY"] == "" {
			count = 1
		}
		count = min(count, max(2*f.least(p), 10))
	}
	if count > vrp.MaxVehicles {
		return fmt.Errorf("VEHICLES %d, at most %d", count, vrp.MaxVehicles)
	}
	home := f.sections["VEHICLES_DEPOT"]
	if f.words["TYPE"] == "TSP" {
		count = 1
	}
	for v := range count {
		k := depots[0]
		if v < len(home) && len(home[v]) > 1 {
			if k = int(home[v][1]) - 1; k < 0 || k >= n {
				return fmt.Errorf("VEHICLES_DEPOT_SECTION: no depot %d", k+1)
			}
		}
		x := vrp.Vehicle{Start: k, End: k, Shift: shift(k), PerMeter: 1,
			MaxDuty: f.number("VEHICLES_MAX_DURATION", 0) * s}
		if q := f.number("CAPACITY", 0); q > 0 {
			x.Capacity = []int{q}
		}
		p.Vehicles = append(p.Vehicles, x)
	}
	return nil
}

// least is how many vehicles the demand needs at least.
func (f *lib) least(p *vrp.Problem) int {
	sum, q := 0, f.number("CAPACITY", 0)
	for i := range p.Visits {
		for _, d := range p.Visits[i].Delivery {
			sum += d
		}
	}
	if q <= 0 {
		return 1
	}
	return (sum + q - 1) / q
}
