package crm

import (
	"fmt"
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/internal/idem"
)

func TestTagsOfManyChangeRowByRowAndBack(t *testing.T) {
	c := newCompany(t)
	bread := shop("Bread", dover)
	bread.Tags = []string{"bread"}
	first := c.create(t, c.manager(), bread).ID
	second := c.create(t, c.manager(), shop("Second", north(1000))).ID
	full := shop("Full", north(2000))
	for i := range maxTags {
		full.Tags = append(full.Tags, fmt.Sprint("tag ", i))
	}
	third := c.create(t, c.manager(), full).ID
	gone := c.create(t, c.manager(), shop("Gone", north(3000)))
	if _, err := c.Archive(t.Context(), c.manager(), gone.ID, gone.Version); err != nil {
		t.Fatal(err)
	}

	by := c.manager()
	by.Key = idem.Key("tags-of-many-1")
	ids := []business.CustomerID{4711, gone.ID, third, second, first, second}
	add := TagChange{Add: []string{"bread", "fair"}}
	rows, err := c.Tag(t.Context(), by, ids, add)
	if err != nil {
		t.Fatal(err)
	}
	want := []Tagged{
		{first, true, ""}, {second, true, ""}, {third, false, ErrInvalid.Code},
		{gone.ID, false, ErrArchived.Code}, {4711, false, ErrNoCustomer.Code},
	}
	if !slices.Equal(rows, want) {
		t.Fatalf("rows %+v, want %+v", rows, want)
	}
	if again, err := c.Tag(t.Context(), by, ids, add); err != nil || !slices.Equal(again, want) {
		t.Errorf("the same command again: %+v (%v)", again, err)
	}
	c.wantTags(t, first, "bread", "fair")
	c.wantTags(t, second, "bread", "fair")

	// A seller changes what is hers, and is not told of the rest.
	rows, err = c.Tag(t.Context(), c.sells(anna), []business.CustomerID{first}, add)
	if err != nil || rows[0].Refused == "" {
		t.Errorf("somebody else's customer: %+v (%v)", rows, err)
	}
	// Only what was changed goes back: bread stays where it was before.
	rows, err = c.Tag(t.Context(), c.manager(), []business.CustomerID{first}, TagChange{Remove: []string{"fair"}})
	if err != nil || !rows[0].Changed {
		t.Fatalf("back: %+v (%v)", rows, err)
	}
	c.wantTags(t, first, "bread")
	rows, err = c.Tag(t.Context(), c.manager(), []business.CustomerID{first}, TagChange{Remove: []string{"fair"}})
	if err != nil || rows[0].Changed || rows[0].Refused != "" {
		t.Errorf("nothing to take away: %+v (%v)", rows, err)
	}
}

func (c *company) wantTags(t *testing.T, id business.CustomerID, want ...string) {
	t.Helper()
	got, err := c.Customer(t.Context(), c.manager().Scope, id)
	if err != nil || !slices.Equal(got.Tags, want) {
		t.Errorf("customer %d has %v (%v), want %v", id, got.Tags, err, want)
	}
}
