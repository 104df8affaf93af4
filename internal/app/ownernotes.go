package app

import (
	"context"
	"fmt"
	"slices"

	"beatplan/api/noticesapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/notices"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// namedInNote bounds the customers that a note names; the others are counted.
const namedInNote = 50

// ownerNotes tells owners something about their customers.
type ownerNotes struct {
	db      *db.DB
	crm     *crm.Service
	notices *notices.Service
}

// Tell puts a note into each owner's inbox. It fails with crm.ErrNoCustomer and
// noticesapi.ErrNobody; then nobody was told.
func (o ownerNotes) Tell(
	ctx context.Context, by business.Actor, sc scope.Scope, key idem.Key, n noticesapi.Note,
) (told int, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(n.Customers)))
	err = o.db.InTx(ctx, func(tx db.Tx) error {
		found, err := o.crm.Customers(ctx, tx, sc, ids)
		if err != nil {
			return err
		}
		if len(found) != len(ids) {
			return crm.ErrNoCustomer
		}
		cards, err := identity.Cards(ctx, tx, []int64{int64(by.Person)})
		if err != nil {
			return err
		}
		list := notesOf(found, n.Text, cards[by.Person].Name)
		if len(list) == 0 {
			return noticesapi.ErrNobody
		}
		for i := range list {
			list[i].Key = fmt.Sprintf("note:%d:%s", by.Person, key)
		}
		told = len(list)
		return o.notices.Put(ctx, tx, list)
	})
	return told, err
}

// notesOf is one note for each owner, by id.
func notesOf(found []crm.Customer, text, from string) []notices.New {
	theirs := map[business.PersonID][]int64{}
	for _, c := range found {
		if c.Owner != 0 {
			theirs[c.Owner] = append(theirs[c.Owner], int64(c.ID))
		}
	}
	var out []notices.New
	for _, owner := range inOrder(theirs) {
		ids := theirs[owner]
		out = append(out, notices.New{Person: owner, Kind: "customers.note", Params: map[string]any{
			"from": from, "text": text, "count": len(ids), "customers": ids[:min(len(ids), namedInNote)],
		}})
	}
	return out
}
