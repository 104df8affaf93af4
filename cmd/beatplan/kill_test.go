package main

import (
	"testing"

	"beatplan/internal/app"
)

// A server with its stream, its database, a machine of the stream's cluster, one of two
// servers, and the database of both are killed while devices send. Everything that was
// acknowledged is there, and both servers show the same. "beatplan bench kill" does it
// twenty times.
func TestKillsLoseNothing(t *testing.T) {
	r, err := app.Kill(t.Context(), app.KillOptions{Alone: 2, Cluster: 3, Env: []string{asProgram + "=1"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Kills != 5 || r.Acked < 1000 || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
	t.Logf("%+v", r)
}
