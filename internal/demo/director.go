package demo

import (
	"context"
	"fmt"
	"slices"

	"beatplan/business"
	"beatplan/business/identity"
)

// directorRole is the company's own role of whoever stands above the manager.
const directorRole = "director"

// appoint creates the sales director and the management that they lead. Who is one of
// it, the manager, waits with what has to be agreed above, the day of a scenario say;
// what salespeople ask for still goes to the manager alone.
func (h House) appoint(
	ctx context.Context, admin business.Actor,
	person func(identity.NewPerson) (identity.Person, error),
) (business.TeamID, error) {
	_, err := h.Identity.CreateRole(ctx, admin, key("role", directorRole), identity.NewRole{
		Code: directorRole, Name: "Sales director", NameZH: "销售总监",
		Base: business.Manager, Reach: identity.All,
	})
	if err != nil {
		return 0, fmt.Errorf("role of the director: %w", err)
	}
	for _, code := range []string{directorRole, string(business.Manager)} {
		if err := h.mayExport(ctx, admin, code); err != nil {
			return 0, fmt.Errorf("what the role %s may: %w", code, err)
		}
	}
	director, err := person(identity.NewPerson{
		Name: "高总 Gao (director)", Login: "director", Role: directorRole, Phone: phone(5),
	})
	if err != nil {
		return 0, err
	}
	team, err := h.Identity.CreateTeam(ctx, admin, key("team", "management"),
		identity.NewTeam{Name: "管理层 Management", Leader: director.ID})
	if err != nil {
		return 0, fmt.Errorf("team of the management: %w", err)
	}
	return team.ID, nil
}

// mayExport lets a role take lists away as files, which no role may until its company
// says so.
func (h House) mayExport(ctx context.Context, admin business.Actor, code string) error {
	role, err := h.Identity.RoleByCode(ctx, code)
	if err != nil || slices.Contains(role.Permissions, business.CustomersExport) {
		return err
	}
	may := append(slices.Clone(role.Permissions), business.CustomersExport)
	_, err = h.Identity.ChangeRole(ctx, admin, code, role.Version, identity.RoleChange{Permissions: &may})
	return err
}
