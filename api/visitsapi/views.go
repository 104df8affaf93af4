package visitsapi

import (
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo"
)

// Place is where a day starts or ends.
type Place struct {
	Kind  visits.AnchorKind `json:"kind" enum:"home,office,custom"`
	Point *orb.Point        `json:"point" doc:"Set for custom; of home and office when known"`
}

// ShiftView is the working time of the day.
type ShiftView struct {
	Start string `json:"start" example:"08:30"`
	End   string `json:"end" example:"17:30"`
}

// WindowView is a stretch of time in which a visit must lie.
type WindowView struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// LegView is a way on the road.
type LegView struct {
	DurationS int `json:"duration_s"`
	DistanceM int `json:"distance_m"`
}

// ViolationView is one rule that an order breaks.
type ViolationView struct {
	Code string `json:"code" doc:"window_missed, shift_exceeded, closed, no_position, unreachable …"`
	ByS  int    `json:"by_s" doc:"By how much, where time is what is broken"`
}

// StopView is one stop of a day.
type StopView struct {
	StopID         int64            `json:"stop_id" doc:"0: not saved yet"`
	VisitID        *int64           `json:"visit_id"`
	CustomerID     *int64           `json:"customer_id" doc:"null: a bare point"`
	Name           string           `json:"name"`
	Kind           string           `json:"kind"`
	Level          string           `json:"level"`
	Address        string           `json:"address"`
	Phone          string           `json:"phone"`
	Position       *orb.Point       `json:"position"`
	ServiceMinutes int              `json:"service_minutes"`
	Windows        []WindowView     `json:"windows"`
	Locked         bool             `json:"locked"`
	Optional       bool             `json:"optional"`
	Source         visits.Source    `json:"source" enum:"plan,due,assignment,visit"`
	Note           string           `json:"note"`
	OverdueDays    *int             `json:"overdue_days" doc:"null: not due that day"`
	Arrive         *time.Time       `json:"arrive"`
	Begin          *time.Time       `json:"begin"`
	Depart         *time.Time       `json:"depart"`
	WaitS          int              `json:"wait_s"`
	Leg            *LegView         `json:"leg" doc:"The way here"`
	Violations     []ViolationView  `json:"violations"`
	State          visits.StopState `json:"state" enum:"planned,checked_in,done,skipped"`
	SkipReason     string           `json:"skip_reason"`
}

// TotalsView sums up an order.
type TotalsView struct {
	DriveS    int        `json:"drive_s"`
	ServiceS  int        `json:"service_s"`
	WaitS     int        `json:"wait_s"`
	DistanceM int        `json:"distance_m"`
	Start     *time.Time `json:"start"`
	End       *time.Time `json:"end"`
	Stops     int        `json:"stops" doc:"Stops that are timed"`
}

// BestView is the best order found for the same stops.
type BestView struct {
	TotalsView
	Feasible bool           `json:"feasible"`
	Order    []int64        `json:"order" doc:"Ids of the stops"`
	Unserved []UnservedView `json:"unserved"`
}

// SavingView is what the best order saves; percent is of driving time.
type SavingView struct {
	DistanceM int     `json:"distance_m"`
	DurationS int     `json:"duration_s"`
	Percent   float64 `json:"percent"`
}

// UnservedView is a stop that a plan leaves out.
type UnservedView struct {
	CustomerID *int64   `json:"customer_id"`
	Reasons    []string `json:"reasons"`
}

// Line is a GeoJSON LineString.
type Line struct {
	Type        string         `json:"type" enum:"LineString"`
	Coordinates orb.LineString `json:"coordinates"`
}

