package identity

import (
	"context"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// CalendarDay is a day that differs from the weekly pattern: a holiday, a working
// Saturday, a person's leave.
type CalendarDay struct {
	Person  business.PersonID // 0: the whole company
	Day     business.Date
	Working bool
	Note    string // at most 200 characters
}

const (
	sqlCalendar = `
select coalesce(person_id, 0), day, working, note from identity.calendar_day
where day between @from and @to and (person_id is null or person_id = nullif(@person, 0))
order by day, person_id nulls first limit 1000`

	sqlCalendars = `
select coalesce(person_id, 0), day, working, note from identity.calendar_day
where day between @from and @to and (person_id is null or person_id = any(@people))
order by person_id nulls first, day`

	sqlSetCalendarDay = `
insert into identity.calendar_day (person_id, day, working, note)
values (nullif(@person, 0), @day, @working, @note)
on conflict (person_id, day) do update set working = excluded.working, note = excluded.note`

	sqlClearCalendarDay = `
delete from identity.calendar_day
where person_id is not distinct from nullif(@person, 0) and day = @day`
)

// Calendar lists the company's exceptions from one day to another, and those of a
// person when one is given. It fails with [ErrNoPerson] outside the scope.
func (s *Service) Calendar(
	ctx context.Context, sc scope.Scope, who business.PersonID, from, to business.Date,
) ([]CalendarDay, error) {
	if who != 0 && !sc.Has(int64(who)) {
		return nil, ErrNoPerson
	}
	rows, err := s.DB.Query(ctx, sqlCalendar,
		pgx.NamedArgs{"person": who, "from": from, "to": to})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[CalendarDay])
}

// Exceptions returns the company's exceptions from one day to another and, behind them,
// those of these people: of two for one day the later one holds. It runs on whatever
// the modules that count working days hand in.
func Exceptions(
	ctx context.Context, q db.Querier, people []business.PersonID, from, to business.Date,
) ([]CalendarDay, error) {
	rows, err := q.Query(ctx, sqlCalendars,
		pgx.NamedArgs{"people": people, "from": from, "to": to})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[CalendarDay])
}

// SetCalendarDay says that a day is worked, or not, whatever the week says. It
// fails with [ErrNoPerson] or [ErrPerson].
func (s *Service) SetCalendarDay(
	ctx context.Context, by business.Actor, sc scope.Scope, d CalendarDay,
) error {
	if utf8.RuneCountInString(d.Note) > 200 {
		return ErrPerson.WithField("note", "length", "The note has at most 200 characters.")
	}
	return s.calendarCommand(ctx, by, sc, d, sqlSetCalendarDay)
}

// ClearCalendarDay takes an exception back; it is no fault when there is none.
func (s *Service) ClearCalendarDay(
	ctx context.Context, by business.Actor, sc scope.Scope, d CalendarDay,
) error {
	return s.calendarCommand(ctx, by, sc, d, sqlClearCalendarDay)
}

func (s *Service) calendarCommand(
	ctx context.Context, by business.Actor, sc scope.Scope, d CalendarDay, sql string,
) error {
	if d.Person != 0 && !sc.Has(int64(d.Person)) {
		return ErrNoPerson
	}
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		if d.Person != 0 {
			if _, err := person(ctx, tx, d.Person); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sql, pgx.NamedArgs{
			"person": d.Person, "day": d.Day, "working": d.Working, "note": d.Note,
		})
		if err != nil {
			return err
		}
		c := business.Change{Action: "identity.calendar.set", Object: "calendar",
			ID: int64(d.Person), After: d}
		if sql == sqlClearCalendarDay {
			c.Action, c.Before, c.After = "identity.calendar.cleared", d, nil
		}
		return s.Audit.Record(ctx, tx, by, c)
	})
}
