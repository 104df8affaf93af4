package identityapi

import (
	"context"
	"net/http"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
)

// Token is a program's access in the name of a person.
type Token struct {
	ID          int64                 `json:"id"`
	Name        string                `json:"name" example:"Nightly export"`
	Permissions []business.Permission `json:"permissions"`
	Token       string                `json:"token,omitempty" doc:"Shown once, when it is made"`
	CreatedAt   time.Time             `json:"created_at"`
	ExpiresAt   time.Time             `json:"expires_at"`
	SeenAt      *time.Time            `json:"seen_at"`
	RevokedAt   *time.Time            `json:"revoked_at"`
}

func tokenView(t identity.Token) Token {
	return Token{ID: t.ID, Name: t.Name, Permissions: t.Permissions, CreatedAt: t.CreatedAt,
		ExpiresAt: t.ExpiresAt, SeenAt: t.SeenAt, RevokedAt: t.RevokedAt}
}

// tokenPrefix marks the token of a program, as devicePrefix that of a device.
const tokenPrefix = "bpt_"

type (
	totpOutput struct {
		Body struct {
			Address string `json:"address" doc:"otpauth address; show it as a QR code" example:"otpauth://totp/Beatplan:li.wei?secret=…"`
		}
	}
	codeInput struct {
		Body struct {
			Code string `json:"code" pattern:"^[0-9]{6}$" example:"123456"`
		}
	}
	recoveryOutput struct {
		Body struct {
			RecoveryCodes []string `json:"recovery_codes" doc:"Each signs in once; shown now and never again"`
		}
	}
	tokensOutput     struct{ Body api.Page[Token] }
	createTokenInput struct {
		Body struct {
			Name        string                `json:"name" minLength:"1" maxLength:"80" example:"Nightly export"`
			Permissions []business.Permission `json:"permissions" minItems:"1" maxItems:"100"`
			Days        int                   `json:"days" minimum:"1" maximum:"366" doc:"How long it lives" example:"90"`
		}
	}
	tokenOutput struct{ Body Token }
)

// caller is who asks, as identity wants to know them.
func caller(ctx context.Context) identity.Identity {
	c := api.CallerOf(ctx)
	return identity.Identity{
		Actor: c.Actor, Scope: c.Scope, Session: c.Session, ProvedAt: c.ProvedAt,
		Permissions: c.Permissions,
	}
}

func (m mount) factors() {
	tags := []string{"Second factor"}
	api.Post(m.a, "/v1/me/totp", api.Op{
		ID: "begin-totp", Summary: "Begin with an authenticator as second factor", Tags: tags,
		Perm: api.SignedIn, Status: http.StatusCreated,
		Problems: []*fail.Error{identity.ErrProofNeeded, identity.ErrFactorOn},
	}, func(ctx context.Context, _ *struct{}) (*totpOutput, error) {
		address, err := m.s.BeginTOTP(ctx, caller(ctx))
		if err != nil {
			return nil, err
		}
		var out totpOutput
		out.Body.Address = address
		return &out, nil
	})
	api.Post(m.a, "/v1/me/totp/confirm", api.Op{
		ID: "confirm-totp", Summary: "Switch the second factor on with a first code", Tags: tags,
		Perm: api.SignedIn, Problems: []*fail.Error{identity.ErrFirstCode, identity.ErrFactorOn,
			identity.ErrNoFactor},
	}, func(ctx context.Context, in *codeInput) (*recoveryOutput, error) {
		codes, err := m.s.ConfirmTOTP(ctx, api.Actor(ctx), in.Body.Code)
		if err != nil {
			return nil, err
		}
		var out recoveryOutput
		out.Body.RecoveryCodes = codes
		return &out, nil
	})
	api.Delete(m.a, "/v1/me/totp", api.Op{
		ID: "end-totp", Summary: "Switch your second factor off", Tags: tags,
		Perm: api.SignedIn, Problems: []*fail.Error{identity.ErrProofNeeded},
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, m.s.EndTOTP(ctx, caller(ctx))
	})
	api.Delete(m.a, "/v1/people/{id}/totp", api.Op{
		ID: "reset-totp", Summary: "Switch off the second factor of somebody who lost it",
		Tags: tags, Perm: business.PeopleWrite,
		Problems: []*fail.Error{identity.ErrProofNeeded, identity.ErrNoPerson,
			identity.ErrAboveSelf},
	}, func(ctx context.Context, in *personInput) (*struct{}, error) {
		return nil, m.s.ResetTOTP(ctx, caller(ctx), in.ID)
	})
}

func (m mount) tokens() {
	tags := []string{"Tokens"}
	api.Get(m.a, "/v1/me/tokens", api.Op{
		ID: "list-tokens", Summary: "List your programs' tokens", Tags: tags, Perm: api.SignedIn,
	}, func(ctx context.Context, _ *struct{}) (*tokensOutput, error) {
		list, err := m.s.Tokens(ctx, api.Actor(ctx).Person)
		if err != nil {
			return nil, err
		}
		views := make([]Token, len(list))
		for i, t := range list {
			views[i] = tokenView(t)
		}
		return &tokensOutput{api.NewPage(views, "", int64(len(views)))}, nil
	})
	api.Post(m.a, "/v1/me/tokens", api.Op{
		ID: "create-token", Summary: "Make a token for a program of yours", Tags: tags,
		Description: "It opens what it lists, within your scope, and nothing that only a " +
			"signed-in person may. The secret is in this one answer, not in a replay.",
		Perm: api.SignedIn, Command: true, Status: http.StatusCreated,
		Problems: []*fail.Error{identity.ErrProofNeeded, identity.ErrToken},
	}, func(ctx context.Context, in *createTokenInput) (*tokenOutput, error) {
		t, secret, err := m.s.CreateToken(ctx, caller(ctx), api.IdemKey(ctx), identity.NewToken{
			Name: in.Body.Name, Permissions: in.Body.Permissions, Days: in.Body.Days,
		})
		if err != nil {
			return nil, err
		}
		out := tokenOutput{tokenView(t)}
		if secret != "" {
			out.Body.Token = tokenPrefix + secret
		}
		return &out, nil
	})
	api.Delete(m.a, "/v1/me/tokens/{id}", api.Op{
		ID: "revoke-token", Summary: "End one of your tokens", Tags: tags, Perm: api.SignedIn,
		Problems: []*fail.Error{identity.ErrNoToken},
	}, func(ctx context.Context, in *sessionInput) (*struct{}, error) {
		return nil, m.s.RevokeToken(ctx, api.Actor(ctx), in.ID)
	})
}
