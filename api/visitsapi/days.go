package visitsapi

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
)

// DayRow is one person in the overview of a date.
type DayRow struct {
	PersonID  business.PersonID `json:"person_id"`
	Name      string            `json:"name"`
	Date      string            `json:"date" format:"date"`
	Status    visits.Status     `json:"status" enum:"none,draft,published"`
	Version   int64             `json:"version"`
	Stops     int               `json:"stops"`
	Done      int               `json:"done" doc:"Stops where somebody is or was"`
	Skipped   int               `json:"skipped" doc:"Stops that were left out, with a reason"`
	DriveS    *int              `json:"drive_s" doc:"null: not timed"`
	DistanceM *int              `json:"distance_m"`
	Feasible  *bool             `json:"feasible"`
}

type (
	listDaysIn struct {
		Client
		Date string `query:"date" format:"date" doc:"Today when absent"`
	}
	listDaysOut struct{ Body api.Page[DayRow] }
	dayIn       struct {
		Client
		DayPath
	}
	dayOut struct {
		ETag string `header:"ETag"`
		Body Day
	}
)

func (m mount) listDays(ctx context.Context, in *listDaysIn) (*listDaysOut, error) {
	d, err := dateOf("query.date", in.Date)
	if err != nil {
		return nil, err
	}
	if d.IsZero() {
		d = m.s.Today()
	}
	rows, err := m.s.Days(ctx, in.caller(ctx), d)
	if err != nil {
		return nil, err
	}
	items := make([]DayRow, len(rows))
	for i, r := range rows {
		items[i] = DayRow{
			PersonID: r.Worker.ID, Name: r.Worker.Name, Date: d.String(), Status: r.Day.Status,
			Version: r.Day.Version, Stops: len(r.Day.Stops), Done: r.Done,
			Skipped: r.Skipped,
		}
		if t := r.Totals; t != nil {
			drive, length := int(t.Drive.Seconds()), int(t.Distance)
			items[i].DriveS, items[i].DistanceM, items[i].Feasible = &drive, &length, &t.Feasible
		}
	}
	return &listDaysOut{api.NewPage(items, "", int64(len(items)))}, nil
}

func (m mount) day(ctx context.Context, in *dayIn) (*dayOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	return m.shown(ctx, in.caller(ctx), at)
}

func (m mount) shown(
	ctx context.Context, c visits.Caller, at visits.PersonDay,
) (*dayOut, error) {
	e, err := m.s.Day(ctx, c, at)
	if err != nil {
		return nil, err
	}
	return &dayOut{api.ETag(e.Version), dayView(e)}, nil
}

// WantedStop is one stop of a wished order: a customer, or an existing stop.
type WantedStop struct {
	CustomerID *int64 `json:"customer_id,omitempty" doc:"A customer, or"`
	StopID     int64  `json:"stop_id,omitempty" doc:"an existing stop, for bare points"`
	Locked     bool   `json:"locked,omitempty" doc:"Keeps its place when optimised"`
	Optional   bool   `json:"optional,omitempty" doc:"May be left out when optimised"`
}

// DayEdit is a day as somebody wants it.
type DayEdit struct {
	Stops []WantedStop `json:"stops" maxItems:"200"`
	Start *Place       `json:"start,omitempty"`
	End   *Place       `json:"end,omitempty"`
}

func (e DayEdit) edit() visits.Edit {
	out := visits.Edit{Stops: make([]visits.Wanted, len(e.Stops))}
	for i, s := range e.Stops {
		out.Stops[i] = visits.Wanted{Stop: s.StopID, Locked: s.Locked, Optional: s.Optional}
		if s.CustomerID != nil {
			out.Stops[i].Customer = business.CustomerID(*s.CustomerID)
		}
	}
	out.Start, out.End = anchor(e.Start), anchor(e.End)
	return out
}

