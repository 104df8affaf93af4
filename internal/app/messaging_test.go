package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"beatplan/business"
)

// gatewayOf is a provider that counts what it is given.
func gatewayOf(t *testing.T) (address string, got *atomic.Int64) {
	t.Helper()
	got = &atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

const gatewaySecret = "zq the gateway's own secret"

func channelIn(address string) map[string]any {
	return map[string]any{"name": "SMS", "kind": "gateway", "endpoint": address, "secret": gatewaySecret,
		"sender": "Beat", "active": true}
}

// A message reaches a customer only through the company's own channel, from who was
// authorised and may send, to whom they may see; who tries otherwise is in the log and
// in the trail, and nothing goes out.
//
// feature: G37
func TestAMessageGoesOutUnderAnAuthorisationOnly(t *testing.T) {
	h := newCompany(t)
	address, got := gatewayOf(t)
	admin, seller, desk := h.browser(business.Admin), h.browser(business.Salesperson), h.browser(business.Dispatcher)
	var ch struct {
		ID      int64 `json:"id"`
		Version int64 `json:"version"`
	}
	admin.must("POST", "/v1/message-channels", channelIn(address), &ch)
	refused := func(b browser, customer business.CustomerID, status int, code string) {
		t.Helper()
		body := map[string]any{"channel_id": ch.ID, "customer_ids": []any{h.own.ID, customer}, "text": "New prices"}
		got, text := b.call("POST", "/v1/customer-messages", body, nil)
		if got != status || !strings.Contains(text, code) {
			t.Errorf("%d %.200s, want %d %s", got, text, status, code)
		}
	}
	refused(seller, h.own.ID, http.StatusForbidden, "messaging.not_authorised")
	grant := fmt.Sprintf("/v1/message-channels/%d/authorisations", ch.ID)
	admin.must("POST", grant, map[string]any{"document": "Contract 17", "from": "2026-11-23", "until": "2026-12-31"}, nil)
	refused(seller, h.foreign.ID, http.StatusNotFound, "messaging.no_customer")
	refused(desk, h.own.ID, http.StatusForbidden, "session.denied")
	h.settled()
	if got.Load() != 0 {
		t.Fatalf("%d refused messages went out", got.Load())
	}
	seller.must("POST", "/v1/customer-messages",
		map[string]any{"channel_id": ch.ID, "customer_ids": []any{h.own.ID}, "text": "New prices"}, nil)
	h.settled()
	if got.Load() != 1 {
		t.Errorf("%d messages went out", got.Load())
	}
	var log struct {
		Items []struct {
			Outcome  string `json:"outcome"`
			Code     string `json:"code"`
			Customer string `json:"customer_name"`
		} `json:"items"`
	}
	seller.must("GET", "/v1/customer-messages/log", nil, &log)
	text := ""
	for _, l := range log.Items {
		text += l.Outcome + l.Code + " " + l.Customer + "; "
	}
	if want := "sent Own Bakery; accepted Own Bakery; refusedmessaging.no_customer ; " +
		"refusedmessaging.no_customer Own Bakery; refusedmessaging.not_authorised Own Bakery; "; text != want {
		t.Errorf("the log says\n%s, want\n%s", text, want)
	}
	h.trailHas("messaging.channel.created", "messaging.authorisation.granted", "messaging.message.refused",
		"messaging.message.accepted", "messaging.message.sent")
	if told := seller.events(h.own.ID, "message", 10); len(told) != 1 {
		t.Errorf("the timeline tells of %d messages", len(told))
	}
	for _, path := range []string{"/v1/message-channels", "/v1/audit?limit=500", "/v1/message-channels/usable"} {
		if _, text := h.ask(h.tokens[business.Admin], "GET", path, ""); strings.Contains(text, gatewaySecret) {
			t.Errorf("%s shows the secret", path)
		}
	}
}

func TestTheVaultOpensWhatItSealedForOneUseOnly(t *testing.T) {
	path := t.TempDir() + "/keys/secrets.key"
	first, second := &vault{path: path}, &vault{path: path}
	sealed, err := first.Seal([]byte("secret"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := second.Open(sealed, "a"); err != nil || string(plain) != "secret" {
		t.Errorf("by another process: %q %v", plain, err)
	}
	stranger := &vault{path: t.TempDir() + "/secrets.key"}
	if _, err := stranger.Open(sealed, "a"); err == nil {
		t.Error("without a key")
	}
	if _, err := stranger.Seal(nil, "a"); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"for another use":  func() ([]byte, error) { return first.Open(sealed, "b") },
		"with another key": func() ([]byte, error) { return stranger.Open(sealed, "a") },
		"cut off":          func() ([]byte, error) { return first.Open(sealed[:5], "a") },
	} {
		if _, err := open(); err == nil {
			t.Errorf("opened %s", name)
		}
	}
}
