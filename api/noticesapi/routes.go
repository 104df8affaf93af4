// Package noticesapi is the HTTP surface of business/notices: one's own inbox.
package noticesapi

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"beatplan/api"
	"beatplan/business/notices"
	"beatplan/internal/fail"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *notices.Service) {
	m := mount{s}
	api.Get(a, "/v1/messages", api.Op{
		ID: "list-messages", Summary: "List one's own inbox, the newest first",
		Description: "A message is a kind and its parameters; the screen makes the sentence. " +
			"total is how many are unread. An inbox keeps the newest 200.",
		Tags: []string{"Messages"}, Perm: api.SignedIn, Problems: []*fail.Error{api.ErrCursor},
	}, m.list)
	api.Put(a, "/v1/messages/{id}/read", api.Op{
		ID: "read-message", Summary: "Mark a message as read; the first time stands",
		Tags: []string{"Messages"}, Perm: api.SignedIn,
		Problems: []*fail.Error{notices.ErrNoMessage},
	}, m.read)
	api.Put(a, "/v1/messages/read", api.Op{
		ID: "read-messages", Summary: "Mark every message as read",
		Tags: []string{"Messages"}, Perm: api.SignedIn,
	}, m.readAll)
}

type mount struct{ s *notices.Service }

// Message is what somebody was told.
type Message struct {
	ID       int64           `json:"id"`
	Kind     string          `json:"kind" example:"digest" doc:"Which sentence"`
	Params   json.RawMessage `json:"params" doc:"Of the sentence"`
	Object   string          `json:"object" doc:"What it is about: customer, visit; empty for nothing"`
	ObjectID int64           `json:"object_id"`
	At       time.Time       `json:"at"`
	ReadAt   *time.Time      `json:"read_at" doc:"null: unread"`
}

type (
	listIn struct {
		api.PageQuery
		Unread bool `query:"unread"`
	}
	listOut struct{ Body api.Page[Message] }
	readIn  struct {
		ID int64 `path:"id" minimum:"1"`
	}
	readOut struct{ Body Inbox }
)

// Inbox says how many messages wait.
type Inbox struct {
	Unread int64 `json:"unread"`
}

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	f := notices.Filter{Unread: in.Unread, Limit: in.Limit}
	if in.After != "" {
		var err error
		if f.After, err = strconv.ParseInt(in.After, 10, 64); err != nil {
			return nil, api.ErrCursor
		}
	}
	me := api.Actor(ctx).Person
	found, more, err := m.s.Messages(ctx, me, f)
	if err != nil {
		return nil, err
	}
	unread, err := m.s.Unread(ctx, me)
	if err != nil {
		return nil, err
	}
	items := make([]Message, len(found))
	for i, r := range found {
		items[i] = Message(r)
	}
	next := ""
	if more {
		next = strconv.FormatInt(found[len(found)-1].ID, 10)
	}
	return &listOut{api.NewPage(items, next, unread)}, nil
}

func (m mount) read(ctx context.Context, in *readIn) (*readOut, error) {
	me := api.Actor(ctx).Person
	if err := m.s.Read(ctx, me, in.ID); err != nil {
		return nil, err
	}
	unread, err := m.s.Unread(ctx, me)
	return &readOut{Inbox{unread}}, err
}

func (m mount) readAll(ctx context.Context, _ *struct{}) (*readOut, error) {
	return &readOut{}, m.s.Read(ctx, api.Actor(ctx).Person, 0)
}
