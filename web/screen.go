package web

import (
	"fmt"
	"path"
	"regexp"
)

// ScriptOf is how many bytes of script a browser is sent, compressed, before a page
// of the app shows anything: what the page names and what that imports, directly or
// not, but nothing that is fetched later. It fails with fs.ErrNotExist when the
// binary was built without the web app.
func (a *App) ScriptOf(page string) (int, error) {
	html, err := a.load(page)
	if err != nil {
		return 0, err
	}
	// src and href of the page; import "./x.js", import{a}from"./x.js", export*from"./x.js"
	named := regexp.MustCompile(`(?:src|href)="(/assets/[^"]+\.js)"`)
	imports := regexp.MustCompile(`(?:import|from)\s*["'](\.{1,2}/[^"']+\.js)["']`)
	var next []string
	for _, m := range named.FindAllSubmatch(html.body, -1) {
		next = append(next, path.Clean(string(m[1]))[1:])
	}
	if len(next) == 0 {
		return 0, fmt.Errorf("%s names no script", page)
	}
	bytes, seen := 0, map[string]bool{}
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		f, err := a.load(name)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		switch {
		case f.br != nil:
			bytes += len(f.br)
		case f.gzip != nil:
			bytes += len(f.gzip)
		default:
			bytes += len(f.body)
		}
		for _, m := range imports.FindAllSubmatch(f.body, -1) {
			next = append(next, path.Join(path.Dir(name), string(m[1])))
		}
	}
	return bytes, nil
}
