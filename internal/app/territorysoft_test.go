package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"beatplan/business"
)

// softly is a scenario as far as its wishes are concerned.
type softly struct {
	Version    int64     `json:"version"`
	Spare      bool      `json:"spare"`
	FromHome   bool      `json:"from_home"`
	SplitPrice float64   `json:"split_price"`
	Apart      [][]int64 `json:"apart"`
	Activities []string  `json:"activities"`
	Plan       struct {
		Together     int     `json:"together"`
		Deviation    float64 `json:"deviation"`
		MovedRevenue float64 `json:"moved_revenue"`
		People       []struct {
			Person    int64   `json:"person_id"`
			Revenue   float64 `json:"revenue"`
			RevenueIn float64 `json:"revenue_in"`
		} `json:"people"`
	} `json:"plan"`
}

func (s *scenarios) softly(set map[string]any) (out softly) {
	s.h.t.Helper()
	if set != nil {
		set["version"] = 0
		s.must("PATCH", s.path(""), set, &s.at)
	}
	s.must("GET", s.path(""), nil, &out)
	return out
}

// Customers of a pair that is kept apart never come to one person, by hand or by the
// optimiser; what stands together already is counted.
func TestPairsAreKeptApart(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	desk := h.scenarios("apart")
	a, b := int64(shops[0].ID), int64(shops[1].ID) // neighbours, of one person
	if d := desk.softly(map[string]any{"apart": [][]int64{{a, b}}}); d.Plan.Together != 1 || len(d.Apart) != 1 {
		t.Fatalf("%+v", d)
	}
	at := func(id int64) int64 {
		u := desk.units()
		return u.Person[slices.Index(u.Customers, id)]
	}
	desk.optimise()
	if at(a) == at(b) || desk.softly(nil).Plan.Together != 0 {
		t.Errorf("%d and %d are %d's", a, b, at(a))
	}
	was := at(a)
	desk.do("/moves", map[string]any{"customers": []int64{a}, "to": at(b)})
	if at(a) != was {
		t.Error("a move by hand brought a pair together")
	}
	desk.do("/moves", map[string]any{"customers": []int64{a, b}, "to": at(b)})
	if at(a) == at(b) {
		t.Error("a move of both brought a pair together")
	}
	lines := fmt.Sprintf("customer_id,person_id\n%d,%d\n", a, at(b))
	status, text := desk.call("POST", desk.path("/assignments"), map[string]any{"version": 0, "csv": lines}, nil)
	if status != http.StatusUnprocessableEntity || !strings.Contains(text, `"apart"`) || at(a) != was {
		t.Errorf("a file that brings a pair together: %d %s", status, text)
	}
	desk.do("/areas", map[string]any{"areas": fileOf(area(at(b), square(-75.8, 39.5, 0.5)))})
	if at(a) == at(b) {
		t.Error("an area of a file brought a pair together")
	}
	desk.do("/undo", nil)
	desk.do("/merge", map[string]any{"from": int64(h.mine.ID), "to": int64(h.theirs.ID)})
	if at(a) == at(b) {
		t.Error("a merger brought a pair together")
	}
	desk.refused("PATCH", desk.path(""), map[string]any{"version": 0, "apart": [][]int64{{a, a}}},
		http.StatusUnprocessableEntity, "territory.invalid")
	if d := desk.softly(map[string]any{"apart": [][]int64{}}); len(d.Apart) != 0 {
		t.Errorf("the pair stays: %+v", d.Apart)
	}
}

// What customers have bought is balanced beside the work when that is asked for.
func TestRevenueIsBalanced(t *testing.T) {
	h := newCompany(t)
	shops := h.spread()
	for i, shop := range shops { // the east buys four times as much
		cents := 100_00
		if shop.Position[0] > shops[len(shops)/2].Position[0] {
			cents = 400_00
		}
		if _, err := h.DB.Exec(t.Context(), `update crm.customer set deal_total = $1 where id = $2`,
			cents+i, shop.ID); err != nil {
			t.Fatal(err)
		}
	}
	desk := h.scenarios("revenue")
	share := func(d softly) (least, all float64) {
		least = d.Plan.People[0].Revenue
		for _, p := range d.Plan.People {
			least, all = min(least, p.Revenue), all+p.Revenue
		}
		return least / all, all
	}
	if _, all := share(desk.softly(nil)); all < 6000 {
		t.Fatalf("all customers have bought for %.2f", all)
	}
	desk.softly(map[string]any{"activities": []string{"revenue", "count"}, "tolerance": 0.15})
	desk.optimise()
	d := desk.softly(nil)
	if part, _ := share(d); part < 0.5*(1-0.15) || d.Plan.Deviation > 0.15 {
		t.Errorf("one person has %.3f of the revenue, deviation %.3f", part, d.Plan.Deviation)
	}
	if !slices.Equal(d.Activities, []string{"revenue", "count"}) || d.Plan.MovedRevenue <= 0 {
		t.Errorf("%v, %.3f of the revenue moved", d.Activities, d.Plan.MovedRevenue)
	}
}

// Areas may be split at a price, travel may count from people's homes, and the tolerance
// may give way to driving; all of it is kept with the scenario.
func TestSoftWishesAreKeptAndHeard(t *testing.T) {
	h := newCompany(t)
	h.spread()
	h.Territories.Ground = strips{}
	desk := h.scenarios("soft")
	split := func(price float64) int {
		desk.softly(map[string]any{"base_level": 6, "split_price": price, "tolerance": 0.3})
		desk.optimise()
		return desk.at.Plan.Areas[0].Split
	}
	if cheap, dear := split(0.001), split(50); dear >= cheap {
		t.Errorf("%d strips split at next to no price, %d at a high one", cheap, dear)
	}
	d := desk.softly(map[string]any{"from_home": true, "spare": true, "split_price": 2})
	if !d.FromHome || !d.Spare || d.SplitPrice != 2 {
		t.Errorf("%+v", d)
	}
	home := func(person business.PersonID) (lon float64) {
		u := desk.units()
		n := 0.0
		for i, p := range u.Person {
			if p == int64(person) {
				lon, n = lon+u.Lon[i], n+1
			}
		}
		return lon / n
	}
	// Everybody lives on the other's side: the territories change places.
	west, east := h.mine.ID, h.theirs.ID
	if home(west) > home(east) {
		west, east = east, west
	}
	for person, lon := range map[business.PersonID]float64{west: -75.48, east: -75.61} {
		if _, err := h.DB.Exec(t.Context(), `update identity.person
			set home = ST_SetSRID(ST_MakePoint($1, 39.725), 4326) where id = $2`, lon, person); err != nil {
			t.Fatal(err)
		}
	}
	desk.softly(map[string]any{"base_level": 0, "budget": 0})
	desk.optimise()
	if home(west) < home(east) {
		t.Errorf("homes do not draw: %f, %f", home(west), home(east))
	}
}
