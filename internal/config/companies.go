package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Company is one of several on one server: a database of its own, a data folder of
// its own below that of the server, and the host names that lead to it.
type Company struct {
	Code        string   `yaml:"-"`            // key in the file: small letters, digits, underscores
	Hosts       []string `yaml:"hosts"`        // names, without port
	Name        string   `yaml:"company"`      // shown on screens; "": the server's
	Timezone    string   `yaml:"timezone"`     // "": the server's
	DatabaseURL string   `yaml:"database-url"` // "": a database of its own in the private server
	NATSURL     string   `yaml:"nats-url"`     // "": an embedded one of its own
}

// ReadCompanies reads the file of a server's companies, by code. It names the
// culprit of a file in which a host leads nowhere, or to two companies.
func ReadCompanies(file string) ([]Company, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	var found map[string]Company
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	d.KnownFields(true)
	if err := d.Decode(&found); err != nil {
		return nil, fmt.Errorf("read companies %s: %w", file, err)
	}
	form := regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)
	owner := map[string]string{}
	var all []Company
	for _, code := range slices.Sorted(maps.Keys(found)) {
		k := found[code]
		k.Code = code
		if !form.MatchString(code) {
			return nil, fmt.Errorf("%s: %q is no code: small letters, digits, underscores", file, code)
		}
		if _, err := time.LoadLocation(k.Timezone); err != nil {
			return nil, fmt.Errorf("%s: %s: timezone: %w", file, code, err)
		}
		if len(k.Hosts) == 0 {
			return nil, fmt.Errorf("%s: %s has no hosts", file, code)
		}
		for i, h := range k.Hosts {
			h = HostName(h)
			if other, taken := owner[h]; taken || h == "" {
				return nil, fmt.Errorf("%s: host %q of %s is empty or belongs to %s", file, h, code, other)
			}
			owner[h], k.Hosts[i] = code, h
		}
		all = append(all, k)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s names no company", file)
	}
	return all, nil
}

// HostName is the name in a Host header: without port, dot at the end, capitals.
func HostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// Of is the configuration of one company of this server: a data folder and a
// database of its own; road maps, certificates and the private database server
// are shared.
func (c *Config) Of(k Company) (*Config, error) {
	if c.NATSURL != "" && k.NATSURL == "" || c.DatabaseURL != "" && k.DatabaseURL == "" {
		return nil, fmt.Errorf("company %s needs a database-url and a nats-url of its own, "+
			"because the server has one", k.Code)
	}
	o := *c
	o.house, o.database = c.Data, "beatplan_"+k.Code
	o.Data = filepath.Join(c.Data, "companies", k.Code)
	o.DatabaseURL, o.NATSURL, o.Companies = k.DatabaseURL, k.NATSURL, ""
	if k.Name != "" {
		o.Company = k.Name
	}
	if k.Timezone != "" {
		o.Timezone = k.Timezone
	}
	return &o, nil
}

// Tenanted is the configuration of the company that Tenant names, or c itself.
func (c *Config) Tenanted() (*Config, error) {
	if c.Tenant == "" {
		return c, nil
	}
	all, err := ReadCompanies(c.Companies)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if k.Code == c.Tenant {
			return c.Of(k)
		}
	}
	return nil, fmt.Errorf("%s: there is no company %q", c.Companies, c.Tenant)
}

// House is the server's data folder: road maps, certificates and the private
// database server are there. It is Data unless this is one company of several.
func (c *Config) House() string {
	if c.house != "" {
		return c.house
	}
	return c.Data
}

// Database is the name of the database in the private server.
func (c *Config) Database() string {
	if c.database != "" {
		return c.database
	}
	return "beatplan"
}
