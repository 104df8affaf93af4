package crmapi_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// fill makes customers over two years with everything that reports count by, and
// returns every row as the database has it.
func fill(t *testing.T, s *site) []crm.Customer {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	owners := []business.PersonID{0, 11, 11, 12, 21}
	for i := range 60 {
		s.now.Set(time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, 6*i))
		in := crm.NewCustomer{Name: fmt.Sprintf("Customer %02d", i), Level: "B", Address: "1 Main St",
			Kind: pick("shop", "shop/bakery", "bank"), Owner: owners[rng.IntN(len(owners))],
			Status:   crm.Status(pick("prospect", "active", "dormant")),
			Stage:    crm.Stage(pick("new", "contacted", "won")),
			District: pick("", "Kent", "Sussex"), Channel: pick("", "Fair", "Phone"),
			Building: "Unit 4", Phone: "302", Contacts: []crm.Contact{{Name: "Mr Wu"}}}
		if rng.IntN(3) > 0 {
			in.Pin = &crm.Pin{Point: orb.Point{-75.5 + float64(i)/100, 39.1}}
		}
		if _, err := s.s.Create(t.Context(), s.boss(), in); err != nil {
			t.Fatal(err)
		}
	}
	var all []crm.Customer
	for c, err := range s.s.Export(t.Context(), scope.Everything(), crm.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func (s *site) boss() crm.By {
	s.keys++
	return crm.By{Actor: business.Actor{Person: 1, Role: business.Manager},
		Scope: scope.Everything(), Key: idem.Key(fmt.Sprintf("report-key-%d", s.keys))}
}

type reportRow struct {
	cells []any
	drill map[string]any
}

// report reads every page of a report.
func (s *site) report(t *testing.T, token, id, query string) ([]reportRow, float64) {
	t.Helper()
	var out []reportRow
	total, after := 0.0, ""
	for {
		got := s.want(s.do(token, "GET", "/v1/reports/"+id+"?limit=7&after="+after+query, nil), 200, "")
		for _, r := range got["rows"].([]any) {
			row := r.(map[string]any)
			out = append(out, reportRow{row["cells"].([]any), row["drill"].(map[string]any)})
		}
		total = got["total"].(float64)
		next, more := got["next"].(string)
		if !more {
			return out, total
		}
		after = url.QueryEscape(next)
	}
}

// drilled counts the customers to which a row leads, for columns of a month with
// the days of that month.
func (s *site) drilled(token string, drill map[string]any, extra string) int {
	q := url.Values{}
	for k, v := range drill {
		q.Set(k, v.(string))
	}
	got := s.want(s.do(token, "GET", "/v1/customers/count?"+q.Encode()+extra, nil), 200, "")
	return int(got["total"].(float64))
}

func seen(token string, c crm.Customer) bool {
	return token == "boss" || token == "anna" && c.Owner == 11 ||
		token == "lead" && (c.Owner == 11 || c.Owner == 12)
}

// feature: S13
// feature: S14
// feature: S15
// feature: S16
func TestCountsByOneFieldAddUpAndLeadToTheirCustomers(t *testing.T) {
	s := open(t)
	all := fill(t, s)
	for id, field := range map[string]func(crm.Customer) string{
		"S13": func(c crm.Customer) string { return string(c.Stage) },
		"S14": func(c crm.Customer) string { return c.Kind },
		"S15": func(c crm.Customer) string { return string(c.Status) },
		"S16": func(c crm.Customer) string { return c.Channel },
	} {
		for _, token := range []string{"boss", "lead", "anna"} {
			want, mine := map[string]int{}, 0
			for _, c := range all {
				if seen(token, c) {
					want[field(c)]++
					mine++
				}
			}
			rows, total := s.report(t, token, id, "")
			permil, counted := 0.0, map[string]int{}
			for _, r := range rows {
				n := int(r.cells[1].(float64))
				counted[r.cells[0].(string)] = n
				permil += r.cells[2].(float64)
				if got := s.drilled(token, r.drill, ""); got != n {
					t.Errorf("%s for %s: %v leads to %d, says %d", id, token, r.drill, got, n)
				}
			}
			if int(total) != mine || permil != 1000 {
				t.Errorf("%s for %s: total %v of %d, shares %v", id, token, total, mine, permil)
			}
			for value, n := range want {
				if counted[value] != n {
					t.Errorf("%s for %s: %q is %d, want %d", id, token, value, counted[value], n)
				}
			}
			if id == "S13" && len(rows) != 6 || id == "S15" && len(rows) != 4 {
				t.Errorf("%s shows %d rows; empty ones belong to it", id, len(rows))
			}
		}
	}
}

// feature: S04
// feature: S05
func TestNewCustomersByMonthAddUpInRowsAndColumns(t *testing.T) {
	s := open(t)
	all := fill(t, s)
	s.now.Set(time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC))
	for _, tt := range []struct {
		id, token string
		field     func(crm.Customer) string
		mine      bool
	}{
		{"S04", "boss", func(c crm.Customer) string { return c.District }, false},
		{"S04", "lead", func(c crm.Customer) string { return c.District }, false},
		{"S05", "anna", func(c crm.Customer) string { return c.Kind }, true},
	} {
		want := map[string]*[12]int{}
		for _, c := range all {
			if !seen(tt.token, c) || c.CreatedAt.Year() != 2026 {
				continue
			}
			if want[tt.field(c)] == nil {
				want[tt.field(c)] = &[12]int{}
			}
			want[tt.field(c)][c.CreatedAt.Month()-1]++
		}
		rows, total := s.report(t, tt.token, tt.id, "")
		if len(rows) != len(want) || len(rows) == 0 {
			t.Fatalf("%s: %d rows, want %d", tt.id, len(rows), len(want))
		}
		sum := 0
		for _, r := range rows {
			months, inRow := want[r.cells[0].(string)], 0
			for m := range 12 {
				n := int(r.cells[m+1].(float64))
				inRow += n
				if n != months[m] {
					t.Errorf("%s %v month %d: %d, want %d", tt.id, r.cells[0], m+1, n, months[m])
				}
				if n > 0 && m == 3 {
					days := "&created_from=2026-04-01&created_to=2026-04-30"
					if got := s.drilled(tt.token, r.drill, days); got != n {
						t.Errorf("%s %v leads to %d in April, says %d", tt.id, r.drill, got, n)
					}
				}
			}
			if r.cells[12].(float64) != 0 {
				t.Errorf("%s: December is still to come and has %v", tt.id, r.cells[12])
			}
			if int(r.cells[13].(float64)) != inRow {
				t.Errorf("%s: row sum %v of %d", tt.id, r.cells[13], inRow)
			}
			sum += inRow
		}
		if int(total) != sum {
			t.Errorf("%s: total %v, rows %d", tt.id, total, sum)
		}
	}
}

