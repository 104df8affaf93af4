package routing

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

func TestStepsTellTheTurns(t *testing.T) {
	roads, places := town{
		drawn: `
      d-----f
      |
a--1--b--c
      |
      e--2--g`,
		ways: []string{"ab name=A", "bc name=A", "bd name=D", "df name=F", "be name=E", "eg name=G"},
	}.open(t)
	e := roads.open.Load().engines[0]
	var snaps []Snap
	for _, name := range []string{"1", "2"} {
		s, err := e.Snap(places[name], 0)
		if err != nil {
			t.Fatal(err)
		}
		snaps = append(snaps, s)
	}
	legs, err := e.Steps(t.Context(), snaps)
	if err != nil {
		t.Fatal(err)
	}
	var streets string
	var turns []int
	for _, s := range legs[0] {
		streets += s.Street
		turns = append(turns, s.Turn)
	}
	if streets != "AEG" || turns[0] != 0 || turns[1] != 90 || turns[2] != -90 {
		t.Errorf("%s %v", streets, turns)
	}
}

func TestStepsAddUpToTheLeg(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	dir := t.TempDir()
	importTown(t, dir, "grid", gridTown(rng, 10))
	e, err := openRoads(t, dir).Engine("grid")
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		var snaps []Snap
		for range 2 {
			s, err := e.Snap(orb.Point{7 + rng.Float64()*0.03, 43 + rng.Float64()*0.02}, 0)
			if err != nil {
				t.Fatal(err)
			}
			snaps = append(snaps, s)
		}
		route, err := e.Through(t.Context(), snaps)
		if err != nil {
			t.Fatal(err)
		}
		legs, err := e.Steps(t.Context(), snaps)
		if err != nil {
			t.Fatal(err)
		}
		var duration time.Duration
		var distance geo.Meters
		for _, s := range legs[0] {
			duration += s.Duration
			distance += s.Distance
		}
		off := distance - route.Distance
		if duration != route.Duration || off > 1e-6 || off < -1e-6 {
			t.Fatalf("steps %v %v, route %v %v", duration, distance, route.Duration, route.Distance)
		}
	}
}
