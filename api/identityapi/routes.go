package identityapi

import (
	"context"
	"errors"
	"strings"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Duty is the port to whoever knows who is at work.
type Duty interface {
	// OnDuty returns the people within the scope whose duty is open.
	OnDuty(ctx context.Context, sc scope.Scope) (map[business.PersonID]bool, error)
}

// Surface is what the operations need.
type Surface struct {
	Service *identity.Service
	Duty    Duty // nil: nobody is shown on duty
}

// Mount registers the operations on a.
func Mount(a *api.API, f Surface) {
	m := mount{a: a, s: f.Service, duty: f.Duty}
	m.sessions()
	m.me()
	m.people()
	m.portraits()
	m.imports()
	m.teams()
	m.roles()
	m.devices()
	m.factors()
	m.tokens()
	m.modules()
	m.company()
}

type mount struct {
	a    *api.API
	s    *identity.Service
	duty Duty
}

func (m mount) onDuty(
	ctx context.Context, sc scope.Scope,
) (map[business.PersonID]bool, error) {
	if m.duty == nil {
		return nil, nil
	}
	return m.duty.OnDuty(ctx, sc)
}

// Sessions answers api's question of who sent a request from identity.
type Sessions struct{ Service *identity.Service }

// Refusals are the problems by which Sessions refuses a credential: a phone signs in
// again after the first and wipes what it keeps after the second.
func Refusals() []*fail.Error {
	return []*fail.Error{identity.ErrSession, identity.ErrRevoked}
}

// devicePrefix marks the token of a device, so that a leaked one is recognised by
// scanners and by us.
const devicePrefix = "bpd_"

// DeviceToken is the form in which a device shows the token that identity made.
func DeviceToken(bare string) string { return devicePrefix + bare }

// Caller returns who the credential belongs to.
func (s Sessions) Caller(ctx context.Context, c api.Credential) (api.Caller, error) {
	var id identity.Identity
	var err error
	device, isDevice := strings.CutPrefix(c.Token, devicePrefix)
	token, isToken := strings.CutPrefix(c.Token, tokenPrefix)
	switch {
	case c.Bearer && isDevice:
		id, err = s.Service.IdentifyDevice(ctx, device)
	case c.Bearer && isToken:
		id, err = s.Service.IdentifyToken(ctx, token)
	default:
		id, err = s.Service.Identify(ctx, c.Token)
	}
	if err != nil {
		return api.Caller{}, err
	}
	if id.Demo { // has no password to give again
		id.ProvedAt = s.Service.Clock.Now()
	}
	return api.Caller{
		Actor: id.Actor, Scope: id.Scope, Session: id.Session, Permissions: id.Permissions,
		Disabled: id.Disabled, ProvedAt: id.ProvedAt, Limited: id.Session == 0,
		Fresh: s.Service.Proved(id) == nil,
	}, nil
}

// Device returns whose tracker carries the token, for protocols that send it
// elsewhere than in a header. It fails with identity.ErrNoDevice.
func (s Sessions) Device(ctx context.Context, token string) (person int64, err error) {
	bare, ok := strings.CutPrefix(token, devicePrefix)
	if !ok {
		return 0, identity.ErrNoDevice
	}
	id, err := s.Service.IdentifyDevice(ctx, bare)
	if errors.Is(err, identity.ErrSession) {
		return 0, identity.ErrNoDevice
	}
	return int64(id.Actor.Person), err
}
