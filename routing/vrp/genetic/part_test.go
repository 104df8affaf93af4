package genetic

import (
	"reflect"
	"testing"
)

// A route of a part costs what the same route of the whole costs, is late and overloaded
// alike, and has the neighbours that are in the part.
func TestAPartIsTheWholeInSmall(t *testing.T) {
	for seed := range uint64(20) {
		in := small(seed, 12, 4)
		vehicles := []int{3, 0}
		routes := [][]int32{{7, 2, 11}, {4, 9}}
		part, visits := in.Part(vehicles, routes)
		if part.N != 5 || !reflect.DeepEqual(visits, []int32{7, 2, 11, 4, 9}) {
			t.Fatalf("%d visits: %v", part.N, visits)
		}
		for k, own := range [][]int32{{0, 1, 2}, {3, 4}} {
			cost, excess, inTime := drive(in, vehicles[k], routes[k])
			c, e, ok := drive(part, k, own)
			if c != cost || e != excess || ok != inTime {
				t.Fatalf("seed %d: %d %d %v, as a whole %d %d %v", seed, c, e, ok, cost, excess, inTime)
			}
		}
		for k, i := range visits {
			var want []int32
			for _, c := range in.Near[i] {
				for own, j := range visits {
					if j == c {
						want = append(want, int32(own))
					}
				}
			}
			if !reflect.DeepEqual(part.Near[k], want) {
				t.Fatalf("neighbours %v of visit %d, want %v", part.Near[k], i, want)
			}
		}
	}
}
