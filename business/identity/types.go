package identity

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// Person is somebody who can sign in.
type Person struct {
	ID       business.PersonID
	Name     string
	Login    string
	Role     business.Role   // what the modules' rules look at
	RoleCode string          // the company's own role; that of Role when it is built in
	Team     business.TeamID // 0 for nobody's
	TeamName string
	Post     string // what they are in the company, at most 80 characters
	Sex      string // "", "female", "male" or "other"
	Phone    string
	Photo    blob.Key // "" for none
	Active   bool
	Erased   bool // their personal values are gone for good
	Home     *orb.Point
	Office   *orb.Point
	Shift    Shift
	Workdays []int16 // ISO weekdays, 1 is Monday
	Color    int     // index into the palette of people, 0 to 63
	Language string  // "zh", "en" or "" for the company's
	Theme    string  // "system", "light" or "dark"
	Demo     bool
	Version  int64
}

// Shift is a stretch of the day in minutes after midnight of the company's zone.
type Shift struct{ Start, End int }

// Team is a node of the tree of teams.
type Team struct {
	ID         business.TeamID
	Name       string
	Parent     business.TeamID   // 0 at the top
	Leader     business.PersonID // 0 for none
	LeaderName string
	People     int // active members of the team itself
	Version    int64
}

// Company is the company itself.
type Company struct {
	Name     string
	Zone     string // IANA
	Language string
	Center   *orb.Point
	Bounds   *geo.Box
}

// Identity is who a credential belongs to and what that opens.
type Identity struct {
	Actor       business.Actor
	Scope       scope.Scope
	Session     int64 // 0 for a device
	Device      int64 // 0 for a session
	Demo        bool
	ProvedAt    time.Time             // when the password was last asked for
	Permissions []business.Permission // sorted
	Disabled    []business.Permission // would have, were their module not switched off
}

// PersonChange is a change of some fields of a person; nil fields stay. For the
// positions, a pointer to nil removes.
type PersonChange struct {
	Name, Login, Phone *string
	Post, Sex          *string
	Role               *string          // code
	Team               *business.TeamID // 0 takes the person out of the team
	Active             *bool
	Home, Office       **orb.Point
	Shift              *Shift
	Workdays           *[]int16
	Color              *int
	Password           *string
}

// NewPerson is a person to be created. Password may be empty: such a person
// cannot sign in until one is set.
type NewPerson struct {
	Name, Login, Phone, Password string
	Post, Sex                    string
	Role                         business.Role // or the code of an own role
	Team                         business.TeamID
	Home, Office                 *orb.Point
	Shift                        Shift   // zero: 08:30 to 17:30
	Workdays                     []int16 // nil: Monday to Friday
	Color                        int
	Demo                         bool
}

// TeamChange is a change of some fields of a team; nil fields stay.
type TeamChange struct {
	Name   *string
	Parent *business.TeamID   // 0 moves the team to the top
	Leader *business.PersonID // 0 removes the leader
}

// NewTeam is a team to be created.
type NewTeam struct {
	Name   string
	Parent business.TeamID
	Leader business.PersonID
}

// Filter selects people. The zero value selects all.
type Filter struct {
	Search string          // part of name, login or phone
	Team   business.TeamID // this team and all below it
	Role   string          // code
	Active *bool
}

// Seek is the place of a row in the list of people.
type Seek struct {
	Name string            `json:"n"`
	ID   business.PersonID `json:"i"`
}

// SessionInfo is a signed-in device as its owner sees it.
type SessionInfo struct {
	ID        int64
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	Address   string
	Agent     string
}

// Device is a tracker.
type Device struct {
	ID        int64
	Person    business.PersonID
	Name      string
	CreatedAt time.Time
	SeenAt    *time.Time
	RevokedAt *time.Time
}

// SignIn is an attempt to sign in.
type SignIn struct {
	Login    string
	Password string
	Code     string // of the authenticator, or a recovery code; "" when none is asked
	Previous string // token that the browser held before; it is revoked
}

// Policy bounds sessions and sign-ins.
type Policy struct {
	Demo     bool          // sign-in without a password, for people marked so
	Idle     time.Duration // a session unused for so long is over
	Absolute time.Duration // and so is one that began so long ago
	Cost     Cost
}

// Cost of one password hash: OWASP's second recommendation for argon2id unless set.
type Cost struct {
	MemoryKiB  uint32
	Iterations uint32
}

// DefaultPolicy is what a company starts with: idle for three days, a month in all.
func DefaultPolicy() Policy {
	return Policy{
		Idle: 72 * time.Hour, Absolute: 30 * 24 * time.Hour,
		Cost: Cost{MemoryKiB: 19 << 10, Iterations: 2},
	}
}

// Vault seals secrets with a key that lies outside the database. What is sealed for
// one use opens for no other.
type Vault interface {
	Seal(plain []byte, use string) ([]byte, error)
	Open(sealed []byte, use string) ([]byte, error)
}

// Audit is the trail that every command leaves, in identity's words. It runs
// inside the command's transaction.
type Audit interface {
	// Record appends one change.
	Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
	// Forget makes what the trail holds of a person unreadable for good.
	Forget(ctx context.Context, tx db.Tx, p business.PersonID) error
}
