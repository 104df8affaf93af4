package demo

import (
	"context"
	"fmt"

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
