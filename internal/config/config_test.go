package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func load(c *Config, file string, flags, env map[string]string) error {
	for _, s := range c.Settings() {
		if v, ok := flags[s.Name]; ok {
			if err := s.Set(v); err != nil {
				return err
			}
		}
	}
	given := func(name string) bool { _, ok := flags[name]; return ok }
	return c.Load(file, given, func(name string) string { return env[name] })
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "beatplan.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	file := write(t, "listen: 127.0.0.1:1\ndata: /file\ncompany: File & Co\ngrace: 3s\nsync-always: true\n")
	c := Default()
	err := load(c, file, map[string]string{"listen": "127.0.0.1:3"},
		map[string]string{"BEATPLAN_LISTEN": "127.0.0.1:2", "BEATPLAN_DATA": "/env"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.Data != "/env" || c.Company != "File & Co" ||
		c.Grace != 3*time.Second || !c.SyncAlways || c.LogLevel != "info" {
		t.Errorf("got %+v", c)
	}
}

// What Print writes is a file that Load reads to the same effect.
func TestPrintIsAFile(t *testing.T) {
	c := Default()
	env := map[string]string{"BEATPLAN_COMPANY": "a: b # c", "BEATPLAN_TLS": "self"}
	if err := load(c, "", nil, env); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "(environment; --tls, BEATPLAN_TLS)") {
		t.Errorf("no source in\n%s", out.String())
	}
	again := Default()
	if err := load(again, write(t, out.String()), nil, nil); err != nil {
		t.Fatal(err)
	}
	for i, s := range c.Settings() {
		if got := again.Settings()[i].String(); got != s.String() {
			t.Errorf("%s: %q is not %q", s.Name, got, s.String())
		}
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	for _, address := range []string{
		"postgres://me:geheim@db/x", "postgres://db/x?user=me&password=geheim", "host=db password=geheim",
	} {
		c := Default()
		c.DatabaseURL = address
		var out strings.Builder
		if err := c.Print(&out); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "geheim") {
			t.Errorf("%s is printed with its password", address)
		}
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, c := range []struct{ file, env, value, want string }{
		{"colour: red\n", "", "", `"colour"`},
		{"listen: [1, 2]\n", "", "", "beatplan.yaml"},
		{"grace: soon\n", "", "", "grace"},
		{"", "BEATPLAN_SYNC_ALWAYS", "perhaps", "BEATPLAN_SYNC_ALWAYS"},
		{"", "BEATPLAN_LISTEN", "8080", "listen"},
		{"", "BEATPLAN_TIMEZONE", "Mars/Crater", "timezone"},
		{"", "BEATPLAN_TLS", "maybe", "tls"},
		{"", "BEATPLAN_TLS_CERT", "/x", "tls-key"},
		{"", "BEATPLAN_LOG_FORMAT", "xml", "log-format"},
		{"tls: self\ntls-key: k\n", "BEATPLAN_TLS_CERT", "/x", "exclude"},
	} {
		file := ""
		if c.file != "" {
			file = write(t, c.file)
		}
		err := load(Default(), file, nil, map[string]string{c.env: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := load(Default(), "/no/such/file", nil, nil); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "localhost:80": true, "[::1]:80": true, "127.9.9.9:80": true,
		":80": false, "0.0.0.0:80": false, "192.168.1.2:80": false, "example.org:80": false,
	} {
		c := Default()
		c.Listen = address
		if got := c.Loopback(); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
