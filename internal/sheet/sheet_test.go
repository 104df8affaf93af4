package sheet

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"beatplan/internal/fail"
)

func all(t *testing.T, data []byte) (*File, [][]string) {
	t.Helper()
	f, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for row, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row.Cells)
	}
	return f, out
}

func TestCSVOfEveryOfficeReadsTheSame(t *testing.T) {
	text := "名称,电话,备注\r\n永盛,139,\"a, b\"\r\n\r\n老王,,\r\n"
	gb, _ := simplifiedchinese.GB18030.NewEncoder().String(text)
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with mark": "\uFEFF" + text, "GB 18030": gb, "UTF-16": utf16,
		"semicolons": "名称;电话;备注\r\n永盛;139;a, b\r\n老王;;\r\n",
		"tabs":       "名称\t电话\t备注\r\n永盛\t139\ta, b\r\n老王\t\t\r\n",
	} {
		_, rows := all(t, []byte(data))
		if len(rows) != 3 || rows[0][0] != "名称" || rows[1][0] != "永盛" || rows[1][1] != "139" {
			t.Errorf("%s: %q", name, rows)
		}
	}
}

func TestBrokenFilesSayWhere(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want *fail.Error
		line any
	}{
		"nothing":        {" \n ", ErrEmpty, nil},
		"open quote":     {"a,b\n1,\"2\n3,4\n", ErrUnreadable, 3},
		"stray quote":    {"a,b\n1,2\"x\"\n", ErrUnreadable, 2},
		"zero byte":      {"a,b\n1,\x002\n", ErrUnreadable, 2},
		"old Excel":      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ErrOldFormat, nil},
		"broken zip":     {"PK\x03\x04 and so on", ErrUnreadable, nil},
		"too many cells": {strings.Repeat(",", 300) + "x\n", ErrTooLarge, 1},
		"too long":       {"a\n" + strings.Repeat("x", MaxCell+1) + "\n", ErrTooLarge, 2},
		"too many rows":  {strings.Repeat("x\n", MaxRows+2), ErrTooLarge, nil},
	} {
		f, err := Open([]byte(c.data))
		if err == nil {
			for _, rowErr := range f.Rows() {
				err = rowErr
			}
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		} else if got := fail.As(err).Args["line"]; c.line != nil && got != c.line {
			t.Errorf("%s: at line %v, want %v: %v", name, got, c.line, err)
		}
	}
}

func TestFormulasAreReadAsTheirSavedValueAndNamed(t *testing.T) {
	book := excelize.NewFile()
	for at, v := range map[string]any{"A1": "name", "B1": "lon", "A2": "Shop", "B2": -75.5, "A3": "Second"} {
		if err := book.SetCellValue("Sheet1", at, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetCellFormula("Sheet1", "B3", "B2+1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	f, rows := all(t, b.Bytes())
	if f.Format != XLSX || f.Computed != 1 || len(f.Formulas) != 1 || f.Formulas[0] != "B3" {
		t.Fatalf("%+v", f.Formulas)
	}
	if rows[1][1] != "-75.5" || len(rows) != 3 {
		t.Fatalf("%q", rows)
	}
}

func TestFormulaElementsAreToldFromOthers(t *testing.T) {
	for text, want := range map[string]int{
		`<c r="A1"><f>1+1</f><v>2</v></c>`: 1, `<x:c r="A1"><x:f t="shared"/></x:c>`: 1,
		`<font/><cf >of </fx:g>`: 0, `<c><f/></c><c><f >`: 2, `a:f>`: 0, `f>`: 0, `<f`: 0,
	} {
		n := 0
		for at := nextFormula([]byte(text), 0); at >= 0; at = nextFormula([]byte(text), at+1) {
			n++
		}
		if n != want {
			t.Errorf("%s: %d formulas, want %d", text, n, want)
		}
	}
}

func TestWrittenTablesComeBack(t *testing.T) {
	texts := []string{"plain", "=1+1", "+1 302", "-x", "@SUM(A1)", "'quoted", "'=x", "a,b\n\"c\"", "永盛", ""}
	write := map[Format]func(*bytes.Buffer) (Writer, error){
		CSV:  func(b *bytes.Buffer) (Writer, error) { return NewCSV(b) },
		XLSX: func(b *bytes.Buffer) (Writer, error) { return NewXLSX(b, "Table") },
	}
	for format, open := range write {
		var b bytes.Buffer
		w, err := open(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Row("text", "number"); err != nil {
			t.Fatal(err)
		}
		for _, s := range texts {
			if err := w.Row(s, -75.25); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f, rows := all(t, b.Bytes())
		if f.Format != format || f.Computed != 0 || len(rows) != len(texts)+1 {
			t.Fatalf("%s: %d rows, %d formulas", format, len(rows), f.Computed)
		}
		for i, s := range texts {
			if rows[i+1][0] != s || rows[i+1][1] != "-75.25" {
				t.Errorf("%s: %q came back as %q", format, s, rows[i+1])
			}
		}
	}
}

func TestCSVNeverHoldsAFormula(t *testing.T) {
	var b bytes.Buffer
	w, _ := NewCSV(&b)
	for _, s := range []string{"=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "\r=1"} {
		if err := w.Row(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimPrefix(b.String(), "\uFEFF"), "\r\n") {
		if line = strings.TrimPrefix(line, `"`); line != "" && strings.ContainsRune("=+-@", rune(line[0])) {
			t.Errorf("a spreadsheet computes %q", line)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xFF\xFEa\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data)
		if err != nil {
			if fail.As(err) == nil {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		for _, err := range file.Rows() {
			if err != nil && fail.As(err) == nil {
				t.Fatalf("not a refusal: %v", err)
			}
		}
	})
}

func TestAListIsServedPageByPage(t *testing.T) {
	pages := [][]string{{"a", "b"}, {"c"}}
	next := func(at int) ([]string, *int, error) {
		if at == 2 {
			return nil, nil, errors.New("refused")
		}
		following := at + 1
		if following == len(pages) {
			return pages[at], nil, nil
		}
		return pages[at], &following, nil
	}
	table := Table{Name: "letters", Format: CSV, Head: []any{"Letter", "Twice"}}
	cells := func(s string) []any { return []any{s, s + s} }
	w := httptest.NewRecorder()
	if err := ServePages(w, table, next, cells); err != nil {
		t.Fatal(err)
	}
	if got := w.Body.String(); got != "\uFEFFLetter,Twice\r\na,aa\r\nb,bb\r\nc,cc\r\n" {
		t.Fatalf("%q", got)
	}
	none := func(int) ([]string, *int, error) { return nil, nil, nil }
	w = httptest.NewRecorder()
	if err := ServePages(w, table, none, cells); err != nil ||
		w.Body.String() != "\uFEFFLetter,Twice\r\n" {
		t.Fatalf("%v %q: no rows are the head alone", err, w.Body)
	}
	w = httptest.NewRecorder()
	refused := func(int) ([]string, *int, error) { return next(2) }
	if err := ServePages(w, table, refused, cells); err == nil || w.Body.Len() > 0 {
		t.Fatalf("%v, %d bytes: a refusal before the first row is no file", err, w.Body.Len())
	}
}
