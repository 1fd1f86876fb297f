package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/openaccess"
	"github.com/netweave/netweave/ports/authz"
)

// listen opens the listener. While callers are not authenticated, the address
// that was really bound has to be a loopback one: "localhost" is what the
// machine's resolver says.
func listen(ctx context.Context, c *config.Config) (net.Listener, error) {
	s := c.Server
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("server.listen: another program listens on %s already: stop it, or set server.listen "+
			"(or the variable NETWEAVE_SERVER_LISTEN) to another address", s.Listen)
	}
	if err != nil {
		return nil, fmt.Errorf("server.listen: %w", err)
	}
	if bound := l.Addr().String(); !c.Authenticated() && !openaccess.IsLoopback(bound) {
		return nil, errors.Join(fmt.Errorf("server.listen: %s", config.RefusedListen(bound)), l.Close())
	}
	return l, nil
}

// authorizer returns who may do what without tenancy: everyone on a listener that
// only this machine reaches, else every caller with a verified identity.
func authorizer(c *config.Config) (authz.Authorizer, error) {
	if c.Authenticated() {
		return openaccess.Authenticated(), nil
	}
	a, err := openaccess.Loopback(c.Server.Listen)
	if err != nil {
		return nil, fmt.Errorf("server.listen: %s", config.RefusedListen(c.Server.Listen))
	}
	return a, nil
}
