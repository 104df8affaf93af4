package visits

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Bounds of the rules.
const (
	MaxStops       = 100              // stops of one day
	maxAheadDays   = 366              // how far ahead a day can be planned
	maxReason      = 500              // characters
	maxNotes       = 4000             // characters
	clockTolerance = 2 * time.Minute  // by how much a device's clock may run fast
	accuracyCredit = geo.Meters(100)  // most that a poor fix is given at the fence
	worstAccuracy  = geo.Meters(5000) // beyond it a fix says nothing
	pointService   = 15 * time.Minute // time on site at a bare point
)

// windowsOn turns opening hours into the windows of one date in zone. open is
// false when there are hours but none on that date: the customer is closed.
func windowsOn(hours []Hours, d business.Date, zone *time.Location) (w []Window, open bool) {
	if len(hours) == 0 {
		return nil, true
	}
	for _, h := range hours {
		if !slices.Contains(h.Days, d.ISOWeekday()) {
			continue
		}
		to := h.To
		if to <= h.From {
			to += 24 * 60
		}
		w = append(w, Window{d.At(zone, h.From), d.At(zone, to)})
	}
	slices.SortFunc(w, func(a, b Window) int { return a.Open.Compare(b.Open) })
	return w, len(w) > 0
}

// fenceOf is how near is near enough at a customer of this kind. A kind is
// looked up whole and then by its part before the slash: shop/supermarket, shop.
func fenceOf(p Policy, kind string) geo.Meters {
	if m, ok := p.FenceByKind[kind]; ok {
		return m
	}
	for i := range kind {
		if kind[i] == '/' {
			if m, ok := p.FenceByKind[kind[:i]]; ok {
				return m
			}
		}
	}
	return p.Fence
}

// punch places a device's fix in the server's time: now when it is live; when it
// comes late, as long ago as the device's own clock says it was, which a clock
// that runs wrong does not falsify when the device tells its time of sending, nor one
// that was set since when the device tells what else it knows.
func punch(f Fix, late bool, p Policy, now time.Time) (Punch, error) {
	if !geo.Valid(f.Point) || !(f.Accuracy >= 0 && f.Accuracy <= 1e7) || f.At.IsZero() {
		return Punch{}, ErrBadFix
	}
	sent := f.SentAt
	if sent.IsZero() {
		sent = now
	}
	out := Punch{
		At: now, ReceivedAt: now, DeviceAt: f.At, Point: &f.Point, Accuracy: f.Accuracy,
	}
	if late {
		return out.late(f.Clock, sent, p)
	}
	switch age := sent.Sub(f.At); {
	case age < -clockTolerance:
		return Punch{}, ErrFutureFix.With("ahead_s", int((-age).Seconds()))
	case age > p.FixAge:
		return Punch{}, ErrStaleFix.With("age_s", int(age.Seconds())).
			With("limit_s", int(p.FixAge.Seconds()))
	}
	return out, nil
}

// late puts a punch that came now, sent at the device's time sent, at its own time.
func (p Punch) late(c Clock, sent time.Time, policy Policy) (Punch, error) {
	age, set := c.ago(p.DeviceAt, sent, p.ReceivedAt)
	if age > policy.LateFor {
		return Punch{}, ErrTooLate.With("hours", int(policy.LateFor.Hours()))
	}
	p.At, p.ClockSet = p.ReceivedAt.Add(-age), set
	return p, nil
}

// distanceTo is how far a punch is from the customer; nil when either is unknown.
func distanceTo(p *orb.Point, site *orb.Point) *geo.Meters {
	if p == nil || site == nil {
		return nil
	}
	d := geodesic.Distance(*p, *site)
	return &d
}

// isOutside reports whether a fix at this distance lies outside the fence. The
// device's doubt counts in the person's favour, up to a limit. A fix too coarse
// to say anything is outside.
func isOutside(distance *geo.Meters, accuracy, fence geo.Meters) bool {
	if distance == nil {
		return false
	}
	return accuracy > worstAccuracy || *distance-min(accuracy, accuracyCredit) > fence
}

