package backend

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// TestATokenThatEndsWithinAList has the second page be refused.
func TestATokenThatEndsWithinAList(t *testing.T) {
	cloud := newCloud(t, 3, 6)
	b, _ := cloud.backend(t, func(c *config.Config) { c.PageSize = 2 })
	cloud.breaks(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.RawQuery, uuid('c', 1)) && cloud.logins == 1 {
			cloud.expire()
		}
		return false
	})
	got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{}))
	if len(got) != 9 || err != nil || cloud.logins != 2 {
		t.Errorf("%d resources, %v, %d logins", len(got), err, cloud.logins)
	}
}

func TestOneLoginForManyRequests(t *testing.T) {
	cloud := newCloud(t, 30, 6)
	b, _ := cloud.backend(t, func(c *config.Config) { c.Concurrency = 16 })
	for range 2 {
		if _, err := ids(b.ListResources(t.Context(), sdk.ListOptions{})); err != nil {
			t.Fatal(err)
		}
	}
	if cloud.logins != 1 {
		t.Errorf("%d logins, want 1", cloud.logins)
	}
	cloud.expire()
	if _, err := ids(b.ListResources(t.Context(), sdk.ListOptions{})); err != nil || cloud.logins != 2 {
		t.Errorf("%v, %d logins, want 2", err, cloud.logins)
	}
}

// TestATokenIsReplacedBeforeItEnds has a token be used up to half of its life.
func TestATokenIsReplacedBeforeItEnds(t *testing.T) {
	const life = 2 * time.Second
	cloud := newCloud(t, 3, 6)
	cloud.life = life
	b, _ := cloud.backend(t)
	first := time.Now()
	healthy := func() {
		t.Helper()
		if err := b.Health(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	healthy()
	for cloud.logins == 1 {
		healthy()
	}
	if used := time.Since(first); used < life/2 || used > life {
		t.Errorf("replaced after %v of %v", used, life)
	}
	// While Keystone is away the token serves on, and Keystone is left alone.
	cloud.breaks(at(postLogin, says(503, "away")))
	before := cloud.count(postLogin)
	second := time.Now()
	for time.Since(second) < life*3/4 {
		healthy()
	}
	if n := cloud.count(postLogin) - before; n != 1 {
		t.Errorf("Keystone was asked %d times, want once", n)
	}
}

// credentialsIn are ways to keep the password in a file.
func credentialsIn(t *testing.T, c *cloud) map[string]struct {
	path  string
	use   func(*config.Config)
	write func(password string)
} {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		// Renamed into place, as those who do it well do.
		if err := os.WriteFile(filepath.Join(dir, name+".new"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]struct {
		path  string
		use   func(*config.Config)
		write func(password string)
	}{
		"a password file": {
			path:  filepath.Join(dir, "password"),
			use:   func(k *config.Config) { k.Password, k.PasswordFile = "", filepath.Join(dir, "password") },
			write: func(password string) { put("password", password+"\n") },
		},
		"a clouds.yaml": {
			path: filepath.Join(dir, "clouds.yaml"),
			use: func(k *config.Config) {
				*k = config.Config{Cloud: "mine", CloudsFile: filepath.Join(dir, "clouds.yaml"), Image: k.Image}
			},
			write: func(password string) {
				put("clouds.yaml", `clouds:
  mine:
    region_name: R1
    auth:
      auth_url: `+c.URL+`/identity/v3
      username: netweave
      password: `+password+`
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
`)
			},
		},
	}
}

func TestCredentialsChangeWhileRunning(t *testing.T) {
	for name := range credentialsIn(t, &cloud{}) {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 3, 6)
			way := credentialsIn(t, cloud)[name]
			way.write(cloudPassword)
			b, _ := cloud.backend(t, way.use)
			healthy := func(logins int) {
				t.Helper()
				if err := b.Health(t.Context()); err != nil || cloud.logins != logins {
					t.Errorf("%v, %d logins, want %d", err, cloud.logins, logins)
				}
			}
			healthy(1)
			// New ones are used at once.
			cloud.password = cloudPassword + "-next"
			way.write(cloudPassword + "-next")
			healthy(2)
			// Wrong ones are tried once, and the token serves on.
			way.write("wrong")
			before := cloud.count(postLogin)
			healthy(2)
			healthy(2)
			if n := cloud.count(postLogin) - before; n != 1 {
				t.Errorf("wrong credentials were tried %d times, want once", n)
			}
			// So it does while the file is away.
			if err := os.Remove(way.path); err != nil {
				t.Fatal(err)
			}
			healthy(2)
			way.write("wrong")
			cloud.expire()
			wants(t, b.Health(t.Context()), sdk.Denied, "Keystone refused the credentials")
			way.write(cloudPassword + "-next")
			healthy(3)
			for _, secret := range []string{cloudPassword, "very-secret", "wrong\n"} {
				if strings.Contains(cloud.logs.String(), secret) {
					t.Errorf("the log has %q: %s", secret, cloud.logs.String())
				}
			}
			if !strings.Contains(cloud.logs.String(), "the credentials were replaced") {
				t.Errorf("the log does not tell of new credentials: %s", cloud.logs.String())
			}
		})
	}
}

func TestRegions(t *testing.T) {
	cloud := newCloud(t, 3, 6)
	b, _ := cloud.backend(t, func(c *config.Config) { c.Region = "elsewhere" })
	wants(t, b.Health(t.Context()), sdk.Unavailable, `region "elsewhere" is not in the catalog: it has R1`)
	b, _ = cloud.backend(t, func(c *config.Config) { c.Interface = "internal" })
	wants(t, b.Health(t.Context()), sdk.Unavailable, "no internal endpoint of Nova")
}

// TestCertificates has Keystone and Nova speak TLS with a certificate of their own.
func TestCertificates(t *testing.T) {
	cloud := newCloud(t, 3, 6)
	cloud.Close()
	cloud.Server = httptest.NewTLSServer(cloud)
	cloud.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of refused handshakes
	t.Cleanup(cloud.Close)
	b, _ := cloud.backend(t)
	wants(t, b.Health(t.Context()), sdk.Unavailable, "certificate signed by unknown authority")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	raw := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cloud.Certificate().Raw})
	if err := os.WriteFile(ca, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	b, _ = cloud.backend(t, func(c *config.Config) { c.CAFile = ca })
	if err := b.Health(t.Context()); err != nil {
		t.Error(err)
	}
}
