package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/devcerts"
)

func TestCredentialsAreThoseThatAreThere(t *testing.T) {
	dir, foreign := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, foreign} {
		if _, err := devcerts.Make(devcerts.Config{Dir: d, Clients: devcerts.DefaultClients}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	files := config.TLS{
		CertFile: filepath.Join(dir, "server.crt"), KeyFile: filepath.Join(dir, "server.key"), ClientCAFile: filepath.Join(dir, "ca.crt"),
	}
	tenancy := config.Tenancy{Enabled: true, PlatformAdmins: []string{"root", "carol"}}
	const generic = "--cert CLIENT.pem --key CLIENT-KEY.pem "
	for _, tc := range []struct {
		name string
		edit func(*config.Config)
		want string
	}{
		{"as certs dev has written them", func(*config.Config) {}, "--cacert $DIR/ca.crt --cert $DIR/root.platform.crt --key $DIR/root.platform.key "},
		{"another admin", func(c *config.Config) { c.Tenancy.PlatformAdmins = []string{"carol"} }, "--cacert $DIR/ca.crt " + generic},
		{"no admin", func(c *config.Config) { c.Tenancy.PlatformAdmins = nil }, "--cacert $DIR/ca.crt " + generic},
		{"no tenancy", func(c *config.Config) { c.Tenancy.Enabled = false }, "--cacert $DIR/ca.crt " + generic},
		{"a server of another authority", func(c *config.Config) { c.Server.TLS.ClientCAFile = filepath.Join(foreign, "ca.crt") },
			"--cacert CA.pem --cert $FOREIGN/root.platform.crt --key $FOREIGN/root.platform.key "},
		{"tokens alone", func(c *config.Config) {
			c.Server.TLS.ClientCAFile, c.Auth.OIDC.Issuer, c.Auth.Require = "", "https://idp", config.RequireBearer
		},
			`--cacert CA.pem -H "Authorization: Bearer $TOKEN" `},
		{"both", func(c *config.Config) {
			c.Tenancy.Enabled, c.Auth.OIDC.Issuer, c.Auth.Require = false, "https://idp", config.RequireBoth
		}, "--cacert $DIR/ca.crt " + generic + `-H "Authorization: Bearer $TOKEN" `},
		{"tokens without TLS", func(c *config.Config) {
			c.Server.TLS, c.Auth.OIDC.Issuer, c.Auth.Require = config.TLS{}, "https://idp", config.RequireBearer
		}, `-H "Authorization: Bearer $TOKEN" `},
		{"nothing", func(c *config.Config) { *c = config.Config{} }, ""},
	} {
		c := &config.Config{Server: config.Server{TLS: files}, Tenancy: tenancy}
		tc.edit(c)
		got := strings.NewReplacer(dir+"/", "$DIR/", foreign+"/", "$FOREIGN/").Replace(credentials(c))
		if got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.name, got, tc.want)
		}
	}
	if err := os.Remove(filepath.Join(dir, "root.platform.key")); err != nil {
		t.Fatal(err)
	}
	if got := credentials(&config.Config{Server: config.Server{TLS: files}, Tenancy: tenancy}); !strings.HasSuffix(got, generic) {
		t.Errorf("without the key: got %s", got)
	}
}