// arrival is what is known when somebody checks in.
type arrival struct {
	Caller
	Policy Policy
	Zone   *time.Location
	Now    time.Time
	Site   Site
	Open   *Visit // the person's open visit
	Today  int    // visits that count of this customer by this person that day
}

// checkIn decides whether a visit may begin.
func checkIn(a arrival, in CheckIn) (Visit, error) {
	if utf8.RuneCountInString(in.Reason) > maxReason {
		return Visit{}, ErrTooLong.WithField("reason", "length", "At most 500 characters.")
	}
	if a.Open != nil {
		return Visit{}, ErrOpenVisit.With("visit_id", a.Open.ID).
			With("customer_id", a.Open.Customer)
	}
	p, err := punch(in.Fix, in.Late, a.Policy, a.Now)
	if err != nil {
		return Visit{}, err
	}
	if a.Today > 0 && !a.Policy.SeveralADay {
		return Visit{}, ErrSecondToday
	}
	p.Distance = distanceTo(p.Point, a.Site.Point)
	v := Visit{
		Person: a.Actor.Person, Customer: a.Site.ID, Kind: kindFor(a.Actor), State: Open,
		Date: business.DateOf(p.At, a.Zone), In: p, Fence: fenceOf(a.Policy, a.Site.Kind),
		Late: in.Late, Reason: plain(in.Reason), ClockSet: p.ClockSet,
	}
	if v.Outside = isOutside(p.Distance, p.Accuracy, v.Fence); v.Outside && in.Reason == "" {
		return Visit{}, ErrTooFar.With("distance_m", int(*p.Distance)).
			With("radius_m", int(v.Fence)).WithField("reason", "required", "Say why.")
	}
	if !v.Outside {
		v.Reason = ""
	}
	return v, nil
}

func kindFor(a business.Actor) Kind {
	if a.Is(business.Salesperson) {
		return Sales
	}
	return Inspection
}

// checkOut decides how an open visit ends, or one that was left open and whose
// check-out was made on the same day and waited on a phone without network. A clock
// that went back does not give a negative visit.
func checkOut(v Visit, in CheckOut, a arrival) (Visit, error) {
	if v.State != Open && !(in.Late && v.underway()) {
		return Visit{}, ErrNotOpen.With("state", string(v.State))
	}
	if err := checkNotes(in.Notes); err != nil {
		return Visit{}, err
	}
	out, err := leaving(in, a)
	if err != nil {
		return Visit{}, err
	}
	if out.At.Before(v.In.At) {
		out.At = v.In.At
	}
	if v.Forgotten && v.Date.Before(business.DateOf(out.At, a.Zone)) {
		return Visit{}, ErrNotOpen.With("state", string(v.State))
	}
	v.Forgotten = false
	v.Out, v.Notes, v.Late = &out, in.Notes.plain(), v.Late || in.Late
	v.ClockSet = max(v.ClockSet, out.ClockSet)
	if v.Late && a.Policy.ApproveLate || v.Outside && a.Policy.ApproveOutside {
		v.State = Pending
		return v, nil
	}
	v.State, v.ValidAt = Valid, &a.Now
	return v, nil
}

// leaving is when and where somebody left: by a position, or without one.
func leaving(in CheckOut, a arrival) (Punch, error) {
	if in.Fix != nil {
		out, err := punch(*in.Fix, in.Late, a.Policy, a.Now)
		out.Distance = distanceTo(out.Point, a.Site.Point)
		return out, err
	}
	out := Punch{At: a.Now, ReceivedAt: a.Now, DeviceAt: a.Now}
	if !in.Late || in.LeftAt.IsZero() || in.SentAt.IsZero() {
		return out, nil
	}
	out.DeviceAt = in.LeftAt
	return out.late(in.Clock, in.SentAt, a.Policy)
}

// plain is a text without what no text may hold: the database refuses it.
func plain(text string) string { return strings.ReplaceAll(text, "\x00", "") }

func (n Notes) plain() Notes {
	return Notes{plain(n.PersonMet), plain(n.Stage), n.Status, plain(n.Text)}
}

