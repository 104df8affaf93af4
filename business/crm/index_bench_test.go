package crm

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/index"
	"beatplan/internal/scope"
)

// million is a million customers around 300 towns of China, 1,000 owners.
func million(n int) ([]MapPin, []Owner) {
	rng := rand.New(rand.NewPCG(300, 1))
	towns := make([]orb.Point, 300)
	for i := range towns {
		towns[i] = orb.Point{100 + rng.Float64()*21, 22 + rng.Float64()*20}
	}
	owners := make([]Owner, 1000)
	for i := range owners {
		owners[i] = Owner{Person: business.PersonID(i + 1), Name: fmt.Sprint("Owner ", i), Active: true,
			Team: business.TeamID(i/20 + 1), Color: i % 8}
	}
	pins := make([]MapPin, n)
	for i := range pins {
		town := rng.IntN(len(towns))
		at := orb.Point{towns[town][0] + rng.NormFloat64()*0.12, towns[town][1] + rng.NormFloat64()*0.1}
		name := fmt.Sprintf("客户 %d", i)
		pins[i] = MapPin{ID: business.CustomerID(i + 1), Name: name, Kind: "shop", Level: pick(rng, A, B, C),
			Status: pick(rng, Prospect, Active), Owner: business.PersonID(town*3 + rng.IntN(3) + 1),
			Position: &at, DueOn: business.NewDate(2026, 11, 1+i%40), Search: name}
	}
	return pins, owners
}

// BenchmarkMap1M prints what the map costs in process with a million customers.
func BenchmarkMap1M(b *testing.B) {
	pins, owners := million(1_000_000)
	x := (&Service{}).NewIndex(nil)
	x.today = func() business.Date { return business.NewDate(2026, 11, 23) }
	for b.Loop() {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begin := time.Now()
		x.reset(pins, owners)
		b.ReportMetric(time.Since(begin).Seconds(), "tile_cluster_build_s")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "index_MB")
		all := x.Select(Filter{}, scope.Everything())
		town := *pins[0].Position
		report(b, "z14_us", func() {
			for range all.Points(at(14, town)) { // reading is what is measured
			}
		})
		report(b, "z11_cluster_us", func() { all.Clusters(zoomed(11, town, ByOwner)) })
		report(b, "z5_cluster_us", func() { all.Clusters(zoomed(5, town, ByLevel)) })
		report(b, "z2_cluster_us", func() { all.Clusters(zoomed(2, town, ByLevel)) })
		report(b, "filter_z8_us", func() {
			x.Select(Filter{Due: []Due{DueToday}}, scope.Everything()).Clusters(zoomed(8, town, ByLevel))
		})
		report(b, "change_us", func() {
			p := pins[1]
			moved := orb.Point{town[0] + 0.01, town[1]}
			p.Position = &moved
			x.mu.Lock()
			x.put(&p)
			x.tree.Publish()
			x.mu.Unlock()
		})
	}
}

func at(z uint32, p orb.Point) (zoom, column, row uint32) {
	x, y := index.Plane(p)
	return z, uint32(uint64(x) >> (32 - z)), uint32(uint64(y) >> (32 - z))
}

func zoomed(z uint32, p orb.Point, by Breakdown) (zoom, column, row uint32, b Breakdown) {
	zoom, column, row = at(z, p)
	return zoom, column, row, by
}

// report measures the median of many runs in microseconds.
func report(b *testing.B, name string, fn func()) {
	b.Helper()
	var took []time.Duration
	for range 200 {
		begin := time.Now()
		fn()
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[100].Nanoseconds())/1000, name)
}
