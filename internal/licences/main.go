// Command licences prints the notices of everything that Beatplan ships: the Go
// modules linked into the binary and the npm packages of the web app.
//
// It fails when one of them carries no licence file, so that a release cannot
// leave a notice out unseen.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// notice is one dependency and its licence text.
type notice struct{ name, version, text string }

func run(ctx context.Context, w io.Writer) error {
	mods, err := goNotices(ctx)
	if err != nil {
		return err
	}
	npm, err := npmNotices("web")
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "# Third-party notices\n\nMap data © OpenStreetMap contributors, ODbL 1.0.")
	for _, n := range append(mods, npm...) {
		fmt.Fprintf(w, "\n## %s %s\n\n```\n%s\n```\n", n.name, n.version, strings.TrimSpace(n.text))
	}
	return nil
}

func goNotices(ctx context.Context) ([]notice, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", "./cmd/beatplan").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	seen := map[string]bool{}
	var all []notice
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Module == nil || p.Module.Main || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		text, err := licence(p.Module.Dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Module.Path, err)
		}
		all = append(all, notice{p.Module.Path, p.Module.Version, text})
	}
	slices.SortFunc(all, func(a, b notice) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

func npmNotices(dir string) ([]notice, error) {
	src, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, License string
			Dev, Optional    bool
		}
	}
	if err := json.Unmarshal(src, &lock); err != nil {
		return nil, err
	}
	var all []notice
	for at, p := range lock.Packages {
		if at == "" || p.Dev || p.Optional {
			continue
		}
		name := at[strings.LastIndex(at, "node_modules/")+len("node_modules/"):]
		text, err := licence(filepath.Join(dir, at))
		if err != nil {
			if p.License == "" {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			text = "Licence: " + p.License
		}
		all = append(all, notice{name, p.Version, text})
	}
	slices.SortFunc(all, func(a, b notice) int {
		return strings.Compare(a.name+a.version, b.name+b.version)
	})
	return all, nil
}

// licence returns the texts of the licence files in dir.
func licence(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !(strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "COPYING") ||
			strings.HasPrefix(name, "NOTICE")) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	if len(texts) == 0 {
		return "", errors.New("no licence file")
	}
	return strings.Join(texts, "\n\n"), nil
}
