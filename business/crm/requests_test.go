package crm

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// desk keeps requests for the tests.
type desk struct {
	open   map[int64]bool
	claims int
}

func (d *desk) UnderWay(
	context.Context, db.Querier, []business.CustomerID,
) (map[int64]bool, error) {
	return d.open, nil
}

func (d *desk) Claims(context.Context, db.Querier, business.PersonID) (int, error) {
	return d.claims, nil
}

type prepare func(context.Context, db.Tx, By, json.RawMessage) (Prepared, error)

func put(t testing.TB, c *company, by By, fn prepare, payload any) (Prepared, error) {
	t.Helper()
	text, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	var p Prepared
	err = c.db.InTx(t.Context(), func(tx db.Tx) error {
		p, err = fn(t.Context(), tx, by, text)
		return err
	})
	return p, err
}

type grant func(context.Context, db.Tx, Granted, json.RawMessage) error

func allow(t testing.TB, c *company, who business.PersonID, fn grant, p Prepared) error {
	t.Helper()
	return c.db.InTx(t.Context(), func(tx db.Tx) error {
		return fn(t.Context(), tx, Granted{Request: 7, Applicant: who, Reason: "they moved"}, p.Payload)
	})
}

// feature: Z5.1.6
// feature: Z5.1.6-a
// feature: Z5.1.2-a
func TestAChangeRequestKeepsTheDifferenceAndIsAppliedOnce(t *testing.T) {
	c := newCompany(t)
	made := c.create(t, c.sells(anna), shop("Old name", dover))
	same, address, with := made.Name, "2 New Street", []int64{int64(ben)}
	ask := ChangeRequest{Customer: made.ID, Name: &same, Address: &address, SharedWith: &with}
	p, err := put(t, c, c.sells(anna), c.PrepareChange, ask)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := readPayload[ChangeRequest](p.Payload)
	if kept.Name != nil || *kept.Address != address || len(p.Fields) != 2 || len(kept.Before) != 2 {
		t.Fatalf("kept %s, fields %v", p.Payload, p.Fields)
	}
	// Until somebody says yes nothing has changed, the sharing neither.
	_, err = c.Customer(t.Context(), only(ben), made.ID)
	refused(t, err, ErrNoCustomer)
	// A visit in between is no conflict: other fields changed.
	c.in(t, func(tx db.Tx) error {
		return c.VisitBecameValid(t.Context(), tx, ValidVisit{Visit: 1, Customer: made.ID, Person: anna,
			At: c.clock.Now(), Day: c.Today()})
	})
	if err := allow(t, c, anna, c.ApplyChange, p); err != nil {
		t.Fatal(err)
	}
	got, err := c.Customer(t.Context(), only(ben), made.ID)
	if err != nil || got.Address != address {
		t.Fatalf("%+v: %v", got, err)
	}
	changes, _ := c.History(t.Context(), only(anna), made.ID, 0, 1)
	if h := changes[0]; h.Command != "changed" || h.By != anna || h.Request != 7 || h.Note != "they moved" ||
		len(h.Fields) != 2 || h.Fields[0].Field != "address" || h.Fields[0].New != address {
		t.Fatalf("history %+v", changes[0])
	}
	// Applying it again finds the field changed.
	refused(t, allow(t, c, anna, c.ApplyChange, p), ErrChanged)
	_, err = put(t, c, c.sells(anna), c.PrepareChange, ChangeRequest{Customer: made.ID, Address: &address})
	refused(t, err, ErrNoChange)
	_, err = put(t, c, c.sells(carla), c.PrepareChange, ask)
	refused(t, err, ErrNoCustomer)
}

// feature: Z5.1.5
func TestAManagerChangesAnyArchiveByAForm(t *testing.T) {
	c := newCompany(t)
	made := c.create(t, c.sells(anna), shop("Shop", dover))
	phone, owner, with := "0123", ben, []int64{int64(carla)}
	p, err := put(t, c, c.manager(), c.PrepareChange,
		ChangeRequest{Customer: made.ID, Phone: &phone, Owner: &owner, SharedWith: &with})
	if err != nil {
		t.Fatal(err)
	}
	if err := allow(t, c, boss, c.ApplyChange, p); err != nil {
		t.Fatal(err)
	}
	got, _ := c.Customer(t.Context(), scope.Everything(), made.ID)
	changes, _ := c.History(t.Context(), scope.Everything(), made.ID, 0, 1)
	if got.Phone != phone || got.Owner != ben || len(got.SharedWith) != 1 || len(changes[0].Fields) != 3 ||
		changes[0].Fields[0].Old != float64(anna) {
		t.Fatalf("%+v, history %+v", got, changes[0])
	}
}

