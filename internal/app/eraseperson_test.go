package app

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/geo/track"
	"beatplan/internal/db"
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

// holding lists where in the whole database one of the words stands, as schema.table.
func (h *company) holding(words ...string) []string {
	h.t.Helper()
	rows, err := h.DB.Query(h.t.Context(), `
select format('%I.%I', table_schema, table_name) from information_schema.tables
where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`)
	if err != nil {
		h.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 50 {
		h.t.Fatalf("%d tables %v", len(tables), err)
	}
	var found []string
	for _, table := range tables {
		rows, err := h.DB.Query(h.t.Context(), `select x::text from `+table+` x
where exists (select from unnest($1::text[]) w where strpos(lower(x::text), w) > 0)`, words)
		if err != nil {
			h.t.Fatal(err)
		}
		held, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			h.t.Fatal(err)
		}
		for _, row := range held {
			found = append(found, table+": "+row)
		}
	}
	return found
}

// photographed makes a visit with a photo that bears its person's name.
func (h *company) photographed(phone browser, customer int64) {
	h.t.Helper()
	var v struct {
		ID int64 `json:"id"`
	}
	phone.must("POST", "/v1/visits", map[string]any{"customer_id": customer, "fix": h.fix()}, &v)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 200, 100)), nil); err != nil {
		h.t.Fatal(err)
	}
	now := h.Clock.Now().UTC().Format(time.RFC3339)
	path := fmt.Sprintf("/v1/visits/%d/photos", v.ID)
	status, text := phone.upload(path+"?source=camera&taken_at="+now+"&sent_at="+now, file.Bytes())
	if status != http.StatusCreated {
		h.t.Fatalf("photo: %d %s", status, text)
	}
	var photos []struct {
		ID    int64    `json:"id"`
		Stamp []string `json:"stamp"`
	}
	phone.must("GET", path, nil, &photos)
	if err := h.Visits.DrawPhoto(h.t.Context(), photos[0].ID); err != nil {
		h.t.Fatal(err)
	}
	phone.must("POST", fmt.Sprintf("/v1/visits/%d/check-out", v.ID), map[string]any{"fix": h.fix()}, nil)
}

// Who has sold, written to customers and been written to is erased: neither name nor
// login nor number stands in any row of any table, the log keeps its lines, and what
// still waited does not go out.
//
// feature: G34
func TestNothingInTheDatabaseTellsOfAnErasedPerson(t *testing.T) {
	h := newCompany(t)
	system := business.Actor{Role: business.Admin}
	gone, err := h.Identity.CreatePerson(t.Context(), system, idem.Key("key-gone"), identity.NewPerson{
		Name: "Zqalvar Quillfeather", Login: "quillfeather", Role: business.Salesperson, Team: h.mine.Team,
		Phone: "555 0173 9911", Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"zqalvar", "quillfeather", "555 0173 9911", "555-0173", "55501739911"}
	token, _, err := h.Identity.SignInDemo(t.Context(), gone.Login, "")
	if err != nil {
		t.Fatal(err)
	}
	h.tokens["gone"] = token
	seller, admin := h.browser("gone"), h.browser(business.Admin)
	address, got := gatewayOf(t)
	var ch struct {
		ID      int64 `json:"id"`
		Version int64 `json:"version"`
	}
	admin.must("POST", "/v1/message-channels", channelIn(address), &ch)
	admin.must("POST", fmt.Sprintf("/v1/message-channels/%d/authorisations", ch.ID),
		map[string]any{"document": "Contract 17", "from": "2026-11-23", "until": "2026-12-31"}, nil)
	var shop struct {
		ID      int64 `json:"id"`
		Version int64 `json:"version"`
	}
	seller.must("POST", "/v1/customers", map[string]any{"name": "Corner Shop", "kind": "shop", "level": "B",
		"address": "1 Main St", "district": "Kent", "phone": "302 555 0100",
		"contacts": []any{map[string]any{"name": "Mrs Wu", "phone": "302 555 0101"}}}, &shop)
	h.photographed(seller.onPhone(), shop.ID)
	send := func(b browser, customer int64, text string) {
		b.must("POST", "/v1/customer-messages",
			map[string]any{"channel_id": ch.ID, "customer_ids": []any{customer}, "text": text}, nil)
	}
	send(seller, shop.ID, "Prices of today. Yours, Zqalvar")
	send(admin, int64(h.own.ID), "Ask Zqalvar Quillfeather, 555-0173-9911")
	send(admin, int64(h.own.ID), "We move on Friday")
	h.settled()
	if got.Load() != 3 {
		t.Fatalf("%d messages went out", got.Load())
	}
	if n := len(h.holding(words...)); n < 5 {
		t.Fatalf("only %d rows tell of the person before: the test shows nothing", n)
	}
	if err := h.DB.InTx(t.Context(), func(tx db.Tx) error {
		return h.CRM.Reassign(t.Context(), tx, system, business.CustomerID(shop.ID), h.mine.ID)
	}); err != nil {
		t.Fatal(err)
	}
	off := false
	if _, err := h.Identity.ChangePerson(t.Context(), system, scope.Everything(), identity.Version{
		ID: int64(gone.ID), Version: gone.Version}, identity.PersonChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	h.settled()
	var out bytes.Buffer
	if err := ErasePerson(t.Context(), h.Config, Erasure{int64(gone.ID), true}, &out, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for _, row := range h.holding(words...) {
		t.Errorf("still there: %.300s", row)
	}
	var lines, kept int
	if err := h.DB.QueryRow(t.Context(), `select (select count(*) from messaging.attempt where outcome = 'sent'),
		(select count(*) from messaging.message where body = 'We move on Friday' and address <> '-')`).
		Scan(&lines, &kept); err != nil || lines != 3 || kept != 1 {
		t.Errorf("%d lines of the log, %d texts of others: %v", lines, kept, err)
	}
}
