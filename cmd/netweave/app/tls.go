package app

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

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
