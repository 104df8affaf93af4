package visitsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/visits"
	"beatplan/geo"
	"beatplan/internal/fail"
)

const photoBody = 21 << 20 // a little above what the darkroom takes

func (m mount) evidence() {
	api.Post(m.a, "/v1/visits/{id}/photos", api.Op{
		ID: "add-visit-photo", Summary: "Add a photo to one's own visit",
		Description: "The body is the file as the camera wrote it: JPEG, PNG or WebP, at most 20 MB. " +
			"It is durable when this answers, and drawn soon after: upright, at most 1600 pixels, " +
			"stamped with time, place, person and customer, without what the camera wrote into it. " +
			"The same file again is the same photo.",
		Tags: visitTags(), Perm: business.VisitsWrite, Command: true, Status: http.StatusCreated,
		MaxBody: photoBody, ReadTimeout: time.Minute,
		Problems: append([]*fail.Error{
			visits.ErrNoVisit, visits.ErrNotOpen, visits.ErrPhotoAtDesk, visits.ErrPhotoFromGallery,
			visits.ErrPhotoTime, visits.ErrPhotoOld, visits.ErrTooManyPhotos, visits.ErrBadFix,
		}, visits.PictureFaults()...),
	}, m.addPhoto)
	api.Get(m.a, "/v1/visits/{id}/photos", api.Op{
		ID: "list-visit-photos", Summary: "List the photos of a visit, as they were taken",
		Tags: visitTags(), Perm: business.VisitsRead, Problems: []*fail.Error{visits.ErrNoVisit},
	}, m.photos)
	m.a.Plain(http.MethodGet, "/v1/visit-photos/{id}", business.VisitsRead, m.picture)
	m.a.Describe(&huma.Operation{
		OperationID: "get-visit-photo", Method: http.MethodGet, Path: "/v1/visit-photos/{id}",
		Summary: "Read the picture of a photo, as a JPEG", Tags: visitTags(),
		Parameters: []*huma.Param{{
			Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger},
		}},
		Responses: map[string]*huma.Response{
			"200": {Description: "The picture", Content: map[string]*huma.MediaType{"image/jpeg": {}}},
			"404": {Description: visits.ErrNoPhoto.Code},
		},
	})
	api.Get(m.a, "/v1/visits/{id}/truth", api.Op{
		ID: "get-visit-truth", Summary: "Judge how far a visit is to be believed, and why",
		Description: "For a person to weigh: nothing follows from the score by itself.",
		Tags:        visitTags(), Perm: business.VisitsRead, Problems: []*fail.Error{visits.ErrNoVisit},
	}, m.truth)
}

func (m mount) steps() {
	api.Get(m.a, "/v1/visits/{id}/steps", api.Op{
		ID: "list-visit-steps", Summary: "List what there is to do during a visit",
		Tags: visitTags(), Perm: business.VisitsRead, Problems: []*fail.Error{visits.ErrNoVisit},
	}, m.stepsOf)
	api.Put(m.a, "/v1/visits/{id}/steps/{name}", api.Op{
		ID: "answer-visit-step", Summary: "Record the answers to a form of one's own open visit",
		Tags: visitTags(), Perm: business.VisitsWrite, Command: true,
		Problems: []*fail.Error{visits.ErrNoVisit, visits.ErrNotOpen, visits.ErrNoForm,
			visits.ErrAnswersInvalid},
	}, m.answer)
	api.Get(m.a, "/v1/visit-forms", api.Op{
		ID: "list-visit-forms", Summary: "List the configured steps of visits",
		Tags: visitTags(), Perm: api.SignedIn,
	}, m.forms)
	api.Put(m.a, "/v1/visit-forms/{name}", api.Op{
		ID: "set-visit-form", Summary: "Add a configured step, or replace the one of its name",
		Tags: visitTags(), Perm: business.SettingsWrite,
		Problems: []*fail.Error{visits.ErrFormInvalid},
	}, m.setForm)
}

// Photo is one picture of a visit.
type Photo struct {
	ID         int64             `json:"id"`
	VisitID    business.VisitID  `json:"visit_id"`
	Step       string            `json:"step"`
	State      visits.PhotoState `json:"state" enum:"arrived,kept,unreadable"`
	URL        string            `json:"url" doc:"Of the picture; empty until it is drawn"`
	TakenAt    time.Time         `json:"taken_at" doc:"By the server's clock"`
	DeviceAt   time.Time         `json:"device_at" doc:"By the device's clock"`
	SkewS      int               `json:"skew_s" doc:"How far the device's clock runs ahead"`
	ReceivedAt time.Time         `json:"received_at"`
	Position   *orb.Point        `json:"position"`
	AccuracyM  *float64          `json:"accuracy_m"`
	DistanceM  *int              `json:"distance_m" doc:"To the customer"`
	Grade      visits.Grade      `json:"grade" enum:"browser,tracker,native" doc:"What vouches for it"`
	Flags      []string          `json:"flags" doc:"What is odd about it; evidence, never a penalty"`
	Stamp      []string          `json:"stamp" doc:"The lines that are drawn on it"`
}

