package stream_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"beatplan/internal/stream"
)

// freePorts are ports of loopback that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() //nolint:errcheck // only its number is wanted
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// cluster starts three servers on loopback that hold each other's messages.
func cluster(t *testing.T) (nodes []*server.Server, address string) {
	t.Helper()
	ports := freePorts(t, 6)
	var routes []*url.URL
	var addresses []string
	for i := range 3 {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", ports[i])})
		addresses = append(addresses, fmt.Sprintf("nats://127.0.0.1:%d", ports[3+i]))
	}
	for i := range 3 {
		node, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("node%d", i), Host: "127.0.0.1", Port: ports[3+i],
			JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, Routes: routes,
			Cluster: server.ClusterOpts{Name: "beatplan", Host: "127.0.0.1", Port: ports[i]},
		})
		if err != nil {
			t.Fatal(err)
		}
		node.Start()
		t.Cleanup(func() { node.Shutdown(); node.WaitForShutdown() })
		nodes = append(nodes, node)
	}
	for _, node := range nodes {
		if !node.ReadyForConnections(20 * time.Second) {
			t.Fatal("a node did not start")
		}
	}
	return nodes, strings.Join(addresses, ",")
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

// Three nodes and two replicas of the program: the node that leads is killed while a
// replica appends. Nothing that was acknowledged is lost, and both replicas see the
// same, in the same order.
func TestAClusterLosesNothingWithANode(t *testing.T) {
	nodes, address := cluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	o := stream.Options{Name: "POSITIONS", Subjects: []string{"positions.>"}, URL: address, Replicas: 3}
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
	for i := 0; len(acknowledged) < 300; i++ {
		if len(acknowledged) == 100 {
			leader(nodes).Shutdown()
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
	for ctx.Err() == nil && !(slices.Contains(tails[0].all(), last) && slices.Contains(tails[1].all(), last)) {
		time.Sleep(20 * time.Millisecond)
	}
	one, two := tails[0].all(), tails[1].all()
	if !slices.Equal(one, two) {
		t.Fatalf("the replicas saw %d and %d messages", len(one), len(two))
	}
	for _, m := range acknowledged {
		if !slices.Contains(one, m) {
			t.Errorf("%s was acknowledged and is lost", m)
		}
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
func leader(nodes []*server.Server) *server.Server {
	for _, node := range nodes {
		if node.JetStreamIsStreamLeader("$G", "POSITIONS") {
			return node
		}
	}
	return nodes[0]
}
