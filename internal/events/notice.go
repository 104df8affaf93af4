package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/db"
)

// Notice tells screens that something changed.
type Notice struct {
	Topic   string          // "day", "visit", "customer", "position", "job" …
	People  []int64         // whom it is for; nil: everyone who may see the topic
	Payload json.RawMessage // small: ids, a state
	// Resync says that notices may have been missed: read everything again.
	// Payload is empty then.
	Resync bool
}

// For reports whether the notice is meant for the person.
func (n Notice) For(person int64) bool {
	return n.People == nil || slices.Contains(n.People, person)
}

const (
	channel = "beatplan_notice"
	// maxNotify is PostgreSQL's bound on a NOTIFY payload in bytes, exclusive.
	maxNotify = 8000

	sqlNotify = `select pg_notify('` + channel + `', $1)`
	// A notice that is too large is stored, and its id is sent.
	sqlStore = `insert into events.notice (body) values ($1) returning id`
	sqlLoad  = `select body from events.notice where id = $1`
	sqlPurge = `delete from events.notice where at < now() - interval '1 hour'`
)

// wire is the form of a notice on its way.
type wire struct {
	Topic   string          `json:"t,omitempty"`
	People  []int64         `json:"p"`
	Payload json.RawMessage `json:"d,omitempty"`
	Stored  int64           `json:"stored,omitempty"`
}

// Notice sends a notice at the commit of tx to every replica's watchers; people
// nil means everyone who may see the topic.
func (b *Bus) Notice(
	ctx context.Context, tx db.Tx, topic string, people []int64, payload any,
) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("notice %s: %w", topic, err)
	}
	text, err := json.Marshal(wire{Topic: topic, People: people, Payload: data})
	if err != nil {
		return fmt.Errorf("notice %s: %w", topic, err)
	}
	if len(text) >= maxNotify {
		var id int64
		if err := tx.QueryRow(ctx, sqlStore, text).Scan(&id); err != nil {
			return fmt.Errorf("store notice %s: %w", topic, err)
		}
		if text, err = json.Marshal(wire{Stored: id}); err != nil {
			return err
		}
	}
	if err := db.CommitFirst(ctx, tx, sqlNotify, string(text)); err != nil {
		return fmt.Errorf("notice %s: %w", topic, err)
	}
	return nil
}

// Watch has fn called for every notice of the topic, in the order of their
// commits; the topic "" means all. fn must not block: a slow reader puts the
// notice into a buffer of its own. After a break in the connection fn gets a
// Notice with Resync. The function returned ends the watch.
func (b *Bus) Watch(topic string, fn func(Notice)) (stop func()) {
	return b.notices.watch(topic, fn)
}

type watcher struct {
	topic string
	fn    func(Notice)
}

// notices keeps one LISTEN connection and hands out what comes.
type notices struct {
	pool *db.DB
	log  *slog.Logger

	mu       sync.RWMutex
	watchers map[*watcher]struct{}

	cancel context.CancelFunc
	done   chan struct{}
}

func newNotices(pool *db.DB, log *slog.Logger) *notices {
	return &notices{pool: pool, log: log, watchers: map[*watcher]struct{}{}}
}

func (n *notices) watch(topic string, fn func(Notice)) func() {
	w := &watcher{topic, fn}
	n.mu.Lock()
	n.watchers[w] = struct{}{}
	n.mu.Unlock()
	return func() {
		n.mu.Lock()
		delete(n.watchers, w)
		n.mu.Unlock()
	}
}

func (n *notices) hand(notice Notice) {
	n.mu.RLock()
	called := make([]*watcher, 0, len(n.watchers))
	for w := range n.watchers {
		if w.topic == "" || w.topic == notice.Topic || notice.Topic == "" {
			called = append(called, w)
		}
	}
	n.mu.RUnlock()
	for _, w := range called {
		mine := notice
		if mine.Topic == "" {
			mine.Topic = w.topic
		}
		w.fn(mine)
	}
}

// start connects before it returns, so that nothing after it is missed.
func (n *notices) start(ctx context.Context) error {
	conn, err := n.listen(ctx)
	if err != nil {
		return err
	}
	ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	n.done = make(chan struct{})
	go func() {
		defer close(n.done)
		n.run(ctx, conn)
	}()
	return nil
}

func (n *notices) stop() {
	if n.cancel != nil {
		n.cancel()
		<-n.done
		n.cancel = nil
	}
}

func (n *notices) listen(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, n.pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connect to listen: %w", err)
	}
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), conn.Close(ctx))
	}
	return conn, nil
}

func (n *notices) run(ctx context.Context, conn *pgx.Conn) {
	for {
		err := n.receive(ctx, conn)
		closeQuietly(conn)
		if ctx.Err() != nil {
			return
		}
		n.log.Warn("lost the connection for notices", "error", err)
		if conn = n.reconnect(ctx); conn == nil {
			return
		}
		n.hand(Notice{Resync: true})
	}
}

// reconnect tries until it succeeds; it returns nil when ctx ends.
func (n *notices) reconnect(ctx context.Context) *pgx.Conn {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if conn, err := n.listen(ctx); err == nil {
			return conn
		}
	}
}

// quiet is how long a connection may be silent before it is asked for life.
const quiet = 30 * time.Second

func (n *notices) receive(ctx context.Context, conn *pgx.Conn) error {
	for {
		waiting, cancel := context.WithTimeout(ctx, quiet)
		got, err := conn.WaitForNotification(waiting)
		silent := waiting.Err() != nil
		cancel()
		switch {
		case err == nil:
			n.deliver(ctx, got.Payload)
		case ctx.Err() != nil || conn.IsClosed() || !silent:
			return err
		default:
			if err := ping(ctx, conn); err != nil {
				return err
			}
		}
	}
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return conn.Ping(ctx)
}

func (n *notices) deliver(ctx context.Context, text string) {
	var w wire
	err := json.Unmarshal([]byte(text), &w)
	if err == nil && w.Stored != 0 {
		w, err = n.load(ctx, w.Stored)
	}
	if err != nil {
		n.log.Error("unreadable notice", "text", text, "error", err)
		return
	}
	n.hand(Notice{Topic: w.Topic, People: w.People, Payload: w.Payload})
}

func (n *notices) load(ctx context.Context, id int64) (wire, error) {
	var body []byte
	if err := n.pool.QueryRow(ctx, sqlLoad, id).Scan(&body); err != nil {
		return wire{}, fmt.Errorf("load notice %d: %w", id, err)
	}
	var w wire
	return w, json.Unmarshal(body, &w)
}

func closeQuietly(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // it is broken or no longer needed
}

// Purge forgets stored notices that everyone connected has long read.
func Purge(ctx context.Context, q db.Querier) error {
	_, err := q.Exec(ctx, sqlPurge)
	return err
}
