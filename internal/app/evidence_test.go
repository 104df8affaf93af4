package app

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/internal/scope"
)

// A visit as the phone makes it: the customer's facts are read, not typed; a photo
// is taken, stamped and seen by the manager; who was met, the stage and the notes
// are kept, and the customer's stage follows.
//
// feature: Z5.4.3
func TestAVisitRecordsWhatWasFound(t *testing.T) {
	h := newCompany(t)
	phone := h.browser(business.Salesperson).onPhone()
	var foreign, v struct {
		ID        int64  `json:"id"`
		Customer  string `json:"customer_name"`
		Address   string `json:"address"`
		Region    string `json:"region"`
		Phone     string `json:"phone"`
		PersonMet string `json:"person_met"`
		Stage     string `json:"stage"`
		Notes     string `json:"notes"`
		Truth     *int   `json:"truth"`
	}
	status, _ := phone.call("POST", "/v1/visits", map[string]any{
		"customer_id": h.foreign.ID, "fix": h.fix(),
	}, &foreign)
	if status != http.StatusNotFound {
		t.Errorf("a customer of another: %d", status)
	}
	phone.must("POST", "/v1/visits", map[string]any{"customer_id": h.own.ID, "fix": h.fix()}, &v)
	own, err := h.CRM.Customer(t.Context(), scope.Everything(), h.own.ID)
	if err != nil {
		t.Fatal(err)
	}
	if v.Customer != own.Name || v.Address != own.Address || v.Region != own.District || v.Phone != own.Phone {
		t.Errorf("not read from the archive: %+v of %+v", v, own)
	}
	now := h.Clock.Now().UTC().Format(time.RFC3339)
	q := url.Values{"source": {"camera"}, "taken_at": {now}, "sent_at": {now},
		"lon": {fmt.Sprint(place[0])}, "lat": {fmt.Sprint(place[1])}, "accuracy_m": {"8"}}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewRGBA(image.Rect(0, 0, 200, 100)), nil); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/v1/visits/%d/photos", v.ID)
	if status, text := phone.upload(path+"?"+q.Encode(), file.Bytes()); status != http.StatusCreated {
		t.Fatalf("photo: %d %s", status, text)
	}
	if status, _ := h.browser(business.Salesperson).upload(path+"?"+q.Encode(), file.Bytes()); status != http.StatusForbidden {
		t.Errorf("a photo from a desk: %d", status)
	}
	h.at(15 * time.Minute)
	phone.must("POST", fmt.Sprintf("/v1/visits/%d/check-out", v.ID), map[string]any{
		"fix": h.fix(), "person_met": "Ms Chen", "stage": "quoted", "notes": "wants 20 cases",
		"customer_status": "active",
	}, &v)
	if v.PersonMet != "Ms Chen" || v.Stage != "quoted" || v.Notes != "wants 20 cases" || v.Truth == nil {
		t.Errorf("recorded: %+v", v)
	}
	own, err = h.CRM.Customer(t.Context(), scope.Everything(), h.own.ID)
	if err != nil || own.SalesStage != "quoted" || own.Status != "active" {
		t.Errorf("the customer's stage is %q, %s: %v", own.SalesStage, own.Status, err)
	}
	desk := h.browser(business.Manager)
	var list []struct {
		ID    int64    `json:"id"`
		State string   `json:"state"`
		URL   string   `json:"url"`
		Stamp []string `json:"stamp"`
	}
	desk.must("GET", path, nil, &list)
	if len(list) != 1 {
		t.Fatalf("photos: %+v", list)
	}
	if err := h.Visits.DrawPhoto(t.Context(), list[0].ID); err != nil {
		t.Fatal(err)
	}
	desk.must("GET", path, nil, &list)
	status, picture := desk.call("GET", list[0].URL, nil, nil)
	if status != http.StatusOK || !strings.HasPrefix(picture, "\xff\xd8\xff") || len(list[0].Stamp) != 2 {
		t.Errorf("the picture: %d, stamp %v", status, list[0].Stamp)
	}
}

// upload posts a file.
func (b browser) upload(path string, file []byte) (int, string) {
	b.h.t.Helper()
	return b.file(http.MethodPost, path, file)
}

// file sends a file.
func (b browser) file(method, path string, file []byte) (int, string) {
	b.h.t.Helper()
	req, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.srv.URL+path, bytes.NewReader(file))
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "beatplan", Value: b.h.tokens[b.role]})
	req.Header.Set("X-Client", b.client)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("file-%s-%d", b.role, b.keys.Add(1)))
	res, err := b.h.srv.Client().Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil {
		b.h.t.Fatal(err)
	}
	return res.StatusCode, text.String()
}