// Day is a person's day.
type Day struct {
	PersonID   business.PersonID `json:"person_id"`
	PersonName string            `json:"person_name"`
	Date       string            `json:"date" format:"date"`
	Status     visits.Status     `json:"status" enum:"none,draft,published"`
	Version    int64             `json:"version" doc:"0: nothing yet"`
	Published  int64             `json:"published_version" doc:"0: never published"`
	Start      Place             `json:"start"`
	End        Place             `json:"end"`
	Shift      ShiftView         `json:"shift"`
	Stops      []StopView        `json:"stops"`
	Return     *LegView          `json:"return" doc:"The way from the last stop to the end"`
	Totals     TotalsView        `json:"totals"`
	Timed      bool              `json:"timed" doc:"false: no road network covers the day"`
	Feasible   bool              `json:"feasible"`
	Violations []ViolationView   `json:"violations" doc:"Of the day as a whole"`
	Line       *Line             `json:"line"`
	Best       *BestView         `json:"best"`
	Saving     *SavingView       `json:"saving"`
}

func dayView(e visits.Evaluated) Day {
	d := Day{
		PersonID: e.Person, PersonName: e.Worker.Name, Date: e.Date.String(), Status: e.Status,
		Version: e.Version, Published: e.PublishedVersion,
		Start: place(e.Start, e.Worker), End: place(e.End, e.Worker),
		Shift: ShiftView{clockTime(e.Worker.From), clockTime(e.Worker.To)},
		Stops: make([]StopView, len(e.Items)), Totals: totalsView(e.Totals), Timed: e.Planned,
		Feasible: e.Totals.Feasible, Violations: violationViews(e.Violations),
	}
	for i, it := range e.Items {
		d.Stops[i] = stopView(it)
	}
	if e.Planned {
		d.Return = legView(e.Return)
	}
	if e.Line != nil {
		d.Line = &Line{"LineString", e.Line}
	}
	if b := e.Best; b != nil {
		d.Best = &BestView{
			TotalsView: totalsView(b.Totals), Feasible: b.Totals.Feasible,
			Order: make([]int64, len(b.Order)), Unserved: unservedViews(b.Unserved),
		}
		for i, w := range b.Order {
			d.Best.Order[i] = w.Stop
		}
		d.Saving = savingView(b.Saving)
	}
	return d
}

func stopView(it visits.Item) StopView {
	v := StopView{
		StopID: it.ID, VisitID: orNull(int64(it.Visit)), CustomerID: orNull(int64(it.Customer)),
		Name: it.Site.Name, Kind: it.Site.Kind, Level: it.Site.Level, Address: it.Site.Address,
		Phone: it.Site.Phone, Position: it.Site.Point,
		ServiceMinutes: int(it.Site.Service.Minutes()),
		Windows:        make([]WindowView, len(it.Windows)),
		Locked:         it.Locked, Optional: it.Optional, Source: it.Source, Note: it.Note,
		OverdueDays: it.Overdue, Violations: violationViews(it.Violations),
		State: it.State, SkipReason: it.SkipReason,
	}
	for i, w := range it.Windows {
		v.Windows[i] = WindowView(w)
	}
	if t := it.Timed; t != nil {
		v.Arrive, v.Begin, v.Depart = &t.Arrive, &t.Begin, &t.Depart
		v.WaitS, v.Leg = int(t.Wait.Seconds()), legView(t.Leg)
	}
	return v
}

func place(a visits.Anchor, w visits.Worker) Place {
	p := Place{Kind: a.Kind, Point: a.Point}
	switch a.Kind {
	case visits.Home:
		p.Point = w.Home
	case visits.Office:
		p.Point = w.Office
	}
	return p
}

func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func legView(l visits.Leg) *LegView {
	return &LegView{int(l.Duration.Seconds()), int(l.Distance)}
}

func totalsView(t visits.Totals) TotalsView {
	v := TotalsView{
		DriveS: int(t.Drive.Seconds()), ServiceS: int(t.Service.Seconds()),
		WaitS: int(t.Wait.Seconds()), DistanceM: int(t.Distance), Stops: t.Stops,
	}
	if t.Stops > 0 {
		v.Start, v.End = &t.Start, &t.End
	}
	return v
}

func savingView(s visits.Saving) *SavingView {
	return &SavingView{int(s.Distance), int(s.Duration.Seconds()), s.Percent}
}

func violationViews(vs []visits.Violation) []ViolationView {
	out := make([]ViolationView, len(vs))
	for i, v := range vs {
		out[i] = ViolationView{v.Code, int(v.By.Seconds())}
	}
	return out
}

