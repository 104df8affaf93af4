package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompaniesAreReadAndKeptApart(t *testing.T) {
	read := func(text string) ([]Company, error) {
		file := filepath.Join(t.TempDir(), "companies.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadCompanies(file)
	}
	all, err := read("zeta: {hosts: [zeta.test]}\nacme: {hosts: [ACME.test., a.test], company: Acme, timezone: Asia/Shanghai}\n")
	if err != nil || len(all) != 2 || all[0].Code != "acme" || all[0].Hosts[0] != "acme.test" {
		t.Fatalf("%+v %v", all, err)
	}
	c := Default()
	acme, err := c.Of(all[0])
	zeta, err2 := c.Of(all[1])
	if err != nil || err2 != nil || acme.Data == zeta.Data || acme.Database() == zeta.Database() ||
		acme.House() != c.Data || acme.Timezone != "Asia/Shanghai" || zeta.Timezone != c.Timezone || c.Database() != "beatplan" {
		t.Errorf("%+v %+v %v %v", acme, zeta, err, err2)
	}
	for text, want := range map[string]string{
		"a: {hosts: [x.test]}\nb: {hosts: [X.test]}": "belongs to a",
		"a: {}":                           "no hosts",
		"../up: {hosts: [x.test]}":        "no code",
		"a: {hosts: [x.test], data: /}":   "data",
		"{}":                              "no company",
		"a: {hosts: [x], timezone: Mars}": "timezone",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	c.DatabaseURL = "postgres://one"
	if _, err := c.Of(all[0]); err == nil {
		t.Error("two companies in one database")
	}
	for host, want := range map[string]string{"a.test:8080": "a.test", "[::1]:80": "[::1]", "A.Test.": "a.test", "[::1]": "[::1]"} {
		if got := HostName(host); got != want {
			t.Errorf("%s is %s", host, got)
		}
	}
}
