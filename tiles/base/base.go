package base

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/geo/datum"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// Provider is a map service.
type Provider string

// The providers.
const (
	Tianditu Provider = "tianditu"
	AMap     Provider = "amap"
	Tencent  Provider = "tencent"
	Baidu    Provider = "baidu"
)

// Providers lists them.
func Providers() []Provider { return []Provider{Tianditu, AMap, Tencent, Baidu} }

// Scheme is how a service numbers its tiles.
type Scheme string

// The schemes.
const (
	XYZ   Scheme = "xyz"   // rows from the north
	TMS   Scheme = "tms"   // rows from the south
	BD09M Scheme = "bd09m" // Baidu's: its own Mercator, rows from the equator
)

// Kind is what is known of a provider.
type Kind struct {
	Provider    Provider
	Datum       datum.Datum
	Scheme      Scheme
	Template    string   // with {x}, {y}, {z}, {s}, {lang} and {key}
	Labels      string   // a second layer with names; "": they are on the first
	Hosts       []string // values of {s}
	Chinese     string   // values of {lang}
	English     string
	MaxZoom     int
	Attribution string
}

// KindOf is what is known of a provider. The templates are those that the services
// publish; a company whose contract names another address sets its own.
func KindOf(p Provider) Kind {
	switch p {
	case Tianditu:
		return Kind{p, datum.WGS84, XYZ,
			"https://t{s}.tianditu.gov.cn/DataServer?T=vec_w&x={x}&y={y}&l={z}&tk={key}",
			"https://t{s}.tianditu.gov.cn/DataServer?T={lang}&x={x}&y={y}&l={z}&tk={key}",
			[]string{"0", "1", "2", "3"}, "cva_w", "eva_w", 18, "© 天地图"}
	case AMap:
		return Kind{p, datum.GCJ02, XYZ, "https://webrd0{s}.is.autonavi.com/appmaptile" +
			"?lang={lang}&size=1&scale=1&style=8&x={x}&y={y}&z={z}&key={key}", "",
			[]string{"1", "2", "3", "4"}, "zh_cn", "en", 18, "© 高德地图 AutoNavi"}
	case Tencent:
		return Kind{p, datum.GCJ02, TMS,
			"https://rt{s}.map.gtimg.com/tile?z={z}&x={x}&y={y}&type=vector&styleid={lang}&key={key}",
			"", []string{"0", "1", "2", "3"}, "3", "3", 18, "© 腾讯地图 Tencent"}
	}
	return Kind{Baidu, datum.BD09, BD09M, "https://maponline{s}.bdimg.com/tile/" +
		"?qt=vtile&x={x}&y={y}&z={z}&styles=pl&scaler=1&ak={key}", "",
		[]string{"0", "1", "2", "3"}, "", "", 18, "© 百度地图 Baidu"}
}

// Layer is a provider as the company has set it.
type Layer struct {
	Provider Provider `db:"provider"`
	Enabled  bool     `db:"enabled"`
	Key      string   `db:"key"`
	Template string   `db:"template"`
	Approval string   `db:"approval"`
}

// The errors of this package.
var (
	// ErrInvalid refuses a layer that no browser could read.
	ErrInvalid = fail.New(fail.Invalid, "base.invalid", "The base layer is not complete.")
	// ErrNoLayer says that there is no such base layer, or that it is switched off.
	ErrNoLayer = fail.New(fail.NotFound, "base.no_layer", "There is no such base layer.")
)

// maxText bounds key, template and approval number, in characters.
const maxText = 500

// check says what is wrong with a layer.
func check(l Layer) error {
	if !slices.Contains(Providers(), l.Provider) {
		return ErrNoLayer.With("provider", l.Provider)
	}
	for name, text := range map[string]string{
		"key": l.Key, "template": l.Template, "approval": l.Approval,
	} {
		if len([]rune(text)) > maxText || strings.ContainsAny(text, "\r\n\"';") {
			return ErrInvalid.WithField(name, "format", "This text is too long, or has quotes or lines.")
		}
	}
	if l.Template == "" {
		if l.Enabled && l.Key == "" {
			return ErrInvalid.WithField("key", "required", "The service asks for a key.")
		}
		return nil
	}
	for _, part := range []string{"{x}", "{y}", "{z}"} {
		if !strings.Contains(l.Template, part) {
			return ErrInvalid.WithField("template", "format", "The address needs {x}, {y} and {z}.")
		}
	}
	if origin(l.Template) == "" {
		return ErrInvalid.WithField("template", "format", "Expected https://host/{z}/{x}/{y}.png.")
	}
	return nil
}

