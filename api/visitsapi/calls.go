package visitsapi

import (
	"context"
	"net/http"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/fail"
)

// calls registers the dispatchers' board.
func (m mount) calls() {
	tags := []string{"Dispatch"}
	gone := []*fail.Error{visits.ErrNoCall, visits.ErrCallClosed}
	api.Get(m.a, "/v1/calls", api.Op{
		ID: "list-calls", Summary: "List the calls on the board, those of nobody first",
		Description: "Open calls and those that somebody is on the way to, at most 500, the most urgent " +
			"and the earliest to end in front; with closed=true a page of those that are done or " +
			"withdrawn, the latest first.",
		Tags: tags, Perm: business.AssignmentsWrite, Problems: []*fail.Error{api.ErrCursor},
	}, m.listCalls)
	api.Get(m.a, "/v1/calls/{id}", api.Op{
		ID: "get-call", Summary: "Read a call", Tags: tags, Perm: business.AssignmentsWrite,
		Problems: []*fail.Error{visits.ErrNoCall},
	}, m.getCall)
	command := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{
			ID: id, Summary: summary, Tags: tags, Perm: business.AssignmentsWrite,
			Command: true, Problems: own,
		}
	}
	open := command("open-call", "Put a call on the board", visits.ErrCallInvalid,
		visits.ErrTooLong, visits.ErrNoCustomer)
	open.Status = http.StatusCreated
	api.Post(m.a, "/v1/calls", open, m.openCall)
	api.Post(m.a, "/v1/calls/{id}/preview", api.Op{
		ID: "preview-call", Summary: "Show a person's remaining day with a call; saves nothing",
		Description: "As preview-assignment, with the time and the window that the call asks for.",
		Tags:        tags, Perm: business.AssignmentsWrite,
		Problems: planning(append(gone, visits.ErrPlanInvalid, visits.ErrStopDriven,
			visits.ErrNoRoads)...),
	}, m.previewCall)
	send := command("send-to-call", "Give a call to a person, or to another one",
		planning(append(gone, visits.ErrCallTaken, visits.ErrPlanInvalid, visits.ErrStopDriven,
			visits.ErrChanged)...)...)
	send.Description = "from is who had the call when you looked, absent for nobody: of two who give " +
		"the same call away at once, one wins and the other is told that it is taken."
	api.Post(m.a, "/v1/calls/{id}/send", send, m.sendToCall)
	api.Post(m.a, "/v1/calls/{id}/withdraw", command("withdraw-call",
		"Take a call back, and off the phone of whoever has it", append(gone,
			visits.ErrReasonMissing, visits.ErrStopDriven, visits.ErrPastDay, visits.ErrDenied)...),
		m.withdrawCall)
	api.Post(m.a, "/v1/calls/{id}/close", command("close-call",
		"Say that a call is done; a visit does that by itself", append(gone,
			visits.ErrStopDriven, visits.ErrPastDay, visits.ErrDenied)...), m.closeCall)
	m.skills()
}

// CallOrder is a call as it is asked for.
type CallOrder struct {
	CustomerID     business.CustomerID `json:"customer_id,omitempty" doc:"A customer, or"`
	Point          *orb.Point          `json:"point,omitempty" doc:"a bare point"`
	Title          string              `json:"title,omitempty" maxLength:"200" doc:"Of the point"`
	Skill          string              `json:"skill,omitempty" maxLength:"60" doc:"That whoever goes must have"`
	ServiceMinutes int                 `json:"service_minutes,omitempty" minimum:"0" maximum:"720" doc:"On site; 0: as usual there"`
	From           *time.Time          `json:"from,omitempty" doc:"The visit begins then or later"`
	Until          *time.Time          `json:"until,omitempty" doc:"and has ended by then"`
	Note           string              `json:"note,omitempty" maxLength:"500"`
	Priority       string              `json:"priority,omitempty" enum:"normal,high,urgent" default:"normal"`
}

// CallView is a call on the board.
type CallView struct {
	ID             int64             `json:"id"`
	State          visits.CallState  `json:"state" enum:"open,assigned,done,withdrawn"`
	CustomerID     *int64            `json:"customer_id" doc:"null: a bare point"`
	Name           string            `json:"name" doc:"Of the customer, or the title of the point"`
	Address        string            `json:"address"`
	Phone          string            `json:"phone" doc:"Of the customer"`
	Position       *orb.Point        `json:"position"`
	Skill          string            `json:"skill"`
	ServiceMinutes int               `json:"service_minutes" doc:"0: as usual there"`
	From           *time.Time        `json:"from"`
	Until          *time.Time        `json:"until"`
	Note           string            `json:"note"`
	Priority       string            `json:"priority" enum:"normal,high,urgent"`
	OpenedAt       time.Time         `json:"opened_at"`
	AgeS           int               `json:"age_s" doc:"Since it was opened"`
	LeftS          *int              `json:"left_s" doc:"Until its window ends, negative afterwards; null: no end"`
	OpenedBy       string            `json:"opened_by" doc:"Name"`
	PersonID       *int64            `json:"person_id" doc:"Who goes, or went"`
	PersonName     string            `json:"person_name"`
	AssignedAt     *time.Time        `json:"assigned_at"`
	AssignedBy     string            `json:"assigned_by" doc:"Name"`
	StopID         *int64            `json:"stop_id"`
	StopState      *visits.StopState `json:"stop_state" enum:"planned,checked_in,done,skipped"`
	SkipReason     string            `json:"skip_reason" doc:"Why whoever goes left it out"`
	Day            *string           `json:"day" format:"date" doc:"Of the stop"`
	ClosedAt       *time.Time        `json:"closed_at"`
	ClosedBy       string            `json:"closed_by" doc:"Name"`
	Reason         string            `json:"reason" doc:"Why it was withdrawn, or what was done"`
}

