package app

import (
	"crypto/x509"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
)

// serverTLS reads the files that c names, nil if it names none. What is wrong
// comes as problems with their keys; none shows a file's content.
func serverTLS(c *config.Config) (*tlsfiles.Server, []config.Problem) {
	t := c.Server.TLS
	if !t.Enabled() && t.ClientCAFile == "" {
		return nil, nil
	}
	return tlsfiles.LoadServer(tlsfiles.ServerFiles{
		Cert: t.CertFile, Key: t.KeyFile, ClientCA: t.ClientCAFile, CRL: t.CRLFile, ClientAuth: c.ClientAuth(),
	})
}

// checkDates says whether clients would refuse the server's certificate for the
// time of day. That is no reason not to start: it may be this machine's clock.
func checkDates(cert *x509.Certificate, now time.Time) []config.Problem {
	var reason string
	switch {
	case now.After(cert.NotAfter):
		reason = "has expired on " + cert.NotAfter.UTC().Format(time.RFC3339)
	case now.Before(cert.NotBefore):
		reason = "is not valid before " + cert.NotBefore.UTC().Format(time.RFC3339)
	default:
		return nil
	}
	return []config.Problem{{Key: "server.tls.certFile", Reason: "its certificate " + reason + ", so clients refuse it: put a valid one there"}}
}
