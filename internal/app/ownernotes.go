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
	err = o.db.InTx(ctx, func(tx db.Tx) error {
		told, err = idem.Once(ctx, tx, int64(by.Person), key, n, func() (int, error) {
			return o.tell(ctx, tx, by, sc, fmt.Sprintf("note:%d:%s", by.Person, key), n)
		})
		return err
	})
	return told, err
}

func (o ownerNotes) tell(
	ctx context.Context, tx db.Tx, by business.Actor, sc scope.Scope, key string, n noticesapi.Note,
) (int, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(n.Customers)))
	found, err := o.crm.Customers(ctx, tx, sc, ids)
	if err != nil {
		return 0, err
	}
	if len(found) != len(ids) {
		return 0, crm.ErrNoCustomer
	}
	cards, err := identity.Cards(ctx, tx, []int64{int64(by.Person)})
	if err != nil {
		return 0, err
	}
	list := notesOf(found, n.Text, cards[by.Person].Name)
	if len(list) == 0 {
		return 0, noticesapi.ErrNobody
	}
	for i := range list {
		list[i].Key = key
	}
	return len(list), o.notices.Put(ctx, tx, list)
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
