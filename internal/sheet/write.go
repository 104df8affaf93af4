package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Writer writes a table row by row. Cells are string, int, int64, float64 or nil
// (empty). Nothing is complete before Close.
type Writer interface {
	Row(cells ...any) error
	Close() error
}

// NewCSV writes UTF-8 with a byte order mark, which Excel needs to read it as such.
func NewCSV(w io.Writer) (Writer, error) {
	buffered := bufio.NewWriter(w)
	if _, err := buffered.WriteString("\uFEFF"); err != nil {
		return nil, fmt.Errorf("write table: %w", err)
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true // RFC 4180
	return &csvWriter{buffered, out, nil}, nil
}

type csvWriter struct {
	buffered *bufio.Writer
	out      *csv.Writer
	cells    []string
}

// Row writes one line.
func (c *csvWriter) Row(cells ...any) error {
	c.cells = c.cells[:0]
	for _, v := range cells {
		text, isText := spell(v)
		if isText {
			text = escape(text)
		}
		c.cells = append(c.cells, text)
	}
	return c.out.Write(c.cells)
}

// Close writes what is buffered.
func (c *csvWriter) Close() error {
	c.out.Flush()
	if err := c.out.Error(); err != nil {
		return err
	}
	return c.buffered.Flush()
}

func spell(v any) (text string, isText bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case int:
		return strconv.Itoa(v), false
	case int64:
		return strconv.FormatInt(v, 10), false
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), false
	}
	return fmt.Sprint(v), true
}

// escape keeps a spreadsheet from computing a text.
func escape(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r'", rune(s[0])) {
		return "'" + s
	}
	return s
}

// unescape takes off what escape put before a text.
func unescape(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@'", rune(s[1])) {
		return s[1:]
	}
	return s
}

// NewXLSX writes one sheet of this name. The first row stands out and stays in
// sight. The workbook is written to w at Close.
func NewXLSX(w io.Writer, name string) (*Workbook, error) {
	book := excelize.NewFile()
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return nil, fmt.Errorf("name sheet: %w", err)
	}
	b := &Workbook{w: w, book: book}
	return b, b.begin(name)
}

// Workbook is an XLSX file with one sheet or several.
type Workbook struct {
	w     io.Writer
	book  *excelize.File
	rows  *excelize.StreamWriter
	line  int
	style int
}

func (b *Workbook) begin(name string) error {
	var err error
	if b.rows, err = b.book.NewStreamWriter(name); err != nil {
		return fmt.Errorf("begin sheet: %w", err)
	}
	b.line = 0
	if err := b.rows.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
	}); err != nil {
		return fmt.Errorf("freeze heading: %w", err)
	}
	if b.style == 0 {
		b.style, err = b.book.NewStyle(&excelize.Style{
			Font: &excelize.Font{Bold: true, Color: "0F766E"},
		})
	}
	return err
}

// Widths sets the widths of the first columns, in characters; before any row.
func (b *Workbook) Widths(widths ...float64) error {
	for i, w := range widths {
		if err := b.rows.SetColWidth(i+1, i+1, w); err != nil {
			return fmt.Errorf("set width: %w", err)
		}
	}
	return nil
}

// Sheet ends the present sheet and begins another.
func (b *Workbook) Sheet(name string) error {
	if err := b.rows.Flush(); err != nil {
		return fmt.Errorf("end sheet: %w", err)
	}
	if _, err := b.book.NewSheet(name); err != nil {
		return fmt.Errorf("new sheet: %w", err)
	}
	return b.begin(name)
}

// Row writes one line.
func (b *Workbook) Row(cells ...any) error {
	b.line++
	out := make([]any, len(cells))
	for i, v := range cells {
		out[i] = v
		if b.line == 1 {
			out[i] = excelize.Cell{StyleID: b.style, Value: v}
		}
	}
	at, err := excelize.CoordinatesToCellName(1, b.line)
	if err != nil {
		return fmt.Errorf("row %d: %w", b.line, err)
	}
	return b.rows.SetRow(at, out)
}

// Close writes the workbook.
func (b *Workbook) Close() error {
	if err := b.rows.Flush(); err != nil {
		return fmt.Errorf("end sheet: %w", err)
	}
	if err := b.book.Write(b.w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return b.book.Close()
}
