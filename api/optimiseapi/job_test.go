package optimiseapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"beatplan/api"
	"beatplan/api/jobsapi"
	"beatplan/api/optimiseapi"
	"beatplan/internal/clock"
	"beatplan/internal/events"
	"beatplan/internal/jobs"
	"beatplan/internal/pgtest"
	"beatplan/routing"
)

// TestCancelledPlanIsTheBestSoFar: a plan of ten minutes tells cost, bound and
// gap, and answers at once when it is cancelled.
func TestCancelledPlanIsTheBestSoFar(t *testing.T) {
	d := pgtest.DB(t)
	bus, err := events.New(d, events.Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	work := jobs.New(d, bus, clock.System{}, slog.New(slog.DiscardHandler))
	if err := bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Options{Version: "test", Sessions: anyone{}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		a.Close()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		_, _ = work.Close(ctx), bus.Stop(ctx)
	})
	optimiseapi.Mount(a, optimiseapi.Surface{
		Planner: routing.NewPlanner(grid{}), Roads: grid{}, Jobs: work})
	jobsapi.Mount(a, work)
	call := func(method, path, body string, out any) int {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer test")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if out != nil {
			if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
				t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
		}
		return w.Code
	}
	var visits []string
	for k := range 12 {
		visits = append(visits, fmt.Sprintf(`{"id":%d,"position":[0.0%d,0.00%d]}`, k+1, k%9, k))
	}
	var begun optimiseapi.Outcome
	code := call(http.MethodPost, "/v1/optimise", `{`+people+`,"seconds":600,"visits":[`+
		strings.Join(visits, ",")+`]}`, &begun)
	if code != http.StatusAccepted {
		t.Fatal(code)
	}
	path := fmt.Sprintf("/v1/jobs/%d", begun.Job.ID)
	var job jobsapi.Job
	for job.State != jobs.Running {
		if code := call(http.MethodGet, path, "", &job); code != http.StatusOK || t.Context().Err() != nil {
			t.Fatal(code)
		}
	}
	call(http.MethodDelete, path, "", nil)
	if _, err := work.Wait(t.Context(), begun.Job.ID); err != nil {
		t.Fatal(err)
	}
	call(http.MethodGet, path, "", &job)
	var plan optimiseapi.Plan
	if err := json.Unmarshal(job.Result, &plan); err != nil {
		t.Fatalf("%v: %+v", err, job)
	}
	served := 0
	for _, day := range plan.Days {
		served += len(day.Stops)
	}
	if job.State != jobs.Done || !plan.Stopped || served != len(visits) ||
		!strings.HasPrefix(job.Note, "cost ") || !strings.Contains(job.Note, " · bound ") {
		t.Fatalf("%s, stopped %v, %d visits, note %q", job.State, plan.Stopped, served, job.Note)
	}
}
