package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
)

// PermissionsOf returns what a role may do, sorted. To take customers out of every list
// and to carry them away as a file are rights that nobody has but the administrator until
// they are granted (Z2-3).
func PermissionsOf(r business.Role) []business.Permission {
	var p []business.Permission
	switch r {
	case business.Admin:
		p = business.Permissions()
	case business.Manager:
		p = []business.Permission{
			business.PeopleRead,
			business.CustomersRead, business.CustomersWrite,
			business.CustomersImport, business.MessagesSend, business.WarningsRead,
			business.DaysRead, business.DaysWrite, business.DaysPublish,
			business.VisitsRead, business.VisitsWrite, // inspections of their own
			business.PositionsRead, business.PositionsWrite,
			business.TracksRead, business.AssignmentsWrite, business.RoutesRead,
			business.MapRead, business.TerritoriesRead, business.TerritoriesWrite,
			business.ApprovalsRead, business.ApprovalsWrite, business.SettingsRead,
			business.ProductsRead, business.OrdersRead,
			business.OrdersWrite, business.OrdersReview, business.GoodsRead,
			business.MoneyRead, business.MoneyCollect,
		}
	case business.Dispatcher:
		p = []business.Permission{
			business.PeopleRead, business.CustomersRead, business.WarningsRead,
			business.DaysRead, business.DaysWrite, business.VisitsRead,
			business.PositionsRead, business.AssignmentsWrite, business.RoutesRead,
			business.MapRead, business.TerritoriesRead, business.ProductsRead,
			business.OrdersRead, business.GoodsRead,
		}
	case business.Salesperson:
		p = []business.Permission{
			business.PeopleRead, business.CustomersRead, business.CustomersWrite,
			business.MessagesSend, business.WarningsRead, business.DaysRead, business.DaysWrite,
			business.DaysPublish, business.VisitsRead, business.VisitsWrite,
			business.PositionsRead, business.PositionsWrite, business.TracksRead,
			business.RoutesRead, business.MapRead, business.TerritoriesRead,
			business.ApprovalsRead, business.ApprovalsWrite,
			business.ProductsRead, business.OrdersRead, business.OrdersWrite,
			business.GoodsRead, business.MoneyRead, business.MoneyCollect,
		}
	case business.Keeper: // of customers what the reach grants, and the stock
		p = []business.Permission{
			business.PeopleRead, business.CustomersRead, business.RoutesRead, business.MapRead,
			business.ProductsRead, business.ProductsWrite, business.OrdersRead,
			business.GoodsRead, business.GoodsWrite, business.ApprovalsRead, business.ApprovalsWrite,
		}
	}
	slices.Sort(p)
	return p
}

// devicePermissions is what a tracker's token opens: sending, nothing else.
func devicePermissions() []business.Permission {
	return []business.Permission{business.PositionsWrite}
}

