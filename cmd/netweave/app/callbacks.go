package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/webhook"
)

// newSender makes what notifications are sent with.
func newSender(c config.Subscriptions, version string, log *slog.Logger, r prometheus.Registerer) (*webhook.Sender, error) {
	wc, err := senderConfig(c, version)
	if err != nil {
		return nil, err
	}
	sender, err := webhook.New(wc, log, r)
	if err != nil {
		return nil, fmt.Errorf("subscriptions.callbacks: %w", err)
	}
	return sender, nil
}

// senderConfig reads the files that c names. No error shows what they hold.
func senderConfig(c config.Subscriptions, version string) (webhook.Config, error) {
	cb := c.Callbacks
	t, err := clientTLS("subscriptions.callbacks", cb.CAFile, cb.CertFile, cb.KeyFile)
	if err != nil {
		return webhook.Config{}, err
	}
	wc := webhook.Config{
		AllowHTTP: cb.AllowHTTP, AllowLoopbackHTTP: cb.AllowLoopbackHTTP, AllowNetworks: cb.AllowNetworks,
		RootCAs: t.RootCAs, Timeout: c.Delivery.Timeout, UserAgent: "netweave/" + version,
	}
	if len(t.Certificates) > 0 {
		shown := &t.Certificates[0]
		wc.ClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown, nil }
	}
	if o := cb.OAuth2; o.Enabled() {
		clientSecret, err := secret("subscriptions.callbacks.oauth2.clientSecretFile", o.ClientSecretFile, "")
		if err != nil {
			return webhook.Config{}, err
		}
		wc.Credentials = []webhook.Credentials{{
			Hosts: o.Hosts, TokenURL: o.TokenURL, ClientID: o.ClientID, ClientSecret: clientSecret, Scopes: o.Scopes, AnyNetwork: true,
		}}
	}
	return wc, nil
}
