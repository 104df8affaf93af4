package identityapi

import (
	"context"
	"net/http"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
)

// Role is what a company lets somebody do and see.
type Role struct {
	Code        string                `json:"code" example:"keeper"`
	Name        string                `json:"name" example:"Warehouse keeper"`
	NameZH      string                `json:"name_zh" example:"库管"`
	Base        business.Role         `json:"base" enum:"admin,manager,dispatcher,salesperson,keeper" doc:"What the modules' rules look at"`
	Reach       identity.Reach        `json:"reach" enum:"own,team,led,subtree,all" doc:"Whose rows it sees"`
	Permissions []business.Permission `json:"permissions"`
	Default     bool                  `json:"default" doc:"Exactly what the base may, in later versions too"`
	Builtin     bool                  `json:"builtin"`
	People      int                   `json:"people" doc:"Active people who have it"`
	Version     int64                 `json:"version"`
}

func roleView(r identity.Role) Role {
	v := Role{Code: r.Code, Name: r.Name, NameZH: r.NameZH, Base: r.Base, Reach: r.Reach,
		Permissions: r.Permissions, Default: r.Default, Builtin: r.Builtin, People: r.People,
		Version: r.Version}
	if v.Permissions == nil {
		v.Permissions = []business.Permission{}
	}
	return v
}

type (
	rolesOutput struct{ Body api.Page[Role] }
	roleOutput  struct {
		ETag string `header:"ETag"`
		Body Role
	}
	roleInput struct {
		Code string `path:"code" maxLength:"40"`
	}
	createRoleInput struct {
		Body struct {
			Code        string                `json:"code" pattern:"^[a-z][a-z0-9-]{1,39}$" example:"keeper"`
			Name        string                `json:"name" minLength:"1" maxLength:"80"`
			NameZH      string                `json:"name_zh,omitempty" maxLength:"80"`
			Base        business.Role         `json:"base" enum:"manager,dispatcher,salesperson,keeper"`
			Reach       identity.Reach        `json:"reach" enum:"own,team,led,subtree,all"`
			Permissions []business.Permission `json:"permissions,omitempty" maxItems:"100" doc:"Absent: what the base may"`
		}
	}
	patchRoleInput struct {
		api.IfMatch
		Code string `path:"code" maxLength:"40"`
		Body struct {
			Name        *string                             `json:"name,omitempty" minLength:"1" maxLength:"80"`
			NameZH      *string                             `json:"name_zh,omitempty" maxLength:"80"`
			Reach       *identity.Reach                     `json:"reach,omitempty" enum:"own,team,led,subtree,all"`
			Permissions api.Optional[[]business.Permission] `json:"permissions,omitempty" doc:"null: what the base may"`
		}
	}
	permissionsOutput struct {
		Body struct {
			Items []business.Permission `json:"items"`
		}
	}
	peopleBatchInput struct {
		Body struct {
			People []business.PersonID           `json:"people" minItems:"1" maxItems:"500"`
			Role   *string                       `json:"role,omitempty" maxLength:"40" doc:"Code of a role"`
			TeamID api.Optional[business.TeamID] `json:"team_id,omitempty"`
			Active *bool                         `json:"active,omitempty"`
		}
	}
	peopleBatchOutput struct {
		Body struct {
			Items []Person `json:"items"`
		}
	}
)

func (m mount) roles() {
	tags := []string{"Roles"}
	api.Get(m.a, "/v1/permissions", api.Op{
		ID: "list-permissions", Summary: "List what a role can permit", Tags: tags,
		Perm: business.PeopleWrite,
	}, func(context.Context, *struct{}) (*permissionsOutput, error) {
		var out permissionsOutput
		out.Body.Items = business.Permissions()
		return &out, nil
	})
	api.Get(m.a, "/v1/roles", api.Op{
		ID: "list-roles", Summary: "List the company's roles", Tags: tags,
		Perm: business.PeopleRead,
	}, m.listRoles)
	api.Get(m.a, "/v1/roles/{code}", api.Op{
		ID: "get-role", Summary: "Read a role", Tags: tags, Perm: business.PeopleRead,
		Problems: []*fail.Error{identity.ErrNoRole},
	}, func(ctx context.Context, in *roleInput) (*roleOutput, error) {
		return roleShown(m.s.RoleByCode(ctx, in.Code))
	})
	api.Post(m.a, "/v1/roles", api.Op{
		ID: "create-role", Summary: "Add a role", Tags: tags, Perm: business.RolesWrite,
		Command: true, Status: http.StatusCreated,
		Problems: []*fail.Error{identity.ErrRole, identity.ErrRoleTaken},
	}, func(ctx context.Context, in *createRoleInput) (*roleOutput, error) {
		b := in.Body
		return roleShown(m.s.CreateRole(ctx, api.Actor(ctx), api.IdemKey(ctx), identity.NewRole{
			Code: b.Code, Name: b.Name, NameZH: b.NameZH, Base: b.Base, Reach: b.Reach,
			Permissions: b.Permissions,
		}))
	})
	api.Patch(m.a, "/v1/roles/{code}", api.Op{
		ID: "change-role", Summary: "Change what a role may and sees", Tags: tags,
		Perm: business.RolesWrite, Description: "Holds at once for everybody who has it.",
		Problems: []*fail.Error{identity.ErrNoRole, identity.ErrRole, identity.ErrRoleFixed,
			identity.ErrChanged, api.ErrIfMatch},
	}, m.changeRole)
}

func roleShown(r identity.Role, err error) (*roleOutput, error) {
	if err != nil {
		return nil, err
	}
	return &roleOutput{ETag: api.ETag(r.Version), Body: roleView(r)}, nil
}

func (m mount) listRoles(ctx context.Context, _ *struct{}) (*rolesOutput, error) {
	list, err := m.s.Roles(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]Role, len(list))
	for i, r := range list {
		views[i] = roleView(r)
	}
	return &rolesOutput{api.NewPage(views, "", int64(len(views)))}, nil
}

func (m mount) changeRole(ctx context.Context, in *patchRoleInput) (*roleOutput, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c := identity.RoleChange{Name: in.Body.Name, NameZH: in.Body.NameZH, Reach: in.Body.Reach}
	if p := in.Body.Permissions; p.Set {
		list := p.Value
		if !p.Null && list == nil {
			list = []business.Permission{}
		}
		c.Permissions = &list
	}
	return roleShown(m.s.ChangeRole(ctx, api.Actor(ctx), in.Code, version, c))
}

func (m mount) changePeople(
	ctx context.Context, in *peopleBatchInput,
) (*peopleBatchOutput, error) {
	b := identity.Batch{Key: api.IdemKey(ctx), People: in.Body.People, Role: in.Body.Role,
		Active: in.Body.Active}
	if in.Body.TeamID.Set {
		b.Team = &in.Body.TeamID.Value // 0 when it was null
	}
	sc := api.Scope(ctx)
	people, err := m.s.ChangePeople(ctx, api.Actor(ctx), sc, b)
	if err != nil {
		return nil, err
	}
	duty, err := m.onDuty(ctx, sc)
	if err != nil {
		return nil, err
	}
	var out peopleBatchOutput
	for _, p := range people {
		out.Body.Items = append(out.Body.Items, personView(p, duty))
	}
	return &out, nil
}
