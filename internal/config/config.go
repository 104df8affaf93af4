// Package config is what an operator can set: by flag, by environment, by file.
//
// A setting named "log-level" is the flag --log-level, the variable
// BEATPLAN_LOG_LEVEL and the key log-level of the YAML file named by --config or
// BEATPLAN_CONFIG. A flag wins over the environment, the environment over the
// file, the file over the default. `beatplan config` prints what holds and from
// where. Nothing has to be set.
package config

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Config is the whole configuration of one company's server.
type Config struct {
	Data        string        // folder of everything that is kept
	Listen      string        // host:port of the server
	DatabaseURL string        // managed PostgreSQL; "": a private one
	NATSURL     string        // NATS cluster; "": embedded
	TLS         string        // "" or "self"
	TLSCert     string        // PEM file
	TLSKey      string        // PEM file
	LogLevel    string        // debug, info, warn, error
	LogFormat   string        // text, json
	Metrics     string        // local, all, off
	Company     string        // name shown on screens
	Timezone    string        // IANA zone of the business day
	SyncAlways  bool          // positions reach the disk before they are acknowledged
	KeepTracks  time.Duration // how long positions are kept
	Grace       time.Duration
	Proxies     string // CIDR ranges of proxies, separated by commas
	Companies   string // file of several companies; "": one
	Tenant      string // code of the company that a command is about
	PostgresBin string // folder of initdb and postgres; "": found
	Geocoder    string // "", amap or nominatim
	GeocoderURL string // of the service; "": AMap's public one
	GeocoderKey string // of AMap

	house    string            // data folder of the server, when this is one company of several
	database string            // name of the database in the private server; "": beatplan
	sources  map[string]string // setting → "flag", "environment", "file"
}

// Default is the configuration of a server of which nothing was set.
func Default() *Config {
	return &Config{
		Data: "./var", Listen: "127.0.0.1:8080", LogLevel: "info", LogFormat: "text",
		Metrics: "local", Company: "Beatplan", Timezone: "America/New_York",
		KeepTracks: 90 * 24 * time.Hour, Grace: 10 * time.Second, sources: map[string]string{},
	}
}

// Setting is one thing that can be set. Its methods make it a flag value.
type Setting struct {
	Name   string // as in --name
	Help   string
	Secret bool // printed without its password
	value  any  // *string, *bool or *time.Duration
}

// Settings lists everything that can be set in c.
func (c *Config) Settings() []*Setting {
	return []*Setting{
		{Name: "data", Help: "folder of everything that is kept", value: &c.Data},
		{Name: "listen", Help: "address of the server, host:port", value: &c.Listen},
		{Name: "database-url", Secret: true, value: &c.DatabaseURL,
			Help: "managed PostgreSQL with PostGIS; empty: a private one in the data folder"},
		{Name: "nats-url", Secret: true, value: &c.NATSURL,
			Help: "NATS cluster with JetStream; empty: an embedded one"},
		{Name: "tls", value: &c.TLS,
			Help: `"self": HTTPS with an own certificate, made in the data folder`},
		{Name: "tls-cert", Help: "certificate file (PEM) for HTTPS", value: &c.TLSCert},
		{Name: "tls-key", Help: "key file (PEM) of the certificate", value: &c.TLSKey},
		{Name: "log-level", Help: "debug, info, warn or error", value: &c.LogLevel},
		{Name: "log-format", Help: "text or json", value: &c.LogFormat},
		{Name: "metrics", Help: "who may read /metrics: local, all or off", value: &c.Metrics},
		{Name: "company", Help: "name of the company", value: &c.Company},
		{Name: "timezone", Help: "time zone of the business day", value: &c.Timezone},
		{Name: "sync-always", value: &c.SyncAlways,
			Help: "acknowledge a position only when it is on the disk (safe against power loss)"},
		{Name: "keep-tracks", value: &c.KeepTracks,
			Help: "how long positions are kept before they are dropped"},
		{Name: "grace", value: &c.Grace,
			Help: "how long a stop waits for requests and background work"},
		{Name: "trusted-proxies", value: &c.Proxies,
			Help: "ranges of proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,127.0.0.1/32"},
		{Name: "companies", value: &c.Companies,
			Help: "file (YAML) of several companies on one server, told apart by host name"},
		{Name: "tenant", value: &c.Tenant,
			Help: "code of the company that backup, restore and audit are about, with companies"},
		{Name: "geocoder", value: &c.Geocoder,
			Help: "service asked for addresses that the imported maps do not know: amap or nominatim"},
		{Name: "geocoder-url", value: &c.GeocoderURL,
			Help: "address of that service; a Nominatim needs one of the company's own"},
		{Name: "geocoder-key", Secret: true, value: &c.GeocoderKey, Help: "key of AMap's web service"},
		{Name: "postgres-bin", value: &c.PostgresBin,
			Help: "folder of PostgreSQL's programs; empty: the newest that is installed"},
	}
}