// CallPerson says for whom a preview is.
type CallPerson struct {
	PersonID business.PersonID `json:"person_id" minimum:"1"`
}

// CallSending says who goes to a call.
type CallSending struct {
	PersonID business.PersonID `json:"person_id" minimum:"1"`
	From     business.PersonID `json:"from,omitempty" doc:"Who had it when you looked; absent: nobody"`
	Order    []int64           `json:"order,omitempty" maxItems:"100" doc:"As create-assignment takes it"`
	Version  int64             `json:"version,omitempty" doc:"Of the day that the order was shown for"`
}

// CallEnd says why a call is withdrawn, or what was done.
type CallEnd struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

type (
	callsIn struct {
		Client
		api.PageQuery
		Closed bool `query:"closed" doc:"Those that are done or withdrawn"`
	}
	callsOut struct{ Body api.Page[CallView] }
	callIn   struct {
		Client
		ID int64 `path:"id" minimum:"1"`
	}
	callOut    struct{ Body CallView }
	openCallIn struct {
		Client
		Body CallOrder
	}
	previewCallIn struct {
		Client
		ID   int64 `path:"id" minimum:"1"`
		Body CallPerson
	}
	sendCallIn struct {
		Client
		ID   int64 `path:"id" minimum:"1"`
		Body CallSending
	}
	endCallIn struct {
		Client
		ID   int64 `path:"id" minimum:"1"`
		Body CallEnd
	}
)

// priorities are the words of a priority, by its number.
func priorities() []string { return []string{"normal", "high", "urgent"} }

func priorityOf(word string) visits.Priority {
	for i, p := range priorities() {
		if p == word {
			return visits.Priority(i)
		}
	}
	return visits.Normal
}

func callView(k visits.ShownCall, now time.Time) CallView {
	v := CallView{
		ID: k.ID, State: k.State, CustomerID: orNull(int64(k.Customer)), Name: k.Site.Name,
		Address: k.Site.Address, Phone: k.Site.Phone, Position: k.Site.Point, Skill: k.Skill,
		ServiceMinutes: int(k.Need.Service.Minutes()), From: k.Need.From, Until: k.Need.Until,
		Note: k.Note, Priority: priorities()[k.Priority],
		OpenedAt: k.OpenedAt, OpenedBy: k.OpenerName,
		AgeS:     max(0, int(now.Sub(k.OpenedAt).Seconds())),
		PersonID: orNull(int64(k.Person)), PersonName: k.PersonName, AssignedAt: k.AssignedAt,
		AssignedBy: k.SenderName, StopID: orNull(k.Stop), SkipReason: k.SkipReason,
		ClosedAt: k.ClosedAt, ClosedBy: k.CloserName, Reason: k.Reason,
	}
	if k.Customer == 0 {
		v.Name, v.Position = k.Title, k.Point
	}
	if k.Need.Until != nil {
		left := int(k.Need.Until.Sub(now).Seconds())
		v.LeftS = &left
	}
	if k.StopState != "" {
		v.StopState = &k.StopState
	}
	if !k.Day.IsZero() {
		day := k.Day.String()
		v.Day = &day
	}
	return v
}

func (m mount) listCalls(ctx context.Context, in *callsIn) (*callsOut, error) {
	c := in.caller(ctx)
	if !in.Closed {
		calls, total, err := m.s.Board(ctx, c)
		if err != nil {
			return nil, err
		}
		return &callsOut{api.NewPage(m.callViews(calls), "", total)}, nil
	}
	page := visits.CallPage{Limit: in.Limit}
	if err := api.DecodeAfter(in.After, &page.After); err != nil {
		return nil, err
	}
	calls, more, err := m.s.ClosedCalls(ctx, c, page)
	if err != nil {
		return nil, err
	}
	next := ""
	if more {
		last := calls[len(calls)-1]
		if next, err = api.EncodeAfter(visits.CallCursor{At: *last.ClosedAt, ID: last.ID}); err != nil {
			return nil, err
		}
	}
	return &callsOut{api.NewPage(m.callViews(calls), next, -1)}, nil
}

