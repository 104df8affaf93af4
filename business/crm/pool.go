package crm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// The pool (公海) holds the customers that nobody owns. Salespeople claim from it
// within their limit; who gives a customer up may not claim it back before the
// cool-down is over. An owner who does not close a deal in time loses the
// customer to the pool (A8): Sweep returns it on the day after the deadline, and
// tells the owner a few days before.
//
//	pool ──Claim──▶ owned ──deal──▶ closed (status active: stays)
//	  ▲               │
//	  └─Release, Sweep┘

// PoolPolicy is the company's rules of the pool.
type PoolPolicy struct {
	MaxHeld      int   `db:"max_held"`      // customers not closed that one person may own; 0: any number
	FollowDays   int   `db:"follow_days"`   // days to close a deal; 0: for ever
	RemindDays   int   `db:"remind_days"`   // days before the deadline of a reminder; 0: none
	CooldownH    int   `db:"cooldown_h"`    // hours before the last owner may claim again
	MaskContacts bool  `db:"mask_contacts"` // hide phone and street until claimed
	Version      int64 `db:"version"`
}

// PoolLimit replaces the company's limits for one person; nil is the company's.
type PoolLimit struct {
	Person     business.PersonID
	MaxHeld    *int
	FollowDays *int
}

// ReturnNear is the fact that a customer goes back to the pool soon: one for each
// deadline.
type ReturnNear struct {
	Customer business.CustomerID `json:"customer_id"`
	Owner    business.PersonID   `json:"owner_id"`
	Deadline business.Date       `json:"deadline"` // the last day to close a deal
}

// FactName is "crm.return_near".
func (ReturnNear) FactName() string { return "crm.return_near" }

const (
	sqlPoolPolicy = `
select max_held, follow_days, remind_days, cooldown_h, mask_contacts, version from crm.pool_policy`

	sqlSetPoolPolicy = `
update crm.pool_policy set max_held = @held, follow_days = @follow, remind_days = @remind,
	cooldown_h = @cooldown, mask_contacts = @mask, version = version + 1
where version = @version`

	sqlSetPoolLimit = `
insert into crm.pool_limit (person_id, max_held, follow_days) values (@person, @held, @follow)
on conflict (person_id) do update set max_held = excluded.max_held, follow_days = excluded.follow_days`

	// The lock on the owner makes everybody who gives them a customer wait, so
	// that the count is exact.
	sqlLockOwner = `
select coalesce(l.max_held, p.max_held) as max_held
from crm.owner o left join crm.pool_limit l using (person_id), crm.pool_policy p
where o.person_id = @person for update of o`

	sqlHeld = `
select count(*) from crm.customer
where owner_id = @person and archived_at is null and status <> 'active'`

	sqlDeadlines = `
select c.id, c.owner_id, c.assigned_day + coalesce(l.follow_days, p.follow_days) as deadline,
	coalesce(c.reminded_for = c.assigned_day + coalesce(l.follow_days, p.follow_days), false)
		as reminded
from crm.customer c left join crm.pool_limit l on l.person_id = c.owner_id, crm.pool_policy p
where c.archived_at is null and c.owner_id is not null and c.status <> 'active'
	and coalesce(l.follow_days, p.follow_days) > 0
	and c.assigned_day + coalesce(l.follow_days, p.follow_days) <= @until
	and (c.last_order_at is null or c.last_order_at < c.assigned_at)
order by c.id`

	sqlReminded = `
update crm.customer set reminded_for = @deadline
where id = @id and reminded_for is distinct from @deadline`

	sqlPool = `select` + sqlColumns + sqlFrom + ` where` + sqlMatch + `
	and c.owner_id is null and (@after::bigint = 0 or c.id > @after)
	and (@name_words::text[] is null or split_part(c.search, E'\n', 1) || E'\n'
		|| split_part(c.search, E'\n', 2) like all(@name_words))
order by c.id limit @limit`
)

