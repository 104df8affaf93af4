package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/internal/db"
	"beatplan/internal/scope"
)

// What neighbours call inside their own transactions. None of it ends the
// transaction; all of it is bound by the neighbour's own rules.

func everything() scope.Scope { return scope.Everything() }

// ValidVisit is what crm needs to know of a visit that counts.
type ValidVisit struct {
	Visit    business.VisitID
	Customer business.CustomerID
	Person   business.PersonID
	At       time.Time     // check-in
	Day      business.Date // business day of the check-in
	Stage    string        // sales stage that was found; "" nothing was said
	Status   Status        // "" as it was
}

// VisitBecameValid counts the visit and moves the customer's last visit to its
// day, its stage and status to what it found, unless a later visit is known
// already. A visit to a customer that was merged counts for the one that goes on,
// too. A first check-in at a customer without position is not proposed here: see
// ProposePin.
func (s *Service) VisitBecameValid(ctx context.Context, tx db.Tx, v ValidVisit) error {
	by := By{Actor: business.Actor{Person: v.Person}, Scope: everything()}
	return s.figures(ctx, tx, by, "visited", v.Customer, func(c *Customer, _ absorbed) {
		c.VisitCount++
		if v.Stage != "" && (c.StageAt == nil || v.At.After(*c.StageAt)) {
			at := v.At.UTC()
			c.SalesStage, c.StageAt = v.Stage, &at
			if validStage(Stage(v.Stage)) {
				c.Stage = Stage(v.Stage)
			}
		}
		if v.Status != "" && (c.LastVisitAt == nil || !v.At.Before(*c.LastVisitAt)) {
			c.Status = v.Status
		}
		if c.LastVisitAt == nil || v.At.After(*c.LastVisitAt) {
			at := v.At.UTC()
			c.LastVisitAt = &at
		}
		if c.LastVisitDay.IsZero() || v.Day.After(c.LastVisitDay) {
			c.LastVisitDay = v.Day
		}
	})
}

// OrdersWere sets the last order and the worth of the orders that stand. A first
// deal makes the customer active, which stops the pool's clock.
func (s *Service) OrdersWere(
	ctx context.Context, tx db.Tx, customer business.CustomerID, last *time.Time, deals int64,
) error {
	return s.count(ctx, tx, "ordered", customer, func(c *Customer, a absorbed) {
		c.LastOrderAt, c.Deals = later(utc(last), a.LastOrderAt), deals+a.Deals
		if last != nil {
			c.Status = Active
		}
	})
}

// count sets figures that a neighbour keeps of the customer, and adds those of the
// customers that were merged into it.
func (s *Service) count(
	ctx context.Context, tx db.Tx, command string, customer business.CustomerID,
	set func(c *Customer, a absorbed),
) error {
	return s.figures(ctx, tx, By{Scope: everything()}, command, customer, set)
}

// figures changes a customer's figures under its lock, and those of the one that it
// was merged into by as much. What was merged into it is read under the lock, too: a
// merge that ends meanwhile is counted.
func (s *Service) figures(
	ctx context.Context, tx db.Tx, by By, command string, customer business.CustomerID,
	set func(c *Customer, a absorbed),
) error {
	var old Customer
	now, err := s.change(ctx, tx, by, command, customer, func(c *Customer) error {
		a, err := readAbsorbed(ctx, tx, customer)
		if err != nil {
			return err
		}
		old = *c
		set(c, a)
		return nil
	})
	if err != nil || now.MergedInto == 0 {
		return err
	}
	return s.figures(ctx, tx, by, command, now.MergedInto, func(c *Customer, _ absorbed) {
		c.carry(old, now)
	})
}

// carry adds to c what became of the figures of a customer that was merged into it.
// A last visit, order or sale never goes back: c may have had it itself.
func (c *Customer) carry(old, now Customer) {
	c.VisitCount += now.VisitCount - old.VisitCount
	c.Deals += now.Deals - old.Deals
	c.Received += now.Received - old.Received
	c.Receivable += now.Receivable - old.Receivable
	c.LastVisitAt = later(c.LastVisitAt, now.LastVisitAt)
	c.LastOrderAt = later(c.LastOrderAt, now.LastOrderAt)
	c.LastSaleAt = later(c.LastSaleAt, now.LastSaleAt)
	if now.LastVisitDay.After(c.LastVisitDay) {
		c.LastVisitDay = now.LastVisitDay
	}
	if now.Status == Active && old.Status != Active {
		c.Status = Active
	}
}

