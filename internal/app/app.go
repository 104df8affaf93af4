package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"beatplan/api"
	"beatplan/api/identityapi"
	"beatplan/business/approvals"
	"beatplan/business/audit"
	"beatplan/business/catalogue"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/identity"
	"beatplan/business/messaging"
	"beatplan/business/notices"
	"beatplan/business/ordering"
	"beatplan/business/visits"
	"beatplan/business/warnings"
	"beatplan/docs/problems"
	"beatplan/geo/gazetteer"
	"beatplan/geo/geocode"
	"beatplan/geo/track"
	"beatplan/internal/blob"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/jobs"
	"beatplan/internal/obs"
	"beatplan/internal/stream"
	"beatplan/routing"
	"beatplan/routing/dispatch"
	"beatplan/territory"
	"beatplan/territory/market"
	"beatplan/tiles/base"
	"beatplan/tiles/site"
	"beatplan/web"
)

// Options say how a company's server is composed.
type Options struct {
	Config  *config.Config
	Log     *slog.Logger
	Clock   clock.Clock // nil: the machine's
	Version string      // of the program
	Demo    bool        // one-click sign-in for the people of the demo
	shared  *shared     // with other companies; nil: this is the only one
}

// App is one company: its services, its roads, its API. Open makes it, Start
// lets its background work begin, Close ends everything.
type App struct {
	Options
	Zone *time.Location

	Database *Database
	DB       *db.DB
	Bus      *events.Bus
	Jobs     *jobs.Service
	Stream   *stream.Stream
	Roads    *routing.Roads
	Atlas    *gazetteer.Atlas
	Geocoder geocode.Service // nil: none is named
	Metrics  *obs.Metrics
	Health   *obs.Health

	Audit      *audit.Log
	Approvals  *approvals.Service
	Files      *blob.Store
	Identity   *identity.Service
	CRM        *crm.Service
	Index      *crm.Index
	Visits     *visits.Service
	Warnings   *warnings.Service
	Catalogue  *catalogue.Service
	Ordering   *ordering.Service
	Fulfilment *fulfilment.Service
	Finance    *finance.Service
	Notices    *notices.Service
	Messaging  *messaging.Service
	Track      *track.Service
	Live       *track.Live
	Fleet      *dispatch.Fleet // where on the roads everybody stands

	Territories *territory.Service
	Market      *market.Service // white space
	Bases       *base.Service
	Sites       *site.Service

	API *api.API

	closers []closer // in the order of opening
}

type closer struct {
	what  string
	close func(ctx context.Context) error
}

func (a *App) onClose(what string, fn func(ctx context.Context) error) {
	a.closers = append(a.closers, closer{what, fn})
}

// Open opens the company: database, stream, roads, services, API. Nothing runs
// in the background yet. What was opened is closed again when it fails.
func Open(ctx context.Context, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	a := &App{Options: o, Metrics: obs.NewMetrics(), Health: &obs.Health{Log: o.Log}}
	for _, open := range []func(context.Context) error{
		a.openDatabase, a.openPlumbing, a.openRoads, a.openModules, a.openAPI,
	} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, a.Close(context.WithoutCancel(ctx)))
		}
	}
	return a, nil
}

func (a *App) openDatabase(ctx context.Context) error {
	var err error
	if a.Zone, err = time.LoadLocation(a.Config.Timezone); err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	if a.Database, err = openDatabase(ctx, a.Config, a.shared, a.Log); err != nil {
		return err
	}
	a.onClose("database server", func(context.Context) error { return a.Database.Close() })
	connections := int32(poolSize())
	if a.shared != nil {
		connections = a.shared.connections
	}
	if a.DB, err = openPoolOf(ctx, a.Database.URL, connections); err != nil {
		return err
	}
	a.onClose("database", func(context.Context) error { a.DB.Close(); return nil })
	a.Health.Check("database", a.DB.Ping)
	return nil
}

func (a *App) openPlumbing(ctx context.Context) error {
	var err error
	a.Bus, err = events.New(a.DB, events.Options{Log: a.Log, Alone: a.Database.Private()})
	if err != nil {
		return err
	}
	a.onClose("events", a.Bus.Stop)
	a.Jobs = jobs.New(a.DB, a.Bus, a.Clock, a.Log)
	a.onClose("jobs", a.Jobs.Close)
	a.Stream, err = stream.Open(ctx, stream.Options{
		Name: "POSITIONS", Subjects: []string{"positions.>"},
		Dir: a.streamDir(), URL: a.Config.NATSURL,
		SyncAlways: a.Config.SyncAlways, Log: a.Log,
	})
	if err != nil {
		return err
	}
	a.onClose("stream", func(context.Context) error { return a.Stream.Close() })
	return nil
}

func (a *App) streamDir() string {
	if a.Config.NATSURL != "" {
		return ""
	}
	return filepath.Join(a.Config.Data, "stream")
}

