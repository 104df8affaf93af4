package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

// pages registers what the API says about itself.
func (a *API) pages() {
	spec := sync.OnceValues(a.spec)
	a.Plain(http.MethodGet, "/openapi.json", Public, func(w http.ResponseWriter, _ *http.Request) error {
		b, err := spec()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, err = w.Write(b)
		return ignoreGone(err)
	})
	a.Plain(http.MethodGet, "/docs", Public, docsPage)
	a.Plain(http.MethodGet, "/docs/start.js", Public, docsScript)
	a.Plain(http.MethodGet, "/problems/{code}", Public, a.problemPage)
	a.Plain(http.MethodGet, "/problems", Public, a.problemIndex)
}

// ignoreGone drops the error of a reader who left in the middle of an answer.
func ignoreGone(error) error { return nil }

func (a *API) spec() ([]byte, error) {
	b, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// docsPage shows the description in the reader that the web build ships, under
// the same policy as every page.
func docsPage(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write([]byte(`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Beatplan API</title></head>
<body><noscript><a href="/openapi.json">OpenAPI description</a></noscript>
<div id="reader"></div>
<script src="/scalar/standalone.js"></script><script src="/docs/start.js"></script>
</body></html>
`))
	return ignoreGone(err)
}

func docsScript(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, err := w.Write([]byte(`Scalar.createApiReference("#reader", {
  url: "/openapi.json", withDefaultFonts: false, telemetry: false,
  hideClientButton: true, proxyUrl: "", showDeveloperTools: "never", tagsSorter: "alpha",
  agent: { disabled: true }, mcp: { disabled: true },
});
`))
	return ignoreGone(err)
}

// problemPage is the page that a problem's type points at.
func (a *API) problemPage(w http.ResponseWriter, r *http.Request) error {
	code := chi.URLParam(r, "code")
	if a.o.Problems == nil || !codeForm().MatchString(code) {
		return ErrNoRoute
	}
	text, err := fs.ReadFile(a.o.Problems, code+".md")
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoRoute
	}
	if err != nil {
		return err
	}
	return writePage(w, code, renderMarkdown(string(text)))
}

func (a *API) problemIndex(w http.ResponseWriter, _ *http.Request) error {
	if a.o.Problems == nil {
		return ErrNoRoute
	}
	names, err := fs.Glob(a.o.Problems, "*.md")
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("<h1>Problem codes</h1>\n<ul>\n")
	for _, n := range names {
		code := html.EscapeString(strings.TrimSuffix(n, ".md"))
		b.WriteString(`<li><a href="/problems/` + code + `"><code>` + code + "</code></a></li>\n")
	}
	b.WriteString("</ul>\n")
	return writePage(w, "Problem codes", b.String())
}

func codeForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_]+\.[a-z0-9_]+$`) }

func writePage(w http.ResponseWriter, title, body string) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=3600")
	_, err := w.Write([]byte(`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>` + html.EscapeString(title) + ` · Beatplan</title>
<style>
body{font:16px/1.6 system-ui,"Noto Sans SC",sans-serif;max-width:42rem;margin:3rem auto;
padding:0 1rem;color:#1f2933;background:#fafaf8}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}code{background:#eceae4;padding:.1em .3em;
border-radius:4px}a{color:#0f766e}
@media(prefers-color-scheme:dark){body{color:#e4e7eb;background:#14181c}code{background:#262d33}
a{color:#5eead4}}
</style></head><body>
` + body + `<p><a href="/problems">All codes</a> · <a href="/docs">API</a></p>
</body></html>
`))
	return ignoreGone(err)
}

// renderMarkdown knows what our problem pages use: headings of two levels,
// paragraphs, lists of one level, code spans.
func renderMarkdown(text string) string {
	var b strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		block = strings.TrimSpace(block)
		switch {
		case block == "":
		case strings.HasPrefix(block, "# "):
			b.WriteString("<h1>" + spans(block[2:]) + "</h1>\n")
		case strings.HasPrefix(block, "## "):
			b.WriteString("<h2>" + spans(block[3:]) + "</h2>\n")
		case strings.HasPrefix(block, "- "):
			b.WriteString("<ul>\n")
			for _, item := range strings.Split(block[2:], "\n- ") {
				b.WriteString("<li>" + spans(item) + "</li>\n")
			}
			b.WriteString("</ul>\n")
		default:
			b.WriteString("<p>" + spans(block) + "</p>\n")
		}
	}
	return b.String()
}

func spans(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(html.EscapeString(s), "`") {
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return b.String()
}

func eventsOperation() *huma.Operation {
	return &huma.Operation{
		OperationID: "events", Method: http.MethodGet, Path: "/v1/events",
		Summary: "Follow what changes, as Server-Sent Events", Tags: []string{"Events"},
		Description: "One stream for everything: `event:` is the topic (" +
			strings.Join(slices.Sorted(maps.Keys(topics())), ", ") +
			", or resync when something was missed), `data:` a JSON object.",
		Responses: map[string]*huma.Response{"200": {
			Description: "A stream that stays open",
			Content: map[string]*huma.MediaType{
				"text/event-stream": {Schema: &huma.Schema{Type: "string"}},
			},
		}},
	}
}
