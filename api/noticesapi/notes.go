package noticesapi

import (
	"context"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// ErrNobody is the refusal of a note about customers that belong to nobody.
var ErrNobody = fail.New(fail.Invalid, "notices.nobody_to_tell",
	"None of these customers has an owner.")

// Note is what the owners of customers are told.
type Note struct {
	Customers []business.CustomerID
	Text      string
}

// Owners is the port to whoever knows whose the customers are.
type Owners interface {
	// Tell puts a note into the inbox of each owner, once under a key, and returns how
	// many there are. It fails for customers outside the scope, and with ErrNobody.
	Tell(ctx context.Context, by business.Actor, sc scope.Scope, key idem.Key, n Note) (int, error)
}

// MountNotes registers the note to owners.
func MountNotes(a *api.API, o Owners, problems ...*fail.Error) {
	n := notes{o}
	api.Post(a, "/v1/messages/owners", api.Op{
		ID: "tell-owners", Summary: "Send the owners of customers a note about them",
		Description: "Each owner gets one message of the kind customers.note that names the sender, the text " +
			"and those of the customers that are theirs.",
		Tags: []string{"Messages"}, Perm: business.CustomersWrite, Command: true,
		Problems: append([]*fail.Error{ErrNobody}, problems...),
	}, n.tell)
}

type notes struct{ owners Owners }

type (
	tellIn struct {
		Body struct {
			Customers []business.CustomerID `json:"customer_ids" minItems:"1" maxItems:"1000"`
			Text      string                `json:"text" minLength:"1" maxLength:"500" example:"New prices from Monday: please tell them."`
		}
	}
	tellOut struct {
		Body struct {
			People int `json:"people" doc:"How many were told"`
		}
	}
)

func (n notes) tell(ctx context.Context, in *tellIn) (*tellOut, error) {
	told, err := n.owners.Tell(ctx, api.Actor(ctx), api.Scope(ctx), api.IdemKey(ctx),
		Note{in.Body.Customers, in.Body.Text})
	if err != nil {
		return nil, err
	}
	out := &tellOut{}
	out.Body.People = told
	return out, nil
}
