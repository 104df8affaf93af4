package messaging

import (
	"time"

	"beatplan/business"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Kind is how a channel carries messages.
type Kind string

// The kinds of channels.
const (
	Gateway Kind = "gateway" // signed HTTP to a provider; reaches telephones
	Mail    Kind = "mail"    // SMTP
)

// State is what became of a message.
type State string

// The states of a message.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Failed  State = "failed"
	Refused State = "refused"
)

// Outcome is how one try ended.
type Outcome string

// The outcomes of a try.
const (
	WasAccepted Outcome = "accepted" // taken, to go out after the commit
	WasRefused  Outcome = "refused"  // not allowed
	WasDeferred Outcome = "deferred" // did not arrive; tried again later
	WasFailed   Outcome = "failed"   // did not arrive; not tried again
	WasSent     Outcome = "sent"     // the receiver has taken it
)

// Channel is one of the company's own accounts. Its secret is in no value of this type.
type Channel struct {
	ID        int64     `db:"id"`
	Name      string    `db:"name"`
	Kind      Kind      `db:"kind"`
	Endpoint  string    `db:"endpoint"` // address of a gateway; host:port of a mail server
	Login     string    `db:"login"`    // at a mail server; "": none is needed
	Sender    string    `db:"sender"`   // mail address, or the name that a gateway signs with
	HasSecret bool      `db:"has_secret"`
	Active    bool      `db:"active"`
	Version   int64     `db:"version"`
	UpdatedAt time.Time `db:"updated_at"`
}

// ChannelFields is what an administrator says of a channel.
type ChannelFields struct {
	Name     string
	Kind     Kind
	Endpoint string
	Login    string
	Sender   string
	Secret   string // "" keeps the present one
	Active   bool
}

// Authorisation lets people send through a channel for a time.
type Authorisation struct {
	ID          int64             `db:"id"`
	Channel     int64             `db:"channel_id"`
	Person      business.PersonID `db:"person_id"` // 0: everybody whose role may
	Document    string            `db:"document"`  // the paper that it rests on
	From        business.Date     `db:"from_day"`
	Until       business.Date     `db:"until_day"` // the last day
	GrantedBy   business.PersonID `db:"granted_by"`
	GrantedAt   time.Time         `db:"granted_at"`
	WithdrawnBy business.PersonID `db:"withdrawn_by"`
	WithdrawnAt *time.Time        `db:"withdrawn_at"`
}

// Grant is an authorisation to be given.
type Grant struct {
	Channel  int64
	Person   business.PersonID // 0: everybody whose role may
	Document string            // 1 to 200 characters
	From     business.Date
	Until    business.Date // at most five years after From
}

// Caller is who gives a command, whose rows they may touch, and the command's key.
type Caller struct {
	Actor business.Actor
	Scope scope.Scope
	Key   idem.Key
}

// Recipient is a customer as messaging needs it.
type Recipient struct {
	Customer business.CustomerID
	Name     string
	Phone    string    // of the shop
	Contacts []Contact // the main one first
}

// Contact is somebody at a customer.
type Contact struct{ Name, Phone, Email string }

// MaxCustomers is how many customers one command reaches.
const MaxCustomers = 200

// Sending is a message to customers, each of whom gets an own one.
type Sending struct {
	Channel   int64
	Customers []business.CustomerID // 1 to MaxCustomers
	Contact   string                // name of whom; "": the first who can be reached
	Subject   string                // of a mail
	Text      string                // 1 to 1000 characters
}

// Taken is what became of a command to send.
type Taken struct {
	Messages    []int64
	Unreachable []business.CustomerID // no address for this channel
}

// Attempt is one line of the log.
type Attempt struct {
	ID       int64               `db:"id"`
	At       time.Time           `db:"at"`
	Channel  int64               `db:"channel_id"`
	Message  int64               `db:"message_id"` // 0: refused before it was one
	Customer business.CustomerID `db:"customer_id"`
	Person   business.PersonID   `db:"person_id"`
	Outcome  Outcome             `db:"outcome"`
	Code     string              `db:"code"`   // of a refusal
	Detail   string              `db:"detail"` // what the receiver answered
	Address  string              `db:"address"`
	Subject  string              `db:"subject"`
	Text     string              `db:"body"`
}

// Filter selects lines of the log.
type Filter struct {
	Customer business.CustomerID // 0: all whom the scope's people tried to reach
	After    int64               // id of the last line of the page before; 0: from the newest
	Limit    int
}

// Accepted is published when messages wait to go out.
type Accepted struct {
	Channel int64 `json:"channel"`
}

// FactName names the fact.
func (Accepted) FactName() string { return "messaging.accepted" }

// Unhurried keeps a long list of messages from holding up other work.
func (Accepted) Unhurried() {}
