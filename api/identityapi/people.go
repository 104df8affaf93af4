package identityapi

import (
	"context"
	"net/http"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

type (
	peopleInput struct {
		api.PageQuery
		Search string          `query:"q" maxLength:"80" doc:"Part of name, login or phone"`
		Team   business.TeamID `query:"team" minimum:"0" doc:"This team and all below it"`
		Role   string          `query:"role" maxLength:"40" doc:"Code of a role"`
		Active string          `query:"active" enum:"true,false"`
	}
	peopleOutput struct{ Body api.Page[Person] }
	personInput  struct {
		ID business.PersonID `path:"id" minimum:"1"`
	}
	personOutput struct {
		ETag string `header:"ETag"`
		Body Person
	}
	createPersonInput struct {
		Body struct {
			Name     string           `json:"name" minLength:"1" maxLength:"80" example:"Li Wei"`
			Login    string           `json:"login" minLength:"2" maxLength:"64" example:"li.wei"`
			Password string           `json:"password,omitempty" maxLength:"200" format:"password" doc:"10 to 200 characters; without one the person cannot sign in yet"`
			Role     business.Role    `json:"role" maxLength:"40" doc:"Code of a role" example:"salesperson"`
			TeamID   *business.TeamID `json:"team_id,omitempty"`
			Phone    string           `json:"phone,omitempty" maxLength:"40"`
			Home     *orb.Point       `json:"home,omitempty"`
			Office   *orb.Point       `json:"office,omitempty"`
			Shift    *Shift           `json:"shift,omitempty"`
			Workdays []int16          `json:"workdays,omitempty" maxItems:"7"`
			Color    int              `json:"color_index,omitempty" minimum:"0" maximum:"63"`
			Post     string           `json:"post,omitempty" maxLength:"80"`
			Sex      string           `json:"sex,omitempty" enum:",female,male,other"`
		}
	}
	patchPersonInput struct {
		api.IfMatch
		ID   business.PersonID `path:"id" minimum:"1"`
		Body struct {
			Name     *string                       `json:"name,omitempty" minLength:"1" maxLength:"80"`
			Login    *string                       `json:"login,omitempty" minLength:"2" maxLength:"64"`
			Password *string                       `json:"password,omitempty" maxLength:"200" format:"password"`
			Role     *string                       `json:"role,omitempty" maxLength:"40" doc:"Code of a role"`
			TeamID   api.Optional[business.TeamID] `json:"team_id,omitempty"`
			Phone    *string                       `json:"phone,omitempty" maxLength:"40"`
			Active   *bool                         `json:"active,omitempty"`
			Home     api.Optional[orb.Point]       `json:"home,omitempty"`
			Office   api.Optional[orb.Point]       `json:"office,omitempty"`
			Shift    *Shift                        `json:"shift,omitempty"`
			Workdays *[]int16                      `json:"workdays,omitempty" maxItems:"7"`
			Color    *int                          `json:"color_index,omitempty" minimum:"0" maximum:"63"`
			Post     *string                       `json:"post,omitempty" maxLength:"80"`
			Sex      *string                       `json:"sex,omitempty" enum:",female,male,other"`
		}
	}
)

func (m mount) people() {
	tags := []string{"People"}
	own := []*fail.Error{identity.ErrPerson, identity.ErrLoginTaken, identity.ErrNoTeam,
		identity.ErrUnknownRole, identity.ErrWeakPassword, identity.ErrAboveSelf,
		identity.ErrBusy}
	api.Get(m.a, "/v1/people", api.Op{
		ID: "list-people", Summary: "List the people you may see, by name", Tags: tags,
		Perm: business.PeopleRead, Problems: []*fail.Error{api.ErrCursor},
	}, m.listPeople)
	api.Get(m.a, "/v1/people/{id}", api.Op{
		ID: "get-person", Summary: "Read a person", Tags: tags, Perm: business.PeopleRead,
		Problems: []*fail.Error{identity.ErrNoPerson},
	}, func(ctx context.Context, in *personInput) (*personOutput, error) {
		p, err := m.s.PersonByID(ctx, api.Scope(ctx), in.ID)
		return m.shown(ctx, p, err)
	})
	api.Post(m.a, "/v1/people", api.Op{
		ID: "create-person", Summary: "Add a person", Tags: tags, Perm: business.PeopleWrite,
		Command: true, Status: http.StatusCreated, Problems: own,
	}, m.createPerson)
	api.Patch(m.a, "/v1/people/{id}", api.Op{
		ID: "change-person", Summary: "Change some fields of a person", Tags: tags,
		Perm: business.PeopleWrite,
		Description: "Another role, another password and deactivation end the person's " +
			"sessions.",
		Problems: append(own, identity.ErrNoPerson, identity.ErrChanged, identity.ErrLastAdmin,
			api.ErrIfMatch),
	}, m.changePerson)
	api.Post(m.a, "/v1/people/batch", api.Op{
		ID: "change-people", Summary: "Make one change to several people, all or none",
		Tags: tags, Perm: business.PeopleWrite, Command: true,
		Problems: []*fail.Error{identity.ErrNoPerson, identity.ErrPerson, identity.ErrNoTeam,
			identity.ErrUnknownRole, identity.ErrAboveSelf, identity.ErrLastAdmin},
	}, m.changePeople)
}

func (m mount) shown(
	ctx context.Context, p identity.Person, err error,
) (*personOutput, error) {
	if err != nil {
		return nil, err
	}
	duty, err := m.onDuty(ctx, scope.Scope{People: []int64{int64(p.ID)}})
	if err != nil {
		return nil, err
	}
	return &personOutput{ETag: api.ETag(p.Version), Body: personView(p, duty)}, nil
}

func (m mount) listPeople(ctx context.Context, in *peopleInput) (*peopleOutput, error) {
	var after identity.Seek
	if err := api.DecodeAfter(in.After, &after); err != nil {
		return nil, err
	}
	f := identity.Filter{Search: in.Search, Team: in.Team, Role: in.Role}
	if in.Active != "" {
		active := in.Active == "true"
		f.Active = &active
	}
	sc := api.Scope(ctx)
	people, err := m.s.People(ctx, sc, f, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	total, err := m.s.CountPeople(ctx, sc, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(people) > in.Limit {
		people = people[:in.Limit]
		last := people[in.Limit-1]
		if next, err = api.EncodeAfter(identity.Seek{Name: last.Name, ID: last.ID}); err != nil {
			return nil, err
		}
	}
	duty, err := m.onDuty(ctx, sc)
	if err != nil {
		return nil, err
	}
	views := make([]Person, len(people))
	for i, p := range people {
		views[i] = personView(p, duty)
	}
	return &peopleOutput{api.NewPage(views, next, total)}, nil
}

func (m mount) createPerson(ctx context.Context, in *createPersonInput) (*personOutput, error) {
	b := in.Body
	n := identity.NewPerson{
		Name: b.Name, Login: b.Login, Password: b.Password, Role: b.Role, Phone: b.Phone,
		Home: b.Home, Office: b.Office, Workdays: b.Workdays, Color: b.Color,
		Post: b.Post, Sex: b.Sex,
	}
	if b.TeamID != nil {
		n.Team = *b.TeamID
	}
	if b.Shift != nil {
		n.Shift = b.Shift.minutes()
	}
	p, err := m.s.CreatePerson(ctx, api.Actor(ctx), api.IdemKey(ctx), n)
	return m.shown(ctx, p, err)
}

func (m mount) changePerson(ctx context.Context, in *patchPersonInput) (*personOutput, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	c := identity.PersonChange{
		Name: b.Name, Login: b.Login, Phone: b.Phone, Role: b.Role, Active: b.Active,
		Post: b.Post, Sex: b.Sex,
		Workdays: b.Workdays, Color: b.Color, Password: b.Password,
	}
	if b.TeamID.Set {
		c.Team = &b.TeamID.Value // 0 when it was null
	}
	if b.Home.Set {
		home := b.Home.Pointer()
		c.Home = &home
	}
	if b.Office.Set {
		office := b.Office.Pointer()
		c.Office = &office
	}
	if b.Shift != nil {
		shift := b.Shift.minutes()
		c.Shift = &shift
	}
	at := identity.Version{ID: int64(in.ID), Version: version}
	p, err := m.s.ChangePerson(ctx, api.Actor(ctx), api.Scope(ctx), at, c)
	return m.shown(ctx, p, err)
}

type (
	teamsOutput struct{ Body api.Page[Team] }
	teamOutput  struct {
		ETag string `header:"ETag"`
		Body Team
	}
	teamInput struct {
		ID business.TeamID `path:"id" minimum:"1"`
	}
	createTeamInput struct {
		Body struct {
			Name     string             `json:"name" minLength:"1" maxLength:"80" example:"North"`
			ParentID *business.TeamID   `json:"parent_id,omitempty"`
			LeaderID *business.PersonID `json:"leader_id,omitempty"`
		}
	}
	patchTeamInput struct {
		api.IfMatch
		ID   business.TeamID `path:"id" minimum:"1"`
		Body struct {
			Name     *string                         `json:"name,omitempty" minLength:"1" maxLength:"80"`
			ParentID api.Optional[business.TeamID]   `json:"parent_id,omitempty"`
			LeaderID api.Optional[business.PersonID] `json:"leader_id,omitempty"`
		}
	}
)

func (m mount) teams() {
	tags := []string{"Teams"}
	own := []*fail.Error{identity.ErrTeam, identity.ErrTeamTaken, identity.ErrNoTeam,
		identity.ErrNoPerson}
	api.Get(m.a, "/v1/teams", api.Op{
		ID: "list-teams", Summary: "List all teams, by name", Tags: tags,
		Perm:        business.PeopleRead,
		Description: "The tree of teams is no secret inside a company; its people are.",
	}, func(ctx context.Context, _ *struct{}) (*teamsOutput, error) {
		teams, err := m.s.Teams(ctx)
		if err != nil {
			return nil, err
		}
		views := make([]Team, len(teams))
		for i, t := range teams {
			views[i] = teamView(t)
		}
		return &teamsOutput{api.NewPage(views, "", int64(len(views)))}, nil
	})
	api.Get(m.a, "/v1/teams/{id}", api.Op{
		ID: "get-team", Summary: "Read a team", Tags: tags, Perm: business.PeopleRead,
		Problems: []*fail.Error{identity.ErrNoTeam},
	}, func(ctx context.Context, in *teamInput) (*teamOutput, error) {
		return teamShown(m.s.TeamByID(ctx, in.ID))
	})
	api.Post(m.a, "/v1/teams", api.Op{
		ID: "create-team", Summary: "Add a team", Tags: tags, Perm: business.TeamsWrite,
		Command: true, Status: http.StatusCreated, Problems: own,
	}, m.createTeam)
	api.Patch(m.a, "/v1/teams/{id}", api.Op{
		ID: "change-team", Summary: "Rename, move or give a leader to a team", Tags: tags,
		Perm:     business.TeamsWrite,
		Problems: append(own, identity.ErrTeamCycle, identity.ErrChanged, api.ErrIfMatch),
	}, m.changeTeam)
}

func teamShown(t identity.Team, err error) (*teamOutput, error) {
	if err != nil {
		return nil, err
	}
	return &teamOutput{ETag: api.ETag(t.Version), Body: teamView(t)}, nil
}

func (m mount) createTeam(ctx context.Context, in *createTeamInput) (*teamOutput, error) {
	n := identity.NewTeam{Name: in.Body.Name}
	if in.Body.ParentID != nil {
		n.Parent = *in.Body.ParentID
	}
	if in.Body.LeaderID != nil {
		n.Leader = *in.Body.LeaderID
	}
	return teamShown(m.s.CreateTeam(ctx, api.Actor(ctx), api.IdemKey(ctx), n))
}

func (m mount) changeTeam(ctx context.Context, in *patchTeamInput) (*teamOutput, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c := identity.TeamChange{Name: in.Body.Name}
	if in.Body.ParentID.Set {
		c.Parent = &in.Body.ParentID.Value // 0 when it was null
	}
	if in.Body.LeaderID.Set {
		c.Leader = &in.Body.LeaderID.Value
	}
	at := identity.Version{ID: int64(in.ID), Version: version}
	return teamShown(m.s.ChangeTeam(ctx, api.Actor(ctx), at, c))
}

type (
	devicesInput struct {
		ID business.PersonID `path:"id" minimum:"1"`
	}
	devicesOutput     struct{ Body api.Page[Device] }
	createDeviceInput struct {
		ID   business.PersonID `path:"id" minimum:"1"`
		Body struct {
			Name string `json:"name" minLength:"1" maxLength:"80" example:"Traccar on Li's phone"`
		}
	}
	deviceOutput struct{ Body Device }
	deviceInput  struct {
		ID     business.PersonID `path:"id" minimum:"1"`
		Device int64             `path:"device" minimum:"1"`
	}
)

func (m mount) devices() {
	tags := []string{"Devices"}
	api.Get(m.a, "/v1/people/{id}/devices", api.Op{
		ID: "list-devices", Summary: "List a person's trackers", Tags: tags,
		Perm: business.PeopleWrite, Problems: []*fail.Error{identity.ErrNoPerson},
	}, func(ctx context.Context, in *devicesInput) (*devicesOutput, error) {
		list, err := m.s.Devices(ctx, api.Scope(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		views := make([]Device, len(list))
		for i, d := range list {
			views[i] = deviceView(d)
		}
		return &devicesOutput{api.NewPage(views, "", int64(len(views)))}, nil
	})
	api.Post(m.a, "/v1/people/{id}/devices", api.Op{
		ID: "create-device", Summary: "Add a tracker of a person", Tags: tags,
		Description: "The token is in this one answer and nowhere else, not in a replay either.",
		Perm:        business.PeopleWrite, Command: true, Status: http.StatusCreated,
		Problems: []*fail.Error{identity.ErrNoPerson, identity.ErrPerson},
	}, func(ctx context.Context, in *createDeviceInput) (*deviceOutput, error) {
		d, token, err := m.s.CreateDevice(ctx, api.Actor(ctx), api.Scope(ctx), api.IdemKey(ctx),
			identity.NewDevice{Person: in.ID, Name: in.Body.Name})
		if err != nil {
			return nil, err
		}
		out := deviceOutput{deviceView(d)}
		if token != "" {
			out.Body.Token = devicePrefix + token
		}
		return &out, nil
	})
	api.Delete(m.a, "/v1/people/{id}/devices/{device}", api.Op{
		ID: "revoke-device", Summary: "End a tracker's token", Tags: tags,
		Perm: business.PeopleWrite, Problems: []*fail.Error{identity.ErrNoDevice},
	}, func(ctx context.Context, in *deviceInput) (*struct{}, error) {
		return nil, m.s.RevokeDevice(ctx, api.Actor(ctx), api.Scope(ctx), in.ID, in.Device)
	})
}
