package app

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/localpg"
)

// Two replicas on a managed database, started at the same moment: one migrates,
// one makes the administrator, and what one tells both hear.
func TestTwoReplicasOnOneDatabase(t *testing.T) {
	server, err := localpg.Start(t.Context(), localpg.Options{DataDir: folder(t), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.EnsureDatabase(t.Context(), "company"); err != nil {
		t.Fatal(err)
	}
	first, second := replica(t, server), replica(t, server)
	a, b := <-first.app, <-second.app
	awaitReady(t, http.DefaultClient, "http://"+a.Config.Listen)
	awaitReady(t, http.DefaultClient, "http://"+b.Config.Listen)
	said := first.out.String() + second.out.String()
	if n := strings.Count(said, "First sign-in"); n != 1 {
		t.Errorf("%d administrators were made", n)
	}
	heard := make(chan events.Notice, 10)
	defer b.Bus.Watch("day", func(n events.Notice) { heard <- n })()
	err = a.DB.InTx(t.Context(), func(tx db.Tx) error {
		return a.Bus.Notice(t.Context(), tx, "day", nil, 7)
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-heard:
		if string(n.Payload) != "7" {
			t.Errorf("heard %+v", n)
		}
	case <-time.After(time.Minute):
		t.Error("the other replica heard nothing")
	}
	first.stop(t)
	if status, _ := get(t, http.DefaultClient, "http://"+b.Config.Listen+"/readyz"); status != 200 {
		t.Error("one replica's stop stopped the other")
	}
	second.stop(t)
}

type replicaRun struct {
	*running
	app chan *App
}

func replica(t *testing.T, server *localpg.Server) replicaRun {
	t.Helper()
	o := options(t)
	o.Config.DatabaseURL = server.URL("company")
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	r := replicaRun{
		&running{cancel: cancel, ended: make(chan error, 1), out: &output{}}, make(chan *App, 1),
	}
	go func() {
		r.ended <- Run(ctx, o, func(ctx context.Context, a *App) error {
			r.app <- a
			return a.found(ctx, r.out)
		})
	}()
	return r
}
