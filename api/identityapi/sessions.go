package identityapi

import (
	"context"
	"net/http"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

type (
	signInInput struct {
		Previous
		Body struct {
			Login    string `json:"login" maxLength:"80" example:"li.wei"`
			Password string `json:"password" maxLength:"200" format:"password" example:"a long sentence"`
			Code     string `json:"code,omitempty" maxLength:"24" doc:"Of the authenticator, or a recovery code, when one is asked for" example:"123456"`
		}
	}
	demoInput struct {
		Previous
		Body struct {
			Login string `json:"login" maxLength:"80" example:"manager"`
		}
	}
	cookieOutput struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
		Body      Me
	}
	goneOutput struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}
	sessionInput struct {
		ID int64 `path:"id" minimum:"1"`
	}
	sessionsOutput struct {
		Body struct {
			Items []Session `json:"items"`
		}
	}
	passwordInput struct {
		Body struct {
			Present string `json:"present" maxLength:"200" format:"password"`
			Next    string `json:"next" maxLength:"200" format:"password" doc:"10 to 200 characters"`
		}
	}
	proofInput struct {
		Body struct {
			Password string `json:"password" maxLength:"200" format:"password"`
		}
	}
	demoLogin struct {
		Login    string        `json:"login"`
		Name     string        `json:"name"`
		Role     business.Role `json:"role"`
		TeamName string        `json:"team_name"`
	}
	demoLoginsOutput struct {
		Body struct {
			Items []demoLogin `json:"items"`
		}
	}
)

// Previous is the session cookie that the browser held before it signed in.
type Previous struct {
	Secure string `cookie:"__Host-beatplan" hidden:"true"`
	Plain  string `cookie:"beatplan" hidden:"true"`
}

func (p Previous) token() string {
	if p.Secure != "" {
		return p.Secure
	}
	return p.Plain
}

func (m mount) sessions() {
	tags := []string{"Sessions"}
	api.Post(m.a, "/v1/sessions", api.Op{
		ID: "sign-in", Summary: "Sign in", Tags: tags, Perm: api.Public,
		Description: "Sets the session cookie. Any session that the browser held before ends.",
		Status:      http.StatusCreated,
		Problems: []*fail.Error{identity.ErrCredentials, identity.ErrCodeNeeded,
			identity.ErrCode, identity.ErrFactorSealed, identity.ErrLocked, identity.ErrBusy,
			api.ErrCrossSite},
	}, m.signIn)
	api.Post(m.a, "/v1/sessions/demo", api.Op{
		ID: "sign-in-demo", Summary: "Sign in to the demo without a password", Tags: tags,
		Perm: api.Public, Status: http.StatusCreated,
		Problems: []*fail.Error{identity.ErrDemoOff, identity.ErrNoPerson},
	}, m.signInDemo)
	api.Get(m.a, "/v1/demo-logins", api.Op{
		ID: "list-demo-logins", Summary: "List who can sign in to the demo", Tags: tags,
		Perm: api.Public, Description: "Empty unless the server is a demo on loopback.",
	}, m.demoLogins)
	api.Delete(m.a, "/v1/sessions/current", api.Op{
		ID: "sign-out", Summary: "Sign out", Tags: tags, Perm: api.SignedIn,
	}, m.signOut)
	api.Get(m.a, "/v1/sessions", api.Op{
		ID: "list-sessions", Summary: "List where you are signed in", Tags: tags,
		Perm: api.SignedIn,
	}, m.list)
	api.Delete(m.a, "/v1/sessions/{id}", api.Op{
		ID: "end-session", Summary: "End one of your sessions", Tags: tags,
		Perm: api.SignedIn, Problems: []*fail.Error{identity.ErrNoSession},
	}, m.end)
	api.Post(m.a, "/v1/sessions/current/proof", api.Op{
		ID: "prove-session", Summary: "Give your password again before a sensitive action",
		Tags: tags, Perm: api.SignedIn,
		Problems: []*fail.Error{identity.ErrWrongPassword, identity.ErrLocked, identity.ErrBusy},
	}, m.prove)
}

