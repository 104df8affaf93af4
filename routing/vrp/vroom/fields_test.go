package vroom_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"beatplan/routing/vrp"
	"beatplan/routing/vrp/vroom"
)

// crow is how roads answer in tests: 100 seconds and a kilometre a hundredth of a degree.
func crow(points []vroom.Location) (vrp.Profile, error) {
	x := vrp.Profile{Locations: len(points)}
	for _, a := range points {
		for _, b := range points {
			d := int32(100*(max(a[0]-b[0], b[0]-a[0])+max(a[1]-b[1], b[1]-a[1]))*100 + 0.5)
			x.Duration, x.Distance = append(x.Duration, d), append(x.Distance, 10*d)
		}
	}
	return x, nil
}

// TestEveryDocumentedField goes through the keys of VROOM's API.md, table by table: each
// is served, or refused by its name.
func TestEveryDocumentedField(t *testing.T) {
	const (
		car  = `{"id":1,"start":[0,0]%s}`
		at   = `{"id":5,"location":[0.01,0]%s}`
		ship = `"shipments":[{"pickup":{"id":7,"location":[0.02,0]%s},"delivery":{"id":8,"location":[0.03,0]}%s}]`
		home = `{"id":1,"start_index":0%s}`
		here = `{"id":5,"location_index":1%s}`
		grid = `"durations":[[0,9],[9,0]]`
	)
	plain := func(vehicle, task string) string {
		return fmt.Sprintf(`{"vehicles":[`+car+`],"jobs":[`+at+`]}`, vehicle, task)
	}
	shipped := func(step, shipment string) string {
		return fmt.Sprintf(`{"vehicles":[`+car+`,{"id":2,"type":"van","start":[0,0]}],`+ship+`}`, "", step, shipment)
	}
	tabled := func(vehicle, matrices string) string {
		return fmt.Sprintf(`{"vehicles":[`+home+`],"jobs":[`+here+`],"matrices":{"car":{`+matrices+`}}}`, vehicle, "")
	}
	with := func(options string) string {
		return strings.TrimSuffix(plain("", ""), "}") + `,"options":{` + options + `}}`
	}
	steps := func(more string) string {
		return plain(`,"steps":[{"type":"start"},{"type":"job","id":5`+more+`}]`, "")
	}
	timed := func(vehicle, task string) string {
		return strings.TrimSuffix(plain(`,"steps":[{"type":"job","id":5}]`+vehicle, task), "}") + `,"options":{"c":true}}`
	}
	for _, c := range []struct{ field, request, refused string }{
		{"jobs.description", plain("", `,"description":"x"`), ""},
		{"jobs.setup", plain("", `,"setup":5`), ""},
		{"jobs.setup at the start", `{"vehicles":[{"id":1,"start":[0,0]}],"jobs":[{"id":1,"location":[0,0],"setup":5}]}`,
			"setup of job 1 at a place that others share"},
		{"jobs.service", plain("", `,"service":5`), ""},
		{"jobs.setup_per_type", plain("", `,"setup_per_type":{"van":7}`), ""},
		{"jobs.service_per_type", plain("", `,"service_per_type":{"van":7}`), ""},
		{"jobs.service_per_type below 0", plain("", `,"service_per_type":{"van":-7}`), `service_per_type of "van"`},
		{"jobs.amount", plain("", `,"amount":[1]`), ""},
		{"jobs.delivery", plain("", `,"delivery":[1]`), ""},
		{"jobs.pickup", plain("", `,"pickup":[1]`), ""},
		{"jobs.skills", plain("", `,"skills":[1]`), ""},
		{"jobs.priority", plain("", `,"priority":100`), ""},
		{"jobs.time_windows", plain("", `,"time_windows":[[0,5],[9,9]]`), ""},
		{"shipments.amount", shipped("", `,"amount":[1]`), ""},
		{"shipments.skills", shipped("", `,"skills":[1]`), ""},
		{"shipments.priority", shipped("", `,"priority":1`), ""},
		{"shipments.pickup.setup", shipped(`,"setup":1`, ""), ""},
		{"shipments.pickup.service", shipped(`,"service":1,"time_windows":[[0,5]],"description":"x"`, ""), ""},
		{"shipments.pickup.service_per_type", shipped(`,"service_per_type":{"van":7}`, ""), "service_per_type"},
		{"shipments.pickup.setup_per_type", shipped(`,"setup_per_type":{"van":7}`, ""), "shipments.pickup"},
		{"shipments.pickup.skills", shipped(`,"skills":[1]`, ""), "shipments: skills, priority and amounts"},
		{"shipments.pickup.amount", shipped(`,"amount":[1]`, ""), "shipments: skills, priority and amounts"},
		{"vehicles.profile", plain(`,"profile":"car"`, ""), ""},
		{"vehicles.profile without its matrix", plain(`,"profile":"bike"`, ""), "vehicles.profile bike"},
		{"vehicles.description", plain(`,"description":"x"`, ""), ""},
		{"vehicles.end", plain(`,"end":[0,1]`, ""), ""},
		{"vehicles.capacity", plain(`,"capacity":[3,4]`, ""), ""},
		{"vehicles.skills", plain(`,"skills":[3]`, ""), ""},
		{"vehicles.type", plain(`,"type":"van"`, ""), ""},
		{"vehicles.time_window", plain(`,"time_window":[1600416000,1600430400]`, ""), ""},
		{"vehicles.time_window, for ever", plain(`,"time_window":[0,9223372036854775807]`, ""), ""},
		{"vehicles.time_window below 0", plain(`,"time_window":[-9223372036854775808,1600430400]`, ""), "vehicles[0].shift"},
		{"vehicles.speed_factor", plain(`,"speed_factor":1.5`, ""), ""},
		{"vehicles.speed_factor too large", plain(`,"speed_factor":9`, ""), "speed_factor"},
		{"vehicles.max_tasks", plain(`,"max_tasks":1,"max_travel_time":999,"max_distance":9999`, ""), ""},
		{"vehicles.max_distance", tabled(`,"max_distance":9`, grid), "max_distance without matrices.distances"},
		{"costs.fixed", plain(`,"costs":{"fixed":9,"per_hour":1800,"per_km":2,"per_task_hour":7200}`, ""), ""},
		{"costs.per_km", tabled(`,"costs":{"per_km":9}`, grid), "costs.per_km without matrices.distances"},
		{"costs.per_hour", tabled(`,"costs":{"per_hour":9}`, grid+`,"costs":[[0,1],[1,0]]`), "matrices.costs beside costs.per_hour"},
		{"costs.per_task_hour", `{"vehicles":[{"id":1,"start":[0,0]},{"id":2,"start":[0,0],"costs":{"per_task_hour":9}}],"jobs":[]}`,
			"costs.per_task_hour that differs"},
		{"costs.per_task_hour by type", `{"vehicles":[{"id":1,"start":[0,0],"costs":{"per_task_hour":9}},
			{"id":2,"type":"van","start":[0,0],"costs":{"per_task_hour":9}}],
			"jobs":[{"id":5,"location":[0,1],"service_per_type":{"van":4}}]}`, "costs.per_task_hour beside"},
		{"breaks", plain(`,"breaks":[{"id":1,"service":5,"time_windows":[[0,9]],"description":"x"}]`, ""), ""},
		{"breaks.max_load", plain(`,"breaks":[{"id":1,"max_load":[1]}]`, ""), "vehicles.breaks.max_load"},
		{"steps", steps(""), ""},
		{"steps.service_at", steps(`,"service_at":3`), "vehicles.steps.service_at"},
		{"steps.service_after", steps(`,"service_after":3`), "vehicles.steps.service_after"},
		{"steps.service_before", steps(`,"service_before":3`), "vehicles.steps.service_before"},
		{"matrices.durations", tabled("", grid), ""},
		{"matrices.distances", tabled(`,"max_distance":9`, grid+`,"distances":[[0,1],[1,0]]`), ""},
		{"matrices.costs", tabled("", grid+`,"costs":[[0,1],[1,0]]`), ""},
		{"matrices.costs beside distances", tabled("", grid+`,"distances":[[0,1],[1,0]],"costs":[[0,1],[1,0]]`),
			"matrices.costs beside matrices.distances"},
		{"matrix", `{"vehicles":[{"id":1,"start_index":0}],"jobs":[],"matrix":[[0]]}`, ""},
		{"matrix beside matrices", `{"vehicles":[],"jobs":[],"matrix":[[0]],"matrices":{"car":{}}}`, "matrix beside matrices"},
		{"options.g", with(`"g":true`), ""},
		{"options.g beside matrices", strings.TrimSuffix(tabled("", grid), "}") + `,"options":{"g":true}}`, "options.g beside matrices"},
		{"options.t, x and l", with(`"t":2,"x":0,"l":0.5`), ""},
		{"options.x", with(`"x":6`), "options: t must be"},
		{"options.l", with(`"l":31`), "options: t must be"},
		{"options.unknown", with(`"geometry":true`), "geometry"},
		{"options.c", timed("", ""), ""},
		{"options.c with breaks", timed(`,"breaks":[{"id":1}]`, ""), "options.c with vehicles.breaks"},
		{"options.c with windows", timed("", `,"time_windows":[[0,5],[9,9]]`), "options.c with several time_windows"},
	} {
		_, _, err := vroom.Parse([]byte(c.request), crow)
		var named *vroom.Unsupported
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v\n%s", c.field, err, c.request)
		case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %v, want %s", c.field, err, c.refused)
		case strings.Contains(c.refused, " without ") && !errors.As(err, &named):
			t.Errorf("%s: %v is not told as unsupported", c.field, err)
		}
	}
}

