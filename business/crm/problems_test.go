package crm

import (
	"testing"

	"beatplan/internal/fail"
)

// feature: Z5.6.4
func TestAProblemGoesThroughItsStatesAndEndsWithAResult(t *testing.T) {
	c := newCompany(t)
	shop := c.create(t, c.sells(anna), shop("Leaking shop", dover))
	for field, in := range map[string]NewProblem{
		"kind":        {Customer: shop.ID, Kind: "mood", Description: "x"},
		"description": {Customer: shop.ID, Kind: "quality", Description: " "},
	} {
		_, err := c.ReportProblem(t.Context(), c.sells(anna), in)
		if e := fail.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Path != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	in := NewProblem{Customer: shop.ID, Kind: "quality", Description: "It leaks", Responsible: dan}
	_, err := c.ReportProblem(t.Context(), c.sells(carla), in)
	refused(t, err, ErrNoCustomer)
	p, err := c.ReportProblem(t.Context(), c.sells(anna), in)
	if err != nil || p.State != Submitted || p.CustomerName != "Leaking shop" ||
		p.CustomerNumber != shop.Number || p.ResponsibleName != "Dan" {
		t.Fatalf("%+v: %v", p, err)
	}
	move := func(by By, state ProblemState, result string) error {
		_, err := c.MoveProblem(t.Context(), by, ProblemStep{ID: p.ID, State: state, Result: result})
		return err
	}
	refused(t, move(c.sells(ben), Processing, ""), ErrNoProblem)
	refused(t, move(c.sells(dan), Done, "mended"), ErrProblemState) // not before it is processed
	if err := move(c.sells(dan), Processing, ""); err != nil {
		t.Fatal(err)
	}
	refused(t, move(c.sells(dan), Done, "  "), ErrInvalid)
	if err := move(c.sells(dan), Done, "mended"); err != nil {
		t.Fatal(err)
	}
	refused(t, move(c.sells(dan), Processing, ""), ErrProblemState)
	list, err := c.Problems(t.Context(), c.sells(anna), shop.ID, false, 0)
	if err != nil || len(list) != 1 || list[0].Result != "mended" || list[0].State != Done {
		t.Fatalf("%+v: %v", list, err)
	}
	if open, _ := c.Problems(t.Context(), c.sells(dan), 0, true, 0); len(open) != 0 {
		t.Fatalf("open ones: %+v", open)
	}
}