func (m mount) signIn(ctx context.Context, in *signInInput) (*cookieOutput, error) {
	token, p, err := m.s.SignIn(ctx, identity.SignIn{
		Login: in.Body.Login, Password: in.Body.Password, Code: in.Body.Code, Previous: in.token(),
	})
	if err != nil {
		return nil, err
	}
	return m.opened(ctx, token, p)
}

func (m mount) signInDemo(ctx context.Context, in *demoInput) (*cookieOutput, error) {
	token, p, err := m.s.SignInDemo(ctx, in.Body.Login, in.token())
	if err != nil {
		return nil, err
	}
	return m.opened(ctx, token, p)
}

func (m mount) opened(ctx context.Context, token string, p identity.Person) (*cookieOutput, error) {
	id, err := m.s.Identify(ctx, token)
	if err != nil {
		return nil, err
	}
	me, err := m.meView(ctx, p, id.Permissions)
	if err != nil {
		return nil, err
	}
	return &cookieOutput{SetCookie: m.a.SessionCookie(token), Body: me}, nil
}

func (m mount) demoLogins(ctx context.Context, _ *struct{}) (*demoLoginsOutput, error) {
	people, err := m.s.DemoLogins(ctx)
	if err != nil {
		return nil, err
	}
	var out demoLoginsOutput
	out.Body.Items = []demoLogin{}
	for _, p := range people {
		out.Body.Items = append(out.Body.Items, demoLogin{p.Login, p.Name, p.Role, p.TeamName})
	}
	return &out, nil
}

func (m mount) signOut(ctx context.Context, _ *struct{}) (*goneOutput, error) {
	if err := m.s.SignOut(ctx, api.Actor(ctx), api.CallerOf(ctx).Session); err != nil {
		return nil, err
	}
	return &goneOutput{SetCookie: m.a.SessionCookie("")}, nil
}

func (m mount) list(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	list, err := m.s.Sessions(ctx, api.Actor(ctx).Person)
	if err != nil {
		return nil, err
	}
	var out sessionsOutput
	out.Body.Items = []Session{}
	for _, s := range list {
		out.Body.Items = append(out.Body.Items, Session{
			ID: s.ID, Current: s.ID == api.CallerOf(ctx).Session, CreatedAt: s.CreatedAt,
			SeenAt: s.SeenAt, ExpiresAt: s.ExpiresAt, Address: s.Address, Agent: s.Agent,
		})
	}
	return &out, nil
}

func (m mount) end(ctx context.Context, in *sessionInput) (*struct{}, error) {
	return nil, m.s.EndSession(ctx, api.Actor(ctx), in.ID)
}

func (m mount) prove(ctx context.Context, in *proofInput) (*struct{}, error) {
	return nil, m.s.Prove(ctx, api.Actor(ctx), api.CallerOf(ctx).Session, in.Body.Password)
}

// Me is the person behind the session, and what the screens need to begin.
type Me struct {
	ID          business.PersonID     `json:"id"`
	Name        string                `json:"name"`
	Login       string                `json:"login"`
	Role        business.Role         `json:"role" enum:"admin,manager,dispatcher,salesperson,keeper"`
	Team        *MeTeam               `json:"team"`
	Language    string                `json:"language" enum:"zh,en"`
	Theme       string                `json:"theme" enum:"system,light,dark"`
	Timezone    string                `json:"timezone" example:"America/New_York"`
	Now         time.Time             `json:"now" doc:"The company's clock; a demo's stands elsewhere than yours"`
	BusinessDay business.Date         `json:"business_day" example:"2026-11-23"`
	Permissions []business.Permission `json:"permissions"`
	Demo        bool                  `json:"demo"`
	OnDuty      bool                  `json:"on_duty"`
	Second      bool                  `json:"second_factor" doc:"Sign-in asks for a code too"`
	ColorIndex  int                   `json:"color_index"`
	Company     MeCompany             `json:"company"`
}

