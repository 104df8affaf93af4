// Package stream keeps messages durably until every consumer has them: NATS
// JetStream, embedded in this process by default, a cluster by URL. It is the
// only door to NATS.
//
// What "durable" means here: [Stream.Append] returns when the server has written
// the message to its file store. A killed process loses none of them. Power loss
// may lose the last moments before the operating system wrote its cache, unless
// Options.SyncAlways is set or the stream is replicated in a cluster.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Kept is how long messages stay for a consumer that is away.
const Kept = 7 * 24 * time.Hour

const (
	startWithin = 10 * time.Second
	batchSize   = 1024
	batchWait   = 20 * time.Millisecond
	retryAfter  = time.Second
	ackWait     = 10 * time.Second // after which a killed consumer's batch comes again
	maxMessage  = 8 << 20

	agreeWithin    = time.Minute
	agreeAgain     = 200 * time.Millisecond
	formWithin     = 10 * time.Second       // for the machines of a new cluster to know each other
	reconnectAfter = 100 * time.Millisecond // to a machine that refused

	tailHeartbeat = 500 * time.Millisecond // the shortest there is
	tailExpiry    = 10 * time.Second
)

// Options say where the stream lives. Either Dir or URL is set.
type Options struct {
	Name       string   // of the stream, e.g. "POSITIONS"
	Subjects   []string // what it keeps, e.g. "positions.>"
	Dir        string   // folder of the embedded server
	URL        string   // of a NATS cluster; "" embeds
	Replicas   int      // in a cluster; 0: three where there are three machines, else one
	SyncAlways bool     // fsync before each acknowledgement (embedded)
	Log        *slog.Logger
}

// Stream is one open stream. It is safe for concurrent use.
type Stream struct {
	log    *slog.Logger
	server *server.Server // nil when a cluster serves
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	wait   sync.WaitGroup
	cancel context.CancelFunc
	ctx    context.Context
}

// Open starts the embedded server or connects to the cluster, and makes the
// stream when it is not there yet.
func Open(ctx context.Context, o Options) (*Stream, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Stream{log: o.Log}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.connect(o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.patiently(ctx, func() error { return s.make(ctx, o) }); err != nil {
		return nil, errors.Join(fmt.Errorf("make stream %s: %w", o.Name, err), s.Close())
	}
	return s, nil
}

// make finds the stream or makes it, with as many copies as there may be unless
// Options.Replicas says how many.
func (s *Stream) make(ctx context.Context, o Options) error {
	c := jetstream.StreamConfig{
		Name: o.Name, Subjects: o.Subjects, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxAge: Kept, Replicas: max(1, o.Replicas),
	}
	if o.URL == "" || o.Replicas > 0 {
		return s.put(ctx, c)
	}
	there, err := s.js.Stream(ctx, o.Name)
	switch {
	case err == nil:
		return s.raise(ctx, c, there.CachedInfo().Config.Replicas)
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return s.begin(ctx, c)
	}
	return err
}

func (s *Stream) put(ctx context.Context, c jetstream.StreamConfig) (err error) {
	s.stream, err = s.js.CreateOrUpdateStream(ctx, c)
	return err
}

// begin makes a stream that is not there. A cluster that has just begun may not know all
// its machines yet, and is asked again for a while.
func (s *Stream) begin(ctx context.Context, c jetstream.StreamConfig) error {
	c.Replicas = copies
	end := time.Now().Add(formWithin)
	err := s.put(ctx, c)
	for refusedAs(err, noPeers) && time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(agreeAgain):
		}
		err = s.put(ctx, c)
	}
	if refusedAs(err, noPeers) || refusedAs(err, notClustered) {
		s.warnOfFew(1, err)
		c.Replicas = 1
		return s.put(ctx, c)
	}
	return err
}

// raise gives a stream with fewer copies all of them, when its cluster has got the
// machines by now; else it stays as it is.
func (s *Stream) raise(ctx context.Context, c jetstream.StreamConfig, now int) error {
	c.Replicas = max(copies, now)
	err := s.put(ctx, c)
	var refused *jetstream.APIError
	if now < copies && errors.As(err, &refused) {
		s.warnOfFew(now, err)
		c.Replicas = now
		return s.put(ctx, c)
	}
	return err
}

