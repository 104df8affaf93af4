package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo/track"
	"beatplan/internal/events"
)

type callAnswer struct {
	ID       int64  `json:"id"`
	State    string `json:"state"`
	Name     string `json:"name"`
	Person   *int64 `json:"person_id"`
	StopID   *int64 `json:"stop_id"`
	LeftS    int    `json:"left_s"`
	OpenedBy string `json:"opened_by"`
}

type boardAnswer struct {
	Items []callAnswer `json:"items"`
	Total *int64       `json:"total"`
	Next  *string      `json:"next"`
}

// A call over HTTP: opened, shown, sent, taken by the first, closed, and every step told
// to whoever looks at the board.
func TestTheBoardOverHTTP(t *testing.T) {
	h := newCompany(t)
	heard := make(chan events.Notice, 16)
	stop := h.Bus.Watch("call", func(n events.Notice) { heard <- n })
	defer stop()
	desk := h.browser(business.Dispatcher)
	order := map[string]any{"customer_id": h.own.ID, "note": "leak", "skill": "cooling",
		"service_minutes": 40, "priority": "urgent",
		"until": h.Clock.Now().Add(3 * time.Hour).UTC().Format(time.RFC3339)}
	var call callAnswer
	for range 2 { // replayed with the same key
		status, text := desk.send("POST", "/v1/calls", order, &call,
			map[string]string{"Idempotency-Key": "open-call-0001"})
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, text)
		}
	}
	var board boardAnswer
	desk.must("GET", "/v1/calls", nil, &board)
	if len(board.Items) != 1 || *board.Total != 1 || board.Items[0].ID != call.ID ||
		board.Items[0].LeftS <= 2*3600 || board.Items[0].LeftS > 3*3600 || board.Items[0].OpenedBy == "" || call.State != "open" {
		t.Fatalf("board %+v, call %+v", board, call)
	}
	path := fmt.Sprintf("/v1/calls/%d", call.ID)
	var shown struct {
		BestOrder []int64 `json:"best_order"`
		Current   struct {
			Version int64 `json:"version"`
		} `json:"current"`
	}
	desk.must("POST", path+"/preview", map[string]any{"person_id": h.mine.ID}, &shown)
	send := map[string]any{"person_id": h.mine.ID, "order": shown.BestOrder, "version": shown.Current.Version}
	desk.must("POST", path+"/send", send, &call)
	if call.State != "assigned" || call.Person == nil || *call.Person != int64(h.mine.ID) || call.StopID == nil {
		t.Errorf("sent %+v", call)
	}
	if status, text := desk.call("POST", path+"/send", send, nil); status != http.StatusConflict ||
		code(text) != "visits.call_taken" {
		t.Errorf("sent by a second dispatcher: %d %s", status, text)
	}
	if status, text := h.browser(business.Salesperson).call("GET", path, nil, nil); status != http.StatusForbidden {
		t.Errorf("a salesperson at the board: %d %s", status, text)
	}
	desk.must("POST", path+"/close", map[string]any{"reason": "by telephone"}, nil)
	var closed boardAnswer
	desk.must("GET", "/v1/calls?closed=true&limit=1", nil, &closed)
	if len(closed.Items) != 1 || closed.Items[0].State != "done" || closed.Next != nil {
		t.Errorf("closed %+v", closed)
	}
	if status, text := desk.call("POST", path+"/withdraw", map[string]any{"reason": "x"}, nil); status != 409 ||
		code(text) != "visits.call_closed" {
		t.Errorf("withdrawn after the end: %d %s", status, text)
	}
	for _, what := range []string{"opened", "assigned", "reopened", "done"} {
		select {
		case n := <-heard:
			if !strings.Contains(string(n.Payload), `"`+what+`"`) || !slices.Contains(n.People, int64(h.mine.ID)) {
				t.Errorf("%s: told %v %s", what, n.People, n.Payload)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s was not told", what)
		}
	}
}

// A call at a customer of another team does not exist for a manager.
//
// feature: Y36
func TestACallOfAnotherTeamIsNotFound(t *testing.T) {
	h := newCompany(t)
	root, lead := h.browser(business.Admin), h.browser(business.Manager)
	var call callAnswer
	root.must("POST", "/v1/calls", map[string]any{"customer_id": h.foreign.ID}, &call)
	path := fmt.Sprintf("/v1/calls/%d", call.ID)
	for method, paths := range map[string][]string{
		"GET": {path}, "POST": {path + "/preview", path + "/send", path + "/withdraw", path + "/close"},
	} {
		for _, p := range paths {
			var body any
			if method == "POST" {
				body = map[string]any{"person_id": h.mine.ID}
			}
			if strings.HasSuffix(p, "withdraw") || strings.HasSuffix(p, "close") {
				body = map[string]any{"reason": "mine now"}
			}
			if status, text := lead.call(method, p, body, nil); status != 404 || code(text) != "visits.no_such_call" {
				t.Errorf("%s %s: %d %s", method, p, status, text)
			}
		}
	}
	var board boardAnswer
	if lead.must("GET", "/v1/calls", nil, &board); len(board.Items) != 0 || *board.Total != 0 {
		t.Errorf("the manager's board %+v", board)
	}
	if status, text := lead.call("POST", "/v1/calls", map[string]any{"customer_id": h.foreign.ID}, nil); status != 404 ||
		code(text) != "visits.no_such_customer" {
		t.Errorf("opened there: %d %s", status, text)
	}
	if root.must("GET", path, nil, &call); call.State != "open" {
		t.Errorf("what was refused changed it: %+v", call)
	}
}

// Whoever cannot be sent is told with the reason, and without a place.
func TestWhoIsLeftOutIsToldWhy(t *testing.T) {
	h := newCompany(t)
	desk := h.browser(business.Dispatcher)
	why := func(query string) string {
		t.Helper()
		var near []struct {
			Person   int64     `json:"person_id"`
			Reason   *string   `json:"reason"`
			Position []float64 `json:"position"`
		}
		desk.must("GET", "/v1/nearest-people?lon=-75.5467&lat=39.7459"+query, nil, &near)
		for _, n := range near {
			if n.Person == int64(h.mine.ID) && n.Reason != nil {
				if (n.Position != nil) != (*n.Reason == "lacks_skill") {
					t.Errorf("%s is told with the place %v", *n.Reason, n.Position)
				}
				return *n.Reason
			}
		}
		return fmt.Sprintf("not told: %+v", near)
	}
	who, now := int64(h.mine.ID), h.Clock.Now()
	must := func(errs ...error) {
		t.Helper()
		for _, err := range append(errs, h.Live.Load(t.Context())) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	expect := func(when, query, reason string) {
		t.Helper()
		if got := why(query); got != reason {
			t.Errorf("%s: %s", when, got)
		}
	}
	expect("before punching in", "", "off_duty")
	must(h.Track.Punch(t.Context(), track.Punch{Person: who, On: true, At: now.Add(-time.Minute)}))
	expect("without consent", "", "no_consent")
	must(h.Track.Decide(t.Context(), who, track.ConsentVersion, true))
	expect("before the first fix", "", "no_position")
	must(h.Track.Store(t.Context(), []track.Fix{{Person: who, At: now, Source: "app",
		Position: orb.Point{-75.5, 39.1}}}))
	expect("without the skill", "&skill=cooling", "lacks_skill")
	must(h.Track.Punch(t.Context(), track.Punch{Person: who, At: now}))
	expect("after punching out", "&skill=cooling", "off_duty")
}
