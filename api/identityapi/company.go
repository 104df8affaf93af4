package identityapi

import (
	"context"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/geo"
	"beatplan/internal/fail"
)

// Company is the company itself, as its settings show it.
type Company struct {
	Name     string      `json:"name" example:"First State Foods"`
	Language string      `json:"language" enum:"zh,en" doc:"Of people who have not chosen one"`
	Timezone string      `json:"timezone" doc:"Set by the operator" example:"America/New_York"`
	Center   *orb.Point  `json:"center" doc:"Longitude, latitude" example:"[-75.5, 39.0]"`
	Bounds   *[4]float64 `json:"bounds" doc:"West, south, east, north"`
}

// CalendarDay is a day that differs from the weekly pattern.
type CalendarDay struct {
	Day      business.Date      `json:"day" example:"2026-11-26"`
	PersonID *business.PersonID `json:"person_id" doc:"null: the whole company"`
	Working  bool               `json:"working"`
	Note     string             `json:"note" example:"Thanksgiving"`
}

type (
	companyOutput     struct{ Body Company }
	patchCompanyInput struct {
		Body struct {
			Name     *string                  `json:"name,omitempty" minLength:"1" maxLength:"120"`
			Language *string                  `json:"language,omitempty" enum:"zh,en"`
			Center   api.Optional[orb.Point]  `json:"center,omitempty"`
			Bounds   api.Optional[[4]float64] `json:"bounds,omitempty"`
		}
	}
	calendarInput struct {
		Person business.PersonID `query:"person" minimum:"0" doc:"Their exceptions too"`
		From   business.Date     `query:"from" required:"true"`
		To     business.Date     `query:"to" required:"true"`
	}
	calendarOutput struct {
		Body struct {
			Items []CalendarDay `json:"items"`
		}
	}
	setDayInput struct {
		Date business.Date `path:"date"`
		Body struct {
			PersonID *business.PersonID `json:"person_id,omitempty" doc:"Absent: the whole company"`
			Working  bool               `json:"working"`
			Note     string             `json:"note,omitempty" maxLength:"200"`
		}
	}
	clearDayInput struct {
		Date   business.Date     `path:"date"`
		Person business.PersonID `query:"person" minimum:"0" doc:"0: the whole company"`
	}
)

func (m mount) company() {
	tags := []string{"Company"}
	api.Get(m.a, "/v1/company", api.Op{
		ID: "get-company", Summary: "Read the company's settings", Tags: tags,
		Perm: business.SettingsRead,
	}, func(ctx context.Context, _ *struct{}) (*companyOutput, error) { return m.companyNow(ctx) })
	api.Patch(m.a, "/v1/company", api.Op{
		ID: "change-company", Summary: "Change the company's settings", Tags: tags,
		Perm: business.SettingsWrite, Problems: []*fail.Error{identity.ErrCompany},
	}, m.changeCompany)
	api.Get(m.a, "/v1/calendar", api.Op{
		ID: "list-calendar", Summary: "List holidays, extra working days and leave", Tags: tags,
		Perm: business.PeopleRead, Problems: []*fail.Error{identity.ErrNoPerson},
	}, m.calendar)
	api.Put(m.a, "/v1/calendar/{date}", api.Op{
		ID: "set-calendar-day", Summary: "Say that a day is worked, or not", Tags: tags,
		Perm: business.PeopleWrite, Problems: []*fail.Error{identity.ErrNoPerson, identity.ErrPerson},
	}, func(ctx context.Context, in *setDayInput) (*struct{}, error) {
		d := identity.CalendarDay{Day: in.Date, Working: in.Body.Working, Note: in.Body.Note}
		if in.Body.PersonID != nil {
			d.Person = *in.Body.PersonID
		}
		return nil, m.s.SetCalendarDay(ctx, api.Actor(ctx), api.Scope(ctx), d)
	})
	api.Delete(m.a, "/v1/calendar/{date}", api.Op{
		ID: "clear-calendar-day", Summary: "Take an exception of the calendar back", Tags: tags,
		Perm: business.PeopleWrite, Problems: []*fail.Error{identity.ErrNoPerson},
	}, func(ctx context.Context, in *clearDayInput) (*struct{}, error) {
		d := identity.CalendarDay{Person: in.Person, Day: in.Date}
		return nil, m.s.ClearCalendarDay(ctx, api.Actor(ctx), api.Scope(ctx), d)
	})
}

func (m mount) companyNow(ctx context.Context) (*companyOutput, error) {
	c, err := m.s.Company(ctx)
	if err != nil {
		return nil, err
	}
	v := Company{Name: c.Name, Language: c.Language, Timezone: c.Zone, Center: c.Center}
	if b := c.Bounds; b != nil {
		v.Bounds = &[4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	return &companyOutput{v}, nil
}

func (m mount) changeCompany(ctx context.Context, in *patchCompanyInput) (*companyOutput, error) {
	c, err := m.s.Company(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Name != nil {
		c.Name = *in.Body.Name
	}
	if in.Body.Language != nil {
		c.Language = *in.Body.Language
	}
	if in.Body.Center.Set {
		c.Center = in.Body.Center.Pointer()
	}
	if in.Body.Bounds.Set {
		c.Bounds = nil
		if b := in.Body.Bounds.Pointer(); b != nil {
			c.Bounds = &geo.Box{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}
		}
	}
	if err := m.s.SetCompany(ctx, api.Actor(ctx), c); err != nil {
		return nil, err
	}
	return m.companyNow(ctx)
}

func (m mount) calendar(ctx context.Context, in *calendarInput) (*calendarOutput, error) {
	days, err := m.s.Calendar(ctx, api.Scope(ctx), in.Person, in.From, in.To)
	if err != nil {
		return nil, err
	}
	var out calendarOutput
	out.Body.Items = []CalendarDay{}
	for _, d := range days {
		v := CalendarDay{Day: d.Day, Working: d.Working, Note: d.Note}
		if d.Person != 0 {
			v.PersonID = &d.Person
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return &out, nil
}
