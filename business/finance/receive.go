package finance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// Receive books money of one customer: it pays what is ticked, or the oldest due
// documents first; what is left is a prepayment. It fails with ErrNoCustomer,
// ErrAmount, ErrNoAccount, ErrNoItem, ErrOtherCustomer, ErrPaid or ErrClosed.
func (s *Service) Receive(ctx context.Context, c Caller, in NewReceipt) (Receipt, error) {
	amount, err := checkReceived(in.Tenders, in.Text)
	if err != nil {
		return Receipt{}, err
	}
	return once(ctx, s, c, in, func(tx db.Tx) (Receipt, error) {
		who, err := s.customer(ctx, tx, c, in.Customer)
		if err != nil {
			return Receipt{}, err
		}
		if err := checkTenders(ctx, tx, in.Tenders); err != nil {
			return Receipt{}, err
		}
		if _, err := lock(ctx, tx, in.Customer); err != nil {
			return Receipt{}, err
		}
		ticks, err := s.ticksOf(ctx, tx, in, amount)
		if err != nil {
			return Receipt{}, err
		}
		r, err := s.receive(ctx, tx, c, who, arrived{tenders: in.Tenders, ticks: ticks, text: in.Text})
		if err != nil {
			return r, err
		}
		return r, s.record(ctx, tx, c, business.Change{
			Action: "finance.receipt.posted", Object: "receipt", ID: int64(r.ID), After: r,
		}, []Receipt{r})
	})
}

func checkReceived(tenders []Tender, text string) (business.Money, error) {
	if utf8.RuneCountInString(text) > maxText {
		return 0, ErrAmount.WithField("note", "length", "The note has at most 1,000 characters.")
	}
	return sumOf(tenders)
}

// ticksOf says what a receipt pays; the customer's account is locked.
func (s *Service) ticksOf(
	ctx context.Context, tx db.Tx, in NewReceipt, amount business.Money,
) ([]Tick, error) {
	if in.Prepaid {
		return nil, nil
	}
	if len(in.Ticks) == 0 {
		items, err := many[Item](ctx, tx, sqlLockOldest, pgx.NamedArgs{"customer": in.Customer})
		if err != nil {
			return nil, fmt.Errorf("open documents of customer %d: %w", in.Customer, err)
		}
		return oldestFirst(amount, items), nil
	}
	items, err := lockItems(ctx, tx, in.Ticks)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		if it.Customer != in.Customer {
			return nil, ErrOtherCustomer.With("number", it.Number)
		}
	}
	ticks, sum, err := pay(in.Ticks, items)
	if err == nil && sum > amount {
		err = ErrSum.With("ticked_cents", int64(sum)).With("received_cents", int64(amount))
	}
	return ticks, err
}

func lockItems(ctx context.Context, tx db.Tx, ticks []Tick) (map[int64]Item, error) {
	return readItems(ctx, tx, sqlLockItems, ticks)
}

func readItems(
	ctx context.Context, q db.Querier, sql string, ticks []Tick,
) (map[int64]Item, error) {
	ids := make([]int64, len(ticks))
	for i, t := range ticks {
		ids[i] = t.Item
	}
	found, err := many[Item](ctx, q, sql, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	out := make(map[int64]Item, len(found))
	for _, it := range found {
		out[it.ID] = it
	}
	return out, nil
}

// arrived is money that came in from one customer, and what it pays.
type arrived struct {
	collection int64
	tenders    []Tender
	ticks      []Tick
	text       string
}

// receive books one receipt; the account and the items are locked.
func (s *Service) receive(
	ctx context.Context, tx db.Tx, c Caller, who Customer, in arrived,
) (Receipt, error) {
	amount, err := sumOf(in.tenders)
	if err != nil {
		return Receipt{}, err
	}
	left := amount
	for _, t := range in.ticks {
		left -= t.Amount
	}
	var n int64
	if err := tx.QueryRow(ctx, sqlNextReceipt).Scan(&n); err != nil {
		return Receipt{}, fmt.Errorf("next receipt number: %w", err)
	}
	now, today := s.Clock.Now(), s.Today()
	number := fmt.Sprintf("RC%07d", n)
	var id business.ReceiptID
	err = tx.QueryRow(ctx, sqlInsertReceipt, pgx.NamedArgs{
		"number": number, "collection": in.collection, "customer": who.ID, "owner": who.Owner,
		"day": today, "amount": amount, "unallocated": left, "note": strings.TrimSpace(in.text),
		"now": now, "by": c.Actor.Person,
	}).Scan(&id)
	if err != nil {
		return Receipt{}, fmt.Errorf("save receipt: %w", err)
	}
	batch := &pgx.Batch{}
	for i, t := range in.tenders {
		batch.Queue(sqlInsertTender, pgx.NamedArgs{
			"receipt": id, "line": i, "account": t.Account, "amount": t.Amount,
		})
	}
	s.allocate(batch, c, id, in.ticks)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return Receipt{}, fmt.Errorf("save receipt %s: %w", number, err)
	}
	if _, err := post(ctx, tx, c.Actor.Person, now, journal{
		kind: ReceiptKind, source: int64(id), number: number, day: today,
		lines: receiptLines(who.ID, in.tenders),
	}); err != nil {
		return Receipt{}, err
	}
	err = s.moved(ctx, tx, who.ID, change{balance: -amount, received: amount, unallocated: left})
	if err != nil {
		return Receipt{}, err
	}
	return fetchReceipt(ctx, tx, sqlReceipt, everything(), id)
}