// feature: Q01
// feature: Q04
// feature: Q11
// feature: S12
func TestListsOfCustomersHoldEveryRowOnce(t *testing.T) {
	s := open(t)
	all := fill(t, s)
	inRange := func(c crm.Customer) bool {
		d := c.CreatedAt.Format(time.DateOnly)
		return d >= "2026-02-01" && d <= "2026-04-30"
	}
	for _, tt := range []struct {
		id, token, query string
		keep             func(crm.Customer) bool
		cells            func(crm.Customer) []any
	}{
		{"Q01", "boss", "&from=2026-02-01&to=2026-04-30", inRange, func(c crm.Customer) []any {
			return []any{c.Number, c.Name, c.Kind, c.Channel, c.District, c.OwnerName,
				c.CreatedAt.Format(time.DateOnly)}
		}},
		{"Q04", "lead", "", func(c crm.Customer) bool { return true }, func(c crm.Customer) []any {
			out := []any{c.Name, c.Address, c.Building, "Mr Wu", c.Phone, nil, nil, "no"}
			if c.Position != nil {
				out[5], out[6], out[7] = c.Position[0], c.Position[1], "yes"
			}
			return out
		}},
		{"Q11", "anna", "", func(c crm.Customer) bool { return true }, func(c crm.Customer) []any {
			return []any{c.Number, c.Name, c.Kind, string(c.Status), c.District, c.OwnerName,
				float64(c.VisitCount)}
		}},
		{"S12", "boss", "", func(c crm.Customer) bool { return c.Owner == 1 }, nil},
		{"S12", "anna", "", func(c crm.Customer) bool { return c.Owner == 11 }, func(c crm.Customer) []any {
			return []any{c.Number, c.Name, c.Kind, string(c.Status), string(c.Stage), nil, nil}
		}},
	} {
		var want []string
		for _, c := range all {
			if seen(tt.token, c) && tt.keep(c) {
				want = append(want, fmt.Sprint(tt.cells(c)...))
			}
		}
		rows, total := s.report(t, tt.token, tt.id, tt.query)
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprint(r.cells...))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || int(total) != len(want) {
			t.Errorf("%s for %s: %d rows (total %v), want %d\n%v\n%v", tt.id, tt.token, len(got), total,
				len(want), got, want)
		}
	}
	// The file holds all pages and the same rows.
	file := s.do("lead", "GET", "/v1/reports/Q04/export.csv", nil)
	if file.status != 403 && strings.Count(string(file.body), "\n") < 20 {
		t.Errorf("%d %s", file.status, file.body)
	}
}

