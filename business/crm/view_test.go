package crm

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"beatplan/business"
)

func (c *company) viewNames(t *testing.T, reader business.PersonID) (names []string) {
	t.Helper()
	views, err := c.Views(t.Context(), reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		names = append(names, v.Name)
	}
	return names
}

// A view keeps filter, order and columns, is found by those it is shared with, and shows
// each of them their own rows.
//
// feature: Z6-2
func TestASavedViewIsSharedButItsRowsAreNot(t *testing.T) {
	c := newCompany(t)
	for i, p := range []business.PersonID{anna, ben, carla} {
		in := shop(fmt.Sprint("Shop ", i), north(float64(i)*900))
		in.Level = A
		c.create(t, c.sells(p), in)
	}
	c.create(t, c.sells(anna), shop("Small one", north(9000))) // level B
	v, err := c.SaveView(t.Context(), c.sells(anna), ViewFields{Name: " Big ones ",
		Query: "level=A&bbox=-76,38,-74,41&ignored=1", Sort: ByDue, Columns: []string{"phone", "due_on"}, Shared: ForTeam})
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "Big ones" || v.Sort != ByDue || !slices.Equal(v.Columns, []string{"phone", "due_on"}) {
		t.Errorf("kept %+v", v)
	}
	for reader, want := range map[business.PersonID]int{anna: 1, ben: 1, carla: 0, boss: 0} {
		if names := c.viewNames(t, reader); len(names) != want {
			t.Errorf("person %d finds %v, want %d", reader, names, want)
		}
	}
	values, err := url.ParseQuery(v.Query)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFilter(values)
	if err != nil {
		t.Fatal(err)
	}
	for reader, want := range map[business.PersonID]string{anna: "Shop 0", ben: "Shop 1"} {
		page, _, err := c.List(t.Context(), only(reader), List{Filter: f, Sort: v.Sort})
		if err != nil || len(page) != 1 || page[0].Name != want {
			t.Errorf("person %d reads %v (%v), want %s", reader, page, err, want)
		}
	}
	_, err = c.ReplaceView(t.Context(), c.sells(ben), v.ID, v.Version, ViewFields{Name: "Ben's now"})
	refused(t, err, ErrNoView)
	refused(t, c.ForgetView(t.Context(), c.sells(ben), v.ID), ErrNoView)
	_, err = c.ReplaceView(t.Context(), c.sells(anna), v.ID, v.Version+1, ViewFields{Name: "Late"})
	refused(t, err, ErrChanged)
	v, err = c.ReplaceView(t.Context(), c.sells(anna), v.ID, v.Version,
		ViewFields{Name: "For all", Query: v.Query, Shared: ForCompany})
	if err != nil || len(c.viewNames(t, carla)) != 1 || len(c.viewNames(t, boss)) != 1 {
		t.Errorf("for the company: %+v %v", v, err)
	}
	if err := c.ForgetView(t.Context(), c.sells(anna), v.ID); err != nil || len(c.viewNames(t, carla)) != 0 {
		t.Errorf("forgotten: %v", err)
	}
}

func TestViewsAreChecked(t *testing.T) {
	c := newCompany(t)
	for name, in := range map[string]ViewFields{
		"no name": {}, "order": {Name: "x", Sort: "distance"}, "column": {Name: "x", Columns: []string{"secret"}},
		"twice": {Name: "x", Columns: []string{"phone", "phone"}}, "audience": {Name: "x", Shared: "world"},
		"no parameters": {Name: "x", Query: "a;b=%zz"},
	} {
		if _, err := c.SaveView(t.Context(), c.sells(anna), in); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.SaveView(t.Context(), c.sells(anna), ViewFields{Name: "x", Query: "level=Z"})
	refused(t, err, ErrBadFilter)
	if _, err := c.SaveView(t.Context(), c.sells(anna), ViewFields{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	_, err = c.SaveView(t.Context(), c.sells(anna), ViewFields{Name: "x"})
	refused(t, err, ErrViewName)
	// The bound is exact, however many save at once.
	var kept atomic.Int64
	var all sync.WaitGroup
	for i := range maxViews + 5 {
		all.Go(func() {
			_, err := c.SaveView(t.Context(), c.sells(ben), ViewFields{Name: fmt.Sprint("view ", i)})
			if err == nil {
				kept.Add(1)
			} else if !errors.Is(err, ErrTooManyViews) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept.Load() != maxViews {
		t.Errorf("%d views were kept, the limit is %d", kept.Load(), maxViews)
	}
}
