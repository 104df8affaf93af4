package app

import (
	"context"
	"fmt"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo/postgis"
	"beatplan/internal/db"
	"beatplan/internal/events"
)

// longestWait bounds how long a change may take to the other server.
const longestWait = 10 * time.Second

// replica measures how long a change takes to the map of another server: from the
// update, its commit included, until the tile that shows it counts as changed in an
// index of its own, which hears of it through a connection of its own.
func (b *benchMap) replica(ctx context.Context) error {
	bus, err := events.New(b.DB, events.Options{Log: b.Log})
	if err != nil {
		return err
	}
	if err := bus.Start(ctx); err != nil {
		return err
	}
	defer bus.Stop(ctx) //nolint:errcheck // measured already
	other := b.CRM.NewIndex(b.Log)
	background, cancel := context.WithCancel(ctx)
	defer other.Wait()
	defer cancel()
	if err := other.Start(background, bus); err != nil {
		return err
	}
	took, err := sample(min(b.times, 100), func() error { return b.moved(ctx, other) })
	if err != nil {
		return err
	}
	b.print("tile_replica_ms", ms3(took[len(took)/2]), "ms")
	b.print("tile_replica_p99_ms", ms3(took[len(took)*99/100]), "ms")
	return nil
}

// moved moves a customer and waits until the other index shows it.
func (b *benchMap) moved(ctx context.Context, other *crm.Index) error {
	id := business.CustomerID(1 + b.random.IntN(b.customers))
	at := b.places[b.random.IntN(len(b.places))]
	at = orb.Point{at[0] + b.random.Float64()*1e-3, at[1]}
	tile := maptile.At(at, 14)
	before := other.Changed(uint32(tile.Z), tile.X, tile.Y)
	position, err := postgis.EWKB(at)
	if err != nil {
		return err
	}
	if err := b.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, `update crm.customer set position = $2 where id = $1`,
			id, position); err != nil {
			return err
		}
		return b.Bus.Notice(ctx, tx, crm.TopicCustomer, nil, crm.Notice{IDs: []business.CustomerID{id}})
	}); err != nil {
		return err
	}
	for end := time.Now().Add(longestWait); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		if other.Changed(uint32(tile.Z), tile.X, tile.Y) != before {
			return nil
		}
	}
	return fmt.Errorf("customer %d has not moved on the other server after %v", id, longestWait)
}
