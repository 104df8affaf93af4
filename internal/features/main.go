// Command features lists which capabilities of docs/features.tsv are done.
//
// A capability is done when at least one acceptance test carries its id in a
// comment directly above it ("// feature: Y01 Y02") and every test that carries
// it passed. Go tests are run here; web and browser tests are judged by the
// reports that their last run left in var/reports (no report: not done). It
// prints "features_done N" and writes docs/FEATURES.md.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "features:", err)
		os.Exit(1)
	}
}

// feature is a row of docs/features.tsv.
type feature struct{ id, module, capability string }

func run() error {
	features, marks, err := claims(".")
	if err != nil {
		return err
	}
	results, err := runGo(context.Background(), marks)
	if err != nil {
		return err
	}
	if err := readReports("var/reports", results); err != nil {
		return err
	}
	done := judge(marks, results)
	if err := writePage("docs/FEATURES.md", features, done, marks); err != nil {
		return err
	}
	fmt.Printf("features_done %d\n", len(done))
	return nil
}

// claims are the features, and the ids of them that stand above tests. It fails where
// an id is unknown, or stands above no test.
func claims(root string) ([]feature, []mark, error) {
	features, err := readFeatures(filepath.Join(root, "docs/features.tsv"))
	if err != nil {
		return nil, nil, err
	}
	marks, err := findMarks(root)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{}
	for _, f := range features {
		known[f.id] = true
	}
	for _, m := range marks {
		if !known[m.id] {
			return nil, nil, fmt.Errorf("%s: %s carries the unknown feature id %q", m.file, m.test, m.id)
		}
	}
	return features, marks, nil
}

func readFeatures(path string) ([]feature, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []feature
	for sc := bufio.NewScanner(f); sc.Scan(); {
		cols := strings.Split(sc.Text(), "\t")
		if len(cols) < 4 || cols[0] == "id" {
			continue
		}
		all = append(all, feature{cols[0], cols[1], cols[2]})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s lists no feature", path)
	}
	return all, nil
}

// judge returns the ids of which at least one test ran and none failed.
func judge(marks []mark, results map[string]bool) map[string]bool {
	done := map[string]bool{}
	failed := map[string]bool{}
	for _, m := range marks {
		passed, ran := results[m.key()]
		switch {
		case ran && passed:
			done[m.id] = true
		default:
			failed[m.id] = true
		}
	}
	for id := range failed {
		delete(done, id)
	}
	return done
}

func writePage(path string, features []feature, done map[string]bool, marks []mark) error {
	tests := map[string][]string{}
	for _, m := range marks {
		tests[m.id] = append(tests[m.id], m.where())
	}
	byModule := map[string][]feature{}
	var modules []string
	for _, f := range features {
		if byModule[f.module] == nil {
			modules = append(modules, f.module)
		}
		byModule[f.module] = append(byModule[f.module], f)
	}
	slices.Sort(modules)
	var b strings.Builder
	b.WriteString("# Features\n\nWritten by `make features`: a capability is done when its acceptance tests " +
		"passed.\n\n")
	fmt.Fprintf(&b, "**%d of %d done.**\n", len(done), len(features))
	for _, m := range modules {
		n := 0
		for _, f := range byModule[m] {
			if done[f.id] {
				n++
			}
		}
		fmt.Fprintf(&b, "\n## %s (%d of %d)\n\n| | id | capability | tests |\n|---|---|---|---|\n",
			m, n, len(byModule[m]))
		for _, f := range byModule[m] {
			state := "open"
			if done[f.id] {
				state = "done"
			}
			where := slices.Compact(slices.Sorted(slices.Values(tests[f.id])))
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", state, f.id, f.capability, strings.Join(where, " "))
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
