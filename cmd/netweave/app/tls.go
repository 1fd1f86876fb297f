package app

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// serverTLS reads the files that t names, nil if it names none. What is wrong
// comes as problems with their keys; none shows a file's content.
func serverTLS(t config.TLS) (*tls.Config, []config.Problem) {
	if !t.Enabled() {
		return nil, nil
	}
	var problems []config.Problem
	c := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}}
	cert, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		problems = append(problems, config.Problem{Key: "server.tls", Reason: fmt.Sprintf("certFile and keyFile cannot be used: %v", err)})
	}
	c.Certificates = []tls.Certificate{cert}
	if t.ClientCAFile != "" {
		pool, err := authorities(t.ClientCAFile)
		if err != nil {
			problems = append(problems, config.Problem{Key: "server.tls.clientCAFile", Reason: "cannot be used: " + err.Error()})
		}
		c.ClientCAs = pool
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// checkDates says whether clients would refuse the server's certificate for the
// time of day. That is no reason not to start: it may be this machine's clock.
func checkDates(c *tls.Config, now time.Time) []config.Problem {
	if c == nil {
		return nil
	}
	var reason string
	switch cert := c.Certificates[0].Leaf; {
	case now.After(cert.NotAfter):
		reason = "has expired on " + cert.NotAfter.UTC().Format(time.RFC3339)
	case now.Before(cert.NotBefore):
		reason = "is not valid before " + cert.NotBefore.UTC().Format(time.RFC3339)
	default:
		return nil
	}
	return []config.Problem{{Key: "server.tls.certFile", Reason: "its certificate " + reason + ", so clients refuse it: put a valid one there"}}
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", file)
	}
	return pool, nil
}