// anchor ignores the point of home and office, which answers carry for the map.
func anchor(p *Place) visits.Anchor {
	if p == nil {
		return visits.Anchor{}
	}
	a := visits.Anchor{Kind: p.Kind}
	if p.Kind == visits.Custom {
		a.Point = p.Point
	}
	return a
}

// Proposal sets today's order beside the best one.
type Proposal struct {
	Current  Day            `json:"current"`
	Best     Day            `json:"best"`
	Saving   SavingView     `json:"saving"`
	Unserved []UnservedView `json:"unserved"`
}

type (
	editIn struct {
		Client
		DayPath
		Body DayEdit
	}
	saveIn struct {
		Client
		api.IfMatch
		DayPath
		Body DayEdit
	}
	evaluateOut struct{ Body Day }
	optimiseOut struct {
		Body Proposal
	}
)

func (m mount) evaluate(ctx context.Context, in *editIn) (*evaluateOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	e, err := m.s.Evaluate(ctx, in.caller(ctx), at, in.Body.edit())
	if err != nil {
		return nil, err
	}
	return &evaluateOut{dayView(e)}, nil
}

func (m mount) optimise(ctx context.Context, in *editIn) (*optimiseOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	p, err := m.s.Optimise(ctx, in.caller(ctx), at, in.Body.edit())
	if err != nil {
		return nil, err
	}
	return &optimiseOut{proposalView(p)}, nil
}

func proposalView(p visits.Proposal) Proposal {
	return Proposal{
		Current: dayView(p.Current), Best: dayView(p.Best),
		Saving: *savingView(p.Saving), Unserved: unservedViews(p.Unserved),
	}
}

func (m mount) save(ctx context.Context, in *saveIn) (*dayOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c := in.caller(ctx)
	if _, err := m.s.Save(ctx, c, at, version, in.Body.edit()); err != nil {
		return nil, err
	}
	return m.shown(ctx, c, at)
}

type publishIn struct {
	Client
	api.IfMatch
	DayPath
}

func (m mount) publish(ctx context.Context, in *publishIn) (*dayOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	version := int64(-1)
	if in.Match != "" {
		if version, err = in.Version(); err != nil {
			return nil, err
		}
	}
	c := in.caller(ctx)
	if _, err := m.s.Publish(ctx, c, api.IdemKey(ctx), at, version); err != nil {
		return nil, err
	}
	return m.shown(ctx, c, at)
}

func (m mount) fill(ctx context.Context, in *dayIn) (*dayOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	c := in.caller(ctx)
	if _, err := m.s.Fill(ctx, c, api.IdemKey(ctx), at); err != nil {
		return nil, err
	}
	return m.shown(ctx, c, at)
}

// PlanOrder names customers to be planned.
type PlanOrder struct {
	CustomerIDs []business.CustomerID `json:"customer_ids" minItems:"1" maxItems:"100"`
}

// PlanAnswer says what planning did.
type PlanAnswer struct {
	Added   []business.CustomerID `json:"added"`
	Already []business.CustomerID `json:"already" doc:"Stood on the day before"`
	Version int64                 `json:"version"`
}

// RestoreOrder names the version to bring back.
type RestoreOrder struct {
	Version int64 `json:"version" minimum:"1"`
}

type (
	planIn struct {
		Client
		DayPath
		Body PlanOrder
	}
	planOut struct {
		Body PlanAnswer
	}
	restoreIn struct {
		Client
		DayPath
		Body RestoreOrder
	}
)

func (m mount) plan(ctx context.Context, in *planIn) (*planOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	answer, err := m.s.Plan(ctx, in.caller(ctx), api.IdemKey(ctx), at, in.Body.CustomerIDs)
	if err != nil {
		return nil, err
	}
	out := &planOut{}
	out.Body.Added = append([]business.CustomerID{}, answer.Added...)
	out.Body.Already = append([]business.CustomerID{}, answer.Already...)
	out.Body.Version = answer.Version
	return out, nil
}

