package identity_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/internal/blob"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// feature: Z5.2.1
func TestAPersonOfTheOrganisation(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	if _, err := h.CreatePerson(ctx, h.admin, "key-nowhere", identity.NewPerson{
		Name: "Nobody", Login: "nobody", Role: business.Salesperson, Team: 99,
	}); !errors.Is(err, identity.ErrNoTeam) {
		t.Errorf("a department that does not exist: %v", err)
	}
	team := must(h.CreateTeam(ctx, h.admin, "key-team01", identity.NewTeam{Name: "North"}))(t)
	home, office := orb.Point{-75.5, 39.7}, orb.Point{-75.6, 39.8}
	in := identity.NewPerson{Name: "Li Wei", Login: "li.wei", Role: business.Salesperson,
		Team: team.ID, Post: "Area salesperson", Sex: "female", Phone: "13800000000",
		Home: &home, Office: &office}
	p := must(h.CreatePerson(ctx, h.admin, "key-person", in))(t)
	if p.Post != in.Post || p.Sex != "female" || p.TeamName != "North" || *p.Home != home ||
		*p.Office != office || p.Phone != in.Phone {
		t.Errorf("kept %+v", p)
	}
	if again := must(h.CreatePerson(ctx, h.admin, "key-person", in))(t); again.ID != p.ID {
		t.Errorf("one record for each person: %d and %d", p.ID, again.ID)
	}
	if _, err := h.CreatePerson(ctx, h.admin, "key-another", in); !errors.Is(err, identity.ErrLoginTaken) {
		t.Errorf("the same person twice: %v", err)
	}
	bad := "lots"
	_, err := h.ChangePerson(ctx, h.admin, scope.Everything(),
		identity.Version{ID: int64(p.ID), Version: p.Version}, identity.PersonChange{Sex: &bad})
	if !errors.Is(err, identity.ErrPerson) {
		t.Errorf("an unknown sex: %v", err)
	}
	h.photo(p)
}

// photo gives the person a portrait with a place in it and reads it back without.
func (h *house) photo(p identity.Person) {
	h.t.Helper()
	ctx := h.t.Context()
	files, err := blob.Open(h.t.TempDir())
	if err != nil {
		h.t.Fatal(err)
	}
	h.Photos = files
	picture := image.NewRGBA(image.Rect(0, 0, 900, 600))
	for x := range 900 {
		picture.Set(x, x%600, color.RGBA{200, 30, uint8(x), 255}) // any colour
	}
	var sent bytes.Buffer
	if err := jpeg.Encode(&sent, picture, nil); err != nil {
		h.t.Fatal(err)
	}
	after, err := h.SetPhoto(ctx, h.admin, scope.Everything(), p.ID, sent.Bytes())
	if err != nil || after.Photo == "" {
		h.t.Fatalf("%+v %v", after, err)
	}
	f, key, err := h.Photo(ctx, scope.Everything(), p.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	kept, err := io.ReadAll(f)
	c, format, err2 := image.DecodeConfig(bytes.NewReader(kept))
	if err != nil || err2 != nil || format != "jpeg" || c.Width != 480 || c.Height != 320 || key != after.Photo {
		h.t.Errorf("kept %s %d×%d %v %v", format, c.Width, c.Height, err, err2)
	}
	_, err = h.SetPhoto(ctx, h.admin, scope.Everything(), p.ID, []byte("<svg onload=alert(1)>"))
	if !errors.Is(err, blob.ErrNoPicture) {
		h.t.Errorf("no picture: %v", err)
	}
	if _, _, err := h.Photo(ctx, scope.Scope{People: []int64{1}}, p.ID); !errors.Is(err, identity.ErrNoPerson) {
		h.t.Errorf("a stranger's photo: %v", err)
	}
}

// feature: G34
func TestErasingAPersonDestroysTheirKeyAndTheChainStands(t *testing.T) {
	h := newHouse(t, nil)
	ctx := business.WithOrigin(t.Context(), business.Origin{Address: "203.0.113.9", Agent: "Nokia 3310"})
	p := must(h.CreatePerson(ctx, h.admin, "key-person", identity.NewPerson{Name: "Zhang Xiaoming",
		Login: "zhang.xiaoming", Role: business.Salesperson, Phone: "13912345678", Password: password}))(t)
	if _, _, err := h.SignIn(ctx, identity.SignIn{Login: p.Login, Password: password}); err != nil {
		t.Fatal(err)
	}
	raw := func() (text string) {
		t.Helper()
		err := h.db.QueryRow(ctx, `select string_agg(e::text, ' ') from audit.entry e`).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, personal := range []string{"Xiaoming", "xiaoming", "13912345678", "203.0.113.9", "Nokia"} {
		if strings.Contains(raw(), personal) {
			t.Errorf("%s lies open in the table", personal)
		}
	}
	trail := func() string {
		t.Helper()
		var all strings.Builder
		for _, e := range must(h.log.Entries(ctx, audit.Filter{}, 0, 100))(t) {
			if e.Person == p.ID || e.Object == "person" && e.Target == int64(p.ID) {
				all.WriteString(string(e.Before) + string(e.After) + e.Address + e.Agent)
			}
		}
		return all.String()
	}
	if got := trail(); !strings.Contains(got, "Zhang Xiaoming") || !strings.Contains(got, "203.0.113.9") {
		t.Errorf("before the erasure the trail reads %s", got)
	}
	erase := func() error {
		return h.db.InTx(ctx, func(tx db.Tx) error { return h.Erase(ctx, tx, h.admin, p.ID) })
	}
	if err := erase(); !errors.Is(err, identity.ErrStillActive) {
		t.Errorf("somebody active: %v", err)
	}
	off := false
	if _, err := h.ChangePerson(ctx, h.admin, scope.Everything(),
		identity.Version{ID: int64(p.ID), Version: p.Version}, identity.PersonChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.log.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if err := erase(); err != nil {
		t.Fatal(err)
	}
	if err := erase(); !errors.Is(err, identity.ErrErased) {
		t.Errorf("twice: %v", err)
	}
	if got := trail(); strings.Contains(got, "Xiaoming") || strings.Contains(got, "139") ||
		!strings.Contains(got, `"erased"`) {
		t.Errorf("after the erasure the trail reads %s", got)
	}
	if _, err := h.log.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if fault, n, err := h.log.Verify(ctx); fault != nil || err != nil || n < 5 {
		t.Errorf("the chain: %+v after %d, %v", fault, n, err)
	}
	got := must(h.PersonByID(ctx, scope.Everything(), p.ID))(t)
	if !got.Erased || strings.Contains(got.Name+got.Login, "hang") || got.Phone != "" {
		t.Errorf("left of them: %+v", got)
	}
	_, _, err := h.SignIn(ctx, identity.SignIn{Login: p.Login, Password: password})
	if !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("signs in: %v", err)
	}
}
