package crmapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/fail"
)

type tagIn struct {
	Body struct {
		CustomerIDs []business.CustomerID `json:"customer_ids" minItems:"1" maxItems:"1000"`
		Add         []string              `json:"add,omitempty" maxItems:"30"`
		Remove      []string              `json:"remove,omitempty" maxItems:"30"`
	}
}

// TaggedCustomer is what became of one customer.
type TaggedCustomer struct {
	ID      business.CustomerID `json:"id"`
	Changed bool                `json:"changed" doc:"false: it was so already, or refused says why"`
	Refused string              `json:"refused,omitempty" example:"crm.archived" doc:"Code of the problem"`
}

type tagOut struct {
	Body struct {
		Items []TaggedCustomer `json:"items" doc:"By id, each customer once"`
	}
}

func (m mount) tagging() {
	api.Post(m.a, "/v1/customers/tags", api.Op{
		ID: "tag-customers", Summary: "Give and take tags of many customers, each for itself", Tags: tags(),
		Description: "Tags of remove go, those of add come. A row that may not be changed says why " +
			"(crm.no_such_customer, crm.archived, crm.only_shared, crm.invalid) and does not hold up the " +
			"others. The opposite of the changed ones undoes it.",
		Perm: business.CustomersWrite, Command: true, Problems: []*fail.Error{crm.ErrFormNeeded},
	}, m.tag)
}

func (m mount) tag(ctx context.Context, in *tagIn) (*tagOut, error) {
	rows, err := m.s.Tag(ctx, by(ctx), in.Body.CustomerIDs,
		crm.TagChange{Add: in.Body.Add, Remove: in.Body.Remove})
	if err != nil {
		return nil, err
	}
	out := &tagOut{}
	out.Body.Items = make([]TaggedCustomer, len(rows))
	for i, r := range rows {
		out.Body.Items[i] = TaggedCustomer{r.Customer, r.Changed, r.Refused}
	}
	return out, nil
}
