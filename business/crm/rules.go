package crm

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/internal/fail"
)

const (
	maxName        = 200
	maxText        = 300 // address, district, licence
	maxPhone       = 60
	maxEmail       = 120
	maxTags        = 30
	maxTag         = 50
	maxHours       = 14
	maxEveryDays   = 366
	maxService     = 480 // minutes
	defaultService = 20  // minutes
)

// fold makes texts comparable: compatibility forms and full width become plain,
// letters small, runs of space one space.
func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// nameKey is the name as the duplicate check compares it: folded, without signs
// and spaces, without the words that only say "company" (Z2-2).
func nameKey(name string) string {
	words := strings.FieldsFunc(fold(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for len(words) > 1 && slices.Contains(companyWords(), words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	key := strings.Join(words, "")
	for _, tail := range companyTails() {
		if short, ok := strings.CutSuffix(key, tail); ok && short != "" {
			return short
		}
	}
	if key == "" { // a name of signs only is compared as it stands
		return fold(name)
	}
	return key
}

func companyWords() []string {
	return []string{"co", "company", "corp", "corporation", "gmbh", "inc", "incorporated",
		"limited", "llc", "ltd", "plc"}
}

func companyTails() []string {
	return []string{"股份有限公司", "有限责任公司", "有限公司", "公司"}
}

// searchText is what the search reads. Lines keep a word of the query from
// matching across two fields.
func searchText(c Customer) string {
	lines := []string{fold(c.Number), fold(c.Name), fold(c.Address), fold(c.District), fold(c.Phone)}
	if digits := onlyDigits(c.Phone); digits != "" {
		lines = append(lines, digits)
	}
	for _, p := range c.Contacts {
		lines = append(lines, fold(p.Name), fold(p.Phone))
		if digits := onlyDigits(p.Phone); digits != "" {
			lines = append(lines, digits)
		}
	}
	return strings.Join(lines, "\n")
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// dueOn is the day of the next visit, every so many days; 0: there is none. The
// clock of a customer that nobody has visited starts when its owner got it (A5).
func dueOn(c Customer, every int) business.Date {
	start := c.LastVisitDay
	if start.IsZero() {
		start = c.AssignedDay
	}
	if every == 0 || start.IsZero() {
		return business.Date{}
	}
	return start.Add(every)
}

func overdue(due, today business.Date) int {
	if due.IsZero() {
		return 0
	}
	return max(0, today.Sub(due))
}

func dueState(due, today business.Date) Due {
	switch {
	case due.IsZero():
		return NotDue
	case due.Before(today):
		return Overdue
	case due == today:
		return DueToday
	case !due.After(today.Add(SoonDays)):
		return DueSoon
	}
	return DueLater
}

// kindUnder reports whether kind is parent or stands below it in the tree.
func kindUnder(kind, parent string) bool {
	if exact, ok := strings.CutPrefix(parent, "="); ok {
		return kind == exact
	}
	return kind == parent || len(kind) > len(parent) && kind[len(parent)] == '/' &&
		kind[:len(parent)] == parent
}

// validKindFilter allows "=shop" beside "shop": this very kind alone.
func validKindFilter(s string) bool { return validKind(strings.TrimPrefix(s, "=")) }

func validKind(s string) bool {
	if s == "" || len(s) > 80 || s[0] == '/' || s[len(s)-1] == '/' || strings.Contains(s, "//") {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '/' {
			return false
		}
	}
	return true
}

// KindOf makes a valid kind of any words, e.g. "Shop / Super-Market" becomes
// "shop/super_market"; "other" when nothing is left.
func KindOf(s string) string {
	var parts []string
	for part := range strings.SplitSeq(fold(s), "/") {
		part = strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, strings.TrimSpace(part)), "_")
		if part != "" {
			parts = append(parts, part)
		}
	}
	kind := strings.Join(parts, "/")
	if !validKind(kind) {
		return "other"
	}
	return kind
}

func validLevel(l Level) bool { return l == A || l == B || l == C }

func validStatus(s Status) bool {
	return s == Prospect || s == Active || s == Dormant || s == Lost
}

func validDue(d Due) bool {
	return d == Overdue || d == DueToday || d == DueSoon || d == DueLater || d == NotDue
}

// reservedNumber reports whether a number has the form that the system gives.
func reservedNumber(n string) bool {
	digits, ok := strings.CutPrefix(n, "C")
	return ok && len(digits) >= 6 && onlyDigits(digits) == digits
}

// faults collects what is wrong with the fields of a customer.
type faults []fail.Field

func (f *faults) add(path, code, format string, args ...any) {
	*f = append(*f, fail.Field{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (f *faults) text(path, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		f.add(path, "length", "At most %d characters are allowed.", most)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	}) {
		f.add(path, "format", "Control characters are not allowed.")
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	e := *ErrInvalid
	e.Fields = f
	return &e
}

// check reports every field of c that breaks a bound, as ErrInvalid.
func check(c Customer) error { return checkFields(c).err() }

func checkFields(c Customer) faults {
	var f faults
	if strings.TrimSpace(c.Name) == "" {
		f.add("name", "required", "A customer has a name.")
	}
	f.text("name", c.Name, maxName)
	f.text("number", c.Number, 40)
	f.text("district", c.District, maxText)
	f.text("address", c.Address, maxText)
	f.text("phone", c.Phone, maxPhone)
	f.text("licence", c.Licence, maxText)
	if !validKind(c.Kind) {
		f.add("kind", "format", "A kind is made of a–z, 0–9 and _, with / between levels.")
	}
	if !validLevel(c.Level) {
		f.add("level", "choice", "The level is A, B or C.")
	}
	if !validStatus(c.Status) {
		f.add("status", "choice", "The status is prospect, active, dormant or lost.")
	}
	if c.VisitEveryDays < 0 || c.VisitEveryDays > maxEveryDays {
		f.add("visit_every_days", "range", "Visits are planned every 1 to %d days.", maxEveryDays)
	}
	if c.ServiceMinutes < 1 || c.ServiceMinutes > maxService {
		f.add("service_minutes", "range", "A visit takes 1 to %d minutes.", maxService)
	}
	if c.Position != nil && !geo.Valid(*c.Position) {
		f.add("position", "range", "Longitude ±180 and latitude ±90, in this order.")
	}
	f.text("building", c.Building, maxText)
	f.text("channel", c.Channel, maxTag)
	if !validStage(c.Stage) {
		f.add("stage", "choice", "The stage is new, contacted, interested, negotiating, won or given_up.")
	}
	checkContacts(&f, c.Contacts)
	checkSites(&f, c.Sites)
	checkTags(&f, c.Tags)
	checkHours(&f, c.Hours)
	return f
}

func checkTags(f *faults, tags []string) {
	if len(tags) > maxTags {
		f.add("tags", "too_many", "At most %d tags are allowed.", maxTags)
	}
	for _, t := range tags {
		if t == "" || strings.ContainsRune(t, ',') {
			f.add("tags", "format", "A tag is not empty and holds no comma.")
		}
		f.text("tags", t, maxTag)
	}
}

func checkHours(f *faults, hours []Hours) {
	if len(hours) > maxHours {
		f.add("opening_hours", "too_many", "At most %d lines of opening hours.", maxHours)
	}
	for _, h := range hours {
		if _, ok := minutes(h.Open); !ok {
			f.add("opening_hours", "format", "%q is no time of day like 09:00.", h.Open)
		}
		if _, ok := minutes(h.Close); !ok {
			f.add("opening_hours", "format", "%q is no time of day like 18:00.", h.Close)
		}
		if len(h.Days) == 0 || slices.ContainsFunc(h.Days, func(d int) bool { return d < 1 || d > 7 }) {
			f.add("opening_hours", "range", "Weekdays run from 1 (Monday) to 7 (Sunday).")
		}
	}
}

// minutes reads "09:30" to "24:00" as minutes after midnight.
func minutes(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// Minutes are the opening and closing time in minutes after midnight.
func (h Hours) Minutes() (open, closing int) {
	open, _ = minutes(h.Open)
	closing, _ = minutes(h.Close)
	return open, closing
}

// place converts a pin to WGS-84, or says what is wrong with it.
func place(p Pin) (orb.Point, error) {
	from := p.Datum
	if from == "" {
		from = datum.WGS84
	}
	if _, err := datum.Parse(string(from)); err != nil {
		return orb.Point{}, ErrInvalid.WithField("datum", "choice", "The datum is wgs84, gcj02 or bd09.")
	}
	if !geo.Valid(p.Point) {
		e := ErrInvalid.WithField("position", "range",
			"Longitude ±180 and latitude ±90, in this order.")
		if geo.Valid(orb.Point{p.Point[1], p.Point[0]}) {
			e = e.Saying("The position is not on the globe; are longitude and latitude swapped?")
		}
		return orb.Point{}, e
	}
	return datum.Convert(p.Point, from, datum.WGS84), nil
}

// twin is what the duplicate check may know of another customer of the same name
// or licence: nothing that would disclose it.
type twin struct {
	HasOwner bool     `db:"has_owner"`
	Licence  bool     `db:"licence"`  // the same licence number
	Distance *float64 `db:"distance"` // metres; nil when either has no position
	Address  bool     `db:"address"`  // the same folded address
}

// judgeTwins decides whether a new or renamed customer may stand beside its
// twins (A1): same licence, or same name at one place, is a duplicate; the same
// name elsewhere needs an address.
func judgeTwins(p Policy, c Customer, twins []twin) error {
	elsewhere := false
	for _, t := range twins {
		near := t.Distance != nil && *t.Distance <= p.NearMeters
		same := t.Distance == nil && t.Address
		if t.Licence || p.Strict || near || same {
			state := "pool"
			if t.HasOwner {
				state = "owned"
			}
			return ErrDuplicate.With("state", state).With("by_licence", t.Licence)
		}
		elsewhere = true
	}
	if elsewhere && strings.TrimSpace(c.Address) == "" {
		return ErrAddressNeeded
	}
	return nil
}
