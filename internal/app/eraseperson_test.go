package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/geo/track"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// An operator erases somebody beside the running server: only after a confirmation,
// only somebody inactive, and the trail still verifies, with the erasure in it.
//
// feature: G34
func TestAnOperatorErasesAPersonAndTheTrailStands(t *testing.T) {
	h := newCompany(t)
	system := business.Actor{Role: business.Admin}
	gone, err := h.Identity.CreatePerson(t.Context(), system, idem.Key("key-gone"), identity.NewPerson{
		Name: "Old Hand", Login: "old.hand", Role: business.Salesperson, Phone: "555 0199"})
	if err != nil {
		t.Fatal(err)
	}
	erase := func(yes bool) (string, error) {
		var out bytes.Buffer
		err := ErasePerson(t.Context(), h.Config, Erasure{int64(gone.ID), yes}, &out, slog.New(slog.DiscardHandler))
		return out.String(), err
	}
	if _, err := erase(true); !errors.Is(err, identity.ErrStillActive) {
		t.Fatalf("somebody active: %v", err)
	}
	off := false
	if _, err := h.Identity.ChangePerson(t.Context(), system, scope.Everything(), identity.Version{
		ID: int64(gone.ID), Version: gone.Version}, identity.PersonChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if err := h.Track.Decide(t.Context(), int64(gone.ID), track.ConsentVersion, true); err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		_, person := h.ask(h.tokens[business.Admin], "GET", fmt.Sprint("/v1/people/", gone.ID), "")
		_, trail := h.ask(h.tokens[business.Admin], "GET", fmt.Sprint("/v1/audit?object=person&id=", gone.ID), "")
		return person + trail
	}
	if text, err := erase(false); !errors.Is(err, ErrUnconfirmed) || !strings.Contains(text, "Old Hand") ||
		strings.Count(shown(), "Old Hand") < 2 {
		t.Fatalf("unconfirmed: %q %v", text, err)
	}
	if text, err := erase(true); err != nil || strings.Contains(text, "Old Hand") {
		t.Fatalf("confirmed: %q %v", text, err)
	}
	if text := shown(); strings.Contains(text, "Old Hand") || strings.Contains(text, "0199") {
		t.Errorf("still there: %s", text)
	}
	agreed := 0
	if err := h.DB.QueryRow(t.Context(), `select count(*) from track.consent where person_id = $1`,
		gone.ID).Scan(&agreed); err != nil || agreed != 0 {
		t.Errorf("the track still knows %d consents %v", agreed, err)
	}
	owner := ""
	if err := h.DB.QueryRow(t.Context(), `select name from crm.owner where person_id = $1`, gone.ID).
		Scan(&owner); err != nil || owner != fmt.Sprint("#", gone.ID) {
		t.Errorf("the customers' book knows %q %v", owner, err)
	}
	if n := h.count(audit.Filter{Action: "identity.person.erased", Target: int64(gone.ID)}); n != 1 {
		t.Errorf("the erasure is %d times in the trail", n)
	}
	if _, err := h.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := VerifyAudit(t.Context(), h.Config, &out, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("the trail after it: %s %v", out.String(), err)
	}
	if _, err := erase(true); !errors.Is(err, identity.ErrErased) {
		t.Errorf("twice: %v", err)
	}
}
