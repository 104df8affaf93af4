package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
)

// Log is the trail of one company. It is safe for concurrent use.
type Log struct {
	DB      *db.DB
	Clock   clock.Clock
	Anchors Anchors // nil: heads are kept nowhere else
	ring    ring
}

// Record appends what a command did, inside its transaction. Address, request and
// agent come from the context's business.Origin.
func (l *Log) Record(
	ctx context.Context, tx db.Tx, by business.Actor, c business.Change,
) error {
	before, err := document(c.Before)
	if err != nil {
		return err
	}
	after, err := document(c.After)
	if err != nil {
		return err
	}
	subject := c.Person
	if subject == 0 && c.Object == "person" {
		subject = business.PersonID(c.ID)
	}
	if before, err = l.sealDocument(ctx, tx, subject, before); err != nil {
		return fmt.Errorf("seal %s: %w", c.Action, err)
	}
	if after, err = l.sealDocument(ctx, tx, subject, after); err != nil {
		return fmt.Errorf("seal %s: %w", c.Action, err)
	}
	o := business.OriginOf(ctx)
	for _, text := range []*string{&o.Address, &o.Agent} {
		if *text, err = l.sealText(ctx, tx, by.Person, *text); err != nil {
			return fmt.Errorf("seal %s: %w", c.Action, err)
		}
	}
	err = db.Later(ctx, tx, sqlInsertEntry, pgx.NamedArgs{
		"at": l.Clock.Now(), "person": by.Person, "role": by.Role, "action": c.Action,
		"object": c.Object, "target": c.ID, "before": before, "after": after,
		"address": o.Address, "request": o.Request, "agent": o.Agent,
	})
	if err != nil {
		return fmt.Errorf("audit %s: %w", c.Action, err)
	}
	return nil
}

func document(v any) (*string, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("audit document: %w", err)
	}
	s := string(b)
	return &s, nil
}

const sealAtOnce = 1000 // entries in one transaction

// Seal links every entry that waits, and keeps the new head outside. It returns
// how many there were. Two at one time wait for each other.
func (l *Log) Seal(ctx context.Context) (int, error) {
	total := 0
	for {
		n, h, err := l.sealSome(ctx)
		total += n
		if err != nil {
			return total, err
		}
		if n > 0 && l.Anchors != nil {
			if err := l.Anchors.Keep(ctx, h); err != nil {
				return total, fmt.Errorf("keep head %d: %w", h.Seq, err)
			}
		}
		if n < sealAtOnce {
			return total, nil
		}
	}
}

func (l *Log) sealSome(ctx context.Context) (n int, h Head, err error) {
	err = l.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLockChain); err != nil {
			return err
		}
		if h, err = head(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sqlPending, pgx.NamedArgs{"limit": sealAtOnce})
		if err != nil {
			return err
		}
		entries, err := pgx.CollectRows(rows, scanEntry)
		if n = len(entries); err != nil || n == 0 {
			return err
		}
		var batch pgx.Batch
		ids := make([]int64, 0, n)
		for _, e := range entries {
			h = Head{Seq: h.Seq + 1, Hash: next(h.Hash, e)}
			hash := h.Hash // a copy of its own: the batch keeps the slice until it is sent
			batch.Queue(sqlInsertLink, pgx.NamedArgs{"seq": h.Seq, "entry": e.ID, "hash": hash[:]})
			ids = append(ids, e.ID)
		}
		batch.Queue(sqlSealed, pgx.NamedArgs{"ids": ids})
		return tx.SendBatch(ctx, &batch).Close()
	})
	return n, h, err
}

// Verify recomputes the whole chain and returns the first fault, or nil, and how
// many links it has seen. O(entries), in constant memory beside the kept heads.
func (l *Log) Verify(ctx context.Context) (*Fault, int64, error) {
	var heads []Head
	if l.Anchors != nil {
		var err error
		if heads, err = l.Anchors.Heads(ctx); err != nil {
			return nil, 0, fmt.Errorf("read kept heads: %w", err)
		}
	}
	v := verifier{kept: map[int64][32]byte{}}
	for _, h := range heads {
		v.kept[h.Seq] = h.Hash
		v.last = max(v.last, h.Seq)
	}
	for {
		rows, err := l.DB.Query(ctx, sqlChain, pgx.NamedArgs{
			"after": v.head.Seq, "limit": sealAtOnce})
		if err != nil {
			return nil, 0, err
		}
		links, err := pgx.CollectRows(rows, scanLink)
		if err != nil {
			return nil, 0, err
		}
		for _, k := range links {
			if f := v.step(k); f != nil {
				return f, v.head.Seq, nil
			}
		}
		if len(links) < sealAtOnce {
			break
		}
	}
	if v.head.Seq < v.last {
		return &Fault{Seq: v.head.Seq + 1, Reason: CutOff}, v.head.Seq, nil
	}
	return l.stray(ctx, v.head.Seq)
}

// stray finds an entry that never went through Record.
func (l *Log) stray(ctx context.Context, seen int64) (*Fault, int64, error) {
	rows, err := l.DB.Query(ctx, sqlStray)
	if err != nil {
		return nil, 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return nil, seen, err
	}
	return &Fault{Entry: ids[0], Reason: Inserted}, seen, nil
}

// verifier walks the chain link by link.
type verifier struct {
	head Head
	kept map[int64][32]byte
	last int64
}

func (v *verifier) step(k link) *Fault {
	want := v.head.Seq + 1
	switch {
	case k.seq != want:
		return &Fault{Seq: want, Reason: Deleted}
	case k.entry == nil:
		return &Fault{Seq: k.seq, Reason: Deleted}
	}
	hash := next(v.head.Hash, *k.entry)
	if hash != k.hash {
		return &Fault{Seq: k.seq, Entry: k.id, Reason: Edited}
	}
	if kept, ok := v.kept[k.seq]; ok && kept != hash {
		return &Fault{Seq: k.seq, Entry: k.id, Reason: Replaced}
	}
	v.head = Head{k.seq, hash}
	return nil
}

// Entries lists the newest entries first, at most limit of them with ids below
// before; 0 begins the list.
func (l *Log) Entries(ctx context.Context, f Filter, before int64, limit int) ([]Entry, error) {
	rows, err := l.DB.Query(ctx, sqlEntries, pgx.NamedArgs{
		"before_id": before, "person": f.Person, "people": f.People, "object": f.Object,
		"target": f.Target, "action": f.Action, "from": f.From, "to": f.To, "limit": limit,
	})
	if err != nil {
		return nil, err
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, err
	}
	return entries, l.unseal(ctx, entries)
}