// String is the present value as text.
func (s *Setting) String() string {
	switch v := s.value.(type) {
	case *string:
		return *v
	case *bool:
		return strconv.FormatBool(*v)
	case *time.Duration:
		return v.String()
	}
	return ""
}

// Set reads the value from text.
func (s *Setting) Set(text string) error {
	var err error
	switch v := s.value.(type) {
	case *string:
		*v = text
	case *bool:
		*v, err = strconv.ParseBool(text)
	case *time.Duration:
		*v, err = time.ParseDuration(text)
	}
	if err != nil {
		return fmt.Errorf("%q is not a %s", text, s.Type())
	}
	return nil
}

// Type is the sort of value, for a command line's help.
func (s *Setting) Type() string {
	switch s.value.(type) {
	case *bool:
		return "bool"
	case *time.Duration:
		return "duration"
	}
	return "string"
}

// IsBool reports whether the flag needs no value.
func (s *Setting) IsBool() bool { return s.Type() == "bool" }

// Variable is the name of the setting in the environment.
func (s *Setting) Variable() string {
	return "BEATPLAN_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Load lays file and environment under the flags that were given: given reports
// whether a flag was set, getenv reads the environment. An unknown key in the
// file, a bad value and a contradiction are errors that name the culprit.
func (c *Config) Load(file string, given func(flag string) bool, getenv func(string) string) error {
	values, err := readFile(file)
	if err != nil {
		return err
	}
	for _, s := range c.Settings() {
		fromFile, inFile := values[s.Name]
		delete(values, s.Name)
		switch env := getenv(s.Variable()); {
		case given(s.Name):
			c.sources[s.Name] = "flag"
		case env != "":
			if err := s.Set(env); err != nil {
				return fmt.Errorf("%s: %w", s.Variable(), err)
			}
			c.sources[s.Name] = "environment"
		case inFile:
			if err := s.Set(fromFile); err != nil {
				return fmt.Errorf("%s: %s: %w", file, s.Name, err)
			}
			c.sources[s.Name] = "file"
		}
	}
	for name := range values {
		return fmt.Errorf("%s: there is no setting named %q", file, name)
	}
	return c.check()
}

func readFile(name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	values := map[string]string{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", name, err)
	}
	return values, nil
}

func (c *Config) check() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, err := time.LoadLocation(c.Timezone); err != nil {
		return fmt.Errorf("timezone: %w", err)
	}
	for _, choice := range []struct {
		name, value string
		of          []string
	}{
		{"tls", c.TLS, []string{"", "self"}},
		{"log-level", c.LogLevel, []string{"debug", "info", "warn", "error"}},
		{"log-format", c.LogFormat, []string{"text", "json"}},
		{"metrics", c.Metrics, []string{"local", "all", "off"}},
	} {
		if !slices.Contains(choice.of, choice.value) {
			return fmt.Errorf("%s: %q is none of %s",
				choice.name, choice.value, strings.Join(choice.of, ", "))
		}
	}
	if _, err := c.TrustedProxies(); err != nil {
		return err
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("tls-cert and tls-key belong together")
	}
	if c.TLS == "self" && c.TLSCert != "" {
		return fmt.Errorf("tls self and tls-cert exclude each other")
	}
	return nil
}

// Source is where a setting comes from: "flag", "environment", "file" or "default".
func (c *Config) Source(setting string) string {
	if s := c.sources[setting]; s != "" {
		return s
	}
	return "default"
}

// Secure reports whether the server speaks HTTPS.
func (c *Config) Secure() bool { return c.TLS == "self" || c.TLSCert != "" }

// TrustedProxies are the ranges of proxies whose X-Forwarded-For is believed; a
// bare address is a range of one.
func (c *Config) TrustedProxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for part := range strings.SplitSeq(c.Proxies, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if ip, err2 := netip.ParseAddr(part); err != nil && err2 == nil {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("trusted-proxies: %q is no range of addresses", part)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// Loopback reports whether the server is reachable from this machine only.
func (c *Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Print writes every setting with its value, where it comes from and what it
// means, as a YAML file that can be used as one. Passwords are left out.
func (c *Config) Print(w io.Writer) error {
	for _, s := range c.Settings() {
		value := s.String()
		if s.Secret {
			value = withoutPassword(value)
		}
		source := c.Source(s.Name)
		text, err := yaml.Marshal(map[string]string{s.Name: value})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "# %s (%s; --%s, %s)\n%s", s.Help, source, s.Name, s.Variable(), text)
		if err != nil {
			return err
		}
	}
	return nil
}

func withoutPassword(address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return "xxxxx" // keyword form: host=db password=…
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}
