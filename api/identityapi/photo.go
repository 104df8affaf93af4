package identityapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
)

type photoInput struct {
	ID      business.PersonID `path:"id" minimum:"1"`
	RawBody []byte            `contentType:"application/octet-stream"`
}

// photoAddress changes with the picture, so that browsers may keep it.
func photoAddress(p identity.Person) string {
	if p.Photo == "" {
		return ""
	}
	return fmt.Sprintf("/v1/people/%d/photo?v=%.12s", p.ID, p.Photo)
}

func (m mount) portraits() {
	tags := []string{"People"}
	api.Put(m.a, "/v1/people/{id}/photo", api.Op{
		ID: "set-person-photo", Summary: "Give a person a portrait", Tags: tags,
		Description: "JPEG, PNG or WebP of at most 8 MB; it is kept upright, at most 480 pixels wide, " +
			"without place and camera.",
		Perm: business.PeopleWrite, MaxBody: 9 << 20, ReadTimeout: time.Minute,
		Problems: []*fail.Error{identity.ErrNoPerson, identity.ErrAboveSelf, identity.ErrErased},
	}, func(ctx context.Context, in *photoInput) (*personOutput, error) {
		if in.RawBody == nil {
			in.RawBody = []byte{}
		}
		p, err := m.s.SetPhoto(ctx, api.Actor(ctx), api.Scope(ctx), in.ID, in.RawBody)
		return m.shown(ctx, p, err)
	})
	api.Delete(m.a, "/v1/people/{id}/photo", api.Op{
		ID: "remove-person-photo", Summary: "Take a person's portrait away", Tags: tags,
		Perm:     business.PeopleWrite,
		Problems: []*fail.Error{identity.ErrNoPerson, identity.ErrAboveSelf, identity.ErrErased},
	}, func(ctx context.Context, in *personInput) (*personOutput, error) {
		p, err := m.s.SetPhoto(ctx, api.Actor(ctx), api.Scope(ctx), in.ID, nil)
		return m.shown(ctx, p, err)
	})
	m.a.Plain(http.MethodGet, "/v1/people/{id}/photo", business.PeopleRead, m.photo)
}

func (m mount) photo(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return identity.ErrNoPerson
	}
	f, key, err := m.s.Photo(r.Context(), api.Scope(r.Context()), business.PersonID(id))
	if err != nil {
		return err
	}
	defer f.Close() // only read
	return api.ServeJPEG(w, r, f, string(key))
}
