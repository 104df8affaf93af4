// Package messagingapi is the HTTP surface of business/messaging: the company's own
// channels, who may use them, messages to customers, and the log of every try.
package messagingapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/messaging"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// Surface holds what the operations need.
type Surface struct {
	Service   *messaging.Service
	Names     func(ctx context.Context, ids []int64) (map[business.PersonID]string, error)
	Customers func(ctx context.Context, sc scope.Scope, ids []business.CustomerID) (
		map[business.CustomerID]string, error) // those within the scope
}

// Mount registers the operations on a.
func Mount(a *api.API, s Surface) {
	m := mount{s}
	m.channels(a)
	m.messages(a)
}

type mount struct{ Surface }

func op(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	return api.Op{ID: id, Summary: summary, Tags: []string{"Messages to customers"}, Perm: p,
		Problems: own}
}

func (m mount) channels(a *api.API) {
	const proof = "The password must have been given within the last ten minutes."
	refusals := []*fail.Error{messaging.ErrInvalid, messaging.ErrNameTaken, messaging.ErrProofNeeded}
	api.Get(a, "/v1/message-channels", op("list-message-channels",
		"List the company's own channels and who may use them", business.SettingsWrite), m.list)
	create := op("create-message-channel", "Add a channel, which nobody may use yet",
		business.SettingsWrite, refusals...)
	create.Description = "A gateway gets each message as a JSON object {id, from, to, name, text} by POST. " +
		"X-Beatplan-Signature is \"v1=\" and the hexadecimal HMAC-SHA-256, under the secret, of " +
		"X-Beatplan-Timestamp (Unix seconds), a full stop and the body. It answers 2xx when it has taken the " +
		"message, 4xx when it never will; Idempotency-Key is the same at every try. The secret is sealed " +
		"and never answered. " + proof
	create.Command, create.Status = true, http.StatusCreated
	api.Post(a, "/v1/message-channels", create, m.create)
	change := op("save-message-channel", "Replace what is said of a channel", business.SettingsWrite,
		append(refusals, messaging.ErrNoChannel, messaging.ErrChanged, api.ErrIfMatch)...)
	change.Description = "No secret keeps the present one, unless the address or the kind is another. " + proof
	api.Put(a, "/v1/message-channels/{id}", change, m.save)
	grant := op("authorise-message-channel", "Let people send through a channel for a time",
		business.SettingsWrite, messaging.ErrInvalid, messaging.ErrNoChannel, messaging.ErrProofNeeded)
	grant.Command, grant.Status, grant.Description = true, http.StatusCreated, proof
	api.Post(a, "/v1/message-channels/{id}/authorisations", grant, m.authorise)
	api.Delete(a, "/v1/message-channels/{id}/authorisations/{authorisation}", op(
		"withdraw-message-authorisation", "End an authorisation; what waits under it does not go out",
		business.SettingsWrite, messaging.ErrNoAuthorisation), m.withdraw)
}

func (m mount) messages(a *api.API) {
	api.Get(a, "/v1/message-channels/usable", op("list-usable-message-channels",
		"List the channels through which one may send today", business.MessagesSend), m.usable)
	send := op("send-customer-messages", "Send a message to customers, each an own one",
		business.MessagesSend, messaging.ErrNoChannel, messaging.ErrNotAuthorised,
		messaging.ErrChannelOff, messaging.ErrNoCustomer, messaging.ErrInvalid, messaging.ErrUnreachable)
	send.Description = "Needs a valid authorisation of the channel. Messages go out a moment later and are " +
		"tried again for a day. Customers without an address for the channel are left out and named. " +
		"Every try is in the log, refused ones too."
	send.Command, send.Status = true, http.StatusAccepted
	api.Post(a, "/v1/customer-messages", send, m.send)
	log := op("list-customer-message-log", "List every try to reach customers, the newest first",
		business.MessagesSend, api.ErrCursor)
	log.Description = "Tries of the people within the caller's scope."
	api.Get(a, "/v1/customer-messages/log", log, m.log)
}

// Channel is one of the company's own accounts; its secret is never answered.
type Channel struct {
	ID             int64           `json:"id"`
	Name           string          `json:"name"`
	Kind           messaging.Kind  `json:"kind" enum:"gateway,mail"`
	Endpoint       string          `json:"endpoint"`
	Login          string          `json:"login"`
	Sender         string          `json:"sender"`
	HasSecret      bool            `json:"has_secret"`
	Active         bool            `json:"active"`
	Version        int64           `json:"version"`
	UpdatedAt      time.Time       `json:"updated_at"`
	Authorisations []Authorisation `json:"authorisations"`
}

