// Package visitsapi is the HTTP surface of business/visits: day plans,
// assignments, check-in and check-out, workload and policy.
//
// A request that carries "X-Client: phone" is the phone app's: it reads published
// orders and may not change one unless the policy says so.
package visitsapi

import (
	"context"
	"net/http"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/fail"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *visits.Service) {
	m := mount{a, s}
	m.dayReads()
	m.dayCommands()
	m.stops()
	m.visits()
	m.visitCommands()
	m.evidence()
	m.steps()
	m.reports()
	m.workloads()
	m.policy()
}

type mount struct {
	a *api.API
	s *visits.Service
}

// Client says what kind of device asks; embed it.
type Client struct {
	Kind string `header:"X-Client" enum:"desk,phone" doc:"phone: the phone app; a desk otherwise"`
}

func (c Client) caller(ctx context.Context) visits.Caller {
	return visits.Caller{
		Actor: api.Actor(ctx), Scope: api.Scope(ctx), Phone: c.Kind == "phone",
	}
}

// DayPath names a person's day; embed it.
type DayPath struct {
	Person business.PersonID `path:"person" minimum:"1"`
	Date   string            `path:"date" format:"date" example:"2026-11-23"`
}

func (p DayPath) at() (visits.PersonDay, error) {
	d, err := dateOf("path.date", p.Date)
	return visits.PersonDay{Person: p.Person, Date: d}, err
}

// dateOf reads a date; an empty one is the zero Date.
func dateOf(path, s string) (business.Date, error) {
	if s == "" {
		return business.Date{}, nil
	}
	d, err := business.ParseDate(s)
	if err != nil {
		return d, api.ErrInvalid.WithField(path, "format", "A date like 2026-11-23.")
	}
	return d, nil
}

func dayTags() []string { return []string{"Days"} }

// planning is what every change of a day may refuse.
func planning(own ...*fail.Error) []*fail.Error {
	return append([]*fail.Error{
		visits.ErrNoDay, visits.ErrDenied, visits.ErrInactive, visits.ErrPastDay,
		visits.ErrTooFarAhead, visits.ErrNoCustomer, visits.ErrTooManyStops,
	}, own...)
}

func (m mount) dayReads() {
	api.Get(m.a, "/v1/days", api.Op{
		ID: "list-days", Summary: "List the days of all salespeople on one date",
		Tags: dayTags(), Perm: business.DaysRead,
	}, m.listDays)
	api.Get(m.a, "/v1/days/{person}/{date}", api.Op{
		ID: "get-day", Summary: "Read a person's day, timed on the road, beside the best order",
		Description: "The phone gets the published order, a desk the draft. A day that nobody " +
			"planned has status none and version 0.",
		Tags: dayTags(), Perm: business.DaysRead, Problems: []*fail.Error{visits.ErrNoDay},
	}, m.day)
	api.Get(m.a, "/v1/days/{person}/{date}/versions", api.Op{
		ID: "list-day-versions", Summary: "List the versions of a day, newest first",
		Tags: dayTags(), Perm: business.DaysRead, Problems: []*fail.Error{visits.ErrNoDay},
	}, m.versions)
	api.Post(m.a, "/v1/days/{person}/{date}/evaluate", api.Op{
		ID: "evaluate-day", Summary: "Time an order without saving it",
		Tags: dayTags(), Perm: business.DaysRead,
		Problems: planning(visits.ErrPlanInvalid, visits.ErrNoStop),
	}, m.evaluate)
	api.Post(m.a, "/v1/days/{person}/{date}/optimise", api.Op{
		ID: "optimise-day", Summary: "Propose the best order of some stops; saves nothing",
		Description: "Locked stops keep their place; optional ones may be left out, and unserved " +
			"says which and why.",
		Tags: dayTags(), Perm: business.DaysWrite,
		Problems: planning(visits.ErrPlanInvalid, visits.ErrNoStop, visits.ErrNoRoads),
	}, m.optimise)
}

