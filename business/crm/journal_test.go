package crm

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/business"
)

func TestTheIndexTellsWhoChanged(t *testing.T) {
	var x Index
	x.Fill(nil, nil)
	start := x.Version()
	for id := range business.CustomerID(5) {
		x.Put(&MapPin{ID: id + 1, Position: &orb.Point{1, 2}})
	}
	middle := x.Version()
	x.Put(&MapPin{ID: 3})
	x.Put(&MapPin{ID: 9, Position: &orb.Point{1, 2}})
	if ids, known := x.Since(middle); !known || !slices.Equal(ids, []business.CustomerID{9, 3}) {
		t.Errorf("after the middle: %v %v", ids, known)
	}
	if ids, known := x.Since(start); !known || len(ids) != 7 {
		t.Errorf("from the start: %v %v", ids, known)
	}
	if ids, known := x.Since(x.Version()); !known || len(ids) > 0 {
		t.Errorf("now: %v %v", ids, known)
	}
	if p := x.Pin(9); p == nil || x.Pin(77) != nil {
		t.Errorf("customer 9 is %v, 77 is %v", p, x.Pin(77))
	}
	for i := range maxJournal {
		x.Put(&MapPin{ID: business.CustomerID(i)})
	}
	if _, known := x.Since(middle); known {
		t.Error("more changes are remembered than there is room for")
	}
	last := x.Version()
	x.Fill(nil, nil)
	if _, known := x.Since(last); known {
		t.Error("after everything was replaced, who changed is known")
	}
}
