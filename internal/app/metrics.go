package app

import (
	"context"
	"time"
)

// measure registers what an operator watches beside requests.
func (a *App) measure() {
	m := a.Metrics
	m.Gauge("beatplan_database_connections", "Open connections to the database.",
		func() float64 { return float64(a.DB.Stat().TotalConns()) })
	m.Gauge("beatplan_database_connections_in_use", "Connections that are working.",
		func() float64 { return float64(a.DB.Stat().AcquiredConns()) })
	m.Counter("beatplan_database_waits_total", "Times that all connections were in use.",
		func() float64 { return float64(a.DB.Stat().EmptyAcquireCount()) })
	m.Gauge("beatplan_events_pending", "Facts that some listener has not heard yet.",
		asked(a.Bus.Pending))
	m.Gauge("beatplan_positions_waiting", "Messages of positions that are not stored yet.",
		asked(func(ctx context.Context) (int, error) { return a.Stream.Waiting(ctx, consumer) }))
	m.Counter("beatplan_positions_discarded_total", "Positions of people off duty.",
		func() float64 { off, _ := a.Track.Discarded(); return float64(off) })
	m.Counter("beatplan_positions_unconsented_total", "Positions of people who did not agree.",
		func() float64 { _, without := a.Track.Discarded(); return float64(without) })
	m.Gauge("beatplan_customers", "Customers in the index.",
		func() float64 { return float64(a.Index.Len()) })
	m.Gauge("beatplan_regions", "Road maps in use.",
		func() float64 { return float64(len(a.Roads.Regions())) })
}

// asked makes a figure of a question that can fail: −1 says that it did.
func asked(ask func(ctx context.Context) (int, error)) func() float64 {
	return func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := ask(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	}
}
