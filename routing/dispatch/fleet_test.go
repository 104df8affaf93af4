package dispatch_test

import (
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/routing"
	"beatplan/routing/dispatch"
)

// plain are roads everywhere; during happens while somebody is brought to them.
type plain struct{ during func() }

func (r *plain) Snap(p orb.Point, _ geo.Meters) (routing.Snap, error) {
	r.during()
	return routing.Snap{Region: "plain", Point: p}, nil
}

func (r *plain) Toward(orb.Point) (*routing.Toward, error) { return nil, routing.ErrNoRoadNear }

// Who is removed while everybody is brought to new roads does not come back.
func TestRenewBringsNobodyBack(t *testing.T) {
	roads := &plain{during: func() {}}
	fleet := dispatch.NewFleet(roads, index.Options{})
	for person := range int64(3) {
		fleet.Put(person, orb.Point{float64(person), 0}, now)
	}
	fleet.Publish()
	roads.during = sync.OnceFunc(func() { fleet.Remove(1) })
	fleet.Renew()
	fleet.Publish()
	if n := fleet.Len(); n != 2 {
		t.Errorf("%d people, want 2", n)
	}
	roads.during = func() {}
	fleet.Put(1, orb.Point{1, 0}, now)
	fleet.Publish()
	if n := fleet.Len(); n != 3 {
		t.Errorf("%d people after a new position, want 3", n)
	}
}
