package app

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/internal/db"
	"beatplan/tiles/base"
)

// baseTrail keeps who set which base layer.
type baseTrail struct{ log *audit.Log }

// BaseSet records a change of a base layer, inside tx.
func (t baseTrail) BaseSet(ctx context.Context, tx db.Tx, by int64, before, after base.Layer) error {
	return t.log.Record(ctx, tx, actor(ctx, by), business.Change{
		Action: "base.layer.set", Object: "base", Before: before, After: after,
	})
}

// actor is the person by as the request of ctx knows them.
func actor(ctx context.Context, by int64) business.Actor {
	who := business.Actor{Person: business.PersonID(by)}
	if caller := api.Actor(ctx); caller.Person == who.Person {
		return caller
	}
	return who
}
