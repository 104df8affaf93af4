package app

import (
	"context"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/fence"
	"beatplan/geo/geodesic"
)

// benchFences is how many fences fixes are looked at against; one in 500 is an area.
const benchFences = 100_000

// fences looks at fixes of some people against 100,000 fences, in batches, and counts
// the events that a second run in other batches has otherwise.
func (b *liveBench) fences(context.Context) error {
	all := make([]fence.Fence, benchFences)
	for i := range all {
		p := b.place()
		all[i] = fence.Fence{Key: fence.NewKey(fence.Site, int64(i+1)), Centre: p, Radius: siteRadius}
		if i%500 == 0 {
			all[i] = fence.Fence{Key: fence.NewKey(fence.Territory, int64(i+1)),
				Area: areaAround(p, geo.Meters(1000+b.rng.IntN(4000)))}
		}
	}
	set := fence.NewSet(all)
	people := b.times(200)
	ways := make([][]fence.Fix, people)
	now := b.Clock.Now()
	for i := range ways {
		p := b.place()
		for k := range benchDayFix {
			p = geodesic.Destination(p, b.rng.Float64()*360, 80)
			ways[i] = append(ways[i], fence.Fix{At: now.Add(time.Duration(k) * time.Second), Position: p})
		}
	}
	count := func(batch int) (events int) {
		for _, fixes := range ways {
			var st fence.State
			for at := 0; at < len(fixes); at += batch {
				events += len(set.Step(&st, fixes[at:min(at+batch, len(fixes))], nil))
			}
		}
		return events
	}
	begin := time.Now()
	events := count(50)
	took := time.Since(begin)
	if again := count(benchDayFix); again != events || events == 0 {
		return fmt.Errorf("%d crossings in batches, %d at once", events, again)
	}
	b.say("live_fences_fixes_per_s", float64(people*benchDayFix)/took.Seconds(), "fixes/s")
	return nil
}

// areaAround is a ragged area of about this radius.
func areaAround(p orb.Point, radius geo.Meters) orb.MultiPolygon {
	var ring orb.Ring
	for k := range 24 {
		ring = append(ring, geodesic.Destination(p, float64(k)*15, radius*geo.Meters(1+k%3)/3))
	}
	return orb.MultiPolygon{{append(ring, ring[0])}}
}