func unservedViews(us []visits.Unserved) []UnservedView {
	out := make([]UnservedView, len(us))
	for i, u := range us {
		reasons := u.Reasons
		if reasons == nil {
			reasons = []string{}
		}
		out[i] = UnservedView{orNull(int64(u.Customer)), reasons}
	}
	return out
}

func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// FixIn is a position that a device measured.
type FixIn struct {
	Position  orb.Point  `json:"position" doc:"WGS-84, longitude first"`
	AccuracyM float64    `json:"accuracy_m" minimum:"0" maximum:"100000"`
	At        time.Time  `json:"at" doc:"When it was measured, by the device's clock"`
	SentAt    *time.Time `json:"sent_at,omitempty" doc:"The device's clock when sending; unmasks a wrong clock"`
}

func (f FixIn) fix() visits.Fix {
	out := visits.Fix{Point: f.Position, Accuracy: geo.Meters(f.AccuracyM), At: f.At}
	if f.SentAt != nil {
		out.SentAt = *f.SentAt
	}
	return out
}

// ClockIn is what a phone knows of its own clock beside what it says, of an action that
// was kept before it was sent.
type ClockIn struct {
	AheadS   float64    `json:"ahead_s,omitempty" minimum:"-1000000000" maximum:"1000000000" doc:"By how much it ran ahead of the server's when the phone last heard from the server before the action"`
	HeardAt  *time.Time `json:"heard_at,omitempty" doc:"When that was, by the server's clock; absent: unknown"`
	ElapsedS float64    `json:"elapsed_s,omitempty" minimum:"0" maximum:"1000000000" doc:"Since the action, by a clock that nobody can set; 0: unknown"`
}

