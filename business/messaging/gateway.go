package messaging

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// letter is what a gateway gets.
type letter struct {
	ID   string `json:"id"`   // the same at every try
	From string `json:"from"` // as the channel signs
	To   string `json:"to"`
	Name string `json:"name"` // of whom it goes to
	Text string `json:"text"`
}

// gateway posts a message to a provider. The body is signed: X-Beatplan-Signature is
// "v1=" and the hexadecimal HMAC-SHA-256, under the channel's secret, of the time in
// X-Beatplan-Timestamp, a full stop, and the body. Redirects are not followed: the
// secret's signature is for this address.
func (s *Service) gateway(ctx context.Context, ch Channel, secret []byte, m message) error {
	body, err := json.Marshal(letter{ID: m.Key, From: ch.Sender, To: m.Address, Name: m.Recipient,
		Text: m.Text})
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, ch.Endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the gateway: %w", err)
	}
	at := strconv.FormatInt(s.Clock.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.Key)
	req.Header.Set("X-Beatplan-Timestamp", at)
	req.Header.Set("X-Beatplan-Signature", "v1="+Signature(secret, at, body))
	client := http.Client{Transport: s.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // the address may hold a key, and senders read the log
	}
	if err != nil {
		return fmt.Errorf("the gateway does not answer: %w", err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 200)) // what it says is for the log only
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout &&
		code != http.StatusTooManyRequests:
		return fmt.Errorf("%w by the gateway: %s %q", errFinal, res.Status, said)
	default:
		return fmt.Errorf("the gateway answered %s %q", res.Status, said)
	}
}

// Signature is the hexadecimal HMAC-SHA-256 of a time (Unix seconds) and a body, as a
// gateway is to compute it, too.
func Signature(secret []byte, at string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(at + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
