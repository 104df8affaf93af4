package sheet

import (
	"fmt"
	"net/http"
)

// Serve answers with a table as a download called name.format. rows writes it row
// by row; what it fails with before the first row is returned, so that it can be
// answered as a refusal. A fault after the first byte cuts the connection, so that
// half a table never looks like a whole one.
func Serve(w http.ResponseWriter, name string, format Format, rows func(Writer) error) error {
	d := &download{w: w, name: name, format: format}
	err := rows(d)
	if err == nil && d.out == nil {
		err = d.begin()
	}
	if err == nil {
		err = d.out.Close()
	}
	if err != nil && d.out != nil {
		panic(http.ErrAbortHandler)
	}
	return err
}

// download begins the answer with its first row.
type download struct {
	w      http.ResponseWriter
	name   string
	format Format
	out    Writer
}

func (d *download) begin() error {
	h := d.w.Header()
	media := "text/csv; charset=utf-8"
	if d.format == XLSX {
		media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, d.name, d.format))
	h.Set("Cache-Control", "no-store")
	var err error
	if d.format == XLSX {
		d.out, err = NewXLSX(d.w, d.name)
	} else {
		d.out, err = NewCSV(d.w)
	}
	return err
}

// Row writes one line.
func (d *download) Row(cells ...any) error {
	if d.out == nil {
		if err := d.begin(); err != nil {
			return err
		}
	}
	return d.out.Row(cells...)
}

// Close does nothing: Serve closes.
func (d *download) Close() error { return nil }
