package crm

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/internal/db"
)

// MapPin is one customer in memory: what the filter reads and the map shows. It is
// immutable.
type MapPin struct {
	ID       business.CustomerID `db:"id"`
	Number   string              `db:"number"`
	Name     string              `db:"name"`
	Kind     string              `db:"kind"`
	Level    Level               `db:"level"`
	Status   Status              `db:"status"`
	Owner    business.PersonID   `db:"owner_id"` // 0: nobody
	Position *orb.Point          `db:"position"` // nil: not located
	DueOn    business.Date       `db:"due_on"`
	Visited  business.Date       `db:"last_visit_day"`
	Owes     int64               `db:"open_receivable"` // minor units
	Tags     []string            `db:"tags"`
	Search   string              `db:"search"`
	Sharing  []int64             `db:"shared_with"`
	Stage    Stage               `db:"stage"`
	Channel  string              `db:"channel"`
	District string              `db:"district"`
	Created  int64               `db:"created"`    // Unix seconds
	Ordered  int64               `db:"ordered"`    // the last order, Unix seconds; 0: never
	Deals    int64               `db:"deal_total"` // worth of the orders that stand, minor units
	Marks    []Mark              `db:"-"`

	cell   uint64 // of H3 at CellResolution; 0: not asked for yet; read and written atomically
	shares int32  // Sharing as a number of the index; 0: shared with nobody
}

// Index holds every customer that is not archived in memory, for the map. It
// is rebuilt at start and kept in step by notices; [Index.Sync] waits for the
// notices that have arrived. Safe for concurrent use.
type Index struct {
	db    *db.DB
	log   *slog.Logger
	today func() business.Date
	zone  *time.Location

	mu      sync.RWMutex
	pins    map[business.CustomerID]*MapPin
	owners  map[business.PersonID]Owner
	touched []map[uint64]uint64 // by zoom: tile → change that touched it last
	marks   int                 // entries in touched
	tree    *index.Live[*MapPin]
	pyramid *index.Pyramid[group]
	ranges  ranges
	journal journal
	changes atomic.Uint64 // counts up with every change
	places  atomic.Uint64 // counts up when a customer comes, goes or moves
	floor   uint64        // tiles that no map entry names were touched then

	inbox inbox
	done  sync.WaitGroup
}

// group is what a cluster is broken down by and filtered on without looking at
// its customers: owner, range of sharing, level and status in one word (32, 24,
// 4 and 4 bits), because a million customers make millions of tallies.
type group uint64

// levels and statuses are the codes of a group's level and status: their places here.
var (
	levels   = [...]Level{A, B, C}
	statuses = [...]Status{Prospect, Active, Dormant, Lost}
)

func (p *MapPin) group() group {
	level, status := slices.Index(levels[:], p.Level), slices.Index(statuses[:], p.Status)
	return group(p.Owner)<<32 | group(p.shares)<<8 | group(level&15)<<4 | group(status&15)
}

func (g group) owner() business.PersonID { return business.PersonID(g >> 32) }

func (g group) shares() int32 { return int32(g >> 8 & 0xffffff) }

func (g group) level() Level {
	if code := int(g >> 4 & 15); code < len(levels) {
		return levels[code]
	}
	return ""
}

func (g group) status() Status {
	if code := int(g & 15); code < len(statuses) {
		return statuses[code]
	}
	return ""
}

const (
	// ClusterZoom is the deepest zoom at which customers are drawn as clusters.
	ClusterZoom = 11
	// cellBits says how many cells a tile has on a side: 2³ = 8, so that clusters
	// stand at least 64 pixels apart on the average.
	cellBits = 3
	// deepest zoom of which touched tiles are remembered; deeper tiles go by
	// their ancestor there.
	touchZoom = 14
	// maxMarks bounds the memory of touched tiles; beyond it all count as touched.
	maxMarks = 500_000
)

// NewIndex makes an empty index; [Index.Start] fills it.
func (s *Service) NewIndex(log *slog.Logger) *Index {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	x := &Index{db: s.db, log: log, today: s.Today, zone: s.zone}
	x.inbox.wake = make(chan struct{}, 1)
	x.reset(nil, nil)
	return x
}

// Single customers change all day: one plan serves every call. All of them, or a range,
// are read by plans of their own.
const (
	sqlPins = `
select c.id, c.number, c.name, c.kind, c.level, c.status, coalesce(c.owner_id, 0) as owner_id,
	c.position, c.due_on, c.last_visit_day, c.open_receivable, c.tags, c.search, c.shared_with,
	c.stage, c.channel, c.district, c.deal_total,
	floor(extract(epoch from c.created_at))::bigint as created,
	coalesce(floor(extract(epoch from c.last_order_at))::bigint, 0) as ordered
from crm.customer c
where c.archived_at is null`
	sqlPinsOf = sqlPins + ` and c.id` + db.Among
	sqlPinsIn = sqlPins + ` and (@from::bigint = 0 or c.id between @from and @to)`
)

