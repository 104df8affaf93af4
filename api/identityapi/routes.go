package identityapi

import (
	"context"
	"strings"

	"beatplan/api"
	"beatplan/business/audit"
	"beatplan/business/identity"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *identity.Service, log *audit.Log) {
	m := mount{a: a, s: s, log: log}
	m.sessions()
	m.me()
	m.people()
	m.teams()
	m.devices()
	m.trail()
}

type mount struct {
	a   *api.API
	s   *identity.Service
	log *audit.Log
}

// Sessions answers api's question of who sent a request from identity.
type Sessions struct{ Service *identity.Service }

// devicePrefix marks the token of a device, so that a leaked one is recognised by
// scanners and by us.
const devicePrefix = "bpd_"

// Caller returns who the credential belongs to.
func (s Sessions) Caller(ctx context.Context, c api.Credential) (api.Caller, error) {
	var id identity.Identity
	var err error
	if token, ok := strings.CutPrefix(c.Token, devicePrefix); ok && c.Bearer {
		id, err = s.Service.IdentifyDevice(ctx, token)
	} else {
		id, err = s.Service.Identify(ctx, c.Token)
	}
	if err != nil {
		return api.Caller{}, err
	}
	return api.Caller{
		Actor: id.Actor, Scope: id.Scope, Session: id.Session, Permissions: id.Permissions,
	}, nil
}

// Device returns who a bare device token belongs to, for tracker protocols that
// carry it elsewhere than in a header.
func (s Sessions) Device(ctx context.Context, token string) (api.Caller, error) {
	if !strings.HasPrefix(token, devicePrefix) {
		return api.Caller{}, identity.ErrSession
	}
	return s.Caller(ctx, api.Credential{Token: token, Bearer: true})
}