func (c *ClockIn) clock() visits.Clock {
	if c == nil {
		return visits.Clock{}
	}
	out := visits.Clock{Ahead: seconds(c.AheadS), Elapsed: seconds(c.ElapsedS)}
	if c.HeardAt != nil {
		out.Heard = *c.HeardAt
	}
	return out
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// PunchView is one end of a visit.
type PunchView struct {
	At         time.Time  `json:"at"`
	ReceivedAt time.Time  `json:"received_at" doc:"By the server's clock"`
	DeviceAt   *time.Time `json:"device_at" doc:"By the device's clock"`
	Position   *orb.Point `json:"position"`
	AccuracyM  *float64   `json:"accuracy_m"`
	DistanceM  *int       `json:"distance_m" doc:"To the customer; null when it is not on the map"`
}

// Visit is one call on one customer.
type Visit struct {
	ID           business.VisitID    `json:"id"`
	PersonID     business.PersonID   `json:"person_id"`
	PersonName   string              `json:"person_name"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	Date         string              `json:"date" format:"date" doc:"Business day of the check-in"`
	StopID       *int64              `json:"stop_id"`
	Kind         visits.Kind         `json:"kind" enum:"sales,inspection"`
	State        visits.State        `json:"state" enum:"open,pending,valid,rejected,abandoned,void"`
	CheckInAt    time.Time           `json:"check_in_at"`
	CheckOutAt   *time.Time          `json:"check_out_at"`
	CheckIn      PunchView           `json:"check_in"`
	CheckOut     *PunchView          `json:"check_out"`
	OnSiteS      int                 `json:"on_site_s"`
	DistanceM    *int                `json:"distance_m" doc:"Of the check-in to the customer"`
	FenceM       int                 `json:"fence_m" doc:"How near was near enough"`
	Outside      bool                `json:"outside"`
	Reason       string              `json:"reason"`
	Late         bool                `json:"late" doc:"Sent after the fact"`
	PersonMet    string              `json:"person_met"`
	Stage        string              `json:"stage"`
	Notes        string              `json:"notes"`
	Decision     string              `json:"decision" doc:"Why it was approved, rejected or voided"`
	Address      string              `json:"address" doc:"Of the customer"`
	Region       string              `json:"region"`
	Phone        string              `json:"phone"`
	Status       string              `json:"customer_status" doc:"As found; empty: nothing was said"`
	Grade        visits.Grade        `json:"grade" enum:"browser,tracker,native" doc:"What vouches for the check-in"`
	Truth        *int                `json:"truth" doc:"0 to 100, how far it is to be believed; null while open"`
	Doubts       []string            `json:"doubts" doc:"Codes of what speaks against it"`
}

func visitView(r visits.Row) Visit {
	v := Visit{
		ID: r.ID, PersonID: r.Person, PersonName: r.PersonName, CustomerID: r.Customer,
		CustomerName: r.CustomerName, Date: r.Date.String(), StopID: orNull(r.Stop),
		Kind: r.Kind, State: r.State, CheckInAt: r.In.At, CheckIn: punchView(r.In),
		OnSiteS: int(r.OnSite().Seconds()), FenceM: int(r.Fence), Outside: r.Outside,
		Reason: r.Reason, Late: r.Late, PersonMet: r.PersonMet, Stage: r.Stage, Notes: r.Text,
		Decision: r.Decision, Address: r.Address, Region: r.Region, Phone: r.Phone,
		Status: r.Status, Grade: r.Grade, Truth: r.Truth, Doubts: r.Doubts,
	}
	if v.Doubts == nil {
		v.Doubts = []string{}
	}
	v.DistanceM = v.CheckIn.DistanceM
	if r.Out != nil {
		out := punchView(*r.Out)
		v.CheckOut, v.CheckOutAt = &out, &r.Out.At
	}
	return v
}

func punchView(p visits.Punch) PunchView {
	v := PunchView{At: p.At, ReceivedAt: p.ReceivedAt, Position: p.Point}
	if !p.DeviceAt.IsZero() {
		v.DeviceAt = &p.DeviceAt
	}
	if p.Point != nil {
		accuracy := float64(p.Accuracy)
		v.AccuracyM = &accuracy
	}
	if p.Distance != nil {
		d := int(*p.Distance)
		v.DistanceM = &d
	}
	return v
}

// Policy is how the company wants its visits.
type Policy struct {
	SeveralADay    bool           `json:"several_a_day" doc:"The same customer twice a day by the same person"`
	ReorderOnPhone bool           `json:"reorder_on_phone" doc:"The phone may change the order of a day"`
	FenceM         int            `json:"fence_m" doc:"How near is near enough"`
	FenceByKind    map[string]int `json:"fence_by_kind" doc:"Other radii by the customer's kind"`
	FixAgeS        int            `json:"fix_age_s" doc:"How old a position may be at check-in"`
	LateH          int            `json:"late_h" doc:"How long after the fact a visit may come in"`
	ApproveLate    bool           `json:"approve_late"`
	ApproveOutside bool           `json:"approve_outside"`
}

func policyView(p visits.Policy) Policy {
	v := Policy{
		SeveralADay: p.SeveralADay, ReorderOnPhone: p.ReorderOnPhone, FenceM: int(p.Fence),
		FenceByKind: make(map[string]int, len(p.FenceByKind)),
		FixAgeS:     int(p.FixAge.Seconds()), LateH: int(p.LateFor.Hours()),
		ApproveLate: p.ApproveLate, ApproveOutside: p.ApproveOutside,
	}
	for kind, m := range p.FenceByKind {
		v.FenceByKind[kind] = int(m)
	}
	return v
}

func (p Policy) policy() visits.Policy {
	out := visits.Policy{
		SeveralADay: p.SeveralADay, ReorderOnPhone: p.ReorderOnPhone,
		Fence: geo.Meters(p.FenceM), FenceByKind: make(map[string]geo.Meters, len(p.FenceByKind)),
		FixAge:  time.Duration(p.FixAgeS) * time.Second,
		LateFor: time.Duration(p.LateH) * time.Hour, ApproveLate: p.ApproveLate,
		ApproveOutside: p.ApproveOutside,
	}
	for kind, m := range p.FenceByKind {
		out.FenceByKind[kind] = geo.Meters(m)
	}
	return out
}

// encode packs a list's cursor.
func encode(c *visits.Cursor) (string, error) {
	if c == nil {
		return "", nil
	}
	return api.EncodeAfter(c)
}
