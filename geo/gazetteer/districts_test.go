package gazetteer

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func TestDistrictsOfDelaware(t *testing.T) {
	all := open(t).Districts("")
	var counties []string
	ids := map[int64]bool{}
	for _, d := range all {
		if d.Level == 6 {
			counties = append(counties, d.Name)
		}
		if d.ID <= 0 || d.ID >= 1<<53 || ids[d.ID] {
			t.Errorf("%s has the id %d", d.Name, d.ID)
		}
		ids[d.ID] = true
	}
	slices.Sort(counties)
	for _, want := range []string{"Kent County", "New Castle County", "Sussex County"} {
		if !slices.Contains(counties, want) {
			t.Errorf("%s is missing in %v", want, counties)
		}
	}
	if levels := Levels(all); !slices.Contains(levels, 6) || !slices.IsSorted(levels) {
		t.Errorf("levels %v", levels)
	}
}

func TestLocateEqualsTheOutlines(t *testing.T) {
	all := open(t).Districts("en")
	rng := rand.New(rand.NewPCG(1, 2))
	points := make([]orb.Point, 3000)
	for i := range points {
		points[i] = orb.Point{-75.8 + 0.8*rng.Float64(), 38.4 + 1.5*rng.Float64()}
	}
	for _, level := range []int{6, 8} {
		inside := 0
		for i, at := range Locate(all, level, points) {
			want := slices.IndexFunc(all, func(d District) bool {
				return d.Level == level && planar.MultiPolygonContains(d.Shape, points[i])
			})
			if at != want {
				t.Fatalf("level %d, %v: %d, want %d", level, points[i], at, want)
			}
			if at >= 0 {
				inside++
			}
		}
		if inside == 0 {
			t.Errorf("nothing lies in any area of level %d", level)
		}
	}
}

func TestBarriersOfDelaware(t *testing.T) {
	g := open(t)
	// Interstate 95 and the Chesapeake and Delaware Canal part Wilmington from
	// Newark's south and the north of the state from the rest.
	for name, cut := range map[string]orb.LineString{
		"the canal":   {{-75.65, 39.60}, {-75.65, 39.50}},
		"the highway": {{-75.65, 39.70}, {-75.65, 39.64}},
	} {
		hit := slices.ContainsFunc(g.Barriers(), func(line orb.LineString) bool {
			for i := 1; i < len(line); i++ {
				a, b := line[i-1], line[i]
				if (a[0] < cut[0][0]) != (b[0] < cut[0][0]) {
					y := a[1] + (b[1]-a[1])*(cut[0][0]-a[0])/(b[0]-a[0])
					if y < cut[0][1] && y > cut[1][1] {
						return true
					}
				}
			}
			return false
		})
		if !hit {
			t.Errorf("%s is no barrier among %d", name, len(g.Barriers()))
		}
	}
}
