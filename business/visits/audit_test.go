package visits_test

import (
	"context"
	"slices"
	"testing"

	"beatplan/business"
	"beatplan/internal/db"
)

// kept is a trail in memory.
type kept struct{ actions []string }

func (k *kept) Record(
	_ context.Context, _ db.Tx, by business.Actor, c business.Change,
) error {
	if by.Person == 0 || c.After == nil {
		return context.Canceled
	}
	k.actions = append(k.actions, c.Action)
	return nil
}

// Every command leaves one entry, a refused one none.
func TestCommandsAreOnTheTrail(t *testing.T) {
	c := newCompany(t)
	trail := &kept{}
	c.Audit = trail
	c.save(t, 0, 101, 102)
	c.publish(t)
	c.visit(t, sales(1), 101, 20)
	if _, err := c.CheckIn(t.Context(), sales(1), c.key(), c.door(201)); err == nil {
		t.Fatal("a foreign customer was visited")
	}
	p, err := c.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.SeveralADay = !p.SeveralADay
	if err := c.SetPolicy(t.Context(), manager(), c.key(), p); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"visits.day.saved", "visits.day.published", "visits.visit.checked_in",
		"visits.visit.valid", "visits.policy.changed",
	}
	if !slices.Equal(trail.actions, want) {
		t.Errorf("trail %v, want %v", trail.actions, want)
	}
}
