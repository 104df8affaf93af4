package app

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beatplan/internal/config"
)

// keptCompany is a data folder with an administrator and two files.
func keptCompany(t *testing.T) Options {
	t.Helper()
	o := options(t)
	r := serve(t, o)
	awaitReady(t, http.DefaultClient, "http://"+o.Config.Listen)
	r.stop(t)
	for _, name := range []string{"blobs/ab/abc", "photos/kept/ab/abc", "regions/x/car.net"} {
		path := filepath.Join(o.Config.Data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func elsewhere(t *testing.T) *config.Config {
	t.Helper()
	c := *options(t).Config
	c.Data = filepath.Join(c.Data, "new")
	return &c
}

// checkRestored serves the folder: nobody new is made an administrator, because
// the company has one.
func checkRestored(t *testing.T, o Options, c *config.Config) {
	t.Helper()
	o.Config = c
	r := serve(t, o)
	awaitReady(t, http.DefaultClient, "http://"+c.Listen)
	r.stop(t)
	if strings.Contains(r.out.String(), "First sign-in") {
		t.Error("the restored company is empty")
	}
	for _, name := range []string{"blobs/ab/abc", "photos/kept/ab/abc"} {
		text, err := os.ReadFile(filepath.Join(c.Data, name))
		if err != nil || string(text) != name {
			t.Errorf("file: %q, %v", text, err)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	o := keptCompany(t)
	file := filepath.Join(t.TempDir(), "company.tar")
	backup := BackupOptions{File: file, Regions: true, Version: "test"}
	if err := Backup(t.Context(), o.Config, backup, o.Log); err != nil {
		t.Fatal(err)
	}
	c := elsewhere(t)
	m, err := Restore(t.Context(), c, file, o.Log)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Regions || m.Version != "test" {
		t.Errorf("manifest %+v", m)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "regions/x/car.net")); err != nil {
		t.Error(err)
	}
	if _, err := Restore(t.Context(), c, file, o.Log); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a second restore: %v", err)
	}
	checkRestored(t, o, c)
}

func TestBackupBesideARunningServer(t *testing.T) {
	o := keptCompany(t)
	r := serve(t, o)
	address := "http://" + o.Config.Listen
	awaitReady(t, http.DefaultClient, address)
	file := filepath.Join(t.TempDir(), "company.tar")
	if err := Backup(t.Context(), o.Config, BackupOptions{File: file}, o.Log); err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, http.DefaultClient, address+"/readyz"); status != 200 {
		t.Error("the backup stopped the server")
	}
	r.stop(t)
	c := elsewhere(t)
	if _, err := Restore(t.Context(), c, file, o.Log); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "regions")); err == nil {
		t.Error("road maps were not asked for")
	}
	checkRestored(t, o, c)
}

func TestBadBackupsChangeNothing(t *testing.T) {
	o := keptCompany(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "company.tar")
	if err := Backup(t.Context(), o.Config, BackupOptions{File: file}, o.Log); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndex(whole, []byte("end\x00"))
	for name, text := range map[string][]byte{
		"empty": nil, "another file": []byte("hello"), "half": whole[:len(whole)/2],
		"without its end": append(bytes.Clone(whole[:end]), make([]byte, 1024)...),
	} {
		bad := filepath.Join(dir, "bad.tar")
		if err := os.WriteFile(bad, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c := elsewhere(t)
		if _, err := Restore(t.Context(), c, bad, o.Log); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(c.Data); err == nil {
			t.Errorf("%s: a folder was made", name)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Backup(ended, o.Config, BackupOptions{File: file}, o.Log); err == nil {
		t.Error("a cancelled backup succeeds")
	}
	if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, whole) {
		t.Error("a failed backup destroyed the one before:", err)
	}
	if left, err := filepath.Glob(file + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestInterruptedRestoreCannotBeUsed(t *testing.T) {
	o := options(t)
	if err := os.WriteFile(filepath.Join(o.Config.Data, restoring), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), o, &output{}); !errors.Is(err, ErrInterrupted) {
		t.Errorf("serve: %v", err)
	}
}
