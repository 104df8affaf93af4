package business

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// Date is a day of the calendar, without a time of day and without a zone: the
// business day of a company is the [DateOf] an instant in the company's zone.
// The zero Date is 1 January 1970 and stands for "no date" ([Date.IsZero]).
// Dates are comparable with == and ordered by [Date.Compare].
type Date struct{ day int32 } // days since 1 January 1970

const (
	secondsPerDay = 24 * 60 * 60
	dateLayout    = "2006-01-02"
)

// DateOf returns the day on which t falls in zone.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return NewDate(y, m, d)
}

// NewDate returns the given day; month and day are normalised as in [time.Date].
func NewDate(year int, month time.Month, day int) Date {
	unix := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	return Date{int32(floorDiv(unix, secondsPerDay))}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ParseDate reads "2026-11-23".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not of the form 2026-11-23", s)
	}
	return NewDate(t.Date()), nil
}

// String gives "2026-11-23".
func (d Date) String() string { return d.utc().Format(dateLayout) }

// IsZero reports whether d is no date at all.
func (d Date) IsZero() bool { return d.day == 0 }

// Add returns the day n days later, or earlier when n is negative.
func (d Date) Add(n int) Date { return Date{d.day + int32(n)} }

// Sub returns the number of days from e to d; negative when d is the earlier.
func (d Date) Sub(e Date) int { return int(d.day - e.day) }

// Compare returns -1, 0 or 1 as d lies before, on or after e.
func (d Date) Compare(e Date) int {
	switch {
	case d.day < e.day:
		return -1
	case d.day > e.day:
		return 1
	}
	return 0
}

// Before reports whether d lies before e.
func (d Date) Before(e Date) bool { return d.day < e.day }

// After reports whether d lies after e.
func (d Date) After(e Date) bool { return d.day > e.day }

// ISOWeekday is 1 for Monday to 7 for Sunday.
func (d Date) ISOWeekday() int { return (int(d.utc().Weekday())+6)%7 + 1 }

// Date returns year, month and day.
func (d Date) Date() (int, time.Month, int) { return d.utc().Date() }

// At returns the instant of the wall clock in zone on this day, that many
// minutes after midnight; 24·60 and more reach into the next day. Wall-clock
// times that daylight saving skips are moved on as in [time.Date].
func (d Date) At(zone *time.Location, minutes int) time.Time {
	y, m, day := d.Date()
	return time.Date(y, m, day, 0, minutes, 0, 0, zone)
}

func (d Date) utc() time.Time { return time.Unix(int64(d.day)*secondsPerDay, 0).UTC() }

// MarshalText gives "2026-11-23", and nothing for the zero Date.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return []byte{}, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText gives.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// ScanDate lets pgx read a date column; null reads as the zero Date.
func (d *Date) ScanDate(v pgtype.Date) error {
	switch {
	case !v.Valid:
		*d = Date{}
	case v.InfinityModifier != pgtype.Finite:
		return fmt.Errorf("an infinite date cannot be read")
	default:
		*d = NewDate(v.Time.Date())
	}
	return nil
}

// DateValue lets pgx write a date; the zero Date is written as null.
func (d Date) DateValue() (pgtype.Date, error) {
	if d.IsZero() {
		return pgtype.Date{}, nil
	}
	return pgtype.Date{Time: d.utc(), Valid: true}, nil
}

// Value is DateValue for database/sql.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.utc(), nil
}
