package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/index"
	"beatplan/geo/track"
	"beatplan/routing"
	"beatplan/routing/dispatch"
)

// benchCalls is how many calls are compared with looking at everybody, and benchTeam
// how large the fleet is for that.
const (
	benchCalls = 10_000
	benchTeam  = 600
)

// oneRegion is one road map as all roads.
type oneRegion struct{ *routing.Engine }

// Toward begins a search to the road nearest to p.
func (r oneRegion) Toward(p orb.Point) (*routing.Toward, error) {
	to, err := r.Snap(p, 0)
	if err != nil {
		return nil, err
	}
	return r.Engine.Toward(to)
}

// dispatch ranks the whole fleet by road time, and compares with looking at everybody.
func (b *liveBench) dispatch(ctx context.Context, extract string) error {
	if extract == "" {
		return fmt.Errorf("the dispatch needs an extract: --osm")
	}
	dir, err := os.MkdirTemp("", "beatplan-bench-roads")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // a temporary folder
	file := filepath.Join(dir, "roads.net")
	if _, err := routing.BuildFile(ctx, routing.Build{Extract: extract, Out: file}); err != nil {
		return err
	}
	roads, err := routing.OpenFile(file)
	if err != nil {
		return err
	}
	defer roads.Close() // measured already
	now := b.Clock.Now()
	fleet, candidates := b.stands(roads, benchFleet, now)
	all := make(map[int64]dispatch.Candidate, len(candidates))
	for _, c := range candidates {
		all[c.Person] = c
	}
	looked := 0
	who := func(_ context.Context, people []int64) (map[int64]dispatch.Candidate, error) {
		looked += len(people)
		return all, nil
	}
	calls := max(200, b.times(5000))
	places := make([]orb.Point, 0, calls)
	for range calls {
		places = append(places, b.onRoad(roads))
	}
	next := 0
	took, err := sample(calls, func() error {
		next++
		_, err := fleet.Nearest(ctx, dispatch.Question{To: places[next-1], Now: now,
			Fresh: track.FreshFor, Limit: 5}, who)
		return err
	})
	if err != nil {
		return err
	}
	b.say("live_dispatch_p50_ms", percentile(took, 50).Seconds()*1e3, "ms")
	b.say("live_dispatch_p99_ms", percentile(took, 99).Seconds()*1e3, "ms")
	b.say("live_dispatch_looked_at", float64(looked)/float64(calls), "people")
	return b.dispatchExact(ctx, roads)
}

// onRoad is a place on a road.
func (b *liveBench) onRoad(roads *routing.Engine) orb.Point {
	for {
		p := b.place()
		if s, err := roads.Snap(p, 0); err == nil {
			return s.Point
		}
	}
}

// stands is a fleet of n people on the roads, some of them busy.
func (b *liveBench) stands(
	roads *routing.Engine, n int, now time.Time,
) (*dispatch.Fleet, []dispatch.Candidate) {
	fleet := dispatch.NewFleet(oneRegion{roads}, index.Options{})
	candidates := make([]dispatch.Candidate, n)
	for i := range candidates {
		candidates[i] = dispatch.Candidate{Person: int64(i + 1), Position: b.place(), At: now,
			Busy: time.Duration(b.rng.IntN(4)) * 3 * time.Minute}
		fleet.Put(candidates[i].Person, candidates[i].Position, now)
	}
	fleet.Publish()
	return fleet, candidates
}

// dispatchExact counts the calls whose answer is another than that of computing the
// road time of everybody.
func (b *liveBench) dispatchExact(ctx context.Context, roads *routing.Engine) error {
	now := b.Clock.Now()
	fleet, candidates := b.stands(roads, benchTeam, now)
	all := map[int64]dispatch.Candidate{}
	for _, c := range candidates {
		all[c.Person] = c
	}
	who := func(context.Context, []int64) (map[int64]dispatch.Candidate, error) { return all, nil }
	wrong := 0
	for range b.times(benchCalls) {
		q := dispatch.Question{To: b.onRoad(roads), Now: now, Fresh: track.FreshFor,
			Limit: 1 + b.rng.IntN(6)}
		want, err := dispatch.Nearest(ctx, roads, q, candidates)
		if err != nil {
			return err
		}
		got, err := fleet.Nearest(ctx, q, who)
		if err != nil {
			return err
		}
		if !slices.Equal(got.Ranked, want.Ranked) {
			wrong++
		}
	}
	b.say("live_dispatch_wrong", float64(wrong), "answers")
	return nil
}