func photoView(p visits.Photo) Photo {
	v := Photo{
		ID: p.ID, VisitID: p.Visit, Step: p.Step, State: p.State, TakenAt: p.TakenAt,
		DeviceAt: p.DeviceAt, SkewS: int(p.Skew.Seconds()), ReceivedAt: p.ReceivedAt,
		Position: p.Point, Grade: p.Grade, Flags: p.Flags, Stamp: p.Stamp,
	}
	if p.State == visits.PhotoKept {
		v.URL = "/v1/visit-photos/" + strconv.FormatInt(p.ID, 10)
	}
	if p.Point != nil {
		accuracy := float64(p.Accuracy)
		v.AccuracyM = &accuracy
	}
	if p.Distance != nil {
		d := int(*p.Distance)
		v.DistanceM = &d
	}
	if v.Flags == nil {
		v.Flags = []string{}
	}
	if v.Stamp == nil {
		v.Stamp = []string{}
	}
	return v
}

type (
	addPhotoIn struct {
		Client
		ID        business.VisitID `path:"id" minimum:"1"`
		Source    string           `query:"source" enum:"camera,gallery" required:"true" doc:"camera: taken by the app's own camera"`
		TakenAt   time.Time        `query:"taken_at" required:"true" doc:"By the device's clock"`
		SentAt    time.Time        `query:"sent_at" required:"true" doc:"By the device's clock; unmasks a wrong one"`
		AheadS    float64          `query:"ahead_s" minimum:"-1000000000" maximum:"1000000000" doc:"By how much the device's clock ran ahead of the server's when it last heard from the server before"`
		HeardAt   time.Time        `query:"heard_at" doc:"When that was, by the server's clock; absent: unknown"`
		ElapsedS  float64          `query:"elapsed_s" minimum:"0" maximum:"1000000000" doc:"Since the photo was taken, by a clock that nobody can set; 0: unknown"`
		Lon       string           `query:"lon" doc:"Where the device was, WGS-84"`
		Lat       string           `query:"lat"`
		AccuracyM float64          `query:"accuracy_m" minimum:"0" maximum:"100000"`
		Step      string           `query:"step" maxLength:"80" doc:"Which step it belongs to"`
		RawBody   []byte           `contentType:"application/octet-stream"`
	}
	photoOut  struct{ Body Photo }
	photosOut struct{ Body []Photo }
)

func (m mount) addPhoto(ctx context.Context, in *addPhotoIn) (*photoOut, error) {
	shot := visits.Shot{
		Visit: in.ID, Step: in.Step, Camera: in.Source == "camera", TakenAt: in.TakenAt,
		SentAt: in.SentAt, Accuracy: geo.Meters(in.AccuracyM), File: bytes.NewReader(in.RawBody),
		Clock: visits.Clock{
			Ahead: seconds(in.AheadS), Heard: in.HeardAt, Elapsed: seconds(in.ElapsedS),
		},
	}
	if in.Lon != "" || in.Lat != "" {
		lon, err1 := strconv.ParseFloat(in.Lon, 64)
		lat, err2 := strconv.ParseFloat(in.Lat, 64)
		if err1 != nil || err2 != nil {
			return nil, visits.ErrBadFix
		}
		shot.Point = &orb.Point{lon, lat}
	}
	p, err := m.s.AddPhoto(ctx, in.caller(ctx), api.IdemKey(ctx), shot)
	if err != nil {
		return nil, err
	}
	return &photoOut{photoView(p)}, nil
}

