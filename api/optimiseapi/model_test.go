package optimiseapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"beatplan/api/optimiseapi"
)

// TestOptimisePatterns: one person's five days of a week, each a person of the
// request. Customer A is seen on Monday and Thursday or on Tuesday and Friday;
// Tuesday and Friday lie where somebody is on the way to already.
func TestOptimisePatterns(t *testing.T) {
	var days, visits []string
	for d := range 5 {
		days = append(days, fmt.Sprintf(`{"id":%d,"start":[0,0],"end":[0,0],"shift":
			{"open":"2026-11-%dT08:00:00Z","close":"2026-11-%dT17:00:00Z"}}`, d+1, 23+d, 23+d))
		visits = append(visits, fmt.Sprintf(
			`{"id":%d,"position":[0.05,0],"service_s":1800,"allowed":[%d]}`, 100+d+1, d+1))
	}
	for _, d := range []int{2, 5} { // beyond A, so that A costs nothing on these days
		visits = append(visits, fmt.Sprintf(`{"id":%d,"position":[0.06,0],"allowed":[%d]}`, 200+d, d))
	}
	visits = append(visits, `{"id":103,"position":[0.01,0]}`)
	visits = slices.Delete(visits, 2, 3) // Wednesday is nobody's: 103 is a plain visit
	const patterns = `"patterns":[{"options":[[101,104],[102,105]]}],`
	request := func(extra string) *optimiseapi.Plan {
		code, body := post(t, "/v1/optimise", `{"people":[`+strings.Join(days, ",")+`],"iterations":300,`+
			extra+`"visits":[`+strings.Join(visits, ",")+`]}`)
		var out optimiseapi.Outcome
		if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		return out.Plan
	}
	got := request(patterns)
	where := map[int64]int64{}
	for _, d := range got.Days {
		for _, s := range d.Stops {
			where[s.VisitID] = d.PersonID
		}
	}
	if where[102] != 2 || where[105] != 5 || where[101]+where[104] != 0 || len(got.Unserved) != 2 {
		t.Fatalf("%v, unserved %+v", where, got.Unserved)
	}
	for _, u := range got.Unserved { // the other option is why
		if !slices.Equal(u.Reasons, []string{"alternative"}) {
			t.Errorf("%+v", u)
		}
	}
	if got.Cost.Drive != 2*2*60*60*4 { // twice to 0.06 and back
		t.Errorf("%+v", got.Cost)
	}
	// An optional one whose prize does not pay stays out.
	visits = slices.DeleteFunc(visits, func(s string) bool { return strings.Contains(s, `"id":20`) })
	got = request(`"patterns":[{"options":[[101,104],[102,105]],"optional":true,"prize_s":60}],`)
	if got.Cost.Prizes != 240 || len(got.Unserved) != 4 {
		t.Errorf("%+v, %+v", got.Cost, got.Unserved)
	}
}

// TestOptimisePins: a pin keeps its place though it costs, and a fixed price keeps
// the second person at home.
func TestOptimisePins(t *testing.T) {
	const visits = `"iterations":300,"visits":[{"id":11,"position":[0.01,0]},{"id":12,"position":[0.09,0]}]}`
	stops := func(who string) ([2][]int64, optimiseapi.Cost) {
		code, body := post(t, "/v1/optimise", `{`+who+`,`+visits)
		var out optimiseapi.Outcome
		if err := json.Unmarshal([]byte(body), &out); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		var list [2][]int64
		for v, d := range out.Plan.Days {
			for _, s := range d.Stops {
				list[v] = append(list[v], s.VisitID)
			}
		}
		return list, out.Plan.Cost
	}
	if got, _ := stops(people); !slices.Equal(got[0], []int64{11}) || !slices.Equal(got[1], []int64{12}) {
		t.Fatalf("%v", got)
	}
	pinned := strings.Replace(people, `"id":2,`, `"id":2,"pins":[{"visit_id":11,"position":1}],`, 1)
	if got, _ := stops(pinned); len(got[1]) != 2 || got[1][1] != 11 {
		t.Fatalf("%v", got)
	}
	dear := strings.Replace(people, `"id":2,`, `"id":2,"fixed_s":90000,`, 1)
	if got, cost := stops(dear); len(got[1]) > 0 || cost.Fixed != 0 || cost.Drive != cost.Total {
		t.Fatalf("%v %+v", got, cost)
	}
	both := strings.ReplaceAll(people, `"end":`, `"fixed_s":10,"end":`)
	if got, cost := stops(both); len(got[1]) != 1 || cost.Fixed != 2*10*4 {
		t.Fatalf("%v %+v", got, cost)
	}
}