func (m mount) dayCommands() {
	api.Put(m.a, "/v1/days/{person}/{date}", api.Op{
		ID: "save-day", Summary: "Save the draft of a day in this order",
		Description: "If-Match holds the version that was read, \"0\" for a day that nobody " +
			"planned. Stops that were driven stay in front. The order is changed at a desk " +
			"unless the policy allows the phone to.",
		Tags: dayTags(), Perm: business.DaysWrite,
		Problems: planning(visits.ErrPlanInvalid, visits.ErrNoStop, visits.ErrChanged,
			visits.ErrReorderOnPhone, api.ErrIfMatch),
	}, m.save)
	command := func(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
		return api.Op{
			ID: id, Summary: summary, Tags: dayTags(), Perm: p, Command: true,
			Problems: planning(own...),
		}
	}
	api.Post(m.a, "/v1/days/{person}/{date}/publish", command("publish-day",
		"Put the draft on the phone; If-Match is optional", business.DaysPublish,
		visits.ErrEmptyDay, visits.ErrChanged), m.publish)
	api.Post(m.a, "/v1/days/{person}/{date}/fill", command("fill-day",
		"Put due customers on the draft, as many as the day can hold, in the best order",
		business.DaysWrite, visits.ErrReorderOnPhone, visits.ErrChanged, visits.ErrNoRoads), m.fill)
	api.Post(m.a, "/v1/days/{person}/{date}/plan", command("plan-customers",
		"Add customers to a day; those on it already stay as they are", business.DaysWrite), m.plan)
	api.Post(m.a, "/v1/days/{person}/{date}/restore", command("restore-day",
		"Bring an earlier version back as the next one", business.DaysWrite,
		visits.ErrNoVersion, visits.ErrReorderOnPhone), m.restore)
	api.Post(m.a, "/v1/assignments", api.Op{
		ID: "create-assignment", Summary: "Send a person to a customer or a point",
		Description: "The stop is on the person's phone at once: next today, last on a later day.",
		Tags:        []string{"Dispatch"}, Perm: business.AssignmentsWrite, Command: true,
		Status: http.StatusCreated,
		Problems: planning(visits.ErrPlanInvalid, visits.ErrStopDriven, visits.ErrTooLong,
			visits.ErrChanged),
	}, m.assign)
	m.dispatches()
	m.calls()
}

func (m mount) stops() {
	own := []*fail.Error{visits.ErrNoStop, visits.ErrDenied, visits.ErrStopDriven}
	api.Post(m.a, "/v1/stops/{id}/skip", api.Op{
		ID: "skip-stop", Summary: "Leave a stop out, with a reason", Tags: dayTags(),
		Perm: business.DaysWrite, Command: true,
		Problems: append(own, visits.ErrReasonMissing, visits.ErrTooLong),
	}, m.skip)
	api.Post(m.a, "/v1/stops/{id}/resume", api.Op{
		ID: "resume-stop", Summary: "Take a skipped stop back onto the day", Tags: dayTags(),
		Perm: business.DaysWrite, Command: true, Problems: own,
	}, m.resume)
}

func visitTags() []string { return []string{"Visits"} }

func (m mount) visits() {
	api.Get(m.a, "/v1/visits", api.Op{
		ID: "list-visits", Summary: "List visits, newest first",
		Description: "With a customer, everybody's visits to it; else those of the people you may see.",
		Tags:        visitTags(), Perm: business.VisitsRead,
		Problems: []*fail.Error{visits.ErrNoCustomer, api.ErrCursor},
	}, m.listVisits)
	api.Get(m.a, "/v1/visits/{id}", api.Op{
		ID: "get-visit", Summary: "Read a visit", Tags: visitTags(), Perm: business.VisitsRead,
		Problems: []*fail.Error{visits.ErrNoVisit},
	}, m.visit)
	api.Get(m.a, "/v1/me/visit", api.Op{
		ID: "get-open-visit", Summary: "Read one's own open visit; null when there is none",
		Tags: visitTags(), Perm: api.SignedIn,
	}, m.openVisit)
}

func (m mount) visitCommands() {
	fix := []*fail.Error{
		visits.ErrBadFix, visits.ErrStaleFix, visits.ErrFutureFix, visits.ErrTooLate,
		visits.ErrTooLong,
	}
	command := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{
			ID: id, Summary: summary, Tags: visitTags(), Perm: business.VisitsWrite,
			Command: true, Problems: own,
		}
	}
	in := command("check-in", "Check in at a customer", append(fix, visits.ErrNoCustomer,
		visits.ErrOpenVisit, visits.ErrSecondToday, visits.ErrTooFar)...)
	in.Status = http.StatusCreated
	api.Post(m.a, "/v1/visits", in, m.checkIn)
	api.Post(m.a, "/v1/visits/{id}/check-out", command("check-out",
		"Check out; the visit counts from now on, or waits for approval",
		append(fix, visits.ErrNoVisit, visits.ErrNotOpen, visits.ErrStepMissing,
			visits.ErrStatusUnknown)...), m.checkOut)
	api.Post(m.a, "/v1/visits/{id}/cancel", command("cancel-visit",
		"Take one's own check-in back", visits.ErrNoVisit, visits.ErrNotOpen), m.cancel)
	api.Post(m.a, "/v1/visits/{id}/decision", command("decide-visit",
		"Approve, reject or void somebody's visit", visits.ErrNoVisit, visits.ErrDenied,
		visits.ErrNotPending, visits.ErrNotValid, visits.ErrReasonMissing, visits.ErrTooLong), m.decide)
}

func (m mount) policy() {
	api.Get(m.a, "/v1/visit-policy", api.Op{
		ID: "get-visit-policy", Summary: "Read how the company wants its visits",
		Tags: visitTags(), Perm: api.SignedIn,
	}, m.getPolicy)
	api.Put(m.a, "/v1/visit-policy", api.Op{
		ID: "set-visit-policy", Summary: "Change how the company wants its visits",
		Tags: visitTags(), Perm: business.SettingsWrite, Command: true,
		Problems: []*fail.Error{visits.ErrPolicyInvalid},
	}, m.setPolicy)
}