// feature: Z5.1.4-a
// feature: Z5.2.1-a
func TestAClaimIsCheckedWhenItIsPutAndWhenItIsGranted(t *testing.T) {
	c := newCompany(t)
	waiting := &desk{}
	c.requests = waiting
	var pool []business.CustomerID
	for i := range 4 {
		pool = append(pool, c.create(t, c.manager(), shop("Pool "+string(rune('A'+i)), north(float64(i)*900))).ID)
	}
	two := 2
	if err := c.SetPoolLimit(t.Context(), c.manager(), PoolLimit{Person: anna, MaxHeld: &two}); err != nil {
		t.Fatal(err)
	}
	lent := c.create(t, c.sells(ben), shop("Bens", north(8000))).ID // shared ones do not count
	share(t, c, c.sells(ben), lent, int64(anna))
	first, err := put(t, c, c.sells(anna), c.PrepareClaim, ClaimRequest{pool[0]})
	if err != nil {
		t.Fatal(err)
	}
	waiting.claims = 1
	second, err := put(t, c, c.sells(anna), c.PrepareClaim, ClaimRequest{pool[1]})
	if err != nil {
		t.Fatal(err)
	}
	waiting.claims = 2
	_, err = put(t, c, c.sells(anna), c.PrepareClaim, ClaimRequest{pool[2]})
	refused(t, err, ErrPoolLimit) // two are under way already
	if _, err := c.Claim(t.Context(), c.sells(anna), pool[3]); err != nil {
		t.Fatal(err)
	}
	if err := allow(t, c, anna, c.ApplyClaim, first); err != nil {
		t.Fatal(err)
	}
	refused(t, allow(t, c, anna, c.ApplyClaim, second), ErrPoolLimit) // and at the last yes
	refused(t, allow(t, c, ben, c.ApplyClaim, first), ErrNotInPool)
	got, _ := c.Customer(t.Context(), only(anna), pool[0])
	if got.Owner != anna || got.AssignedDay != c.Today() {
		t.Fatalf("%+v", got)
	}
	h, err := c.Holding(t.Context(), anna)
	if err != nil || h.Held != 2 || h.MaxHeld != 2 {
		t.Fatalf("holding %+v: %v", h, err)
	}
	_, err = put(t, c, c.manager(), c.PrepareClaim, ClaimRequest{pool[2]})
	refused(t, err, ErrMayNotClaim)
}

// feature: Z5.4.4
func TestATransferNamesItsReasonAndTakesAPart(t *testing.T) {
	c := newCompany(t)
	var ids []business.CustomerID
	for i := range 3 {
		ids = append(ids, c.create(t, c.sells(anna), shop("Annas "+string(rune('A'+i)), north(float64(i)*900))).ID)
	}
	_, err := put(t, c, c.sells(anna), c.PrepareTransfer, TransferRequest{ids[:2], carla, "whim"})
	refused(t, err, ErrInvalid)
	_, err = put(t, c, c.sells(ben), c.PrepareTransfer, TransferRequest{ids[:2], carla, Leaving})
	refused(t, err, ErrNoCustomer)
	_, err = put(t, c, c.sells(anna), c.PrepareTransfer, TransferRequest{ids[:2], gone, Leaving})
	refused(t, err, ErrNoOwner)
	p, err := put(t, c, c.sells(anna), c.PrepareTransfer, TransferRequest{ids[:2], carla, Leaving})
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(48 * time.Hour)
	c.rules(t, func(p *PoolPolicy) { p.MaxHeld = 1 })
	refused(t, allow(t, c, anna, c.ApplyTransfer, p), ErrPoolLimit)
	if n, _ := c.Count(t.Context(), only(anna), Filter{}); n.Total != 3 {
		t.Fatalf("a refused transfer left %d", n.Total)
	}
	c.rules(t, func(p *PoolPolicy) { p.MaxHeld = 2 })
	if err := allow(t, c, anna, c.ApplyTransfer, p); err != nil {
		t.Fatal(err)
	}
	got, _ := c.Customer(t.Context(), only(carla), ids[0])
	left, _ := c.Count(t.Context(), only(anna), Filter{})
	changes, _ := c.History(t.Context(), only(carla), ids[0], 0, 1)
	if got.Owner != carla || got.AssignedDay != c.Today() || left.Total != 1 ||
		changes[0].Note != "leaving: they moved" {
		t.Fatalf("%+v, %d left, %+v", got, left.Total, changes[0])
	}
}

// feature: Z2-7
// feature: Z5.2.1-b
func TestAPersonsOwnDaysReturnCustomersToOthers(t *testing.T) {
	c := newCompany(t)
	waiting := &desk{open: map[int64]bool{}}
	c.requests = waiting
	c.rules(t, func(p *PoolPolicy) { p.MaxHeld, p.FollowDays = 1, 30 })
	annas := c.create(t, c.sells(anna), shop("Annas", dover)).ID
	bens := c.create(t, c.sells(ben), shop("Bens", north(900))).ID
	ten := 10
	if err := c.SetPoolLimit(t.Context(), c.manager(), PoolLimit{Person: anna, FollowDays: &ten}); err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(11 * 24 * time.Hour) // one day beyond anna's, far from ben's
	waiting.open[int64(annas)] = true
	if done, err := c.Sweep(t.Context()); err != nil || done.Returned != 0 {
		t.Fatalf("a request under way: %+v, %v", done, err)
	}
	delete(waiting.open, int64(annas))
	if done, err := c.Sweep(t.Context()); err != nil || done.Returned != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	_, err := c.Claim(t.Context(), c.sells(ben), annas) // at his limit
	refused(t, err, ErrPoolLimit)
	if _, err := c.Claim(t.Context(), c.sells(carla), annas); err != nil {
		t.Fatal(err)
	}
	got, _ := c.Customer(t.Context(), only(ben), bens)
	if got.Owner != ben {
		t.Fatalf("ben's customer went, too: %+v", got)
	}
	ten = 3 // holds from the next run
	if err := c.SetPoolLimit(t.Context(), c.manager(), PoolLimit{Person: ben, FollowDays: &ten}); err != nil {
		t.Fatal(err)
	}
	if done, err := c.Sweep(t.Context()); err != nil || done.Returned != 1 {
		t.Fatalf("after the person's days changed: %+v, %v", done, err)
	}
}
