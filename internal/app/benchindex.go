package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/geo/index"
	"beatplan/geo/track"
	"beatplan/internal/scope"
)

// movesPerSecond is how many things move while the moving index is asked.
const movesPerSecond = 50_000

// nearest asks the fleet's index with all filters, and compares with sorting.
func (b *liveBench) nearest(ctx context.Context) error {
	all, err := b.Live.Positions(ctx, scope.Everything())
	if err != nil {
		return err
	}
	everything := scope.Everything()
	q := track.Search{Limit: 10, OnDuty: true, Fresh: true, Only: &everything}
	found := make([]track.Near, 0, 128)
	took, err := sample(b.times(10_000), func() error {
		found = b.Live.Nearest(found[:0], b.place(), q)
		return nil
	})
	if err != nil {
		return err
	}
	wrong := 0
	for range b.times(500) {
		p := b.place()
		found = b.Live.Nearest(found[:0], p, q)
		slices.SortFunc(all, func(x, y track.Position) int {
			return cmp.Or(cmp.Compare(geodesic.Distance(p, x.Position), geodesic.Distance(p, y.Position)),
				cmp.Compare(x.Person, y.Person))
		})
		for i := range found {
			if found[i].ID != all[i].Person {
				wrong++
				break
			}
		}
	}
	b.sayMicros("live_nearest20k", took)
	b.say("live_nearest_wrong", float64(wrong), "answers")
	places := make([]orb.Point, len(all))
	for i := range all {
		places[i] = all[i].Position
	}
	if err := b.plain("live_nearest20k_rtree", places, b.place); err != nil {
		return err
	}
	return b.postgis(ctx)
}

// plain asks the same of an R-tree as it comes: a peer, on the plane of degrees.
func (b *liveBench) plain(name string, points []orb.Point, place func() orb.Point) error {
	var tree index.Plain
	for i, p := range points {
		tree.Put(int64(i), p)
	}
	found := make([]int64, 0, 16)
	took, err := sample(b.times(10_000), func() error {
		found = tree.Near(found[:0], place(), 10)
		return nil
	})
	if err == nil {
		b.sayMicros(name, took)
	}
	return err
}

func (b *liveBench) sayMicros(name string, took []time.Duration) {
	b.say(name+"_p50_us", float64(percentile(took, 50).Nanoseconds())/1e3, "µs")
	b.say(name+"_p99_us", float64(percentile(took, 99).Nanoseconds())/1e3, "µs")
}

// postgis asks the same of the last positions' table, as it comes but for a GiST
// index: the peer.
func (b *liveBench) postgis(ctx context.Context) error {
	const sql = `select person_id from track.last order by position <-> $1 limit 10`
	if _, err := b.DB.Exec(ctx, `create index on track.last using gist (position);
		analyze track.last`); err != nil {
		return err
	}
	took, err := sample(b.times(2000), func() error {
		_, err := b.DB.Exec(ctx, sql, b.place())
		return err
	})
	if err != nil {
		return err
	}
	b.sayMicros("live_nearest20k_postgis", took)
	_, err = b.DB.Exec(ctx, `drop index track.last_position_idx`)
	return err
}

// wide is somewhere in the United States.
func (b *liveBench) wide() orb.Point {
	return orb.Point{b.rng.Float64()*60 - 125, b.rng.Float64()*25 + 25}
}

// million asks an index of a million points, and compares with looking at all.
func (b *liveBench) million(context.Context) error {
	items := make([]index.Item[int], benchPoints)
	for i := range items {
		items[i] = index.Item[int]{ID: int64(i + 1), Point: b.wide()}
	}
	live := index.NewLive[int](index.Options{})
	live.Reset(slices.Values(items))
	s := live.Snapshot()
	found := make([]index.Neighbour[int], 0, 16)
	took, err := sample(b.times(10_000), func() error {
		found = s.Near(found[:0], b.wide(), 10, 1e9, nil)
		return nil
	})
	if err != nil {
		return err
	}
	wrong := 0
	for range b.times(25) {
		p := b.wide()
		found = s.Near(found[:0], p, 10, 1e9, nil)
		last := found[len(found)-1].Distance
		nearer := 0
		for i := range items {
			if geodesic.Distance(p, items[i].Point) < last {
				nearer++
			}
		}
		if len(found) != 10 || nearer > 9 {
			wrong++
		}
	}
	b.sayMicros("live_nearest1m", took)
	b.say("live_nearest1m_wrong", float64(wrong), "answers")
	places := make([]orb.Point, len(items))
	for i := range items {
		places[i] = items[i].Point
	}
	return b.plain("live_nearest1m_rtree", places, b.wide)
}

// moving asks an index of the fleet's size from one processor while another moves
// 50,000 things a second.
func (b *liveBench) moving(ctx context.Context) error {
	live := index.NewLive[int](index.Options{})
	for i := range benchFleet {
		live.Put(int64(i+1), b.place(), 0)
	}
	span := time.Duration(b.times(10)) * time.Second
	moves, places := make([]orb.Point, 4096), make([]orb.Point, 4096)
	for i := range moves {
		moves[i], places[i] = b.place(), b.place()
	}
	begin := time.Now()
	moved := make(chan int)
	go func() {
		n := 0
		for ctx.Err() == nil && time.Since(begin) < span {
			for due := int(time.Since(begin).Seconds() * movesPerSecond); n < due; n++ {
				live.Put(int64(n%benchFleet+1), moves[n%len(moves)], n)
			}
			time.Sleep(time.Millisecond)
		}
		moved <- n
	}()
	var took []time.Duration
	found := make([]index.Neighbour[int], 0, 16)
	for time.Since(begin) < span {
		one := time.Now()
		found = live.Snapshot().Near(found[:0], places[len(took)%len(places)], 10, 1e9, nil)
		took = append(took, time.Since(one))
	}
	n := <-moved
	asked := float64(len(took)) / time.Since(begin).Seconds()
	slices.Sort(took)
	b.sayMicros("live_nearest_moving", took)
	b.say("live_nearest_moving_per_s", asked, "questions/s")
	b.say("live_moves_per_s", float64(n)/span.Seconds(), "moves/s")
	return ctx.Err()
}
