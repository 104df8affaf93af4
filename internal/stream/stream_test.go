package stream_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"beatplan/internal/stream"
)

func options(dir string) stream.Options {
	return stream.Options{Name: "TEST", Subjects: []string{"test.>"}, Dir: dir}
}

func open(t *testing.T, dir string) *stream.Stream {
	t.Helper()
	s, err := stream.Open(context.Background(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// collector remembers what a consumer was given.
type collector struct {
	mu   sync.Mutex
	got  []string
	fail int // refuse that many batches first
}

func (c *collector) take(_ context.Context, batch [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail > 0 {
		c.fail--
		return errors.New("not now")
	}
	for _, b := range batch {
		c.got = append(c.got, string(b))
	}
	return nil
}

func (c *collector) wait(t *testing.T, n int) []string {
	t.Helper()
	for range 3000 {
		c.mu.Lock()
		got := slices.Clone(c.got)
		c.mu.Unlock()
		if len(got) >= n {
			return got
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("got %d messages, want %d", len(c.got), n)
	return nil
}

func TestMessagesSurviveARestartAndComeOnce(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	s := open(t, dir)
	for i := range 300 {
		if err := s.Append(ctx, "test.a", []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()

	s = open(t, dir)
	c := &collector{}
	if err := s.Consume(ctx, "writer", "test.a", c.take); err != nil {
		t.Fatal(err)
	}
	got := c.wait(t, 300)
	for i, g := range got {
		if g != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, g)
		}
	}
	for range 100 {
		if n, err := s.Waiting(ctx, "writer"); err != nil {
			t.Fatal(err)
		} else if n == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.Close()

	s = open(t, dir)
	defer s.Close()
	again := &collector{}
	if err := s.Consume(ctx, "writer", "test.a", again.take); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, "test.a", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := again.wait(t, 1); got[0] != "new" {
		t.Errorf("an acknowledged message came again: %v", got)
	}
}

func TestARefusedBatchComesAgain(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	defer s.Close()
	c := &collector{fail: 2}
	if err := s.Consume(ctx, "writer", "test.a", c.take); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := s.Append(ctx, "test.a", []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	got := c.wait(t, 5)
	slices.Sort(got)
	if strings.Join(slices.Compact(got), "") != "01234" {
		t.Errorf("got %v", got)
	}
}

// TestKillLosesNothingAcknowledged runs this test binary as a writer, kills it
// without warning five times and counts what it had been told was durable.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	if dir := os.Getenv("BEATPLAN_STREAM_WRITER"); dir != "" {
		write(t, dir)
		return
	}
	dir := t.TempDir()
	var acknowledged []string
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKillLosesNothingAcknowledged$")
		cmd.Env = append(os.Environ(), "BEATPLAN_STREAM_WRITER="+dir, fmt.Sprint("ROUND=", round))
		out := &lines{enough: 40 + 60*round, reached: make(chan struct{})}
		cmd.Stdout = out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-out.reached:
		case <-time.After(time.Minute):
		}
		cmd.Process.Kill()
		cmd.Wait()
		acknowledged = append(acknowledged, out.ids()...)
	}
	if len(acknowledged) < 200 {
		t.Fatalf("only %d messages were acknowledged", len(acknowledged))
	}
	s := open(t, dir)
	defer s.Close()
	c := &collector{}
	if err := s.Consume(context.Background(), "reader", "test.a", c.take); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, g := range c.wait(t, len(acknowledged)) {
		kept[g] = true
	}
	for _, id := range acknowledged {
		if !kept[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
}

func write(t *testing.T, dir string) {
	s := open(t, dir)
	for i := 0; ; i++ {
		id := fmt.Sprintf("%s-%d", os.Getenv("ROUND"), i)
		if err := s.Append(context.Background(), "test.a", []byte(id)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("ack " + id)
	}
}

// lines collects the acknowledged ids that a writer printed.
type lines struct {
	mu      sync.Mutex
	text    strings.Builder
	enough  int
	reached chan struct{}
	once    sync.Once
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	if strings.Count(l.text.String(), "\n") >= l.enough {
		l.once.Do(func() { close(l.reached) })
	}
	return len(b), nil
}

func (l *lines) ids() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	text = text[:strings.LastIndex(text, "\n")+1]
	var ids []string
	for line := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "ack "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