// effective is what somebody may whose role has this base and this list; no list
// means what the base may. A permission that this version does not know is left out.
func effective(base business.Role, list []business.Permission) []business.Permission {
	if list == nil {
		return PermissionsOf(base)
	}
	known := business.Permissions()
	out := slices.DeleteFunc(slices.Clone(list), func(p business.Permission) bool {
		return !slices.Contains(known, p)
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// covered is who a role's reach covers besides the actor, and where they stand.
type covered struct{ people, teams []int64 }

// scopeOf makes the scope of an actor from the reach of their role and the people
// that it covers. Everybody sees themselves.
func scopeOf(a business.Actor, r Reach, c covered) scope.Scope {
	if r == All {
		return scope.Everything()
	}
	people, teams := append([]int64{int64(a.Person)}, c.people...), append([]int64{}, c.teams...)
	if a.Team != 0 {
		teams = append(teams, int64(a.Team))
	}
	people, teams = setOf(people), setOf(teams)
	return scope.Scope{People: people, Teams: teams, Version: setVersion(people, teams)}
}

func setOf(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// setVersion names people and the teams they stand in: who sees the same has an equal
// version, so caches are shared.
func setVersion(people, teams []int64) string {
	h := sha256.New()
	for _, set := range [][]int64{people, teams} {
		for _, id := range set {
			h.Write(strconv.AppendInt(nil, id, 36))
			h.Write([]byte{','})
		}
		h.Write([]byte{';'})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// A login may fail this often before it is locked, and an address this often
// within attemptMemory.
const (
	freeLoginFailures   = 5
	freeAddressFailures = 50
	firstLock           = 30 * time.Second
	longestLock         = 15 * time.Minute
	attemptMemory       = 24 * time.Hour
)

// lockedFor returns how long sign-in stays locked at now after so many failures,
// the last of them at last: 30 s after the fifth, doubled by each further one, at
// most a quarter of an hour. A day without a failure forgets them all.
func lockedFor(failures, free int, last, now time.Time) time.Duration {
	if failures < free || now.Sub(last) >= attemptMemory {
		return 0
	}
	wait := longestLock
	if over := failures - free; over < 6 {
		wait = min(firstLock<<over, longestLock)
	}
	return max(0, wait-now.Sub(last))
}

func loginForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`) }

// normalLogin is how logins are kept and compared.
func normalLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// checkPassword refuses what is short, endless or easily guessed.
func checkPassword(password, login, name string) error {
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(password)
	guess := func(s string) bool {
		return len(s) >= 3 && strings.Contains(low, strings.ToLower(s)) && n < len(s)+8
	}
	switch {
	case n < 10 || n > 200, distinct(password) < 5,
		guess(login), guess(name), guess("password"), guess("beatplan"),
		guess("1234567890"), guess("qwertyuiop"):
		return ErrWeakPassword.WithField("password", "weak", ErrWeakPassword.Message)
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// checkPerson reports every fault of a person's fields at once.
func checkPerson(p Person) error {
	e := ErrPerson
	bad := func(path, code, message string) { e = e.WithField(path, code, message) }
	if n := utf8.RuneCountInString(p.Name); strings.TrimSpace(p.Name) == "" || n > 80 {
		bad("name", "length", "The name needs 1 to 80 characters.")
	}
	if !loginForm().MatchString(p.Login) {
		bad("login", "pattern", "A login is 2 to 64 small letters, digits, dots, dashes.")
	}
	if utf8.RuneCountInString(p.Phone) > 40 {
		bad("phone", "length", "A phone number has at most 40 characters.")
	}
	if utf8.RuneCountInString(p.Post) > 80 {
		bad("post", "length", "A post has at most 80 characters.")
	}
	if !slices.Contains([]string{"", "female", "male", "other"}, p.Sex) {
		bad("sex", "choice", "The sex is female, male, other or left open.")
	}
	if p.Shift.Start < 0 || p.Shift.End > 24*60 || p.Shift.Start >= p.Shift.End {
		bad("shift", "range", "The shift must end after it starts, on the same day.")
	}
	if !validWorkdays(p.Workdays) {
		bad("workdays", "range", "Working days are different numbers from 1 to 7.")
	}
	if p.Color < 0 || p.Color > 63 {
		bad("color_index", "range", "The colour is a number from 0 to 63.")
	}
	badPoint(p.Home, "home", bad)
	badPoint(p.Office, "office", bad)
	return orNil(e)
}

func badPoint(p *orb.Point, path string, bad func(path, code, message string)) {
	if p != nil && (!geo.Valid(*p) || *p == orb.Point{}) {
		bad(path, "position", "The position needs a longitude and a latitude in degrees.")
	}
}

// orNil returns e when a fault was added to it.
func orNil(e *fail.Error) error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

func validWorkdays(days []int16) bool {
	s := slices.Clone(days)
	slices.Sort(s)
	return len(slices.Compact(s)) == len(days) &&
		!slices.ContainsFunc(days, func(d int16) bool { return d < 1 || d > 7 })
}

// apply returns p with the change made.
func (c PersonChange) apply(p Person) Person {
	set(&p.Name, c.Name)
	set(&p.Phone, c.Phone)
	set(&p.Post, c.Post)
	set(&p.Sex, c.Sex)
	set(&p.RoleCode, c.Role)
	set(&p.Team, c.Team)
	set(&p.Active, c.Active)
	set(&p.Home, c.Home)
	set(&p.Office, c.Office)
	set(&p.Shift, c.Shift)
	set(&p.Workdays, c.Workdays)
	set(&p.Color, c.Color)
	if c.Login != nil {
		p.Login = normalLogin(*c.Login)
	}
	p.Name = strings.TrimSpace(p.Name)
	return p
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// mayTouch decides whether the actor may turn before into after: administrators
// are made, changed and unmade by administrators alone.
func mayTouch(by business.Actor, before, after business.Role) error {
	if by.Role != business.Admin && (before == business.Admin || after == business.Admin) {
		return ErrAboveSelf
	}
	return nil
}

// below reports whether team is ancestor or stands below it, in a tree given as
// child → parent. It ends on cyclic input too.
func below(parents map[business.TeamID]business.TeamID, team, ancestor business.TeamID) bool {
	for range len(parents) + 1 {
		if team == ancestor {
			return true
		}
		if team = parents[team]; team == 0 {
			return false
		}
	}
	return true
}

// worksOn decides whether a person works on a weekday, given the day's exception
// for the company and for the person; the person's wins.
func worksOn(workdays []int16, weekday int, company, person *bool) bool {
	switch {
	case person != nil:
		return *person
	case company != nil:
		return *company
	}
	return slices.Contains(workdays, int16(weekday))
}

// checkCompany reports every fault of the company's fields beside the zone.
func checkCompany(c Company) error {
	e := ErrCompany
	bad := func(path, code, message string) { e = e.WithField(path, code, message) }
	if utf8.RuneCountInString(c.Name) > 120 {
		bad("name", "length", "The name has at most 120 characters.")
	}
	if c.Language != "zh" && c.Language != "en" {
		bad("language", "choice", "The language is zh or en.")
	}
	badPoint(c.Center, "center", bad)
	if b := c.Bounds; b != nil && (!geo.Valid(b.Min) || !geo.Valid(b.Max) ||
		b.Min[0] >= b.Max[0] || b.Min[1] >= b.Max[1]) {
		bad("bounds", "range", "Bounds are west, south, east and north in degrees.")
	}
	return orNil(e)
}