func everything() Caller { return Caller{Scope: scope.Everything()} }

// allocate queues what a receipt pays.
func (s *Service) allocate(batch *pgx.Batch, c Caller, id business.ReceiptID, ticks []Tick) {
	for _, t := range ticks {
		batch.Queue(sqlAllocate, pgx.NamedArgs{
			"receipt": id, "item": t.Item, "amount": t.Amount, "day": s.Today(),
			"now": s.Clock.Now(), "by": c.Actor.Person,
		})
		batch.Queue(sqlMoveItem, pgx.NamedArgs{"id": t.Item, "amount": -t.Amount})
	}
}

// Collect settles documents of any customers at once, with one receipt for each
// customer. What was received has to be what is ticked to the cent. Of a caller who
// submits it is kept for finance and books nothing. It fails with ErrAmount, ErrSum,
// ErrNoAccount, ErrNoItem, ErrPaid or ErrClosed; nothing has changed then.
func (s *Service) Collect(ctx context.Context, c Caller, in NewCollection) (Collected, error) {
	if _, err := checkReceived(in.Tenders, in.Text); err != nil {
		return Collected{}, err
	}
	if len(in.Ticks) == 0 {
		return Collected{}, ErrSum.Saying("Nothing is ticked.")
	}
	return once(ctx, s, c, in, func(tx db.Tx) (Collected, error) {
		who, batch, err := s.judged(ctx, tx, c, in)
		if err != nil {
			return Collected{}, err
		}
		if c.Submits {
			return s.submit(ctx, tx, c, batch)
		}
		return s.collect(ctx, tx, c, who, batch)
	})
}

// payers returns the customers of the ticked documents. A document is seen by who
// sees its customer, or its salesperson.
func (s *Service) payers(
	ctx context.Context, tx db.Tx, c Caller, ticks []Tick,
) (map[business.CustomerID]Customer, error) {
	items, err := readItems(ctx, tx, sqlItems, ticks)
	if err != nil {
		return nil, err
	}
	var ids []business.CustomerID
	for _, it := range items {
		ids = append(ids, it.Customer)
	}
	seen, err := s.Customers.Customers(ctx, tx, c.Scope, ids)
	if err != nil {
		return nil, fmt.Errorf("customers of documents: %w", err)
	}
	all, err := s.Customers.Customers(ctx, tx, scope.Everything(), ids)
	if err != nil {
		return nil, fmt.Errorf("customers of documents: %w", err)
	}
	for _, t := range ticks {
		it, ok := items[t.Item]
		visible := ok && (c.Scope.Has(int64(it.Owner)) || slices.ContainsFunc(seen,
			func(one Customer) bool { return one.ID == it.Customer }))
		if !visible {
			return nil, ErrNoItem.With("item_id", t.Item)
		}
	}
	out := make(map[business.CustomerID]Customer, len(all))
	for _, one := range all {
		out[one.ID] = one
	}
	return out, nil
}

// batchOf is a collection that was judged.
type batchOf struct {
	NewCollection
	amount business.Money
	ticks  []Tick
	items  map[int64]Item
}

func (s *Service) collect(
	ctx context.Context, tx db.Tx, c Caller, who map[business.CustomerID]Customer, in batchOf,
) (Collected, error) {
	out := Collected{Amount: in.amount}
	err := tx.QueryRow(ctx, sqlInsertCollection, pgx.NamedArgs{
		"day": s.Today(), "amount": in.amount, "by": c.Actor.Person, "now": s.Clock.Now(),
	}).Scan(&out.ID)
	if err != nil {
		return out, fmt.Errorf("save collection: %w", err)
	}
	tenders := in.Tenders
	for _, id := range slices.Sorted(maps.Keys(who)) {
		var own []Tick
		var sum business.Money
		for _, t := range in.ticks {
			if in.items[t.Item].Customer == id {
				own = append(own, t)
				sum += t.Amount
			}
		}
		var part []Tender
		part, tenders = take(tenders, sum)
		r, err := s.receive(ctx, tx, c, who[id], arrived{out.ID, part, own, in.Text})
		if err != nil {
			return out, err
		}
		out.Receipts = append(out.Receipts, r)
	}
	return out, s.record(ctx, tx, c, business.Change{
		Action: "finance.collection.posted", Object: "collection", ID: out.ID, After: out,
	}, out.Receipts)
}