func (m mount) photos(ctx context.Context, in *visitIn) (*photosOut, error) {
	found, err := m.s.Photos(ctx, in.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &photosOut{Body: make([]Photo, len(found))}
	for i, p := range found {
		out.Body[i] = photoView(p)
	}
	return out, nil
}

func (m mount) picture(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil || id < 1 {
		return visits.ErrNoPhoto
	}
	f, p, err := m.s.Picture(r.Context(), Client{}.caller(r.Context()), id)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	w.Header().Set("Content-Type", "image/jpeg")
	// Kept by the browser, and asked about each time: who may see it is decided anew.
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("ETag", `"`+string(p.Picture[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// Truth is how far a visit is to be believed.
type Truth struct {
	Score  int          `json:"score" doc:"100: nothing speaks against it"`
	Grade  visits.Grade `json:"grade" enum:"browser,tracker,native" doc:"What vouches for the check-in"`
	Out    visits.Grade `json:"out_grade" doc:"What vouches for the check-out; empty without a position there"`
	Doubts []Doubt      `json:"doubts"`
}

// Doubt is one thing that speaks against a visit, or was not there to speak for it.
type Doubt struct {
	Code   string  `json:"code" example:"outside"`
	Weight int     `json:"weight" doc:"What it takes off the score; 0: only worth knowing"`
	Value  float64 `json:"value" doc:"Metres, km/h, seconds or a count, by the code"`
}

type truthOut struct{ Body Truth }

func (m mount) truth(ctx context.Context, in *visitIn) (*truthOut, error) {
	t, err := m.s.Truth(ctx, in.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &truthOut{Truth{t.Score, t.Grade, t.Out, make([]Doubt, len(t.Doubts))}}
	for i, d := range t.Doubts {
		out.Body.Doubts[i] = Doubt(d)
	}
	return out, nil
}

// Step is one thing to do during a visit.
type Step struct {
	Name     string         `json:"name"`
	Kind     string         `json:"kind" example:"shelf"`
	Title    string         `json:"title"`
	Required bool           `json:"required" doc:"No check-out without it"`
	Fields   []visits.Field `json:"fields"`
	Done     bool           `json:"done"`
	Answers  map[string]any `json:"answers"`
}

// FormSetting is what is set of a configured step.
type FormSetting struct {
	Kind     string         `json:"kind" enum:"task,shelf,stock,survey"`
	Title    string         `json:"title" maxLength:"100"`
	Fields   []visits.Field `json:"fields" maxItems:"40"`
	Required bool           `json:"required,omitempty" doc:"No check-out without it"`
	Kinds    []string       `json:"customer_kinds,omitempty" maxItems:"50" doc:"Empty: all"`
	Place    int            `json:"place,omitempty" doc:"Order on the screen"`
	Active   bool           `json:"active"`
}

// Form is a configured step of visits.
type Form struct {
	Name string `json:"name"`
	FormSetting
}

type (
	stepsOut struct{ Body []Step }
	answerIn struct {
		Client
		ID   business.VisitID `path:"id" minimum:"1"`
		Name string           `path:"name" maxLength:"80"`
		Body struct {
			Answers map[string]any `json:"answers"`
		}
	}
	formsOut struct{ Body []Form }
	formIn   struct {
		Name string `path:"name" maxLength:"40"`
		Body FormSetting
	}
	formOut struct{ Body Form }
)

// stepViews are the steps of which the caller may be told.
func stepViews(ctx context.Context, steps []visits.Step) []Step {
	out := make([]Step, 0, len(steps))
	for _, s := range steps {
		if s.Needs != "" && !api.CallerOf(ctx).May(s.Needs) {
			continue
		}
		v := Step{
			Name: s.Name, Kind: s.Kind, Title: s.Title, Required: s.Required,
			Fields: s.Fields, Done: s.Done, Answers: map[string]any{},
		}
		if v.Fields == nil {
			v.Fields = []visits.Field{}
		}
		if s.Content != nil {
			// A module's content that is no object is shown as nothing.
			_ = json.Unmarshal(s.Content, &v.Answers)
		}
		out = append(out, v)
	}
	return out
}

func (m mount) stepsOf(ctx context.Context, in *visitIn) (*stepsOut, error) {
	found, err := m.s.StepsOf(ctx, in.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &stepsOut{stepViews(ctx, found)}, nil
}

func (m mount) answer(ctx context.Context, in *answerIn) (*stepsOut, error) {
	found, err := m.s.Answer(ctx, in.caller(ctx), api.IdemKey(ctx), visits.Answers{
		Visit: in.ID, Form: in.Name, Answers: in.Body.Answers,
	})
	if err != nil {
		return nil, err
	}
	return &stepsOut{stepViews(ctx, found)}, nil
}

func (m mount) forms(ctx context.Context, _ *struct{}) (*formsOut, error) {
	found, err := m.s.Forms(ctx)
	if err != nil {
		return nil, err
	}
	out := &formsOut{Body: make([]Form, len(found))}
	for i, f := range found {
		out.Body[i] = Form{f.Name, FormSetting{
			f.Kind, f.Title, f.Fields, f.Required, f.Kinds, f.Place, f.Active,
		}}
	}
	return out, nil
}

func (m mount) setForm(ctx context.Context, in *formIn) (*formOut, error) {
	b := in.Body
	err := m.s.SetForm(ctx, Client{}.caller(ctx), visits.Form{
		Name: in.Name, Kind: b.Kind, Title: b.Title, Fields: b.Fields, Required: b.Required,
		Kinds: b.Kinds, Place: b.Place, Active: b.Active,
	})
	if err != nil {
		return nil, err
	}
	return &formOut{Form{in.Name, b}}, nil
}
