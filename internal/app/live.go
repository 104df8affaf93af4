package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"beatplan/api"
	"beatplan/api/trackapi"
	"beatplan/business"
	"beatplan/business/audit"
	"beatplan/business/identity"
	"beatplan/geo/index"
	"beatplan/geo/track"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/scope"
	"beatplan/routing/dispatch"
)

// openLive composes positions: recorder, live index, retention.
func (a *App) openLive() {
	a.Track = track.New(a.DB, a.Stream, a.Bus, deeds{a.Audit}, a.Clock)
	a.Live = track.NewLive(a.Track)
	a.Fleet = dispatch.NewFleet(a.Roads, index.Options{Now: a.Clock.Now})
	events.EveryAside(a.Bus, "track.close", time.Minute, func(ctx context.Context) error {
		_, err := a.Track.Close(ctx, closeAtOnce)
		return err
	})
	events.EveryAside(a.Bus, "track.expire", time.Hour, func(ctx context.Context) error {
		_, err := a.Track.Expire(ctx, a.Clock.Now().Add(-a.Config.KeepTracks))
		return err
	})
}

// closeAtOnce bounds the days that one run of the periodic work closes.
const closeAtOnce = 2000

// startLive fills the live index and keeps it in step: positions by the stream,
// duty and consent by notices, teams by reading them again now and then.
func (a *App) startLive(ctx context.Context) error {
	settled, err := a.Stream.Settled(ctx, consumer)
	if err != nil {
		return err
	}
	stop := a.Bus.Watch("duty", func(n events.Notice) {
		var c track.Changed
		if n.Resync || json.Unmarshal(n.Payload, &c) != nil {
			go a.reloadLive(ctx)
			return
		}
		a.Live.Changed(c)
		if c.Gone {
			a.Fleet.Remove(c.Person)
		}
	})
	a.onClose("notices of duty", func(context.Context) error { stop(); return nil })
	if err := a.Live.Load(ctx); err != nil {
		return fmt.Errorf("live index: %w", err)
	}
	if err := a.loadTraits(ctx); err != nil {
		return fmt.Errorf("live index: %w", err)
	}
	if err := a.startFleet(ctx); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	fresh, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { a.freshenTraits(fresh) })
	wait.Go(func() { a.keepFences(fresh) })
	a.onClose("live index", func(context.Context) error { cancel(); wait.Wait(); return nil })
	return a.Stream.Tail(ctx, track.Subject, settled, func(m []byte) {
		if err := a.Live.Take(m); err != nil {
			a.Log.Warn("a message of positions cannot be shown", "error", err)
		}
	})
}

// reloadLive reads everything again after notices were lost; the fleet follows.
func (a *App) reloadLive(ctx context.Context) {
	before, err := a.Live.Positions(ctx, scope.Everything())
	if err == nil {
		err = a.Live.Load(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			a.Log.Error("live index: read again", "error", err)
		}
		return
	}
	now, err := a.Live.Positions(ctx, scope.Everything())
	if err != nil {
		a.Log.Error("fleet: read again", "error", err)
	}
	m := mover{fleet: a.Fleet, live: a.Live}
	for _, p := range slices.Concat(before, now) { // who is there no more, and who is new
		m.move(p)
	}
}

const traitsEvery = 30 * time.Second // how old a person's team may be in a search

func (a *App) freshenTraits(ctx context.Context) {
	tick := time.NewTicker(traitsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := a.loadTraits(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("live index: read teams", "error", err)
		}
	}
}

func (a *App) loadTraits(ctx context.Context) error {
	cards, err := identity.Cards(ctx, a.DB, nil)
	if err != nil {
		return err
	}
	traits := make(map[int64]track.Traits, len(cards))
	for id, c := range cards {
		traits[int64(id)] = track.Traits{Team: int64(c.Team), Active: c.Active}
	}
	a.Live.SetTraits(traits)
	return nil
}

// deeds writes what happens to positions into the audit trail.
type deeds struct{ log *audit.Log }

// Did records the deed in its transaction, by the signed-in person.
func (d deeds) Did(ctx context.Context, tx db.Tx, deed track.Deed) error {
	by := business.Actor{Person: business.PersonID(deed.By)}
	if caller := api.Actor(ctx); caller.Person == by.Person {
		by = caller
	}
	return d.log.Record(ctx, tx, by, business.Change{
		Action: deed.Action, Object: "track", ID: deed.Person, After: deed.After,
	})
}

// watchPositions tells fn of everybody who moves, one notice a person.
func (n streams) watchPositions(fn func(api.Notice)) (stop func()) {
	return n.live.Watch(func(moved []track.Position) {
		for _, p := range moved {
			payload, err := json.Marshal(movedOf(p))
			if err != nil {
				continue // a position always has a JSON form
			}
			fn(api.Notice{Topic: "position", People: []int64{p.Person}, Payload: payload})
		}
	})
}

// moved is what the event stream says of a person who moved.
type moved struct {
	Person    int64     `json:"person_id"`
	At        time.Time `json:"at"`
	Position  []float64 `json:"position"`
	AccuracyM *float32  `json:"accuracy_m"`
	SpeedKmh  *float32  `json:"speed_kmh"`
	CourseDeg *float32  `json:"course_deg"`
	AgeS      int       `json:"age_s"`
	Fresh     bool      `json:"fresh"`
	OnDuty    bool      `json:"on_duty"`
}

func movedOf(p track.Position) moved {
	return moved{
		Person: p.Person, At: p.At, Position: p.Position[:], AccuracyM: p.AccuracyM,
		SpeedKmh: p.SpeedKmh, CourseDeg: p.CourseDeg, AgeS: int(p.Age.Seconds()),
		Fresh: p.Fresh, OnDuty: p.OnDuty,
	}
}

// readings tells people who looked at their way.
type readings struct {
	log *audit.Log
	db  *db.DB
}

// Readings returns who read the person's positions, the newest first.
func (r readings) Readings(
	ctx context.Context, person int64, before int64, limit int,
) ([]trackapi.Reading, error) {
	entries, err := r.log.Entries(ctx, audit.Filter{Object: "track", Target: person}, before, limit)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, e := range entries {
		ids = append(ids, int64(e.Person))
	}
	cards := map[business.PersonID]identity.Card{}
	if len(ids) > 0 {
		if cards, err = identity.Cards(ctx, r.db, ids); err != nil {
			return nil, err
		}
	}
	out := make([]trackapi.Reading, len(entries))
	for i, e := range entries {
		out[i] = trackapi.Reading{ID: e.ID, At: e.At, Person: int64(e.Person),
			Name: cards[e.Person].Name, Action: e.Action, About: e.After}
	}
	return out, nil
}

// Handler answers everything.
func (a *App) Handler() http.Handler { return a.API.Handler() }
