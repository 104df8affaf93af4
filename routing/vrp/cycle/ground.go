package cycle

import "slices"

const (
	neighbours = 10 // near places that are listed
	nearest    = 5  // of them the nearest, whatever their direction
	looks      = 8  // of them those that a move of the descent tries
)

// ground is what every search over the same places shares.
type ground struct {
	n     int
	d     []int32
	near  []int32 // n × width, the nearest first
	width int
	looks int
}

func newGround(n int, d []int32) *ground {
	g := &ground{n: n, d: d, width: min(neighbours, n-1), looks: min(looks, n-1)}
	g.near = make([]int32, n*g.width)
	order := make([]int64, 0, n)
	for i := range n {
		g.list(int32(i), order)
	}
	return g
}

func (g *ground) dist(a, b int32) int { return int(g.d[int(a)*g.n+int(b)]) }

func (g *ground) nearTo(a int32) []int32 {
	return g.near[int(a)*g.width : int(a+1)*g.width]
}

// list writes the places that are near i: the nearest, and then those that no place
// of the list is nearer to, which lead out of a cluster (as in the relative
// neighbourhood graph of Toussaint, 1980, DOI 10.1016/0031-3203(80)90066-7).
// O(n log n).
func (g *ground) list(i int32, order []int64) {
	row := g.d[int(i)*g.n : int(i+1)*g.n]
	order = order[:0]
	for j, d := range row {
		if int32(j) != i {
			order = append(order, int64(d)<<32|int64(j))
		}
	}
	slices.Sort(order)
	list := g.nearTo(i)[:0]
	for k, x := range order {
		j := int32(x)
		if k < nearest || len(order)-k <= g.width-len(list) || !g.covered(list, i, j) {
			list = append(list, j)
		}
		if len(list) == g.width {
			return
		}
	}
}

// covered reports whether a listed place is nearer to j than i is.
func (g *ground) covered(list []int32, i, j int32) bool {
	for _, k := range list {
		if g.dist(k, j) < g.dist(i, j) {
			return true
		}
	}
	return false
}
