package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// unzipLimit bounds what an XLSX may unpack to, in bytes: a bomb is refused.
const unzipLimit = 600 << 20

// File is a table that was opened. It can be read several times.
type File struct {
	Format   Format
	Encoding string   // of a CSV: UTF-8, UTF-16 or GB 18030
	Formulas []string // cells whose saved value is read instead, at most 100: "C7"
	Computed int      // how many cells have a formula

	text  []byte // of a CSV, as UTF-8
	comma rune
	book  []byte // of an XLSX
	sheet string
}

// Open looks at a file's bytes and finds out what it is. It fails with ErrEmpty,
// ErrUnreadable or ErrOldFormat. The bytes must not change while the file is used.
func Open(data []byte) (*File, error) {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, ErrEmpty
	case bytes.HasPrefix(data, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, ErrOldFormat
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return openXLSX(data)
	}
	return openCSV(data)
}

func openCSV(data []byte) (*File, error) {
	f := &File{Format: CSV, Encoding: "UTF-8"}
	var decoder *encoding.Decoder
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		f.Encoding = "UTF-16"
		decoder = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case !utf8.Valid(data):
		f.Encoding = "GB 18030" // what Excel writes on a Chinese Windows
		decoder = simplifiedchinese.GB18030.NewDecoder()
	}
	if decoder != nil {
		var err error
		if data, err = decoder.Bytes(data); err != nil {
			return nil, ErrUnreadable.Because(err)
		}
	}
	if at := bytes.IndexByte(data, 0); at >= 0 {
		return nil, ErrUnreadable.Saying("The file is not a text: line %d holds a zero byte.",
			1+bytes.Count(data[:at], []byte("\n"))).With("line", 1+bytes.Count(data[:at], []byte("\n")))
	}
	if bytes.ContainsRune(data, utf8.RuneError) {
		return nil, ErrUnreadable.Saying("The file's characters cannot be read; save it as UTF-8.")
	}
	f.text, f.comma = data, comma(data)
	return f, nil
}

// comma finds what separates the cells of the first line, outside quotes.
func comma(text []byte) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range string(text[:min(len(text), 64<<10)]) {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			if r == '\n' && len(counts) > 0 {
				break
			}
			if r == ',' || r == ';' || r == '\t' {
				counts[r]++
			}
		}
	}
	best := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

func openXLSX(data []byte) (*File, error) {
	f := &File{Format: XLSX, book: data}
	book, err := f.open()
	if err != nil {
		return nil, err
	}
	defer book.Close() // only temporary files
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err == nil && visible {
			f.sheet = name
			break
		}
	}
	if f.sheet == "" {
		return nil, ErrEmpty
	}
	return f, f.findFormulas()
}

func (f *File) open() (*excelize.File, error) {
	book, err := excelize.OpenReader(bytes.NewReader(f.book), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: unzipLimit, UnzipXMLSizeLimit: 8 << 20,
	})
	switch {
	case err == nil:
		return book, nil
	case strings.Contains(err.Error(), "unzip size exceeds"):
		return nil, ErrTooLarge.Because(err)
	}
	return nil, ErrUnreadable.Because(err)
}

// Rows yields the lines of the table, empty ones left out, the heading first. An
// error (ErrUnreadable with line and column, ErrTooLarge) ends it.
func (f *File) Rows() iter.Seq2[Row, error] {
	rows := f.csvRows
	if f.Format == XLSX {
		rows = f.xlsxRows
	}
	return func(yield func(Row, error) bool) {
		n := 0
		for row, err := range rows() {
			if err == nil {
				if row.Empty() {
					continue
				}
				n++
				err = bounded(row, n)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func bounded(row Row, n int) error {
	switch {
	case n > MaxRows+1:
		return ErrTooLarge.Saying("A table holds at most %d rows.", MaxRows).With("rows", MaxRows)
	case len(row.Cells) > MaxColumns:
		return ErrTooLarge.Saying("Line %d has more than %d columns.", row.Line, MaxColumns).
			With("line", row.Line)
	}
	for i, c := range row.Cells {
		if len(c) > MaxCell && utf8.RuneCountInString(c) > MaxCell {
			return ErrTooLarge.Saying("Line %d, column %d holds more than %d characters.",
				row.Line, i+1, MaxCell).With("line", row.Line).With("column", i+1)
		}
	}
	return nil
}

func (f *File) csvRows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		r := csv.NewReader(bytes.NewReader(f.text))
		r.Comma, r.FieldsPerRecord, r.ReuseRecord = f.comma, -1, true
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, csvFault(err))
				return
			}
			line, _ := r.FieldPos(0)
			row := Row{Line: line, Cells: make([]string, len(cells))}
			for i, c := range cells {
				row.Cells[i] = unescape(strings.TrimSpace(c))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func csvFault(err error) error {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return ErrUnreadable.Because(err)
	}
	return ErrUnreadable.Saying("Line %d, column %d cannot be read: %v.", at.Line, at.Column, at.Err).
		With("line", at.Line).With("column", at.Column)
}

func (f *File) xlsxRows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		book, err := f.open()
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer book.Close() // only temporary files
		rows, err := book.Rows(f.sheet)
		if err != nil {
			yield(Row{}, ErrUnreadable.Because(err))
			return
		}
		defer rows.Close() // only temporary files
		for line := 1; rows.Next(); line++ {
			cells, err := rows.Columns()
			if err != nil {
				yield(Row{}, ErrUnreadable.Saying("Line %d cannot be read.", line).
					With("line", line).Because(err))
				return
			}
			for i, c := range cells {
				cells[i] = plainNumber(strings.TrimSpace(c))
			}
			if !yield(Row{line, cells}, nil) {
				return
			}
		}
		if err := rows.Error(); err != nil {
			yield(Row{}, ErrUnreadable.Because(err))
		}
	}
}

