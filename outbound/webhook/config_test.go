package webhook

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestConfig(t *testing.T) {
	good := Credentials{Hosts: []string{"smo.example.com", "*.example.com"}, TokenURL: "https://idp.example.com/token", ClientID: "i", ClientSecret: "hunter2"}
	with := func(change func(*Credentials)) Config {
		c := good
		change(&c)
		return Config{Credentials: []Credentials{c}}
	}
	const tokenURL = "webhook: an OAuth2 token URL must be an https URL without user name and password"
	for name, c := range map[string]struct {
		cfg  Config
		want string
	}{
		"nothing":             {Config{}, ""},
		"credentials":         {with(func(*Credentials) {}), ""},
		"http to nowhere":     {Config{AllowHTTP: true}, "webhook: plain http is allowed, and to no network: name the networks it may go to"},
		"zero network":        {Config{AllowNetworks: []netip.Prefix{{}}}, "webhook: a network to allow is not a valid prefix, such as 10.0.0.0/8"},
		"negative timeout":    {Config{Timeout: -time.Second}, "webhook: durations and bounds must not be negative"},
		"token by http":       {with(func(c *Credentials) { c.TokenURL = "http://idp.example.com" }), tokenURL},
		"token with password": {with(func(c *Credentials) { c.TokenURL = "https://a:hunter2@idp.example.com" }), tokenURL},
		"no secret":           {with(func(c *Credentials) { c.ClientSecret = "" }), "webhook: the OAuth2 client of idp.example.com needs an id and a secret"},
		"no hosts":            {with(func(c *Credentials) { c.Hosts = nil }), "webhook: the OAuth2 client of idp.example.com needs the callback hosts that are sent its tokens"},
		"every host":          {with(func(c *Credentials) { c.Hosts = []string{"*"} }), `webhook: "*" is no host name for an OAuth2 client; right are "smo.example.com" and "*.example.com"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			s, err := New(c.cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
			if err != nil {
				got = err.Error()
			} else {
				s.Close()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