// TestOptimiseNamesTheField: every class of malformed problem is refused with the
// field at fault, in our model and as it stands in the request.
func TestOptimiseNamesTheField(t *testing.T) {
	const visit = `{"id":1,"position":[0,0]}`
	with := func(field string) string { return strings.Replace(visit, `}`, `,`+field+`}`, 1) }
	plan := func(visits, rest string) string { return `{` + people + rest + `,"visits":[` + visits + `]}` }
	person := func(field string) string {
		return `{` + strings.Replace(people, `"id":1,`, `"id":1,`+field+`,`, 1) + `,"visits":[` + visit + `]}`
	}
	var crowd []string
	for i := range 100_000 {
		crowd = append(crowd, fmt.Sprintf(`{"id":%d,"position":[0,0]}`, i))
	}
	cases := map[string][2]string{ // request, and the field that the answer names
		"NaN":                {plan(`{"id":1,"position":[NaN,0]}`, ``), "invalid character 'N'"},
		"no place on earth":  {plan(`{"id":1,"position":[1000,0]}`, ``), "visits[0].position"},
		"negative service":   {plan(with(`"service_s":-5`), ``), "visits[0].service_s"},
		"negative prize":     {plan(with(`"prize_s":-5`), ``), "visits[0].prize_s"},
		"negative demand":    {plan(with(`"pickup":[-5]`), ``), "visits[0].demand"},
		"negative limit":     {person(`"max_stops":-1`), "people[0].max_stops"},
		"negative price":     {plan(visit, `,"change_s":-1`), "change_s"},
		"unknown person":     {plan(with(`"allowed":[77]`), ``), "visits[0].people"},
		"unknown locked":     {person(`"locked":[77]`), "people[0].locked[0]"},
		"unknown pinned":     {person(`"pins":[{"visit_id":77,"position":0}]`), "people[0].pins[0]"},
		"pin out of the day": {person(`"pins":[{"visit_id":1,"position":9}]`), "people[0].pins[0]"},
		"unknown in a group": {plan(visit, `,"groups":[{"visits":[1,77]}]`), "groups[0]"},
		"unknown pattern":    {plan(visit, `,"patterns":[{"options":[[1],[77]]}]`), "patterns[0]"},
		"empty pattern":      {plan(visit, `,"patterns":[{"options":[[]]}]`), "patterns[0].options[0]"},
		"unknown pair":       {plan(visit, `,"pairs":[{"pickup":1,"delivery":77}]`), "pairs[0]"},
		"unknown order":      {plan(visit, `,"orders":[{"first":1,"then":77}]`), "orders[0]"},
		"order with itself":  {plan(visit, `,"orders":[{"first":1,"then":1}]`), "orders[0]"},
		"unknown previous":   {plan(visit, `,"previous":[{"person_id":77,"visits":[]}]`), "previous[77]"},
		"twice":              {plan(visit+`,`+visit, ``), "visits[1].id"},
		"closed before open": {plan(with(`"windows":[{"open":"2026-11-23T12:00:00Z","close":"2026-11-23T09:00:00Z"}]`), ``), "visits[0].windows"},
		"break too long": {person(`"breaks":[{"duration_s":7200,"window":{"open":"2026-11-23T12:00:00Z","close":"2026-11-23T13:00:00Z"}}]`),
			"people[0].breaks[0]"},
		"day a month later": {`{` + strings.Replace(people, `2026-11-23T08:30:00Z","close":"2026-11-23T17:00:00Z"}}]`,
			`2026-12-23T08:30:00Z","close":"2026-12-23T17:00:00Z"}}]`, 1) + `,"visits":[]}`, "people[1].shift"},
		"empty fleet":    {`{"people":[],"visits":[` + visit + `]}`, "people"},
		"100,000 visits": {plan(strings.Join(crowd, ","), ``), "visits"},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		code, answer := post(t, "/v1/optimise", cases[name][0])
		if code < 400 || code >= 500 || !strings.Contains(answer, cases[name][1]) {
			t.Errorf("%s: %d %.400s", name, code, answer)
		}
	}
}
