package base

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/pgtest"
)

// trail is a company's audit trail.
type trail struct{ said []Layer }

func (t *trail) BaseSet(_ context.Context, _ db.Tx, _ int64, before, after Layer) error {
	t.said = append(t.said, before, after)
	return nil
}

func TestLayersAreSetReadAndNeverTold(t *testing.T) {
	said := &trail{}
	s := &Service{DB: pgtest.DB(t), Clock: clock.System{}, Audit: said}
	ctx := t.Context()
	all, err := s.Layers(ctx)
	if err != nil || len(all) != 4 || slices.ContainsFunc(all, func(l Layer) bool { return l.Enabled }) {
		t.Fatalf("a new company has %+v, %v", all, err)
	}
	if _, err := s.Layer(ctx, AMap); !fail.Is(err, fail.NotFound) {
		t.Fatalf("a layer that is off: %v", err)
	}
	const secret = "0123456789abcdef"
	if err := s.Set(ctx, 7, Layer{Provider: AMap, Enabled: true, Key: secret, Approval: "GS(2024)1号"}); err != nil {
		t.Fatal(err)
	}
	l, err := s.Layer(ctx, AMap)
	if err != nil || l.Key != secret || l.Approval != "GS(2024)1号" {
		t.Fatalf("%+v, %v", l, err)
	}
	if len(said.said) != 2 || strings.Contains(said.said[1].Key, "456789") || said.said[1].Key == "" {
		t.Errorf("the trail has %+v", said.said)
	}
	if o := s.Origins(ctx); len(o) != 4 || !strings.HasPrefix(o[0], "https://webrd01.is.autonavi.com") {
		t.Errorf("origins %v", o)
	}
	if err := s.Set(ctx, 7, Layer{Provider: AMap, Key: secret}); err != nil || len(s.Origins(ctx)) != 0 {
		t.Errorf("switched off: %v, %v", s.Origins(ctx), err)
	}
	for _, l := range []Layer{
		{Provider: "google"}, {Provider: AMap, Enabled: true},
		{Provider: AMap, Template: "https://host/{z}/{x}.png"},
		{Provider: AMap, Template: "javascript:{x}{y}{z}"},
		{Provider: AMap, Template: "https://host/{x}/{y}/{z}; script-src *"},
		{Provider: AMap, Key: strings.Repeat("k", maxText+1)},
	} {
		if err := s.Set(ctx, 7, l); fail.As(err) == nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

func TestAddressesAreFilled(t *testing.T) {
	for _, p := range Providers() {
		for _, lang := range []string{"zh", "en"} {
			tiles, labels := Layer{Provider: p, Key: "a&b"}.Addresses(lang)
			for _, a := range append(tiles, labels...) {
				left := strings.NewReplacer("{x}", "", "{y}", "", "{z}", "").Replace(a)
				if strings.ContainsAny(left, "{}") || !strings.Contains(a, "a%26b") ||
					!strings.Contains(a, "{x}") || !strings.Contains(a, "{y}") || !strings.Contains(a, "{z}") {
					t.Errorf("%s %s: %s", p, lang, a)
				}
			}
			if (len(labels) > 0) != (p == Tianditu) {
				t.Errorf("%s: labels %v", p, labels)
			}
		}
	}
	own, _ := Layer{Provider: Tencent, Template: "http://127.0.0.1:9/{z}/{x}/{y}.png"}.Addresses("zh")
	if !slices.Equal(own, []string{"http://127.0.0.1:9/{z}/{x}/{y}.png"}) {
		t.Errorf("own address: %v", own)
	}
}

func TestEveryStatementIsValidSQL(t *testing.T) {
	tx := pgtest.Tx(t)
	for name, sql := range map[string]string{"sqlLayers": sqlLayers, "sqlSet": sqlSet} {
		text, _, err := pgx.NamedArgs{}.RewriteQuery(t.Context(), tx.Conn(), sql, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Prepare(t.Context(), name, text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}