// Authorisation lets people send through a channel for a time.
type Authorisation struct {
	ID          int64             `json:"id"`
	Person      business.PersonID `json:"person_id" doc:"0: everybody whose role may"`
	PersonName  string            `json:"person_name"`
	Document    string            `json:"document" doc:"The paper that it rests on"`
	From        business.Date     `json:"from"`
	Until       business.Date     `json:"until" doc:"The last day"`
	GrantedBy   string            `json:"granted_by"`
	GrantedAt   time.Time         `json:"granted_at"`
	WithdrawnBy string            `json:"withdrawn_by"`
	WithdrawnAt *time.Time        `json:"withdrawn_at"`
	Valid       bool              `json:"valid" doc:"Today"`
}

// ChannelIn is what an administrator says of a channel.
type ChannelIn struct {
	Name     string         `json:"name" minLength:"1" maxLength:"60"`
	Kind     messaging.Kind `json:"kind" enum:"gateway,mail"`
	Endpoint string         `json:"endpoint" minLength:"1" maxLength:"300" example:"https://sms.example.com/v1/send"`
	Login    string         `json:"login,omitempty" maxLength:"120"`
	Sender   string         `json:"sender,omitempty" maxLength:"120" doc:"Mail address, or the name that a gateway signs with"`
	Secret   string         `json:"secret,omitempty" maxLength:"500" doc:"Empty keeps the present one"`
	Active   bool           `json:"active"`
}

type (
	listOut struct {
		Body struct {
			Items []Channel `json:"items"`
		}
	}
	createIn struct{ Body ChannelIn }
	saveIn   struct {
		api.IfMatch
		ID   int64 `path:"id" minimum:"1"`
		Body ChannelIn
	}
	channelOut struct{ Body Channel }
	grantIn    struct {
		ID   int64 `path:"id" minimum:"1"`
		Body struct {
			Person   business.PersonID `json:"person_id,omitempty" minimum:"0" doc:"0: everybody whose role may"`
			Document string            `json:"document" minLength:"1" maxLength:"200" example:"Contract 2026-17 with the provider"`
			From     business.Date     `json:"from"`
			Until    business.Date     `json:"until"`
		}
	}
	grantOut struct {
		Body struct {
			ID int64 `json:"id"`
		}
	}
	withdrawIn struct {
		ID            int64 `path:"id" minimum:"1"`
		Authorisation int64 `path:"authorisation" minimum:"1"`
	}
)

// proved asks for the password again: who may reach customers is a sensitive matter.
func proved(ctx context.Context) error {
	if !api.CallerOf(ctx).Fresh {
		return messaging.ErrProofNeeded
	}
	return nil
}

func caller(ctx context.Context) messaging.Caller {
	return messaging.Caller{Actor: api.Actor(ctx), Scope: api.Scope(ctx), Key: api.IdemKey(ctx)}
}

func view(c messaging.Channel) Channel {
	return Channel{ID: c.ID, Name: c.Name, Kind: c.Kind, Endpoint: c.Endpoint, Login: c.Login,
		Sender: c.Sender, HasSecret: c.HasSecret, Active: c.Active, Version: c.Version,
		UpdatedAt: c.UpdatedAt, Authorisations: []Authorisation{}}
}

func (m mount) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	channels, given, err := m.Service.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var people []int64
	for _, a := range given {
		people = append(people, int64(a.Person), int64(a.GrantedBy), int64(a.WithdrawnBy))
	}
	names, err := m.Names(ctx, people)
	if err != nil {
		return nil, err
	}
	of := map[int64][]Authorisation{}
	for _, a := range given {
		of[a.Channel] = append(of[a.Channel], Authorisation{ID: a.ID, Person: a.Person,
			PersonName: names[a.Person], Document: a.Document, From: a.From, Until: a.Until,
			GrantedBy: names[a.GrantedBy], GrantedAt: a.GrantedAt, WithdrawnBy: names[a.WithdrawnBy],
			WithdrawnAt: a.WithdrawnAt, Valid: m.Service.Holds(a)})
	}
	out := &listOut{}
	out.Body.Items = make([]Channel, len(channels))
	for i, c := range channels {
		out.Body.Items[i] = view(c)
		if of[c.ID] != nil {
			out.Body.Items[i].Authorisations = of[c.ID]
		}
	}
	return out, nil
}

func (m mount) create(ctx context.Context, in *createIn) (*channelOut, error) {
	if err := proved(ctx); err != nil {
		return nil, err
	}
	c, err := m.Service.CreateChannel(ctx, caller(ctx), messaging.ChannelFields(in.Body))
	return &channelOut{view(c)}, err
}

func (m mount) save(ctx context.Context, in *saveIn) (*channelOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	if err := proved(ctx); err != nil {
		return nil, err
	}
	c, err := m.Service.ChangeChannel(ctx, api.Actor(ctx), in.ID, version,
		messaging.ChannelFields(in.Body))
	return &channelOut{view(c)}, err
}

