package identityapi

import (
	"context"
	"net/http"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

type (
	importInput struct {
		Dry     bool   `query:"dry_run" doc:"Say what would become of the file and change nothing"`
		RawBody []byte `contentType:"application/octet-stream"`
	}
	invitation struct {
		Line     int    `json:"line" doc:"Of the file"`
		Name     string `json:"name"`
		Login    string `json:"login"`
		Password string `json:"password" doc:"For the first sign-in; shown now and never again"`
	}
	importOutput struct {
		Body struct {
			Rows        int          `json:"rows"`
			Created     int          `json:"created" doc:"People"`
			Known       int          `json:"known" doc:"People whose login existed; left alone"`
			Teams       int          `json:"teams" doc:"Created"`
			Invitations []invitation `json:"invitations" doc:"Empty in a dry run and in a replay"`
		}
	}
)

const importBytes = 5 << 20

func (m mount) imports() {
	api.Post(m.a, "/v1/people/import", api.Op{
		ID: "import-people", Summary: "Import an organisation from XLSX or CSV",
		Tags: []string{"People"}, Perm: business.PeopleWrite, Command: true,
		Description: "People with roles and teams, in the form of the template, at most 1,000 rows. " +
			"All or nothing; every fault is told with its line.",
		MaxBody: importBytes, ReadTimeout: time.Minute,
		Problems: []*fail.Error{identity.ErrImport, identity.ErrAboveSelf, sheet.ErrEmpty,
			sheet.ErrUnreadable, sheet.ErrOldFormat, sheet.ErrTooLarge, identity.ErrBusy},
	}, m.importPeople)
	m.a.Plain(http.MethodGet, "/v1/people/import/template.xlsx", business.PeopleWrite,
		func(w http.ResponseWriter, _ *http.Request) error { return template(w) })
}

func (m mount) importPeople(ctx context.Context, in *importInput) (*importOutput, error) {
	done, invited, err := m.s.ImportPeople(ctx, api.Actor(ctx), identity.Organisation{
		Key: api.IdemKey(ctx), File: in.RawBody, Dry: in.Dry,
	})
	if err != nil {
		return nil, err
	}
	var out importOutput
	b := &out.Body
	b.Rows, b.Created, b.Known, b.Teams = done.Rows, done.Created, done.Known, done.Teams
	b.Invitations = []invitation{}
	for _, i := range invited {
		b.Invitations = append(b.Invitations, invitation(i))
	}
	return &out, nil
}

// template is a workbook with the heading and two examples.
func template(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="beatplan-people.xlsx"`)
	book, err := sheet.NewXLSX(w, "People")
	if err != nil {
		return err
	}
	english, _ := identity.ImportHeading()
	rows := [][]any{
		cells(english),
		{"Li Wei", "li.wei", "manager", "Sales / North", "yes", "+86 138 0000 0000", "", "", "08:30", "17:30"},
		{"Wang Fang", "wang.fang", "salesperson", "Sales / North", "", "", 121.4737, 31.2304, "08:30", "17:30"},
	}
	for _, r := range rows {
		if err := book.Row(r...); err != nil {
			return err
		}
	}
	return book.Close()
}

func cells(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
