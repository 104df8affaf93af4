package trackapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"beatplan/api"
	"beatplan/business"
	"beatplan/geo/track"
	"beatplan/internal/fail"
)

const (
	maxBatchBody = 4 << 20  // bytes of /v1/fixes
	maxGPXBody   = 32 << 20 // bytes of an uploaded file
	maxGPX       = 100_000  // points of an uploaded file
)

// ErrFormat is the refusal of a file format that is not written.
var ErrFormat = fail.New(fail.Malformed, "track.bad_format",
	"The format must be gpx or geojson.")

// mountFiles registers what is read and written as a whole: batches of fixes, GPX
// in, GPX and GeoJSON out. They are plain routes because their bodies are long.
func (s Surface) mountFiles(a *api.API) {
	ok := func(text string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: text}}
	}
	tags := []string{"Positions"}
	a.PlainBody(http.MethodPost, "/v1/fixes", business.PositionsWrite, maxBatchBody, s.batch)
	a.Describe(&huma.Operation{
		OperationID: "record-fixes", Method: http.MethodPost, Path: "/v1/fixes", Tags: tags,
		Summary: "Record a batch of fixes of one's own, at most 5,000, fast",
		Description: "As POST /v1/positions, for devices that send much: " +
			`{"fixes":[{"at":"2026-11-23T14:00:00Z","position":[-75.5,39.1],"accuracy_m":6,` +
			`"speed_kmh":40,"course_deg":90}],"sent_at":"…"}. The answer counts stored and discarded. ` +
			"After the first 1,200 requests four a second are taken, however many fixes each holds; beyond " +
			"that the answer is 429, and Retry-After says when to come again.",
		Responses: map[string]*huma.Response{
			"200": {Description: "Durable"},
			"429": {Description: "The person sends too many requests"},
		},
	})
	a.PlainBody(http.MethodPost, "/v1/me/tracks", business.PositionsWrite, maxGPXBody, s.upload)
	a.Describe(&huma.Operation{
		OperationID: "upload-gpx", Method: http.MethodPost, Path: "/v1/me/tracks", Tags: tags,
		Summary: "Upload a GPX file of one's own way",
		Description: "Points without a time and of time off duty are left out and counted. With the parameter " +
			"start (RFC 3339) the file's times are moved there, and points without one follow every ten seconds.",
		Responses: ok("Durable"),
	})
	a.Plain(http.MethodGet, "/v1/tracks/{person}/export", api.SignedIn, s.export)
	a.Describe(&huma.Operation{
		OperationID: "export-track", Method: http.MethodGet, Path: "/v1/tracks/{person}/export",
		Tags: tags, Summary: "Download a person's fixes as GPX or GeoJSON",
		Description: "Parameters: from and to (dates, inclusive), format (gpx or geojson). One's own needs " +
			"no permission; others' need tracks.read and stand in the audit trail.",
		Responses: ok("The file"),
	})
}

// batchIn is the body of /v1/fixes.
type batchIn struct {
	Fixes []struct {
		At        time.Time  `json:"at"`
		Position  [2]float64 `json:"position"`
		AccuracyM *float32   `json:"accuracy_m"`
		SpeedKmh  *float32   `json:"speed_kmh"`
		CourseDeg *float32   `json:"course_deg"`
	} `json:"fixes"`
	SentAt *time.Time `json:"sent_at"`
}

func (s Surface) batch(w http.ResponseWriter, r *http.Request) error {
	if err := s.request(r.Context()); err != nil {
		return err
	}
	var in batchIn
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return track.ErrBatchForm.Because(err)
	}
	me := int64(api.Actor(r.Context()).Person)
	var ahead time.Duration
	if in.SentAt != nil {
		ahead = in.SentAt.Sub(s.Now())
	}
	fixes := make([]track.Fix, len(in.Fixes))
	for i, f := range in.Fixes {
		fixes[i] = track.Fix{Person: me, At: f.At.Add(-ahead), Position: f.Position,
			AccuracyM: f.AccuracyM, SpeedKmh: f.SpeedKmh, CourseDeg: f.CourseDeg, Source: "app"}
	}
	receipt, err := s.Track.Record(r.Context(), fixes)
	if err != nil {
		return err
	}
	return writeJSON(w, receipt)
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader is gone
	return nil
}

// UploadOut says what became of an uploaded file.
type UploadOut struct {
	track.Receipt
	Untimed int `json:"untimed"` // points without a time
}

func (s Surface) upload(w http.ResponseWriter, r *http.Request) error {
	if err := s.request(r.Context()); err != nil {
		return err
	}
	var start time.Time
	if text := r.URL.Query().Get("start"); text != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, text); err != nil {
			return ErrDate
		}
	}
	fixes, untimed, err := track.ReadGPX(r.Body, maxGPX, start)
	if err != nil {
		return err
	}
	me := int64(api.Actor(r.Context()).Person)
	out := UploadOut{Untimed: untimed}
	for some := range slices.Chunk(fixes, track.MaxBatch) {
		for i := range some {
			some[i].Person = me
		}
		receipt, err := s.Track.Record(r.Context(), some)
		if err != nil {
			return err
		}
		out.Stored += receipt.Stored
		out.OffDuty += receipt.OffDuty
		out.NoConsent += receipt.NoConsent
	}
	return writeJSON(w, out)
}

func (s Surface) export(w http.ResponseWriter, r *http.Request) error {
	person, err := strconv.ParseInt(chi.URLParam(r, "person"), 10, 64)
	if err != nil {
		return track.ErrNotFound
	}
	q := r.URL.Query()
	in := reportIn{Person: person, From: q.Get("from"), To: q.Get("to")}
	from, after, err := in.dates()
	if err != nil {
		return err
	}
	format := q.Get("format")
	if format != "gpx" && format != "geojson" {
		return ErrFormat
	}
	by, err := mayRead(r.Context(), person)
	if err != nil {
		return err
	}
	t, err := s.Track.Track(r.Context(), by, person, from.At(s.Zone, 0), after.At(s.Zone, 0))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("track-%d-%v", person, from)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"."+format))
	if format == "gpx" {
		w.Header().Set("Content-Type", "application/gpx+xml")
		_ = track.WriteGPX(w, name, t.Fixes) // the reader is gone
		return nil
	}
	w.Header().Set("Content-Type", "application/geo+json")
	_ = track.WriteGeoJSON(w, name, t.Fixes)
	return nil
}
