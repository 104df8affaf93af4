package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"beatplan/web"
)

func built() *web.App {
	script := strings.Repeat("console.log('beat');\n", 100)
	return web.New(fstest.MapFS{
		".gitkeep":                    {},
		"index.html":                  {Data: []byte("<p>desktop")},
		"m/index.html":                {Data: []byte("<p>phone")},
		"assets/index-B1x2_-Yz.js":    {Data: []byte(script)},
		"assets/index-B1x2_-Yz.js.br": {Data: []byte("brotli")},
		"assets/plain.css":            {Data: []byte(strings.Repeat("a{b:c}", 50))},
		"icon.png":                    {Data: []byte(strings.Repeat("x", 500))},
	})
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesAndFiles(t *testing.T) {
	app := built()
	for _, c := range []struct {
		path, body, mime, cache string
		status                  int
	}{
		{"/", "<p>desktop", "text/html", "no-cache", 200},
		{"/planner/12/2026-11-23", "<p>desktop", "text/html", "no-cache", 200},
		{"/m", "<p>phone", "text/html", "no-cache", 200},
		{"/m/", "<p>phone", "text/html", "no-cache", 200},
		{"/m/visit/7", "<p>phone", "text/html", "no-cache", 200},
		{"/maps", "<p>desktop", "text/html", "no-cache", 200},
		{"/assets/index-B1x2_-Yz.js", "console", "text/javascript", "public, max-age=31536000, immutable", 200},
		{"/assets/plain.css", "a{b:c}", "text/css", "no-cache", 200},
		{"/icon.png", "xxx", "image/png", "no-cache", 200},
		{"/assets/index-00000000.js", "", "", "", 404},
		{"/assets/gone", "", "", "", 404},
		{"/assets", "<p>desktop", "text/html", "no-cache", 200},
		{"/missing.png", "", "", "", 404},
		{"/.gitkeep", "", "", "", 404},
		{"/../../etc/passwd", "<p>desktop", "text/html", "no-cache", 200},
	} {
		w := get(app, c.path)
		if w.Code != c.status {
			t.Errorf("%s: %d", c.path, w.Code)
			continue
		}
		if c.status != 200 {
			continue
		}
		if !strings.HasPrefix(w.Body.String(), c.body) ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), c.mime) ||
			w.Header().Get("Cache-Control") != c.cache {
			t.Errorf("%s: %v %.30s", c.path, w.Header(), w.Body)
		}
	}
}

func TestCompression(t *testing.T) {
	app := built()
	const script = "/assets/index-B1x2_-Yz.js"
	for accept, want := range map[string]string{
		"gzip, deflate, br": "br", "gzip, deflate": "gzip", "": "", "br;q=0, gzip": "gzip",
		"br;q=0.0, gzip; q=0": "", "zstd": "",
	} {
		w := get(app, script, "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: %q", accept, got)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: no Vary", accept)
		}
	}
	z, err := gzip.NewReader(get(app, script, "Accept-Encoding", "gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || string(plain) != get(app, script).Body.String() {
		t.Error("the gzip body is another file:", err)
	}
	if got := get(app, "/icon.png", "Accept-Encoding", "gzip").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("a picture is %s", got)
	}
}

func TestNotModified(t *testing.T) {
	app := built()
	first := get(app, "/", "Accept-Encoding", "gzip")
	etag := first.Header().Get("ETag")
	again := get(app, "/", "Accept-Encoding", "gzip", "If-None-Match", `"x", W/`+etag)
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("again: %d, %d bytes", again.Code, again.Body.Len())
	}
}

func TestOtherMethods(t *testing.T) {
	app := built()
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("post: %d", w.Code)
	}
	w = httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/", nil))
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "10" {
		t.Errorf("head: %d, %v", w.Code, w.Header())
	}
}

func TestBinaryWithoutTheApp(t *testing.T) {
	w := get(web.New(fstest.MapFS{".gitkeep": {}}), "/planner")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, err := web.Files(); err != nil {
		t.Error(err)
	}
}

// The script of a screen is what its page names and what that imports at once, each
// file once, as it is sent; what is imported later is not of it.
func TestTheScriptOfAScreen(t *testing.T) {
	long := strings.Repeat("console.log('beat');\n", 100)
	files := fstest.MapFS{
		"m/index.html": {Data: []byte(`<link rel="modulepreload" href="/assets/shared.js">` +
			`<script type="module" src="/assets/phone.js"></script>`)},
		"assets/phone.js": {Data: []byte(`import{a}from"./shared.js";import "./side.js";` +
			`const later=()=>import("./map.js")`)},
		"assets/shared.js":  {Data: []byte(`export{b}from './side.js'`)},
		"assets/side.js":    {Data: []byte(long)},
		"assets/side.js.br": {Data: []byte("brotli")},
		"assets/map.js":     {Data: []byte(long)},
	}
	got, err := web.New(files).ScriptOf("m/index.html")
	want := len(files["assets/phone.js"].Data) + len(files["assets/shared.js"].Data) + len("brotli")
	if err != nil || got != want {
		t.Errorf("%d bytes, want %d: %v", got, want, err)
	}
	if _, err := built().ScriptOf("m/index.html"); err == nil {
		t.Error("a page without a script passes")
	}
}