// MeTeam names the caller's team.
type MeTeam struct {
	ID   business.TeamID `json:"id"`
	Name string          `json:"name"`
}

// MeCompany is where the company works.
type MeCompany struct {
	Name   string      `json:"name"`
	Center *orb.Point  `json:"center" doc:"Longitude, latitude" example:"[-75.5, 39.0]"`
	Bounds *[4]float64 `json:"bounds" doc:"West, south, east, north" example:"[-75.8, 38.4, -75.0, 39.9]"`
}

type (
	meOutput     struct{ Body Me }
	patchMeInput struct {
		Body struct {
			Language *string `json:"language,omitempty" enum:"zh,en"`
			Theme    *string `json:"theme,omitempty" enum:"system,light,dark"`
		}
	}
)

func (m mount) me() {
	tags := []string{"Me"}
	api.Get(m.a, "/v1/me", api.Op{
		ID: "get-me", Summary: "Read who you are and what you may do", Tags: tags,
		Perm: api.SignedIn,
	}, func(ctx context.Context, _ *struct{}) (*meOutput, error) {
		return m.meNow(ctx)
	})
	api.Patch(m.a, "/v1/me", api.Op{
		ID: "change-me", Summary: "Choose your language and theme", Tags: tags,
		Perm: api.SignedIn,
	}, func(ctx context.Context, in *patchMeInput) (*meOutput, error) {
		_, err := m.s.ChangeTaste(ctx, api.Actor(ctx), in.Body.Language, in.Body.Theme)
		if err != nil {
			return nil, err
		}
		return m.meNow(ctx)
	})
	api.Post(m.a, "/v1/me/password", api.Op{
		ID: "change-password", Summary: "Change your password", Tags: tags, Perm: api.SignedIn,
		Description: "Ends your other sessions.",
		Problems: []*fail.Error{identity.ErrWrongPassword, identity.ErrWeakPassword,
			identity.ErrLocked, identity.ErrBusy},
	}, func(ctx context.Context, in *passwordInput) (*struct{}, error) {
		c := api.CallerOf(ctx)
		return nil, m.s.ChangePassword(ctx, c.Actor, c.Session, in.Body.Present, in.Body.Next)
	})
}

func (m mount) meNow(ctx context.Context) (*meOutput, error) {
	c := api.CallerOf(ctx)
	p, err := m.s.PersonByID(ctx, c.Scope, c.Actor.Person)
	if err != nil {
		return nil, err
	}
	me, err := m.meView(ctx, p, c.Permissions)
	return &meOutput{me}, err
}

func (m mount) meView(
	ctx context.Context, p identity.Person, may []business.Permission,
) (Me, error) {
	c, err := m.s.Company(ctx)
	if err != nil {
		return Me{}, err
	}
	duty, err := m.onDuty(ctx, scope.Scope{People: []int64{int64(p.ID)}})
	if err != nil {
		return Me{}, err
	}
	second, err := m.s.HasTOTP(ctx, p.ID)
	if err != nil {
		return Me{}, err
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return Me{}, err
	}
	now := m.s.Clock.Now()
	me := Me{
		ID: p.ID, Name: p.Name, Login: p.Login, Role: p.Role, Language: p.Language,
		Theme: p.Theme, Timezone: c.Zone, Now: now, BusinessDay: business.DateOf(now, zone),
		Permissions: may, Demo: m.s.Policy.Demo, OnDuty: duty[p.ID], Second: second, ColorIndex: p.Color,
		Company: MeCompany{Name: c.Name, Center: c.Center},
	}
	if p.Team != 0 {
		me.Team = &MeTeam{p.Team, p.TeamName}
	}
	if me.Language == "" {
		me.Language = c.Language
	}
	if b := c.Bounds; b != nil {
		me.Company.Bounds = &[4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	return me, nil
}
