package authn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// ErrMisdirected means that an anonymous request is for another host (421).
//
// Who needs no credentials is trusted for being on this machine, and so is every
// web page in a browser here: a page whose name its owner lets point to 127.0.0.1
// is of the same origin as a gateway on its port. What gives it away is the name
// in Host, which the page cannot choose.
var ErrMisdirected = errors.New("not a host of this gateway's")

// judgeHost returns ErrMisdirected, told in full, unless the Host header names
// this machine or one of the configured hosts. Its port does not matter: what
// forwards a port may change it. A request of HTTP/1.0 may have no Host at all;
// no browser sends one.
func (a *Authenticator) judgeHost(header string) error {
	if header == "" {
		return nil
	}
	host := bareHost(header)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // loopback by RFC 6761
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Unmap().IsLoopback() {
		return nil
	}
	for _, own := range a.config.Hosts {
		if host == bareHost(own) {
			return nil
		}
	}
	return fmt.Errorf("%q is %w: without credentials, requests are answered for localhost, loopback addresses "+
		"and the host of server.externalURL", header, ErrMisdirected)
}

// bareHost returns a host in lower case, without port, brackets and final dot.
func bareHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
