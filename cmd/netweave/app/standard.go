package app

import (
	"net"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// standardURL returns what refers to objects in the standard APIs' notifications
// starts with. These references are to be absolute: where nobody has said what callers
// reach the gateway by, it is the address that it listens on, and "" if that is every
// address or a port that is not known yet.
func standardURL(c *config.Config) string {
	switch {
	case c.Server.ExternalURL != "":
		return c.Server.ExternalURL
	case c.OCloud.ServiceURI != "":
		return c.OCloud.ServiceURI
	}
	host, port, err := net.SplitHostPort(c.Server.Listen)
	if err != nil || host == "" || port == "" || port == "0" || net.ParseIP(host).IsUnspecified() {
		return ""
	}
	scheme := "http://"
	if c.Server.TLS.Enabled() {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}
