package format

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"beatplan/routing/vrp"
)

// The kinds of Cordeau's files by their number, those with windows four above.
const (
	cordeauPlain    = 0
	cordeauPeriodic = 1 // parts are days, combinations are sets of days
	cordeauDepots   = 2 // parts are depots
	cordeauSites    = 3 // parts are types of vehicle
	cordeauTimed    = 4
)

// maxParts bounds the days, depots or types of a file: combinations are bit strings.
const maxParts = 30

// cordeau is a file of Cordeau, Gendreau and Laporte (1997), DOI
// 10.1002/(SICI)1097-0037(199709)30:2<105::AID-NET5>3.0.CO;2-G: a head, a duration
// and a load for each part, then a row a place.
type cordeau struct {
	kind, timed       int // kind without the four of windows; 1 with windows
	fleet, count, all int // vehicles a part, customers, parts
	limits            [][2]float64
	customers, depots [][]float64
}

// isCordeau recognises the head: four small whole numbers, the kind first.
func isCordeau(rows [][]string) bool {
	if len(rows) == 0 || len(rows[0]) != 4 {
		return false
	}
	x, ok := numbers(rows[0])
	return ok && x[0] >= 0 && x[0] < 2*cordeauTimed && x[0] == math.Floor(x[0]) && x[3] >= 1
}