func intoPool(c *Customer, now time.Time) {
	c.PooledFrom, c.PooledAt = c.Owner, &now
	c.Owner, c.AssignedAt, c.AssignedDay = 0, nil, business.Date{}
	c.SharedWith = nil
}

func outOfPool(c *Customer, person business.PersonID, now time.Time, zone *time.Location) {
	c.Owner, c.AssignedAt, c.AssignedDay = person, &now, business.DateOf(now, zone)
	c.PooledAt, c.PooledFrom = nil, 0
	c.SharedWith = unshared(c.SharedWith, int64(person)) // an owner is no sharee
}

// PoolPolicy reads the rules.
func (s *Service) PoolPolicy(ctx context.Context) (PoolPolicy, error) { return poolPolicy(ctx, s.db) }

func poolPolicy(ctx context.Context, q db.Querier) (PoolPolicy, error) {
	rows, err := q.Query(ctx, sqlPoolPolicy)
	if err != nil {
		return PoolPolicy{}, fmt.Errorf("read rules of the pool: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[PoolPolicy])
}

// SetPoolPolicy changes the rules when they still have p's version; they hold
// from the next claim and the next Sweep. It fails with ErrChanged or
// ErrNoPoolPolicy.
func (s *Service) SetPoolPolicy(ctx context.Context, by By, p PoolPolicy) error {
	if p.MaxHeld < 0 || p.MaxHeld > 1_000_000 || p.FollowDays < 0 || p.FollowDays > 3660 ||
		p.RemindDays < 0 || p.RemindDays > 365 || p.CooldownH < 0 || p.CooldownH > 87_600 {
		return ErrNoPoolPolicy
	}
	return s.db.InTx(ctx, func(tx db.Tx) error {
		before, err := poolPolicy(ctx, tx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sqlSetPoolPolicy, pgx.NamedArgs{"held": p.MaxHeld,
			"follow": p.FollowDays, "remind": p.RemindDays, "cooldown": p.CooldownH,
			"mask": p.MaskContacts, "version": p.Version})
		if err != nil {
			return fmt.Errorf("change rules of the pool: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return ErrChanged.With("version", before.Version)
		}
		return s.record(ctx, tx, by, business.Change{Action: "crm.pool_policy.changed",
			Object: "pool_policy", ID: 1, Before: before, After: p})
	})
}

// SetPoolLimit gives a person limits of their own. It fails with ErrNoOwner or
// ErrNoPoolPolicy.
func (s *Service) SetPoolLimit(ctx context.Context, by By, l PoolLimit) error {
	if l.MaxHeld != nil && (*l.MaxHeld < 0 || *l.MaxHeld > 1_000_000) ||
		l.FollowDays != nil && (*l.FollowDays < 0 || *l.FollowDays > 3660) {
		return ErrNoPoolPolicy
	}
	return s.db.InTx(ctx, func(tx db.Tx) error {
		if _, err := fetchOwner(ctx, tx, l.Person); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlSetPoolLimit,
			pgx.NamedArgs{"person": l.Person, "held": l.MaxHeld, "follow": l.FollowDays})
		if err != nil {
			return fmt.Errorf("limits of person %d: %w", l.Person, err)
		}
		return s.record(ctx, tx, by, business.Change{Action: "crm.pool_limit.set",
			Object: "person", ID: int64(l.Person), After: l})
	})
}

func (s *Service) record(ctx context.Context, tx db.Tx, by By, c business.Change) error {
	if s.audit == nil {
		return nil
	}
	return s.audit.Record(ctx, tx, by.Actor, c)
}

// checkHeld fails with ErrPoolLimit when the person may not own one customer
// more. It locks the person until commit.
func (s *Service) checkHeld(ctx context.Context, tx db.Tx, person business.PersonID) error {
	return s.checkRoom(ctx, tx, person, 1)
}

// checkRoom fails with ErrPoolLimit when the person may not own n customers more.
// It locks the person until commit.
func (s *Service) checkRoom(
	ctx context.Context, tx db.Tx, person business.PersonID, n int,
) error {
	var limit, held int
	if err := tx.QueryRow(ctx, sqlLockOwner, pgx.NamedArgs{"person": person}).Scan(&limit); err != nil {
		return fmt.Errorf("limit of person %d: %w", person, err)
	}
	if limit == 0 {
		return nil
	}
	if err := tx.QueryRow(ctx, sqlHeld, pgx.NamedArgs{"person": person}).Scan(&held); err != nil {
		return fmt.Errorf("customers of person %d: %w", person, err)
	}
	if held+n > limit {
		return ErrPoolLimit.With("limit", limit).With("held", held)
	}
	return nil
}

// Claim makes the actor the owner of a customer from the pool. Of many who claim
// at once one wins. It fails with ErrNotInPool, ErrPoolLimit, ErrCoolDown,
// ErrMayNotClaim or ErrFormNeeded.
func (s *Service) Claim(ctx context.Context, by By, id business.CustomerID) (Customer, error) {
	if !by.Actor.Is(business.Salesperson) {
		return Customer{}, ErrMayNotClaim
	}
	return s.command(ctx, by, map[string]any{"claim": id}, func(tx db.Tx) (Customer, error) {
		open := by
		open.Scope = scope.Everything() // the pool is outside every scope
		c, err := s.change(ctx, tx, open, "claimed", id, func(c *Customer) error {
			if err := openToEdits(ctx, tx); err != nil {
				return err
			}
			if err := s.claimable(ctx, tx, *c, by.Actor.Person); err != nil {
				return err
			}
			return s.giveTo(ctx, tx, by, c, by.Actor.Person)
		})
		if errors.Is(err, ErrNoCustomer) { // nothing tells what is from what never was
			return Customer{}, ErrNotInPool.With("id", id)
		}
		return c, err
	})
}

// claimable fails with ErrNotInPool or ErrCoolDown when the person may not claim
// the customer now; the limit is checked elsewhere.
func (s *Service) claimable(
	ctx context.Context, q db.Querier, c Customer, person business.PersonID,
) error {
	if c.Owner != 0 || c.ArchivedAt != nil {
		return ErrNotInPool.With("id", c.ID)
	}
	if c.PooledFrom != person || c.PooledAt == nil {
		return nil
	}
	policy, err := poolPolicy(ctx, q)
	if err != nil {
		return err
	}
	until := c.PooledAt.Add(time.Duration(policy.CooldownH) * time.Hour)
	if s.clock.Now().Before(until) {
		return ErrCoolDown.With("until", until)
	}
	return nil
}

// Release gives an own customer, or one within the scope of who may assign, back
// to the pool. It fails with ErrNoCustomer, ErrArchived, ErrFormNeeded, or
// ErrNotInPool when it lies there already.
func (s *Service) Release(ctx context.Context, by By, id business.CustomerID) (Customer, error) {
	return s.command(ctx, by, map[string]any{"release": id}, func(tx db.Tx) (Customer, error) {
		return s.change(ctx, tx, by, "released", id, func(c *Customer) error {
			if err := openToEdits(ctx, tx); err != nil {
				return err
			}
			if c.ArchivedAt != nil {
				return ErrArchived
			}
			if c.Owner == 0 {
				return ErrNotInPool.With("id", id)
			}
			intoPool(c, s.clock.Now())
			return nil
		})
	})
}

// Swept is what one run of Sweep did.
type Swept struct {
	Returned int
	Reminded int
}

// Sweep returns the customers whose deadline is over to the pool, and tells the
// owners of those whose deadline is near, once for each deadline. It may run any
// number of times a day.
func (s *Service) Sweep(ctx context.Context) (Swept, error) {
	policy, err := s.PoolPolicy(ctx)
	if err != nil {
		return Swept{}, err
	}
	today := s.Today()
	rows, err := s.db.Query(ctx, sqlDeadlines, pgx.NamedArgs{"until": today.Add(policy.RemindDays)})
	if err != nil {
		return Swept{}, fmt.Errorf("deadlines of the pool: %w", err)
	}
	near, err := pgx.CollectRows(rows, pgx.RowToStructByName[deadline])
	if err != nil {
		return Swept{}, fmt.Errorf("deadlines of the pool: %w", err)
	}
	var done Swept
	for _, d := range near {
		switch {
		case d.Deadline.Before(today):
			returned, err := s.giveBack(ctx, d)
			if err != nil {
				return done, err
			}
			if returned {
				done.Returned++
			}
		case !d.Reminded && policy.RemindDays > 0:
			if err := s.remind(ctx, d); err != nil {
				return done, err
			}
			done.Reminded++
		}
	}
	return done, nil
}

type deadline struct {
	ID       business.CustomerID `db:"id"`
	Owner    business.PersonID   `db:"owner_id"`
	Deadline business.Date       `db:"deadline"`
	Reminded bool                `db:"reminded"`
}

// giveBack looks again under the lock: a deal or a transfer may have been faster.
func (s *Service) giveBack(ctx context.Context, d deadline) (bool, error) {
	returned := false
	err := s.db.InTx(ctx, func(tx db.Tx) error {
		returned = false
		by := By{Scope: everything()}
		if s.requests != nil { // a deal, a claim or a transfer may be under way
			open, err := s.requests.UnderWay(ctx, tx, []business.CustomerID{d.ID})
			if err != nil || open[int64(d.ID)] {
				return err
			}
		}
		_, err := s.change(ctx, tx, by, "returned", d.ID, func(c *Customer) error {
			if c.Owner != d.Owner || c.ArchivedAt != nil || c.Status == Active ||
				c.LastOrderAt != nil && c.AssignedAt != nil && !c.LastOrderAt.Before(*c.AssignedAt) {
				return nil
			}
			intoPool(c, s.clock.Now())
			returned = true
			return nil
		})
		return err
	})
	return returned, err
}

func (s *Service) remind(ctx context.Context, d deadline) error {
	return s.db.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{"id": d.ID, "deadline": d.Deadline}
		done, err := tx.Exec(ctx, sqlReminded, args)
		if err != nil {
			return fmt.Errorf("reminder of customer %d: %w", d.ID, err)
		}
		if done.RowsAffected() == 0 {
			return nil // another turn was faster
		}
		return s.bus.Publish(ctx, tx, ReturnNear{d.ID, d.Owner, d.Deadline})
	})
}

