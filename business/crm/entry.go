package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/fail"
)

// EntryRule is how customers enter the archive and how they change in it.
type EntryRule struct {
	// Required are the fields that a new customer must have besides its name, kind and
	// level (Z2-1); each is one of EntryFields.
	Required []string `db:"required"`
	// FormsOnly closes the archive to direct edits (Z2-3): an existing customer changes,
	// and changes hands, by an approved request or an approved plan of territories only.
	// What follows from documents, such as the last visit, is no edit, nor is the automatic
	// return to the pool. A photo and what only who may delete does stay possible.
	FormsOnly bool `db:"forms_only"`
}

const (
	sqlEntryRule    = `select required, forms_only from crm.entry_rule`
	sqlSetEntryRule = `update crm.entry_rule set required = @required, forms_only = @forms_only`
)

// EntryFields are the fields that a company may ask for in a new customer.
func EntryFields() []string {
	return []string{"address", "contact", "phone", "district", "position", "channel"}
}

// EntryRule reads the rule.
func (s *Service) EntryRule(ctx context.Context) (EntryRule, error) { return entryRule(ctx, s.db) }

func entryRule(ctx context.Context, q db.Querier) (EntryRule, error) {
	rows, err := q.Query(ctx, sqlEntryRule)
	if err != nil {
		return EntryRule{}, fmt.Errorf("read the rule of the archive: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[EntryRule])
}

// SetEntryRule changes the rule for what is entered and edited from now on. It fails
// with ErrInvalid.
func (s *Service) SetEntryRule(ctx context.Context, by By, r EntryRule) error {
	for _, f := range r.Required {
		if !slices.Contains(EntryFields(), f) {
			return ErrInvalid.WithField("required", "choice", fmt.Sprintf("%q cannot be asked for.", f))
		}
	}
	return s.db.InTx(ctx, func(tx db.Tx) error {
		before, err := entryRule(ctx, tx)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"required": orEmpty(r.Required), "forms_only": r.FormsOnly}
		if _, err := tx.Exec(ctx, sqlSetEntryRule, args); err != nil {
			return fmt.Errorf("change the rule of the archive: %w", err)
		}
		return s.record(ctx, tx, by, business.Change{Action: "crm.entry_rule.changed",
			Object: "entry_rule", Before: before, After: r})
	})
}

// openToEdits fails with ErrFormNeeded where the archive changes by approved forms only.
func openToEdits(ctx context.Context, tx db.Tx) error {
	r, err := entryRule(ctx, tx)
	if err == nil && r.FormsOnly {
		err = ErrFormNeeded
	}
	return err
}

// checkEntry reports every field of a new customer that breaks a bound, and,
// when a person entered it, every one that the company asks for and that is
// missing.
func (s *Service) checkEntry(ctx context.Context, tx db.Tx, c Customer, entered bool) error {
	found := checkFields(c)
	if entered {
		rule, err := entryRule(ctx, tx)
		if err != nil {
			return err
		}
		found = append(found, missing(c, rule.Required)...)
	}
	return found.err()
}

// missing names the required fields that c lacks. A phone of the main contact
// is a phone.
func missing(c Customer, required []string) []fail.Field {
	var f faults
	lacks := map[string]bool{
		"address": c.Address == "", "contact": c.MainContact() == "", "district": c.District == "",
		"phone":    c.Phone == "" && (len(c.Contacts) == 0 || c.Contacts[0].Phone == ""),
		"position": c.Position == nil, "channel": c.Channel == "",
	}
	for _, name := range required {
		if lacks[name] {
			f.add(name, "required", "The company asks for this field.")
		}
	}
	return f
}