func (s *Stream) warnOfFew(now int, err error) {
	s.log.Warn("the stream has fewer copies than three", "copies", now, "error", err)
}

// patiently tries again for a while in a cluster, whose machines need some seconds to
// agree who leads when one was lost.
func (s *Stream) patiently(ctx context.Context, fn func() error) error {
	end := time.Now().Add(agreeWithin)
	for told := false; ; told = true {
		err := fn()
		if err == nil || s.server != nil || time.Now().After(end) || ctx.Err() != nil {
			return err
		}
		if !told {
			s.log.Warn("the stream's cluster does not answer yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(agreeAgain):
		}
	}
}

// copies is how many machines of a cluster hold each message.
const copies = 3

// refusedAs reports whether the cluster refused with a code.
func refusedAs(err error, code jetstream.ErrorCode) bool {
	var refused *jetstream.APIError
	return errors.As(err, &refused) && refused.ErrorCode == code
}

// Codes of JetStream: no peers for that many copies, and no cluster at all.
const (
	noPeers      jetstream.ErrorCode = 10005
	notClustered jetstream.ErrorCode = 10074
)

func (s *Stream) connect(o Options) error {
	var err error
	if o.URL != "" {
		s.conn, err = nats.Connect(o.URL, nats.MaxReconnects(-1), nats.Name("beatplan"),
			nats.ReconnectWait(reconnectAfter))
	} else {
		s.server, err = server.NewServer(&server.Options{
			ServerName: "beatplan", DontListen: true, JetStream: true, StoreDir: o.Dir,
			SyncAlways: o.SyncAlways, NoSigs: true, NoLog: true, MaxPayload: maxMessage,
		})
		if err != nil {
			return fmt.Errorf("embedded stream: %w", err)
		}
		s.server.Start()
		if !s.server.ReadyForConnections(startWithin) {
			return errors.New("the embedded stream did not start")
		}
		s.conn, err = nats.Connect("", nats.InProcessServer(s.server), nats.MaxReconnects(-1))
	}
	if err != nil {
		return fmt.Errorf("connect to the stream: %w", err)
	}
	s.js, err = jetstream.New(s.conn)
	return err
}

// Close stops the consumers, lets the last batch end, and stops the embedded
// server.
func (s *Stream) Close() error {
	s.cancel()
	s.wait.Wait()
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	return nil
}

// Append writes one message, at most 8 MB, and returns when it is durable.
func (s *Stream) Append(ctx context.Context, subject string, data []byte) error {
	if _, err := s.js.Publish(ctx, subject, data); err != nil {
		return fmt.Errorf("append to %s: %w", subject, err)
	}
	if s.server == nil {
		// It is durable: that this fails only makes it come to tails later.
		_ = s.conn.Publish(aside+subject, data)
	}
	return nil
}

// aside begins the subjects on which a cluster's messages go to the tails at once.
const aside = "aside."

// Waiting counts the messages that the durable consumer has not finished yet.
func (s *Stream) Waiting(ctx context.Context, durable string) (int, error) {
	c, err := s.stream.Consumer(ctx, durable)
	if err != nil {
		return 0, fmt.Errorf("consumer %s: %w", durable, err)
	}
	info, err := c.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("consumer %s: %w", durable, err)
	}
	return int(info.NumPending) + info.NumAckPending, nil
}

// Settled is the place in the stream up to which the durable consumer has finished
// every message; 0 when there is no such consumer yet.
func (s *Stream) Settled(ctx context.Context, durable string) (place uint64, err error) {
	err = s.patiently(ctx, func() error {
		place, err = s.settled(ctx, durable)
		return err
	})
	return place, err
}

func (s *Stream) settled(ctx context.Context, durable string) (uint64, error) {
	c, err := s.stream.Consumer(ctx, durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("consumer %s: %w", durable, err)
	}
	info, err := c.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("consumer %s: %w", durable, err)
	}
	return info.AckFloor.Stream, nil
}

