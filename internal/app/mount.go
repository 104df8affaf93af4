package app

import (
	"context"
	"net/http"
	"os"
	"time"

	"beatplan/api"
	"beatplan/api/crmapi"
	"beatplan/api/dispatchapi"
	"beatplan/api/identityapi"
	"beatplan/api/jobsapi"
	"beatplan/api/optimiseapi"
	"beatplan/api/placesapi"
	"beatplan/api/trackapi"
	"beatplan/api/visitsapi"
	"beatplan/api/warningsapi"
	"beatplan/geo/track"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/routing"
)

// mount registers every surface on the API.
func (a *App) mount() {
	a.mountPlumbing()
	identityapi.Mount(a.API, identityapi.Surface{
		Service: a.Identity, Duty: duty{a.Track},
	})
	a.mountApprovals()
	a.mountReports()
	a.mountAudit()
	people := names{a.DB}
	trackapi.Mount(a.API, trackapi.Surface{
		Track: a.Track, Live: a.Live, Log: readings{a.Audit, a.DB}, People: people,
		Plans: driven{a.Visits}, Roads: shortest{a.Roads}, Places: fenced{a.CRM, a.Territories, a.DB},
		Zone: a.Zone, Now: a.Clock.Now, Keep: a.Config.KeepTracks,
		Devices: identityapi.Sessions{Service: a.Identity},
	})
	placesapi.Mount(a.API, placesapi.Surface{Atlas: a.Atlas, Other: a.Geocoder, Log: a.Log, Now: a.Clock.Now})
	crmapi.Mount(a.API, crmapi.Surface{
		Service: a.CRM, Others: otherHits{a.Atlas, a.DB}, Told: timelinePermissions(),
	})
	visitsapi.Mount(a.API, a.Visits)
	warningsapi.Mount(a.API, a.Warnings)
	a.mountTrade()
	a.mountInbox()
	a.mountMessaging()
	dispatchapi.Mount(a.API, dispatchapi.Surface{
		Roads: a.Roads, Fleet: a.Fleet, Positions: a.Live, People: people,
		Tasks: tasks{a.Visits, a.CRM}, Skills: a.Visits, Absences: a.Track,
		Sites: places{a.CRM}, Now: a.Clock.Now, Zone: a.Zone,
	})
	a.mountRoads()
	optimiseapi.Mount(a.API, optimiseapi.Surface{
		Planner: routing.NewPlanner(a.Roads), Roads: a.Roads,
		Lines: roadPlanner{roads: a.Roads}, Jobs: a.Jobs,
	})
	a.mountMap()
	a.mountOGC()
	a.mountTerritories()
	a.mountMarket()
	jobsapi.Mount(a.API, a.Jobs)
}

// mountPlumbing registers what operators and phones need.
func (a *App) mountPlumbing() {
	plain := func(h http.HandlerFunc) api.PlainHandler {
		return func(w http.ResponseWriter, r *http.Request) error { h(w, r); return nil }
	}
	a.API.Plain(http.MethodGet, "/healthz", api.Public, plain(a.Health.Alive))
	a.API.Plain(http.MethodGet, "/readyz", api.Public, plain(a.Health.Ready))
	a.API.Plain(http.MethodGet, "/metrics", api.Public,
		plain(a.Metrics.Handler(a.Config.Metrics).ServeHTTP))
	if a.Config.TLS == "self" {
		a.API.Plain(http.MethodGet, "/ca.crt", api.Public, a.authority)
	}
}

// authority hands out the own authority's certificate, for phones to install.
func (a *App) authority(w http.ResponseWriter, _ *http.Request) error {
	text, err := os.ReadFile(caFile(a.Config))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="beatplan-ca.crt"`)
	_, _ = w.Write(text) // the reader is gone
	return nil
}

// streams hands the bus's notices to the API's event streams.
type streams struct {
	bus  *events.Bus
	live *track.Live
}

// Watch calls fn for every notice of the topic.
func (n streams) Watch(topic string, fn func(api.Notice)) (stop func()) {
	if topic == "position" {
		return n.watchPositions(fn)
	}
	return n.bus.Watch(topic, func(e events.Notice) {
		fn(api.Notice{Topic: e.Topic, People: e.People, Payload: e.Payload, Resync: e.Resync})
	})
}

// housekeeping registers the periodic work that belongs to no module.
func (a *App) housekeeping() {
	events.Every(a.Bus, "idem.purge", time.Hour, func(ctx context.Context, tx db.Tx) error {
		_, err := idem.Purge(ctx, tx, time.Now())
		return err
	})
	events.Every(a.Bus, "events.purge", 10*time.Minute, func(ctx context.Context, tx db.Tx) error {
		return events.Purge(ctx, tx)
	})
	events.EveryAside(a.Bus, "audit.seal", 5*time.Second, func(ctx context.Context) error {
		_, err := a.Audit.Seal(ctx)
		return err
	})
	events.EveryAside(a.Bus, "crm.pool_sweep", time.Hour, func(ctx context.Context) error {
		_, err := a.CRM.Sweep(ctx)
		return err
	})
	events.Every(a.Bus, "crm.purge_imports", 24*time.Hour, func(ctx context.Context, tx db.Tx) error {
		return a.CRM.PurgeImports(ctx, tx)
	})
	events.EveryAside(a.Bus, "identity.purge", 24*time.Hour, func(ctx context.Context) error {
		return a.Identity.Purge(ctx)
	})
	events.EveryAside(a.Bus, "visits.abandon_stale", 10*time.Minute, func(ctx context.Context) error {
		_, err := a.Visits.AbandonStale(ctx)
		return err
	})
	events.EveryAside(a.Bus, "visits.judge_left", time.Hour, func(ctx context.Context) error {
		_, err := a.Visits.JudgeLeft(ctx)
		return err
	})
}
