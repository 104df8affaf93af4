package visits_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/visits"
)

// model is one salesperson's day in other words: two lists and a state for each
// customer. It knows nothing of rows, positions or versions.
type model struct {
	draft, phone []business.CustomerID // phone is nil before anything reached it
	state        map[business.CustomerID]visits.StopState
	driven       []business.CustomerID // in the order of arrival
	open         business.CustomerID   // 0: none
	visited      map[business.CustomerID]bool
	valid        map[business.CustomerID]int64
	begun        bool // the day has a row
}

func newModel() *model {
	return &model{
		state:   map[business.CustomerID]visits.StopState{},
		visited: map[business.CustomerID]bool{}, valid: map[business.CustomerID]int64{},
	}
}

func (m *model) isDriven(id business.CustomerID) bool { return slices.Contains(m.driven, id) }

// view is what a reader of a layer sees.
func (m *model) view(list []business.CustomerID) []business.CustomerID {
	out := slices.Clone(m.driven)
	for _, id := range list {
		if !m.isDriven(id) {
			out = append(out, id)
		}
	}
	return out
}

// tidy forgets what is on neither list and was never driven.
func (m *model) tidy() {
	for id := range m.state {
		if !slices.Contains(m.draft, id) && !slices.Contains(m.phone, id) && !m.isDriven(id) {
			delete(m.state, id)
		}
	}
}

func without(list []business.CustomerID, id business.CustomerID) []business.CustomerID {
	return slices.DeleteFunc(slices.Clone(list), func(x business.CustomerID) bool { return x == id })
}

// insert puts id before everything of the list that is still to come, or last.
func (m *model) insert(
	list []business.CustomerID, id business.CustomerID, next bool,
) []business.CustomerID {
	list = without(list, id)
	at := len(list)
	if next {
		if i := slices.IndexFunc(list, func(x business.CustomerID) bool { return !m.isDriven(x) }); i >= 0 {
			at = i
		}
	}
	return slices.Insert(list, at, id)
}

func (m *model) add(id business.CustomerID, next, live bool) {
	m.driven = without(m.driven, id)
	m.state[id] = visits.Planned
	m.draft = m.insert(m.draft, id, next)
	if live || m.phone != nil {
		m.phone = m.insert(m.phone, id, next)
	}
	m.begun = true
}

// history drives the service and the model together.
type history struct {
	*company
	m   *model
	rng *rand.Rand
	id  business.VisitID // open visit
}

func (h *history) someone() business.CustomerID {
	return business.CustomerID(101 + h.rng.IntN(10))
}

func (h *history) day(t *testing.T) visits.Evaluated {
	t.Helper()
	d, err := h.Day(t.Context(), manager(), h.today(1))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (h *history) step(t *testing.T) string {
	t.Helper()
	h.clock.Advance(time.Duration(1+h.rng.IntN(60)) * time.Second)
	switch h.rng.IntN(9) {
	case 0, 1:
		return h.saves(t)
	case 2:
		return h.publishes(t)
	case 3:
		return h.plans(t)
	case 4:
		return h.assigns(t)
	case 5:
		return h.skips(t)
	case 6:
		return h.checksIn(t)
	case 7:
		return h.checksOut(t)
	}
	return h.cancels(t)
}

func (h *history) saves(t *testing.T) string {
	ids := []business.CustomerID{}
	for _, i := range h.rng.Perm(10)[:h.rng.IntN(7)] {
		ids = append(ids, business.CustomerID(101+i))
	}
	d := h.day(t)
	if _, err := h.Save(t.Context(), manager(), h.today(1), d.Version, edit(ids...)); err != nil {
		t.Fatal(err)
	}
	h.m.draft = slices.Clone(h.m.driven)
	for _, id := range ids {
		if !h.m.isDriven(id) {
			h.m.draft = append(h.m.draft, id)
			if h.m.state[id] == "" {
				h.m.state[id] = visits.Planned
			}
		}
	}
	h.m.begun = true
	h.m.tidy()
	return fmt.Sprint("saved ", ids)
}

func (h *history) publishes(t *testing.T) string {
	_, err := h.Publish(t.Context(), manager(), h.key(), h.today(1), -1)
	if len(h.m.view(h.m.draft)) == 0 {
		if !errors.Is(err, visits.ErrEmptyDay) {
			t.Fatalf("published nothing: %v", err)
		}
		return "published nothing"
	}
	if err != nil {
		t.Fatal(err)
	}
	h.m.phone = append([]business.CustomerID{}, h.m.draft...)
	h.m.tidy()
	return "published"
}

func (h *history) plans(t *testing.T) string {
	ids := []business.CustomerID{h.someone(), h.someone()}
	if _, err := h.Plan(t.Context(), manager(), h.key(), h.today(1), ids); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if !h.m.isDriven(id) && !slices.Contains(h.m.draft, id) {
			h.m.add(id, false, false)
		}
	}
	return fmt.Sprint("planned ", ids)
}

func (h *history) assigns(t *testing.T) string {
	id := h.someone()
	key, order := h.key(), visits.Assignment{Person: 1, Customer: id}
	var err error
	for range 1 + h.rng.IntN(2) { // sometimes sent twice
		_, err = h.Assign(t.Context(), manager(), key, order)
	}
	if id == h.m.open {
		if !errors.Is(err, visits.ErrStopDriven) {
			t.Fatalf("sent to where they are: %v", err)
		}
		return "sent to where they are"
	}
	if err != nil {
		t.Fatal(err)
	}
	h.m.add(id, true, true)
	return fmt.Sprint("assigned ", id)
}