// TestTimesByTypeOfVehicle: a task that a van does in less time goes to the van when it
// must be quick, and its times are those of whoever does it.
func TestTimesByTypeOfVehicle(t *testing.T) {
	const fleet = `{"vehicles":[{"id":1,"start_index":0,"end_index":0,"time_window":[0,300]},
	{"id":2,"type":"van","start_index":0,"end_index":0,"time_window":[0,300],"costs":{"fixed":50}%s}],
	"jobs":[{"id":5,"location_index":1,"setup":20,"service":100,"setup_per_type":{"van":5},
	"service_per_type":{"van":30,"truck":9}},{"id":6,"location_index":2,"service":50}],`
	a := answer(t, fmt.Sprintf(fleet, "")+street(3))
	// The car would need 320 of its 300 seconds.
	if a.Summary.Unassigned != 1 {
		t.Fatalf("%+v", a) // 6 alone takes 450
	}
	if r := a.Routes[0]; r.Vehicle != 2 || r.Setup != 5 || r.Service != 30 || r.Cost != 250 {
		t.Errorf("%+v", r)
	}
	a = answer(t, fmt.Sprintf(fleet, `,"max_travel_time":100`)+street(3))
	if len(a.Routes) != 0 || len(a.Unassigned) != 2 || a.Unassigned[0].ID != 5 || a.Unassigned[1].ID != 6 {
		t.Errorf("a task of two lengths is told once: %+v", a.Unassigned)
	}
	steps := fmt.Sprintf(fleet, `,"steps":[{"type":"job","id":5}]`) + street(3)
	if a = answer(t, steps); len(a.Routes) != 1 || a.Routes[0].Vehicle != 2 {
		t.Errorf("%+v", a)
	}
}

