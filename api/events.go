package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"beatplan/business"
)

// Notice says that something changed. It is a hint to read again, not the truth:
// notices may be lost, in which case Resync is sent.
type Notice struct {
	Topic   string          // one of topics
	People  []int64         // whose rows changed; nil: everybody who may see the topic
	Payload json.RawMessage // JSON object
	Resync  bool            // something was missed: read everything again
}

// Notices is the port to the company's notice bus.
type Notices interface {
	// Watch calls fn for every notice of the topic until stop is called. fn must
	// not block.
	Watch(topic string, fn func(Notice)) (stop func())
}

// topics that a stream carries, with the permission that each asks for.
func topics() map[string]business.Permission {
	return map[string]business.Permission{
		"day": business.DaysRead, "visit": business.VisitsRead,
		"call":     business.AssignmentsWrite,
		"customer": business.CustomersRead, "position": business.PositionsRead,
		"job": SignedIn, "approval": business.ApprovalsRead,
		"order": business.OrdersRead, "goods": business.GoodsRead, "money": business.MoneyRead,
		"message":    SignedIn,
		"territory":  business.TerritoriesRead,
		"whitespace": business.TerritoriesRead,
	}
}

const (
	streamQueue     = 256 // notices that may wait for a slow reader
	streamsByPerson = 12  // open streams of one person
	heartbeat       = 20 * time.Second
	recheck         = time.Minute // how long a stream goes on as it was when rights change
	writeWait       = 10 * time.Second
)

// hub fans the bus out to the open streams.
type hub struct {
	a       *API
	mu      sync.Mutex
	streams map[*stream]bool
	stops   []func()
	closed  bool
}

type stream struct {
	caller Caller // under the hub's lock
	queue  chan Notice
	lost   chan struct{} // capacity 1: the queue overflowed
	done   chan struct{}
}

func newHub(a *API) *hub { return &hub{a: a, streams: map[*stream]bool{}} }

func (h *hub) watch() {
	if h.a.o.Notices == nil {
		return
	}
	for topic := range topics() {
		h.stops = append(h.stops, h.a.o.Notices.Watch(topic, h.deliver))
	}
}

// deliver hands a notice to every stream that may see it. It never blocks: a
// reader whose queue is full is told to read again.
func (h *hub) deliver(n Notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		if !n.Resync && !concerns(s.caller, n) {
			continue
		}
		select {
		case s.queue <- n:
		default:
			select {
			case s.lost <- struct{}{}:
			default:
			}
		}
	}
}

// concerns reports whether the caller may know of the notice: the topic's
// permission and, where it names people, one of them within the scope. A job
// or a message concerns its owner alone.
func concerns(c Caller, n Notice) bool {
	p, ok := topics()[n.Topic]
	if !ok || !c.May(p) {
		return false
	}
	me := int64(c.Actor.Person)
	if n.Topic == "job" || n.Topic == "message" {
		return slices.Contains(n.People, me)
	}
	if n.People == nil {
		return true
	}
	return slices.ContainsFunc(n.People, func(p int64) bool {
		return p == me || c.Scope.Has(p)
	})
}

func (h *hub) open(c Caller) (*stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	mine := 0
	for s := range h.streams {
		if s.caller.Actor.Person == c.Actor.Person {
			mine++
		}
	}
	if h.closed || mine >= streamsByPerson {
		return nil, ErrStreams
	}
	s := &stream{caller: c, queue: make(chan Notice, streamQueue),
		lost: make(chan struct{}, 1), done: make(chan struct{})}
	h.streams[s] = true
	return s, nil
}

// renew lets the stream go on with what its caller may see now; it fails when the
// session is over.
func (h *hub) renew(r *http.Request, s *stream) error {
	c, err := h.a.o.Sessions.Caller(r.Context(), h.a.credential(r))
	if err == nil {
		err = c.require(SignedIn)
	}
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.caller = c
	return nil
}

func (h *hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for s := range h.streams {
		close(s.done)
	}
	for _, stop := range h.stops {
		stop()
	}
}

// events registers the one multiplexed stream of a browser.
func (a *API) events() {
	a.hub.watch()
	a.Plain(http.MethodGet, "/v1/events", SignedIn, a.serveEvents)
	a.Describe(eventsOperation())
}

func (a *API) serveEvents(w http.ResponseWriter, r *http.Request) error {
	s, err := a.hub.open(CallerOf(r.Context()))
	if err != nil {
		return err
	}
	defer a.hub.leave(s)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // proxies must not hold events back
	w.WriteHeader(http.StatusOK)
	out := events{http.NewResponseController(w), w}
	if out.send("retry: 3000\n\n") != nil {
		return nil
	}
	a.pump(r, s, out)
	return nil
}

// pump writes until the reader leaves, the session ends or the server closes.
func (a *API) pump(r *http.Request, s *stream, out events) {
	beat, check := time.NewTicker(heartbeat), time.NewTicker(recheck)
	defer beat.Stop()
	defer check.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		case n := <-s.queue:
			err = out.notice(n)
		case <-s.lost:
			err = out.notice(Notice{Resync: true})
		case <-beat.C:
			err = out.send(": still here\n\n")
		case <-check.C:
			err = a.hub.renew(r, s)
		}
		if err != nil {
			return
		}
	}
}

// events writes Server-Sent Events.
type events struct {
	ctl *http.ResponseController
	w   http.ResponseWriter
}

func (e events) notice(n Notice) error {
	if n.Resync {
		return e.send("event: resync\ndata: {}\n\n")
	}
	if len(n.Payload) == 0 {
		n.Payload = json.RawMessage("{}")
	}
	return e.send(fmt.Sprintf("event: %s\ndata: %s\n\n", n.Topic, n.Payload))
}

func (e events) send(text string) error {
	// A connection that cannot have a deadline (a test's recorder) is not slow.
	_ = e.ctl.SetWriteDeadline(time.Now().Add(writeWait))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.ctl.Flush()
}
