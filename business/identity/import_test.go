package identity_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
	"beatplan/internal/scope"
	"beatplan/internal/sheet"
)

func book(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := sheet.NewXLSX(&b, "People")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func heading(chinese bool) []any {
	en, zh := identity.ImportHeading()
	if chinese {
		en = zh
	}
	out := make([]any, len(en))
	for i, h := range en {
		out[i] = h
	}
	return out
}

// feature: Z1.3
func TestAnOrganisationOfAHundred(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	rows := [][]any{heading(true), {"经理", "boss", "经理", "销售部", "是", "", "", "", "", ""}}
	for i := range 99 {
		rows = append(rows, []any{fmt.Sprint("业务员", i), fmt.Sprint("rep", i), "业务员",
			fmt.Sprintf("销售部/%d组", i%9), "", "555", -75.5, 39.7, "09:00", "18:00"})
	}
	file := book(t, rows...)
	begin := time.Now()
	dry, none, err := h.ImportPeople(ctx, h.admin, identity.Organisation{File: file, Dry: true})
	if err != nil || dry.Created != 100 || dry.Teams != 10 || none != nil {
		t.Fatalf("dry run %+v %v", dry, err)
	}
	if n := must(h.CountPeople(ctx, scope.Everything(), identity.Filter{}))(t); n != 1 {
		t.Fatalf("the dry run left %d people", n)
	}
	key := h.key()
	in := identity.Organisation{Key: key, File: file}
	done, invited, err := h.ImportPeople(ctx, h.admin, in)
	if err != nil || done != dry || len(invited) != 100 {
		t.Fatalf("import %+v of %d: %v", done, len(invited), err)
	}
	t.Logf("a hundred people in %v", time.Since(begin))
	token, err := h.signIn(invited[0].Login, invited[0].Password)
	if err != nil {
		t.Fatal(err)
	}
	id := must(h.Identify(ctx, token))(t)
	if id.Actor.Role != business.Manager || len(id.Scope.People) != 100 {
		t.Errorf("the manager sees %d people as %s", len(id.Scope.People), id.Actor.Role)
	}
	people := must(h.People(ctx, scope.Everything(), identity.Filter{Search: "rep13"}, identity.Seek{}, 5))(t)
	if p := people[0]; p.TeamName != "4组" || (*p.Home)[0] != -75.5 || p.Shift.Start != 540 || p.Phone != "555" {
		t.Errorf("person %+v", p)
	}
	again, invited, err := h.ImportPeople(ctx, h.admin, in)
	if err != nil || again != done || invited != nil {
		t.Errorf("replay %+v %v %v", again, invited, err)
	}
	in.Key = h.key()
	again, _, err = h.ImportPeople(ctx, h.admin, in)
	if err != nil || again.Created != 0 || again.Known != 100 || again.Teams != 0 {
		t.Errorf("the same file once more: %+v %v", again, err)
	}
}

func TestFaultsOfAnOrganisation(t *testing.T) {
	h := newHouse(t, nil)
	csv := "Name,Login,Role,Team,Phone,Home longitude,Home latitude,Shift start,Shift end\n" +
		"Li,li,,,,,,,\n" + // right
		",nn,,,,,,,\n" + // no name
		"A,BAD LOGIN,,,,,,,\n" +
		"B,bb,king,,,,,,\n" +
		"C,li,,,,,,,\n" + // twice
		"D,dd,,,,500,39,,\n" +
		"E,ee,,,,,,25:00,9\n"
	_, _, err := h.ImportPeople(t.Context(), h.admin, identity.Organisation{Key: h.key(), File: []byte(csv)})
	want(t, err, identity.ErrImport)
	var told *fail.Error
	errors.As(err, &told)
	var got []string
	for _, f := range told.Fields {
		got = append(got, f.Path+"="+f.Code)
	}
	if s := strings.Join(got, " "); s != "3: Name=required 8: Shift end=format 6: Login=taken" {
		t.Errorf("faults of the file itself: %s", s)
	}
	csv = strings.NewReplacer(",nn", "N,nn", "C,li", "C,cc", "25:00,9", "10:00,09:00").Replace(csv)
	_, _, err = h.ImportPeople(t.Context(), h.admin, identity.Organisation{Key: h.key(), File: []byte(csv)})
	errors.As(err, &told)
	got = nil
	for _, f := range told.Fields {
		got = append(got, f.Path+"="+f.Code)
	}
	if s := strings.Join(got, " "); s != "4: login=pattern 5: role=unknown 7: home=position 8: shift=range" {
		t.Errorf("faults of the people: %s", s)
	}
	if n := must(h.CountPeople(t.Context(), scope.Everything(), identity.Filter{}))(t); n != 1 {
		t.Errorf("%d people after refused imports", n)
	}
	for _, bad := range []string{"", "Name\nLi\n", "Name,Login\n"} {
		if _, _, err := h.ImportPeople(t.Context(), h.admin, identity.Organisation{Key: h.key(), File: []byte(bad)}); !fail.Is(err, fail.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	seller := business.Actor{Person: h.admin.Person, Role: business.Manager}
	_, _, err = h.ImportPeople(t.Context(), seller, identity.Organisation{Key: h.key(),
		File: []byte("Name,Login,Role\nX,xx,admin\n")})
	want(t, err, identity.ErrAboveSelf)
}
