package visits

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/idem"
)

// maxSkills bounds what one person can do.
const maxSkills = 30

// Skills is what a person can do that calls may ask for, in the company's own words.
type Skills struct {
	Person business.PersonID
	Names  []string // in order, each once
}

// Skills returns what people in the caller's scope can do; who can do nothing in
// particular is missing.
func (s *Service) Skills(ctx context.Context, c Caller) ([]Skills, error) {
	type row struct {
		PersonID business.PersonID `db:"person_id"`
		Name     string            `db:"name"`
	}
	rows, err := db.Collect[row](ctx, s.DB, sqlSkills, pgx.NamedArgs{
		"all": c.Scope.All, "people": c.Scope.People,
	})
	if err != nil {
		return nil, fmt.Errorf("skills: %w", err)
	}
	out := []Skills{}
	for _, r := range rows {
		if n := len(out); n == 0 || out[n-1].Person != r.PersonID {
			out = append(out, Skills{Person: r.PersonID})
		}
		last := &out[len(out)-1]
		last.Names = append(last.Names, r.Name)
	}
	return out, nil
}

// SetSkills says what a person can do; nothing else remains. It fails with ErrNoDay,
// ErrDenied or ErrCallInvalid.
func (s *Service) SetSkills(
	ctx context.Context, c Caller, key idem.Key, to Skills,
) (Skills, error) {
	names := make([]string, 0, len(to.Names))
	for _, n := range to.Names {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	to.Names = slices.Compact(names)
	if len(to.Names) > maxSkills || slices.ContainsFunc(to.Names, func(n string) bool {
		return utf8.RuneCountInString(n) > maxSkill
	}) {
		return Skills{}, ErrCallInvalid.WithField("skills", "length",
			"At most thirty, each of at most 60 characters.")
	}
	request := struct {
		Command string
		To      Skills
	}{"set-skills", to}
	return once(ctx, s, c, key, request, func(tx db.Tx) (Skills, error) {
		if _, err := s.worker(ctx, tx, c, to.Person); err != nil {
			return Skills{}, err
		}
		if !c.Actor.Is(business.Admin, business.Manager, business.Dispatcher) {
			return Skills{}, ErrDenied
		}
		if err := lockPerson(ctx, tx, to.Person); err != nil {
			return Skills{}, err
		}
		args := pgx.NamedArgs{"person": to.Person, "names": to.Names}
		for _, sql := range []string{sqlSkillsClear, sqlSkillsAdd} {
			if _, err := tx.Exec(ctx, sql, args); err != nil {
				return Skills{}, fmt.Errorf("skills of person %d: %w", to.Person, err)
			}
		}
		return to, s.record(ctx, tx, c, business.Change{
			Action: "visits.skills.set", Object: "skills", ID: int64(to.Person), After: to,
			Person: to.Person,
		})
	})
}

// Skilled returns who of the people has a skill, as it is written.
func (s *Service) Skilled(
	ctx context.Context, name string, people []int64,
) (map[int64]bool, error) {
	rows, err := s.DB.Query(ctx, sqlSkilled, pgx.NamedArgs{"name": name, "people": people})
	if err != nil {
		return nil, fmt.Errorf("who can %q: %w", name, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

// ForgetSkills takes away what is known of a person's skills, when they are erased.
func ForgetSkills(ctx context.Context, tx db.Tx, p business.PersonID) error {
	_, err := tx.Exec(ctx, sqlSkillsClear, pgx.NamedArgs{"person": p})
	return err
}
