package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// Node is one machine of a cluster that holds the stream. Three of them hold every
// message twice or thrice and go on when any one is lost.
type Node struct{ server *server.Server }

// NodeOptions say who the node is and where the others are.
type NodeOptions struct {
	Name    string   // unique within the cluster
	Dir     string   // folder of its messages
	Listen  string   // host:port for the program's servers
	Cluster string   // host:port for the other nodes; "": it stands alone
	Routes  []string // host:port of the others' Cluster; its own may be among them
	// Token is what servers and other nodes must know: nats://token@host:port. It may be
	// empty only when all addresses are this machine's own.
	Token      string
	SyncAlways bool // fsync before each acknowledgement
}

// ErrOpenNode is the refusal to hold whereabouts where everybody may read them.
var ErrOpenNode = errors.New("a node that other machines can reach needs a token")

// StartNode starts a node and returns when servers can connect to it. Its cluster may
// need some seconds more to agree who leads.
func StartNode(o NodeOptions) (*Node, error) {
	settings := &server.Options{
		ServerName: o.Name, JetStream: true, StoreDir: o.Dir, SyncAlways: o.SyncAlways,
		NoSigs: true, NoLog: true, MaxPayload: maxMessage, Authorization: o.Token,
	}
	var err error
	if settings.Host, settings.Port, err = place(o.Listen, o.Token); err != nil {
		return nil, err
	}
	if o.Cluster != "" {
		c := server.ClusterOpts{Name: "beatplan"}
		if c.Host, c.Port, err = place(o.Cluster, o.Token); err != nil {
			return nil, err
		}
		for _, r := range o.Routes {
			u := &url.URL{Scheme: "nats-route", Host: r}
			if o.Token != "" {
				u.User = url.UserPassword(routeUser, o.Token)
			}
			settings.Routes = append(settings.Routes, u)
		}
		if o.Token != "" {
			c.Username, c.Password = routeUser, o.Token
		}
		settings.Cluster = c
	}
	n := &Node{}
	if n.server, err = server.NewServer(settings); err != nil {
		return nil, fmt.Errorf("node of the stream: %w", err)
	}
	n.server.Start()
	if !n.server.ReadyForConnections(startWithin) {
		n.Stop()
		return nil, errors.New("the node of the stream did not start")
	}
	return n, nil
}

const routeUser = "beatplan" // under which nodes know each other

// place reads host:port, and refuses one that others reach without a token.
func place(address, token string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil {
		return "", 0, fmt.Errorf("address of a node: %w", err)
	}
	if ip := net.ParseIP(host); token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", 0, fmt.Errorf("%s: %w", address, ErrOpenNode)
	}
	return host, port, nil
}

// Wait returns when ctx ends or the node did.
func (n *Node) Wait(ctx context.Context) {
	defer context.AfterFunc(ctx, n.server.Shutdown)()
	n.server.WaitForShutdown()
}

// Stop ends the node when everything that it has taken is on the disk.
func (n *Node) Stop() {
	n.server.Shutdown()
	n.server.WaitForShutdown()
}

// Leads reports whether the node is the one through which the stream is written now.
func (n *Node) Leads(stream string) bool { return n.server.JetStreamIsStreamLeader("$G", stream) }
