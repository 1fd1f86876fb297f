package app

import (
	"testing"

	"github.com/netweave/netweave/cmd/netweave/config"
)

func TestStandardURL(t *testing.T) {
	secured := config.TLS{CertFile: "c", KeyFile: "k"}
	for _, tt := range []struct {
		server  config.Server
		service string
		want    string
	}{
		{config.Server{ExternalURL: "https://o2.example.com/gw", Listen: "127.0.0.1:8080"}, "https://ims.example.com", "https://o2.example.com/gw"},
		{config.Server{Listen: "127.0.0.1:8080"}, "https://ims.example.com", "https://ims.example.com"},
		{config.Server{Listen: "127.0.0.1:8080"}, "", "http://127.0.0.1:8080"},
		{config.Server{Listen: "[::1]:8080"}, "", "http://[::1]:8080"},
		{config.Server{Listen: "gateway.example.com:8443", TLS: secured}, "", "https://gateway.example.com:8443"},
		{config.Server{Listen: "0.0.0.0:8443", TLS: secured}, "", ""},
		{config.Server{Listen: "[::]:8443", TLS: secured}, "", ""},
		{config.Server{Listen: ":8443"}, "", ""},
		{config.Server{Listen: "127.0.0.1:0"}, "", ""},
		{config.Server{}, "", ""},
	} {
		c := &config.Config{Server: tt.server}
		if c.OCloud.ServiceURI = tt.service; standardURL(c) != tt.want {
			t.Errorf("%+v: %s, want %s", tt, standardURL(c), tt.want)
		}
	}
}
