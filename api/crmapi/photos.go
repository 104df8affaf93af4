package crmapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo/geodesic"
	"beatplan/internal/fail"
)

// photos registers the photos of shop-fronts.
func (m mount) photos() {
	refusals := []*fail.Error{crm.ErrNoCustomer, crm.ErrOnlyShared, crm.ErrArchived, crm.ErrInvalid}
	api.Put(m.a, "/v1/customers/{id}/photo", api.Op{
		ID: "set-customer-photo", Summary: "Make a photo of the shop-front the customer's logo",
		Description: "JPEG, PNG or WebP of at most 20 MB; it is kept upright, at most 1000 pixels, " +
			"without what the camera wrote into it. The logo before stays in the list of photos. Where " +
			"it was taken is proposed as the position of a customer that has none.",
		Tags: tags(), Perm: business.CustomersWrite, MaxBody: 21 << 20, ReadTimeout: time.Minute,
		Problems: append(crm.PhotoRefusals(), refusals...),
	}, m.setPhoto)
	api.Delete(m.a, "/v1/customers/{id}/photo", api.Op{
		ID: "remove-customer-photo", Summary: "Take a customer's logo away; the photo stays in the list",
		Tags: tags(), Perm: business.CustomersWrite, Problems: refusals,
	}, m.removePhoto)
	api.Get(m.a, "/v1/customers/{id}/photos", api.Op{
		ID: "list-customer-photos", Summary: "List a customer's photos, the newest first",
		Tags: tags(), Perm: business.CustomersRead, Problems: []*fail.Error{crm.ErrNoCustomer},
	}, m.photoList)
	m.a.Plain(http.MethodGet, "/v1/customers/{id}/photo", business.CustomersRead, m.picture)
	m.a.Describe(&huma.Operation{
		OperationID: "get-customer-photo", Method: http.MethodGet, Path: "/v1/customers/{id}/photo",
		Summary: "Read the logo of a customer, or with v another of its photos, as a JPEG", Tags: tags(),
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger}},
			{Name: "v", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger}},
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The picture", Content: map[string]*huma.MediaType{"image/jpeg": {}}},
			"404": {Description: crm.ErrNoPhoto.Code},
		},
	})
}

// photoAddress changes with the photo, so that browsers may keep it.
func photoAddress(customer business.CustomerID, photo int64) string {
	if photo == 0 {
		return ""
	}
	return fmt.Sprintf("/v1/customers/%d/photo?v=%d", customer, photo)
}

type photoIn struct {
	CustomerPath
	Source    crm.TakenBy `query:"source" enum:"camera,gallery,desk" default:"desk" doc:"camera: taken by the app's own camera"`
	TakenAt   time.Time   `query:"taken_at" doc:"By the device's clock; absent: as the file says"`
	Lon       string      `query:"lon" doc:"Where the device was, WGS-84; absent: as the file says"`
	Lat       string      `query:"lat"`
	AccuracyM float64     `query:"accuracy_m" minimum:"0" maximum:"100000"`
	RawBody   []byte      `contentType:"application/octet-stream"`
}

func (m mount) setPhoto(ctx context.Context, in *photoIn) (*customerOut, error) {
	shot := crm.Shot{File: in.RawBody, By: in.Source, TakenAt: in.TakenAt, AccuracyM: in.AccuracyM}
	if in.Lon != "" || in.Lat != "" {
		at, err := point(in.Lon + "," + in.Lat)
		if err != nil {
			return nil, err
		}
		shot.Point = at
	}
	return m.shown(ctx)(m.s.SetPhoto(ctx, by(ctx), in.ID, shot))
}

func (m mount) removePhoto(ctx context.Context, in *CustomerPath) (*customerOut, error) {
	return m.shown(ctx)(m.s.RemovePhoto(ctx, by(ctx), in.ID))
}

// CustomerPhoto is a photo of a customer's shop-front.
type CustomerPhoto struct {
	ID        int64             `json:"id"`
	URL       string            `json:"url"`
	Logo      bool              `json:"logo" doc:"It is the customer's logo now"`
	TakenAt   time.Time         `json:"taken_at"`
	Source    crm.TakenBy       `json:"source" enum:"camera,gallery,desk"`
	Position  *orb.Point        `json:"position" doc:"Where it was taken, WGS-84"`
	AccuracyM *float64          `json:"accuracy_m"`
	DistanceM *int              `json:"distance_m" doc:"From the customer's position"`
	AddedAt   time.Time         `json:"added_at"`
	AddedBy   business.PersonID `json:"added_by"`
	AddedName string            `json:"added_name"`
}

type photosOut struct {
	Body struct {
		Items []CustomerPhoto `json:"items"`
	}
}

func (m mount) photoList(ctx context.Context, in *CustomerPath) (*photosOut, error) {
	c, err := m.s.Customer(ctx, api.Scope(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	photos, err := m.s.Photos(ctx, api.Scope(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &photosOut{}
	out.Body.Items = make([]CustomerPhoto, len(photos))
	for i, p := range photos {
		out.Body.Items[i] = CustomerPhoto{
			ID: p.ID, URL: photoAddress(c.ID, p.ID), Logo: p.ID == c.Photo, TakenAt: p.TakenAt,
			Source: p.TakenBy, Position: p.Position, AccuracyM: p.AccuracyM, AddedAt: p.AddedAt,
			AddedBy: p.AddedBy, AddedName: p.AddedName,
		}
		if p.Position != nil && c.Position != nil {
			d := int(geodesic.Distance(*p.Position, *c.Position) + 0.5)
			out.Body.Items[i].DistanceM = &d
		}
	}
	return out, nil
}

func (m mount) picture(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return crm.ErrNoCustomer
	}
	photo, err := strconv.ParseInt("0"+r.URL.Query().Get("v"), 10, 64)
	if err != nil {
		return crm.ErrNoPhoto
	}
	f, key, err := m.s.Picture(r.Context(), api.Scope(r.Context()), business.CustomerID(id), photo)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	return api.ServeJPEG(w, r, f, string(key))
}
