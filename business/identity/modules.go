package identity

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// modulesOff is a column of the queries that identify somebody.
const modulesOff = `(select coalesce(array_agg(code), '{}') from identity.module_off)`

const (
	sqlModulesOff = `select code from identity.module_off order by code`

	sqlModuleOff = `
insert into identity.module_off (code, changed_at, changed_by) values (@code, @now, @by)
on conflict (code) do nothing`

	sqlModuleOn = `delete from identity.module_off where code = @code`
)

// Switch is a module and whether the company uses it.
type Switch struct {
	Module business.Module
	On     bool
}

// Switches lists the modules in the order of the menu.
func (s *Service) Switches(ctx context.Context) ([]Switch, error) {
	rows, err := s.DB.Query(ctx, sqlModulesOff)
	if err != nil {
		return nil, err
	}
	off, err := pgx.CollectRows(rows, pgx.RowTo[business.Module])
	if err != nil {
		return nil, err
	}
	var list []Switch
	for _, m := range business.Modules() {
		list = append(list, Switch{m, !slices.Contains(off, m)})
	}
	return list, nil
}

// SetModule switches a module on or off, for everybody at once. Its data is kept.
// Saying it twice is saying it once. It fails with [ErrNoModule].
func (s *Service) SetModule(
	ctx context.Context, by business.Actor, m business.Module, on bool,
) error {
	if !slices.Contains(business.Modules(), m) {
		return ErrNoModule
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		sql := sqlModuleOff
		if on {
			sql = sqlModuleOn
		}
		args := pgx.NamedArgs{"code": m, "now": s.Clock.Now(), "by": by.Person}
		tag, err := tx.Exec(ctx, sql, args)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.module.switched", Object: "module",
			Before: Switch{m, !on}, After: Switch{m, on},
		})
	})
}

// withhold takes from the identity what belongs to modules that are off.
func (id *Identity) withhold(off []business.Module) {
	var kept []business.Permission
	for _, p := range id.Permissions {
		if slices.Contains(off, p.Module()) {
			id.Disabled = append(id.Disabled, p)
		} else {
			kept = append(kept, p)
		}
	}
	id.Permissions = kept
}
