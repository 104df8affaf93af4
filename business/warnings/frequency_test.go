package warnings_test

import (
	"errors"
	"testing"

	"beatplan/business/warnings"
)

// Thirty days and cycles of seven: four visits are asked for, of a customer assigned ten
// days ago one, of a newer one none yet.
//
// feature: Y15
func TestVisitsAreComparedWithWhatTheirCyclesAsk(t *testing.T) {
	c := newCompany(t)
	moved := visited(7, 2, 3) // was somebody else's, who visited it
	moved.AssignedOn = today
	fresh, young := visited(5, 1, 3), visited(6, 1, 3)
	fresh.AssignedOn, young.AssignedOn = today.Add(-9), today.Add(-5)
	c.put(t, visited(1, 1, 3), visited(2, 1, 3), visited(3, 1, 3), visited(4, 2, 3), fresh, young, moved)
	c.gaps = []warnings.Gap{
		{Customer: 1, First: today.Add(-29), Last: today.Add(-1), Days: 4},
		{Customer: 2, First: today.Add(-29), Last: today.Add(-1), Days: 3},
		{Customer: 4, First: today.Add(-29), Last: today.Add(-1), Days: 9},
		{Customer: 5, First: today.Add(-1), Last: today.Add(-1), Days: 1},
		{Customer: 6, First: today.Add(-1), Last: today.Add(-1), Days: 1},
		{Customer: 7, First: today.Add(-29), Last: today.Add(-9), Days: 2},
	}
	q := warnings.CycleQuery{From: today.Add(-29), To: today}
	got, err := c.Frequencies(t.Context(), everybody(), q)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	first := warnings.Frequency{
		Owner: 1, OwnerName: "Person 1",
		Customers: 4, Asked: 13, Made: 8, Kept: 8, Met: 2, Short: 1, Never: 1,
	}
	if got[0] != first {
		t.Errorf("1: %+v", got[0])
	}
	second := warnings.Frequency{
		Owner: 2, OwnerName: "Person 2", Customers: 2, Asked: 8, Made: 11, Kept: 6, Met: 1, Short: 1,
	}
	if got[1] != second {
		t.Errorf("2: %+v", got[1])
	}
	if own, err := c.Frequencies(t.Context(), only(2), q); err != nil || len(own) != 1 || own[0] != second {
		t.Errorf("2 sees %+v %v", own, err)
	}
	q.Person = 1
	if _, err := c.Frequencies(t.Context(), only(2), q); !errors.Is(err, warnings.ErrNoPerson) {
		t.Errorf("2 asks for 1: %v", err)
	}
}
