package api

import (
	"io"
	"net/http"
	"time"
)

// ServeJPEG answers with a picture that is kept under a key. Browsers may keep it for a
// day, each for its own reader: a new picture has a new address.
func ServeJPEG(w http.ResponseWriter, r *http.Request, f io.ReadSeeker, key string) error {
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("ETag", `"`+key+`"`)
	h.Set("Cache-Control", "private, max-age=86400")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}