func (a *App) openRoads(context.Context) error {
	if a.shared != nil {
		a.Roads = a.shared.roads
		return nil
	}
	var err error
	if a.Roads, err = routing.Open(RegionsDir(a.Config)); err != nil {
		return err
	}
	a.onClose("roads", func(context.Context) error { return a.Roads.Close() })
	for id, fault := range a.Roads.Faults() {
		a.Log.Warn("a road map cannot be used", "region", id, "error", fault)
	}
	return nil
}

func (a *App) openModules(ctx context.Context) error {
	a.Atlas = gazetteer.NewAtlas(gazetteers{a.Roads}, a.Clock.Now, a.Log)
	if err := a.openGeocoder(); err != nil {
		return err
	}
	heads := &audit.File{Path: filepath.Join(a.Config.Data, "audit.heads")}
	a.Audit = &audit.Log{DB: a.DB, Clock: a.Clock, Anchors: heads}
	a.openApprovals()
	customers, done := a.openWarnings()
	plans, err := a.openCustomers()
	if err != nil {
		return err
	}
	a.registerCustomers()
	customers.crm = a.CRM
	a.Index = a.CRM.NewIndex(a.Log)
	policy := identity.DefaultPolicy()
	policy.Demo = a.Demo
	a.Identity = identity.New(a.DB, a.Clock, &trail{a.Audit, a.CRM, a.Approvals}, policy)
	a.Identity.Photos, a.Identity.Vault = a.Files, a.vault()
	if n, err := a.Identity.SealSecrets(ctx); err != nil {
		return err
	} else if n > 0 {
		a.Log.Info("sealed the secrets of second factors", "people", n)
	}
	a.openSensitive()
	a.Visits = visits.Service{
		DB: a.DB, Clock: a.Clock, Zone: a.Zone,
		Customers: sites{a.CRM}, People: workers{}, Due: due{a.Warnings},
		Planner: roadPlanner{routing.NewPlanner(a.Roads), a.Roads},
		Effects: effects{a.CRM}, Announcer: a.Bus, Audit: a.Audit,
	}.Ready()
	done.visits, plans.visits = a.Visits, a.Visits
	a.openTrade()
	done.ordering, done.fulfilment = a.Ordering, a.Fulfilment
	a.openLive()
	if err := a.openPhotos(); err != nil {
		return err
	}
	a.openTerritories()
	a.openInbox()
	a.openMessaging()
	a.openFilters()
	a.openMarket()
	a.Bases = &base.Service{DB: a.DB, Clock: a.Clock, Audit: baseTrail{a.Audit}}
	a.Sites = &site.Service{DB: a.DB, Clock: a.Clock, Audit: siteTrail{a.Audit}}
	a.housekeeping()
	a.measure()
	return nil
}

func (a *App) openAPI(context.Context) error {
	files, err := web.Files()
	if err != nil {
		return err
	}
	proxies, err := a.Config.TrustedProxies()
	if err != nil {
		return err
	}
	a.API = api.New(api.Options{
		Version: a.Version, Sessions: identityapi.Sessions{Service: a.Identity},
		Refusals: identityapi.Refusals(),
		Reads:    reads{a.Audit, a.DB}, Proxies: proxies, Notices: streams{a.Bus, a.Live},
		Problems: problems.Pages(), Web: web.New(files),
		Log: a.Log, Now: a.Clock.Now, Secure: a.Config.Secure(), Local: a.Demo,
		Origins: a.Bases.Origins,
		Meter:   a.Metrics.Route,
		Wrap:    []func(http.Handler) http.Handler{a.Metrics.HTTP(api.Pattern)},
	})
	a.onClose("event streams", func(context.Context) error { a.API.Close(); return nil })
	a.mount()
	return nil
}

// Start begins the background work: listeners, periodic work, the positions'
// consumer, the index of customers.
func (a *App) Start(ctx context.Context) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.onClose("background work", func(context.Context) error { cancel(); a.Index.Wait(); return nil })
	if a.Database.Private() {
		if err := a.Jobs.TakeOver(ctx); err != nil {
			return err
		}
	}
	if err := a.Bus.Start(ctx); err != nil {
		return err
	}
	if err := a.Index.Start(background, a.Bus); err != nil {
		return fmt.Errorf("index of customers: %w", err)
	}
	if err := a.startLive(background); err != nil {
		return err
	}
	if err := a.Stream.Consume(ctx, consumer, track.Subject, a.storeFixes); err != nil {
		return err
	}
	if a.shared == nil {
		go a.Roads.Watch(background, 5*time.Second)
	}
	return nil
}

// Close ends background work and closes what was opened, the last first. It is
// safe to call twice.
func (a *App) Close(ctx context.Context) error {
	a.Health.SetReady(false)
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		c := a.closers[i]
		if err := c.close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", c.what, err))
		}
	}
	a.closers = nil
	return errors.Join(errs...)
}