// Pool reads one page of the pool by id, beyond after. Everybody who may see
// customers sees it; phone and street are masked when the rules say so.
func (s *Service) Pool(
	ctx context.Context, f Filter, after business.CustomerID, limit int,
) ([]Customer, error) {
	policy, err := s.PoolPolicy(ctx)
	if err != nil {
		return nil, err
	}
	args, err := s.args(ctx, scope.Everything(), f)
	if err != nil {
		return nil, err
	}
	args["after"], args["limit"], args["name_words"] = after, min(max(limit, 1), 501), nil
	if words := f.words(); policy.MaskContacts && len(words) > 0 {
		// A search must not find out what the mask hides: number and name only.
		var patterns []string
		for _, w := range words {
			patterns = append(patterns, "%"+escapeLike(w)+"%")
		}
		args["word"], args["word2"], args["words"] = nil, nil, nil
		args["name_words"] = patterns
	}
	rows, err := query(ctx, s.db, sqlPool, args)
	if err != nil {
		return nil, fmt.Errorf("list the pool: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Customer])
	if policy.MaskContacts {
		for i := range found {
			found[i].Phone, found[i].Licence = mask(found[i].Phone), ""
			found[i].Address, found[i].Building, found[i].PooledFrom = "", "", 0
			found[i].Contacts, found[i].Sites = nil, nil
		}
	}
	return found, err
}

// mask leaves the last two characters: enough to recognise, not to call.
func mask(s string) string {
	r := []rune(s)
	for i := range r {
		if i < len(r)-2 {
			r[i] = '•'
		}
	}
	return string(r)
}