// Tail hands every message of subject that stands behind the place after to fn,
// in order and for this process alone, and goes on with those to come. After a
// break in the connection it goes on where it stopped. In a cluster fn is also
// handed each message as soon as it is durable: the place of a reader is lost with its
// machine and takes seconds to find again. There fn is called twice as a rule, from two
// goroutines, and the second time may be late. Tail returns at once; Close ends it.
func (s *Stream) Tail(
	ctx context.Context, subject string, after uint64, fn func([]byte),
) error {
	var c jetstream.Consumer
	err := s.patiently(ctx, func() (err error) {
		c, err = s.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
			FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
			OptStartSeq: after + 1,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("tail %s: %w", subject, err)
	}
	// A machine of the cluster that is lost takes the place of this reader with it: what
	// is silent for two heartbeats is begun anew where it stopped.
	running, err := c.Consume(func(m jetstream.Msg) { fn(m.Data()) },
		jetstream.PullExpiry(tailExpiry), jetstream.PullHeartbeat(tailHeartbeat))
	if err != nil {
		return fmt.Errorf("tail %s: %w", subject, err)
	}
	s.wait.Go(func() {
		<-s.ctx.Done()
		running.Stop()
		<-running.Closed()
	})
	if s.server != nil {
		return nil
	}
	// Close closes the connection, and the subscription with it.
	if _, err = s.conn.Subscribe(aside+subject, func(m *nats.Msg) { fn(m.Data) }); err != nil {
		return fmt.Errorf("tail %s: %w", subject, err)
	}
	return nil
}

// Consume hands the messages of subject to fn in batches, in order, from where
// the durable consumer of that name stopped; several processes share the work.
// A batch is acknowledged when fn returns nil, otherwise it comes again, so fn
// must bear repetition. Consume returns at once; Close ends it.
func (s *Stream) Consume(
	ctx context.Context, durable, subject string, fn func(context.Context, [][]byte) error,
) error {
	var c jetstream.Consumer
	err := s.patiently(ctx, func() (err error) {
		c, err = s.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: durable, FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy,
			AckWait: ackWait, MaxAckPending: 4 * batchSize, DeliverPolicy: jetstream.DeliverAllPolicy,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("consumer %s: %w", durable, err)
	}
	s.wait.Go(func() {
		for s.ctx.Err() == nil {
			if err := s.batch(c, fn); err != nil && s.ctx.Err() == nil {
				s.log.Error("stream: batch comes again", "consumer", durable, "err", err)
				select {
				case <-s.ctx.Done():
				case <-time.After(retryAfter):
				}
			}
		}
	})
	return nil
}

func (s *Stream) batch(c jetstream.Consumer, fn func(context.Context, [][]byte) error) error {
	messages, broken := s.fetch(c)
	if len(messages) == 0 {
		return broken
	}
	data := make([][]byte, len(messages))
	for i, m := range messages {
		data[i] = m.Data()
	}
	// A batch that has begun may end after Close was called.
	err := fn(context.WithoutCancel(s.ctx), data)
	for _, m := range messages {
		if err != nil {
			broken = errors.Join(broken, m.NakWithDelay(retryAfter))
		} else {
			broken = errors.Join(broken, m.Ack())
		}
	}
	return errors.Join(err, broken)
}

// fetch waits for a first message, or for Close, and takes what follows within
// batchWait. What came before a break in the connection comes with the error: it is this
// reader's, and would come again to others only after ackWait.
func (s *Stream) fetch(c jetstream.Consumer) ([]jetstream.Msg, error) {
	waiting, cancel := context.WithTimeout(s.ctx, time.Second)
	defer cancel()
	first, err := s.next(c.Fetch(1, jetstream.FetchContext(waiting)))
	if err != nil || len(first) == 0 {
		return first, err
	}
	more, err := s.next(c.Fetch(batchSize-1, jetstream.FetchMaxWait(batchWait)))
	return append(first, more...), err
}

func (s *Stream) next(b jetstream.MessageBatch, err error) ([]jetstream.Msg, error) {
	if err != nil {
		return nil, err
	}
	var all []jetstream.Msg
	for m := range b.Messages() {
		all = append(all, m)
	}
	if err := b.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) &&
		!errors.Is(err, context.DeadlineExceeded) {
		return all, err
	}
	return all, nil
}
