package app

import (
	"context"

	"beatplan/api"
	"beatplan/api/auditapi"
	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/internal/db"
)

func (a *App) mountAudit() {
	auditapi.Mount(a.API, auditapi.Surface{
		Log: a.Audit, Zone: a.Zone,
		Names: func(ctx context.Context, ids []int64) (map[business.PersonID]string, error) {
			return identity.Names(ctx, a.DB, ids)
		},
	})
}

// reads writes sensitive reads onto the trail.
type reads struct {
	log *audit.Log
	db  *db.DB
}

// Read records that somebody asks for something sensitive, before it is answered.
func (r reads) Read(ctx context.Context, by business.Actor, q api.Question) error {
	return r.db.InTx(ctx, func(tx db.Tx) error {
		return r.log.Record(ctx, tx, by, business.Change{
			Action: "read." + q.Operation, Object: "read", Person: by.Person,
			After: map[string]string{"path": q.Path, "query": q.Query},
		})
	})
}