// feature: Q02
// feature: Q09
// feature: Q12
func TestQueriesOverCommandsListEveryOne(t *testing.T) {
	s := open(t)
	var ids []business.CustomerID
	for i := range 9 {
		c, err := s.s.Create(t.Context(), s.boss(), crm.NewCustomer{Name: fmt.Sprint("Shop ", i),
			Kind: "shop", Level: "B", Address: "x", District: "Kent"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	for _, id := range ids {
		s.want(s.do("anna", "POST", fmt.Sprintf("/v1/pool/%d/claim", id), nil), 200, "")
	}
	s.now.Advance(24 * time.Hour)
	if _, err := s.s.Assign(t.Context(), s.boss(), ids[:4], 21); err != nil {
		t.Fatal(err)
	}
	address := "2 New St"
	by := s.boss()
	by.Note = "they moved"
	if _, err := s.s.Update(t.Context(), by, ids[5], 0, crm.Patch{Address: &address}); err != nil {
		t.Fatal(err)
	}
	claims, _ := s.report(t, "boss", "Q02", "")
	if len(claims) != 9 || claims[0].cells[0] != "Shop 8" || claims[0].cells[4] != "Anna" ||
		claims[0].cells[3] != "2026-11-23" || claims[0].cells[5] != "Kent" {
		t.Errorf("claims %v", claims)
	}
	if rows, _ := s.report(t, "carla", "Q02", ""); len(rows) != 4 { // of what she sees
		t.Errorf("carla sees %d claims", len(rows))
	}
	hands, _ := s.report(t, "boss", "Q09", "")
	if len(hands) != 4 || hands[0].cells[4] != "Anna" || hands[0].cells[5] != "Carla" ||
		hands[0].cells[3] != "2026-11-24" {
		t.Errorf("transfers %v", hands)
	}
	if rows, _ := s.report(t, "boss", "Q09", "&to=2026-11-23"); len(rows) != 0 {
		t.Errorf("transfers before they were: %v", rows)
	}
	changes, _ := s.report(t, "boss", "Q12", "")
	if len(changes) != 1 || changes[0].cells[0] != "Shop 5" || changes[0].cells[1] != "2026-11-24" ||
		changes[0].cells[2] != "Boss" || changes[0].cells[3] != "they moved" {
		t.Errorf("changes %v", changes)
	}
	s.want(s.do("boss", "GET", "/v1/reports/Q99", nil), 404, "reports.no_such_report")
}
