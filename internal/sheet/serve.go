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

// Table is a download with a head.
type Table struct {
	Name   string // of the file, without the format
	Format Format
	Head   []any
}

// Serve answers with the table; rows is given what writes a row. The head goes
// before the first row, and alone when there is none. See [Serve] for faults.
func (t Table) Serve(w http.ResponseWriter, rows func(row func(...any) error) error) error {
	return Serve(w, t.Name, t.Format, func(out Writer) error {
		began := false
		begin := func() error {
			if began {
				return nil
			}
			began = true
			return out.Row(t.Head...)
		}
		err := rows(func(cells ...any) error {
			if err := begin(); err != nil {
				return err
			}
			return out.Row(cells...)
		})
		if err != nil {
			return err
		}
		return begin()
	})
}

// ServePages answers with a list as a table, page by page. next reads the page after
// a row's sort key, zero for the first, and gives that of its last row, nil when there
// is no more; cells is a row's.
func ServePages[R, C any](
	w http.ResponseWriter, t Table, next func(after C) ([]R, *C, error), cells func(R) []any,
) error {
	return t.Serve(w, func(row func(...any) error) error {
		var after C
		for {
			page, last, err := next(after)
			for i := 0; i < len(page) && err == nil; i++ {
				err = row(cells(page[i])...)
			}
			if err != nil || last == nil {
				return err
			}
			after = *last
		}
	})
}
