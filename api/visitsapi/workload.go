package visitsapi

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

func (m mount) workloads() {
	tags := visitTags()
	api.Get(m.a, "/v1/workload", api.Op{
		ID: "list-workload", Summary: "Sum up the valid visits and the way of a period by person",
		Description: "records counts every visit; customers counts each customer once in the " +
			"period, daily_customers once on each day. Store inspections are a manager's own and " +
			"stand apart. The time on the road comes from the tracks: of trips, without their " +
			"gaps, which road_silent_s tells. It is null for a period of more than 31 days, for " +
			"others' without tracks.read, and while it is worked out: then ask again.",
		Tags: tags, Perm: business.VisitsRead, Problems: []*fail.Error{visits.ErrPeriod},
	}, m.workload)
	m.a.Export("/v1/workload/export.{format}", api.Op{
		ID: "export-workload", Summary: "Export the workload of a period as CSV or XLSX",
		Tags: tags, Perm: business.VisitsRead,
	}, []string{"person", "from", "to"}, m.exportWorkload)
	m.a.Export("/v1/visits/export.{format}", api.Op{
		ID: "export-visits", Summary: "Export the visits under a filter as CSV or XLSX",
		Tags: tags, Perm: business.VisitsRead,
	}, []string{"person", "customer", "from", "to", "state", "kind"}, m.exportVisits)
}

// Work is what a person did in a period.
type Work struct {
	PersonID       business.PersonID `json:"person_id"`
	Name           string            `json:"name"`
	Active         bool              `json:"active" doc:"Works here still"`
	Records        int64             `json:"records"`
	Customers      int64             `json:"customers" doc:"Distinct customers of the period"`
	DailyCustomers int64             `json:"daily_customers" doc:"Sum of each day's distinct customers"`
	Days           int64             `json:"days" doc:"Days with a visit"`
	OnSiteS        int64             `json:"on_site_s"`
	Inspections    int64             `json:"inspections" doc:"A manager's own visits to stores; no records"`
	InspectedS     int64             `json:"inspected_s" doc:"On site of inspections"`
	RoadS          *int64            `json:"road_s" doc:"On trips, without the gaps in them"`
	RoadSilentS    *int64            `json:"road_silent_s" doc:"Of trips, more than ten minutes without a fix"`
	RoadM          *int64            `json:"road_m" doc:"Driven metres"`
}

func workView(w visits.Work) Work {
	out := Work{
		PersonID: w.Person, Name: w.Name, Active: w.Active, Records: w.Records,
		Customers: w.Customers, DailyCustomers: w.DailyCustomers, Days: w.Days,
		OnSiteS: w.OnSiteS, Inspections: w.Inspections, InspectedS: w.InspectedS,
	}
	if r := w.Road; r != nil {
		moving, silent, length := whole(r.Moving), whole(r.Silent), int64(r.Length)
		out.RoadS, out.RoadSilentS, out.RoadM = &moving, &silent, &length
	}
	return out
}

func whole(d time.Duration) int64 { return int64(d / time.Second) }

type workloadOut struct{ Body []Work }

func (m mount) workload(ctx context.Context, in *periodIn) (*workloadOut, error) {
	p, err := m.period(ctx, in, false)
	if err != nil {
		return nil, err
	}
	rows, err := m.s.Workload(ctx, in.caller(ctx), p, api.CallerOf(ctx).May(business.TracksRead))
	if err != nil {
		return nil, err
	}
	out := &workloadOut{Body: make([]Work, len(rows))}
	for i, r := range rows {
		out.Body[i] = workView(r)
	}
	return out, nil
}

// workloadTries bounds how often an export asks for the time on the road, until it is
// worked out: each time it goes on.
const workloadTries = 40

func (m mount) exportWorkload(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	in := &periodIn{Person: business.PersonID(api.Number(q, "person")), From: q.Get("from"), To: q.Get("to")}
	p, err := m.period(ctx, in, false)
	if err != nil {
		return err
	}
	tracks := api.CallerOf(ctx).May(business.TracksRead)
	var rows []visits.Work
	for range workloadTries {
		if rows, err = m.s.Workload(ctx, in.caller(ctx), p, tracks); err != nil {
			return err
		}
		if !tracks || p.To.Sub(p.From) >= visits.RoadPeriod || len(rows) == 0 || rows[0].Road != nil {
			break
		}
	}
	file := api.File(r, fmt.Sprintf("workload-%s-%s", p.From, p.To), "person", "records", "customers",
		"daily_customers", "visit_days", "on_site_min", "road_min", "road_silent_min", "road_km",
		"inspections", "inspected_min")
	return file.Serve(w, func(row func(...any) error) error {
		for _, one := range rows {
			v := workView(one)
			err := row(v.Name, v.Records, v.Customers, v.DailyCustomers, v.Days, minutes(&v.OnSiteS),
				minutes(v.RoadS), minutes(v.RoadSilentS), kilometres(v.RoadM), v.Inspections,
				minutes(&v.InspectedS))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// minutes are seconds as the pages show them; nothing when they are not known.
func minutes(seconds *int64) any {
	if seconds == nil {
		return ""
	}
	return int64(math.Round(float64(*seconds) / 60))
}

func kilometres(metres *int64) any {
	if metres == nil {
		return ""
	}
	return math.Round(float64(*metres)/100) / 10
}

// listed are the parameters of the list of visits, of an export.
func listed(q url.Values) *listVisitsIn {
	return &listVisitsIn{
		Person:   business.PersonID(api.Number(q, "person")),
		Customer: business.CustomerID(api.Number(q, "customer")),
		From:     q.Get("from"), To: q.Get("to"),
		State: visits.State(q.Get("state")), Kind: visits.Kind(q.Get("kind")),
	}
}

func (m mount) exportVisits(w http.ResponseWriter, r *http.Request) error {
	f, err := listed(r.URL.Query()).filter()
	if err != nil {
		return err
	}
	f.Limit = 200
	language := api.Language(r)
	file := api.File(r, fmt.Sprintf("visits-%s", m.s.Today()), "day", "person", "customer", "address",
		"district", "visit_kind", "state", "in_at", "out_at", "on_site_min", "longitude", "latitude",
		"person_met", "stage", "note", "truth")
	next := func(after visits.Cursor) ([]visits.Row, *visits.Cursor, error) {
		f.After = after
		return m.s.Visits(r.Context(), Client{}.caller(r.Context()), f)
	}
	clock := func(t time.Time) string { return t.In(m.s.Zone).Format("15:04") }
	return sheet.ServePages(w, file, next, func(v visits.Row) []any {
		lon, lat, out, truth := any(""), any(""), "", any("")
		if v.In.Point != nil {
			lon, lat = v.In.Point[0], v.In.Point[1]
		}
		if v.Out != nil {
			out = clock(v.Out.At)
		}
		if v.Truth != nil {
			truth = *v.Truth
		}
		onSite := whole(v.OnSite())
		return []any{v.Date.String(), v.PersonName, v.CustomerName, v.Address, v.Region,
			api.Word(language, "visit."+string(v.Kind)), api.Word(language, "visit."+string(v.State)),
			clock(v.In.At), out, minutes(&onSite), lon, lat, v.PersonMet,
			stageWord(language, v.Stage), v.Text, truth}
	})
}

// stageWord is what a reader sees of a stage; the stage itself where there is no word.
func stageWord(language, stage string) string {
	return strings.TrimPrefix(api.Word(language, "stage."+stage), "stage.")
}
