package messaging

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

const maxHeaders = 64 << 10 // bytes of a gateway's answer

var errNoReceiver = errors.New("no receiver of messages can be there")

// Transport is how messages go to gateways: to no address that answers programs of a
// cloud machine only, through the operator's proxy if there is one.
func Transport() *http.Transport {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: dialer().DialContext,
		ForceAttemptHTTP2: true, TLSHandshakeTimeout: patience, IdleConnTimeout: time.Minute,
		MaxIdleConns: 20, MaxResponseHeaderBytes: maxHeaders}
}

// dialer looks at the address that a name has led to, so that no name leads astray.
func dialer() *net.Dialer {
	return &net.Dialer{Timeout: patience, Control: func(_, at string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(at)
		if err != nil || !mayReceive(to.Addr().Unmap()) {
			return fmt.Errorf("%s: %w", at, errNoReceiver)
		}
		return nil
	}}
}

// mayReceive allows this machine and the company's own network, where gateways and mail
// servers stand, but neither link-local addresses (clouds give out credentials there) nor
// groups, nor the two clouds' services that lie elsewhere.
func mayReceive(ip netip.Addr) bool {
	switch ip.WithZone("").String() {
	case "100.100.100.200", "fd00:ec2::254":
		return false
	}
	return !ip.IsLinkLocalUnicast() && !ip.IsMulticast() && !ip.IsUnspecified()
}
