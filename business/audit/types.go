package audit

import (
	"context"
	"encoding/json"
	"time"

	"beatplan/business"
)

// Entry is one command that took effect, or one that was refused and matters.
type Entry struct {
	ID      int64
	At      time.Time
	Person  business.PersonID // 0: nobody, or the system
	Role    business.Role
	Action  string // "crm.customer.created"
	Object  string // "customer"
	Target  int64  // id of the object
	Before  json.RawMessage
	After   json.RawMessage
	Address string
	Request string
	Agent   string
}

// Filter selects entries. The zero value selects all.
type Filter struct {
	Person business.PersonID
	People []int64 // only what these did; nil: everybody and the system
	Object string
	Target int64
	Action string     // its beginning: "identity.", "read."
	From   *time.Time // inclusive; nil: from the first
	To     *time.Time // exclusive; nil: to the last
}

// Head is the end of the chain at some moment.
type Head struct {
	Seq  int64
	Hash [32]byte
}

// Anchors keeps heads where somebody who can write the database cannot.
type Anchors interface {
	// Keep appends a head.
	Keep(ctx context.Context, h Head) error
	// Heads returns what was kept, oldest first.
	Heads(ctx context.Context) ([]Head, error)
}

// Fault is the first thing that is wrong with the chain.
type Fault struct {
	Seq    int64 // place in the chain; 0 for an entry outside it
	Entry  int64 // id of the entry; 0 when it is gone
	Reason Reason
}

// Reason says what is wrong.
type Reason string

// What can be wrong with a chain.
const (
	Edited   Reason = "edited"   // the entry does not have its hash
	Deleted  Reason = "deleted"  // the entry or its link is gone
	Inserted Reason = "inserted" // the entry was never sealed nor waits for it
	CutOff   Reason = "cut off"  // the chain ends before a head that was kept
	Replaced Reason = "replaced" // the chain does not have a head that was kept
)