func checkNotes(n Notes) error {
	for _, f := range []struct {
		path, text string
		limit      int
	}{{"person_met", n.PersonMet, 200}, {"stage", n.Stage, 100}, {"notes", n.Text, maxNotes}} {
		if utf8.RuneCountInString(f.text) > f.limit {
			return ErrTooLong.WithField(f.path, "length", "This text is too long.")
		}
	}
	if !slices.Contains([]string{"", "prospect", "active", "dormant", "lost"}, n.Status) {
		return ErrStatusUnknown.WithField("customer_status", "enum",
			"One of prospect, active, dormant, lost.")
	}
	return nil
}

// decide approves or rejects a pending visit.
func decide(v Visit, approve bool, why string, now time.Time) (Visit, error) {
	switch {
	case v.State != Pending:
		return Visit{}, ErrNotPending.With("state", string(v.State))
	case utf8.RuneCountInString(why) > maxReason:
		return Visit{}, ErrTooLong.WithField("reason", "length", "At most 500 characters.")
	case !approve && why == "":
		return Visit{}, ErrReasonMissing.WithField("reason", "required", "Say why.")
	}
	v.Decision, v.State = plain(why), Rejected
	if approve {
		v.State, v.ValidAt = Valid, &now
	}
	return v, nil
}

// declareVoid takes a valid visit back.
func declareVoid(v Visit, why string) (Visit, error) {
	switch {
	case v.State != Valid:
		return Visit{}, ErrNotValid.With("state", string(v.State))
	case why == "":
		return Visit{}, ErrReasonMissing.WithField("reason", "required", "Say why.")
	case utf8.RuneCountInString(why) > maxReason:
		return Visit{}, ErrTooLong.WithField("reason", "length", "At most 500 characters.")
	}
	v.Decision, v.State = plain(why), Void
	return v, nil
}

// place is where an edit puts one stop.
type place struct {
	Stop     int64 // 0: a new stop
	Customer business.CustomerID
	Locked   bool
	Optional bool
}

// arrange turns a wished order into the order that will be: stops that were
// driven stay in front, as they were driven, whether wished or not; the others
// follow as wished. Stops that nobody wishes any more are not in the answer.
func arrange(have []Stop, want []Wanted) ([]place, error) {
	if len(want) > MaxStops {
		return nil, ErrTooManyStops
	}
	byID := make(map[int64]Stop, len(have))
	byCustomer := make(map[business.CustomerID]Stop, len(have))
	var driven []Stop
	for _, s := range have {
		byID[s.ID] = s
		if s.Customer != 0 {
			byCustomer[s.Customer] = s
		}
		if s.Driven() {
			driven = append(driven, s)
		}
	}
	sortDriven(driven)
	out := make([]place, 0, len(want)+len(driven))
	for _, s := range driven {
		out = append(out, place{s.ID, s.Customer, s.Locked, s.Optional})
	}
	seen := map[place]bool{}
	for i, w := range want {
		at := place{Customer: w.Customer}
		s, known := byCustomer[w.Customer]
		if w.Customer == 0 {
			if s, known = byID[w.Stop]; !known {
				return nil, ErrNoStop.With("stop_id", w.Stop)
			}
		}
		if known {
			at = place{Stop: s.ID, Customer: s.Customer}
		}
		if seen[at] {
			return nil, ErrPlanInvalid.WithField(stopPath(i), "duplicate",
				"A customer stands at most once on a day.")
		}
		seen[at] = true
		if !known || !s.Driven() {
			at.Locked, at.Optional = w.Locked, w.Optional
			out = append(out, at)
		}
	}
	if len(out) > MaxStops {
		return nil, ErrTooManyStops
	}
	return out, nil
}