func (m mount) callViews(calls []visits.ShownCall) []CallView {
	now := m.s.Clock.Now()
	out := make([]CallView, len(calls))
	for i, k := range calls {
		out[i] = callView(k, now)
	}
	return out
}

func (m mount) getCall(ctx context.Context, in *callIn) (*callOut, error) {
	return m.shownCall(ctx, in.caller(ctx), in.ID, nil)
}

// shownCall answers with the call as it is after a command.
func (m mount) shownCall(
	ctx context.Context, c visits.Caller, id int64, failed error,
) (*callOut, error) {
	if failed != nil {
		return nil, failed
	}
	k, err := m.s.CallByID(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return &callOut{callView(k, m.s.Clock.Now())}, nil
}

func (m mount) openCall(ctx context.Context, in *openCallIn) (*callOut, error) {
	o, c := in.Body, in.caller(ctx)
	call, err := m.s.OpenCall(ctx, c, api.IdemKey(ctx), visits.NewCall{
		Customer: o.CustomerID, Point: o.Point, Title: o.Title, Skill: o.Skill, Note: o.Note,
		Priority: priorityOf(o.Priority),
		Need: visits.Need{
			Service: time.Duration(o.ServiceMinutes) * time.Minute, From: o.From, Until: o.Until,
		},
	})
	return m.shownCall(ctx, c, call.ID, err)
}

func (m mount) previewCall(ctx context.Context, in *previewCallIn) (*previewOut, error) {
	p, err := m.s.PreviewCall(ctx, in.caller(ctx), in.ID, in.Body.PersonID)
	if err != nil {
		return nil, err
	}
	return &previewOut{previewView(p)}, nil
}

func (m mount) sendToCall(ctx context.Context, in *sendCallIn) (*callOut, error) {
	o, c := in.Body, in.caller(ctx)
	_, err := m.s.SendToCall(ctx, c, api.IdemKey(ctx), in.ID, visits.Sending{
		Person: o.PersonID, From: o.From, Order: o.Order, Version: o.Version,
	})
	return m.shownCall(ctx, c, in.ID, err)
}

func (m mount) withdrawCall(ctx context.Context, in *endCallIn) (*callOut, error) {
	c := in.caller(ctx)
	_, err := m.s.WithdrawCall(ctx, c, api.IdemKey(ctx), in.ID, in.Body.Reason)
	return m.shownCall(ctx, c, in.ID, err)
}

func (m mount) closeCall(ctx context.Context, in *endCallIn) (*callOut, error) {
	c := in.caller(ctx)
	_, err := m.s.CloseCall(ctx, c, api.IdemKey(ctx), in.ID, in.Body.Reason)
	return m.shownCall(ctx, c, in.ID, err)
}

// skills registers what people can do.
func (m mount) skills() {
	tags := []string{"Dispatch"}
	api.Get(m.a, "/v1/skills", api.Op{
		ID: "list-skills", Summary: "List what people can do that calls may ask for",
		Tags: tags, Perm: business.AssignmentsWrite,
	}, m.listSkills)
	api.Put(m.a, "/v1/skills/{person}", api.Op{
		ID: "set-skills", Summary: "Say what a person can do; nothing else remains",
		Tags: tags, Perm: business.AssignmentsWrite, Command: true,
		Problems: []*fail.Error{visits.ErrNoDay, visits.ErrDenied, visits.ErrCallInvalid},
	}, m.setSkills)
}

// SkillsView is what a person can do.
type SkillsView struct {
	PersonID business.PersonID `json:"person_id"`
	Skills   []string          `json:"skills" doc:"In the company's own words, in order"`
}

// SkillsOrder says what a person can do.
type SkillsOrder struct {
	Skills []string `json:"skills" maxItems:"30"`
}

type (
	skillsOut   struct{ Body api.Page[SkillsView] }
	setSkillsIn struct {
		Client
		Person business.PersonID `path:"person" minimum:"1"`
		Body   SkillsOrder
	}
	setSkillsOut struct{ Body SkillsView }
)

func (m mount) listSkills(ctx context.Context, in *Client) (*skillsOut, error) {
	all, err := m.s.Skills(ctx, in.caller(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]SkillsView, len(all))
	for i, s := range all {
		out[i] = SkillsView{s.Person, s.Names}
	}
	return &skillsOut{api.NewPage(out, "", int64(len(out)))}, nil
}

func (m mount) setSkills(ctx context.Context, in *setSkillsIn) (*setSkillsOut, error) {
	set, err := m.s.SetSkills(ctx, in.caller(ctx), api.IdemKey(ctx), visits.Skills{
		Person: in.Person, Names: in.Body.Skills,
	})
	if err != nil {
		return nil, err
	}
	return &setSkillsOut{SkillsView{set.Person, set.Names}}, nil
}
