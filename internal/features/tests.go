package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mark is one feature id above one test.
type mark struct {
	id   string
	file string // path from the root
	test string // Go test function, or title of a web test
}

func (m mark) isGo() bool { return strings.HasSuffix(m.file, ".go") }

// key names the test in a table of results.
func (m mark) key() string {
	if m.isGo() {
		return filepath.ToSlash(filepath.Dir(m.file)) + "." + m.test
	}
	return "web." + m.test
}

func (m mark) where() string {
	if m.isGo() {
		return m.test
	}
	return filepath.Base(m.file)
}

// findMarks reads every test file for feature comments. A comment that no test
// follows is an error: it would promise what nothing checks.
func findMarks(root string) ([]mark, error) {
	comment := regexp.MustCompile(`^\s*// feature: (.+)$`)
	goTest := regexp.MustCompile(`^func (Test\w+)\(`)
	webTest := regexp.MustCompile("^\\s*(?:await )?(?:test|it)\\(\\s*['\"`](.+?)['\"`]")
	var marks []mark
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || name == "dist" || name == "var" ||
				(path != root && name[0] == '.') {
				return filepath.SkipDir
			}
			return nil
		}
		pattern := webTest
		switch {
		case strings.HasSuffix(path, "_test.go"):
			pattern = goTest
		case strings.Contains(filepath.Base(path), ".test."):
		default:
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var ids []string
		for _, line := range strings.Split(string(src), "\n") {
			if m := comment.FindStringSubmatch(line); m != nil {
				ids = append(ids, strings.FieldsFunc(m[1], func(r rune) bool {
					return r == ' ' || r == ','
				})...)
				continue
			}
			if m := pattern.FindStringSubmatch(line); m != nil {
				for _, id := range ids {
					marks = append(marks, mark{id, filepath.ToSlash(path), m[1]})
				}
				ids = nil
				continue
			}
			if len(ids) > 0 && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				return fmt.Errorf("%s: feature comment %v is not above a test", path, ids)
			}
		}
		return nil
	})
	return marks, err
}

// runGo runs the marked Go tests and returns pass or fail by key.
func runGo(ctx context.Context, marks []mark) (map[string]bool, error) {
	byDir := map[string][]string{}
	for _, m := range marks {
		if m.isGo() {
			dir := filepath.ToSlash(filepath.Dir(m.file))
			byDir[dir] = append(byDir[dir], m.test)
		}
	}
	results := map[string]bool{}
	for dir, tests := range byDir {
		slices.Sort(tests)
		pattern := "^(" + strings.Join(slices.Compact(tests), "|") + ")$"
		cmd := exec.CommandContext(ctx, "go", "test", "-json", "-run", pattern, "./"+dir)
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(out))
		for {
			var ev struct{ Action, Test string }
			if err := dec.Decode(&ev); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: %w", dir, err)
			}
			if ev.Test != "" && (ev.Action == "pass" || ev.Action == "fail" || ev.Action == "skip") {
				results[dir+"."+ev.Test] = ev.Action == "pass"
			}
		}
	}
	return results, nil
}

// readReports adds the JUnit results of the web and browser runs.
func readReports(dir string, results map[string]bool) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		dec := xml.NewDecoder(bytes.NewReader(src))
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			start, ok := tok.(xml.StartElement)
			if !ok || start.Name.Local != "testcase" {
				continue
			}
			var c struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct{} `xml:"skipped"`
			}
			if err := dec.DecodeElement(&c, &start); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			name := c.Name
			if i := strings.LastIndex(name, " > "); i >= 0 {
				name = name[i+3:]
			}
			results["web."+name] = c.Failure == nil && c.Error == nil && c.Skipped == nil
		}
	}
	return nil
}