// Apply reads again what the notice names.
func (x *Index) Apply(ctx context.Context, n Notice) error {
	switch {
	case n.Owners:
		return x.reloadOwners(ctx)
	case len(n.IDs) > 0 || n.From > 0:
		return x.reload(ctx, n)
	}
	return x.Rebuild(ctx)
}

func (x *Index) reload(ctx context.Context, n Notice) error {
	pins, err := readPins(ctx, x.db, n)
	if err != nil {
		return err
	}
	found := map[business.CustomerID]bool{}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range pins {
		found[pins[i].ID] = true
		x.put(&pins[i])
	}
	for _, id := range n.IDs {
		if !found[id] {
			x.remove(id)
		}
	}
	x.tree.Publish()
	return nil
}

func readPins(ctx context.Context, q db.Querier, n Notice) ([]MapPin, error) {
	rows, err := noticed(ctx, q, n, sqlPinsOf, sqlPinsIn)
	if err != nil {
		return nil, fmt.Errorf("read customers into memory: %w", err)
	}
	pins, err := pgx.CollectRows(rows, pgx.RowToStructByName[MapPin])
	if err != nil {
		return nil, fmt.Errorf("read customers into memory: %w", err)
	}
	return pins, readMarks(ctx, q, n, pins)
}

// noticed runs of, prepared, for the customers that the notice names, or in, planned
// anew, for its range or for everybody.
func noticed(ctx context.Context, q db.Querier, n Notice, of, in string) (pgx.Rows, error) {
	if len(n.IDs) > 0 {
		return q.Query(ctx, of, pgx.NamedArgs{"ids": n.IDs})
	}
	return query(ctx, q, in, pgx.NamedArgs{"from": n.From, "to": n.To})
}

// Rebuild reads everything again.
func (x *Index) Rebuild(ctx context.Context) error {
	pins, owners, err := x.Rows(ctx)
	if err != nil {
		return err
	}
	x.Fill(pins, owners)
	return nil
}

// Fill replaces everything by the given customers and owners, which it keeps. The
// new state is built beside the old one, so that the map stays readable. O(n log n).
func (x *Index) Fill(pins []MapPin, owners []Owner) {
	var fresh Index
	fresh.reset(pins, owners)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.pins, x.owners, x.tree, x.pyramid = fresh.pins, fresh.owners, fresh.tree, fresh.pyramid
	x.places.Add(1)
	x.ranges = fresh.ranges
	x.touchAll()
	x.journal = journal{from: x.floor}
}

func (x *Index) reloadOwners(ctx context.Context) error {
	owners, err := readOwners(ctx, x.db)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.setOwners(owners)
	x.touchAll() // colours and teams may have changed anywhere
	return nil
}

// reset replaces everything; the caller is alone with x.
func (x *Index) reset(pins []MapPin, owners []Owner) {
	x.pins = make(map[business.CustomerID]*MapPin, len(pins))
	x.pyramid = index.NewPyramid(cellBits, ClusterZoom+cellBits, cmp.Compare[group])
	x.tree = index.NewLive[*MapPin](index.Options{})
	x.setOwners(owners)
	x.ranges = newRanges()
	for i := range pins {
		pins[i].shares = x.ranges.number(pins[i].Sharing)
	}
	var filled sync.WaitGroup
	filled.Go(func() {
		x.pyramid.Fill(func(yield func(orb.Point, group) bool) {
			for i := range pins {
				if p := &pins[i]; p.Position != nil && !yield(*p.Position, p.group()) {
					return
				}
			}
		})
	})
	x.tree.Reset(func(yield func(index.Item[*MapPin]) bool) {
		for i := range pins {
			p := &pins[i]
			if p.Position != nil &&
				!yield(index.Item[*MapPin]{ID: int64(p.ID), Point: *p.Position, Value: p}) {
				return
			}
		}
	})
	for i := range pins {
		x.pins[pins[i].ID] = &pins[i]
	}
	filled.Wait()
	x.touchAll()
}

func (x *Index) setOwners(owners []Owner) {
	x.owners = make(map[business.PersonID]Owner, len(owners))
	for _, o := range owners {
		x.owners[o.Person] = o
	}
}

