package stream_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"beatplan/internal/stream"
)

// freePorts are ports of loopback that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") // closed at once
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // only its number is wanted
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// cluster starts three nodes on loopback that hold each other's messages.
func cluster(t *testing.T) (nodes []*stream.Node, address string) {
	t.Helper()
	ports := freePorts(t, 6)
	var listen, routes []string
	for i, port := range ports {
		at := fmt.Sprintf("127.0.0.1:%d", port)
		if i < 3 {
			routes = append(routes, at)
			continue
		}
		listen = append(listen, at)
	}
	for i := range 3 {
		node, err := stream.StartNode(stream.NodeOptions{Name: fmt.Sprintf("node%d", i),
			Dir: t.TempDir(), Listen: listen[i], Cluster: routes[i], Routes: routes, Token: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(node.Stop)
		nodes = append(nodes, node)
	}
	return nodes, "nats://secret@" + strings.Join(listen, ",nats://secret@")
}

// tail collects what a replica sees.
type tail struct {
	mu   sync.Mutex
	seen []string
}

func (l *tail) take(m []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, string(m))
}

func (l *tail) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.seen)
}

// await waits until all messages were seen, or ctx ends.
func (l *tail) await(ctx context.Context, messages ...string) {
	for ctx.Err() == nil {
		seen := map[string]bool{}
		for _, m := range l.all() {
			seen[m] = true
		}
		if !slices.ContainsFunc(messages, func(m string) bool { return !seen[m] }) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Three nodes and two replicas of the program: the node that leads is killed while a
// replica appends. Nothing that was acknowledged is lost, and both replicas see it.
func TestAClusterLosesNothingWithANode(t *testing.T) {
	nodes, address := cluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	o := stream.Options{Name: "POSITIONS", Subjects: []string{"positions.>"}, URL: address}
	var replicas []*stream.Stream
	var tails []*tail
	for range 2 {
		s := join(ctx, t, o)
		l := &tail{}
		if err := s.Tail(ctx, "positions.fixes", 0, l.take); err != nil {
			t.Fatal(err)
		}
		replicas, tails = append(replicas, s), append(tails, l)
	}
	var acknowledged []string
	killed := false
	for i := 0; len(acknowledged) < 300; i++ {
		if len(acknowledged) == 100 && !killed { // one node: what fails then is tried again
			leader(nodes).Stop()
			killed = true
		}
		m := fmt.Sprintf("fix %d", i)
		short, stop := context.WithTimeout(ctx, 2*time.Second)
		err := replicas[i%2].Append(short, "positions.fixes", []byte(m))
		stop()
		if err == nil {
			acknowledged = append(acknowledged, m)
		} else if ctx.Err() != nil {
			t.Fatalf("only %d were acknowledged: %v", len(acknowledged), err)
		}
	}
	last := acknowledged[len(acknowledged)-1]
	for i, l := range tails {
		l.await(ctx, last)
		begin := time.Now()
		l.await(ctx, acknowledged...)
		t.Logf("replica %d had seen everything %v after the last", i, time.Since(begin))
		for _, m := range acknowledged {
			if !slices.Contains(l.all(), m) {
				t.Errorf("replica %d: %s was acknowledged and is lost", i, m)
			}
		}
	}
}

// A stream that was made with one copy gets the others when it is opened again.
func TestAStreamWithOneCopyGetsTheOthers(t *testing.T) {
	_, address := cluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o := stream.Options{
		Name: "POSITIONS", Subjects: []string{"positions.>"}, URL: address, Replicas: 1}
	for _, want := range []int{1, 3} {
		if n := join(ctx, t, o).Copies(); n != want {
			t.Errorf("%d copies, want %d", n, want)
		}
		o.Replicas = 0
	}
}

// join opens the stream as soon as the nodes have chosen who leads.
func join(ctx context.Context, t *testing.T, o stream.Options) *stream.Stream {
	t.Helper()
	for {
		short, stop := context.WithTimeout(ctx, 5*time.Second)
		s, err := stream.Open(short, o)
		stop()
		if err == nil {
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// leader is the node that leads the stream.
func leader(nodes []*stream.Node) *stream.Node {
	for _, node := range nodes {
		if node.Leads("POSITIONS") {
			return node
		}
	}
	return nodes[0]
}

// A node that others reach holds nothing without a token, and a stranger without it
// reads nothing.
func TestANodeNeedsAToken(t *testing.T) {
	o := stream.NodeOptions{Name: "one", Dir: t.TempDir(), Listen: "0.0.0.0:0"}
	if _, err := stream.StartNode(o); !errors.Is(err, stream.ErrOpenNode) {
		t.Errorf("open to everybody: %v", err)
	}
	at := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])
	o.Listen, o.Token = at, "secret"
	node, err := stream.StartNode(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Stop)
	ask := stream.Options{Name: "POSITIONS", Subjects: []string{"positions.>"}, URL: "nats://" + at}
	if s, err := stream.Open(t.Context(), ask); err == nil {
		_ = s.Close()
		t.Error("a stranger is let in")
	}
	ask.URL = "nats://secret@" + at
	s, err := stream.Open(t.Context(), ask) // one machine: one copy
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // ends with the test
	if err := s.Append(t.Context(), "positions.fixes", []byte("fix")); err != nil {
		t.Error(err)
	}
}