func sortDriven(stops []Stop) {
	slices.SortStableFunc(stops, func(a, b Stop) int {
		if a.DrivenAt != nil && b.DrivenAt != nil {
			if c := a.DrivenAt.Compare(*b.DrivenAt); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
}

// reorders reports whether an edit changes the order, or the set, of the stops
// that are there already; adding stops behind them does not.
func reorders(have []Stop, to []place) bool {
	open := slices.DeleteFunc(slices.Clone(have), Stop.Driven)
	i := 0
	for _, p := range to {
		if i < len(open) && p.Stop == open[i].ID {
			i++
			continue
		}
		if slices.ContainsFunc(open, func(s Stop) bool { return s.ID == p.Stop }) {
			return true
		}
		driven := slices.ContainsFunc(have, func(s Stop) bool {
			return s.ID == p.Stop && s.Driven()
		})
		if !driven && i < len(open) {
			return true // a new stop in between
		}
	}
	return i < len(open)
}

// mayPlan decides whether the caller may change this person's day. Whose rows
// the caller sees was decided before: a foreign person does not exist.
func mayPlan(c Caller, person business.PersonID) error {
	if c.Actor.Is(business.Admin, business.Manager, business.Dispatcher) ||
		c.Actor.Person == person {
		return nil
	}
	return ErrDenied
}

// plannable decides whether a day can still be planned.
func plannable(d, today business.Date) error {
	switch {
	case d.Before(today):
		return ErrPastDay.With("today", today.String())
	case d.Sub(today) > maxAheadDays:
		return ErrTooFarAhead
	}
	return nil
}

// checkAnchors refuses a custom anchor without a place, and a named one with.
func checkAnchors(e Edit) error {
	for path, a := range map[string]Anchor{"start": e.Start, "end": e.End} {
		switch {
		case a.Kind == Custom && (a.Point == nil || !geo.Valid(*a.Point)):
			return ErrPlanInvalid.WithField(path+".point", "required",
				"A custom place needs its longitude and latitude.")
		case a.Kind != Custom && a.Point != nil:
			return ErrPlanInvalid.WithField(path+".point", "unexpected",
				"Only a custom place has a point.")
		case !slices.Contains([]AnchorKind{"", Home, Office, Custom}, a.Kind):
			return ErrPlanInvalid.WithField(path+".kind", "enum",
				"One of home, office, custom.")
		}
	}
	return nil
}

// anchorPoint is the place of an anchor; who has no home starts at the office,
// and who has neither starts at the first stop.
func anchorPoint(a Anchor, w Worker) *orb.Point {
	switch {
	case a.Kind == Custom:
		return a.Point
	case a.Kind == Office && w.Office != nil, w.Home == nil:
		return w.Office
	}
	return w.Home
}

// shiftOf is the working time of a person on a day; the whole day for who has no
// hours, past midnight for who works at night.
func shiftOf(w Worker, d business.Date, zone *time.Location) Window {
	switch {
	case w.From == w.To:
		return Window{d.At(zone, 0), d.Add(1).At(zone, 0)}
	case w.To < w.From:
		return Window{d.At(zone, w.From), d.Add(1).At(zone, w.To)}
	}
	return Window{d.At(zone, w.From), d.At(zone, w.To)}
}

// prizeOf is what calling on a due customer is worth, in seconds of driving: a
// quarter of an hour for level C, half for B, three quarters for A, doubled,
// tripled … with every further interval that passes, at most eightfold.
func prizeOf(level string, d DueCustomer) int64 {
	base := map[string]float64{"A": 2700, "B": 1800}[level]
	if base == 0 {
		base = 900
	}
	late := 1 + float64(max(d.Overdue, 0))/float64(max(d.Every, 1))
	return int64(base * min(late, 8))
}

// checkPolicy refuses settings out of bounds.
func checkPolicy(p Policy) error {
	e := ErrPolicyInvalid
	bad := func(path, rule string) { e = e.WithField(path, "range", rule) }
	if p.Fence < 10 || p.Fence > 50_000 {
		bad("fence_m", "10 to 50,000 metres.")
	}
	if len(p.FenceByKind) > 200 {
		bad("fence_by_kind", "At most 200 kinds.")
	}
	for kind, m := range p.FenceByKind {
		if m < 10 || m > 50_000 {
			bad("fence_by_kind."+kind, "10 to 50,000 metres.")
		}
	}
	if p.FixAge < 10*time.Second || p.FixAge > 24*time.Hour {
		bad("fix_age_s", "10 seconds to 24 hours.")
	}
	if p.LateFor < 0 || p.LateFor > 240*time.Hour {
		bad("late_h", "0 to 240 hours.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func stopPath(i int) string { return "stops[" + strconv.Itoa(i) + "].customer_id" }
