package visits_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"beatplan/business/visits"
	"beatplan/internal/db"
)

// orders is a module that adds a step.
type orders struct{}

func (orders) Steps(_ context.Context, _ db.Querier, v visits.Visit) ([]visits.Step, error) {
	return []visits.Step{{Name: "ordering.order", Kind: "ordering", Title: "Order", Done: v.Customer == 102}}, nil
}

func TestStepsOfAVisit(t *testing.T) {
	c := newCompany(t)
	c.Modules = []visits.Steps{orders{}}
	boss, me := manager(), sales(1)
	shelf := visits.Form{
		Name: "shelf", Kind: "shelf", Title: "Shelf check", Required: true, Active: true,
		Kinds: []string{"shop"},
		Fields: []visits.Field{
			{Name: "full", Label: "Is it full?", Type: visits.YesNo, Required: true},
			{Name: "faces", Label: "Faces", Type: visits.Number},
			{Name: "side", Label: "Which side?", Type: visits.Choice, Options: []string{"left", "right"}},
		},
	}
	other := shelf
	other.Name, other.Kinds = "stock", []string{"wholesale"}
	for _, f := range []visits.Form{shelf, other} {
		if err := c.SetForm(t.Context(), boss, f); err != nil {
			t.Fatal(err)
		}
	}
	broken := shelf
	broken.Fields = []visits.Field{{Name: "Q 1", Type: "colour"}}
	if err := c.SetForm(t.Context(), boss, broken); !errors.Is(err, visits.ErrFormInvalid) {
		t.Errorf("a broken form: %v", err)
	}
	v := c.arrive(t, me, c.door(101))
	steps, err := c.StepsOf(t.Context(), me, v.ID)
	if err != nil || len(steps) != 2 || steps[0].Name != "shelf" || steps[1].Name != "ordering.order" {
		t.Fatalf("steps: %+v %v", steps, err)
	}
	out := visits.CheckOut{Visit: v.ID}
	if _, err := c.CheckOut(t.Context(), me, c.key(), out); !errors.Is(err, visits.ErrStepMissing) {
		t.Errorf("without the required step: %v", err)
	}
	answer := func(form string, a map[string]any) error {
		_, err := c.Answer(t.Context(), me, c.key(), visits.Answers{Visit: v.ID, Form: form, Answers: a})
		return err
	}
	for name, a := range map[string]map[string]any{
		"nothing":         {},
		"of another kind": {"full": "yes"},
		"no option":       {"full": true, "side": "middle"},
		"not asked":       {"full": true, "price": 1.0},
	} {
		if err := answer("shelf", a); !errors.Is(err, visits.ErrAnswersInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := answer("nosuch", nil); !errors.Is(err, visits.ErrNoForm) {
		t.Errorf("no such form: %v", err)
	}
	if err := answer("shelf", map[string]any{"full": false, "side": "left"}); err != nil {
		t.Fatal(err)
	}
	if err := answer("shelf", map[string]any{"full": true, "faces": 3.0}); err != nil {
		t.Fatal(err)
	}
	if steps, _ = c.StepsOf(t.Context(), boss, v.ID); string(steps[0].Content) != `{"full": true, "faces": 3}` {
		t.Errorf("recorded: %s", steps[0].Content)
	}
	if _, err := c.CheckOut(t.Context(), me, c.key(), out); err != nil {
		t.Fatal(err)
	}
	if err := answer("shelf", map[string]any{"full": true}); !errors.Is(err, visits.ErrNotOpen) {
		t.Errorf("after check-out: %v", err)
	}
}

func TestALateCheckOutWithoutAPositionIsWhenItHappened(t *testing.T) {
	c := newCompany(t)
	me := phone(sales(1))
	arrived := c.arrive(t, me, c.door(101))
	c.clock.Advance(3 * time.Hour)
	now := c.clock.Now()
	v, err := c.CheckOut(t.Context(), me, c.key(), visits.CheckOut{
		Visit: arrived.ID, Late: true, LeftAt: now.Add(-2*time.Hour - 40*time.Minute), SentAt: now,
	})
	if err != nil || v.OnSite() != 20*time.Minute || v.State != visits.Valid {
		t.Errorf("on site %v, %s: %v", v.OnSite(), v.State, err)
	}
}