// readCordeau reads periodic (PVRP), multi-depot (MDVRP), site-dependent (SDVRP) and
// plain files, with windows or without. Distances are rounded thousandths.
func readCordeau(rows [][]string) (*Instance, error) {
	f, err := parseCordeau(rows)
	if err != nil {
		return nil, err
	}
	out := &Instance{Kind: f.name(), Scale: 1000}
	var xs, ys []float64
	for _, r := range append(f.depots[:len(f.depots):len(f.depots)], f.customers...) {
		xs, ys = append(xs, r[1]), append(ys, r[2])
	}
	out.Problem = &vrp.Problem{Profiles: []vrp.Profile{euclidean(xs, ys, rounded1000)}}
	f.vehicles(out)
	for k := range f.customers {
		if err := f.customer(out, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (f *cordeau) name() string {
	name := []string{"VRP", "PVRP", "MDVRP", "SDVRP"}[f.kind]
	return name + strings.Repeat("TW", f.timed)
}

func parseCordeau(rows [][]string) (*cordeau, error) {
	head, _ := numbers(rows[0])
	f := &cordeau{kind: int(head[0]) % cordeauTimed, timed: int(head[0]) / cordeauTimed,
		fleet: int(head[1]), count: int(head[2]), all: int(head[3])}
	homes := 1
	if f.kind == cordeauDepots {
		homes = f.all
	}
	switch {
	case f.all > maxParts:
		return nil, fmt.Errorf("line 1: %d parts, at most %d", f.all, maxParts)
	case f.fleet < 1 || f.fleet*f.all > vrp.MaxVehicles:
		return nil, fmt.Errorf("line 1: %d vehicles for %d parts", f.fleet, f.all)
	case f.count < 1 || f.count+homes > maxNodes:
		return nil, fmt.Errorf("line 1: %d customers", f.count)
	case len(rows) != 1+f.all+f.count+homes:
		return nil, fmt.Errorf("%d lines, not %d, for %d parts, %d customers and %d depots",
			len(rows), 1+f.all+f.count+homes, f.all, f.count, homes)
	}
	for k, row := range rows[1:] {
		x, ok := numbers(row)
		if !ok || k < f.all && len(x) != 2 || k >= f.all && len(x) < 5 {
			return nil, fmt.Errorf("line %d: %.40q is no row of numbers as it should be",
				k+2, strings.Join(row, " "))
		}
		if k < f.all {
			f.limits = append(f.limits, [2]float64{x[0], x[1]})
			continue
		}
		f.customers = append(f.customers, x)
	}
	if f.kind == cordeauDepots { // depots come last
		f.customers, f.depots = f.customers[:f.count], f.customers[f.count:]
	} else {
		f.customers, f.depots = f.customers[1:], f.customers[:1]
	}
	return f, nil
}

// vehicles makes the fleet of each part.
func (f *cordeau) vehicles(out *Instance) {
	whole := func(x float64) int { return int(x*float64(out.Scale) + 0.5) }
	for part := range f.all {
		home := 0
		if f.kind == cordeauDepots {
			home = part
		}
		x := vrp.Vehicle{Start: home, End: home, PerMeter: 1, Shift: vrp.Window{Close: vrp.MaxTime},
			MaxDuty: whole(max(f.limits[part][0], 0))}
		if q := f.limits[part][1]; q > 0 {
			x.Capacity = []int{int(q)}
		}
		if row := f.depots[home]; f.timed > 0 && len(row) >= 7 {
			x.Shift = vrp.Window{Open: whole(row[len(row)-2]), Close: whole(row[len(row)-1])}
		}
		for range f.fleet {
			x.ID = int64(len(out.Problem.Vehicles) + 1)
			out.Problem.Vehicles = append(out.Problem.Vehicles, x)
			out.Parts = append(out.Parts, part+1)
		}
	}
}

// customer makes the visits of one customer: one that any of the parts may serve, or
// one a day and the choice among the combinations.
func (f *cordeau) customer(out *Instance, k int) error {
	row := f.customers[k]
	fail := func(text string) error { return fmt.Errorf("customer %v: %s", row[0], text) }
	if len(row) < 7 || row[6] < 1 || row[6] > 1<<10 || len(row) != 7+int(row[6])+2*f.timed {
		return fail("the row is not as long as its combinations say")
	}
	place := len(f.depots) + k
	visit := vrp.Visit{ID: int64(row[0]), Location: place, Delivery: []int{int(row[4] + 0.5)},
		Service: int(row[3]*float64(out.Scale) + 0.5)}
	if f.timed > 0 {
		open, last := row[len(row)-2]*float64(out.Scale), row[len(row)-1]*float64(out.Scale)
		visit.Windows = []vrp.Window{{Open: int(open + 0.5), Close: int(last+0.5) + visit.Service}}
	}
	var options []uint
	union := uint(0)
	for _, code := range row[7 : 7+int(row[6])] {
		c := uint(max(code, 0))
		if c == 0 || c>>f.all > 0 {
			return fail(fmt.Sprintf("combination %v is not of %d parts", code, f.all))
		}
		if f.kind == cordeauPeriodic && bits.OnesCount(c) != int(row[5]) {
			return fail(fmt.Sprintf("combination %v has not %v days", code, row[5]))
		}
		options = append(options, c)
		union |= c
	}
	add := func(parts uint) int {
		x := visit
		if parts != 1<<f.all-1 {
			x.Allowed = f.fleetOf(parts)
		}
		out.Problem.Visits = append(out.Problem.Visits, x)
		out.Nodes = append(out.Nodes, int(row[0]))
		return len(out.Problem.Visits) - 1
	}
	if f.kind != cordeauPeriodic || bits.OnesCount(options[0]) == 1 {
		add(union)
		return nil
	}
	f.choice(out, options, union, add)
	return nil
}

// choice makes a visit for each day and, of several combinations, a pattern.
func (f *cordeau) choice(out *Instance, options []uint, union uint, add func(uint) int) {
	on := map[int]int{}
	for part := range f.all {
		if union>>f.bit(part)&1 > 0 {
			on[part] = add(1 << f.bit(part))
		}
	}
	if len(options) == 1 {
		return
	}
	var x vrp.Pattern
	for _, code := range options {
		var list []int
		for part := range f.all {
			if code>>f.bit(part)&1 > 0 {
				list = append(list, on[part])
			}
		}
		x.Options = append(x.Options, list)
	}
	out.Problem.Patterns = append(out.Problem.Patterns, x)
}

// bit is the place of a part in a combination: the first part is the leftmost digit.
func (f *cordeau) bit(part int) int { return f.all - 1 - part }

// fleetOf lists the vehicles of some parts.
func (f *cordeau) fleetOf(parts uint) []int {
	var list []int
	for v := range f.fleet * f.all {
		if parts>>f.bit(v/f.fleet)&1 > 0 {
			list = append(list, v)
		}
	}
	return list
}
