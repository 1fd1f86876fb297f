package api

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
)

// tlsConfig trusts the configured authorities and shows the configured
// certificate, which is read at each handshake: it may be renewed at any time.
func tlsConfig(cfg config.Config) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		raw, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, sdk.Errorf(sdk.Invalid, "caFile: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(raw) {
			return nil, sdk.Errorf(sdk.Invalid, "caFile: %s holds no certificate: give one or more in PEM", cfg.CAFile)
		}
	}
	if cfg.ClientCertFile != "" {
		load := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(cfg.ClientCertFile, cfg.ClientKeyFile)
			return &pair, err
		}
		if _, err := load(); err != nil {
			return nil, sdk.Errorf(sdk.Invalid, "clientCertFile, clientKeyFile: %w", err)
		}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	}
	return c, nil
}