// TestTaskTimeIsPriced: an hour at tasks costs the same in whichever vehicle, and is told.
func TestTaskTimeIsPriced(t *testing.T) {
	a := answer(t, `{"vehicles":[{"id":1,"start_index":0,"end_index":0,"costs":{"fixed":7,"per_task_hour":1800}}],
	"jobs":[{"id":5,"location_index":1,"setup":20,"service":101}],`+street(2))
	if a.Summary.Cost != 7+200+60 {
		t.Errorf("%+v", a.Summary)
	}
}

// TestTimestamps: windows of today, in seconds since 1970, as in VROOM's first example,
// whoever has no hours besides.
func TestTimestamps(t *testing.T) {
	a := answer(t, `{"vehicles":[{"id":1,"start_index":0,"end_index":0,"skills":[9],"time_window":[1600416000,1600430400],
	"breaks":[{"id":2,"service":300,"time_windows":[[1600416150,1600416150]]}]},
	{"id":2,"start_index":2,"end_index":2,"skills":[1]},{"id":3,"start_index":2,"end_index":2,"skills":[2]}],
	"jobs":[{"id":5,"location_index":1,"service":10,"skills":[9],"time_windows":[[1600416000,1600423200]]},
	{"id":6,"location_index":2,"skills":[1],"service":5},
	{"id":7,"location_index":1,"skills":[2],"time_windows":[[1600416500,4000000000]]}],`+street(3))
	want := []string{
		"start@1600416000 job5@1600416100 break2@1600416150 end@1600416510",
		"start@0 job6@0 end@5",
		"start@1600416400 job7@1600416500 end@1600416600",
	}
	for k, r := range a.Routes {
		if got := told(r); k < len(want) && got != want[k] {
			t.Errorf("%s, want %s", got, want[k])
		}
	}
	if len(a.Routes) != 3 {
		t.Fatalf("%+v", a)
	}
}

