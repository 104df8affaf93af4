// Package sheet reads and writes tables as offices keep them: CSV and XLSX.
//
// Reading is forgiving about what differs between offices (comma, semicolon or
// tab; UTF-8, UTF-16 or GB 18030) and strict about everything else: a file that
// cannot be read to its end is refused with the line and column. Formulas are
// never computed; their last saved value is read, and the reader says where they
// were. Rows are streamed: 10⁵ rows fit in a few tens of megabytes.
//
// Writing never lets a text become a formula: in CSV a text that a spreadsheet
// would compute is prefixed with an apostrophe (OWASP, "CSV Injection"), which
// reading takes off again; in XLSX texts are texts.
//
// This is the only package that imports excelize.
package sheet

import "beatplan/internal/fail"

// What can be wrong with a file.
var (
	// ErrEmpty: there is not even a heading.
	ErrEmpty = fail.New(fail.Invalid, "sheet.empty", "The file holds no table.")
	// ErrUnreadable: neither CSV nor XLSX, or broken; Args say where.
	ErrUnreadable = fail.New(fail.Invalid, "sheet.unreadable", "The file cannot be read.")
	// ErrOldFormat: XLS, or an XLSX with a password.
	ErrOldFormat = fail.New(fail.Unsupported, "sheet.old_format",
		"This is an old or a protected Excel file. Save it as XLSX without a password.")
	// ErrTooLarge: more rows, columns or bytes than are read.
	ErrTooLarge = fail.New(fail.TooLarge, "sheet.too_large", "The table is too large.")
)

// Bounds of a table.
const (
	MaxRows    = 200_000
	MaxColumns = 200
	MaxCell    = 32_767 // characters, as in XLSX
)

// Format is what a file turned out to be.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// FormatOf is the format of that name, CSV where there is none.
func FormatOf(name string) Format {
	if name == string(XLSX) {
		return XLSX
	}
	return CSV
}

// Row is one line of a table.
type Row struct {
	Line  int      // in the file, from 1; a quoted cell may hold several lines
	Cells []string // without spaces around; trailing empty cells may be missing
}

// Empty reports whether no cell holds anything.
func (r Row) Empty() bool {
	for _, c := range r.Cells {
		if c != "" {
			return false
		}
	}
	return true
}

// Cell is the cell of a column, "" beyond the last.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}
