package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// App serves the files of a built web app. It is safe for concurrent use.
type App struct {
	files  fs.FS
	hashed *regexp.Regexp
	mu     sync.Mutex
	cache  map[string]*file // bounded by the number of files
}

type file struct {
	body  []byte
	gzip  []byte // nil when it would not help
	br    []byte // nil when the build made none
	etag  string
	mime  string
	cache string
}

// New serves files, usually [Files].
func New(files fs.FS) *App {
	return &App{
		files: files,
		// Vite's names: assets/index-B1x2_-Yz.js
		hashed: regexp.MustCompile(`^assets/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$`),
		cache:  map[string]*file{},
	}
}

const notBuilt = `<!doctype html><title>Beatplan</title>
<p>This binary was built without the web app. Run <code>make build</code>.</p>
`

// ServeHTTP answers GET and HEAD.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	f, err := a.load(name)
	if errors.Is(err, fs.ErrNotExist) && isPage(name) {
		f, err = a.load(pageOf(name))
		if errors.Is(err, fs.ErrNotExist) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(notBuilt))
			return
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, "cannot read file", http.StatusInternalServerError)
	default:
		f.serve(w, r)
	}
}

// isPage tells an address of the app from a file that is missing: an old asset
// must answer 404, not a page.
func isPage(name string) bool {
	return path.Ext(name) == "" && !strings.HasPrefix(name, "assets/") || name == "index.html" ||
		name == "m/index.html"
}

func pageOf(name string) string {
	if name == "m" || strings.HasPrefix(name, "m/") {
		return "m/index.html"
	}
	return "index.html"
}

// load reads and compresses a file once; what it makes does not change.
func (a *App) load(name string) (*file, error) {
	if name == "" || !fs.ValidPath(name) || strings.HasPrefix(path.Base(name), ".") {
		return nil, fs.ErrNotExist
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.cache[name]; f != nil {
		return f, nil
	}
	info, err := fs.Stat(a.files, name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fs.ErrNotExist
	}
	body, err := fs.ReadFile(a.files, name)
	if err != nil {
		return nil, err
	}
	f := &file{body: body, mime: typeOf(name), cache: "no-cache"}
	sum := sha256.Sum256(body)
	f.etag = hex.EncodeToString(sum[:12])
	if a.hashed.MatchString(name) {
		f.cache = "public, max-age=31536000, immutable"
	}
	if compressible(f.mime) {
		if f.gzip, err = compress(body); err != nil {
			return nil, err
		}
		if f.br, err = fs.ReadFile(a.files, name+".br"); err != nil {
			f.br = nil // the build made none
		}
	}
	a.cache[name] = f
	return f, nil
}

func compress(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if out.Len() > len(body)*9/10 {
		return nil, nil
	}
	return out.Bytes(), nil
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", f.cache)
	h.Set("X-Content-Type-Options", "nosniff")
	body, coding := f.body, ""
	if f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
		accepted := accepts(r.Header.Get("Accept-Encoding"))
		switch {
		case f.br != nil && slices.Contains(accepted, "br"):
			body, coding = f.br, "br"
		case slices.Contains(accepted, "gzip"):
			body, coding = f.gzip, "gzip"
		}
	}
	etag := `"` + f.etag + `"`
	if coding != "" {
		etag = `"` + f.etag + "-" + coding + `"`
		h.Set("Content-Encoding", coding)
	}
	h.Set("ETag", etag)
	if slices.Contains(listed(r.Header.Get("If-None-Match")), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader is gone
	}
}

// accepts lists the codings that a client takes; one with q=0 is refused.
func accepts(header string) []string {
	var codings []string
	for _, part := range listed(header) {
		coding, q, _ := strings.Cut(part, ";")
		q = strings.ReplaceAll(q, " ", "")
		if q == "q=0" || strings.HasPrefix(q, "q=0.") && strings.Trim(q[4:], "0") == "" {
			continue
		}
		codings = append(codings, strings.ToLower(strings.TrimSpace(coding)))
	}
	return codings
}

func listed(header string) []string {
	parts := strings.Split(header, ",")
	for i := range parts {
		parts[i] = strings.TrimPrefix(strings.TrimSpace(parts[i]), "W/")
	}
	return parts
}

// typeOf does not ask the machine's own table, which differs from place to place.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".txt", ".md":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func compressible(mime string) bool {
	return strings.HasPrefix(mime, "text/") || strings.Contains(mime, "json") ||
		strings.Contains(mime, "svg") || strings.Contains(mime, "wasm")
}
