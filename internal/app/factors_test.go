package app

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"beatplan/business"
)

// The secret of an authenticator is in no row of the database, and one that an earlier
// version has left there is sealed when the program is opened.
//
// feature: G38
func TestAnAuthenticatorsSecretIsNotInTheDatabase(t *testing.T) {
	h := openCompany(t)
	ctx := t.Context()
	id, err := h.Identity.Identify(ctx, h.tokens[business.Salesperson])
	if err != nil {
		t.Fatal(err)
	}
	address, err := h.Identity.BeginTOTP(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	text := u.Query().Get("secret")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(secret) != 20 {
		t.Fatalf("secret %q: %v", text, err)
	}
	key, err := os.ReadFile(filepath.Join(h.Config.Data, "secrets.key"))
	if err != nil {
		t.Fatal(err)
	}
	open := []string{hex.EncodeToString(secret), hex.EncodeToString(key)}
	if rows := h.holding(open...); len(rows) > 0 {
		t.Errorf("the secret or its key lies open: %.200s", rows)
	}
	if _, err := h.DB.Exec(ctx, `update identity.totp set secret = $1, sealed = false`, secret); err != nil {
		t.Fatal(err)
	}
	if rows := h.holding(open[0]); len(rows) != 1 {
		t.Fatalf("an open secret is found %d times: the test shows nothing", len(rows))
	}
	c := *h.Config
	c.Data = t.TempDir()
	if err := os.WriteFile(filepath.Join(c.Data, "secrets.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(ctx, Options{Config: &c, Log: slog.New(slog.DiscardHandler), Clock: h.Clock, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(context.WithoutCancel(ctx))
	if rows := h.holding(open...); len(rows) > 0 {
		t.Errorf("after a start: %.200s", rows)
	}
}
