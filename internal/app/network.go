package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"beatplan/routing"
)

// NetworkOrder is what BuildNetwork is to make.
type NetworkOrder = routing.Build

// BuildNetwork makes a road network of an extract in a file of its own.
func BuildNetwork(ctx context.Context, order NetworkOrder, bar *Bar) error {
	defer bar.End()
	order.Progress = bar.Set
	_, err := routing.BuildFile(ctx, order)
	return err
}

// anyOrigin lets pages of any origin read the answers, as OSRM does.
func anyOrigin(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		h.ServeHTTP(w, r)
	})
}

// leanHeap is how much the heap of a server of one network may grow before it is
// collected, in percent.
const leanHeap = 25

// ServeNetwork answers OSRM's protocol from one network file, without a database,
// until ctx ends.
func ServeNetwork(ctx context.Context, file, listen string, out io.Writer) error {
	// What answers leave behind is collected early: the heap is small beside the mapped
	// network, which is not collected at all.
	debug.SetGCPercent(leanHeap)
	engine, err := routing.OpenFile(file)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	server := &http.Server{
		Handler: anyOrigin(oneNetwork(engine)), ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 20,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	fmt.Fprintf(out, "OSRM protocol on http://%s/route/v1/driving/…\n", listener.Addr())
	err = server.Serve(listener)
	if !stop() {
		err = <-stopped
	}
	return errors.Join(err, engine.Close())
}
