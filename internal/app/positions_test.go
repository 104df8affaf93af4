package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business/audit"
	"beatplan/geo/track"
	"beatplan/internal/clock"
	"beatplan/internal/config"
	"beatplan/internal/events"
	"beatplan/internal/pgtest"
)

// caught keeps the message that a recorder appends.
type caught struct{ message []byte }

func (c *caught) Append(_ context.Context, _ string, data []byte) error {
	c.message = data
	return nil
}

// One unreadable message between two good ones: the good ones are stored, the
// bad one is kept for a person to look at.
func TestABadMessageHoldsUpNobody(t *testing.T) {
	d := pgtest.DB(t)
	bus, err := events.New(d, events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Data = t.TempDir()
	a := &App{
		Options: Options{Config: c, Log: slog.New(slog.DiscardHandler)}, DB: d,
	}
	stream := &caught{}
	trail := deeds{&audit.Log{DB: d, Clock: clock.System{}}}
	a.Track = track.New(d, stream, bus, trail, clock.System{})
	at := time.Now().UTC().Truncate(time.Millisecond)
	good := func(person int64) []byte {
		t.Helper()
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(a.Track.Decide(t.Context(), person, track.ConsentVersion, true))
		must(a.Track.AddDuty(t.Context(), person, at.Add(-time.Hour), at.Add(time.Hour)))
		_, err := a.Track.Record(t.Context(), []track.Fix{
			{Person: person, At: at, Position: orb.Point{-75.5, 39.7}, Source: "app"}})
		must(err)
		return stream.message
	}
	err = a.storeFixes(t.Context(), [][]byte{good(1), []byte("{not json"), []byte(`{"a":1}`), good(2)})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := d.QueryRow(t.Context(), `select count(*) from track.chunk`).Scan(&n); err != nil || n != 2 {
		t.Errorf("stored %d fixes, %v", n, err)
	}
	text, err := os.ReadFile(filepath.Join(c.Data, "positions.refused"))
	if err != nil || strings.Count(string(text), "\n") != 2 {
		t.Errorf("set aside %q, %v", text, err)
	}
	var first aside
	line, _, _ := strings.Cut(string(text), "\n")
	if err := json.Unmarshal([]byte(line), &first); err != nil || string(first.Message) != "{not json" {
		t.Errorf("kept %+v, %v", first, err)
	}

	// A database that is away is no reason to set anything aside.
	third := good(3)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.storeFixes(ended, [][]byte{third}); err == nil {
		t.Error("a message that was not stored counts as stored")
	}
}
