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
)

// Options say where the stream lives. Either Dir or URL is set.
type Options struct {
	Name       string   // of the stream, e.g. "POSITIONS"
	Subjects   []string // what it keeps, e.g. "positions.>"
	Dir        string   // folder of the embedded server
	URL        string   // of a NATS cluster; "" embeds
	Replicas   int      // in a cluster; 0 is 1
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
	var err error
	s.stream, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: o.Name, Subjects: o.Subjects, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxAge: Kept, Replicas: max(1, o.Replicas),
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make stream %s: %w", o.Name, err), s.Close())
	}
	return s, nil
}

func (s *Stream) connect(o Options) error {
	var err error
	if o.URL != "" {
		s.conn, err = nats.Connect(o.URL, nats.MaxReconnects(-1), nats.Name("beatplan"))
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
	return nil
}

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
func (s *Stream) Settled(ctx context.Context, durable string) (uint64, error) {
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
// break in the connection it goes on where it stopped. Tail returns at once; Close
// ends it.
func (s *Stream) Tail(
	ctx context.Context, subject string, after uint64, fn func([]byte),
) error {
	c, err := s.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq: after + 1,
	})
	if err != nil {
		return fmt.Errorf("tail %s: %w", subject, err)
	}
	running, err := c.Consume(func(m jetstream.Msg) { fn(m.Data()) })
	if err != nil {
		return fmt.Errorf("tail %s: %w", subject, err)
	}
	s.wait.Go(func() {
		<-s.ctx.Done()
		running.Stop()
		<-running.Closed()
	})
	return nil
}

// Consume hands the messages of subject to fn in batches, in order, from where
// the durable consumer of that name stopped; several processes share the work.
// A batch is acknowledged when fn returns nil, otherwise it comes again, so fn
// must bear repetition. Consume returns at once; Close ends it.
func (s *Stream) Consume(
	ctx context.Context, durable, subject string, fn func(context.Context, [][]byte) error,
) error {
	c, err := s.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: durable, FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: ackWait, MaxAckPending: 4 * batchSize, DeliverPolicy: jetstream.DeliverAllPolicy,
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
	messages, err := s.fetch(c)
	if err != nil || len(messages) == 0 {
		return err
	}
	data := make([][]byte, len(messages))
	for i, m := range messages {
		data[i] = m.Data()
	}
	// A batch that has begun may end after Close was called.
	if err := fn(context.WithoutCancel(s.ctx), data); err != nil {
		for _, m := range messages {
			err = errors.Join(err, m.NakWithDelay(retryAfter))
		}
		return err
	}
	for _, m := range messages {
		err = errors.Join(err, m.Ack())
	}
	return err
}

// fetch waits for a first message and takes what follows within batchWait.
func (s *Stream) fetch(c jetstream.Consumer) ([]jetstream.Msg, error) {
	first, err := s.next(c.Fetch(1, jetstream.FetchMaxWait(time.Second)))
	if err != nil || len(first) == 0 {
		return nil, err
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
	if err := b.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) {
		return all, err
	}
	return all, nil
}
