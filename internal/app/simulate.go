package app

import (
	"context"
	"net/http"
	"time"

	"beatplan/internal/demo"
)

// simulate drives the demo's people over the roads as trackers would, over HTTP,
// until the server stops. It speaks plain HTTP to our
// own address, so it is off where the server wants TLS.
func (a *App) simulate(ctx context.Context, house demo.House) {
	if a.Config.Secure() {
		a.Log.Info("the demo's people stand still: their trackers speak plain HTTP")
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	a.onClose("simulated drive", func(context.Context) error { cancel(); <-ended; return nil })
	drive := demo.Simulator{
		House: house, Client: &http.Client{Timeout: 5 * time.Second}, Base: a.place(),
	}
	go func() {
		defer close(ended)
		if err := drive.Run(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("the demo's people stand still", "error", err)
		}
	}()
}