func (m mount) authorise(ctx context.Context, in *grantIn) (*grantOut, error) {
	if err := proved(ctx); err != nil {
		return nil, err
	}
	a, err := m.Service.Authorise(ctx, caller(ctx), messaging.Grant{Channel: in.ID,
		Person: in.Body.Person, Document: in.Body.Document, From: in.Body.From, Until: in.Body.Until})
	out := &grantOut{}
	out.Body.ID = a.ID
	return out, err
}

func (m mount) withdraw(ctx context.Context, in *withdrawIn) (*struct{}, error) {
	return nil, m.Service.Withdraw(ctx, api.Actor(ctx), in.ID, in.Authorisation)
}

// Usable is a channel as somebody who sends sees it.
type Usable struct {
	ID     int64          `json:"id"`
	Name   string         `json:"name"`
	Kind   messaging.Kind `json:"kind" enum:"gateway,mail"`
	Sender string         `json:"sender"`
}

// MessageTry is one try to reach a customer.
type MessageTry struct {
	ID           int64               `json:"id"`
	At           time.Time           `json:"at"`
	Channel      int64               `json:"channel_id"`
	Message      int64               `json:"message_id" doc:"0: refused before it was one"`
	Customer     business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name" doc:"Empty outside the scope"`
	Person       business.PersonID   `json:"person_id"`
	PersonName   string              `json:"person_name"`
	Outcome      messaging.Outcome   `json:"outcome" enum:"accepted,refused,deferred,failed,sent"`
	Code         string              `json:"code" doc:"Of a refusal"`
	Detail       string              `json:"detail" doc:"What the receiver answered"`
	Address      string              `json:"address" doc:"Empty outside the scope"`
	Subject      string              `json:"subject"`
	Text         string              `json:"text"`
}

type (
	usableOut struct {
		Body struct {
			Items []Usable `json:"items"`
		}
	}
	sendIn struct {
		Body struct {
			Channel   int64                 `json:"channel_id" minimum:"1"`
			Customers []business.CustomerID `json:"customer_ids" minItems:"1" maxItems:"200"`
			Contact   string                `json:"contact,omitempty" maxLength:"80" doc:"Name of whom; empty: the first who can be reached"`
			Subject   string                `json:"subject,omitempty" maxLength:"120" doc:"Of a mail"`
			Text      string                `json:"text" minLength:"1" maxLength:"1000"`
		}
	}
	sendOut struct {
		Body struct {
			Messages    []int64               `json:"message_ids"`
			Unreachable []business.CustomerID `json:"unreachable_ids" doc:"No address for this channel"`
		}
	}
	logIn struct {
		api.PageQuery
		Customer business.CustomerID `query:"customer" minimum:"0"`
	}
	logOut struct{ Body api.Page[MessageTry] }
)

func (m mount) usable(ctx context.Context, _ *struct{}) (*usableOut, error) {
	channels, err := m.Service.Usable(ctx, api.Actor(ctx).Person)
	out := &usableOut{}
	out.Body.Items = make([]Usable, len(channels))
	for i, c := range channels {
		out.Body.Items[i] = Usable{c.ID, c.Name, c.Kind, c.Sender}
	}
	return out, err
}

func (m mount) send(ctx context.Context, in *sendIn) (*sendOut, error) {
	taken, err := m.Service.Send(ctx, caller(ctx), messaging.Sending(in.Body))
	if err != nil {
		return nil, err
	}
	out := &sendOut{}
	out.Body.Messages, out.Body.Unreachable = taken.Messages, taken.Unreachable
	return out, nil
}

func (m mount) log(ctx context.Context, in *logIn) (*logOut, error) {
	f := messaging.Filter{Customer: in.Customer, Limit: in.Limit}
	if in.After != "" {
		var err error
		if f.After, err = strconv.ParseInt(in.After, 10, 64); err != nil {
			return nil, api.ErrCursor
		}
	}
	found, more, err := m.Service.Log(ctx, caller(ctx), f)
	if err != nil {
		return nil, err
	}
	people, customers := make([]int64, len(found)), make([]business.CustomerID, len(found))
	for i, a := range found {
		people[i], customers[i] = int64(a.Person), a.Customer
	}
	names, err := m.Names(ctx, people)
	if err != nil {
		return nil, err
	}
	shops, err := m.Customers(ctx, api.Scope(ctx), customers)
	if err != nil {
		return nil, err
	}
	items, next := make([]MessageTry, len(found)), ""
	for i, a := range found {
		if _, seen := shops[a.Customer]; !seen {
			a.Address = ""
		}
		items[i] = MessageTry{a.ID, a.At, a.Channel, a.Message, a.Customer, shops[a.Customer], a.Person,
			names[a.Person], a.Outcome, a.Code, a.Detail, a.Address, a.Subject, a.Text}
	}
	if more {
		next = strconv.FormatInt(found[len(found)-1].ID, 10)
	}
	return &logOut{api.NewPage(items, next, -1)}, nil
}
