package api

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

const someCloud = `clouds:
  mine:
    region_name: R7
    interface: internal
    auth: {auth_url: "https://keystone/v3", username: u, project_name: p, user_domain_name: D, project_domain_name: E}
  bare: {}
`

func writeClouds(t *testing.T, text, secure string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"clouds.yaml": text, "secure.yaml": secure} {
		if content == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "clouds.yaml")
}

func TestWhoLogsIn(t *testing.T) {
	const url = "https://keystone/v3"
	file := writeClouds(t, someCloud, "clouds: {mine: {auth: {password: s3cret}}}\n")
	named := &gophercloud.AuthScope{ProjectName: "p", DomainName: "E"}
	for name, c := range map[string]struct {
		cfg                    config.Config
		env                    func(string) string
		want                   gophercloud.AuthOptions
		scope                  *gophercloud.AuthScope
		region, iface, present string
	}{
		"keys": {
			cfg:   config.Config{AuthURL: url, Username: "u", Password: "s3cret", UserDomainName: "D", ProjectName: "p", ProjectDomainName: "E", Region: "R1"},
			env:   env("OS_CLOUD", "other", "OS_REGION_NAME", "R9"),
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, Username: "u", Password: "s3cret", DomainName: "D"},
			scope: named, region: "R1", iface: "public",
		},
		"keys without domains": {
			cfg:   config.Config{AuthURL: url, Username: "u", Password: "s3cret", ProjectName: "p"},
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, Username: "u", Password: "s3cret", DomainID: "default"},
			scope: &gophercloud.AuthScope{ProjectName: "p", DomainID: "default"}, iface: "public",
		},
		"ids": {
			cfg:   config.Config{AuthURL: url, UserID: "uid", Password: "s3cret", ProjectID: "pid", Interface: "admin"},
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, UserID: "uid", Password: "s3cret"},
			scope: &gophercloud.AuthScope{ProjectID: "pid"}, iface: "admin",
		},
		"an application credential": {
			cfg:   config.Config{AuthURL: url, ApplicationCredentialID: "aid", ApplicationCredentialSecret: "s3cret"},
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, ApplicationCredentialID: "aid", ApplicationCredentialSecret: "s3cret"},
			iface: "public",
		},
		"a clouds.yaml with a secure.yaml": {
			cfg:   config.Config{Cloud: "mine", CloudsFile: file},
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, Username: "u", Password: "s3cret", DomainName: "D", TenantName: "p"},
			scope: named, region: "R7", iface: "internal",
		},
		"the environment names a cloud": {
			env:   env("OS_CLOUD", "mine", "OS_CLIENT_CONFIG_FILE", file),
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, Username: "u", Password: "s3cret", DomainName: "D", TenantName: "p"},
			scope: named, region: "R7", iface: "internal",
		},
		"the environment of an openrc": {
			env: env("OS_AUTH_URL", url, "OS_USERNAME", "u", "OS_PASSWORD", "s3cret", "OS_PROJECT_NAME", "p", "OS_USER_DOMAIN_NAME", "D",
				"OS_PROJECT_DOMAIN_NAME", "E", "OS_REGION_NAME", "R2", "OS_INTERFACE", "internalURL"),
			want:  gophercloud.AuthOptions{IdentityEndpoint: url, Username: "u", Password: "s3cret", DomainName: "D"},
			scope: named, region: "R2", iface: "internal",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env == nil {
				c.env = env()
			}
			got, err := readCredentials(c.cfg, c.env)
			if err != nil {
				t.Fatal(err)
			}
			scope := got.auth.Scope
			got.auth.Scope = nil
			if got.auth != c.want || got.region != c.region || got.iface != c.iface {
				t.Errorf("got %+v in %q over %q", got.auth, got.region, got.iface)
			}
			if (scope == nil) != (c.scope == nil) || scope != nil && *scope != *c.scope {
				t.Errorf("scope %+v, want %+v", scope, c.scope)
			}
		})
	}
}

func TestWhoCannotLogIn(t *testing.T) {
	keys := config.Config{AuthURL: "https://keystone/v3", Username: "u", ProjectName: "p"}
	for name, c := range map[string]struct {
		cfg  config.Config
		env  func(string) string
		want string
	}{
		"nobody":           {want: "nothing says who logs in: set cloud, or authURL and its keys"},
		"half an openrc":   {env: env("OS_AUTH_URL", "https://keystone/v3", "OS_USERNAME", "u", "OS_PROJECT_NAME", "p"), want: "the environment's OS_* variables, by the names of this adapter's keys: password: is missing"},
		"no password file": {cfg: with(keys, "/nowhere/password"), want: "passwordFile cannot be read"},
		"an empty one":     {cfg: with(keys, writeFile(t, "\n")), want: "is empty: write the password into it"},
		"no clouds.yaml":   {cfg: config.Config{Cloud: "mine", CloudsFile: "/nowhere/clouds.yaml"}, want: "the clouds.yaml cannot be read"},
		"nowhere to look":  {cfg: config.Config{Cloud: "mine"}, env: env("HOME", "/nowhere"), want: "looked for /nowhere/.config/openstack/clouds.yaml and /etc/openstack/clouds.yaml; set cloudsFile"},
		"another file":     {cfg: config.Config{Cloud: "mine", CloudsFile: writeFile(t, "s3cret: yes\n")}, want: "is no clouds.yaml: it has no clouds"},
		"no YAML":          {cfg: config.Config{Cloud: "mine", CloudsFile: writeFile(t, "clouds: [s3cret\n")}, want: "cloud mine cannot be read from"},
		"another shape":    {cfg: config.Config{Cloud: "mine", CloudsFile: writeFile(t, "clouds: s3cret\n")}, want: "it is no YAML of the form that a clouds.yaml has"},
		"another cloud":    {cfg: config.Config{Cloud: "other", CloudsFile: writeClouds(t, someCloud, "")}, want: `cloud "other" not found`},
		"an empty cloud":   {cfg: config.Config{Cloud: "bare", CloudsFile: writeClouds(t, someCloud, "")}, want: "it has no auth section"},
		"plain http":       {cfg: config.Config{Cloud: "mine", CloudsFile: writeClouds(t, strings.ReplaceAll(someCloud, "https", "http"), "")}, want: "use https"},
		"a broken secure":  {cfg: config.Config{Cloud: "mine", CloudsFile: writeClouds(t, someCloud, "clouds: [s3cret")}, want: "cannot be read from"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env == nil {
				c.env = env()
			}
			_, err := readCredentials(c.cfg, c.env)
			e, ok := errors.AsType[*sdk.Error](err)
			if !ok || e.Code != sdk.Denied || !strings.Contains(e.Message, c.want) || strings.Contains(e.Message, "s3cret") {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func with(c config.Config, passwordFile string) config.Config {
	c.PasswordFile = passwordFile
	return c
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCertificates(t *testing.T) {
	for path, want := range map[string]string{"/nowhere/ca.pem": "caFile cannot be read", writeFile(t, "no pem"): "has no certificate in PEM"} {
		_, err := New(config.Config{CAFile: path}, Settings{})
		if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != sdk.Invalid || !strings.Contains(e.Message, want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