// SalesWere sets the last sale; nil: nothing was sold.
func (s *Service) SalesWere(
	ctx context.Context, tx db.Tx, customer business.CustomerID, last *time.Time,
) error {
	return s.count(ctx, tx, "sold", customer, func(c *Customer, a absorbed) {
		c.LastSaleAt = later(utc(last), a.LastSaleAt)
	})
}

// MoneyWas sets what the customer owes, negative when prepaid, and ever paid, in
// minor units.
func (s *Service) MoneyWas(
	ctx context.Context, tx db.Tx, customer business.CustomerID, receivable, received int64,
) error {
	return s.count(ctx, tx, "accounted", customer, func(c *Customer, a absorbed) {
		c.Receivable, c.Received = receivable+a.Receivable, received+a.Received
	})
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}

// Visited is what remains of a customer's visits.
type Visited struct {
	Count  int64
	LastAt *time.Time    // nil: never
	Day    business.Date // zero: never
	Stage  string        // as the latest visit that found one; "" none did
	Found  *time.Time    // when that was
}

// VisitsWere sets the visit figures anew, after a valid visit was declared void.
func (s *Service) VisitsWere(
	ctx context.Context, tx db.Tx, customer business.CustomerID, v Visited,
) error {
	return s.count(ctx, tx, "recounted", customer, func(c *Customer, a absorbed) {
		c.VisitCount, c.LastVisitDay = v.Count+a.Visits, v.Day
		c.LastVisitAt = later(v.LastAt, a.LastVisitAt)
		if a.LastVisitDay != nil && a.LastVisitDay.After(c.LastVisitDay) {
			c.LastVisitDay = *a.LastVisitDay
		}
		c.SalesStage, c.StageAt = v.Stage, v.Found
	})
}

// Site is where the customer is and how near is near enough; it fails with
// ErrNoCustomer, or ErrNotLocated when there is no position. The radius widens
// with the accuracy of the position itself.
func (s *Service) Site(
	ctx context.Context, tx db.Tx, customer business.CustomerID,
) (orb.Point, geo.Meters, error) {
	c, err := fetch(ctx, tx, sqlGet, customer, everything())
	if err != nil {
		return orb.Point{}, 0, err
	}
	if c.Position == nil {
		return orb.Point{}, 0, ErrNotLocated.With("id", customer)
	}
	radius := geo.Meters(siteRadius)
	if c.AccuracyM != nil {
		radius += geo.Meters(*c.AccuracyM)
	}
	return *c.Position, radius, nil
}

// siteRadius is how near to a customer counts as there, in metres.
const siteRadius = 200

// Customers returns the customers of these ids that are within the scope, by id,
// archived ones too. Unknown ids are left out.
func (s *Service) Customers(
	ctx context.Context, q db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]Customer, error) {
	args := pgx.NamedArgs{"ids": ids, "all": sc.All, "people": orEmpty(sc.People)}
	var rows pgx.Rows
	var err error
	if len(ids) == 1 { // as most commands ask: one plan, by the key
		args["id"] = ids[0]
		rows, err = q.Query(ctx, scoped(sqlGet, sc), args)
	} else {
		rows, err = q.Query(ctx, sqlMany, db.PlanEachTime, args)
	}
	if err != nil {
		return nil, fmt.Errorf("read %d customers: %w", len(ids), err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Customer])
}

const (
	sqlClockColumns = `
select id, coalesce(owner_id, 0) as owner_id, kind, level,
	coalesce(visit_every_days, 0) as visit_every_days, assigned_day, last_visit_day,
	last_visit_at, last_order_at, last_sale_at, archived_at is not null as archived
from crm.customer `

	sqlClocksOf = sqlClockColumns + `where id` + db.Among
)

// ClockFacts is what the day on which a customer is due follows from.
type ClockFacts struct {
	ID             business.CustomerID `db:"id"`
	Owner          business.PersonID   `db:"owner_id"` // 0: nobody
	Kind           string              `db:"kind"`
	Level          string              `db:"level"`
	VisitEveryDays int                 `db:"visit_every_days"` // 0: by the rule
	AssignedDay    business.Date       `db:"assigned_day"`
	LastVisitDay   business.Date       `db:"last_visit_day"`
	LastVisitAt    *time.Time          `db:"last_visit_at"`
	LastOrderAt    *time.Time          `db:"last_order_at"`
	LastSaleAt     *time.Time          `db:"last_sale_at"`
	Archived       bool                `db:"archived"`
}