// origin is scheme and host of a template, with a star for the part that varies.
func origin(template string) string {
	u, err := url.Parse(strings.NewReplacer("{s}", "0", "{", "", "}", "").Replace(template))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Addresses are the templates of a layer for a map client: key, language and hosts
// are filled in; {x}, {y} and {z} are left.
func (l Layer) Addresses(lang string) (tiles, labels []string) {
	k := KindOf(l.Provider)
	word := k.Chinese
	if lang == "en" {
		word = k.English
	}
	fill := func(template string) []string {
		var out []string
		for _, host := range k.Hosts {
			s := strings.NewReplacer("{s}", host, "{lang}", word,
				"{key}", url.QueryEscape(l.Key)).Replace(template)
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		return out
	}
	if l.Template != "" {
		return fill(l.Template), nil
	}
	if k.Labels != "" {
		labels = fill(k.Labels)
	}
	return fill(k.Template), labels
}

const (
	sqlLayers = `select provider, enabled, key, template, approval from base.layer`
	sqlSet    = `
insert into base.layer (provider, enabled, key, template, approval, changed_at, changed_by)
values (@provider, @enabled, @key, @template, @approval, @now, @by)
on conflict (provider) do update set enabled = excluded.enabled, key = excluded.key,
	template = excluded.template, approval = excluded.approval,
	changed_at = excluded.changed_at, changed_by = excluded.changed_by`
)

// Audit keeps who set what, in the command's transaction.
type Audit interface {
	BaseSet(ctx context.Context, tx db.Tx, by int64, before, after Layer) error
}

// Service keeps the layers of a company. It is safe for concurrent use; all fields
// are required.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit Audit

	mu    sync.Mutex
	kept  []Layer
	until time.Time
}

// fresh is how long another replica's change may take to show.
const fresh = time.Second

// Layers returns every provider, those that were never set switched off.
func (s *Service) Layers(ctx context.Context) ([]Layer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Clock.Now().Before(s.until) {
		return slices.Clone(s.kept), nil
	}
	found, err := read(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	s.kept, s.until = found, s.Clock.Now().Add(fresh)
	return slices.Clone(found), nil
}

func read(ctx context.Context, q db.Querier) ([]Layer, error) {
	rows, err := q.Query(ctx, sqlLayers)
	if err != nil {
		return nil, fmt.Errorf("read base layers: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Layer])
	if err != nil {
		return nil, fmt.Errorf("read base layers: %w", err)
	}
	var out []Layer
	for _, p := range Providers() {
		l := Layer{Provider: p}
		if i := slices.IndexFunc(found, func(x Layer) bool { return x.Provider == p }); i >= 0 {
			l = found[i]
		}
		out = append(out, l)
	}
	return out, nil
}

// Layer returns one that is switched on. It fails with ErrNoLayer.
func (s *Service) Layer(ctx context.Context, p Provider) (Layer, error) {
	all, err := s.Layers(ctx)
	if err != nil {
		return Layer{}, err
	}
	for _, l := range all {
		if l.Provider == p && l.Enabled {
			return l, nil
		}
	}
	return Layer{}, ErrNoLayer.With("provider", p)
}

// Set changes a layer. It fails with ErrInvalid and ErrNoLayer.
func (s *Service) Set(ctx context.Context, by int64, l Layer) error {
	if err := check(l); err != nil {
		return err
	}
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := read(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlSet, pgx.NamedArgs{
			"provider": l.Provider, "enabled": l.Enabled, "key": l.Key, "template": l.Template,
			"approval": l.Approval, "now": s.Clock.Now(), "by": by,
		})
		if err != nil {
			return fmt.Errorf("set base layer %s: %w", l.Provider, err)
		}
		was := before[slices.Index(Providers(), l.Provider)]
		was.Key, l.Key = hidden(was.Key), hidden(l.Key)
		return s.Audit.BaseSet(ctx, tx, by, was, l)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
	return err
}

// hidden is a key as the trail may show it.
func hidden(key string) string {
	if len(key) <= 8 {
		return strings.Repeat("*", len(key))
	}
	return key[:3] + "…" + key[len(key)-2:]
}

// Origins are where browsers may load tiles from, for the Content-Security-Policy:
// those of the layers that are switched on. Without an answer there are none.
func (s *Service) Origins(ctx context.Context) []string {
	all, err := s.Layers(ctx)
	if err != nil {
		return nil
	}
	var out []string
	for _, l := range all {
		if !l.Enabled {
			continue
		}
		tiles, labels := l.Addresses("")
		for _, t := range append(tiles, labels...) {
			if o := origin(t); o != "" && !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
	}
	return out
}
