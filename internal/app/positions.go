package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"beatplan/geo/track"
)

// consumer is the durable name under which all replicas share the positions.
const consumer = "track"

// storeFixes stores a batch of the stream. What cannot be stored now comes
// again; what can never be stored must not stand in the way of everybody else's
// positions and is set aside.
func (a *App) storeFixes(ctx context.Context, messages [][]byte) error {
	err := a.Track.Consume(ctx, messages...)
	if !hopeless(err) {
		return err
	}
	for _, m := range messages {
		err := a.Track.Consume(ctx, m)
		if hopeless(err) {
			a.Log.Error("a message of positions was set aside", "error", err, "file", a.asideFile())
			err = setAside(a.asideFile(), m, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *App) asideFile() string { return filepath.Join(a.Config.Data, "positions.refused") }

// hopeless reports whether trying again would fail in the same way: the message
// cannot be read, or the database refuses its values.
func hopeless(err error) bool {
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, track.ErrMessage):
		return true
	case errors.As(err, &pg): // 22: data exception, 23: integrity constraint
		return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23")
	}
	return false
}

// aside is one line of the file of messages that were set aside.
type aside struct {
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
	Message []byte    `json:"message"` // base64
}

// setAside appends the message to the file and waits until it is on the disk.
func setAside(file string, message []byte, reason error) error {
	line, err := json.Marshal(aside{time.Now().UTC(), reason.Error(), message})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("set message aside: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}
