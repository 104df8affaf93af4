package genetic

// Part is the problem of some routes of a plan: their vehicles and the visits that they
// serve, numbered in the order of the routes. It also answers which visit each of its
// own is. Vehicles in a part are those of the list; routes are theirs. O(visits²).
func (in *Input) Part(vehicles []int, routes [][]int32) (*Input, []int32) {
	out := &Input{Timed: in.Timed}
	var places []int32 // of each place of the part
	mine := make(map[int32]int32)
	for _, route := range routes {
		for _, i := range route {
			mine[i] = int32(len(places))
			places = append(places, i)
			out.Open = append(out.Open, in.Open[i])
			out.Last = append(out.Last, in.Last[i])
			out.Serve = append(out.Serve, in.Serve[i])
			out.Demand = append(out.Demand, in.Demand[i])
		}
	}
	out.N = len(places)
	visits := places
	depot := func(place int) int {
		k, ok := mine[int32(place)]
		if !ok {
			k = int32(len(places))
			mine[int32(place)] = k
			places = append(places, int32(place))
		}
		return int(k)
	}
	for _, v := range vehicles {
		x := in.Vehicles[v]
		x.Start, x.End = depot(x.Start), depot(x.End)
		out.Vehicles = append(out.Vehicles, x)
	}
	out.Size = len(places)
	out.Cost, out.Time = cut(in.Cost, in.Size, places), cut(in.Time, in.Size, places)
	for _, i := range visits {
		var near []int32
		for _, c := range in.Near[i] {
			if k, ok := mine[c]; ok && int(k) < out.N {
				near = append(near, k)
			}
		}
		out.Near = append(out.Near, near)
	}
	return out, visits
}

// cut is a table of so many places, between some of them.
func cut(table []int32, size int, places []int32) []int32 {
	out := make([]int32, 0, len(places)*len(places))
	for _, a := range places {
		for _, b := range places {
			out = append(out, table[int(a)*size+int(b)])
		}
	}
	return out
}
