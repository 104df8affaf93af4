package format

import (
	"errors"

	"beatplan/routing/vrp"
)

// readSolomon reads the tables of Solomon (1987), DOI 10.1287/opre.35.2.254, and
// of Gehring and Homberger. Times and distances are in tenths, truncated, as the
// 12th DIMACS challenge states its best known values.
func readSolomon(data []byte) (*Instance, error) {
	rows := lines(data)
	out := &Instance{Kind: "VRPTW", Scale: 10}
	var fleet []float64
	var nodes [][]float64
	for k, f := range rows {
		if k == 0 {
			out.Name = f[0]
			continue
		}
		x, ok := numbers(f)
		switch {
		case ok && len(x) == 2 && fleet == nil:
			fleet = x
		case ok && len(x) >= 7:
			nodes = append(nodes, x)
		}
	}
	if fleet == nil || len(nodes) < 2 || len(nodes) > maxNodes {
		return nil, errors.New("solomon: no fleet or no customers, or too many")
	}
	var xs, ys []float64
	for _, n := range nodes {
		xs, ys = append(xs, n[1]), append(ys, n[2])
	}
	p := &vrp.Problem{Profiles: []vrp.Profile{euclidean(xs, ys, truncated10)}}
	depot := nodes[0]
	for range min(int(fleet[0]), vrp.MaxVehicles) {
		p.Vehicles = append(p.Vehicles, vrp.Vehicle{PerMeter: 1, Capacity: []int{int(fleet[1])},
			Shift: vrp.Window{Open: int(10 * depot[4]), Close: int(10 * depot[5])}})
	}
	for k, n := range nodes[1:] {
		service := int(10 * n[6])
		p.Visits = append(p.Visits, vrp.Visit{ID: int64(n[0]), Location: k + 1, Service: service,
			Delivery: []int{int(n[3])},
			Windows:  []vrp.Window{{Open: int(10 * n[4]), Close: int(10*n[5]) + service}}})
		out.Nodes = append(out.Nodes, int(n[0]))
	}
	out.Problem = p
	return out, nil
}