func (h *history) skips(t *testing.T) string {
	d := h.day(t)
	if len(d.Stops) == 0 {
		return "nothing to skip"
	}
	s := d.Stops[h.rng.IntN(len(d.Stops))]
	var err error
	to := visits.Skipped
	if s.State == visits.Skipped {
		to = visits.Planned
		_, err = h.Resume(t.Context(), sales(1), h.key(), s.ID)
	} else {
		_, err = h.Skip(t.Context(), sales(1), h.key(), s.ID, "closed")
	}
	if h.m.isDriven(s.Customer) {
		if !errors.Is(err, visits.ErrStopDriven) {
			t.Fatalf("skipped a driven stop: %v", err)
		}
		return "skipped a driven stop"
	}
	if err != nil {
		t.Fatal(err)
	}
	h.m.state[s.Customer] = to
	return fmt.Sprint(to, " ", s.Customer)
}

func (h *history) checksIn(t *testing.T) string {
	id := h.someone()
	v, err := h.CheckIn(t.Context(), phone(sales(1)), h.key(), h.door(id))
	switch {
	case h.m.open != 0:
		if !errors.Is(err, visits.ErrOpenVisit) {
			t.Fatalf("two open visits: %v", err)
		}
		return "two open visits"
	case h.m.visited[id]:
		if !errors.Is(err, visits.ErrSecondToday) {
			t.Fatalf("second today: %v", err)
		}
		return "second today"
	case err != nil:
		t.Fatal(err)
	}
	if h.m.begun && h.m.state[id] == "" {
		h.m.add(id, false, false)
	}
	if h.m.begun {
		h.m.state[id] = visits.CheckedIn
		h.m.driven = append(without(h.m.driven, id), id)
	}
	h.m.open, h.id, h.m.visited[id] = id, v.ID, true
	return fmt.Sprint("checked in at ", id)
}

func (h *history) checksOut(t *testing.T) string {
	_, err := h.CheckOut(t.Context(), phone(sales(1)), h.key(), visits.CheckOut{Visit: h.id})
	if h.m.open == 0 {
		if err == nil {
			t.Fatal("checked out of nothing")
		}
		return "checked out of nothing"
	}
	if err != nil {
		t.Fatal(err)
	}
	if h.m.state[h.m.open] == visits.CheckedIn {
		h.m.state[h.m.open] = visits.Done
	}
	h.m.valid[h.m.open]++
	h.m.open = 0
	return "checked out"
}

func (h *history) cancels(t *testing.T) string {
	_, err := h.Cancel(t.Context(), phone(sales(1)), h.key(), h.id)
	if h.m.open == 0 {
		if err == nil {
			t.Fatal("cancelled nothing")
		}
		return "cancelled nothing"
	}
	if err != nil {
		t.Fatal(err)
	}
	id := h.m.open
	h.m.open, h.m.visited[id] = 0, false
	if h.m.state[id] == visits.CheckedIn {
		h.m.state[id] = visits.Planned
		h.m.driven = without(h.m.driven, id)
		h.m.tidy()
	}
	return "cancelled"
}

// compare says in what service and model differ.
func (h *history) compare(t *testing.T) string {
	t.Helper()
	for _, c := range []struct {
		name string
		by   visits.Caller
		list []business.CustomerID
	}{{"desk", manager(), h.m.draft}, {"phone", phone(sales(1)), h.m.phone}} {
		e, err := h.Day(t.Context(), c.by, h.today(1))
		if err != nil {
			t.Fatal(err)
		}
		want := h.m.view(c.list)
		if c.name == "phone" && h.m.phone == nil {
			want = nil
		}
		if got := customerIDs(e.Stops); !slices.Equal(got, want) {
			return fmt.Sprintf("the %s shows %v, want %v", c.name, got, want)
		}
		for _, s := range e.Stops {
			if s.State != h.m.state[s.Customer] {
				return fmt.Sprintf("%s: %d is %s, want %s", c.name, s.Customer, s.State, h.m.state[s.Customer])
			}
		}
	}
	open, err := h.OpenVisit(t.Context(), sales(1))
	if err != nil {
		t.Fatal(err)
	}
	if (open == nil) != (h.m.open == 0) || open != nil && open.Customer != h.m.open {
		return fmt.Sprintf("open is %+v, want %d", open, h.m.open)
	}
	for id := business.CustomerID(101); id <= 110; id++ {
		if h.effects.count[id] != h.m.valid[id] {
			return fmt.Sprintf("%d counts %d visits, want %d", id, h.effects.count[id], h.m.valid[id])
		}
	}
	return ""
}

// Random days end as an independent model says, after every single command.
func TestRandomDaysEqualTheModel(t *testing.T) {
	c := newCompany(t)
	c.Service.Planner = untimed{planner{&roads{}}}
	for seed := range uint64(12) {
		h := &history{company: c, m: newModel(), rng: rand.New(rand.NewPCG(seed, 3))}
		c.clock.Set(c.Today().Add(1).At(newYork, 7*60))
		clear(c.effects.count)
		var trail []string
		for range 45 {
			trail = append(trail, h.step(t))
			if fault := h.compare(t); fault != "" {
				t.Fatalf("seed %d: %s\nafter %v", seed, fault, trail)
			}
		}
		if h.m.open != 0 {
			h.cancels(t)
		}
	}
}
