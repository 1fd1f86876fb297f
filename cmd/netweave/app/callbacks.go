package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/outbound/webhook"
)

// newSender makes what notifications are sent with. It goes on with new TLS files
// when w sees them.
func newSender(c config.Subscriptions, version string, log *slog.Logger, r prometheus.Registerer, w *tlsfiles.Watch) (*webhook.Sender, error) {
	wc, files, err := senderConfig(c, version)
	if err != nil {
		return nil, err
	}
	sender, err := webhook.New(wc, log, r)
	if err != nil {
		return nil, fmt.Errorf("subscriptions.callbacks: %w", err)
	}
	files.OnChange(func() { sender.SetRootCAs(files.Roots()) })
	w.Follow(files)
	return sender, nil
}

// senderConfig reads the files that c names. No error shows what they hold.
func senderConfig(c config.Subscriptions, version string) (webhook.Config, *tlsfiles.Client, error) {
	cb := c.Callbacks
	files, err := tlsfiles.LoadClient("callbacks", "subscriptions.callbacks", tlsfiles.ClientFiles{CA: cb.CAFile, Cert: cb.CertFile, Key: cb.KeyFile})
	if err != nil {
		return webhook.Config{}, nil, err
	}
	wc := webhook.Config{
		AllowHTTP: cb.AllowHTTP, AllowLoopbackHTTP: cb.AllowLoopbackHTTP, AllowNetworks: cb.AllowNetworks,
		RootCAs: files.Roots(), Timeout: c.Delivery.Timeout, UserAgent: "netweave/" + version,
	}
	if cb.CertFile != "" {
		wc.ClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return files.Certificate(), nil }
	}
	if o := cb.OAuth2; o.Enabled() {
		clientSecret, err := secret("subscriptions.callbacks.oauth2.clientSecretFile", o.ClientSecretFile, "")
		if err != nil {
			return webhook.Config{}, nil, err
		}
		wc.Credentials = []webhook.Credentials{{
			Hosts: o.Hosts, TokenURL: o.TokenURL, ClientID: o.ClientID, ClientSecret: clientSecret, Scopes: o.Scopes, AnyNetwork: true,
		}}
	}
	return wc, files, nil
}