// ranges numbers the different ranges with which customers are shared, so that a
// tally of the map says by number who sees it. 0 is nobody. It only grows: there
// are as many as people have chosen, which is few.
type ranges struct {
	numbers map[string]int32
	list    [][]int64
}

func newRanges() ranges { return ranges{map[string]int32{}, [][]int64{nil}} }

func (r *ranges) number(with []int64) int32 {
	if len(with) == 0 {
		return 0
	}
	key := fmt.Sprint(with)
	n, ok := r.numbers[key]
	if !ok {
		n = int32(len(r.list))
		r.numbers[key], r.list = n, append(r.list, with)
	}
	return n
}

// readBy are the numbers of the ranges that hold one of the readers.
func (r *ranges) readBy(readers map[int64]bool) map[int32]bool {
	out := map[int32]bool{}
	for n, with := range r.list {
		if slices.ContainsFunc(with, func(id int64) bool { return readers[id] }) {
			out[int32(n)] = true
		}
	}
	return out
}

// put adds or replaces a customer; the caller holds the lock.
func (x *Index) put(p *MapPin) {
	p.shares = x.ranges.number(p.Sharing)
	old := x.pins[p.ID]
	if old != nil && old.Position != nil {
		x.pyramid.Remove(*old.Position, old.group())
		x.touch(*old.Position)
	}
	x.pins[p.ID] = p
	if old == nil || !samePoint(old.Position, p.Position) {
		x.places.Add(1)
	}
	if p.Position == nil {
		x.tree.Delete(int64(p.ID))
		x.journal.note(x.changes.Add(1), p.ID)
		return
	}
	x.pyramid.Add(*p.Position, p.group())
	x.tree.Put(int64(p.ID), *p.Position, p)
	x.touch(*p.Position)
	x.journal.note(x.changes.Load(), p.ID)
}

// remove takes a customer away; the caller holds the lock.
func (x *Index) remove(id business.CustomerID) {
	old := x.pins[id]
	if old == nil {
		return
	}
	delete(x.pins, id)
	x.places.Add(1)
	x.journal.note(x.changes.Add(1), id)
	if old.Position != nil {
		x.pyramid.Remove(*old.Position, old.group())
		x.tree.Delete(int64(id))
		x.touch(*old.Position)
	}
}

// touch marks the tiles that show p as changed; the caller holds the lock.
func (x *Index) touch(p orb.Point) {
	n := x.changes.Add(1)
	px, py := index.Plane(p)
	for z := range x.touched {
		key, before := uint64(px)>>(32-z)<<32|uint64(py)>>(32-z), len(x.touched[z])
		x.touched[z][key] = n
		x.marks += len(x.touched[z]) - before
	}
	if x.marks > maxMarks {
		x.touchAll()
	}
}

// touchAll marks every tile as changed; the caller holds the lock.
func (x *Index) touchAll() {
	x.floor, x.marks = x.changes.Add(1), 0
	x.touched = make([]map[uint64]uint64, touchZoom+1)
	for z := range x.touched {
		x.touched[z] = map[uint64]uint64{}
	}
}

// Changed is the number of the last change that touched the tile; equal numbers
// mean equal customers in it.
func (x *Index) Changed(z, column, row uint32) uint64 {
	if z > touchZoom {
		column, row, z = column>>(z-touchZoom), row>>(z-touchZoom), touchZoom
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return max(x.floor, x.touched[z][uint64(column)<<32|uint64(row)])
}

// Version counts the changes that the index has seen.
func (x *Index) Version() uint64 { return x.changes.Load() }

// Places counts the changes of where customers are: of them, an index that was filled
// anew is one.
func (x *Index) Places() uint64 { return x.places.Load() }

// Len is the number of customers held, located or not.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.pins)
}

// Bounds is the box of all located customers, the zero box without any.
func (x *Index) Bounds() geo.Box {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.tree.Snapshot().Bounds()
}

// Owner is what is known of a person; the zero Owner of somebody unknown.
func (x *Index) Owner(id business.PersonID) Owner {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.owners[id]
}

// Place is where a customer is; nil when not located or not held.
func (x *Index) Place(id business.CustomerID) *orb.Point {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if p := x.pins[id]; p != nil {
		return p.Position
	}
	return nil
}

// Rows reads what the index is filled with, as the database has it now.
func (x *Index) Rows(ctx context.Context) (pins []MapPin, owners []Owner, err error) {
	err = x.db.InTx(ctx, func(tx db.Tx) error {
		if pins, err = readPins(ctx, tx, Notice{}); err != nil {
			return err
		}
		owners, err = readOwners(ctx, tx)
		return err
	})
	return pins, owners, err
}
