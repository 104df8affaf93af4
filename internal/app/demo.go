package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"beatplan/business/crm"
	"beatplan/internal/clock"
	"beatplan/internal/demo"
)

// DemoOptions say how the demo runs.
type DemoOptions struct {
	Extract  string // OpenStreetMap file; needed as long as no region is imported
	Now      bool   // begin in the morning whatever the hour, see demoMorning
	Out      io.Writer
	Terminal bool // Out can be drawn over
}

// Demo serves the demo company: it imports the extract when there is no road
// map yet, seeds people, customers and history when there are none, and prints
// where to sign in. One-click sign-in exists on a loopback address only.
func Demo(ctx context.Context, o Options, d DemoOptions) error {
	zone, err := time.LoadLocation(o.Config.Timezone)
	if err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if d.Now {
		if o.Clock, err = demoClock(o.Config.Data, zone); err != nil {
			return err
		}
	}
	o.Demo = o.Config.Loopback()
	bar := NewBar(d.Out, d.Terminal)
	return Run(ctx, o, func(ctx context.Context, a *App) error {
		if err := a.demoRoads(ctx, d, bar); err != nil {
			return err
		}
		if d.Now {
			if err := a.keepDemoClock(ctx); err != nil {
				return err
			}
		}
		house := a.demoHouse(d.Extract, bar)
		if err := demo.Seed(ctx, house); err != nil {
			return fmt.Errorf("demo company: %w", err)
		}
		bar.End()
		a.simulate(ctx, house)
		return a.welcome(ctx, d.Out)
	})
}

func (a *App) demoRoads(ctx context.Context, d DemoOptions, bar *Bar) error {
	if len(a.Roads.Regions()) > 0 {
		return nil
	}
	if d.Extract == "" {
		return fmt.Errorf("the demo needs a road map: beatplan demo --osm FILE.osm.pbf")
	}
	if _, err := os.Stat(d.Extract); err != nil {
		return fmt.Errorf("the demo's road map: %w", err)
	}
	fmt.Fprintf(d.Out, "Importing %s\n", d.Extract)
	if _, err := Import(ctx, a.Config, ImportOrder{Extract: d.Extract}, bar); err != nil {
		return fmt.Errorf("import the demo's road map: %w", err)
	}
	return a.Roads.Refresh()
}

// welcome prints where the server is and who can sign in.
func (a *App) welcome(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\nBeatplan is ready: %s (phone: %s/m)\n", a.place(), a.place())
	people, err := a.Identity.DemoLogins(ctx)
	if err != nil {
		return fmt.Errorf("demo logins: %w", err)
	}
	if len(people) == 0 {
		_, err := fmt.Fprintln(out, "One-click sign-in is off: this is not a loopback address.")
		return err
	}
	fmt.Fprintln(out, "One click each on the sign-in page:")
	for _, p := range people {
		fmt.Fprintf(out, "  %-12s %-14s %s\n", p.Login, p.Role, p.Name)
	}
	_, err = fmt.Fprintln(out, "Ctrl-C stops everything.")
	return err
}

// demoHouse hands the demo the services that everybody uses.
func (a *App) demoHouse(extract string, bar *Bar) demo.House {
	return demo.House{
		Trade: a.demoTrade(), Identity: a.Identity, Visits: a.Visits, Track: a.Track, Roads: a.Roads,
		CRM: func(c clock.Clock) *crm.Service {
			return crm.New(crm.Options{DB: a.DB, Clock: c, Zone: a.Zone, Bus: a.Bus, Audit: a.Audit,
				Clocks: a.Warnings})
		},
		Clock: a.Clock, Zone: a.Zone, Log: a.Log, Extract: extract, Progress: bar.Set,
	}
}