// plainNumber writes 1.38E10, as XLSX stores long numbers, as 13800000000.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, "eE") || len(s) > 30 || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return s
	}
	if x, err := strconv.ParseFloat(s, 64); err == nil {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return s
}

// findFormulas looks for cells with a formula in the sheet's own XML: the row
// reader gives values only.
func (f *File) findFormulas() error {
	archive, err := zip.NewReader(bytes.NewReader(f.book), int64(len(f.book)))
	if err != nil {
		return ErrUnreadable.Because(err)
	}
	name, err := firstSheet(archive, f.sheet)
	if err != nil {
		return ErrUnreadable.Because(err)
	}
	file, err := archive.Open(name)
	if err != nil {
		return ErrUnreadable.Because(err)
	}
	defer file.Close() // it is read only
	text, err := io.ReadAll(io.LimitReader(file, unzipLimit))
	if err != nil {
		return ErrUnreadable.Because(err)
	}
	cell := regexp.MustCompile(`<(?:\w+:)?c [^>]*?r="([A-Z]+[0-9]+)"`)
	for at := nextFormula(text, 0); at >= 0; at = nextFormula(text, at+1) {
		f.Computed++
		if len(f.Formulas) == 100 {
			continue
		}
		before := text[max(0, at-400):at]
		if all := cell.FindAllSubmatch(before, -1); len(all) > 0 {
			f.Formulas = append(f.Formulas, string(all[len(all)-1][1]))
		}
	}
	return nil
}

// nextFormula finds the next element named f, with a prefix or without, from a
// place on; -1 when there is none. Most bytes of a sheet are skipped unread.
func nextFormula(text []byte, from int) int {
	for from < len(text) {
		at := bytes.IndexByte(text[from:], 'f')
		if at < 0 {
			return -1
		}
		at += from
		from = at + 1
		if at == 0 || at+1 == len(text) || !bytes.ContainsRune([]byte(" />"), rune(text[at+1])) {
			continue
		}
		start := at - 1
		if text[start] == ':' {
			start = bytes.LastIndexByte(text[max(0, at-20):at], '<') + max(0, at-20)
		}
		if start >= 0 && text[start] == '<' && !bytes.ContainsAny(text[start+1:at], "</ >") {
			return at
		}
	}
	return -1
}

// firstSheet finds the part of the archive that holds the sheet of this name.
func firstSheet(archive *zip.Reader, sheet string) (string, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := part(archive, "xl/workbook.xml", &book); err != nil {
		return "", err
	}
	if err := part(archive, "xl/_rels/workbook.xml.rels", &rels); err != nil {
		return "", err
	}
	for _, s := range book.Sheets {
		for _, r := range rels.All {
			if s.Name == sheet && r.ID == s.ID {
				if strings.HasPrefix(r.Target, "/") {
					return r.Target[1:], nil
				}
				return path.Join("xl", r.Target), nil
			}
		}
	}
	return "", fmt.Errorf("sheet %q has no part", sheet)
}

func part(archive *zip.Reader, name string, into any) error {
	file, err := archive.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() // it is read only
	return xml.NewDecoder(io.LimitReader(file, 16<<20)).Decode(into)
}