// TestHoursAroundTimestamps: hours that hold all windows say nothing of when time begins;
// hours of another century are refused.
func TestHoursAroundTimestamps(t *testing.T) {
	const day = `{"vehicles":[{"id":1,"start_index":0,"end_index":0,"time_window":[0,%d]}],
	"jobs":[{"id":5,"location_index":1,"time_windows":[[1600416000,1600416000]]}],`
	a := answer(t, fmt.Sprintf(day, int64(4_000_000_000))+street(2))
	if len(a.Routes) != 1 || told(a.Routes[0]) != "start@1600415900 job5@1600416000 end@1600416100" {
		t.Errorf("%+v", a)
	}
	_, _, err := vroom.Parse([]byte(fmt.Sprintf(day, 100)+street(2)), nil)
	if err == nil || !strings.Contains(err.Error(), "seconds apart") {
		t.Error(err)
	}
}

// TestRequestsOfTooMuch are refused before they cost memory or time.
func TestRequestsOfTooMuch(t *testing.T) {
	many := func(n int, one string) string { return strings.Repeat(one+",", n-1) + one }
	var jobs, steps []string
	for k := range 1001 {
		jobs = append(jobs, fmt.Sprintf(`{"id":%d,"location_index":1}`, k))
		steps = append(steps, fmt.Sprintf(`{"type":"job","id":%d}`, k))
	}
	var speeds []string
	for k := range 70 {
		speeds = append(speeds, fmt.Sprintf(`{"id":%d,"start_index":0,"speed_factor":1.%02d}`, k, k))
	}
	for request, want := range map[string]string{
		`{"vehicles":[{"id":1,"start_index":0}],"jobs":[],"matrix":[` + many(9000, "[]") + `]}`: "so many places",
		`{"vehicles":[{"id":1,"start_index":0}],"jobs":[],"matrix":[` + many(8000, "[]") + `]}`: "has a row of 0",
		`{"vehicles":[` + strings.Join(speeds, ",") + `],"jobs":[],"matrix":[` +
			many(1000, "["+many(1000, "1")+"]") + `]}`: "so many places",
		`{"vehicles":[],"jobs":[` + many(20_001, `{"id":1}`) + `]}`: "more than 20000 tasks",
		`{"vehicles":[{"id":1,"start_index":0,"steps":[` + strings.Join(steps, ",") + `]}],"jobs":[` +
			strings.Join(jobs, ",") + `],"options":{"c":true},` + street(2): "more than 1000 steps",
	} {
		if _, _, err := vroom.Parse([]byte(request), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
