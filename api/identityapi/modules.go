package identityapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
)

// Module is a part of the product that a company may switch off.
type Module struct {
	Code business.Module `json:"code" example:"territories"`
	On   bool            `json:"on"`
}

type (
	modulesOutput struct {
		Body struct {
			Items []Module `json:"items"`
		}
	}
	patchModuleInput struct {
		Code business.Module `path:"code" maxLength:"40"`
		Body struct {
			On bool `json:"on"`
		}
	}
)

func (m mount) modules() {
	tags := []string{"Modules"}
	api.Get(m.a, "/v1/modules", api.Op{
		ID: "list-modules", Summary: "List the modules and which of them are on", Tags: tags,
		Perm: business.SettingsRead,
	}, func(ctx context.Context, _ *struct{}) (*modulesOutput, error) {
		return m.switches(ctx)
	})
	api.Patch(m.a, "/v1/modules/{code}", api.Op{
		ID: "switch-module", Summary: "Switch a module on or off for everybody", Tags: tags,
		Perm:        business.SettingsWrite,
		Description: "Its menus disappear and its operations answer `module.not_enabled`; its data is kept.",
		Problems:    []*fail.Error{identity.ErrNoModule},
	}, func(ctx context.Context, in *patchModuleInput) (*modulesOutput, error) {
		if err := m.s.SetModule(ctx, api.Actor(ctx), in.Code, in.Body.On); err != nil {
			return nil, err
		}
		return m.switches(ctx)
	})
}

func (m mount) switches(ctx context.Context) (*modulesOutput, error) {
	list, err := m.s.Switches(ctx)
	if err != nil {
		return nil, err
	}
	var out modulesOutput
	for _, s := range list {
		out.Body.Items = append(out.Body.Items, Module{s.Module, s.On})
	}
	return &out, nil
}