// Allocate pays documents of the customer with what a receipt has left. It posts
// nothing. It fails with ErrNoReceipt, ErrReversed, ErrNoItem, ErrOtherCustomer,
// ErrPaid or ErrSum.
func (s *Service) Allocate(
	ctx context.Context, c Caller, id business.ReceiptID, ticks []Tick,
) (Receipt, error) {
	request := map[string]any{"allocate": id, "ticks": ticks}
	return s.onReceipt(ctx, c, id, request, "allocated", func(tx db.Tx, r Receipt) error {
		items, err := lockItems(ctx, tx, ticks)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Customer != r.Customer {
				return ErrOtherCustomer.With("number", it.Number)
			}
		}
		paid, sum, err := pay(ticks, items)
		if err != nil {
			return err
		}
		if sum > r.Unallocated {
			return ErrSum.With("ticked_cents", int64(sum)).With("received_cents", int64(r.Unallocated))
		}
		batch := &pgx.Batch{}
		s.allocate(batch, c, id, paid)
		batch.Queue(sqlMoveReceipt, pgx.NamedArgs{"id": id, "amount": -sum})
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("allocate receipt %d: %w", id, err)
		}
		return move(ctx, tx, r.Customer, change{unallocated: -sum})
	})
}

// Release takes back what a receipt pays; it is a prepayment again. It posts
// nothing. It fails with ErrNoReceipt or ErrReversed.
func (s *Service) Release(ctx context.Context, c Caller, id business.ReceiptID) (Receipt, error) {
	request := map[string]any{"release": id}
	return s.onReceipt(ctx, c, id, request, "released", func(tx db.Tx, r Receipt) error {
		sum, err := s.freed(ctx, tx, r)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlMoveReceipt, pgx.NamedArgs{"id": id, "amount": sum}); err != nil {
			return fmt.Errorf("release receipt %d: %w", id, err)
		}
		return move(ctx, tx, r.Customer, change{unallocated: sum})
	})
}

// freed undoes every allocation of a receipt that stands and returns their sum.
func (s *Service) freed(ctx context.Context, tx db.Tx, r Receipt) (business.Money, error) {
	var sum business.Money
	batch := &pgx.Batch{}
	for _, a := range r.Allocations {
		if a.Undone.IsZero() {
			batch.Queue(sqlUndo, pgx.NamedArgs{"id": a.ID, "day": s.Today()})
			batch.Queue(sqlMoveItem, pgx.NamedArgs{"id": a.Item, "amount": a.Amount})
			sum += a.Amount
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return 0, fmt.Errorf("undo allocations of receipt %d: %w", r.ID, err)
	}
	return sum, nil
}

// Reverse takes a receipt back: what it paid is open again. It fails with
// ErrNoReceipt, ErrReversed, ErrReason or ErrClosed.
func (s *Service) Reverse(
	ctx context.Context, c Caller, id business.ReceiptID, reason string,
) (Receipt, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxText {
		return Receipt{}, ErrReason
	}
	request := map[string]any{"reverse": id, "reason": reason}
	return s.onReceipt(ctx, c, id, request, "reversed", func(tx db.Tx, r Receipt) error {
		if _, err := s.freed(ctx, tx, r); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlReverseReceipt, pgx.NamedArgs{
			"id": id, "day": s.Today(), "by": c.Actor.Person, "reason": reason,
		})
		if err != nil {
			return fmt.Errorf("reverse receipt %d: %w", id, err)
		}
		err = undo(ctx, tx, c.Actor.Person, s.Clock.Now(), ReceiptKind, journal{
			kind: ReceiptReversalKind, source: int64(id), number: r.Number, day: s.Today(),
		})
		if err != nil {
			return err
		}
		return s.moved(ctx, tx, r.Customer, change{
			balance: r.Amount, received: -r.Amount, unallocated: -r.Unallocated,
		})
	})
}

func (s *Service) onReceipt(
	ctx context.Context, c Caller, id business.ReceiptID, request any, what string,
	fn func(tx db.Tx, r Receipt) error,
) (Receipt, error) {
	return once(ctx, s, c, request, func(tx db.Tx) (Receipt, error) {
		before, err := fetchReceipt(ctx, tx, sqlReceipt, c, id)
		if err != nil {
			return before, err
		}
		if _, err := lock(ctx, tx, before.Customer); err != nil {
			return before, err
		}
		if before, err = fetchReceipt(ctx, tx, sqlLockReceipt, c, id); err != nil {
			return before, err
		}
		if before.State == Reversed {
			return before, ErrReversed
		}
		if err := fn(tx, before); err != nil {
			return before, err
		}
		after, err := fetchReceipt(ctx, tx, sqlReceipt, everything(), id)
		if err != nil {
			return after, err
		}
		return after, s.record(ctx, tx, c, business.Change{
			Action: "finance.receipt." + what, Object: "receipt", ID: int64(id),
			Before: before, After: after,
		}, []Receipt{after})
	})
}