// ClockFacts returns these customers, archived ones too; unknown ids are left out.
func (s *Service) ClockFacts(
	ctx context.Context, q db.Querier, ids []business.CustomerID,
) ([]ClockFacts, error) {
	rows, err := q.Query(ctx, sqlClocksOf, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("facts of %d customers: %w", len(ids), err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[ClockFacts])
}

const (
	// What the clock of visits says is what neighbours say of a customer: see v_mark.
	dueApart = `
from crm.customer c left join crm.v_mark m
	on m.customer_id = c.id and m.name = 'warning:customer_visit'
where c.archived_at is null and c.due_on is distinct from m.due_on`
	sqlDueApart = `
select c.id ` + dueApart + ` and c.id > @after order by c.id limit @limit for no key update of c`
	sqlDueFollow = `
update crm.customer k set due_on = m.due_on
from crm.customer c left join crm.v_mark m
	on m.customer_id = c.id and m.name = 'warning:customer_visit'
where k.id = c.id and c.id = any(@ids) and c.archived_at is null`
)

// duePage is how many customers one transaction of DueFollows writes.
const duePage = 5000

// DueFollows makes every customer due on the day that its clock of visits says. It is
// called when a rule has changed and the clocks have been set; a change of one
// customer sets its day by itself. Whoever holds the map reads it again by
// [Service.MarksChanged].
func (s *Service) DueFollows(ctx context.Context) error {
	after, page := business.CustomerID(0), duePage
	for page == duePage {
		err := s.db.InTx(ctx, func(tx db.Tx) error {
			rows, err := tx.Query(ctx, sqlDueApart, pgx.NamedArgs{"after": after, "limit": duePage})
			if err != nil {
				return err
			}
			// Locked first and read again by the update: what another command wrote
			// meanwhile is newer than what was compared.
			ids, err := pgx.CollectRows(rows, pgx.RowTo[business.CustomerID])
			if err != nil {
				return err
			}
			if page = len(ids); page == 0 {
				return nil
			}
			after = ids[page-1]
			_, err = tx.Exec(ctx, sqlDueFollow, pgx.NamedArgs{"ids": ids})
			return err
		})
		if err != nil {
			return fmt.Errorf("days on which customers are due: %w", err)
		}
	}
	return nil
}

// SaveOwners keeps what crm knows of people in step with identity, which calls
// it in the transaction that changes a person or a team.
func (s *Service) SaveOwners(ctx context.Context, tx db.Tx, owners []Owner) error {
	changed := false
	for _, o := range owners {
		tag, err := tx.Exec(ctx, sqlSaveOwner, pgx.NamedArgs{
			"id": o.Person, "name": o.Name, "team": o.Team, "team_name": o.Of,
			"color": o.Color, "active": o.Active,
		})
		if err != nil {
			return fmt.Errorf("save owner %d: %w", o.Person, err)
		}
		changed = changed || tag.RowsAffected() > 0
	}
	if !changed {
		return nil
	}
	return s.bus.Notice(ctx, tx, TopicCustomer, nil, Notice{Owners: true, Command: "owners"})
}

const (
	sqlPropose = `
insert into crm.pin_proposal (customer_id, position, accuracy_m, visit_id, by, at)
select id, @position, @accuracy, @visit, @by, @now from crm.customer
where id = @id and position is null
on conflict (customer_id) do update set position = excluded.position,
	accuracy_m = excluded.accuracy_m, visit_id = excluded.visit_id, by = excluded.by, at = excluded.at
where excluded.accuracy_m < pin_proposal.accuracy_m`

	sqlProposal = `
select position, accuracy_m, visit_id, by, at from crm.pin_proposal where customer_id = @id`

	sqlForgetProposal = `delete from crm.pin_proposal where customer_id = @id`
)

// Proposal is a position that a check-in found.
type Proposal struct {
	Position  orb.Point         `db:"position"`
	AccuracyM float64           `db:"accuracy_m"`
	Visit     business.VisitID  `db:"visit_id"`
	By        business.PersonID `db:"by"`
	At        time.Time         `db:"at"`
}

// ProposePin keeps the check-in's position for a customer that has none; the
// more accurate of two proposals stays. It does nothing for a located customer.
func (s *Service) ProposePin(
	ctx context.Context, tx db.Tx, customer business.CustomerID, p Proposal,
) error {
	_, err := tx.Exec(ctx, sqlPropose, pgx.NamedArgs{
		"id": customer, "position": p.Position, "accuracy": p.AccuracyM,
		"visit": p.Visit, "by": p.By, "now": s.clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("propose position of customer %d: %w", customer, err)
	}
	return nil
}
