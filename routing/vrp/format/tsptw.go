package format

import (
	"math"

	"beatplan/routing/vrp"
)

// readMatrix reads a TSPTW file: the number of nodes, a matrix of travel with
// service included, a window for each node; comments after that are ignored.
// Real numbers are scaled by 10,000, whole ones are kept.
func readMatrix(data []byte) (*Instance, error) {
	var all []float64
	for _, f := range lines(data) {
		if f[0][0] == '#' {
			continue
		}
		x, ok := numbers(f)
		if !ok {
			break
		}
		all = append(all, x...)
	}
	if len(all) == 0 || all[0] < 2 || all[0] > maxNodes || all[0] != math.Floor(all[0]) {
		return nil, ErrUnknown
	}
	n := int(all[0])
	if len(all) < 1+n*n+2*n {
		return nil, ErrUnknown
	}
	scale := 1.0
	for _, x := range all[1 : 1+n*n] {
		if x != math.Floor(x) {
			scale = 10_000
			break
		}
	}
	whole := func(x float64) int { return int(min(math.Round(x*scale), vrp.MaxTime)) }
	table := make([]int32, n*n)
	for k := range table {
		table[k] = int32(whole(all[1+k]))
	}
	windows := all[1+n*n:]
	p := &vrp.Problem{Profiles: []vrp.Profile{{Locations: n, Duration: table, Distance: table}}}
	p.Vehicles = []vrp.Vehicle{{PerSecond: 1,
		Shift: vrp.Window{Open: whole(windows[0]), Close: whole(windows[1])}}}
	out := &Instance{Kind: "TSPTW", Scale: int(scale), Problem: p}
	for i := 1; i < n; i++ {
		p.Visits = append(p.Visits, vrp.Visit{ID: int64(i), Location: i,
			Windows: []vrp.Window{{Open: whole(windows[2*i]), Close: whole(windows[2*i+1])}}})
		out.Nodes = append(out.Nodes, i)
	}
	return out, nil
}