func (m mount) restore(ctx context.Context, in *restoreIn) (*dayOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	c := in.caller(ctx)
	if _, err := m.s.Restore(ctx, c, api.IdemKey(ctx), at, in.Body.Version); err != nil {
		return nil, err
	}
	return m.shown(ctx, c, at)
}

// VersionRow is one version of a day.
type VersionRow struct {
	Version     int64             `json:"version"`
	Change      string            `json:"change" example:"saved"`
	At          time.Time         `json:"at"`
	By          business.PersonID `json:"by"`
	PublishedAt *time.Time        `json:"published_at"`
}

type versionsOut struct{ Body api.Page[VersionRow] }

func (m mount) versions(ctx context.Context, in *dayIn) (*versionsOut, error) {
	at, err := in.at()
	if err != nil {
		return nil, err
	}
	rows, err := m.s.Versions(ctx, in.caller(ctx), at)
	if err != nil {
		return nil, err
	}
	items := make([]VersionRow, len(rows))
	for i, r := range rows {
		items[i] = VersionRow(r)
	}
	return &versionsOut{api.NewPage(items, "", -1)}, nil
}

// StopState is a stop after a command.
type StopState struct {
	StopID     int64            `json:"stop_id"`
	CustomerID *int64           `json:"customer_id"`
	Position   *orb.Point       `json:"position" doc:"Of a bare point"`
	State      visits.StopState `json:"state" enum:"planned,checked_in,done,skipped"`
	SkipReason string           `json:"skip_reason"`
	Note       string           `json:"note"`
}

// AssignmentOrder sends a person somewhere.
type AssignmentOrder struct {
	PersonID   business.PersonID   `json:"person_id" minimum:"1"`
	CustomerID business.CustomerID `json:"customer_id,omitempty" doc:"A customer, or"`
	Point      *orb.Point          `json:"point,omitempty" doc:"a bare point"`
	Title      string              `json:"title,omitempty" maxLength:"200" doc:"Of the point"`
	Date       string              `json:"date,omitempty" format:"date" doc:"Today when absent"`
	Note       string              `json:"note,omitempty" maxLength:"500"`
	Order      []int64             `json:"order,omitempty" maxItems:"100" doc:"Of the phone's stops, 0 being the call, as a preview proposes it; absent: the call is next"`
	Version    int64               `json:"version,omitempty" doc:"Of the day that the order was shown for"`
}

// SkipOrder says why a stop is left out.
type SkipOrder struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type (
	assignIn struct {
		Client
		Body AssignmentOrder
	}
	skipIn struct {
		Client
		ID   int64 `path:"id" minimum:"1"`
		Body SkipOrder
	}
	resumeIn struct {
		Client
		ID int64 `path:"id" minimum:"1"`
	}
	stopOut struct{ Body StopState }
)

func stopOutOf(s visits.Stop, err error) (*stopOut, error) {
	if err != nil {
		return nil, err
	}
	return &stopOut{StopState{
		StopID: s.ID, CustomerID: orNull(int64(s.Customer)), Position: s.Point, State: s.State,
		SkipReason: s.SkipReason, Note: s.Note,
	}}, nil
}

func (m mount) assign(ctx context.Context, in *assignIn) (*stopOut, error) {
	order, err := in.Body.assignment()
	if err != nil {
		return nil, err
	}
	return stopOutOf(m.s.Assign(ctx, in.caller(ctx), api.IdemKey(ctx), order))
}

func (m mount) skip(ctx context.Context, in *skipIn) (*stopOut, error) {
	return stopOutOf(m.s.Skip(ctx, in.caller(ctx), api.IdemKey(ctx), in.ID, in.Body.Reason))
}

func (m mount) resume(ctx context.Context, in *resumeIn) (*stopOut, error) {
	return stopOutOf(m.s.Resume(ctx, in.caller(ctx), api.IdemKey(ctx), in.ID))
}
