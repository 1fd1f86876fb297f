package api

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"

	"github.com/netweave/netweave/sdk"
)

// tlsConfig is what caFile and a clouds.yaml say of certificates. An error has
// code Invalid.
func (c *Client) tlsConfig(cred *credentials) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if cred != nil && cred.tls != nil {
		conf = cred.tls.Clone()
		conf.MinVersion = tls.VersionTLS12
	}
	if c.cfg.CAFile == "" {
		return conf, nil
	}
	pem, err := os.ReadFile(c.cfg.CAFile)
	if err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "caFile cannot be read: %w", err)
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM(pem) {
		return nil, sdk.Errorf(sdk.Invalid, "caFile %s has no certificate in PEM", c.cfg.CAFile)
	}
	return conf, nil
}

// httpClient makes the connections of one session.
func (c *Client) httpClient(cred *credentials) (*http.Client, error) {
	conf, err := c.tlsConfig(cred)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = conf
	transport.MaxIdleConnsPerHost = c.cfg.Concurrency
	return &http.Client{
		Transport: bounded{transport},
		// A redirect would take the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
