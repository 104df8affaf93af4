package visitsapi_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

type table struct {
	Rows []struct {
		Cells []any             `json:"cells"`
		Drill map[string]string `json:"drill"`
	} `json:"rows"`
	Total int64  `json:"total"`
	Next  string `json:"next"`
}

// pages reads a report row by row, and says what its pages have in common.
func (d *desk) pages(token, path string, limit int) (all table) {
	d.t.Helper()
	for after := ""; ; {
		a := d.ask(token, "GET", fmt.Sprintf("%s&limit=%d&after=%s", path, limit, url.QueryEscape(after)), "", nil)
		var page table
		if err := json.Unmarshal([]byte(a.text), &page); err != nil || a.status != 200 || len(page.Rows) > limit {
			d.t.Fatalf("%s: %d %s", path, a.status, a.text)
		}
		all.Rows, all.Total = append(all.Rows, page.Rows...), page.Total
		if after = page.Next; after == "" {
			return all
		}
	}
}

// The reports on the screen: the same rows by pages of any size and in the file, within
// the reader's scope.
func TestReportsOfVisitsComeByPagesAndAsFiles(t *testing.T) {
	d := open(t)
	if a := d.ask("root", "PUT", "/v1/visit-policy", "policy", map[string]any{"several_a_day": true,
		"reorder_on_phone": false, "fence_m": 150, "fence_by_kind": map[string]int{}, "fix_age_s": 300,
		"late_h": 72, "approve_late": false, "approve_outside": false}); a.status != 200 {
		t.Fatal(a.text)
	}
	for i, at := range []struct {
		token    string
		customer int
	}{{"anna", 101}, {"anna", 102}, {"anna", 101}, {"carla", 201}} {
		v := d.ask(at.token, "POST", "/v1/visits", fmt.Sprint("in-", i), d.arrival(at.customer))
		if v.ID == 0 {
			t.Fatal(v.text)
		}
		d.clock.Advance(10 * time.Minute)
		path := fmt.Sprint("/v1/visits/", v.ID, "/check-out")
		if out := d.ask(at.token, "POST", path, fmt.Sprint("out-", i), map[string]any{}); out.State != "valid" {
			t.Fatal(out.text)
		}
	}
	for _, c := range []struct {
		token, report string
		total         int64
		rows          string
	}{
		{"root", "Q03", 4, "Shop 201 Shop 101 Shop 102 Shop 101"},
		{"root", "S01", 4, "Shop 101 Shop 102 Shop 201"},
		{"lead", "S01", 3, "Shop 101 Shop 102"},
		{"anna", "S02", 3, "Shop 101 Shop 102"},
		{"lead", "S02", 0, ""},
		{"root", "S03", 4, "Shop 101 Shop 102 Shop 201"},
		{"carla", "S03", 1, "Shop 201"},
	} {
		path := "/v1/reports/" + c.report + "?year=0"
		whole := d.pages(c.token, path, 500)
		var names []string
		for _, r := range whole.Rows {
			name := fmt.Sprint(r.Cells[0], r.Cells[1])
			names = append(names, name[strings.Index(name, "Shop"):][:8])
			if r.Drill["customer"] != name[strings.Index(name, "Shop"):][5:8] {
				t.Errorf("%s: %q leads to %v", c.report, name, r.Drill)
			}
		}
		if got := strings.Join(names, " "); got != c.rows || whole.Total != c.total {
			t.Errorf("%s sees %s: %q of %d visits", c.token, c.report, got, whole.Total)
		}
		if one := d.pages(c.token, path, 1); fmt.Sprint(one) != fmt.Sprint(whole) {
			t.Errorf("%s by single rows: %v, whole %v", c.report, one, whole)
		}
	}
	file := d.ask("root", "GET", "/v1/reports/S01/export.csv?language=en", "", nil)
	if lines := strings.Split(strings.TrimSpace(file.text), "\n"); len(lines) != 4 ||
		!strings.Contains(lines[1], "Shop 101,,2,2026-11-23") {
		t.Errorf("the file: %q", file.text)
	}
	part := d.ask("root", "GET", "/v1/reports/visits-by-customer?limit=1&offset=1", "", nil)
	if !strings.Contains(part.text, `"total":4`) || !strings.Contains(part.text, `"customer_id":102`) ||
		strings.Contains(part.text, `"customer_id":101`) {
		t.Errorf("a part of the list: %s", part.text)
	}
}
